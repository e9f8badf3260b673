"""The numbers that a word processor writes before paragraphs: `1.`, `(a)`, `第三條`. They stand nowhere in the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lionrock.ingest.readers.docx_styles import is_on, number_in
from lionrock.ingest.readers.office_package import first, kids, value

__all__ = ["Numbering", "chinese", "letters", "numeral", "roman"]

_LEVELS = 9
_MOST_LABEL = 60
_PLACE = re.compile(r"%([1-9])")
_DIGITS = "〇一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_FORMAL_DIGITS = ("零壹貳參肆伍陸柒捌玖", "零壹贰叁肆伍陆柒捌玖")
_FORMAL_UNITS = ("", "拾", "佰", "仟")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"


def roman(number: int) -> str:
    """A number in large Roman numerals; in digits beyond 3,999."""
    if not 0 < number < 4000:
        return str(number)
    out = ""
    for worth, sign in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), "M CM D CD C XC L XL X IX V IV I".split(), strict=True
    ):
        out += sign * (number // worth)
        number %= worth
    return out


def letters(number: int) -> str:
    """A, B ... Z, AA, BB ..., as word processors count; in digits beyond what they count to."""
    return chr(65 + (number - 1) % 26) * ((number - 1) // 26 + 1) if 0 < number <= 780 else str(number)


def chinese(number: int, digits: str = _DIGITS, units: tuple[str, ...] = _UNITS) -> str:
    """A number below 10,000 in Chinese: 十二, 一百〇五; `digits` and `units` give another style."""
    if not 0 < number < 10_000:
        return str(number)
    out, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            out += (digits[0] if gap and out else "") + digits[digit] + units[place]
        gap = not digit
    return out[1:] if units is _UNITS and 10 <= number < 20 else out


def _circled(number: int) -> str:
    return chr(0x245F + number) if 1 <= number <= 20 else str(number)


def _wide(number: int) -> str:
    return str(number).translate({0x30 + at: 0xFF10 + at for at in range(10)})


def _digital(number: int) -> str:
    return str(number).translate({0x30 + at: sign for at, sign in enumerate(_DIGITS)})


_SUFFIXES = {1: "st", 2: "nd", 3: "rd"}
_FORMATS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02}",
    "lowerLetter": lambda number: letters(number).lower(),
    "upperLetter": letters,
    "lowerRoman": lambda number: roman(number).lower(),
    "upperRoman": roman,
    "ordinal": lambda number: f"{number}{'th' if number % 100 in (11, 12, 13) else _SUFFIXES.get(number % 10, 'th')}",
    "decimalFullWidth": _wide,
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": lambda number: f"({number})",
    "decimalEnclosedFullstop": lambda number: f"{number}.",
    "ideographDigital": _digital,
    "japaneseDigitalTenThousand": _digital,
    "taiwaneseDigital": _digital,
    "koreanDigital2": _digital,
    "ideographTraditional": lambda number: _STEMS[number - 1] if 1 <= number <= 10 else str(number),
    "ideographZodiac": lambda number: _BRANCHES[number - 1] if 1 <= number <= 12 else str(number),
    "ideographLegalTraditional": lambda number: chinese(number, _FORMAL_DIGITS[0], _FORMAL_UNITS),
    "chineseLegalSimplified": lambda number: chinese(number, _FORMAL_DIGITS[1], _FORMAL_UNITS),
    "chineseCounting": chinese,
    "chineseCountingThousand": chinese,
    "taiwaneseCounting": chinese,
    "taiwaneseCountingThousand": chinese,
    "japaneseCounting": chinese,
    "ideographEnclosedCircle": lambda number: chr(0x327F + number) if 1 <= number <= 10 else str(number),
    "none": lambda number: "",
    "bullet": lambda number: "",
}


def numeral(number: int, form: str) -> str:
    """A number in one of the forms that WordprocessingML names; decimal where the form is not known here."""
    return _FORMATS.get(form, str)(number)


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    text: str
    legal: bool
    glued: bool


class Numbering:
    """The lists of a document, counted along as its paragraphs are read in order."""

    def __init__(self, root: Any | None, styles: Any | None) -> None:
        self._abstract = {value(node, "w:abstractNumId") or "": node for node in kids(root, "w:abstractNum")}
        self._lists = {value(node, "w:numId") or "": node for node in kids(root, "w:num")}
        self._styles = {value(node, "w:styleId") or "": node for node in kids(styles, "w:style")}
        self._levels: dict[str, tuple[str, dict[int, _Level]]] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._started: set[str] = set()

    def label(self, list_id: str | None, level: int) -> str | None:
        """The number of the next paragraph of that list and level, with the blank after it.

        Empty for a bullet; None where the paragraph is in no list.
        """
        if list_id is None or list_id not in self._lists:
            return None
        key, levels = self._definition(list_id)
        level = min(max(level, 0), _LEVELS - 1)
        counts = self._counts.setdefault(key, [None] * _LEVELS)
        if list_id not in self._started:
            self._started.add(list_id)
            self._restart(list_id, counts)
        here = levels.get(level, _Level(1, "decimal", "", False, False))
        before = counts[level]
        counts[level] = here.start if before is None else before + 1
        counts[level + 1 :] = [None] * (_LEVELS - level - 1)
        if here.form == "bullet":
            return ""

        def written(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            form = levels.get(at, here)
            count = counts[at]
            number = form.start if count is None else count
            return str(number) if here.legal else numeral(number, form.form)

        told = _PLACE.sub(written, here.text).strip()[:_MOST_LABEL]
        return told and told + ("" if here.glued else " ")

    def _restart(self, list_id: str, counts: list[int | None]) -> None:
        """A list may start again although it shares its levels with one before."""
        for override in kids(self._lists[list_id], "w:lvlOverride"):
            at = number_in(override, "w:ilvl")
            if at is not None and 0 <= at < _LEVELS and first(override, "w:startOverride") is not None:
                counts[at:] = [None] * (_LEVELS - at)

    def _definition(self, list_id: str) -> tuple[str, dict[int, _Level]]:
        """The key that its counts are kept under, and its levels."""
        if list_id not in self._levels:
            node = self._lists[list_id]
            key = value(first(node, "w:abstractNumId")) or ""
            abstract = self._abstract.get(key)
            link = value(first(abstract, "w:numStyleLink"))
            if link is not None:
                listed = value(first(self._styles.get(link), "w:pPr", "w:numPr", "w:numId"))
                key = value(first(self._lists.get(listed or ""), "w:abstractNumId")) or key
                abstract = self._abstract.get(key, abstract)
            levels = _levels(abstract)
            for override in kids(node, "w:lvlOverride"):
                at = number_in(override, "w:ilvl") or 0
                levels |= _levels(override)
                start = number_in(first(override, "w:startOverride"))
                if start is not None and at in levels:
                    old = levels[at]
                    levels[at] = _Level(start, old.form, old.text, old.legal, old.glued)
            self._levels[list_id] = (key, levels)
        return self._levels[list_id]


def _levels(node: Any) -> dict[int, _Level]:
    found = {}
    for level in kids(node, "w:lvl"):
        start = number_in(first(level, "w:start"))
        found[number_in(level, "w:ilvl") or 0] = _Level(
            1 if start is None else start,
            value(first(level, "w:numFmt")) or "decimal",
            value(first(level, "w:lvlText")) or "",
            is_on(first(level, "w:isLgl")),
            value(first(level, "w:suff")) == "nothing",
        )
    return found
