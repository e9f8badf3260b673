"""Tables of RTF: rows state where each of their cells ends, and which cells are one with that beside or above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lionrock.ingest.readers.office_tables import Cell

__all__ = ["Row", "row_cells"]

_NEAR = 40
_MOST_CELLS = 200


@dataclass(slots=True)
class Row:
    """One row: the words of its cells, and what the file states of each."""

    cells: list[str] = field(default_factory=list)
    edges: list[int] = field(default_factory=list)
    """Where each cell ends, in twips."""
    marks: list[str] = field(default_factory=list)
    """`beside` for a cell that is one with that before it, `below` with that above it."""
    is_head: bool = False
    pending: str = ""

    def mark(self, what: str) -> None:
        """Something about the cell whose end is told next."""
        self.pending = what

    def edge(self, at: int) -> None:
        """The end of the next cell."""
        if len(self.edges) < _MOST_CELLS:
            self.edges.append(at)
            self.marks.append(self.pending)
        self.pending = ""


def row_cells(rows: Sequence[Row]) -> tuple[list[list[Cell]], int | None]:
    """The rows on one grid, and how many the file calls headings."""
    grid: list[int] = []
    for edge in sorted({edge for row in rows for edge in row.edges}):
        if not grid or edge - grid[-1] > _NEAR:
            grid.append(edge)
    told = []
    for row in rows:
        line: list[Cell] = []
        before = 0
        for at, text in enumerate(row.cells[:_MOST_CELLS]):
            mark = row.marks[at] if at < len(row.marks) else ""
            span = 1
            if at < len(row.edges):
                after = sum(1 for edge in grid if edge <= row.edges[at] + _NEAR)
                span, before = max(after - before, 1), max(after, before + 1)
            if mark == "beside" and line:
                joined = " ".join(filter(None, (line[-1].text, text)))
                line[-1] = Cell(joined, line[-1].span + span, line[-1].goes_on)
            else:
                line.append(Cell(text, span, mark == "below"))
        told.append(line)
    heads = 0
    for row in rows:
        if not row.is_head:
            break
        heads += 1
    return told, heads or None
