"""XLSX sheets: cells as they show, what is hidden apart, formulas with the result that the file keeps for them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any, NamedTuple

from lionrock.ingest.readers.table_address import MOST_COLUMNS, Range, column_name, parse_cell, parse_range
from lionrock.ingest.readers.table_dates import serial_of
from lionrock.ingest.readers.table_grid import Cell, CellKind, Row, Sheet, Spent, squeezed
from lionrock.ingest.readers.table_styles import PLAIN, CellStyle
from lionrock.ingest.readers.table_xml import local, stream
from lionrock.records import Hidden

__all__ = ["Book", "Table", "read_sheet", "shared_strings", "unescaped", "words_of"]

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MOST_MERGES = 100_000
_MOST_KNOWN = 50_000
_MOST_FILTERS = 10
_EVENTS = ("c", "row", "col", "mergeCell", "autoFilter")


class Book(NamedTuple):
    """What all sheets of a workbook share."""

    strings: list[str]
    styles: list[CellStyle]
    since_1904: bool


class Table(NamedTuple):
    """A range that the file defines as a table."""

    place: Range
    has_header: bool


class _Raw(NamedTuple):
    """A cell as the file has it."""

    value: str | None
    formula: str | None
    inline: str


def unescaped(text: str) -> str:
    """`_x000D_` and the like as the characters that they stand for; what no text may hold becomes a blank."""

    def char(found: re.Match[str]) -> str:
        code = int(found[1], 16)
        return " " if code < 32 or 0xD800 <= code < 0xE000 else chr(code)

    return _ESCAPE.sub(char, text) if "_x" in text else text


def words_of(element: Any) -> str:
    """The words of a rich text, on one line, without the reading aids that stand above ideographs."""
    pieces: list[str] = []
    for child in element:
        match local(child):
            case "t":
                pieces.append(child.text or "")
            case "r":
                pieces += [part.text or "" for part in child if local(part) == "t"]
    return squeezed(unescaped("".join(pieces)))


def shared_strings(source: IO[bytes]) -> list[str]:
    """The texts that cells name by number."""
    return [words_of(element) for _, element in stream(source, "si")]


def read_sheet(source: IO[bytes], name: str, book: Book, spent: Spent, tables: list[Table]) -> Sheet:
    """One sheet, as far as the limits go. `tables` are what its file defines as tables.

    Raises `lxml.etree.XMLSyntaxError`, `KeyError` and what `zipfile` raises.
    """
    return _SheetReader(name, book, spent, tables).read(source)


class _SheetReader:
    def __init__(self, name: str, book: Book, spent: Spent, tables: list[Table]) -> None:
        self._sheet = Sheet(name)
        self._book = book
        self._spent = spent
        self._tables = [table.place for table in tables]
        self._hidden_columns: set[int] = set()
        self._hidden_rows: list[Row] = []
        self._unseen: dict[str, list[str]] = {}
        self._filtered: list[tuple[int, int]] = []
        self._headers = {table.place.first_row for table in tables if table.has_header}
        self._no_result = 0
        self._merges = 0
        self._disorder = self._told_columns = 0
        self._figures: dict[tuple[int, str], tuple[str, CellKind]] = {}
        self._row, self._column, self._told_row = 0, 0, 0
        self._cells: list[Cell] = []
        self._left_out_from: int | None = None

    def read(self, source: IO[bytes]) -> Sheet:
        for _, element in stream(source, *_EVENTS):
            if element.tag.endswith("}c"):
                self._cell(element)
                continue
            match local(element):
                case "row":
                    self._end_row(element)
                    if self._left_out_from is not None:
                        break
                case "col":
                    self._col(element)
                case "mergeCell":
                    self._merge(element.get("ref") or "")
                case "autoFilter":
                    self._filter(element)
        self._finish()
        return self._sheet

    def _col(self, element: Any) -> None:
        first, last = _whole(element.get("min")), _whole(element.get("max"))
        gone = element.get("hidden") in ("1", "true") or element.get("width") in ("0", "0.0")
        # Columns of an outline that is folded up show with one click on its sign.
        columns = range(first, min(last, MOST_COLUMNS) + 1) if first else range(0)
        self._told_columns += len(columns)
        if gone and not _whole(element.get("outlineLevel")) and self._told_columns <= 2 * MOST_COLUMNS:
            self._hidden_columns.update(columns)

    def _merge(self, reference: str) -> None:
        place = parse_range(reference)
        if place is not None and self._merges < _MOST_MERGES:
            self._merges += 1
            merge = (place.first_row, place.last_row, place.first_column, place.last_column)
            self._sheet.merges.setdefault(place.first_row, []).append(merge)

    def _filter(self, element: Any) -> None:
        place = parse_range(element.get("ref") or "")
        if place is not None:
            self._headers.add(place.first_row)
            if len(element) and len(self._filtered) < _MOST_FILTERS:
                self._filtered.append((place.first_row, place.last_row))

    def _cell(self, element: Any) -> None:
        place = parse_cell(element.get("r") or "")
        self._column = place[1] if place is not None else self._column + 1
        self._told_row = place[0] if place is not None else 0
        raw = _raw(element)
        if raw.value is None and raw.formula is None and not raw.inline:
            return
        if self._column > MOST_COLUMNS or len(self._cells) >= MOST_COLUMNS:
            self._disorder += len(self._cells) == MOST_COLUMNS
            return
        style_at = _whole(element.get("s"))
        style = self._book.styles[style_at] if style_at < len(self._book.styles) else PLAIN
        text, kind = self._shown(raw, element.get("t") or "n", style)
        if text:
            self._keep(Cell(self._column, text, kind, style.strong), style, place)
        elif style.shown.shows_nothing and raw.value:
            words, _ = self._shown(raw, element.get("t") or "n", PLAIN)
            self._hide("number format that shows nothing", words)

    def _keep(self, cell: Cell, style: CellStyle, place: tuple[int, int] | None) -> None:
        row = place[0] if place is not None else self._row + 1
        if cell.column in self._hidden_columns:
            self._hide("hidden column", cell.text)
        elif style.unseen and not any(table.first_row <= row <= table.last_row for table in self._tables):
            # The look of a defined table may bring a dark ground that the cell's own style does not tell.
            self._hide(style.unseen, cell.text)
        else:
            self._cells.append(cell)

    def _hide(self, where: str, text: str) -> None:
        words = self._unseen.setdefault(where, [])
        words.append(text if self._spent.hide(text) else "")

    def _shown(self, raw: _Raw, kind: str, style: CellStyle) -> tuple[str, CellKind]:
        """A cell's text as the program shows it."""
        value = raw.value
        if value is None or (value == "" and raw.formula is not None and kind != "str"):
            if raw.formula is None:
                return style.shown.text(raw.inline), "text"
            self._no_result += 1
            return squeezed("=" + unescaped(raw.formula)) if raw.formula else "", "text"
        match kind:
            case "s":
                at = int(value)
                return style.shown.text(self._book.strings[at] if 0 <= at < len(self._book.strings) else ""), "text"
            case "b":
                return ("TRUE" if value.strip() in ("1", "true") else "FALSE"), "other"
            case "e":
                return squeezed(value), "other"
            case "str" | "inlineStr":
                return style.shown.text(squeezed(unescaped(value))), "text"
            case "d":
                return self._dated(value, style), "date"
        return self._figure(value, style)

    def _figure(self, value: str, style: CellStyle) -> tuple[str, CellKind]:
        """A number as it shows; the same ones come again and again."""
        known = self._figures.get((id(style), value))
        if known is not None:
            return known
        number = _number(value)
        if number is None:
            return squeezed(value), "text"
        shown = style.shown.number(number, since_1904=self._book.since_1904), style.shown.kind
        if len(self._figures) < _MOST_KNOWN:
            self._figures[id(style), value] = shown
        return shown

    def _dated(self, value: str, style: CellStyle) -> str:
        try:
            when = datetime.fromisoformat(value.strip().removesuffix("Z"))
        except ValueError:
            return squeezed(value)
        if style.shown.kind != "date" or when.year < 1904 or when.tzinfo is not None:
            return squeezed(value)
        since_1904 = self._book.since_1904
        return style.shown.number(serial_of(when, since_1904=since_1904), since_1904=since_1904)

    def _end_row(self, element: Any) -> None:
        number = _whole(element.get("r")) or self._told_row or self._row + 1
        cells, self._cells, self._column, self._told_row = self._cells, [], 0, 0
        if number <= self._row:
            # The program itself calls such a file damaged.
            self._disorder += bool(cells)
            return
        self._row = number
        if not cells:
            return
        if not self._spent.row(cells):
            self._left_out_from = number
            return
        cells.sort(key=lambda cell: cell.column)
        gone = element.get("hidden") in ("1", "true") or element.get("ht") in ("0", "0.0")
        if gone and not _whole(element.get("outlineLevel")):
            self._hidden_rows.append(Row(number, cells))
        else:
            self._sheet.rows.append(Row(number, cells))

    def _finish(self) -> None:
        sheet = self._sheet
        back = [row for row in self._hidden_rows if any(a <= row.number <= b for a, b in self._filtered)]
        if back:
            sheet.rows = sorted([*sheet.rows, *back])
            sheet.notices.append(f"{len(back)} rows that a filter hides are read as well.")
        kept = {row.number for row in back}
        gone = [row for row in self._hidden_rows if row.number not in kept]
        sheet.hidden_rows = {row.number for row in gone}
        for row in gone:
            sheet.hidden.append(Hidden("hidden row", f"{row.number}: " + " | ".join(cell.text for cell in row.cells)))
        for where, words in self._unseen.items():
            sheet.hidden.append(Hidden(where, " | ".join(filter(None, words))))
        sheet.headers = frozenset(self._headers)
        sheet.notices += self._told(len(gone))

    def _told(self, hidden_rows: int) -> Iterator[str]:
        """Sentences about what was left out."""
        if self._left_out_from is not None:
            row = self._left_out_from
            yield f"The sheet is too large to be read whole: row {row} and all below are left out; split the file."
        if self._disorder:
            yield f"{self._disorder} rows or cells stand out of order in the file and are left out; open it in its program and save it."
        if hidden_rows:
            yield f"{hidden_rows} hidden rows are left out."
        if "hidden column" in self._unseen:
            names = ", ".join(column_name(column) for column in sorted(self._hidden_columns)[:20])
            yield f"What stands in hidden columns is left out ({names}{' ...' if len(self._hidden_columns) > 20 else ''})."
        faint = sum(len(words) for where, words in self._unseen.items() if where != "hidden column")
        if faint:
            yield f"{faint} cells whose words cannot be seen are left out."
        if self._no_result:
            yield f"{self._no_result} formulas have no result in the file; open it in its program and save it to have them."


def _raw(element: Any) -> _Raw:
    value = formula = None
    inline = ""
    for child in element:
        tag = child.tag
        if not isinstance(tag, str):
            continue
        if tag.endswith("}v"):
            value = child.text or ""
        elif tag.endswith("}f"):
            formula = child.text or ""
        elif tag.endswith("}is"):
            inline = words_of(child)
    return _Raw(value, formula, inline)


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
