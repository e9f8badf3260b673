"""Cutting a text into the units of a vocabulary (SentencePiece, Kudo and Richardson 2018, arXiv:1808.06226)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lionrock.errors import ModelMissingError

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

__all__ = ["cut", "read_pieces"]

_LONGEST = 32
"""Characters; the units of both our vocabularies are shorter."""


def read_pieces(path: Path) -> SentencePieceProcessor:
    """Load a SentencePiece model. Raises `ModelMissingError` when the file is not one."""
    from sentencepiece import SentencePieceProcessor

    try:
        return SentencePieceProcessor(model_file=str(path))
    except (RuntimeError, OSError) as error:
        raise ModelMissingError(f"{path} is damaged; delete its folder and run `lionrock models fetch`.") from error


def cut(model: SentencePieceProcessor, texts: Sequence[str], most: int) -> list[list[int]]:
    """Ids of the first `most` units of each text. What lies far beyond is not even looked at."""
    # Lone surrogates cannot be said in UTF-8, which the library takes.
    plain = (text[: _LONGEST * most].encode("utf-8", "replace").decode("utf-8") for text in texts)
    return [model.encode(text)[:most] for text in plain]
