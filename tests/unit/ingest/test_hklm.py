"""e-Legislation XML of our own: what is text, what is its place, what is left out and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lionrock.errors import BrokenDocumentError, DocumentError, EmptyDocumentError
from lionrock.ingest.readers.hklm import is_legislation, read
from lionrock.records import Block, ParsedDocument

NAMESPACE = "http://www.xml.gov.hk/schemas/hklm/1.0"
META = "<meta><docName>Cap. 999</docName><identifier>/hk/cap999!en</identifier><date>2024-01-02</date><language>en</language></meta>"
SECTION = (
    '<section temporalId="s1" status="operational" startPeriod="2023-05-06"><num value="1">1.</num>'
    "<heading>Short title</heading><content>This is the Ferry Ordinance.</content></section>"
)


def law(main: str, *, root: str = "ordinance", meta: str = META, head: str = "") -> bytes:
    return f'{head}<{root} xmlns="{NAMESPACE}" xml:lang="en">{meta}<main>{main}</main></{root}>'.encode()


def parsed(main: str, **how: str) -> ParsedDocument:
    return read(law(main, **how), name="law.xml")


def words(document: ParsedDocument, block: Block) -> str:
    return document.text[block.start : block.end]


def lines(document: ParsedDocument) -> list[str]:
    return [words(document, block) for block in document.blocks if block.kind != "heading"]


@pytest.mark.parametrize("root", ["ordinance", "subLeg", "instrument", "lawDoc", "anything"])
def test_any_root(root: str) -> None:
    document = parsed(SECTION, root=root)
    assert lines(document) == ["This is the Ferry Ordinance."]
    assert (document.language, document.version_date, document.pair_key) == ("en", "2024-01-02", "/hk/cap999")
    assert document.title == "Cap. 999"


def test_a_prefixed_namespace() -> None:
    plain = law(SECTION).decode()
    prefixed = re.sub(r"<(/?)(\w)", r"<\1hk:\2", plain).replace("xmlns=", "xmlns:hk=")
    assert "<hk:section" in prefixed
    assert is_legislation(prefixed.encode())
    assert read(prefixed.encode(), name="x.xml") == read(plain.encode(), name="x.xml")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_encodings(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?>{law(SECTION).decode()}'.encode(encoding)
    assert lines(read(data, name="x.xml")) == ["This is the Ferry Ordinance."]


def test_number_heading_and_facts_of_a_provision() -> None:
    document = parsed(SECTION)
    heading, text = document.blocks
    assert words(document, heading) == "1. Short title"
    assert (text.kind, text.heading, text.anchor) == ("provision", ("1. Short title",), "s1")
    assert (text.status, text.version_date, text.language) == ("operational", "2023-05-06", "en")


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("pending", "pending"),
        ("repealed", "repealed"),
        ("omitted", "omitted"),
        ("expired", "expired"),
        ("operational", "operational"),
        ("newWord", None),
        ("", None),
    ],
)
def test_status(status: str, told: str | None) -> None:
    section = f'<section temporalId="s1" status="{status}" reason="notInForce"><num>1.</num><content>Words.</content></section>'
    block = parsed(section).blocks[-1]
    assert (block.status, block.status_reason) == (told, "notInForce")


@pytest.mark.parametrize("note", ["sourceNote", "editorialNote", "statutoryNote", "note", "marker"])
def test_notes_are_not_operative_text(note: str) -> None:
    aside = f"<{note}>(Amended E.R. 2 of 2020)</{note}>"
    document = parsed(
        f'{aside}<part><num>Part 1</num><heading>Ferries{aside}</heading>{aside}<section temporalId="s1"><num>1.</num>{aside}'
        f"<subsection><num>(1)</num><leadIn>A ferry{aside} shall{aside}—</leadIn>"
        f"<paragraph><num>(a)</num><content>sail; {aside}and</content></paragraph>{aside}</subsection></section></part>"
    )
    assert "Amended" not in document.text
    assert lines(document) == ["(1) A ferry shall—\n(a) sail; and"]
    assert document.blocks[-1].heading[0] == "Part 1 Ferries"


def test_cross_references_in_a_sentence_stay_and_cross_reference_notes_go() -> None:
    document = parsed(
        '<section temporalId="s2"><num>2.</num><note role="crossRef">[cf. 1998 c. 29 U.K.]</note>'
        '<content>Under <ref href="/hk/cap999/s1">section 1</ref>, a fee is due.</content></section>'
    )
    assert lines(document) == ["Under section 1, a fee is due."]


def test_repeated_places_are_told_apart() -> None:
    document = parsed(SECTION * 3)
    assert [b.anchor for b in document.blocks if b.kind == "heading"] == ["s1", "s1~2", "s1~3"]
    assert [b.anchor for b in document.blocks if b.kind == "provision"] == ["s1", "s1~2", "s1~3"]


def test_subsections_paragraphs_and_definitions() -> None:
    document = parsed(
        '<section temporalId="s3"><num>3.</num><heading>Interpretation</heading>'
        "<subsection><num>(1)</num><leadIn>In this Ordinance—</leadIn>"
        "<def><term>ferry</term> (渡輪) means a vessel that—<paragraph><num>(a)</num><content>carries people; or</content>"
        "</paragraph><paragraph><num>(b)</num><content>carries cars;</content></paragraph></def>"
        "<def><term>pier</term> (碼頭) means a landing place.</def></subsection>"
        "<subsection><num>(2)</num><content>A pier is no ferry.</content></subsection></section>"
    )
    assert lines(document) == [
        "(1) In this Ordinance—",
        "ferry (渡輪) means a vessel that—\n(a) carries people; or\n(b) carries cars;",
        "pier (碼頭) means a landing place.",
        "(2) A pier is no ferry.",
    ]
    assert {block.anchor for block in document.blocks} == {"s3"}


def test_words_between_elements_are_kept() -> None:
    document = parsed(
        '<section temporalId="s4"><num>4.</num> A ferry stops if <subsection><num>(1)</num> it rains, '
        "<paragraph><num>(a)</num><content>hard,</content></paragraph> or snows, <paragraph><num>(b)</num>"
        "<content>softly,</content></paragraph> on Sunday.</subsection> and never else.</section>"
    )
    said = " ".join(document.text.split())
    for piece in (
        "A ferry stops if",
        "it rains,",
        "(a) hard,",
        "or snows,",
        "(b) softly,",
        "on Sunday.",
        "and never else.",
    ):
        assert piece in said
        said = said[said.index(piece) :]


def test_chinese_lines_are_joined_without_a_space() -> None:
    document = parsed(
        '<section temporalId="s1"><num>1.</num><content>本條例可引稱為\n      《渡輪條例》，\n  Ferry \n Ordinance。</content></section>'
    )
    assert lines(document) == ["本條例可引稱為《渡輪條例》， Ferry Ordinance。"]


def test_tables_become_rows_of_text() -> None:
    table = (
        "<table><tr><th>Item</th><th>Fee</th></tr><tr><td>Adult</td><td>$5</td></tr>"
        "<tr><td>Child<sourceNote>(Added)</sourceNote></td><td><p>$2</p><p>on Sunday</p></td></tr></table>"
    )
    document = parsed(
        f'<schedule temporalId="sch1"><num>Schedule 1</num><heading>Fees</heading><content>{table}</content></schedule>'
        f'<section temporalId="s9"><num>9.</num><content>{table}</content></section>'
    )
    rows = [words(document, block) for block in document.blocks if block.kind == "table_row"]
    assert rows == ["Item | Fee", "Adult | $5", "Child | $2 on Sunday"] * 2
    assert {block.anchor for block in document.blocks if block.kind == "table_row"} == {"sch1", "s9"}
    assert words(document, document.blocks[0]) == "Schedule 1 Fees"


def test_words_beside_a_table_are_kept_in_order() -> None:
    table = "<table><tr><td>Adult</td><td>$5</td></tr></table>"
    document = parsed(
        f'<schedule temporalId="sch1"><num>Schedule 1</num><part><num>Part 1</num><heading>Boats</heading>'
        f"<content>The fees are: {table} They are due at once.<p>Ask for a receipt.</p></content></part></schedule>"
    )
    assert lines(document) == [
        "Part 1 Boats",
        "The fees are:",
        "Adult | $5",
        "They are due at once.",
        "Ask for a receipt.",
    ]


def test_a_subsection_that_is_one_definition_keeps_its_number() -> None:
    document = parsed(
        '<section temporalId="s5"><num>5.</num><subsection><num>(1)</num><def><term>pier</term> means a place.</def>'
        "</subsection><subsection><num>(2)</num></subsection></section>"
    )
    assert lines(document) == ["(1) pier means a place.", "(2)"]


def test_a_title_with_the_chapter() -> None:
    assert parsed(f"<docTitle>Ferry Ordinance</docTitle>{SECTION}").title == "Ferry Ordinance (Cap. 999)"


def test_comments_and_instructions_are_no_text() -> None:
    document = parsed(f"<!-- hidden -->{SECTION.replace('Ferry', 'F<!-- hidden -->er<?pi hidden?>ry')}")
    assert lines(document) == ["This is the Ferry Ordinance."]


@pytest.mark.parametrize("main", ["", "<section/>", "<note>Words</note>"])
def test_no_provisions(main: str) -> None:
    with pytest.raises(EmptyDocumentError):
        parsed(main)


DOCTYPES = {
    "alone": "<!DOCTYPE ordinance>",
    "of a file elsewhere": '<!DOCTYPE ordinance SYSTEM "file:///etc/passwd">',
    "of a server": '<!DOCTYPE ordinance PUBLIC "-//X//EN" "http://127.0.0.1:9/x.dtd">',
    "with an entity": '<!DOCTYPE ordinance [<!ENTITY a "ha">]>',
    "with a file": '<!DOCTYPE ordinance [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "with a parameter": '<!DOCTYPE ordinance [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x"> %a;]>',
    "behind a long comment": f"<!--{'x' * 200_000}--><!DOCTYPE ordinance>",
    "with a long comment inside": f'<!DOCTYPE ordinance [<!--{"x" * 200_000}--><!ENTITY a "ha">]>',
    "behind an instruction": "<?x y?>\n\n<!DOCTYPE ordinance>",
}


@pytest.mark.parametrize("where", sorted(DOCTYPES))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_wherever_it_stands(where: str, encoding: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding}"?>{DOCTYPES[where]}'
    with pytest.raises(BrokenDocumentError, match="document type"):
        read(law(SECTION, head=declared).decode().encode(encoding), name="x.xml")


def test_words_that_look_like_a_document_type_are_words() -> None:
    document = parsed(SECTION.replace("This is", "<![CDATA[<!DOCTYPE a>]]> is"))
    assert lines(document) == ["<!DOCTYPE a> is the Ferry Ordinance."]


@pytest.mark.parametrize("place", ["text", "attribute"])
def test_entities_inside_a_law(place: str) -> None:
    steps = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    declared = f'<!DOCTYPE ordinance [<!ENTITY a0 "ha">{steps}]>'
    inside = "&a11;" if place == "text" else '<p id="&a11;">x</p>'
    with pytest.raises(BrokenDocumentError):
        parsed(SECTION.replace("Ferry", inside), head=declared)
    with pytest.raises(BrokenDocumentError):
        parsed(SECTION.replace("Ferry", "&unknown;"))


def test_hostile_files_in_the_dress_of_a_law(shared: Path) -> None:
    """Their declarations before, and their content inside, an HKLM root."""
    refused = 0
    for path in sorted((shared / "data" / "hostile_xml").rglob("*.x*")):
        text = re.sub(r"^<\?xml[^>]*\?>\s*", "", path.read_text(encoding="utf-8"))
        declared = re.match(r"\s*<!DOCTYPE\s+\w+(?:[^\[>]*\[.*?\]|[^>]*)\s*>", text, re.DOTALL)
        head = "" if declared is None else re.sub(r"(<!DOCTYPE\s+)\w+", r"\1ordinance", declared[0])
        inside = text[declared.end() :] if declared else text
        data = law(f'<section temporalId="s1"><num>1.</num><content>Words.{inside}</content></section>', head=head)
        try:
            document = read(data, name="x.xml")
        except DocumentError as error:
            refused += 1
            assert declared is not None, path
            assert "root:" not in error.message
            continue
        assert declared is None, path
        assert "Words." in document.text
        assert len(document.text) < 5_000
    assert refused >= 7


def test_deep_nesting_is_bounded() -> None:
    deep = "<paragraph><num>(a)</num>" * 200 + "<content>end</content>" + "</paragraph>" * 200
    document = parsed(f'<section temporalId="s1"><num>1.</num><content>Start.</content>{deep}</section>')
    assert "Start." in document.text
