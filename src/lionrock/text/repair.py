"""Compatibility forms of ideographs, as old PDFs of government offices yield them (㆗㆒㆟㆖㆘), told as the plain ones.

The stored text keeps what was extracted; this is shown beside it, so that a reader can copy words that others can search.
Every character stands for exactly one, hence all offsets hold. Source of the forms: the Unicode Character Database's
compatibility decompositions, in the blocks named below.
"""

from __future__ import annotations

import functools
import unicodedata
from importlib import resources

__all__ = ["radicals", "repaired"]

_BLOCKS = (
    (0x2E80, 0x2FDF, "CJK radicals supplement and Kangxi radicals"),
    (0x3190, 0x319F, "Kanbun"),
    (0xF900, 0xFAFF, "CJK compatibility ideographs"),
    (0x2F800, 0x2FA1F, "CJK compatibility ideographs supplement"),
)


def radicals() -> dict[str, str]:
    """Radical forms that stand for whole characters in PDFs, and have no decomposition of their own."""
    lines = resources.files("lionrock.text").joinpath("data/radicals.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines if line and not line.startswith("#"))


@functools.cache
def _table() -> dict[int, str]:
    found = {ord(form): plain for form, plain in radicals().items()}
    for first, last, _ in _BLOCKS:
        for code in range(first, last + 1):
            plain = unicodedata.normalize("NFKC", chr(code))
            if plain != chr(code) and len(plain) == 1:
                found[code] = plain
    return found


def repaired(text: str) -> str | None:
    """The text with plain ideographs in the place of compatibility forms, of the same length; None if it has none."""
    told = text.translate(_table())
    return told if told != text else None
