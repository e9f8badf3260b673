"""Word files, read back."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import docx
import pytest
from conversations import DAY, answer, chinese, citation, conversation, english, sentence
from docx.oxml.ns import qn
from lxml import etree

from lionrock.documents.characters import shown
from lionrock.documents.conversation import Conversation, Turn, blocks_of
from lionrock.documents.docx import docx_of
from lionrock.documents.words import FileLanguage


def made(of: Conversation, language: FileLanguage = "zh-HK") -> Any:
    return docx.Document(io.BytesIO(docx_of(blocks_of(of, language), language, made=DAY)))


@pytest.mark.parametrize(("of", "language"), [(chinese(), "zh-HK"), (english(), "en"), (chinese(), "zh-CN")])
def test_all_text_is_read_back(of: Conversation, language: FileLanguage) -> None:
    told = ["".join(run.text for run in block.runs) for block in blocks_of(of, language)]
    read = [paragraph.text for paragraph in made(of, language).paragraphs]
    # A mark stands off its sentence by a space.
    assert [text.replace(" ", "") for text in read] == [text.replace(" ", "") for text in told]
    assert any("𠮷祥大廈" in text for text in read) == (of.person == "陳大文")


def test_paragraphs_have_real_styles() -> None:
    found = {paragraph.style.name for paragraph in made(chinese()).paragraphs}
    assert {"Title", "Heading 1", "Heading 2", "Body Text", "Source", "Source Place", "Source Quote"} <= found


def test_every_link_inside_the_file_has_its_bookmark_and_none_is_there_twice() -> None:
    body = made(chinese()).element.body
    names = [mark.get(qn("w:name")) for mark in body.iter(qn("w:bookmarkStart"))]
    wanted = {link.get(qn("w:anchor")) for link in body.iter(qn("w:hyperlink"))} - {None}
    assert len(names) == len(set(names)) == 6
    assert wanted <= set(names)
    assert all(len(name) <= 40 and name.replace("_", "").isalnum() for name in names)
    numbers = [mark.get(qn("w:id")) for mark in body.iter(qn("w:bookmarkStart"))]
    assert numbers == [mark.get(qn("w:id")) for mark in body.iter(qn("w:bookmarkEnd"))]


def test_chinese_runs_have_their_language_and_font_and_english_ones_theirs() -> None:
    quote = next(p for p in made(chinese()).paragraphs if p.style.name == "Source Quote")
    properties = quote.runs[0]._r.rPr
    assert properties.find(qn("w:lang")).get(qn("w:eastAsia")) == "zh-HK"
    assert properties.find(qn("w:rFonts")).get(qn("w:eastAsia")) == "Microsoft JhengHei"
    quote = next(p for p in made(english(), "en").paragraphs if p.style.name == "Source Quote")
    properties = quote.runs[0]._r.rPr
    assert properties.find(qn("w:lang")).get(qn("w:val")) == "en-GB"
    assert properties.find(qn("w:rFonts")) is None


def test_the_page_is_a4_and_numbered() -> None:
    document = made(chinese())
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    fields = [f.get(qn("w:instr")) for f in section.footer._element.iter(qn("w:fldSimple"))]
    assert fields == ["PAGE", "NUMPAGES"]
    assert (document.core_properties.title, document.core_properties.language) == ("年假與辦事處安排", "zh-HK")


def test_text_that_looks_like_a_field_or_a_formula_stays_text() -> None:
    quote = '=1+1 {HYPERLINK "https://evil.example"} <w:instrText>X</w:instrText> =cmd|calc'
    document = made(conversation(Turn("=1+1", answer(sentence("=2", citation(1, quote))))), "en")
    assert quote in [paragraph.text for paragraph in document.paragraphs]
    assert not list(document.element.body.iter(qn("w:instrText"), qn("w:fldSimple")))


def test_what_xml_forbids_is_told_by_its_code_and_every_part_can_be_parsed() -> None:
    quote = "a\x00b\x0bc\ud800d\ufffee\u202ef\u2066g \u05e9\u05dc\u05d5\u05dd"
    of = conversation(
        Turn("q\x01", answer(sentence("s\x02", citation(1, quote, title="t\x03")))), title="T\x04" * 5_000
    )
    data = docx_of(blocks_of(of, "en"), "en", made=DAY)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(parts.read(name))
    read = [paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs]
    assert "a[U+0000]b[U+000B]c[U+D800]d[U+FFFE]e[U+202E]f[U+2066]g \u05e9\u05dc\u05d5\u05dd" in read
    assert "U+0000" in read[-1] and "U+202E" in read[-1]


def test_lines_and_tabs_of_a_quote_stay() -> None:
    quote = "a\tb\n  c  d\r\ne"
    read = [p.text for p in made(conversation(Turn("q", answer(sentence("s", citation(1, quote))))), "en").paragraphs]
    assert "a\tb\n  c  d\ne" in read


def test_shown_leaves_ordinary_text_alone() -> None:
    blocks = blocks_of(chinese(), "zh-HK")
    assert shown(blocks, "zh-HK") == blocks
