"""XLS workbooks written by hand, record by record: values as their formats show them."""

from __future__ import annotations

import struct

import pytest

from lionrock.errors import BrokenDocumentError, EncryptedDocumentError
from lionrock.ingest.readers.registry import read_document
from lionrock.ingest.readers.spreadsheet import read
from lionrock.ingest.readers.table_biff import looks_of
from lionrock.ingest.readers.table_grid import Limits, squeezed
from lionrock.records import ParsedDocument

SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def compound(name: str, stream: bytes) -> bytes:
    """A compound file with one stream, long enough to stand in ordinary sectors."""
    stream = stream.ljust(max(4096, -(-len(stream) // SECTOR) * SECTOR), b"\0")
    count = len(stream) // SECTOR
    assert count <= 120
    fat = [FAT, END, *range(3, count + 2), END]
    fat += [FREE] * (128 - len(fat))
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, END, 0, END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", 0, *[FREE] * 108)
    directory = entry("Root Entry", 5, END, 0, child=1) + entry(name, 2, 2, len(stream)) + bytes(256)
    return header + struct.pack("<128I", *fat) + directory + stream


def entry(name: str, kind: int, start: int, size: int, child: int = FREE) -> bytes:
    told = name.encode("utf-16-le") + b"\0\0"
    head = told.ljust(64, b"\0") + struct.pack("<HBBIII", len(told), kind, 1, FREE, FREE, child)
    return head.ljust(116, b"\0") + struct.pack("<IQ", start, size)


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def text16(words: str) -> bytes:
    return struct.pack("<HB", len(words), 1) + words.encode("utf-16-le")


def number(row: int, column: int, style: int, value: float) -> bytes:
    return record(0x0203, struct.pack("<HHHd", row, column, style, value))


def label(row: int, column: int, words: str) -> bytes:
    return record(0x0204, struct.pack("<HHH", row, column, 0) + text16(words))


def xls(sheet: bytes, codes: dict[int, str], *, state: int = 0, more: bytes = b"") -> bytes:
    """A workbook with one sheet, `Data`; style n shows numbers with the n-th code, style 0 is General."""
    bof = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    formats = b"".join(record(0x041E, struct.pack("<H", at) + text16(code)) for at, code in codes.items())
    styles = b"".join(record(0x00E0, struct.pack("<HH16x", 0, at)) for at in (0, *codes))
    name = b"\x04\x01" + "Data".encode("utf-16-le")
    tail = record(0x000A)
    start = len(bof + more + formats + styles + tail) + 4 + 6 + len(name)
    told = record(0x0085, struct.pack("<IBB", start, state, 0) + name)
    part = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + sheet + record(0x000A)
    return compound("Workbook", bof + more + formats + styles + told + tail + part)


def lines(document: ParsedDocument) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


CODES = {164: "0.0%", 165: "[$HK$-C04]#,##0.00", 166: 'yyyy"年"m"月"d"日"'}
HEAD = label(0, 0, "姓名") + label(0, 1, "Rate") + label(0, 2, "Pay") + label(0, 3, "Since")
ROWS = b"".join(
    label(at, 0, f"Chan {at}") + number(at, 1, 1, 0.345) + number(at, 2, 2, 1500.5) + number(at, 3, 3, 45019)
    for at in (1, 2, 3)
)


def test_numbers_and_dates_as_their_formats_say() -> None:
    document = read(xls(HEAD + ROWS, CODES), name="a.xls")
    assert lines(document) == [
        "Data",
        "姓名 | Rate | Pay | Since",
        *(f"姓名: Chan {at} | Rate: 34.5% | Pay: HK$1,500.50 | Since: 2023年4月3日" for at in (1, 2, 3)),
    ]
    assert document.blocks[-1].anchor == "Data!A1:D4"


def test_short_forms_of_numbers() -> None:
    rk = struct.pack("<HI", 1, (3450 << 2) | 0b11) + struct.pack("<HI", 0, (7 << 2) | 0b10)
    many = record(0x00BD, struct.pack("<HH", 0, 0) + rk + struct.pack("<H", 1))
    one = record(0x027E, struct.pack("<HHHI", 1, 0, 1, (50 << 2) | 0b11))
    assert lines(read(xls(many + one, {164: "0%"}), name="a.xls"))[1:] == ["3450% | 7", "50%"]


def test_hidden_rows_columns_and_sheets() -> None:
    row = record(0x0208, struct.pack("<HHHHHHHH", 2, 0, 4, 255, 0, 0, 0x20, 0))
    column = record(0x007D, struct.pack("<HHHHHH", 2, 2, 2048, 0, 1, 0))
    document = read(xls(column + row + HEAD + ROWS, CODES), name="a.xls")
    assert [line.count("Chan") for line in lines(document)] == [0, 0, 1, 1]
    assert "1,500" not in document.text
    assert [(item.where, item.text) for item in document.hidden] == [
        ("hidden column", "Pay | HK$1,500.50 | HK$1,500.50"),
        ("hidden row", "Chan 2 | 34.5% | HK$1,500.50 | 2023年4月3日"),
    ]
    assert any("hidden rows is left out" in notice for notice in document.notices)
    with pytest.raises(Exception, match="that a person sees"):
        read(xls(HEAD + ROWS, CODES, state=1), name="a.xls")


def test_days_from_1904() -> None:
    epoch = record(0x0022, b"\x01\x00")
    document = read(xls(HEAD + number(1, 3, 3, 45019 - 1462) + number(1, 1, 1, 0.5), CODES, more=epoch), name="a.xls")
    assert "2023年4月3日" in document.text


def test_a_workbook_that_cannot_be_followed_has_no_formats() -> None:
    assert looks_of(b"") == ({}, False)
    assert looks_of(compound("Other", b"x")) == ({}, False)


def test_limits() -> None:
    document = read(xls(HEAD + ROWS, CODES), name="a.xls", limits=Limits(rows=2))
    assert any("row 3 and all below" in notice for notice in document.notices)


def test_bad_files() -> None:
    data = xls(HEAD + ROWS, CODES)
    with pytest.raises(BrokenDocumentError):
        read(data[:700], name="a.xls")
    with pytest.raises(BrokenDocumentError):
        read(compound("Other", b"x"), name="a.xls")
    for method in (b"\x00\x00", b"\x01\x00"):
        with pytest.raises(EncryptedDocumentError):
            read(xls(HEAD, CODES, more=record(0x002F, method + bytes(52))), name="a.xls")


def test_a_sheet_that_starts_further_down_and_right() -> None:
    document = read(
        xls(label(4, 2, "Name") + label(4, 3, "Days") + label(5, 2, "Chan") + number(5, 3, 0, 3), CODES), name="a.xls"
    )
    assert lines(document) == ["Data", "Name | Days", "Chan | 3"]
    assert document.blocks[-1].anchor == "Data!C5:D6"


def test_a_cell_outside_of_its_sheet_takes_no_memory() -> None:
    with pytest.raises(BrokenDocumentError, match="outside"):
        read(xls(HEAD + label(65_535, 60_000, "far"), CODES), name="a.xls")
    assert "far" in read(xls(HEAD + label(2_000, 255, "far"), CODES), name="a.xls").text


def test_a_workbook_that_holds_a_word_document_is_still_one() -> None:
    data = xls(HEAD + ROWS, CODES) + "WordDocument".encode("utf-16-le")
    assert "Chan 1" in read_document(data, "a.xls").text


def test_a_text_named_like_a_workbook() -> None:
    document = read_document(b"Name\tDays\r\nChan\t3\r\nLee\t4\r\n", "export.xls")
    assert lines(document) == ["Name | Days", "Name: Chan | Days: 3", "Name: Lee | Days: 4"]


def test_the_nuls_of_damaged_files_do_not_reach_the_text() -> None:
    assert squeezed("Fe\0rry\n\0\0 fares\0") == "Fe rry fares"
