"""OpenDocument text and presentations, written by hand: structure, lists, tables, notes, slides, and what nobody sees."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from lionrock.errors import BrokenDocumentError, EmptyDocumentError, EncryptedDocumentError
from lionrock.ingest.readers import odf
from lionrock.ingest.readers.odf_styles import length, whole
from lionrock.ingest.readers.registry import read_document
from lionrock.records import ParsedDocument

OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
SPACES = " ".join(
    f'xmlns:{name}="{OASIS}{full}:1.0"'
    for name, full in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "style": "style",
        "presentation": "presentation",
        "fo": "xsl-fo-compatible",
        "svg": "svg-compatible",
        "meta": "meta",
        "chart": "chart",
        "manifest": "manifest",
    }.items()
)
SPACES += ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
STYLES = """<style:style style:name="Title" style:family="paragraph"/>
<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>
<style:style style:name="PB" style:family="paragraph"><style:paragraph-properties fo:break-before="page"/></style:style>
<style:style style:name="Dark" style:family="paragraph"><style:paragraph-properties fo:background-color="#000080"/></style:style>
<style:style style:name="Gone" style:family="text"><style:text-properties text:display="none"/></style:style>
<style:style style:name="White" style:family="text"><style:text-properties fo:color="#ffffff"/></style:style>
<style:style style:name="Tiny" style:family="text"><style:text-properties fo:font-size="1pt"/></style:style>
<style:style style:name="dp1" style:family="drawing-page"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>
<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
<text:list-level-style-number text:level="2" style:num-format="a" style:num-prefix="(" style:num-suffix=")"/>
<text:list-level-style-number text:level="3" style:num-format="1" text:display-levels="3"/></text:list-style>
<text:list-style style:name="LC"><text:list-level-style-number text:level="1" style:num-format="一, 二, 三, ..." style:num-suffix="、"/>
</text:list-style><text:list-style style:name="LB"><text:list-level-style-bullet text:level="1" text:bullet-char="•"/></text:list-style>"""


def made(
    body: str, *, kind: str = "text", looks: str = "", meta: str = "", manifest: str = "", **members: str
) -> bytes:
    """An OpenDocument file with that body; `looks` is the inside of its styles, `members` are further members."""
    media = {"text": "text", "presentation": "presentation"}[kind]
    files = {
        "mimetype": f"application/vnd.oasis.opendocument.{media}",
        "content.xml": f"<office:document-content {SPACES}><office:automatic-styles>{STYLES}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
        "styles.xml": f"<office:document-styles {SPACES}>{looks}</office:document-styles>",
        "meta.xml": f"<office:document-meta {SPACES}><office:meta>{meta}</office:meta></office:document-meta>",
        "META-INF/manifest.xml": f"<manifest:manifest {SPACES}>{manifest}</manifest:manifest>",
        **members,
    }
    return zipped({name: data.encode() for name, data in files.items()})


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def read(body: str, **given: str) -> ParsedDocument:
    return odf.read(made(body, **given), name="x.odt")


def lines(document: ParsedDocument) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def hidden(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(item.where, item.text) for item in document.hidden]


def p(text: str, style: str = "Standard") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def cell(text: str, more: str = "") -> str:
    return f"<table:table-cell {more}>{p(text)}</table:table-cell>"


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(c if c.startswith('<') else cell(c) for c in cells)}</table:table-row>"


def test_headings_paragraphs_and_signs() -> None:
    body = (
        p("年假規則", "P1")
        + '<text:h text:outline-level="1">Leave</text:h>'
        + p(
            "Fourteen<text:s text:c='2'/>days<text:tab/><text:tab/>a <text:span>year</text:span>\n   only<text:line-break/>in re\u00adaction"
        )
        + '<text:h text:outline-level="2">Sick</text:h>'
        + p("")
    )
    document = read(body)
    assert lines(document) == ["年假規則", "Leave", "Fourteen  days a year only\nin reaction", "Sick"]
    assert [(block.kind, block.level) for block in document.blocks] == [
        ("heading", 1),
        ("heading", 2),
        ("paragraph", 0),
        ("heading", 3),
    ]
    assert document.blocks[2].heading == ("年假規則", "Leave")


def test_lists_with_the_numbers_that_the_program_writes() -> None:
    inner = f"<text:list><text:list-item>{p('x')}</text:list-item><text:list-item>{p('y')}</text:list-item></text:list>"
    deep = f"<text:list><text:list-item><text:list><text:list-item>{p('z')}</text:list-item></text:list></text:list-item></text:list>"
    body = (
        f'<text:list text:style-name="L1" xml:id="l1"><text:list-item>{p("one")}{inner}</text:list-item>'
        f"<text:list-item>{p('two')}{p('second paragraph')}{deep}</text:list-item></text:list>"
        f'<text:list text:style-name="L1" text:continue-list="l1"><text:list-item>{p("three")}</text:list-item></text:list>'
        f'<text:list text:style-name="L1"><text:list-item>{p("anew")}</text:list-item></text:list>'
        f'<text:list text:style-name="LC"><text:list-header>{p("head")}</text:list-header><text:list-item>{p("甲")}</text:list-item>'
        f'<text:list-item text:start-value="5">{p("乙")}</text:list-item></text:list>'
        f'<text:list text:style-name="LB"><text:list-item>{p("dot")}</text:list-item></text:list>'
    )
    document = read(body)
    assert lines(document) == [
        "1. one",
        "(a) x",
        "(b) y",
        "2. two",
        "second paragraph",
        "2.a.1 z",
        "3. three",
        "1. anew",
        "head",
        "一、 甲",
        "五、 乙",
        "dot",
    ]
    assert {block.kind for block in document.blocks} == {"list_item"}
    assert [block.level for block in document.blocks][:6] == [0, 1, 1, 0, 0, 2]


def test_tables_with_merged_and_repeated_cells() -> None:
    body = (
        "<table:table><table:table-header-rows>"
        + row("Grade", cell("Leave", 'table:number-columns-spanned="2"'), "<table:covered-table-cell/>")
        + "</table:table-header-rows>"
        + row(cell("Clerk", 'table:number-rows-spanned="2"'), "14", "3")
        + row("<table:covered-table-cell/>", "15", "4")
        + row("Officer", cell("18", 'table:number-columns-repeated="2"'))
        + '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        + '<table:table-row table:visibility="collapse">'
        + cell("folded")
        + "</table:table-row></table:table>"
    )
    assert lines(read(body)) == [
        "Grade | Leave",
        "Grade: Clerk | Leave: 14 | Leave: 3",
        "Grade: Clerk | Leave: 15 | Leave: 4",
        "Grade: Officer | Leave: 18 | Leave: 18",
    ]


def test_a_table_of_one_column_is_a_frame() -> None:
    body = f"<table:table><table:table-row><table:table-cell><text:h>Box</text:h>{p('words')}</table:table-cell></table:table-row></table:table>"
    assert [block.kind for block in read(body).blocks] == ["heading", "paragraph"]


def test_notes_and_boxes_follow_their_paragraph_and_endnotes_stand_at_the_end() -> None:
    note = '<text:note text:note-class="{}"><text:note-citation>{}</text:note-citation><text:note-body>{}</text:note-body></text:note>'
    frame = (
        f"<draw:frame><draw:text-box>{p('in the box')}</draw:text-box><svg:desc>a chart of fees</svg:desc></draw:frame>"
    )
    body = (
        p("Words" + note.format("footnote", "1", p("See rule 4.")) + note.format("endnote", "i", p("The end.")))
        + p("more" + frame)
        + p("last")
    )
    document = read(body)
    assert lines(document) == ["Words[1][i]", "[1] See rule 4.", "more", "in the box", "last", "[i] The end."]
    assert hidden(document) == [("alternative text", "a chart of fees")]


def test_what_nobody_sees_is_told_apart() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion>"
        + p("fifteen")
        + "</text:deletion></text:changed-region></text:tracked-changes>"
        + p(
            'Seen.<text:span text:style-name="Gone">gone</text:span><text:span text:style-name="White">white</text:span>'
        )
        + p(
            '<text:span text:style-name="Tiny">tiny</text:span><office:annotation><dc:creator>me</dc:creator>'
            + p("a comment")
            + "</office:annotation>"
        )
        + f'<text:section text:display="none">{p("a secret section")}</text:section>'
        + f"<text:section>{p('an open section')}</text:section>"
        + p('<text:hidden-text text:string-value="a hidden field"/>')
        + p('<text:hidden-paragraph text:is-hidden="true"/>a hidden paragraph')
        + p('<text:span text:style-name="White">white on blue</text:span>', "Dark")
        + p("<text:ruby><text:ruby-base>漢字</text:ruby-base><text:ruby-text>hon zi</text:ruby-text></text:ruby>")
    )
    document = read(body)
    assert lines(document) == ["Seen.", "an open section", "white on blue", "漢字"]
    assert hidden(document) == [
        ("deleted text", "fifteen"),
        ("hidden text", "gone"),
        ("white text", "white"),
        ("comment", "a comment"),
        ("tiny text", "tiny"),
        ("hidden section", "a secret section"),
        ("hidden text", "a hidden field"),
        ("hidden text", "a hidden paragraph"),
    ]
    assert len(document.notices) == 2


def test_headers_footers_and_properties() -> None:
    looks = (
        '<office:master-styles><style:master-page style:name="Standard"><style:header>'
        + p("Harbour Office")
        + "</style:header>"
        "<style:footer>"
        + p("Page <text:page-number>3</text:page-number>")
        + p("Confidential")
        + "</style:footer></style:master-page>"
        '<style:master-page style:name="Unused"><style:header>'
        + p("never shown")
        + "</style:header></style:master-page></office:master-styles>"
    )
    document = read(p("Words."), looks=looks, meta="<dc:title>Leave</dc:title><dc:subject>about leave</dc:subject>")
    assert lines(document) == ["Words.", "Harbour Office", "Page", "Confidential"]
    assert hidden(document) == [("metadata", "Leave"), ("metadata", "about leave")]
    assert document.title == "Leave"


def test_pages_that_the_program_recorded() -> None:
    count = '<meta:document-statistic meta:page-count="{}"/>'
    body = p("one") + p("still <text:soft-page-break/>two") + p("three", "PB")
    document = read(body, meta=count.format(3))
    assert (document.pages, [block.page for block in document.blocks]) == (3, [1, 1, 3])
    assert [document.text[start:][:3] for start in document.page_starts] == ["one", "two", "thr"]
    assert read(body, meta=count.format(9)).pages is None
    assert read(p("one") + p("two", "PB"), meta=count.format(2)).pages is None


def test_charts_and_formulas_in_files_of_their_own() -> None:
    chart = (
        f"<office:document-content {SPACES}><office:body><office:chart><chart:chart><chart:title>{p('Piers')}</chart:title>"
        "<table:table><table:table-row>"
        + cell("North", 'office:value-type="string"')
        + cell("4", 'office:value-type="float"')
        + "</table:table-row></table:table></chart:chart></office:chart></office:body></office:document-content>"
    )
    formula = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi><mo>+</mo><mn>1</mn></math>'
    frame = '<draw:frame><draw:object xlink:href="./{}"/></draw:frame>'
    body = p(frame.format("Object 1")) + p(frame.format("Object 2")) + p(frame.format("Object 3")) + p("words")
    document = read(body, **{"Object 1/content.xml": chart, "Object 2/content.xml": formula})
    assert lines(document) == ["Piers", "North", "x+1", "words"]
    assert any("embedded" in notice for notice in document.notices)


def frame_at(kind: str, text: str, x: float, y: float, more: str = "") -> str:
    return (
        f'<draw:frame presentation:class="{kind}" svg:x="{x}cm" svg:y="{y}cm" svg:width="4cm" svg:height="1cm" {more}>'
        f"<draw:text-box>{p(text)}</draw:text-box></draw:frame>"
    )


LOOKS = (
    '<style:page-layout><style:page-layout-properties fo:page-width="28cm" fo:page-height="21cm"/></style:page-layout>'
)


def test_slides() -> None:
    body = (
        '<presentation:footer-decl presentation:name="f1">Harbour Office</presentation:footer-decl>'
        '<draw:page presentation:use-footer-name="f1">'
        + frame_at("", "low", 1, 9)
        + frame_at("", "right", 9, 4.1)
        + frame_at("", "left", 1, 4)
        + frame_at("title", "Leave", 1, 1)
        + frame_at("outline", "prompt", 1, 2, 'presentation:placeholder="true"')
        + frame_at("page-number", "7", 1, 20)
        + frame_at("", "off", -9, 4)
        + "<office:annotation>"
        + p("too long")
        + "</office:annotation>"
        + "<presentation:notes>"
        + frame_at("notes", "Say this.", 1, 1)
        + "</presentation:notes></draw:page>"
        '<draw:page draw:style-name="dp1">' + frame_at("title", "Draft", 1, 1) + "</draw:page>"
        '<draw:page presentation:use-footer-name="f1"><draw:g>'
        + frame_at("", "b", 1, 6)
        + frame_at("", "a", 1, 5)
        + "</draw:g>"
        + frame_at("", "above", 1, 1)
        + "</draw:page>"
    )
    document = odf.read(made(body, kind="presentation", looks=LOOKS), name="x.odp")
    assert lines(document) == [
        "Leave",
        "left",
        "right",
        "low",
        "Harbour Office",
        "Notes",
        "Say this.",
        "above",
        "a",
        "b",
    ]
    assert [block.page for block in document.blocks] == [1] * 7 + [3] * 3
    assert (document.pages, document.title, document.blocks[7].heading) == (3, "Leave", ())
    assert hidden(document) == [("comment", "too long"), ("off the slide", "off"), ("hidden slide", "Draft")]
    assert any(notice.endswith("2.") for notice in document.notices)


def test_encryption_macros_and_damage() -> None:
    with pytest.raises(EncryptedDocumentError):
        read(p("x"), manifest="<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>")
    document = read(p("x"), **{"Basic/Standard/Module1.xml": "<a/>"})
    assert any("macros" in notice for notice in document.notices)
    for data, kind in (
        (made(""), EmptyDocumentError),
        (made("x")[:-50], BrokenDocumentError),
        (zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}), BrokenDocumentError),
        (zipped({"content.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), BrokenDocumentError),
        (made("<text:section>" * 300 + p("x") + "</text:section>" * 300), BrokenDocumentError),
    ):
        with pytest.raises(kind):
            odf.read(data, name="x.odt")


def test_damaged_styles_cost_the_looks_only() -> None:
    data = made(p("words"))
    members = {
        name: zipfile.ZipFile(io.BytesIO(data)).read(name) for name in zipfile.ZipFile(io.BytesIO(data)).namelist()
    }
    document = odf.read(zipped({**members, "styles.xml": b"<a>"}), name="x.odt")
    assert document.text == "words"
    assert any("styles.xml" in notice for notice in document.notices)


def test_lengths_and_counts() -> None:
    assert (length("1in"), length("2.54cm"), length("80%"), length(None)) == (72.0, 72.0, None, None)
    assert (whole("5", 3), whole("0", 3), whole("-2", 3), whole("x", 3), whole("9" * 30, 3)) == (3, 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fake.odt", "Header row: Color | Mon: Blue | Wed: Red | Fri: Green"),
        ("simple.odt", "This is my first thought. This is my second thought."),
        ("language-docs/eng_spa_mult.odt", "Todos los seres humanos"),
    ],
)
def test_real_documents(shared: Path, name: str, words: str) -> None:
    document = read_document((shared / "data" / "messy_docs" / "unstructured" / name).read_bytes(), name)
    assert words in document.text
