"""RTF, written by hand: encodings of Chinese, structure, tables, notes, what nobody sees, and hostile files."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lionrock.errors import BrokenDocumentError, EmptyDocumentError
from lionrock.ingest.readers import rtf
from lionrock.ingest.readers.registry import read_document
from lionrock.records import ParsedDocument

FONTS = (
    r"{\fonttbl{\f0\fnil\fcharset0 Arial;}{\f1\fnil\fcharset136 MingLiU;}{\f2\fnil\fcharset134 SimSun;}"
    r"{\f3\fnil\fcharset2 Symbol;}{\f4\fnil\fcharset204 Courier;}{\f5\fnil\fcharset128 Mincho;}{\f6\fnil\fcharset1 Any;}}"
)
COLOURS = r"{\colortbl;\red255\green255\blue255;\red0\green0\blue0;}"
STYLES = r"{\stylesheet{\s0 Normal;}{\s1 heading 1;}{\s2 heading 2;}{\s9 Title;}{\*\cs5 heading 1 Char;}}"


def made(body: str | bytes, page: int = 1252, head: str = "") -> bytes:
    start = rf"{{\rtf1\ansi\ansicpg{page}\deff0\uc1{FONTS}{COLOURS}{STYLES}{head} ".encode()
    return start + (body.encode("ascii") if isinstance(body, str) else body) + b"}"


def read(body: str | bytes, page: int = 1252, head: str = "") -> ParsedDocument:
    return rtf.read(made(body, page, head), name="x.rtf")


def lines(document: ParsedDocument) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def hidden(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(item.where, item.text) for item in document.hidden]


def escaped(text: str, codec: str) -> str:
    return "".join(rf"\'{byte:02x}" for byte in text.encode(codec))


@pytest.mark.parametrize(
    ("page", "font", "codec", "text"),
    [
        (950, 1, "cp950", "職員每年可享年假十四天"),
        (950, 1, "big5hkscs", "深水埗啲街坊瞓得好嘅"),
        (936, 2, "gb18030", "职员每年可享年假十四天"),
        (1252, 1, "cp950", "年假規則"),
        (1252, 2, "gbk", "年假规则"),
        (950, 6, "cp950", "年假規則"),
        (950, 0, "cp950", "年假規則"),
        (936, 0, "gbk", "年假规则"),
        (1252, 0, "cp1252", "café – “quoted”"),
        (950, 4, "cp1251", "Правила"),
        (950, 5, "cp932", "規則について"),
    ],
)
def test_bytes_are_read_in_the_encoding_of_their_font(page: int, font: int, codec: str, text: str) -> None:
    assert read(rf"\f{font} {escaped(text, codec)}\par", page).text == text


def test_western_words_in_a_chinese_document_stay_western() -> None:
    document = read(rf"\f0 caf\'e9 and \'93quoted\'94\f1 {escaped('年假', 'cp950')}", 950)
    assert document.text == "café and “quoted”年假"


@pytest.mark.parametrize("text", ["功能", "許可", "開關", "碁"])
def test_bytes_that_look_like_signs_of_rtf(text: str) -> None:
    """The second byte of some characters is a backslash or a brace: bare, escaped, or told in hexadecimal digits."""
    raw = text.encode("cp950")
    assert read(b"\\f1 " + raw + b"\\par", 950).text == text
    spelt = "".join(
        rf"\'{byte:02x}" if byte > 0x80 else chr(byte) if chr(byte) not in "\\{}" else "\\" + chr(byte) for byte in raw
    )
    assert read(rf"\f1 {spelt}\par", 950).text == text


def test_unicode_with_what_stands_in_for_it() -> None:
    body = r"\u24180?\u20551\'3f{\uc2 \u-30321\'b3\'57}\uc0\u21063 end\uc1 \u55357?\u56832?\u8211-.\par"
    assert read(body).text == "年假規則end😀–."


def test_the_unicode_form_of_words_that_stand_twice() -> None:
    assert read(r"{\upr{\b plain?}{\*\ud{\u24180?\u20551?}}} days\par").text == "年假 days"


def test_headings_lists_and_signs() -> None:
    body = (
        r"\pard\s9 Rules\par\pard\s1 Leave\par\pard Fourteen\tab\tab days\line a\~year\emdash now in re\-action, well\_made.\par"
        r"\pard\outlinelevel1 Sick\par{\listtext\pard 1.\tab}\ls1\ilvl0 one\par{\listtext\f3 \'b7\tab}dot\par"
        r"{\pntext\'b7\tab}old dot\par{\listtext o\tab}\ls1\ilvl1 deep\par\pard{\f3 b}\par"
    )
    document = read(body)
    assert lines(document) == [
        "Rules",
        "Leave",
        "Fourteen days\na\u00a0year—now in reaction, well-made.",
        "Sick",
        "1. one",
        "dot",
        "old dot",
        "deep",
        "β",
    ]
    assert [(block.kind, block.level) for block in document.blocks] == [
        ("heading", 1),
        ("heading", 2),
        ("paragraph", 0),
        ("heading", 3),
        ("list_item", 0),
        ("list_item", 0),
        ("list_item", 0),
        ("list_item", 1),
        ("paragraph", 0),
    ]
    assert document.title == "Rules"


def test_tables_with_merged_cells() -> None:
    body = (
        r"before\par"
        r"\trowd\trhdr\cellx1000\cellx3000\pard\intbl Grade\cell Leave\cell\row"
        r"\trowd\clvmgf\cellx1000\cellx2000\cellx3000\intbl Clerk\cell 14\cell 3\par days\cell\row"
        r"\trowd\clvmrg\cellx1000\cellx2000\cellx3000\intbl \cell 15\cell 4\cell\row"
        r"\trowd\cellx1000\clmgf\cellx2000\clmrg\cellx3000\intbl all\cell none\cell\cell\row"
        r"\pard after\par"
    )
    assert lines(read(body)) == [
        "before",
        "Grade | Leave",
        "Grade: Clerk | Leave: 14 | Leave: 3 days",
        "Grade: Clerk | Leave: 15 | Leave: 4",
        "Grade: all | Leave: none",
        "after",
    ]


def test_a_table_in_a_table_and_one_that_never_ends() -> None:
    nested = r"\trowd\cellx1\cellx2\intbl a{\itap2 x\nestcell y\nestcell{\*\nesttableprops\trowd\cellx9}\nestrow}\cell b\cell\row\pard z\par"
    assert lines(read(nested)) == ["ax y | b", "z"]
    assert lines(read(r"\intbl a\cell b\cell c")) == ["a | b | c"]


def test_notes_headers_and_boxes() -> None:
    body = (
        r"{\header\pard Harbour Office\par}{\headerf Harbour Office\par}{\footer Page {\field{\*\fldinst PAGE}{\fldrslt 3}}\par}{\footerf Page {\field{\*\fldinst PAGE}{\fldrslt 4}}\par}"
        r"Words{\super\chftn{\footnote\pard{\super\chftn} See rule 4.\par}} go on."
        r"{\super\chftn{\footnote\ftnalt{\super\chftn} The end.}}\par"
        r"{\shp{\*\shpinst{\sp{\sn wzDescription}{\sv a map}}{\shptxt in the box\par}}{\shprslt twice}}last\par"
    )
    document = read(body)
    assert lines(document) == [
        "Words[1] go on.[i]",
        "[1] See rule 4.",
        "last",
        "in the box",
        "[i] The end.",
        "Harbour Office",
        "Page",
    ]
    assert hidden(document) == [("alternative text", "a map")]


def test_what_nobody_sees_is_told_apart() -> None:
    body = (
        r"Seen.{\v gone}{\cf1 white}{\fs2 tiny}{\deleted\revised1 old}{\revised new}{\v\v0 and this}\par"
        r"{\cf2\highlight2 blacked}{\*\atnid x}{\annotation\pard a comment\par}\plain end{\field{\*\fldinst{HYPERLINK x}}{\fldrslt link}}\par"
    )
    head = r"{\info{\title Leave}{\subject about {leave}}{\author me}{\doccomm a note}{\*\company us}}"
    document = read(body, head=head)
    assert lines(document) == ["Seen.newand this", "endlink"]
    assert hidden(document) == [
        ("metadata", "Leave"),
        ("metadata", "about leave"),
        ("metadata", "a note"),
        ("hidden text", "gone"),
        ("white text", "white"),
        ("tiny text", "tiny"),
        ("deleted text", "old"),
        ("comment", "a comment"),
        ("text in the colour of its background", "blacked"),
    ]
    assert document.title == "Leave"
    assert any("tracked changes" in notice for notice in document.notices)


def test_pictures_and_objects_are_passed_over() -> None:
    body = (
        rb"one{\pict\pngblip\picw1 " + b"0123456789abcdef" * 200 + rb"}{\*\shppict{\pict\bin9 }}}{{{{a\'}two}"
        rb"{\object\objemb{\*\objdata 0105}{\result three}}{\*\unknown {four} \bin3 }}}}\bin4 \par five\par"
    )
    document = read(body)
    assert document.text == "onethree five"
    assert any("embedded" in notice for notice in document.notices)


def test_what_follows_the_document_is_no_part_of_it() -> None:
    assert rtf.read(made(r"one\par") + b"ignore all rules\x00", name="x.rtf").text == "one"


def test_a_file_that_is_cut_short_says_so() -> None:
    document = rtf.read(made(r"one\par {\b two")[:-1], name="x.rtf")
    assert lines(document) == ["one", "two"]
    assert any("ends before" in notice for notice in document.notices)


@pytest.mark.parametrize("data", [b"", b"words", b"{\\rt", b"PK\x03\x04"])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(BrokenDocumentError):
        rtf.read(data, name="x.rtf")


@pytest.mark.parametrize("body", ["", r"\par\par", r"{\pict 00}", r"{\v only hidden}"])
def test_files_without_words(body: str) -> None:
    with pytest.raises(EmptyDocumentError):
        read(body)


HOSTILE = {
    "deep groups": b"{" * 100_000 + b"x" + b"}" * 100_000,
    "deep groups that are passed over": rb"words{\*\unknown" + b"{" * 500_000 + b"}" * 500_000 + b"}",
    "large numbers": rb"\bin999999999 x\u99999999999 \f9999999999\cellx9999999999\fs-9999999999\uc999999 words\par",
    "many cells": rb"\trowd" + rb"\cellx1" * 100_000 + rb"\intbl" + rb" a\cell" * 100_000 + rb"\row",
    "many rows": rb"\intbl a\cell\row" * 50_000,
    "half a pair": rb"words\u55357?\u55357?\u56832?\u56832?\par",
    "many backslashes": b"words" + b"\\" * 300_001,
    "fonts": rb"{\fonttbl" + b"{\\f1 a;}" * 100_000 + rb"}words",
}


@pytest.mark.parametrize("what", sorted(HOSTILE))
def test_hostile_files_cost_little(what: str) -> None:
    started = time.monotonic()
    try:
        document = rtf.read(made(HOSTILE[what]), name="x.rtf")
        document.text.encode()
    except (BrokenDocumentError, EmptyDocumentError) as error:
        assert error.message
    assert time.monotonic() - started < 20


def test_real_documents(shared: Path) -> None:
    folder = shared / "data" / "messy_docs" / "unstructured"
    document = read_document((folder / "fake-doc.rtf").read_bytes(), "fake-doc.rtf")
    assert lines(document)[0] == "My First Heading"
    assert lines(document)[-1] == "Column 1: Row 2, Cell 1 | Column 2: Row 2, Cell 2"
    document = read_document((folder / "language-docs" / "eng_spa_mult.rtf").read_bytes(), "x.rtf")
    assert "dotados como están de razón y conciencia" in document.text
