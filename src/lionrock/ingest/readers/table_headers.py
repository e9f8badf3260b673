"""Which rows of a table are its header. Cells say it: their kinds, their look, what the file itself declares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from lionrock.ingest.readers.table_grid import Cell, Row, Sheet

__all__ = ["Header", "find_header", "is_title", "joined_parts"]

_SAMPLE = 30
_MOST_BEFORE = 8
"""Rows of titles and notes that may stand above a header."""
_MOST_ROWS = 3
_WIDEST_MERGE = 1000
_LONGEST_NAME = 120
_LONGEST_TITLE = 80
_ENDS = ("。", ".", "!", "?", "！", "？", ";", "；", ":", "：", ",", "，")


@dataclass(frozen=True, slots=True)
class Header:
    """Where a header stands among the rows of its part, and what it calls each column."""

    first: int
    last: int
    names: Mapping[int, str]
    """Column to name; the names of several rows are put together with ` / `."""


def is_title(row: Row) -> bool:
    """Whether a row of one cell can be the title of what follows."""
    cell = row.cells[0]
    return (
        len(row.cells) == 1
        and cell.kind == "text"
        and len(cell.text) <= _LONGEST_TITLE
        and not cell.text.endswith(_ENDS)
    )


def joined_parts(row: Row, names: Mapping[int, str]) -> str:
    """The cells of a row on one line, each with its column's name where it has one."""
    parts = []
    for cell in row.cells:
        name = names.get(cell.column, "")
        parts.append(f"{name}: {cell.text}" if name and name != cell.text else cell.text)
    return " | ".join(parts)


def find_header(rows: list[Row], sheet: Sheet) -> Header | None:
    """The header of a part; None where no row is one beyond doubt."""
    widest = max(len(row.cells) for row in rows[: _SAMPLE + _MOST_BEFORE])
    if widest < 2 or len(rows) < 2:
        return None
    declared = next((at for at, row in enumerate(rows[:_SAMPLE]) if row.number in sheet.headers), None)
    if declared is not None and declared + 1 < len(rows) and len(rows[declared].cells) > 1:
        return _named(rows, declared, declared, sheet)
    for at in range(min(len(rows) - 1, _MOST_BEFORE)):
        row = rows[at]
        if len(row.cells) < max(2, widest / 2):
            continue
        last = _last_row(rows, at)
        # A row of figures or of data is the first of its table; below it no header follows.
        return _named(rows, at, last, sheet) if _heads(rows, at, last, sheet) else None
    return None


def _heads(rows: list[Row], first: int, last: int, sheet: Sheet) -> bool:
    """Whether the rows from `first` to `last` head those below."""
    body = rows[last + 1 : last + 1 + _SAMPLE]
    if not body:
        return False
    cells = rows[first].cells
    if not _can_name(cells, body):
        return False
    texts = [cell.text for cell in cells]
    width = len(cells)
    if _stands_out(rows[first : last + 1], body):
        return True
    figures = _columns_of_figures(body)
    contrast = sum(cell.column in figures for cell in cells)
    if contrast and (width > 2 or len(body) > 1):
        return True
    distinct = len(set(texts)) == width
    most = max(len(row.cells) for row in body)
    if sheet.named_columns:
        return distinct and width >= most
    full = sum(len(row.cells) > 1 for row in body)
    return distinct and width >= most and width >= 3 and full >= 2 and max(map(len, texts)) <= 40


def _can_name(cells: list[Cell], body: list[Row]) -> bool:
    """Texts name columns; so do years and dates above figures of another kind."""
    texts = [cell for cell in cells if cell.kind == "text"]
    others = [cell for cell in cells if cell.kind != "text"]
    if any(len(cell.text) > _LONGEST_NAME for cell in cells):
        return False
    if not others:
        return True
    if not all(cell.kind == "date" or _is_year(cell) for cell in others):
        return False
    columns = {cell.column for cell in others}
    below = [cell for row in body for cell in row.cells if cell.column in columns]
    alike = sum(cell.kind == "date" or _is_year(cell) for cell in below)
    labels = {cell.column for row in body for cell in row.cells if cell.kind == "text"} - columns
    return bool(below) and alike < 0.3 * len(below) and (bool(texts) or bool(labels))


def _is_year(cell: Cell) -> bool:
    return cell.kind == "number" and len(cell.text) == 4 and cell.text.isdecimal() and "1900" <= cell.text <= "2100"


def _stands_out(header: list[Row], body: list[Row]) -> bool:
    """Whether the header's cells look set off, and those below do not."""
    top = [cell for row in header for cell in row.cells]
    below = [cell for row in body for cell in row.cells]
    return (
        sum(cell.strong for cell in top) >= 0.8 * len(top)
        and sum(cell.strong for cell in below) <= 0.4 * len(below)
        and not all(cell.strong for cell in body[0].cells)
    )


def _columns_of_figures(body: list[Row]) -> set[int]:
    """Columns whose cells are nearly all numbers, dates or truth values."""
    every: Counter[int] = Counter()
    figures: Counter[int] = Counter()
    for row in body:
        for cell in row.cells:
            every[cell.column] += 1
            figures[cell.column] += cell.kind != "text"
    return {column for column, count in every.items() if figures[column] >= 0.8 * count}


def _last_row(rows: list[Row], first: int) -> int:
    """A header goes on in rows of texts that leave the first column blank and name what stands below a wider name."""
    start = rows[first].cells[0].column
    last = first
    while last + 2 < len(rows) and last + 1 - first < _MOST_ROWS:
        cells = rows[last + 1].cells
        # A header's first cell may stand in its second row only; then the first column is blank above.
        if any(cell.kind not in ("text", "date") and not _is_year(cell) for cell in cells):
            break
        if cells[0].column <= start or all(cell.kind == "text" for cell in rows[last + 2].cells):
            break
        last += 1
    return last


def _named(rows: list[Row], first: int, last: int, sheet: Sheet) -> Header:
    names: dict[int, list[str]] = {}
    for at in range(first, last + 1):
        row = rows[at]
        told = {cell.column: cell.text for cell in row.cells}
        told |= _spread(row, rows[at + 1] if at < last else None, told, sheet)
        for column, text in told.items():
            words = names.setdefault(column, [])
            if text not in words:
                words.append(text)
    return Header(first, last, {column: " / ".join(words) for column, words in names.items()})


def _spread(row: Row, below: Row | None, told: Mapping[int, str], sheet: Sheet) -> dict[int, str]:
    """Names that stand over several columns, by the merged cells or by the names below them."""
    more: dict[int, str] = {}
    merged = False
    for _, _, left, right in sheet.merges.get(row.number, ()):
        merged = True
        if left in told and right - left < _WIDEST_MERGE:
            more |= {column: told[left] for column in range(left + 1, right + 1) if column not in told}
    if merged or below is None:
        return more
    name, before = "", 0
    for cell in below.cells:
        # Columns that touch each other, under a name that stands over the first of them.
        if cell.column != before + 1:
            name = ""
        name = told.get(cell.column, name)
        if name and cell.column not in told:
            more[cell.column] = name
        before = cell.column
    return more
