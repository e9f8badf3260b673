"""Tables of a page: cells over several rows and columns read as a person reads them, headers of several rows joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lionrock.ingest.readers.builder import TextBuilder

__all__ = ["Cell", "Rows", "add_rows"]

_MOST_COLUMNS = 500
_MOST_REPEATED = 200
"""Characters up to which a cell is told again for every row and column that it covers."""
_MOST_CELLS = 500_000
_MOST_HEADERS = 4


@dataclass(slots=True)
class Cell:
    """One cell as it stands in the source."""

    text: str
    columns: int = 1
    rows: int = 1
    is_header: bool = False


@dataclass(slots=True)
class Rows:
    """The rows of a table; `heads` of them stand in its head."""

    rows: list[list[Cell]] = field(default_factory=list)
    heads: int = 0
    anchor: str | None = None


def add_rows(table: Rows, builder: TextBuilder) -> None:
    """Write a table's rows. Cells below a header are told with the names of their columns."""
    rows = [(at, row) for at, row in enumerate(table.rows) if row]
    if not rows:
        return
    heads = _heads(table)
    grid = _grid([row for _, row in rows])
    heads = sum(at < heads for at, _ in rows)
    names = _names(grid[:heads]) if heads < len(grid) else None
    for at, cells in enumerate(grid):
        if not any(cells):
            continue
        source = rows[at][1]
        said = [cell for cell in source if cell.text]
        if at >= heads and len(said) == 1 and len(cells) > 1 and said[0].columns >= len(cells):
            builder.add("table_row", said[0].text, anchor=table.anchor)
        else:
            builder.row(cells, names if at >= heads else None, anchor=table.anchor)


def _heads(table: Rows) -> int:
    """Leading rows that name columns: those of the head, or those of header cells only."""
    if table.heads and any(row for row in table.rows[: table.heads]):
        return table.heads if table.heads <= _MOST_HEADERS else 0
    count = 0
    for row in table.rows[:_MOST_HEADERS]:
        if not row or not all(cell.is_header for cell in row):
            break
        count += 1
    return count


def _grid(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """The rows with every cell at the places that it covers; all rows are as wide as the widest."""
    grid: list[list[str]] = []
    over: dict[int, tuple[int, str]] = {}
    """Column to (rows still covered, text) of cells from above."""
    spent = 0
    for row in rows:
        line: list[str] = []
        todo = list(row)
        below: dict[int, tuple[int, str]] = {}
        last = max(over, default=-1)
        while todo or len(line) <= last:
            at = len(line)
            if at >= _MOST_COLUMNS:
                line[-1] = " ".join([line[-1], *(cell.text for cell in todo)]).strip()
                break
            if at in over:
                left, text = over[at]
                line.append(text)
                if left > 1:
                    below[at] = (left - 1, text)
                continue
            if not todo:
                line.append("")
                continue
            cell = todo.pop(0)
            short = cell.text if len(cell.text) <= _MOST_REPEATED else ""
            for step in range(max(1, min(cell.columns, _MOST_COLUMNS - at))):
                if step and at + step in over:
                    break
                line.append(cell.text if step == 0 else short)
                if cell.rows > 1:
                    below[at + step] = (min(cell.rows, len(rows)) - 1, short)
        over = below if spent < _MOST_CELLS else {}
        spent += len(line)
        grid.append(line)
    width = max(map(len, grid), default=0)
    if width * len(grid) <= _MOST_CELLS:
        for line in grid:
            line.extend([""] * (width - len(line)))
    return grid


def _names(heads: Sequence[Sequence[str]]) -> list[str] | None:
    """The name of each column: what stands above it, from the top, each word once."""
    if not heads:
        return None
    names = []
    for column in range(max(map(len, heads))):
        parts: list[str] = []
        for row in heads:
            if column < len(row) and row[column] and row[column] not in parts:
                parts.append(row[column])
        names.append(" ".join(parts))
    return names
