"""CSV and TSV: separators, quotes and encodings as files come; rows with addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from lionrock.errors import BrokenDocumentError, DocumentError, EmptyDocumentError, TooLargeError
from lionrock.ingest.chunk import chunk
from lionrock.ingest.readers.delimited import read, separator_of
from lionrock.ingest.readers.registry import media_type_of, read_document
from lionrock.ingest.readers.table_address import row_address
from lionrock.ingest.readers.table_grid import Limits
from lionrock.records import ParsedDocument

STAFF = "姓名,Department,Days\n陳大文,Finance,14\n李小明,Harbour,18\n"
TOLD = [
    "姓名 | Department | Days",
    "姓名: 陳大文 | Department: Finance | Days: 14",
    "姓名: 李小明 | Department: Harbour | Days: 18",
]


def lines(document: ParsedDocument) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def of(text: str, name: str = "a.csv") -> list[str]:
    return lines(read(text.encode(), name=name))


def test_rows_and_addresses() -> None:
    document = read(STAFF.encode(), name="folder/staff list.csv")
    assert lines(document) == TOLD
    assert {block.anchor for block in document.blocks} == {"A1:C3"}
    assert {block.kind for block in document.blocks} == {"table_row"}
    assert (document.title, document.encoding, document.notices) == ("staff list", "utf-8", ())
    assert row_address("A1:C3", document.text, document.text.index("李小明")) == "A3:C3"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(separator: str, end: str) -> None:
    assert of(STAFF.replace(",", separator).replace("\n", end)) == TOLD


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("big5-hkscs", "big5hkscs"),
        ("gb18030", "gb18030"),
    ],
)
def test_encodings(encoding: str, name: str) -> None:
    text = "項目,地點,日期\n" + "深水埗街坊會開會,鰂魚涌社區會堂,2023-04-03\n海港事務署通告,上環辦事處,2023-04-05\n" * 4
    if encoding == "gb18030":
        text = text.replace("鰂", "鲗")
    document = read(text.encode(encoding), name="a.csv")
    assert document.encoding == name
    assert lines(document)[0] == "項目 | 地點 | 日期"
    assert lines(document)[1].startswith("項目: 深水埗街坊會開會 | 地點: ")


def test_western_text() -> None:
    text = "Name,Café\nRené,Le Zébulon à Genève\nZoë,Crêperie du Château\n"
    document = read(text.encode("cp1252"), name="a.csv")
    assert lines(document)[1] == "Name: René | Café: Le Zébulon à Genève"


def test_quotes_commas_and_line_breaks_in_cells() -> None:
    text = 'Name,Remarks,Days\n"Chan, Tai Man","said ""no""",3\nLee,"first line\nsecond line",4\n\nHo,,5\n'
    document = read(text.encode(), name="a.csv")
    assert lines(document) == [
        "Name | Remarks | Days",
        'Name: Chan, Tai Man | Remarks: said "no" | Days: 3',
        "Name: Lee | Remarks: first line second line | Days: 4",
        "Name: Ho | Days: 5",
    ]
    # A blank line is a row of the sheet, a line break inside a cell is none.
    assert row_address(str(document.blocks[-1].anchor), document.text, len(document.text)) == "A5:C5"


def test_a_quotation_mark_that_is_never_closed() -> None:
    text = 'Name,Size,Days\nPipe,5" wide,3\nRod,"6,4\nBar,7,5\nTube,8,6\n'
    document = read(text.encode(), name="a.csv")
    assert lines(document)[-1] == "Name: Tube | Size: 8 | Days: 6"
    assert 'Rod | Size: "6 | Days: 4' in document.text
    assert any("not closed" in notice for notice in document.notices)


def test_rows_of_unequal_length() -> None:
    assert of("Name,Days,Note\nChan,3\nLee,4,late,and more\nHo,5,on time\n") == [
        "Name | Days | Note",
        "Name: Chan | Days: 3",
        "Name: Lee | Days: 4 | Note: late | and more",
        "Name: Ho | Days: 5 | Note: on time",
    ]


def test_one_column() -> None:
    text = "Central\nMui Wo, by ferry\nSha Tin; by train\nTai O\n"
    document = read(text.encode(), name="a.csv")
    assert lines(document) == text.splitlines()
    assert {block.anchor for block in document.blocks} == {"A1:A4"}


def test_decimal_commas() -> None:
    assert of("Year;Costs;Fee\n2022;-814,38;1,5\n2023;11,08;2,5\n")[1] == "Year: 2022 | Costs: -814,38 | Fee: 1,5"
    assert of("1,5;2,5\n3,5;4,5\n5,5;6,5\n") == ["1,5 | 2,5", "3,5 | 4,5", "5,5 | 6,5"]


def test_a_hint_for_the_separator_is_no_row() -> None:
    document = read(b"sep=;\r\nName;Days, taken\r\nChan;3\r\nLee;4\r\n", name="a.csv")
    assert lines(document)[1] == "Name: Chan | Days, taken: 3"
    assert document.blocks[0].anchor == "A1:B3"


def test_a_title_above_the_header() -> None:
    document = read(b"Leave records,,\n\nName,Taken,Left\nChan,3,11\nLee,4,10\n", name="a.csv")
    assert lines(document) == [
        "Leave records",
        "Name | Taken | Left",
        "Name: Chan | Taken: 3 | Left: 11",
        "Name: Lee | Taken: 4 | Left: 10",
    ]
    assert document.blocks[1].heading == ("Leave records",)


def test_a_very_long_line_keeps_all_its_words() -> None:
    document = read(("Name,Remarks\nChan," + "word " * 200_000 + "\nLee,none\n").encode(), name="a.csv")
    assert document.text.count("word") == 200_000
    wide = ",".join(f"c{at}" for at in range(5000))
    document = read(f"{wide}\n{wide.replace('c', '')}\n".encode(), name="a.csv")
    assert "c4999: 4999" in document.text
    assert document.blocks[-1].anchor == "A2:GJH2"


def test_ten_thousand_short_rows() -> None:
    text = "Name,Days\n" + "".join(f"Chan {at},{at}\n" for at in range(2, 10_001))
    document = read(text.encode(), name="a.csv")
    assert len(document.blocks) == 10_000
    made = chunk(document)
    assert len(made) < 800
    part = made[len(made) // 2]
    words = document.text[part.start : part.end]
    at = words.index("Days: ") + 6
    row = words[at:].split("\n")[0]
    assert row_address(str(part.anchor), words, at) == f"A{row}:B{row}"


def test_a_row_that_begins_like_a_formula_stays_text() -> None:
    assert of("a,b,c\n=cmd|' /C calc'!A0,x,y\n=1+1,@SUM(A1),z\n")[1] == "a: =cmd|' /C calc'!A0 | b: x | c: y"


@pytest.mark.parametrize("limits", [Limits(rows=5), Limits(cells=10), Limits(characters=70)])
def test_what_is_beyond_the_limits_is_told(limits: Limits) -> None:
    text = "Name,Days\n" + "".join(f"Chan {at},{at}\n" for at in range(100))
    document = read(text.encode(), name="a.csv", limits=limits)
    assert len(document.blocks) <= 6
    assert any("all below are left out" in notice for notice in document.notices)


def test_a_first_row_beyond_the_limits() -> None:
    with pytest.raises(TooLargeError):
        read(STAFF.encode(), name="a.csv", limits=Limits(cells=2))


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("", "\t"),
        ("a", "\t"),
        ("a,b\nc,d", ","),
        ("a;b\nc;d", ";"),
        ("one line, of prose\nand another\nand more\nand more", "\t"),
        ('"a,b";"c,d"\n"e,f";"g,h"', ";"),
        ("2023-04-03 10:00,a;b,c\n2023-04-03 11:00,d,e", ","),
    ],
)
def test_separators_are_found(text: str, separator: str) -> None:
    assert separator_of(text) == separator


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", EmptyDocumentError), (b",,,\n,,\n", EmptyDocumentError), (b"\x00\x01\x02\xff" * 50, BrokenDocumentError)],
)
def test_bad_files(data: bytes, error: type[DocumentError]) -> None:
    with pytest.raises(error):
        read(data, name="a.csv")


def test_kinds() -> None:
    assert media_type_of(STAFF.encode(), "a.csv") == "text/csv"
    assert media_type_of(STAFF.encode(), "a.tab") == "text/tab-separated-values"
    assert lines(read_document(STAFF.encode(), "a.tsv")) == TOLD


REAL = {
    "csv-with-escaped-commas.csv": "A | A | A | A,A | A",
    "csv-with-line-delimiter.csv": "col1: d | col2: e | col3: f",
    "csv-with-long-lines.csv": "1Freq Ki67CD8frequencyUnstim: -0.285021097",
    "semicolon-delimited.csv": "Lorem, ipsum: sed, do | dolor sit: eiusmod | amet: tempor incididunt",
    "single-column.csv": "dolore; magna aliqua\nUt enim, ad minim, veniam",
    "stanley-cups-utf-16.csv": "Team: Maple Leafs | Location: TOR | Stanley Cups: 13",
    "stanley-cups-with-emoji.csv": "Team: 👨\\U+1F3FB🔧 | Location: TOR | Stanley Cups: 15",
    "stanley-cups-with-emoji.tsv": "Team: 👨\\U+1F3FB🔧 | Location: TOR | Stanley Cups: 15",
    "stanley-cups.csv": "Team: Maple Leafs | Location: TOR | Stanley Cups: 13",
    "stanley-cups.tsv": "Team: Maple Leafs | Location: TOR | Stanley Cups: 13",
    "table-multi-row-column-cells-actual.csv": "Results / Accuracy: 98.3% n=2 (97.7%, n=3) | Results / Time to complete: 1716 sec",
    "table-semicolon-delimiter.csv": "Year: 2023 | Month: 2 | Revenue: 143,1 | Costs: -814,38",
}


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_files(shared: Path, name: str) -> None:
    path = shared / "data" / "messy_docs" / "unstructured" / name
    document = read_document(path.read_bytes(), name)
    assert REAL[name] in document.text
    assert document.notices == ()
    assert document.encoding == ("utf-16" if "utf-16" in name else "utf-8")
