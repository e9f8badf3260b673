"""Addresses of cells and ranges as spreadsheet programs write them: `Sheet1!A5:F20`, `'My sheet'!B2`.

The rows of a table stand in the stored text one a line. Rows that follow each other share one anchor, the range that
they fill together (`Sheet1!A5:F20`), so that they go into one passage. The last line of such a passage is the last
row of its range, and every row of the sheet in the range has its line, a blank one where the row is blank. So the
address of a single row needs no table of places: it is counted from the end, whatever headings stand before.

    passage.text = "Staff\\nName: Chan | Days: 14\\nName: Lee | Days: 18"    passage.anchor = "Staff!A2:B3"
    row_address(passage.anchor, passage.text, passage.text.index("Lee"))    == "Staff!A3:B3"

Rows and columns count from 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = [
    "MOST_COLUMNS",
    "MOST_ROWS",
    "Range",
    "column_name",
    "column_number",
    "parse_cell",
    "parse_range",
    "quoted",
    "row_address",
]

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
_PLAIN_NAME = re.compile(r"[^\W\d][\w.]*")
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}\d+|[rR]\d*(?:[cC]\d*)?|[cC]\d*")
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_RANGE = re.compile(r"(?:(.*)!)?\$?([A-Z]{1,3})\$?(\d{1,12})(?::\$?([A-Z]{1,3})\$?(\d{1,12}))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Range:
    """A rectangle of cells, both ends inclusive. `sheet` is the name as it is; None in a file without sheets."""

    sheet: str | None
    first_row: int
    last_row: int
    first_column: int
    last_column: int

    def __str__(self) -> str:
        """`Sheet1!A5:F20`; one cell alone is `Sheet1!A5`."""
        first = f"{column_name(self.first_column)}{self.first_row}"
        last = f"{column_name(self.last_column)}{self.last_row}"
        place = first if first == last else f"{first}:{last}"
        return place if self.sheet is None else f"{quoted(self.sheet)}!{place}"


def column_name(number: int) -> str:
    """1 is A, 27 is AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache(maxsize=20_000)
def column_number(name: str) -> int:
    """A is 1, AA is 27. `name` holds ASCII letters only."""
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - 64
    return number


def quoted(sheet: str) -> str:
    """A sheet's name as it stands in an address: in single quotes where it is not one plain word."""
    if _PLAIN_NAME.fullmatch(sheet) and not _LIKE_A_CELL.fullmatch(sheet):
        return sheet
    return "'" + sheet.replace("'", "''") + "'"


def parse_cell(address: str) -> tuple[int, int] | None:
    """(row, column) of `B5` or `$B$5`; None for what is no address of a sheet's cell."""
    found = _CELL.fullmatch(address)
    if found is None:
        return None
    row, column = int(found[2]), column_number(found[1])
    return (row, column) if 1 <= row <= MOST_ROWS and column <= MOST_COLUMNS else None


def parse_range(address: str) -> Range | None:
    """The range that `str(range)` wrote; None for any other text, such as the anchor of a paragraph."""
    found = _RANGE.fullmatch(address)
    if found is None:
        return None
    sheet, first_column, first_row, last_column, last_row = found.groups()
    if sheet is not None and len(sheet) >= 2 and sheet[0] == sheet[-1] == "'":
        sheet = sheet[1:-1].replace("''", "'")
    return Range(
        sheet,
        int(first_row),
        int(last_row or first_row),
        column_number(first_column),
        column_number(last_column or first_column),
    )


def row_address(anchor: str, text: str, offset: int) -> str | None:
    """The address of the row in which the character at `offset` stands.

    `text` ends where the rows of `anchor` end (a passage's text does; so does the document's text up to the last block
    with this anchor). Words before the first row, such as headings, have the address of the first row. None where
    `anchor` is no range of cells.
    """
    place = parse_range(anchor)
    if place is None:
        return None
    row = max(place.first_row, place.last_row - text.count("\n", max(0, offset)))
    return str(Range(place.sheet, row, row, place.first_column, place.last_column))
