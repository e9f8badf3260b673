"""XLS and XLSB sheets through calamine: values without their formats, so dates and percentages show in plain form.

A date shows as in Hong Kong (day, month, year), a percentage as the number that the cell holds. What is hidden in a
visible sheet (rows, columns, white text) cannot be told apart there, nor can comments be read.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from lionrock.errors import BrokenDocumentError, EncryptedDocumentError
from lionrock.ingest.readers.table_format import general, number_format
from lionrock.ingest.readers.table_grid import Cell, Row, Sheet, Spent, squeezed

__all__ = ["read_sheets"]

_WITHOUT_FORMATS = (
    "Of this kind of workbook the values are read, not their formats: percentages and currencies show as plain numbers; "
    "hidden rows and columns are read like others, comments are not. Save it as XLSX to have all."
)


def read_sheets(data: bytes, spent: Spent, notices: list[str]) -> Iterator[Sheet]:
    """The sheets in their order. Raises `BrokenDocumentError` or `EncryptedDocumentError`."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        notices.append(_WITHOUT_FORMATS)
        for at, facts in enumerate(workbook.sheets_metadata):
            if facts.typ is not SheetTypeEnum.WorkSheet:
                notices.append(f"The sheet “{facts.name}” is no table (a chart or macros) and is left out.")
                continue
            sheet = Sheet(facts.name, visible=facts.visible is SheetVisibleEnum.Visible)
            _fill(sheet, workbook.get_sheet_by_index(at), spent)
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


def _fill(sheet: Sheet, source: CalamineSheet, spent: Spent) -> None:
    for top, left, bottom, right in _merges(source):
        sheet.merges.setdefault(top, []).append((top, bottom, left, right))
    if source.start is None:
        return
    first_row, first_column = source.start[0] + 1, source.start[1] + 1
    for number, values in enumerate(source.to_python(skip_empty_area=True), first_row):
        cells = [cell for at, value in enumerate(values, first_column) if (cell := _cell(at, value)) is not None]
        if not cells:
            continue
        if not spent.row(cells):
            sheet.notices.append(
                f"The sheet is too large to be read whole: row {number} and all below are left out; split the file."
            )
            break
        sheet.rows.append(Row(number, cells))


def _merges(source: CalamineSheet) -> Iterator[tuple[int, int, int, int]]:
    """First row, first column, last row, last column, from 1."""
    for (top, left), (bottom, right) in (source.merged_cell_ranges or ())[:100_000]:
        yield top + 1, left + 1, bottom + 1, right + 1


def _cell(column: int, value: object) -> Cell | None:
    match value:
        case str():
            words = squeezed(value)
            return Cell(column, words) if words else None
        case bool():
            return Cell(column, str(value).upper(), "other")
        case int() | float():
            return Cell(column, general(value), "number")
        case datetime.datetime():
            return Cell(column, _day(value) + (f" {value:%H:%M:%S}" if value.time() != datetime.time() else ""), "date")
        case datetime.date():
            return Cell(column, _day(value), "date")
        case datetime.timedelta():
            return Cell(column, number_format("[h]:mm:ss").number(value / datetime.timedelta(days=1)), "date")
        case datetime.time():
            return Cell(column, f"{value:%H:%M:%S}", "date")
    return None


def _day(when: datetime.date) -> str:
    return f"{when.day}/{when.month}/{when.year}"
