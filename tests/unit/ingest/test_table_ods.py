"""ODS workbooks: the words that the program showed, what is hidden apart."""

from __future__ import annotations

import io
import zipfile

import pytest

from lionrock.errors import BrokenDocumentError, DocumentError, EmptyDocumentError, EncryptedDocumentError
from lionrock.ingest.readers.registry import media_type_of, read_document
from lionrock.ingest.readers.spreadsheet import read
from lionrock.ingest.readers.table_grid import Limits
from lionrock.records import ParsedDocument

SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("fo", "xsl-fo-compatible"),
        ("draw", "drawing"),
        ("svg", "svg-compatible"),
    )
)
STYLES = (
    '<style:style style:name="gone" style:family="table"><style:table-properties table:display="false"/></style:style>'
    '<style:style style:name="head" style:family="table-cell"><style:text-properties fo:font-weight="bold"/></style:style>'
    '<style:style style:name="white" style:family="table-cell"><style:text-properties fo:color="#ffffff"/></style:style>'
)


def ods(tables: str, **members: str) -> bytes:
    content = (
        f"<office:document-content {SPACES}><office:automatic-styles>{STYLES}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        for name, text in {"content.xml": content, **members}.items():
            archive.writestr(name.replace("__", "/"), text)
    return out.getvalue()


def cell(text: str, kind: str = "string", more: str = "") -> str:
    return f'<table:table-cell office:value-type="{kind}" {more}><text:p>{text}</text:p></table:table-cell>'


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def sheet(name: str, *rows: str, more: str = "") -> str:
    return f'<table:table table:name="{name}" {more}>{"".join(rows)}</table:table>'


def lines(document: ParsedDocument) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


HEADER = row(cell("Name"), cell("Days"), cell("Rate"))
CHAN = row(
    cell("陳大文"), cell("14", "float", 'office:value="14"'), cell("34.5%", "percentage", 'office:value="0.345"')
)


def test_cells_as_they_were_shown() -> None:
    day = cell("3 <text:span>April</text:span><text:s/>2023", "date", 'office:date-value="2023-04-03"')
    document = read(
        ods(
            sheet("員工", HEADER, CHAN, row(cell("Lee"), cell("18", "float"), day)),
            **{"meta.xml": "<m><title>Staff list</title></m>"},
        ),
        name="a.ods",
    )
    assert lines(document) == [
        "員工",
        "Name | Days | Rate",
        "Name: 陳大文 | Days: 14 | Rate: 34.5%",
        "Name: Lee | Days: 18 | Rate: 3 April 2023",
    ]
    assert document.title == "Staff list"
    assert document.blocks[-1].anchor == "員工!A1:C3"


def test_repeated_cells_and_rows_keep_their_places() -> None:
    blank_rows = '<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    gap = '<table:table-cell table:number-columns-repeated="2"/>'
    document = read(
        ods(
            sheet(
                "S",
                blank_rows,
                row(gap, cell("x", more='table:number-columns-repeated="3"'), more='table:number-rows-repeated="2"'),
                '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>',
            )
        ),
        name="a.ods",
    )
    assert lines(document) == ["S", "x | x | x", "x | x | x"]
    assert document.blocks[-1].anchor == "S!C3:E4"


def test_merged_names_and_a_bold_header() -> None:
    top = row(
        cell("Post", more='table:style-name="head"'),
        cell("Holder", more='table:style-name="head" table:number-columns-spanned="2" table:number-rows-spanned="1"'),
        "<table:covered-table-cell/>",
    )
    document = read(ods(sheet("S", top, row(cell("Clerk"), cell("Chan"), cell("Lee")))), name="a.ods")
    assert lines(document)[1:] == ["Post | Holder", "Post: Clerk | Holder: Chan | Holder: Lee"]


def test_what_is_not_seen_stands_apart() -> None:
    secret = row(cell("secret"), more='table:visibility="collapse"')
    filtered = row(cell("Ho"), cell("5", "float"), more='table:visibility="filter"')
    note = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>Ask first.</text:p></office:annotation>'
        "<text:p>Lee</text:p></table:table-cell>"
    )
    columns = '<table:table-column table:number-columns-repeated="3"/><table:table-column table:visibility="collapse"/>'
    shown = sheet(
        "Open",
        columns,
        HEADER,
        CHAN,
        secret,
        filtered,
        row(note, cell("3", "float"), cell("w", more='table:style-name="white"'), cell("far")),
        row(
            '<table:table-cell office:value-type="string"><draw:frame><draw:text-box><text:p>Ring twice.</text:p></draw:text-box></draw:frame>'
            "<draw:frame><draw:image/><svg:desc>a map</svg:desc></draw:frame></table:table-cell>"
        ),
    )
    document = read(ods(shown + sheet("Locked", row(cell("rules")), more='table:style-name="gone"')), name="a.ods")
    assert lines(document) == [
        "Open",
        "Name | Days | Rate",
        "Name: 陳大文 | Days: 14 | Rate: 34.5%",
        "Name: Ho | Days: 5",
        "Name: Lee | Days: 3",
        "Ring twice.",
    ]
    assert [(item.where, item.text) for item in document.hidden] == [
        ("comment", "A5: Ask first."),
        ("alternative text", "a map"),
        ("hidden row", "3: secret"),
        ("white text", "w"),
        ("hidden column", "far"),
        ("hidden sheet", "Locked: rules"),
    ]
    told = " ".join(document.notices)
    for words in ("1 hidden rows", "hidden columns", "1 cells whose", "1 comments", "1 pictures", "“Locked” is hidden"):
        assert words in told


def test_formulas_without_a_result_stay_text() -> None:
    document = read(
        ods(
            sheet(
                "S",
                row(
                    '<table:table-cell table:formula="of:=SUM([.A1])"/>', cell("7", "float", 'table:formula="of:=1+6"')
                ),
            )
        ),
        name="a.ods",
    )
    assert lines(document)[1:] == ["=SUM([.A1]) | 7"]


def test_repeats_without_end_are_bounded() -> None:
    endless = row(cell("x", more='table:number-columns-repeated="16384"'), more='table:number-rows-repeated="1048576"')
    document = read(ods(sheet("S", endless)), name="a.ods", limits=Limits(cells=40_000))
    assert len(document.blocks) == 3
    assert any("row 3 and all below are left out" in notice for notice in document.notices)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (ods(""), EmptyDocumentError),
        (ods("<table:table>"), BrokenDocumentError),
        (ods(sheet("S", CHAN), **{"META-INF__manifest.xml": "<m><encryption-data/></m>"}), EncryptedDocumentError),
        (ods(sheet("S", CHAN))[:-60], BrokenDocumentError),
    ],
)
def test_bad_files(data: bytes, error: type[DocumentError]) -> None:
    with pytest.raises(error):
        read(data, name="a.ods")


def test_the_kind_is_told_by_the_content() -> None:
    data = ods(sheet("S", HEADER, CHAN))
    assert media_type_of(data, "x") == "application/vnd.oasis.opendocument.spreadsheet"
    assert "陳大文" in read_document(data, "a.xlsx").text
