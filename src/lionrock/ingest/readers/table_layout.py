"""From the cells of a sheet to lines of text: titles, headers, rows told with the names of their columns.

A sheet is cut into parts at blank rows, and where two tables stand side by side, at the blank columns between them. A
part may open with titles (lines of one cell), has a header of up to three rows where its cells say so, and then rows.
Where no header is found the cells are told bare. A part without a header of its own that stands in the columns of the
table above goes on with that table's header, as tables with blank rows in them do.

Lines are put together into runs of rows that follow each other, up to `_RUN` in weight; the run's range of cells is
the anchor of each of its lines (see `table_address`), so that short rows share a passage.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.table_address import Range
from lionrock.ingest.readers.table_grid import Row, Sheet
from lionrock.ingest.readers.table_headers import Header, find_header, is_title, joined_parts
from lionrock.records import BlockKind

__all__ = ["lay_out"]

_HAN = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")
_RUN = 300.0
"""Weight up to which rows share an anchor: a passage's size less its headings."""
_SMALL = 60.0
"""A table lighter than this may share its run with the next one."""
_MOST_GAP = 4
"""Blank rows that a run may hold; each has its empty line in the text."""
_MOST_BESIDE = 20
_MOST_TITLES = 3
_LONGEST_NAME = 80
_LONGEST_HEADING = 120
_LONGEST_LABEL = 60
"""A cell alone in its row that is longer is a note below the table."""


@dataclass(slots=True)
class _Line:
    kind: BlockKind
    row: int
    first: int
    last: int
    text: str
    table: int


@dataclass(slots=True)
class _Run:
    """Lines that share an anchor."""

    lines: list[_Line] = field(default_factory=list)
    weight: float = 0.0


class _Writer:
    """Puts lines into runs and runs into the text."""

    def __init__(self, builder: TextBuilder, sheet: str | None, most: int) -> None:
        self._builder = builder
        self._sheet = sheet
        self._run = _Run()
        self._most = most
        self.characters = 0
        self.full_at: int | None = None

    def heading(self, row: int, column: int, text: str, level: int) -> None:
        self.flush()
        if self.full_at is not None:
            return
        place = str(Range(self._sheet, row, row, column, column))
        self._builder.heading(_cut(text, _LONGEST_HEADING), level, anchor=place)

    def line(self, line: _Line) -> None:
        if self.characters + len(line.text) > self._most:
            self.full_at = self.full_at or line.row
        if self.full_at is not None:
            return
        self.characters += len(line.text)
        size = _weight(line.text) + 1
        if self._run.lines and not self._fits(line, size):
            self.flush()
        self._run.lines.append(line)
        self._run.weight += size

    def _fits(self, line: _Line, size: float) -> bool:
        last = self._run.lines[-1]
        return (
            0 < line.row - last.row <= _MOST_GAP + 1
            and self._run.weight + size <= _RUN
            and (line.table == last.table or self._run.weight < _SMALL)
        )

    def flush(self) -> None:
        lines, self._run = self._run.lines, _Run()
        if not lines:
            return
        first, last = min(line.first for line in lines), max(line.last for line in lines)
        anchor = str(Range(self._sheet, lines[0].row, lines[-1].row, first, last))
        before = lines[0].row - 1
        for line in lines:
            self._builder.add(line.kind, line.text, separator="\n" * (line.row - before), anchor=anchor)
            before = line.row


def lay_out(sheet: Sheet, builder: TextBuilder, most: int, *, level: int = 2) -> tuple[int, int | None]:
    """Write a sheet's titles and rows; titles of its tables are headings of this level.

    Returns the characters written and, where more than `most` were to be written, the first row that was left out.
    """
    writer = _Writer(builder, sheet.name, most)
    above: _Table | None = None
    number = 0
    parts = list(_parts(sheet))
    titles = _titles(parts)
    for at, part in enumerate(parts):
        if at in titles:
            cell = part[0].cells[0]
            writer.heading(part[0].number, cell.column, cell.text, level + titles[at])
            continue
        table = _Table(part, sheet, above)
        number += 0 if table.goes_on else 1
        for line in table.lines(writer, number, level + titles.get(at - 1, -1) + 1):
            writer.line(line)
        above = table if table.names else above
    for row, column, text in sheet.floating:
        for piece in text.split("\n"):
            writer.flush()
            writer.line(_Line("paragraph", row, column, column, piece, number + 1))
    writer.flush()
    return writer.characters, writer.full_at


def _titles(parts: list[list[Row]]) -> dict[int, int]:
    """Which parts are titles of a table below, as each is one cell: its place to its depth below the first title."""
    depths: dict[int, int] = {}
    chain: list[int] = []
    for at, part in enumerate(parts):
        if len(part) == 1 and is_title(part[0]):
            chain.append(at)
            continue
        if chain and _is_table(part):
            depths |= {place: depth for depth, place in enumerate(chain[-_MOST_TITLES:])}
        chain = []
    return depths


def _is_table(part: list[Row]) -> bool:
    return any(len(row.cells) > 1 for row in part)


class _Table:
    """One part of a sheet."""

    def __init__(self, part: list[Row], sheet: Sheet, above: _Table | None) -> None:
        self._rows = part
        self._columns = sorted({cell.column for row in part for cell in row.cells})
        self.header: Header | None = find_header(part, sheet)
        self.goes_on = self.header is None and above is not None and above.holds(self._columns)
        self.names: dict[int, str] = {}
        if self.header is not None:
            self.names = {at: _cut(name, _LONGEST_NAME) for at, name in self.header.names.items()}
        elif self.goes_on and above is not None:
            self.names = above.names

    def holds(self, columns: list[int]) -> bool:
        """Whether a part in these columns can be more of this table."""
        own = self._columns
        return len(columns) > 1 and own[0] <= columns[0] and columns[-1] <= own[-1]

    def lines(self, writer: _Writer, number: int, level: int) -> Iterator[_Line]:
        """The part's lines; its title is written as a heading on the way."""
        first, last = self._columns[0], self._columns[-1]
        header = self.header
        body = header.last + 1 if header is not None else 0
        titles = header.first if header is not None else _leading(self._rows)
        for at, row in enumerate(self._rows):
            if at == 0 and titles and len(self._rows) > 1 and _is_table(self._rows) and is_title(row):
                writer.heading(row.number, row.cells[0].column, row.cells[0].text, level)
                continue
            note = len(row.cells) == 1 and row.cells[0].column == first and len(row.cells[0].text) > _LONGEST_LABEL
            told = at >= body and bool(self.names) and not note
            text = joined_parts(row, self.names if told else {})
            kind: BlockKind = "paragraph" if len(self._columns) == 1 or at < titles else "table_row"
            yield _Line(kind, row.number, first, last, text, number)


def _leading(rows: list[Row]) -> int:
    """How many rows of one cell stand before the first with more."""
    return next((at for at, row in enumerate(rows) if len(row.cells) > 1), 0)


def _parts(sheet: Sheet) -> Iterator[list[Row]]:
    """Runs of rows without a blank one between them; a header that a blank row parts from its table stays with it."""
    part: list[Row] = []
    regions: list[list[Row]] = []
    for row in sheet.rows:
        if part and not _adjoin(part[-1].number, row.number, sheet.hidden_rows):
            regions.append(part)
            part = []
        part.append(row)
    if part:
        regions.append(part)
    at = 0
    while at < len(regions):
        region = regions[at]
        following = regions[at + 1] if at + 1 < len(regions) else None
        if following is not None and _is_header_alone(region, following):
            region = region + following
            at += 1
        yield from _side_by_side(region)
        at += 1


def _adjoin(above: int, below: int, hidden_rows: set[int]) -> bool:
    """Whether a person sees one row directly below the other."""
    between = range(above + 1, below)
    return len(between) <= len(hidden_rows) and all(row in hidden_rows for row in between)


def _is_header_alone(region: list[Row], following: list[Row]) -> bool:
    """Whether a region is but the header of the next one, with a blank row between them."""
    if len(region) > 4 or following[0].number - region[-1].number > 3 or len(region[-1].cells) < 3:
        return False
    cells = [cell for row in region for cell in row.cells]
    if any(cell.kind not in ("text", "date") for cell in cells):
        return False
    columns = {cell.column for cell in region[-1].cells}
    sample = following[:20]
    wide = [row for row in sample if len(row.cells) > 1]
    numbers = {cell.column for row in wide for cell in row.cells if cell.kind == "number"}
    return len(wide) >= 2 and len(numbers & columns) >= 2 and any(c.kind == "number" for c in following[0].cells)


def _side_by_side(region: list[Row]) -> Iterator[list[Row]]:
    """Tables beside each other, from left to right. Figures behind a blank column belong to the labels before it."""
    used = sorted({cell.column for row in region for cell in row.cells})
    starts = [column for before, column in itertools.pairwise(used) if column > before + 1]
    bounds = [start for start in starts[:_MOST_BESIDE] if _starts_table(region, start, used)]
    if not bounds:
        yield region
        return
    for left, right in zip([0, *bounds], [*bounds, used[-1] + 1], strict=True):
        rows = (Row(row.number, [cell for cell in row.cells if left <= cell.column < right]) for row in region)
        kept = [row for row in rows if row.cells]
        if kept:
            yield kept


def _starts_table(region: list[Row], start: int, used: list[int]) -> bool:
    """Whether the columns from `start` on are a table of their own: a header of texts, and labels in the first."""
    ends = [column for column in used if column >= start]
    width = next((at for at in range(1, len(ends)) if ends[at] != ends[at - 1] + 1), len(ends))
    if width < 2 or len(region) < 3 or sum(column < start for column in used) < 2:
        return False
    columns = set(ends[:width])
    sample = region[:30]
    inside = [[cell for cell in row.cells if cell.column in columns] for row in sample]
    filled = [cells for cells in inside if cells]
    labels = [cell for cells in filled for cell in cells if cell.column == start]
    texts = sum(cell.kind == "text" for cell in labels)
    header = filled[0] if filled else []
    return (
        len(filled) >= 3
        and len(labels) >= 0.8 * len(filled)
        and texts >= 0.8 * len(labels)
        and len(header) == width
        and all(cell.kind == "text" for cell in header)
        and len({cell.text for cell in labels}) > 1
        and any(cell.kind == "number" for cells in filled[1:] for cell in cells)
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _weight(text: str) -> float:
    """Size in ideographs, as passages are measured."""
    if text.isascii():
        return len(text) / 3
    han = sum(map(len, _HAN.findall(text)))
    return han + (len(text) - han) / 3
