"""XLSX workbooks whose parts are written by hand: formulas, texts, drawings, and files that are broken."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from openpyxl.comments import Comment
from workbooks import book_of, saved

from lionrock.errors import (
    BrokenDocumentError,
    DocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
    TooLargeError,
)
from lionrock.ingest.readers.registry import read_document
from lionrock.ingest.readers.spreadsheet import read
from lionrock.records import ParsedDocument

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def by_hand(rows: str, *, after: str = "", before: str = "", members: dict[str, str] | None = None) -> bytes:
    """An XLSX file whose only sheet, `Data`, has these rows as XML."""
    told = {
        "[Content_Types].xml": TYPES.decode(),
        "_rels/.rels": rels(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": rels(("rId1", "worksheet", "worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>',
        **(members or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in told.items():
            archive.writestr(name, text)
    return out.getvalue()


def rels(*items: tuple[str, str, str]) -> str:
    inner = "".join(f'<Relationship Id="{i}" Type="{REL}/{kind}" Target="{target}"/>' for i, kind, target in items)
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inner}</Relationships>'
    )


def lines(document: ParsedDocument) -> list[str]:
    for one, two in zip(document.blocks, document.blocks[1:], strict=False):
        assert one.end <= two.start
    return [document.text[block.start : block.end] for block in document.blocks]


def anchors(document: ParsedDocument) -> dict[str, str | None]:
    return {document.text[block.start : block.end]: block.anchor for block in document.blocks}


def hidden(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(item.where, item.text) for item in document.hidden]


def test_formulas_show_their_stored_result_and_are_never_evaluated() -> None:
    rows = (
        '<row r="1"><c r="A1"><f>SUM(B1:B9)</f><v>42</v></c></row>'
        '<row r="2"><c r="A2" t="str"><f>"a"&amp;"b"</f><v>ab</v></c></row>'
        '<row r="3"><c r="A3"><f>SUM(C1:C9)</f></c></row>'
        """<row r="4"><c r="A4" t="inlineStr"><is><t>=cmd|' /C calc'!A0</t></is></c></row>"""
        """<row r="5"><c r="A5"><f>cmd|' /C calc'!A0</f></c></row>"""
        '<row r="6"><c r="A6" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
        '<row r="7"><c r="A7"><f>A1</f><v/></c></row>'
    )
    document = read(by_hand(rows), name="a.xlsx")
    assert lines(document)[1:] == [
        "42",
        "ab",
        "=SUM(C1:C9)",
        "=cmd|' /C calc'!A0",
        "=cmd|' /C calc'!A0",
        "#DIV/0!",
        "=A1",
    ]
    assert any("3 formulas have no result" in notice for notice in document.notices)


def test_texts_of_all_kinds() -> None:
    strings = f'<sst xmlns="{MAIN}"><si><t xml:space="preserve"> 東 京 </t><rPh sb="0" eb="1"><t>とう</t></rPh></si><si><r><t>Hong</t></r><r><t xml:space="preserve"> Kong_x000D_x</t></r></si></sst>'
    data = by_hand(
        '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>9</v></c></row><row><c/><c t="d"><v>2023-04-03</v></c><c t="b"><v>0</v></c><c><v>x1</v></c></row>',
        members={
            "xl/SharedStrings.xml": strings,
            "xl/_rels/workbook.xml.rels": rels(
                ("rId1", "worksheet", "/xl/worksheets/sheet1.xml"), ("rId2", "sharedStrings", "sharedStrings.xml")
            ),
        },
    )
    document = read(data, name="a.xlsx")
    assert lines(document)[1:] == ["東 京 | Hong Kong x", "2023-04-03 | FALSE | x1"]
    assert document.blocks[1].anchor == "Data!A1:D2"


def test_comments_and_pictures_and_text_boxes() -> None:
    book = book_of(("S", [["Name", "Days"], ["Chan", 3], ["Lee", 4]]))
    book["S"]["B2"].comment = Comment("Ask Ms Ho first.", "Ho")
    document = read(saved(book), name="a.xlsx")
    assert ("comment", "S!B2: Ask Ms Ho first.") in hidden(document)
    assert "Ask Ms Ho" not in document.text
    assert any("comments on cells (1)" in notice for notice in document.notices)
    xdr, a = "urn:xdr", "urn:a"
    drawing = (
        f'<xdr:wsDr xmlns:xdr="{xdr}" xmlns:a="{a}" xmlns:c="urn:c"><xdr:twoCellAnchor><xdr:from><xdr:col>2</xdr:col><xdr:row>4</xdr:row></xdr:from>'
        '<xdr:sp><xdr:nvSpPr><xdr:cNvPr id="1" name="x" descr="a yellow box"/></xdr:nvSpPr><xdr:txBody><a:p><a:r><a:t>Closed on </a:t></a:r><a:r><a:t>Sundays.</a:t></a:r></a:p><a:p><a:r><a:t>Ring twice.</a:t></a:r></a:p></xdr:txBody></xdr:sp>'
        "</xdr:twoCellAnchor><xdr:oneCellAnchor><xdr:pic/><xdr:graphicFrame><c:chart/></xdr:graphicFrame></xdr:oneCellAnchor></xdr:wsDr>"
    )
    members = {
        "xl/drawings/drawing1.xml": drawing,
        "xl/worksheets/_rels/sheet1.xml.rels": rels(("rId1", "drawing", "../drawings/drawing1.xml")),
    }
    document = read(by_hand('<row r="1"><c r="A1"><v>5</v></c></row>', members=members), name="a.xlsx")
    assert anchors(document) == {
        "Data": None,
        "5": "Data!A1",
        "Closed on Sundays.": "Data!C5",
        "Ring twice.": "Data!C5",
    }
    assert hidden(document) == [("alternative text", "a yellow box")]
    assert "Sheet “Data”: left out: pictures (1), charts (1)." in document.notices


def test_macros_and_embedded_files() -> None:
    row = '<row r="1"><c r="A1"><v>5</v></c></row>'
    data = by_hand(
        row, members={"xl/vbaProject.bin": "x", "xl/embeddings/notes.docx": "bytes", "xl/embeddings/ole1.bin": "y"}
    )
    document = read_document(data, "a.xlsm")
    assert [(item.name, item.data) for item in document.attachments] == [("notes.docx", b"bytes")]
    assert any("macros" in notice for notice in document.notices)
    assert any("ole1.bin" in notice for notice in document.notices)


def broken(change: Callable[[bytes], bytes]) -> bytes:
    return change(saved(book_of(("S", [["a", "b"], ["c", 5]]))))


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
BAD: dict[str, tuple[type[DocumentError], Callable[[], bytes]]] = {
    "no cells": (EmptyDocumentError, lambda: saved(book_of(("S", [])))),
    "cut short": (BrokenDocumentError, lambda: broken(lambda data: data[:-300])),
    "a head alone": (BrokenDocumentError, lambda: b"PK\x03\x04"),
    "nothing": (BrokenDocumentError, lambda: b""),
    "text": (BrokenDocumentError, lambda: b"Name,Days\nChan,3\n"),
    "no sheet list": (BrokenDocumentError, lambda: by_hand("", members={"xl/workbook.xml": "<a/>"})),
    "bad XML": (BrokenDocumentError, lambda: by_hand("<row><c><v>5</v>")),
    "entities": (
        BrokenDocumentError,
        lambda: by_hand("", members={"xl/worksheets/sheet1.xml": LAUGHS + "<worksheet>&b;</worksheet>"}),
    ),
    "a bomb": (TooLargeError, lambda: by_hand("<!--" + " " * 30_000_000 + "-->")),
    "a password": (
        EncryptedDocumentError,
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
    ),
    "no OLE file": (BrokenDocumentError, lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)),
    "a bad number of a text": (BrokenDocumentError, lambda: by_hand('<row><c t="s"><v>x</v></c></row>')),
}


@pytest.mark.parametrize("what", sorted(BAD))
def test_bad_files_have_a_reason(what: str) -> None:
    error, make = BAD[what]
    with pytest.raises(error) as caught:
        read(make(), name="a.xlsx")
    assert caught.value.message


def test_a_sheet_that_is_missing_and_rows_out_of_order_are_told() -> None:
    rows = '<row r="5"><c r="A5"><v>5</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>'
    document = read(by_hand(rows), name="a.xlsx")
    assert lines(document) == ["Data", "5"]
    assert any("1 rows or cells stand out of order" in notice for notice in document.notices)
    workbook = f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="Gone" r:id="rId7"/><sheet name="Data" r:id="rId1"/></sheets></workbook>'
    document = read(by_hand(rows, members={"xl/workbook.xml": workbook}), name="a.xlsx")
    assert any("“Gone” is missing" in notice for notice in document.notices)
