"""DOCX: what a person sees is the text, in its order; what nobody sees is told apart; bad archives are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx_parts import SPACES, STYLES, R, W, cell, lines, para, row, run, table, zipped

from lionrock.errors import (
    BrokenDocumentError,
    DocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
)
from lionrock.ingest.readers import docx
from lionrock.ingest.readers.registry import read_document
from lionrock.records import ParsedDocument

STRICT_W = "http://purl.oclc.org/ooxml/wordprocessingml/main"


def made(body: str, *, main: str = "", **parts: str) -> bytes:
    """A DOCX with that body. `parts`: `styles`, `numbering`, `footnotes`, `header` and so on, their inner XML."""
    roots = {"header": "hdr", "footer": "ftr"}
    members = {
        "_rels/.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="a" Type="{R}/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="b" Type="{R}/extended-properties" Target="docProps/app.xml"/>'
        f'<Relationship Id="c" Type="{R}/core-properties" Target="docProps/core.xml"/></Relationships>',
        "word/document.xml": main or f"<w:document {SPACES}><w:body>{body}</w:body></w:document>",
    }
    relations = ""
    for at, (name, inner) in enumerate(parts.items()):
        if name in ("app", "core"):
            members[f"docProps/{name}.xml"] = inner
        elif name == "chunk":
            members["word/chunk.html"] = inner
            relations += f'<Relationship Id="chunk" Type="{R}/aFChunk" Target="chunk.html"/>'
        elif name == "vba":
            members["word/vbaProject.bin"] = inner
        else:
            kind = name.rstrip("0123456789")
            root = roots.get(kind, kind)
            members[f"word/{name}.xml"] = f"<w:{root} {SPACES}>{inner}</w:{root}>"
            relations += f'<Relationship Id="r{at}" Type="{R}/{kind}" Target="{name}.xml"/>'
    members["word/_rels/document.xml.rels"] = (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>'
    )
    return zipped({name: data.encode() for name, data in members.items()})


def read(body: str, **parts: str) -> ParsedDocument:
    return docx.read(made(body, **parts), name="x.docx")


LEVELS = """<w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%3)"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="taiwaneseCountingThousand"/>
<w:lvlText w:val="第%1條"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="2"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="x"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="2"/></w:num>
<w:num w:numId="4"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>"""


def item(text: str, list_id: int, level: int = 0) -> str:
    return para(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>')


def test_numbers_before_paragraphs_are_counted_as_the_program_writes_them() -> None:
    body = "".join(
        (
            item("Parties", 1),
            item("Term", 1),
            item("Start", 1, 1),
            item("first day", 1, 2),
            item("last day", 1, 2),
            item("End", 1, 1),
            item("Fees", 1),
            item("Late", 1, 1),
            item("甲", 2),
            item("乙", 2),
            item("dot", 3),
            item("again", 4),
            item("on", 4),
            item("plain", 0),
        )
    )
    document = read(body, numbering=LEVELS)
    assert lines(document) == [
        "1. Parties",
        "2. Term",
        "2.1 Start",
        "(a) first day",
        "(b) last day",
        "2.2 End",
        "3. Fees",
        "3.1 Late",
        "第一條 甲",
        "第二條 乙",
        "dot",
        "7. again",
        "8. on",
        "plain",
    ]
    assert [block.kind for block in document.blocks] == ["list_item"] * 13 + ["paragraph"]
    assert [block.level for block in document.blocks][:4] == [0, 0, 1, 2]


def test_headings_by_style_by_what_it_is_based_on_and_by_outline_level() -> None:
    body = (
        para("One", '<w:pStyle w:val="1"/>')
        + para("Two", '<w:pStyle w:val="mine"/>')
        + para("Three", '<w:outlineLvl w:val="2"/>')
        + para("body", '<w:pStyle w:val="1"/><w:outlineLvl w:val="9"/>')
        + para("unknown style", '<w:pStyle w:val="gone"/>')
    )
    document = read(body, styles=STYLES)
    assert [(block.kind, block.level) for block in document.blocks] == [
        ("heading", 2),
        ("heading", 2),
        ("heading", 4),
        ("paragraph", 0),
        ("paragraph", 0),
    ]


def test_headers_and_footers_stand_once_at_the_end_under_no_heading() -> None:
    page = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>3</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    document = read(
        para("Rules", '<w:pStyle w:val="1"/>') + para("Words."),
        styles=STYLES,
        header1=para("Harbour Office"),
        header2=para("Harbour  Office"),
        footer1=para(run("Confidential"))
        + para(page)
        + para('<w:fldSimple w:instr="NUMPAGES">' + run("9") + "</w:fldSimple>"),
    )
    assert lines(document) == ["Rules", "Words.", "Harbour Office", "Confidential"]
    assert [block.heading for block in document.blocks] == [(), ("Rules",), (), ()]


def test_notes_follow_the_paragraph_that_names_them_with_a_mark() -> None:
    notes = (
        f'<w:footnote w:id="2">{para("See " + "rule 4.")}</w:footnote><w:footnote w:id="3">{para("Also rule 5.")}</w:footnote>'
        f'<w:footnote w:id="9">{para("Nobody names me.")}</w:footnote>'
    )
    ends = f'<w:endnote w:id="2">{para("The end.")}</w:endnote>'
    body = (
        para(run("Fourteen days") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + run(" a year."))
        + para(run("More") + '<w:r><w:endnoteReference w:id="2"/></w:r>')
        + table(row("a", cell(para(run("b") + '<w:r><w:footnoteReference w:id="3"/></w:r>'))), row("c", "d"))
        + para("Last.")
    )
    assert lines(read(body, footnotes=notes, endnotes=ends)) == [
        "Fourteen days[1] a year.",
        "[1] See rule 4.",
        "More[i]",
        "a | b[2]",
        "a: c | b[2]: d",
        "[2] Also rule 5.",
        "Last.",
        "[i] The end.",
    ]


def test_a_note_that_names_itself_is_read_once() -> None:
    own = '<w:footnote w:id="2">' + para(run("round ") + '<w:r><w:footnoteReference w:id="2"/></w:r>') + "</w:footnote>"
    document = read(para(run("Words") + '<w:r><w:footnoteReference w:id="2"/></w:r>'), footnotes=own)
    assert lines(document) == ["Words[1]", "[1] round [1]"]


def field(code: str, result: str) -> str:
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>{code}</w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{result}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def test_fields_show_their_results() -> None:
    inner = field("PAGEREF x", run("12"))
    box = '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/>{}</w:checkBox></w:ffData></w:fldChar></w:r>'
    box += '<w:r><w:instrText>FORMCHECKBOX</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    choice = (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="no"/>'
        '<w:listEntry w:val="yes"/></w:ddList></w:ffData></w:fldChar></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    body = (
        para(run("On ") + field("DATE", run("1 May")) + run("."))
        + para(field("HYPERLINK x", run("see page ") + inner))
        + para(
            field('IF "' + "</w:instrText></w:r>" + field("x", run("not this")) + "<w:r><w:instrText>", run("but this"))
        )
        + para("<w:hyperlink>" + run("a link") + "</w:hyperlink>")
        + para(box.format("") + run(" smoker"))
        + para(box.format("<w:checked/>") + run(" driver"))
        + para(choice)
    )
    assert lines(read(body)) == ["On 1 May.", "see page 12", "but this", "a link", "☐ smoker", "☑ driver", "yes"]


def test_a_field_that_never_ends_loses_no_words() -> None:
    body = para('<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + run("first")) + para("second")
    assert lines(read(body)) == ["first", "second"]


def test_content_controls_are_read_and_their_prompts_left_out() -> None:
    control = "<w:sdt><w:sdtPr>{}</w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"
    body = (
        control.format("", para("whole paragraph"))
        + para(run("name: ") + control.format("", run("Chan")))
        + para(run("date: ") + control.format("<w:showingPlcHdr/>", run("Click to enter a date.")))
        + table(
            row("a", "b"), control.format("", row("c", control.format("", cell("d")).replace("<w:sdt>", "<w:sdt>")))
        )
    )
    assert lines(read(body))[:4] == ["whole paragraph", "name: Chan", "date:", "a | b"]


def test_controls_around_rows_and_cells() -> None:
    control = "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>"
    inner = f"<w:tr>{cell('c')}{control.format(cell('d'))}</w:tr>"
    assert lines(read(table(row("a", "b"), control.format(inner)))) == ["a | b", "a: c | b: d"]


def test_rows_stand_on_the_grid_of_the_table() -> None:
    body = table(
        row("Name", cell("Leave", '<w:gridSpan w:val="2"/>')),
        row(cell("Chan", '<w:vMerge w:val="restart"/>'), "14", "3"),
        row(cell("", "<w:vMerge/>"), "15", "4"),
        row("18", properties='<w:gridBefore w:val="1"/><w:gridAfter w:val="1"/>'),
        row(cell("nobody else", '<w:gridSpan w:val="3"/>')),
    )
    assert lines(read(body)) == [
        "Name | Leave",
        "Name: Chan | Leave: 14 | Leave: 3",
        "Name: Chan | Leave: 15 | Leave: 4",
        "Leave: 18",
        "nobody else",
    ]


def test_two_heading_rows_name_a_column_together() -> None:
    body = table(
        row(cell("Grade", '<w:vMerge w:val="restart"/>'), cell("Leave", '<w:gridSpan w:val="2"/>')),
        row(cell("", "<w:vMerge/>"), "annual", "sick"),
        row("Clerk", "14", "30"),
    )
    assert lines(read(body)) == [
        "Grade | Leave",
        "Grade | annual | sick",
        "Grade: Clerk | Leave annual: 14 | Leave sick: 30",
    ]
    marked = table(
        row("A", "B", properties="<w:tblHeader/>"), row("1", "2", properties="<w:tblHeader/>"), row("x", "y")
    )
    assert lines(read(marked)) == ["A | B", "1 | 2", "A 1: x | B 2: y"]


def test_tables_that_are_no_tables() -> None:
    frame = table(row(cell(para("Title", '<w:pStyle w:val="1"/>') + para("words"))), row("more"))
    document = read(frame, styles=STYLES)
    assert [block.kind for block in document.blocks] == ["heading", "paragraph", "paragraph"]
    assert lines(read(table(row("Name:", "Chan"), row("Phone:", "2345")))) == ["Name: | Chan", "Phone: | 2345"]
    banner = table(row(cell("Fees", '<w:gridSpan w:val="2"/>')), row("Item", "Cost"), row("Pier", "$5"))
    assert lines(read(banner)) == ["Fees", "Item | Cost", "Item: Pier | Cost: $5"]


BREAK = "<w:r><w:lastRenderedPageBreak/></w:r>"
ASKED = '<w:r><w:br w:type="page"/></w:r>'
APP = '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Pages>{}</Pages></Properties>'


def test_pages_are_those_that_the_program_recorded() -> None:
    body = para("one") + para(run("still one ") + BREAK + run("two")) + para(ASKED) + para(BREAK + run("three"))
    document = read(body)
    assert document.pages == 3
    assert [document.text[start:][:3] for start in document.page_starts] == ["one", "two", "thr"]
    assert [block.page for block in document.blocks] == [1, 1, 3]


def test_a_page_that_begins_with_an_empty_paragraph_counts() -> None:
    document = read(para("one") + para(ASKED) + para("") + para("two") + para(BREAK + run("three")))
    assert [block.page for block in document.blocks] == [1, 2, 3]


def test_no_pages_are_made_up() -> None:
    asked_only = read(para("one") + para(ASKED) + para("two"))
    assert (asked_only.pages, asked_only.page_starts, asked_only.blocks[1].page) == (None, (), None)
    assert read(para("one") + para(BREAK + run("two")), app=APP.format(7)).pages is None
    assert read(para("one") + para(BREAK + run("two")), app=APP.format(2)).pages == 2


def test_signs_inside_a_paragraph() -> None:
    inner = (
        run("a")
        + "<w:r><w:tab/><w:tab/></w:r>"
        + run("b")
        + "<w:r><w:br/></w:r>"
        + run("re\u00adact")
        + "<w:r><w:softHyphen/></w:r>"
        + run("ion well")
        + "<w:r><w:noBreakHyphen/></w:r>"
        + run("made ")
        + '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r><w:r><w:sym w:font="Symbol" w:char="F062"/></w:r>'
        + run("\uf0fc", '<w:rFonts w:ascii="Wingdings"/>')
    )
    assert lines(read(para(inner))) == ["a b\nreaction well-made ☑β✓"]


def test_readings_above_characters_are_left_out_with_a_notice() -> None:
    ruby = "<w:r><w:ruby><w:rt>" + run("zi") + "</w:rt><w:rubyBase>" + run("字") + "</w:rubyBase></w:ruby></w:r>"
    document = read(para(run("漢") + ruby + run("表")))
    assert document.text == "漢字表"
    assert any("Readings" in notice for notice in document.notices)


def test_formulas_in_one_line() -> None:
    t = "<m:r><m:t>{}</m:t></m:r>".format
    formula = (
        f"<m:oMath>{t('y=')}<m:f><m:num>{t('a+b')}</m:num><m:den>{t('2')}</m:den></m:f>{t('+')}"
        f"<m:sSup><m:e>{t('x')}</m:e><m:sup>{t('2')}</m:sup></m:sSup><m:rad><m:deg/><m:e>{t('z')}</m:e></m:rad></m:oMath>"
    )
    assert lines(read(para(formula))) == ["y=(a+b)/2+x^2√(z)"]


def test_the_strict_form_is_read_like_the_other() -> None:
    main = (
        f'<w:document xmlns:w="{STRICT_W}"><w:body><w:p><w:r><w:t>strict words</w:t></w:r></w:p></w:body></w:document>'
    )
    assert docx.read(made("", main=main), name="x.docx").text == "strict words"


def test_macros_are_told_of_and_not_read() -> None:
    document = read(para("Words."), vba="Sub AutoOpen()")
    assert document.text == "Words."
    assert any("macros" in notice for notice in document.notices)


def test_a_page_that_stands_whole_in_the_document_is_read() -> None:
    document = read(
        para("Before.") + '<w:altChunk r:id="chunk"/>',
        chunk="<html><body><h1>Inside</h1><p>the chunk</p></body></html>",
    )
    assert lines(document) == ["Before.", "Inside", "the chunk"]
    broken = read(para("Before.") + '<w:altChunk r:id="chunk"/>', chunk="PK\x03\x04 no page")
    assert any("missing here" in notice for notice in broken.notices)


def test_a_damaged_part_beside_the_text_costs_that_part_only() -> None:
    document = read(para("Words.") + para("More"), header1="<w:p>")
    assert lines(document) == ["Words.", "More"]
    assert any("header1.xml" in notice for notice in document.notices)


BROKEN: dict[str, tuple[bytes, type[DocumentError]]] = {
    "no words": (made(para("")), EmptyDocumentError),
    "no body": (made("", main=f'<w:document xmlns:w="{W}"/>'), BrokenDocumentError),
    "not XML": (made("", main="<w:document"), BrokenDocumentError),
    "cut short": (made(para("x"))[:-60], BrokenDocumentError),
    "no main part": (zipped({"word/other.xml": b"<a/>"}), BrokenDocumentError),
    "no archive": (b"PK\x03\x04 nothing", BrokenDocumentError),
    "a password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), EncryptedDocumentError),
    "nested too deeply": (
        made("<w:sdt><w:sdtContent>" * 240 + para("x") + "</w:sdtContent></w:sdt>" * 240),
        BrokenDocumentError,
    ),
}


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_bad_files_have_a_reason(what: str) -> None:
    data, kind = BROKEN[what]
    with pytest.raises(kind) as caught:
        docx.read(data, name="x.docx")
    assert caught.value.message.endswith((".", ")", "first."))


def test_hostile_numbers_cost_nothing() -> None:
    body = table(
        row(cell("a", f'<w:gridSpan w:val="{10**9}"/>'), "b", properties=f'<w:gridBefore w:val="{10**9}"/>'),
        row(cell("c", '<w:gridSpan w:val="-3"/>'), "d"),
    ) + item("x", 1, 10**9)
    start = LEVELS.replace('<w:start w:val="1"/>', '<w:start w:val="99999999999999999999"/>')
    assert "a" in read(body, numbering=start).text


REAL = {
    "category-level.docx": ["A Heading 1", "A top level list item"],
    "contains-pictures.docx": ["An inline picture in the header."],
    "docx-hdrftr.docx": ["Main document", "First header para", "I should not be included"],
    "docx-shapes.docx": ["<inline-image>", "<floating-shape>"],
    "docx-tables.docx": ["Header Col 2: A link example"],
    "duplicate-paragraphs.docx": ["This document contains duplicates"],
    "example-list-items-multiple.docx": ["a) The quick brown fox", "(1) Trying more lists."],
    "fake-doc-emphasized-text.docx": ["I am a bold italic bold-italic text."],
    "fake.docx": ["Lorem ipsum dolor sit amet."],
    "fake_table.docx": ["Dolor sit amet"],
    "grid_offset_error.docx": ["A: C"],
    "handbook-1p.docx": ["B. ROLE OF THE UNITED STATES TRUSTEE"],
    "handbook-1p-no-rendered-page-breaks.docx": ["B. ROLE OF THE UNITED STATES TRUSTEE"],
    "hlink-meta.docx": ["Three with link to foo.com."],
    "page-breaks.docx": ["no-break hyphen here:-and hard page-break here>>"],
    "simple.docx": ["DOYLESTOWN, PA 18901"],
    "tables-with-incomplete-rows.docx": ["Data: Format"],
    "teams_chat.docx": ["James Bond"],
    "language-docs/eng_spa_mult.docx": ["Todos los seres humanos"],
}


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_documents(shared: Path, name: str) -> None:
    data = (shared / "data" / "messy_docs" / "unstructured" / name).read_bytes()
    document = read_document(data, name)
    for words in REAL[name]:
        assert document.text.count(words) == 1 or name.startswith("language-docs")


def test_pages_of_real_documents(shared: Path) -> None:
    folder = shared / "data" / "messy_docs" / "unstructured"
    assert read_document((folder / "handbook-1p.docx").read_bytes(), "x.docx").pages == 2
    assert read_document((folder / "handbook-1p-no-rendered-page-breaks.docx").read_bytes(), "x.docx").pages is None
    document = read_document((folder / "page-breaks.docx").read_bytes(), "x.docx")
    at = document.text.index("<<producing")
    assert document.page_at(at) == 5  # an odd page was asked for


def test_a_handbook_of_872_pages(shared: Path) -> None:
    data = (shared / "data" / "messy_docs" / "unstructured" / "handbook-872p.docx").read_bytes()
    document = read_document(data, "x.docx")
    assert document.title == "CHAPTER 1 – INTRODUCTION"
    assert len(document.blocks) > 4000
