"""XLSB workbooks, written by hand: values without their formats, and the notice that says so."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from lionrock.errors import BrokenDocumentError
from lionrock.ingest.readers.registry import media_type_of, read_document
from lionrock.records import ParsedDocument

REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def record(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    assert len(body) < 128
    return head + bytes([len(body)]) + body


def wide(words: str) -> bytes:
    return struct.pack("<I", len(words)) + words.encode("utf-16-le")


def xlsb(sheet: bytes) -> bytes:
    book = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Data"))
    target = f'<Relationship Id="rId1" Type="{REL}/worksheet" Target="worksheets/sheet1.bin"/>'
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", book + record(144) + record(132))
        archive.writestr("xl/_rels/workbook.bin.rels", f'<Relationships xmlns="{space}">{target}</Relationships>')
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return out.getvalue()


def row(number: int, *cells: str | float) -> bytes:
    out = record(0, struct.pack("<I", number) + bytes(13))
    for column, value in enumerate(cells):
        place = struct.pack("<II", column, 0)
        out += record(6, place + wide(value)) if isinstance(value, str) else record(5, place + struct.pack("<d", value))
    return out


SHEET = (
    record(129)
    + record(148, struct.pack("<IIII", 0, 2, 0, 1))
    + record(145)
    + row(0, "姓名", "Days")
    + row(1, "陳大文", 14.0)
    + row(2, "Lee", 7.5)
    + record(146)
    + record(130)
)


def lines(document: ParsedDocument) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def test_values_are_read() -> None:
    document = read_document(xlsb(SHEET), "a.xlsb")
    assert lines(document) == ["Data", "姓名 | Days", "姓名: 陳大文 | Days: 14", "姓名: Lee | Days: 7.5"]
    assert document.blocks[-1].anchor == "Data!A1:B3"
    assert len(document.notices) == 1
    assert "not their formats" in document.notices[0]
    assert media_type_of(xlsb(SHEET), "a") == "application/vnd.ms-excel.sheet.binary.macroenabled.12"


@pytest.mark.parametrize("sheet", [b"", SHEET[:20], b"\xff" * 50])
def test_damaged_sheets_have_a_reason(sheet: bytes) -> None:
    with pytest.raises(BrokenDocumentError):
        read_document(xlsb(sheet), "a.xlsb")
