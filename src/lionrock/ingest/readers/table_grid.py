"""What the readers of tables hand on: sheets of cells that hold text, and the limits that they keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from lionrock.records import Hidden

__all__ = ["Cell", "CellKind", "Limits", "Merge", "Row", "Sheet", "Spent", "squeezed"]

CellKind: TypeAlias = Literal["text", "number", "date", "other"]
"""`other` is a truth value or an error value."""
Merge: TypeAlias = tuple[int, int, int, int]
"""First row, last row, first column, last column of cells that are merged into one."""


class Cell(NamedTuple):
    """A cell that is not blank. `text` is on one line, as the program shows it."""

    column: int
    text: str
    kind: CellKind = "text"
    strong: bool = False
    """Set off as headers are: bold, or on a coloured ground."""


class Row(NamedTuple):
    """A row that is not blank, its cells from left to right."""

    number: int
    cells: list[Cell]


@dataclass(slots=True)
class Sheet:
    """One sheet. Rows are in ascending order."""

    name: str | None
    """None for a file that is one table without a name."""
    rows: list[Row] = field(default_factory=list)
    merges: dict[int, list[Merge]] = field(default_factory=dict)
    """By the first row."""
    headers: frozenset[int] = frozenset()
    """Rows that the file itself declares to be headers: of a defined table, of a filter."""
    hidden_rows: set[int] = field(default_factory=set)
    """Rows that are left out as a person does not see them; they part no table."""
    floating: list[tuple[int, int, str]] = field(default_factory=list)
    """Text boxes: row and column of their upper left corner, and their words."""
    hidden: list[Hidden] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    visible: bool = True
    """False for a sheet that the workbook hides."""
    named_columns: bool = False
    """Whether the first row is a header unless it cannot be one, as in exported files."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of one file is read: cells and rows that are not blank, characters of stored text, of hidden text."""

    cells: int = 1_000_000
    rows: int = 200_000
    characters: int = 30_000_000
    hidden: int = 2_000_000


@dataclass(slots=True)
class Spent:
    """What has been read of a file so far."""

    limits: Limits = Limits()
    cells: int = 0
    rows: int = 0
    characters: int = 0
    hidden: int = 0
    over: bool = False
    """Whether a row was left out."""

    def hide(self, text: str) -> bool:
        """Count hidden text in; False where there is more of it than is kept."""
        self.hidden += len(text)
        return self.hidden <= self.limits.hidden

    def row(self, cells: list[Cell]) -> bool:
        """Count a row in; False, and nothing counted, where a limit would be passed."""
        characters = sum([len(cell.text) for cell in cells])
        if (
            self.rows >= self.limits.rows
            or self.cells + len(cells) > self.limits.cells
            or self.characters + characters > self.limits.characters
        ):
            self.over = True
            return False
        self.rows += 1
        self.cells += len(cells)
        self.characters += characters
        return True


def squeezed(text: str) -> str:
    """On one line, runs of white space, and of the NULs that damaged files hold, as one blank."""
    return " ".join(text.replace("\0", " ").split())
