"""Characters that a file cannot show as they are: each is written as its code, and a note at the end names them.

Controls would break a file or a terminal, halves of characters cannot be written at all, and marks that turn the direction
of text make a sentence read other than it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from lionrock.documents.conversation import Block, Run
from lionrock.documents.words import FileLanguage, say

__all__ = ["codes", "shapes", "shown"]

_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(chr(plane * 0x10000 + last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_WITHOUT_SHAPE = re.compile(
    "[\\s\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0001-\U000e01ef]"
)
"""Blanks, joiners and selectors: nothing is missing where a font does not draw them."""
_MOST_NAMED = 40


def _code(char: str) -> str:
    return f"[U+{ord(char):04X}]"


def codes(found: Iterable[str], language: FileLanguage) -> str:
    """The codes of some characters in order, at most 40 of them, and how many there are in all."""
    chars = sorted(set(found))
    told = " ".join(f"U+{ord(char):04X}" for char in chars[:_MOST_NAMED])
    return told if len(chars) <= _MOST_NAMED else f"{told} {say('more', language, n=len(chars))}"


def shapes(blocks: Iterable[Block]) -> set[str]:
    """The characters that a font must draw."""
    chars = {char for block in blocks for run in block.runs for char in run.text}
    return {char for char in chars if not _WITHOUT_SHAPE.match(char)}


def shown(blocks: Iterable[Block], language: FileLanguage, lacking: Iterable[str] = (), font: str = "") -> list[Block]:
    """The blocks with codes in the place of what cannot be shown and of `lacking`, and notes that say so."""
    absent = {ord(char): _code(char) for char in lacking}
    replaced: set[str] = set()

    def coded(found: re.Match[str]) -> str:
        replaced.add(found[0])
        return _code(found[0])

    def run_of(run: Run) -> Run:
        # A file from Windows ends its lines with two characters, which are one line break.
        text = _UNSHOWABLE.sub(coded, run.text.replace("\r\n", "\n"))
        return replace(run, text=text.translate(absent) if absent else text)

    made = [Block(block.style, tuple(map(run_of, block.runs))) for block in blocks]
    if replaced:
        made.append(Block("note", (Run(say("codes", language, codes=codes(replaced, language))),)))
    if absent:
        told = say("lacking", language, font=font, codes=codes(map(chr, absent), language))
        made.append(Block("note", (Run(told),)))
    return made
