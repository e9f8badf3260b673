"""PPTX: slides are pages, shapes in the order that a person reads them, notes, and what is not shown told apart."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.util import Inches, Pt

from lionrock.errors import (
    BrokenDocumentError,
    DocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
    TooLargeError,
)
from lionrock.ingest.readers import pptx
from lionrock.ingest.readers.registry import read_document
from lionrock.records import ParsedDocument

CHART_DATA: Any = CategoryChartData
COLOUR: Any = RGBColor
TITLE, CONTENT, TITLE_ONLY, BLANK = 0, 1, 5, 6


def saved(deck: Any) -> bytes:
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def slide(deck: Any, layout: int, title: str = "") -> Any:
    made = deck.slides.add_slide(deck.slide_layouts[layout])
    if title:
        made.shapes.title.text = title
    return made


def box(made: Any, text: str, left: float, top: float, width: float = 2, height: float = 0.5) -> Any:
    shape = made.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
    shape.text_frame.text = text
    return shape


def read(deck: Any) -> ParsedDocument:
    return pptx.read(saved(deck), name="x.pptx")


def lines(document: ParsedDocument) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def hidden(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(item.where, item.text) for item in document.hidden if item.where != "metadata"]


def changed(data: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The file with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            inner = source.read(name)
            target.writestr(name, change(inner.decode()).encode() if name == part else inner)
    return out.getvalue()


def test_slides_titles_lists_and_notes() -> None:
    deck = Presentation()
    first = slide(deck, TITLE, "年假")
    first.placeholders[1].text = "for all staff"
    second = slide(deck, CONTENT, "Carrying over")
    frame = second.placeholders[1].text_frame
    frame.text = "by March"
    inner = frame.add_paragraph()
    inner.text, inner.level = "in writing", 1
    second.notes_slide.notes_text_frame.text = "Say this slowly.\nThen pause."
    document = read(deck)
    assert [(block.kind, block.level, block.page) for block in document.blocks] == [
        ("heading", 1, 1),
        ("paragraph", 0, 1),
        ("heading", 1, 2),
        ("list_item", 0, 2),
        ("list_item", 1, 2),
        ("heading", 2, 2),
        ("paragraph", 0, 2),
        ("paragraph", 0, 2),
    ]
    assert lines(document)[5:] == ["Notes", "Say this slowly.", "Then pause."]
    assert document.blocks[6].heading == ("Carrying over", "Notes")
    assert (document.title, document.pages) == ("年假", 2)
    assert [document.page_at(block.start) for block in document.blocks] == [block.page for block in document.blocks]


def test_shapes_from_top_to_bottom_and_in_rows_from_left_to_right() -> None:
    deck = Presentation()
    made = slide(deck, TITLE_ONLY, "Title")
    box(made, "last", 1, 6)
    box(made, "right", 5, 2.1)
    box(made, "left", 1, 2.0)
    box(made, "middle row", 1, 4)
    assert lines(read(deck)) == ["Title", "left", "right", "middle row", "last"]


def test_groups_are_read_as_one_where_they_stand() -> None:
    deck = Presentation()
    made = slide(deck, BLANK)
    group = made.shapes.add_group_shape()
    for text, left, top in (("b", 1, 4.5), ("a", 1, 4)):
        shape = group.shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(0.4))
        shape.text_frame.text = text
    inner = group.shapes.add_group_shape()
    shape = inner.shapes.add_textbox(Inches(4), Inches(4.5), Inches(1), Inches(0.4))
    shape.text_frame.text = "c"
    box(made, "above", 1, 1)
    box(made, "below", 1, 6)
    assert lines(read(deck)) == ["above", "a", "b", "c", "below"]


def test_tables_charts_and_merged_cells() -> None:
    deck = Presentation()
    made = slide(deck, TITLE_ONLY, "Leave")
    table = made.shapes.add_table(3, 3, Inches(1), Inches(1.5), Inches(6), Inches(1)).table
    for at, text in enumerate(["Grade", "Leave", "", "Clerk", "14", "3", "Officer", "18", "4"]):
        table.cell(at // 3, at % 3).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    data: Any = CHART_DATA()
    data.categories = ["North", "South"]
    data.add_series("Visitors", (4, 5))
    chart = made.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(4), Inches(4), Inches(2), data
    ).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Piers"
    assert lines(read(deck)) == [
        "Leave",
        "Grade | Leave",
        "Grade: Clerk | Leave: 14 | Leave: 3",
        "Grade: Officer | Leave: 18 | Leave: 4",
        "Piers",
        "Visitors",
        "North | South",
    ]


def test_a_slide_without_a_title_stands_under_no_heading() -> None:
    deck = Presentation()
    slide(deck, TITLE_ONLY, "One")
    box(slide(deck, BLANK), "alone", 1, 1)
    document = read(deck)
    assert document.blocks[1].heading == ()


def test_slides_without_words_are_pages_all_the_same() -> None:
    deck = Presentation()
    slide(deck, BLANK)
    box(slide(deck, BLANK), "two", 1, 1)
    slide(deck, BLANK)
    box(slide(deck, BLANK), "four", 1, 1)
    slide(deck, BLANK)
    document = read(deck)
    assert (document.text, document.pages) == ("two\nfour", 5)
    assert document.page_starts == (0, 0, 4, 4, 8)
    assert (document.page_at(0), document.page_at(5)) == (2, 4)


def test_hidden_slides_are_told_of_and_kept_apart() -> None:
    deck = Presentation()
    slide(deck, TITLE_ONLY, "Shown")
    unseen = slide(deck, TITLE_ONLY, "Draft prices")
    unseen._element.set("show", "0")
    unseen.notes_slide.notes_text_frame.text = "not to be said"
    document = read(deck)
    assert (document.text, document.pages) == ("Shown", 2)
    assert hidden(document) == [
        ("hidden slide", "Draft prices"),
        ("hidden slide", "Notes"),
        ("hidden slide", "not to be said"),
    ]
    assert any("left out here too: 2." in notice for notice in document.notices)


def test_what_nobody_sees_on_a_slide() -> None:
    deck = Presentation()
    made = slide(deck, TITLE_ONLY, "Seen")
    for text, colour, size in (("white", COLOUR(255, 255, 255), 18), ("tiny", COLOUR(0, 0, 0), 1)):
        run = box(made, "", 1, 2 if size == 1 else 3).text_frame.paragraphs[0].add_run()
        run.text, run.font.color.rgb, run.font.size = text, colour, Pt(size)
    theme = box(made, "", 1, 4).text_frame.paragraphs[0].add_run()
    theme.text, theme.font.color.theme_color = "theme white", MSO_THEME_COLOR.BACKGROUND_1
    box(made, "off", -5, 1)
    box(made, "gone", 1, 5)._element.nvSpPr.cNvPr.set("hidden", "1")
    box(made, "pictured", 1, 6)._element.nvSpPr.cNvPr.set("descr", "a harbour")
    document = read(deck)
    assert lines(document) == ["Seen", "pictured"]
    assert sorted(hidden(document)) == [
        ("alternative text", "a harbour"),
        ("hidden shape", "gone"),
        ("off the slide", "off"),
        ("tiny text", "tiny"),
        ("white text", "theme white"),
        ("white text", "white"),
    ]


def test_white_text_on_a_dark_shape_or_a_picture_is_seen() -> None:
    deck = Presentation()
    made = slide(deck, BLANK)
    dark = made.shapes.add_shape(1, Inches(1), Inches(1), Inches(3), Inches(2))
    dark.fill.solid()
    dark.fill.fore_color.rgb = COLOUR(0, 0, 80)
    dark.text_frame.text = "in the shape"
    dark.text_frame.paragraphs[0].runs[0].font.color.rgb = COLOUR(255, 255, 255)
    over = box(made, "over it", 1.5, 2.2)
    over.text_frame.paragraphs[0].runs[0].font.color.rgb = COLOUR(255, 255, 255)
    dark_slide = slide(deck, BLANK)
    dark_slide.background.fill.solid()
    dark_slide.background.fill.fore_color.rgb = COLOUR(0, 0, 0)
    run = box(dark_slide, "on a dark slide", 1, 1).text_frame.paragraphs[0].runs[0]
    run.font.color.rgb = COLOUR(255, 255, 255)
    assert sorted(lines(read(deck))) == ["in the shape", "on a dark slide", "over it"]


def test_comments_are_hidden() -> None:
    deck = Presentation()
    slide(deck, TITLE_ONLY, "Seen")
    data = changed(
        saved(deck),
        "ppt/slides/_rels/slide1.xml.rels",
        lambda text: text.replace(
            "</Relationships>",
            '<Relationship Id="rIdC" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments" '
            'Target="../comments/comment1.xml"/></Relationships>',
        ),
    )
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(
            "ppt/comments/comment1.xml",
            '<p:cmLst xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:cm><p:text>Too long?</p:text></p:cm></p:cmLst>',
        )
    document = pptx.read(out.getvalue(), name="x.pptx")
    assert hidden(document) == [("comment", "Too long?")]


def test_footers_once_and_numbers_of_slides_not_at_all() -> None:
    deck = Presentation()
    for title in ("One", "Two"):
        made = slide(deck, TITLE_ONLY, title)
        for kind, text in (("ftr", "Harbour Office"), ("dt", "1 May"), ("sldNum", "7")):
            shape = box(made, text, 1, 7)
            place = shape._element.nvSpPr.nvPr._add_ph()
            place.set("type", kind)
    assert lines(read(deck)) == ["One", "Harbour Office", "1 May", "Two"]


def test_numbers_before_paragraphs() -> None:
    deck = Presentation()
    frame = box(slide(deck, BLANK), "first", 1, 1).text_frame
    for text in ("second", "third"):
        frame.add_paragraph().text = text
    for paragraph, kind in zip(frame.paragraphs, ("arabicPeriod", "arabicPeriod", "ea1ChtPeriod"), strict=True):
        properties = paragraph._p.get_or_add_pPr()
        properties.append(
            properties.makeelement("{http://schemas.openxmlformats.org/drawingml/2006/main}buAutoNum", {"type": kind})
        )
    document = read(deck)
    assert lines(document) == ["1. first", "2. second", "三. third"]
    assert {block.kind for block in document.blocks} == {"list_item"}


def test_a_file_with_macros_is_read_without_them() -> None:
    deck = Presentation()
    slide(deck, TITLE_ONLY, "Seen")
    out = io.BytesIO(saved(deck))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("ppt/vbaProject.bin", b"macro")
    assert any("macros" in notice for notice in pptx.read(out.getvalue(), name="x.pptm").notices)


def test_slides_are_found_although_the_deck_does_not_list_them() -> None:
    deck = Presentation()
    slide(deck, TITLE_ONLY, "One")
    slide(deck, TITLE_ONLY, "Two")
    data = changed(saved(deck), "ppt/presentation.xml", lambda text: re.sub(r"<p:sldIdLst>.*</p:sldIdLst>", "", text))
    assert lines(pptx.read(data, name="x.pptx")) == ["One", "Two"]


def test_a_damaged_slide_costs_that_slide_only() -> None:
    deck = Presentation()
    slide(deck, TITLE_ONLY, "One")
    slide(deck, TITLE_ONLY, "Two")
    document = pptx.read(changed(saved(deck), "ppt/slides/slide1.xml", lambda text: text[:-40]), name="x.pptx")
    assert (document.text, document.pages) == ("Two", 2)
    assert any("slide1.xml" in notice for notice in document.notices)


def deck_bytes() -> bytes:
    deck = Presentation()
    slide(deck, TITLE_ONLY, "One")
    return saved(deck)


def test_bad_files_have_a_reason() -> None:
    data = deck_bytes()
    deep = changed(data, "ppt/slides/slide1.xml", lambda text: text.replace("<p:sp>", "<p:grpSp>" * 300 + "<p:sp>", 1))
    entity = changed(
        data,
        "ppt/slides/slide1.xml",
        lambda text: re.sub(r"\?>\s*<", '?><!DOCTYPE a [<!ENTITY b "c">]><', text, count=1),
    )
    bomb = changed(data, "ppt/slides/slide1.xml", lambda text: text.replace("One", "x" * 60_000_000))
    cases: list[tuple[bytes, type[DocumentError]]] = [
        (saved(Presentation()), BrokenDocumentError),
        (data[:-100], BrokenDocumentError),
        (entity, BrokenDocumentError),
        (bomb, TooLargeError),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), EncryptedDocumentError),
        (changed(data, "ppt/slides/slide1.xml", lambda text: text.replace("One", " ")), EmptyDocumentError),
    ]
    for given, kind in cases:
        with pytest.raises(kind):
            pptx.read(given, name="x.pptx")
    with pytest.raises(DocumentError):
        pptx.read(deep, name="x.pptx")


def test_hostile_numbers() -> None:
    data = changed(
        deck_bytes(), "ppt/slides/slide1.xml", lambda text: re.sub(r'id="\d+"', 'id="99999999999999999999"', text)
    )
    assert pptx.read(data, name="x.pptx").text == "One"


REAL = {
    "fake-power-point.pptx": [
        "Adding a Bullet Slide",
        "Use _TextFrame.text for first bullet",
        "Here is some text in a text box!",
    ],
    "fake-power-point-malformed.pptx": ["Test Slide", "Problem Date Placeholder"],
    "fake-power-point-many-pages.pptx": ["Page 1", "Page 2"],
    "fake-power-point-table.pptx": ["Column 1: Red | Column 2: Green | Column 3: Blue"],
    "group-shapes-nested.pptx": list("ADBCEHFGIJ"),
    "sample-presentation.pptx": ["Title Slide", "Table: 1 | A: A1 | B: B1 | C: C1"],
    "science-exploration-1p.pptx": [
        "GSFC: Sciences and Exploration Directorate",
        "Code 600: Sciences and Exploration Directorate (SED)",
    ],
    "simple.pptx": ["Title Slide", "How much is enough?"],
    "language-docs/eng_spa_mult.pptx": ["Testing multiple languages"],
}


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_decks(shared: Path, name: str) -> None:
    document = read_document((shared / "data" / "messy_docs" / "unstructured" / name).read_bytes(), name)
    places = [document.text.index(words) for words in REAL[name]]
    assert all(one < two for one, two in itertools.pairwise(places))
    assert document.pages == max(block.page or 0 for block in document.blocks)


@pytest.mark.parametrize("name", ["picture.pptx", "test-image-jpg-mime.pptx"])
def test_decks_of_pictures_say_that_they_hold_no_text(shared: Path, name: str) -> None:
    with pytest.raises(EmptyDocumentError):
        read_document((shared / "data" / "messy_docs" / "unstructured" / name).read_bytes(), name)
