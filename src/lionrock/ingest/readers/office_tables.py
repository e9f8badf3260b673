"""Rows of a table as text, each cell with the name of its column; cells that span columns or rows are told once a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Cell", "row_texts"]

_MOST_COLUMNS = 200
_LONGEST_NAME = 120
_LONGEST_REPEAT = 300
_MOST_HEADER_ROWS = 3
_COLONS = (":", "\uff1a")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as the file has it."""

    text: str
    span: int = 1
    """Columns that it takes."""
    goes_on: bool = False
    """It is the lower part of the cell above."""


@dataclass(frozen=True, slots=True)
class _Placed:
    text: str
    first: int
    end: int
    goes_on: bool


def row_texts(rows: Sequence[Sequence[Cell]], header_rows: int | None = None) -> list[str]:
    """One text for each row, empty for an empty one; headings first, values as `name: value`, cells parted by ` | `.

    `header_rows` is how many rows the file itself calls headings; None where it does not say.
    """
    placed = _place(rows)
    width = max((row[-1].end for row in placed if row), default=0)
    filled = [at for at, row in enumerate(placed) if any(cell.text for cell in row)]
    body = next((at for at in filled if not _is_banner(placed[at], width)), len(placed))
    depth = _header_depth(placed[body:], width, header_rows)
    names = _names(placed[body : body + depth], width)
    return [_told(row, names if at >= body + depth else [], width) for at, row in enumerate(placed)]


def _place(rows: Sequence[Sequence[Cell]]) -> list[list[_Placed]]:
    """Cells at their columns; a cell that goes on from above has the words of that one, if they are few."""
    placed: list[list[_Placed]] = []
    above: dict[int, str] = {}
    for row in rows:
        line: list[_Placed] = []
        column = 0
        for cell in row:
            end = column + max(min(cell.span, _MOST_COLUMNS - column), 1)
            text = " ".join(cell.text.split())
            if cell.goes_on and not text:
                text = above.get(column, "")
            above[column] = text if len(text) <= _LONGEST_REPEAT else ""
            line.append(_Placed(text, column, end, cell.goes_on))
            column = end
        placed.append(line)
    return placed


def _is_banner(row: list[_Placed], width: int) -> bool:
    """One cell over the whole width, in a table of several columns."""
    return width > 1 and len([cell for cell in row if cell.text]) == 1 and row[0].end - row[0].first == width


def _header_depth(rows: list[list[_Placed]], width: int, said: int | None) -> int:
    if width < 2 or len(rows) < 2:
        return 0
    if said is not None:
        return min(said, len(rows) - 1)
    head = rows[0]
    if any(len(cell.text) > _LONGEST_NAME for cell in head) or (width == 2 and head[0].text.endswith(_COLONS)):
        return 0
    depth = 1
    if any(cell.end - cell.first > 1 for cell in head):
        while depth < min(len(rows) - 1, _MOST_HEADER_ROWS) and any(cell.goes_on for cell in rows[depth]):
            depth += 1
    return depth


def _names(rows: list[list[_Placed]], width: int) -> list[str]:
    """The name of each column: the words of all heading rows above it."""
    parts: list[list[str]] = [[] for _ in range(width)]
    for row in rows:
        for cell in row:
            for column in range(cell.first, cell.end):
                if cell.text and cell.text not in parts[column]:
                    parts[column].append(cell.text)
    names = [" ".join(part) for part in parts]
    return names if all(len(name) <= 2 * _LONGEST_NAME for name in names) else []


def _told(row: list[_Placed], names: list[str], width: int) -> str:
    parts = []
    for cell in row:
        if not cell.text:
            continue
        over = list(dict.fromkeys(name for name in names[cell.first : cell.end] if name))
        alone = width > 1 and cell.end - cell.first == width
        name = "" if alone else " / ".join(over)
        parts.append(f"{name}: {cell.text}" if name and name != cell.text else cell.text)
    return " | ".join(parts)
