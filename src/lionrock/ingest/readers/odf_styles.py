"""Styles and lists of OpenDocument files: how text looks, where pages break, which numbers stand before items."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lionrock.ingest.readers.docx_numbering import numeral
from lionrock.ingest.readers.office_look import ANY_GROUND, Look
from lionrock.ingest.readers.office_package import first, short, value

__all__ = ["Lists", "Styles", "length", "whole"]

_LENGTH = re.compile(r"(-?\d{1,9}(?:\.\d{1,9})?)(pt|in|cm|mm|px|pc)\Z")
_POINTS = {"pt": 1.0, "in": 72.0, "cm": 72 / 2.54, "mm": 72 / 25.4, "px": 0.75, "pc": 12.0}
_MOST_PARENTS = 20
_LEVELS = 10
_FORMS = {
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
    "一": "chineseCounting",
    "〇": "ideographDigital",
    "甲": "ideographTraditional",
    "子": "ideographZodiac",
    "壹": "ideographLegalTraditional",
    "壱": "ideographLegalTraditional",
    "①": "decimalEnclosedCircle",
    "\uff11": "decimalFullWidth",
}


def length(told: str | None) -> float | None:
    """A length in points; None for one that is missing or relative."""
    found = _LENGTH.match((told or "").strip())
    return float(found[1]) * _POINTS[found[2]] if found else None


def whole(told: str | None, most: int) -> int:
    """A count of at least 1 and at most `most`; 1 where there is none."""
    return min(max(int(told), 1), most) if told is not None and told.isdecimal() and len(told) < 10 else 1


class Styles:
    """The styles of the content and those of the whole document, by family and name."""

    def __init__(self, roots: Sequence[Any]) -> None:
        self._nodes: dict[tuple[str, str], Any] = {}
        self._defaults: dict[str, Any] = {}
        self._chains: dict[tuple[str, str | None], list[Any]] = {}
        self._looks: dict[tuple[str, str | None], Look] = {}
        for root in roots:
            for node in root.iter():
                family = value(node, "style:family") or ""
                if short(node.tag) == "style:style":
                    self._nodes.setdefault((family, value(node, "style:name") or ""), node)
                elif short(node.tag) == "style:default-style":
                    self._defaults.setdefault(family, node)

    def chain(self, family: str, name: str | None) -> list[Any]:
        """The style and its parents, the most general first."""
        key = (family, name)
        if key not in self._chains:
            found: list[Any] = []
            while name is not None and (family, name) in self._nodes and len(found) < _MOST_PARENTS:
                node = self._nodes[family, name]
                if node in found:
                    break
                found.append(node)
                name = value(node, "style:parent-style-name")
            if family in self._defaults:
                found.append(self._defaults[family])
            self._chains[key] = found[::-1]
        return self._chains[key]

    def look(self, family: str, name: str | None) -> Look:
        """What a style says of the look of its text."""
        key = (family, name)
        if key not in self._looks:
            look = Look()
            for node in self.chain(family, name):
                look = look.under(_look(first(node, "style:text-properties")))
            self._looks[key] = look
        return self._looks[key]

    def stated(self, family: str, name: str | None, properties: str, attribute: str) -> str | None:
        """What the most exact style of the chain states for an attribute."""
        for node in reversed(self.chain(family, name)):
            found = value(first(node, f"style:{properties}"), attribute)
            if found is not None:
                return found
        return None

    def own(self, family: str, name: str | None, attribute: str) -> str | None:
        """An attribute of the style itself or of the nearest parent that has it."""
        return next((told for node in reversed(self.chain(family, name)) if (told := value(node, attribute))), None)

    def ground(self, family: str, name: str | None, properties: str) -> str | None:
        """The colour behind a paragraph, a cell or a table; None where it is not painted."""
        return _colour(self.stated(family, name, properties, "fo:background-color"))

    def shape_ground(self, name: str | None, ground: str) -> str:
        """The colour in a frame or shape of that graphic style, on a ground."""
        fill = self.stated("graphic", name, "graphic-properties", "draw:fill")
        if fill == "solid":
            return _colour(self.stated("graphic", name, "graphic-properties", "draw:fill-color")) or ANY_GROUND
        if fill not in (None, "none"):
            return ANY_GROUND
        return self.ground("graphic", name, "graphic-properties") or ground

    def is_called(self, family: str, name: str | None, called: str) -> bool:
        """Whether a style is, or is based on, the one of that name."""
        return any(value(node, "style:name") == called for node in self.chain(family, name))


def _colour(told: str | None) -> str | None:
    return told[1:] if told and told.startswith("#") else None


def _look(properties: Any) -> Look:
    if properties is None:
        return Look()
    display = value(properties, "text:display")
    colour = value(properties, "fo:color")
    if value(properties, "style:use-window-font-color") == "true":
        colour = "auto"
    return Look(
        hidden=None if display is None else display == "none",
        colour=None if colour is None else colour.lstrip("#"),
        points=length(value(properties, "fo:font-size")),
        ground=_colour(value(properties, "fo:background-color")),
        font=value(properties, "style:font-name") or value(properties, "fo:font-family"),
    )


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    before: str
    after: str
    shown: int
    start: int


class Lists:
    """List styles and their counters."""

    def __init__(self, roots: Sequence[Any]) -> None:
        self._styles: dict[str, dict[int, _Level]] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._last: dict[str, str] = {}
        self._made = 0
        for root in roots:
            for node in root.iter():
                if short(node.tag) in ("text:list-style", "text:outline-style"):
                    name = "" if short(node.tag) == "text:outline-style" else value(node, "style:name") or "?"
                    self._styles.setdefault(name, dict(map(_level, node)))

    def begin(self, node: Any, style: str | None) -> str:
        """The key of a new outermost list's counters: its own, or those of the list that it goes on from."""
        self._made += 1
        key = value(node, "xml:id") or f"list {self._made}"
        before = value(node, "text:continue-list")
        if before is None and value(node, "text:continue-numbering") == "true":
            before = self._last.get(style or "")
        if before in self._counts:
            self._counts[key] = self._counts[before]
        self._last[style or ""] = key
        return key

    def label(self, key: str, style: str | None, level: int, start: str | None = None) -> str:
        """The number of the next item, with the blank after it; empty for a bullet. Levels count from 1."""
        level = min(max(level, 1), _LEVELS)
        levels = self._styles.get(style or "", {})
        here = levels.get(level)
        counts = self._counts.setdefault(key, [None] * (_LEVELS + 1))
        before = counts[level]
        first_number = here.start if here is not None else 1
        given = int(start) if start is not None and start.isdecimal() and len(start) < 10 else None
        counts[level] = given if given is not None else first_number if before is None else before + 1
        counts[level + 1 :] = [None] * (_LEVELS - level)
        if here is None or not here.form:
            return ""
        numbers = []
        for at in range(max(level - here.shown + 1, 1), level + 1):
            form = levels.get(at, here)
            count = counts[at]
            if form.form:
                numbers.append(numeral(form.start if count is None else count, form.form))
        return f"{here.before}{'.'.join(numbers)}{here.after} "


def _level(node: Any) -> tuple[int, _Level]:
    told = value(node, "style:num-format") or ""
    numbered = short(node.tag) in ("text:list-level-style-number", "text:outline-level-style")
    start = value(node, "text:start-value")
    return whole(value(node, "text:level"), _LEVELS), _Level(
        _FORMS.get(told[:1], "decimal") if told and numbered else "",
        value(node, "style:num-prefix") or "",
        value(node, "style:num-suffix") or "",
        whole(value(node, "text:display-levels"), _LEVELS),
        int(start) if start and start.isdecimal() and len(start) < 10 else 1,
    )
