"""Workbooks for tests, made through the library."""

from __future__ import annotations

import io
from typing import Any

import openpyxl


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def book_of(*sheets: tuple[str, list[list[Any]]]) -> Any:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return book
