"""Styles of a DOCX: how their text looks, which are headings, which are lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from lionrock.ingest.readers.office_look import ANY_GROUND, Look, highlight
from lionrock.ingest.readers.office_package import first, kids, short, value

__all__ = ["ParagraphStyle", "Styles", "is_on", "look_of", "number_in", "shade_of"]

_HEADING = re.compile(r"(?:heading|標題|标题)\s*(\d)", re.IGNORECASE)
_LIST_NAMES = ("list", "清單", "列表", "项目符号", "項目符號")
_MOST_BASES = 20
_OFF = frozenset({"0", "false", "off", "none"})
_LAST_HEADING = 8


def is_on(element: Any) -> bool:
    """A switch that is there and not turned off."""
    return element is not None and (value(element) or "1").lower() not in _OFF


def number_in(element: Any, name: str = "w:val") -> int | None:
    """A whole number in an attribute; None where there is none."""
    told = value(element, name)
    try:
        return int(told) if told is not None and len(told) < 12 else None
    except ValueError:
        return None


def shade_of(element: Any) -> str | None:
    """The ground of a `w:shd`: its colour, `ANY_GROUND` for a pattern, None where there is none."""
    if element is None:
        return None
    kind, fill = value(element) or "clear", value(element, "w:fill") or "auto"
    if kind == "solid":
        return value(element, "w:color") or ANY_GROUND
    if kind not in ("clear", "nil"):
        return ANY_GROUND
    if value(element, "w:themeFill") and fill == "auto":
        return ANY_GROUND
    return "none" if fill == "auto" else fill


def look_of(properties: Any) -> Look:
    """The look that a `w:rPr` states."""
    if properties is None or len(properties) == 0:
        return Look()
    hidden = colour = points = ground = clear = font = None
    outlined = False
    for node in properties:
        match short(node.tag):
            case "w:vanish":
                hidden = is_on(node)
            case "w:color":
                colour = value(node)
            case "w:sz":
                size = number_in(node)
                points = None if size is None else size / 2
            case "w:highlight":
                ground = highlight(value(node)) or ground
            case "w:shd":
                ground = ground or shade_of(node)
            case "w:rFonts":
                font = value(node, "w:ascii") or value(node, "w:hAnsi")
            case "w14:textFill":
                clear = first(node, "w14:noFill") is not None
            case "w14:textOutline":
                outlined = first(node, "w14:noFill") is None
    return Look(hidden, colour, points, ground, clear and not outlined, font)


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """A paragraph style with all that it inherits."""

    name: str = ""
    level: int | None = None
    """Level of a heading as blocks count it: 1 for the title, 2 for `heading 1`; None for other text."""
    is_list: bool = False
    list_id: str | None = None
    list_level: int | None = None
    look: Look = Look()
    ground: str | None = None
    breaks_before: bool = False


class Styles:
    """The styles of `styles.xml` by their ids; a document without them has plain text only."""

    def __init__(self, root: Any | None) -> None:
        self._nodes = {value(node, "w:styleId") or "": node for node in kids(root, "w:style")}
        self._look = look_of(first(root, "w:docDefaults", "w:rPrDefault", "w:rPr"))
        self._default = next(
            (
                key
                for key, node in self._nodes.items()
                if value(node, "w:type") == "paragraph" and (value(node, "w:default") or "0").lower() not in _OFF
            ),
            None,
        )
        self._paragraphs: dict[str | None, ParagraphStyle] = {}
        self._characters: dict[str | None, Look] = {}
        self._grounds: dict[str | None, bool] = {}

    def _chain(self, style: str | None) -> list[Any]:
        """The style's element and those it is based on, the most general first."""
        chain: list[Any] = []
        while style in self._nodes and len(chain) < _MOST_BASES:
            node = self._nodes[style]
            if node in chain:
                break
            chain.append(node)
            style = value(first(node, "w:basedOn"))
        return chain[::-1]

    def paragraph(self, style: str | None) -> ParagraphStyle:
        """A paragraph style; the default one for an id that is missing or unknown."""
        if style not in self._nodes:
            style = self._default
        if style not in self._paragraphs:
            found = ParagraphStyle(look=self._look)
            for node in self._chain(style):
                found = _with(found, node)
            self._paragraphs[style] = found
        return self._paragraphs[style]

    def character(self, style: str | None) -> Look:
        """What a character style says of the look."""
        if style not in self._characters:
            look = Look()
            for node in self._chain(style):
                look = look.under(look_of(first(node, "w:rPr")))
            self._characters[style] = look
        return self._characters[style]

    def is_coloured(self, style: str | None) -> bool:
        """Whether a table style colours the ground of some of its cells."""
        if style not in self._grounds:
            shades = [node for link in self._chain(style) for node in link.iter() if short(node.tag) == "w:shd"]
            self._grounds[style] = any(shade_of(node) not in (None, "none", "FFFFFF") for node in shades)
        return self._grounds[style]


def _with(base: ParagraphStyle, node: Any) -> ParagraphStyle:
    """What a style makes of the one that it is based on."""
    name = value(first(node, "w:name")) or ""
    properties = first(node, "w:pPr")
    listed = first(properties, "w:numPr")
    outline = number_in(first(properties, "w:outlineLvl"))
    level = base.level
    if found := _HEADING.match(name):
        level = int(found[1]) + 1
    elif name.lower() == "title":
        level = 1
    elif outline is not None:
        level = outline + 2 if 0 <= outline <= _LAST_HEADING else None
    return replace(
        base,
        name=name,
        level=level,
        is_list=base.is_list or name.lower().startswith(_LIST_NAMES),
        list_id=value(first(listed, "w:numId")) or base.list_id,
        list_level=number_in(first(listed, "w:ilvl")) if listed is not None else base.list_level,
        look=base.look.under(look_of(first(node, "w:rPr"))),
        ground=shade_of(first(properties, "w:shd")) or base.ground,
        breaks_before=is_on(first(properties, "w:pageBreakBefore")) or base.breaks_before,
    )
