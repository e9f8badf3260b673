"""XLS and XLSB sheets through calamine. It gives values; how XLS cells show them is looked up in `table_biff`.

Of XLSB no formats are known: dates show as in Hong Kong (day, month, year), percentages as the number that the cell
holds, and hidden rows and columns cannot be told apart. Comments are read of neither, formulas as their result.
"""

from __future__ import annotations

import datetime
import io
import itertools
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from lionrock.errors import BrokenDocumentError, EncryptedDocumentError
from lionrock.ingest.readers.table_biff import SheetLook, looks_of
from lionrock.ingest.readers.table_dates import serial_of
from lionrock.ingest.readers.table_format import NumberFormat, general, number_format
from lionrock.ingest.readers.table_grid import Cell, Row, Sheet, Spent, squeezed
from lionrock.records import Hidden

__all__ = ["read_sheets"]

_Time: TypeAlias = datetime.datetime | datetime.date | datetime.timedelta | datetime.time
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WITHOUT_FORMATS = (
    "Of this workbook the values are read, not their formats: percentages and currencies show as plain numbers, and "
    "hidden rows and columns are read like others; comments and text boxes are not read. Save it as XLSX to have all."
)
_WITHOUT_COMMENTS = "Comments and text boxes are not read of this kind of workbook; save it as XLSX to have them."


def read_sheets(data: bytes, spent: Spent, notices: list[str]) -> Iterator[Sheet]:
    """The sheets in their order. Raises `BrokenDocumentError` or `EncryptedDocumentError`."""
    try:
        looks, since_1904 = looks_of(data) if data.startswith(_OLE) else ({}, False)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        notices.append(_WITHOUT_COMMENTS if looks else _WITHOUT_FORMATS)
        for at, facts in enumerate(workbook.sheets_metadata):
            if facts.typ is not SheetTypeEnum.WorkSheet:
                notices.append(f"The sheet “{facts.name}” is no table (a chart or macros) and is left out.")
                continue
            sheet = Sheet(facts.name, visible=facts.visible is SheetVisibleEnum.Visible)
            look = looks.get(facts.name, SheetLook())
            _fill(sheet, workbook.get_sheet_by_index(at), spent, look, since_1904=since_1904)
            yield sheet
    except PasswordError as error:
        raise EncryptedDocumentError from error
    except (CalamineError, ValueError, OSError, OverflowError) as error:
        raise BrokenDocumentError(f"The workbook is damaged ({squeezed(str(error))[:200]}).") from error
    except BaseException as error:
        # A fault inside the library's native code comes as an exception that is not even an `Exception`.
        if type(error).__name__ != "PanicException":
            raise
        raise BrokenDocumentError("The workbook is damaged; open it in its own program and save it again.") from error


def _fill(sheet: Sheet, source: CalamineSheet, spent: Spent, look: SheetLook, *, since_1904: bool) -> None:
    for top, left, bottom, right in _merges(source):
        sheet.merges.setdefault(top, []).append((top, bottom, left, right))
    if source.start is None:
        return
    first_row, first_column = source.start[0] + 1, source.start[1] + 1
    sheet.hidden_rows = look.hidden_rows
    unseen: dict[str, list[str]] = {}
    for number, values in enumerate(_rows(source), first_row):
        cells: list[Cell] = []
        for at, value in enumerate(values, first_column):
            cell = _cell(at, value, look.format_at(number, at), since_1904=since_1904)
            if cell is None:
                continue
            where = "hidden row" if number in look.hidden_rows else "hidden column" if at in look.hidden_columns else ""
            if not where:
                cells.append(cell)
            elif spent.hide(cell.text):
                unseen.setdefault(where, []).append(cell.text)
        if cells and not spent.row(cells):
            sheet.notices.append(
                f"The sheet is too large to be read whole: row {number} and all below are left out; split the file."
            )
            break
        if cells:
            sheet.rows.append(Row(number, cells))
    for where, words in unseen.items():
        sheet.hidden.append(Hidden(where, " | ".join(words)))
        sheet.notices.append(f"What stands in {where}s is left out.")


def _rows(source: CalamineSheet) -> Iterator[Sequence[object]]:
    """Rows from the first that is not blank; they begin at the first column that is not blank."""
    first = source.start[0] if source.start is not None else 0
    return itertools.islice(source.iter_rows(), first, None)


def _merges(source: CalamineSheet) -> Iterator[tuple[int, int, int, int]]:
    """First row, first column, last row, last column, from 1."""
    for (top, left), (bottom, right) in (source.merged_cell_ranges or ())[:100_000]:
        yield top + 1, left + 1, bottom + 1, right + 1


def _cell(column: int, value: object, shown: NumberFormat | None, *, since_1904: bool) -> Cell | None:
    match value:
        case str():
            words = squeezed(value)
            return Cell(column, words) if words else None
        case bool():
            return Cell(column, str(value).upper(), "other")
        case int() | float():
            words = shown.number(value, since_1904=since_1904) if shown is not None else general(value)
            return Cell(column, words, shown.kind if shown is not None else "number") if words else None
        case datetime.datetime() | datetime.date() | datetime.timedelta() | datetime.time():
            serial = _serial(value, since_1904=since_1904)
            if shown is None or shown.kind != "date" or serial is None:
                return Cell(column, _plain(value), "date")
            words = shown.number(serial, since_1904=since_1904)
            return Cell(column, words, "date") if words else None
    return None


def _serial(value: _Time, *, since_1904: bool) -> float | None:
    """The number that a date or time stands for; None before March 1900, where calendars differ."""
    match value:
        case datetime.timedelta():
            return value / datetime.timedelta(days=1)
        case datetime.time():
            return (datetime.datetime.combine(datetime.date.min, value) - datetime.datetime.min) / datetime.timedelta(
                days=1
            )
        case datetime.datetime():
            when = value
        case _:
            when = datetime.datetime.combine(value, datetime.time())
    if when < datetime.datetime(1904, 1, 1) and (since_1904 or when < datetime.datetime(1900, 3, 1)):
        return None
    return serial_of(when, since_1904=since_1904)


def _plain(value: _Time) -> str:
    match value:
        case datetime.datetime():
            day = f"{value.day}/{value.month}/{value.year}"
            return f"{day} {value:%H:%M:%S}" if value.time() != datetime.time() else day
        case datetime.date():
            return f"{value.day}/{value.month}/{value.year}"
        case datetime.time():
            return f"{value:%H:%M:%S}"
    return number_format("[h]:mm:ss").number(value / datetime.timedelta(days=1))
