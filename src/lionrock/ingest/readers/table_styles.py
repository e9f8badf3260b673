"""The styles of an XLSX workbook: how each cell shows its number, whether it is set off, whether it can be seen."""

from __future__ import annotations

import re
from typing import IO, Any, NamedTuple

from lionrock.ingest.readers.office_look import ANY_GROUND, Look, concealed
from lionrock.ingest.readers.table_format import BUILT_IN, NumberFormat, number_format
from lionrock.ingest.readers.table_xml import local, stream

__all__ = ["PLAIN", "CellStyle", "read_styles"]

_WHITE, _BLACK = "FFFFFF", "000000"
_INDEXED = {"0": _BLACK, "1": _WHITE, "8": _BLACK, "9": _WHITE}
_THEME = {"0": _WHITE, "1": _BLACK}
"""Colours that every theme has; what the others are is not looked up."""
_RGB = re.compile(r"(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})")


class CellStyle(NamedTuple):
    """What a cell's style says."""

    shown: NumberFormat
    strong: bool = False
    """Bold, or on a coloured ground."""
    unseen: str = ""
    """Why a person does not see what stands in the cell: `white text`, `tiny text`; else empty."""


class _Font(NamedTuple):
    bold: bool = False
    colour: str | None = None
    points: float | None = None


PLAIN = CellStyle(number_format("General"))


def read_styles(source: IO[bytes]) -> list[CellStyle]:
    """The cell styles by their number. Raises `lxml.etree.XMLSyntaxError`."""
    codes: dict[str, str] = {}
    fonts: list[_Font] = []
    grounds: list[str] = []
    styles: list[CellStyle] = []
    for _, element in stream(source, "numFmt", "fonts", "fills", "xf"):
        match local(element), local(element.getparent()):
            case "numFmt", "numFmts":
                codes[element.get("numFmtId") or ""] = element.get("formatCode") or ""
            case "fonts", "styleSheet":
                fonts = [_font(child) for child in element]
            case "fills", "styleSheet":
                grounds = [_ground(child) for child in element]
            case "xf", "cellXfs":
                styles.append(_style(element, codes, fonts, grounds))
    return styles


def _style(element: Any, codes: dict[str, str], fonts: list[_Font], grounds: list[str]) -> CellStyle:
    number = element.get("numFmtId") or "0"
    built_in = BUILT_IN.get(int(number), "General") if number.isdecimal() else "General"
    at_font, at_ground = _index(element.get("fontId")), _index(element.get("fillId"))
    font = fonts[at_font] if at_font < len(fonts) else _Font()
    ground = grounds[at_ground] if at_ground < len(grounds) else "none"
    unseen = concealed(Look(colour=font.colour, points=font.points, ground=ground), _WHITE)
    strong = font.bold or ground not in ("none", _WHITE)
    return CellStyle(number_format(codes.get(number, built_in)), strong, unseen or "")


def _index(number: str | None) -> int:
    return int(number) if number and number.isdecimal() else 0


def _font(element: Any) -> _Font:
    bold, colour, points = False, None, None
    for child in element:
        match local(child):
            case "b":
                bold = child.get("val") not in ("0", "false")
            case "color":
                colour = _colour(child)
            case "sz":
                points = _points(child.get("val"))
    return _Font(bold, colour, points)


def _points(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _colour(element: Any) -> str | None:
    """Six hexadecimal digits; None for the automatic colour and those that are not looked up."""
    if element.get("tint") not in (None, "0"):
        return None
    found = _RGB.fullmatch(element.get("rgb") or "")
    if found is not None:
        return found[1].upper()
    return _THEME.get(element.get("theme") or "") or _INDEXED.get(element.get("indexed") or "")


def _ground(element: Any) -> str:
    """The colour behind a cell: six hexadecimal digits, `none`, or any that is not known."""
    for child in element:
        kind = child.get("patternType")
        if local(child) == "gradientFill" or (local(child) == "patternFill" and kind not in (None, "none", "solid")):
            return ANY_GROUND
        if local(child) == "patternFill" and kind == "solid":
            colours = [_colour(colour) for colour in child if local(colour) == "fgColor"]
            return (colours[0] if colours else None) or ANY_GROUND
    return "none"
