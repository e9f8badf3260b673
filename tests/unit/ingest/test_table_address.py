"""Addresses of cells: written, read back, and counted for a row from its passage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.ingest.readers.table_address import (
    Range,
    column_name,
    column_number,
    parse_cell,
    parse_range,
    quoted,
    row_address,
)


@pytest.mark.parametrize(
    ("number", "name"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (16384, "XFD")]
)
def test_columns(number: int, name: str) -> None:
    assert (column_name(number), column_number(name)) == (name, number)


@pytest.mark.parametrize(
    ("sheet", "written"),
    [
        ("Sheet1", "Sheet1"),
        ("工作表1", "工作表1"),
        ("My sheet", "'My sheet'"),
        ("Chan's", "'Chan''s'"),
        ("2023", "'2023'"),
        ("A1", "'A1'"),
        ("R1C1", "'R1C1'"),
        ("rc", "'rc'"),
        ("a.b", "a.b"),
        ("a-b", "'a-b'"),
    ],
)
def test_sheet_names_are_quoted_where_needed(sheet: str, written: str) -> None:
    assert quoted(sheet) == written
    assert parse_range(f"{written}!A1") == Range(sheet, 1, 1, 1, 1)


@given(
    st.one_of(st.none(), st.text(min_size=1, max_size=31)),
    st.integers(1, 1_048_576),
    st.integers(0, 100),
    st.integers(1, 16_000),
    st.integers(0, 100),
)
def test_a_range_is_read_back(sheet: str | None, row: int, height: int, column: int, width: int) -> None:
    place = Range(sheet, row, row + height, column, column + width)
    assert parse_range(str(place)) == place


@pytest.mark.parametrize("text", ["", "s12", "A", "5", "A1:", "Sheet1!", "A0x", "AAAA1", "a b c"])
def test_other_anchors_are_no_ranges(text: str) -> None:
    assert parse_range(text) is None
    assert row_address(text, "some text", 3) is None


@pytest.mark.parametrize(
    ("address", "place"),
    [("B5", (5, 2)), ("$B$5", (5, 2)), ("A0", None), ("XFE1", None), ("A1048577", None), ("", None)],
)
def test_cells(address: str, place: tuple[int, int] | None) -> None:
    assert parse_cell(address) == place


def test_the_row_of_an_offset() -> None:
    text = "Staff\nName: Chan | Days: 14\n\nName: Lee | Days: 18"
    anchor = "Staff!A2:B4"
    assert row_address(anchor, text, text.index("Chan")) == "Staff!A2:B2"
    assert row_address(anchor, text, text.index("Lee")) == "Staff!A4:B4"
    assert row_address(anchor, text, len(text)) == "Staff!A4:B4"
    assert row_address(anchor, text, 0) == "Staff!A2:B2"
    assert row_address("B7", "one cell", 2) == "B7"
