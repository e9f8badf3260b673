"""Fold text for search, never for display, with an exact map back to the original.

Folding is context free: every character becomes zero or more characters by compatibility decomposition (NFKD, which
repairs the compatibility ideographs of old PDFs and full-width forms), loss of combining marks and of invisible
characters, Traditional to Simplified by OpenCC's first choice, our own table of variants, and case folding. Hence each
folded character has one original character, and spans map back exactly, also beyond the Basic Multilingual Plane.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

import opencc

from lionrock.records import Span
from lionrock.text.repair import radicals

__all__ = ["Folded", "fold", "fold_text", "is_han", "script", "to_simplified", "to_traditional_hk"]

_MOST_ROUNDS = 4
_INVISIBLE = frozenset({"Cf", "Mn", "Me", "Cc", "Cs", "Co"})
_KEPT_CONTROLS = frozenset("\t\n")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; `origins[i]` is the offset of the original character that folded character i came from."""

    text: str
    origins: Sequence[int]

    def original_span(self, start: int, end: int) -> Span:
        """The original span behind folded[start:end]; an empty one for an empty range."""
        if start >= end:
            at = self.origins[start] if start < len(self.origins) else (self.origins[-1] + 1 if self.origins else 0)
            return Span(at, at)
        return Span(self.origins[start], self.origins[end - 1] + 1)


class _Table(dict[int, str]):
    """Character -> folded form, filled as characters are met."""

    def __init__(self, single: dict[str, str]) -> None:
        super().__init__()
        self._single = single
        self.uneven: set[str] = set()
        """Characters met that do not fold to exactly one."""

    def __missing__(self, code: int) -> str:
        value = chr(code)
        for _ in range(_MOST_ROUNDS):
            step = "".join(self._step(char) for char in value)
            if step == value:
                break
            value = step
        self[code] = value
        if len(value) != 1:
            self.uneven.add(chr(code))
        return value

    def _step(self, char: str) -> str:
        if char in _KEPT_CONTROLS:
            return char
        if char == "\r" or char == "\x0b" or char == "\x0c" or char == "\x85":
            return "\n"
        plain = (part for part in unicodedata.normalize("NFKD", char) if unicodedata.category(part) not in _INVISIBLE)
        folded = "".join(self._single.get(part, part) for part in plain).casefold()
        return " " if folded and folded.isspace() and folded != "\n" else folded


def _dictionary(name: str) -> list[tuple[str, list[str]]]:
    path = Path(opencc.__file__).parent / "dictionary" / name
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line)
    return [(row[0], row[1].split()) for row in rows]


@functools.cache
def _table() -> _Table:
    single = {source: targets[0] for source, targets in _dictionary("TSCharacters.txt") if len(targets[0]) == 1}
    variants = resources.files("lionrock.text").joinpath("data/variants.tsv").read_text(encoding="utf-8")
    for line in variants.splitlines():
        if line and not line.startswith("#"):
            source, target = line.split("\t")
            single[source] = target
    return _Table(radicals() | single)


def fold_text(text: str) -> str:
    """The folded text alone, for where no way back is needed."""
    return text.translate(_table())


def fold(text: str) -> Folded:
    """Fold and remember where each character came from."""
    table = _table()
    whole = text.translate(table)
    if table.uneven.isdisjoint(text):
        return Folded(whole, range(len(text)))
    origins: list[int] = []
    for offset, char in enumerate(text):
        origins.extend([offset] * len(table[ord(char)]))
    return Folded(whole, tuple(origins))


@functools.cache
def _converter(name: str) -> opencc.OpenCC:
    return opencc.OpenCC(name)


def to_simplified(text: str) -> str:
    """Simplified Chinese by OpenCC with phrases; lengths may change. For models that were trained on it."""
    return str(_converter("t2s").convert(text))


def to_traditional_hk(text: str) -> str:
    """Traditional Chinese as written in Hong Kong, by OpenCC with phrases; for words that a model wrote."""
    return str(_converter("s2hk").convert(text))


def is_han(char: str) -> bool:
    """Whether a character is a Chinese ideograph, of any plane, compatibility forms and 〇 included."""
    code = ord(char)
    return (
        0x4E00 <= code <= 0x9FFF
        or 0x3400 <= code <= 0x4DBF
        or 0x20000 <= code <= 0x323AF
        or 0xF900 <= code <= 0xFAFF
        or code == 0x3007
    )


@functools.cache
def _exclusive() -> tuple[frozenset[str], frozenset[str]]:
    """Characters seen in one script only: (Traditional, Simplified)."""
    traditional = {source for source, targets in _dictionary("TSCharacters.txt") if source not in targets}
    simplified = {source for source, targets in _dictionary("STCharacters.txt") if source not in targets}
    return frozenset(traditional - simplified), frozenset(simplified - traditional)


def script(text: str) -> Literal["Hant", "Hans"] | None:
    """The script of Chinese text by its characters that only one script has; None where there are none of either."""
    traditional, simplified = _exclusive()
    hant = sum(char in traditional for char in text)
    hans = sum(char in simplified for char in text)
    if hant == hans:
        return None
    return "Hant" if hant > hans else "Hans"
