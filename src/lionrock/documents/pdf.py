"""The blocks as PDF: A4, tagged, with links, outlines and page numbers, set by Typst.

The template is fixed. Text reaches it as JSON and is set as strings, which Typst never reads as markup.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from datetime import datetime
from importlib import resources

import typst

from lionrock.documents.characters import shapes, shown
from lionrock.documents.conversation import Block
from lionrock.documents.fonts import choose
from lionrock.documents.words import FileLanguage
from lionrock.errors import LionrockError
from lionrock.text.language import detect

__all__ = ["pdf_of"]

_LANGUAGES = {"en": ("en", "gb"), "zh-Hans": ("zh", "cn"), "zh-Hant": ("zh", "hk"), "yue": ("zh", "hk")}
_FILES: dict[FileLanguage, tuple[str, str]] = {"zh-HK": ("zh", "hk"), "zh-CN": ("zh", "cn"), "en": ("en", "gb")}


def pdf_of(blocks: Sequence[Block], language: FileLanguage, *, made: datetime, font: str = "") -> bytes:
    """A PDF file. `font` is the path of a font file; empty: one of the machine's.

    Raises `FontMissingError`.
    """
    blocks = shown(blocks, language)
    chosen = choose(font, language, shapes(blocks))
    blocks = shown(blocks, language, sorted(chosen.lacking), chosen.families[0])
    template = resources.files("lionrock.documents").joinpath("templates", "conversation.typ").read_bytes()
    inputs = {"document": json.dumps(_document(blocks, language, chosen.families), ensure_ascii=False)}
    # The folder is empty: there is nothing that the template could read.
    with tempfile.TemporaryDirectory() as root:
        try:
            compiler = typst.Compiler(template, root=root, font_paths=chosen.fonts, sys_inputs=inputs)
            data = compiler.compile(format="pdf", timestamp=made.replace(microsecond=0))
        except typst.TypstError as error:
            raise LionrockError(f"The PDF could not be made ({error.message}); save it as Word instead.") from error
    assert isinstance(data, bytes)
    return data


def _document(blocks: Sequence[Block], language: FileLanguage, families: Sequence[str]) -> dict[str, object]:
    code, region = _FILES[language]
    return {
        "title": "".join(run.text for run in blocks[0].runs),
        "language": code,
        "region": region,
        "fonts": list(families),
        "blocks": [_block(block) for block in blocks],
    }


def _block(block: Block) -> dict[str, object]:
    code, region = _LANGUAGES[detect("".join(run.text for run in block.runs))]
    runs = [
        {
            "lines": run.text.replace("\t", "    ").split("\n"),
            "role": run.role,
            "target": run.target,
            "anchor": run.anchor,
        }
        for run in block.runs
    ]
    return {"style": block.style, "language": code, "region": region, "runs": runs}
