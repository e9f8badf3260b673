"""What calamine does not tell of an XLS workbook: how its cells show their numbers, and which rows and columns hide.

Only the records for that are looked at, in BIFF8 and BIFF5 (Excel 95 to 2003). A workbook that cannot be followed has
no formats here, and is read without them.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile

from lionrock.errors import BrokenDocumentError, EncryptedDocumentError
from lionrock.ingest.readers.table_format import BUILT_IN, NumberFormat, number_format

__all__ = ["SheetLook", "looks_of"]

_BOF, _EOF, _FORMAT, _XF, _SHEET, _EPOCH = 0x0809, 0x000A, 0x041E, 0x00E0, 0x0085, 0x0022
_ROW, _COLUMN, _MANY_RK, _PASSWORD = 0x0208, 0x007D, 0x00BD, 0x002F
_CELLS = frozenset((0x0203, 0x027E, 0x0006, 0x0206, 0x0406))
"""NUMBER, RK and FORMULA: they begin with row, column and style."""
_OTHERS = frozenset((0x0201, 0x00BE, 0x0204, 0x0205, 0x00FD, 0x00D6))
"""Cells without a number: BLANK, MULBLANK, LABEL, BOOLERR, LABELSST, RSTRING."""
_LAST_COLUMN = 255
_BIFF8 = 0x0600
_FAULTS = (struct.error, OSError, ValueError, IndexError, TypeError, AttributeError, OverflowError, RecursionError)
"""What olefile raises for damaged files, and what short records lead to."""


@dataclass(slots=True)
class SheetLook:
    """The look of one sheet's cells; rows and columns count from 1."""

    styles: dict[tuple[int, int], int] = field(default_factory=dict)
    formats: list[NumberFormat] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)

    def format_at(self, row: int, column: int) -> NumberFormat | None:
        """How the number in a cell shows; None where nothing is known of it."""
        style = self.styles.get((row, column))
        return self.formats[style] if style is not None and style < len(self.formats) else None


def looks_of(data: bytes) -> tuple[dict[str, SheetLook], bool]:
    """Sheet name to its look, and whether days count from 1904. Both empty for what cannot be followed.

    Raises `EncryptedDocumentError`, and `BrokenDocumentError` for cells that stand outside of their sheet.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            name = next((name for name in ("Workbook", "Book") if file.exists(name)), None)
            book = file.openstream(name).read() if name is not None else b""
        return _looks(book)
    except _FAULTS:
        return {}, False


def _records(book: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """(kind, body) of the records from an offset to the end of their part."""
    at, depth = start, 0
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        body = book[at + 4 : at + 4 + size]
        at += 4 + size
        if kind == _BOF:
            depth += 1  # A chart inside a sheet is a part of its own.
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        if depth <= 1:
            yield kind, body


def _looks(book: bytes) -> tuple[dict[str, SheetLook], bool]:
    version, since_1904 = 0, False
    codes: dict[int, str] = {}
    styles: list[int] = []
    sheets: list[tuple[str, int]] = []
    for kind, body in _records(book, 0):
        if kind == _BOF:
            version = struct.unpack_from("<H", body)[0]
        elif kind == _FORMAT:
            codes[struct.unpack_from("<H", body)[0]] = _text(body[2:], wide=version >= _BIFF8)
        elif kind == _XF:
            styles.append(struct.unpack_from("<H", body, 2)[0])
        elif kind == _PASSWORD:
            raise EncryptedDocumentError
        elif kind == _EPOCH:
            since_1904 = body[:2] == b"\x01\x00"
        elif kind == _SHEET:
            sheets.append((_name(body[6:], wide=version >= _BIFF8), struct.unpack_from("<I", body)[0]))
    formats = [number_format(codes.get(style, BUILT_IN.get(style, "General"))) for style in styles]
    return {name: _look(book, start, formats) for name, start in sheets}, since_1904


def _look(book: bytes, start: int, formats: list[NumberFormat]) -> SheetLook:
    look = SheetLook(formats=formats)
    for kind, body in _records(book, start):
        is_cell = kind in _CELLS or kind in _OTHERS or kind == _MANY_RK
        if is_cell and struct.unpack_from("<H", body, 2)[0] > _LAST_COLUMN:
            # The sheet would be laid out as far as there, whatever memory that takes.
            raise BrokenDocumentError("The workbook is damaged (a cell stands outside of its sheet).")
        if kind in _CELLS:
            row, column, style = struct.unpack_from("<HHH", body)
            look.styles[row + 1, column + 1] = style
        elif kind == _MANY_RK:
            row, first = struct.unpack_from("<HH", body)
            for at in range((len(body) - 6) // 6):
                look.styles[row + 1, first + at + 1] = struct.unpack_from("<H", body, 4 + 6 * at)[0]
        elif kind == _ROW:
            row, flags = struct.unpack_from("<H", body)[0], struct.unpack_from("<H", body, 12)[0]
            # Rows of an outline that is folded up show with one click on its sign.
            if flags & 0x20 and not flags & 0x07:
                look.hidden_rows.add(row + 1)
        elif kind == _COLUMN:
            first, last, _, _, flags = struct.unpack_from("<HHHHH", body)
            if flags & 0x01 and not flags & 0x0700:
                look.hidden_columns.update(range(first + 1, min(last, 255) + 2))
    return look


def _text(body: bytes, *, wide: bool) -> str:
    """A format code: its length, then its characters."""
    if not wide:
        return body[1 : 1 + body[0]].decode("cp1252", "replace")
    length, flags = struct.unpack_from("<HB", body)
    return _characters(body[3:], length, flags)


def _name(body: bytes, *, wide: bool) -> str:
    if not wide:
        return body[1 : 1 + body[0]].decode("cp1252", "replace")
    return _characters(body[2:], body[0], body[1])


def _characters(body: bytes, length: int, flags: int) -> str:
    return body[: 2 * length].decode("utf-16-le", "replace") if flags & 1 else body[:length].decode("latin-1")
