"""What office formats share: checks of archives, numerals, rows of tables, symbol fonts."""

from __future__ import annotations

import io
import zipfile

import pytest

from lionrock.errors import BrokenDocumentError, EncryptedDocumentError, TooLargeError
from lionrock.ingest.readers.docx_numbering import chinese, letters, numeral, roman
from lionrock.ingest.readers.office_archive import Members, check_archive, parse_xml
from lionrock.ingest.readers.office_look import symbol
from lionrock.ingest.readers.office_tables import Cell, row_texts


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("number", "form", "told"),
    [
        (4, "upperRoman", "IV"),
        (1999, "lowerRoman", "mcmxcix"),
        (28, "upperLetter", "BB"),
        (3, "ordinal", "3rd"),
        (12, "ordinal", "12th"),
        (10, "chineseCounting", "十"),
        (15, "taiwaneseCounting", "十五"),
        (110, "chineseCounting", "一百一十"),
        (2005, "chineseCounting", "二千〇五"),
        (21, "ideographLegalTraditional", "貳拾壹"),
        (2, "ideographTraditional", "乙"),
        (3, "decimalEnclosedCircle", "③"),
        (7, "decimalZero", "07"),
        (-5, "ideographDigital", "-五"),
        (0, "upperRoman", "0"),
        (5, "no such form", "5"),
    ],
)
def test_numerals(number: int, form: str, told: str) -> None:
    assert numeral(number, form) == told


def test_numbers_beyond_a_form_are_digits() -> None:
    assert (roman(4000), letters(10**9), chinese(10**5)) == ("4000", str(10**9), "100000")


def test_cells_by_hand() -> None:
    assert row_texts([]) == []
    assert row_texts([[Cell("")], [Cell("a")]]) == ["", "a"]
    assert row_texts([[Cell("a", 10**9), Cell("b")], [Cell("c")]])[1] == "a: c"
    assert row_texts([[Cell("x" * 500), Cell("b")], [Cell("c"), Cell("d")]])[1] == "c | d"


def test_symbols() -> None:
    assert symbol("Symbol", 0xF0B7) == "•"
    assert symbol("No such font", 0xF041) == "\ufffd"
    assert symbol("MS Gothic", 0x2610) == "☐"
    assert symbol(None, 0xD800) == "\ufffd"


ENTITIES = [
    b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    b"<!--" + b"x" * 3000 + b'--><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16"),
    b" " * 70_000 + b'<!DOCTYPE a [<!ENTITY b "c">]><a/>',
    b'<!DOCTYPE a SYSTEM "x"><a/>',
]


@pytest.mark.parametrize("xml", ENTITIES)
def test_entities_are_refused(xml: bytes) -> None:
    with pytest.raises(BrokenDocumentError):
        check_archive(zipped({"a.xml": xml}))


def test_a_plain_document_type_passes_where_the_format_has_one() -> None:
    data = zipped({"a.xhtml": b'<?xml version="1.0"?><!DOCTYPE html><html/>'})
    check_archive(data, doctype=True)
    with pytest.raises(BrokenDocumentError):
        check_archive(data)
    with pytest.raises(BrokenDocumentError):
        check_archive(zipped({"a.xhtml": ENTITIES[0]}), doctype=True)


def test_archives_that_unpack_to_too_much_are_refused() -> None:
    with pytest.raises(TooLargeError):
        check_archive(zipped({"a.bin": bytes(60_000_000)}))
    with pytest.raises(TooLargeError):
        check_archive(zipped({f"{at}.txt": b"" for at in range(10_001)}))


def test_encrypted_members_are_told() -> None:
    data = bytearray(zipped({"a.xml": b"<a/>"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(EncryptedDocumentError):
        check_archive(bytes(data))


def test_members_are_found_in_any_case_and_damage_has_a_reason() -> None:
    members = Members(zipped({"Word/Document.xml": b"<a/>", "b.xml": b"<a>"}))
    assert "word/document.xml" in members
    assert members.xml("/word/document.xml").tag == "a"  # type: ignore[union-attr]
    assert members.xml("c.xml") is None
    with pytest.raises(BrokenDocumentError):
        members.xml("b.xml")
    with pytest.raises(BrokenDocumentError):
        members.read("c.xml")


@pytest.mark.parametrize(
    "xml", [b"", b"<a>" * 300 + b"</a>" * 300, b"<a>\x00</a>", b"<a>&nothing;</a>", b"\xff\xfe\x00"]
)
def test_bad_xml_has_a_reason(xml: bytes) -> None:
    with pytest.raises(BrokenDocumentError):
        parse_xml(xml)
