"""PDF files, read back. They need a font with Chinese characters, as every machine that makes them does."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from conversations import DAY, answer, chinese, citation, conversation, english, sentence

from lionrock.documents.conversation import Conversation, Turn, blocks_of
from lionrock.documents.export import export
from lionrock.documents.fonts import choose, coverage
from lionrock.documents.pdf import pdf_of
from lionrock.documents.words import FileLanguage
from lionrock.errors import FontMissingError, UsageError


def test_the_time_of_a_clock_is_taken() -> None:
    moment = datetime(2024, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
    assert pdf_of(blocks_of(chinese(), "zh-HK"), "zh-HK", made=moment).startswith(b"%PDF-")


def made(of: Conversation, language: FileLanguage = "zh-HK") -> Any:
    return pypdfium2.PdfDocument(pdf_of(blocks_of(of, language), language, made=DAY))


def lines(document: Any) -> list[str]:
    return [line for page in document for line in page.get_textpage().get_text_range().split("\r\n")]


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize(("of", "language"), [(chinese(), "zh-HK"), (english(), "en"), (chinese(), "zh-CN")])
def test_all_text_is_read_back_in_its_order(of: Conversation, language: FileLanguage) -> None:
    told = "".join(run.text for block in blocks_of(of, language) for run in block.runs)
    document = made(of, language)
    assert squeezed("".join(lines(document)[:-1])) == squeezed(told)
    assert document.get_metadata_value("Title") == of.title


def test_characters_are_those_of_the_text_and_not_their_lookalikes() -> None:
    quote = "𠮷𨋢啲嘢金\uf90a﨑⼈人e\u0301é“ ”…—，。「」0O"
    document = made(conversation(Turn("q", answer(sentence("s", citation(1, quote))))))
    assert squeezed(quote) in squeezed("".join(lines(document)))


def test_pages_are_a4_and_numbered_with_outlines_and_links() -> None:
    long = conversation(*chinese().turns * 12)
    document = made(long)
    assert len(document) > 2
    assert [round(side / 72 * 25.4) for side in document[0].get_size()] == [210, 297]
    assert [page.get_textpage().get_text_range().split("\r\n")[-1] for page in document] == [
        f"{n} / {len(document)}" for n in range(1, len(document) + 1)
    ]
    titles = [item.get_title() for item in document.get_toc()]
    assert titles[:2] == ["Annual leave", "1. " + chinese().turns[0].question]
    data = pdf_of(blocks_of(chinese(), "zh-HK"), "zh-HK", made=DAY)
    assert data.count(b"/Subtype/Link") + data.count(b"/Subtype /Link") >= 7
    assert re.search(rb"/Lang\s*\(zh-HK\)", data)


def test_no_line_begins_with_a_mark_that_closes_or_ends_with_one_that_opens() -> None:
    text = "僱員可享有薪年假，並須於三十日前申請。「年假」指有薪假期；『假期』則不然！（見第四章）" * 30
    found = lines(made(conversation(Turn("問", answer(sentence("答。", citation(1, text)))))))
    assert len(found) > 20
    assert [line for line in found if line and line[0] in "，。；！」』）、：？"] == []
    assert [line for line in found if line and line[-1] in "「『（"] == []


@pytest.mark.parametrize("word", ["Donaudampfschifffahrt" * 20, "https://a.hk/" + "segment/without_end" * 20])
def test_a_word_longer_than_a_line_stays_inside_the_margins(word: str) -> None:
    document = made(conversation(Turn("q", answer(sentence("s", citation(1, f"見{word}。"))))), "en")
    page = document[0].get_textpage()
    assert word in squeezed(page.get_text_range())
    right = max(page.get_charbox(at)[2] for at in range(page.count_chars()))
    assert right < 190 / 25.4 * 72


def test_a_long_address_stays_inside_the_margins_as_few_links() -> None:
    url = "https://a.hk/" + "x" * 300 + "?y=" + "&z=1" * 60
    made_answer = answer(sentence("s", citation(1, "q", source=url)))
    data = pdf_of(blocks_of(conversation(Turn("q", made_answer)), "en"), "en", made=DAY)
    page = pypdfium2.PdfDocument(data)[0].get_textpage()
    assert url in squeezed(page.get_text_range())
    assert max(page.get_charbox(at)[2] for at in range(page.count_chars())) < 190 / 25.4 * 72
    assert data.count(b"/Link") < 30


def test_what_no_font_has_is_told_by_its_code_and_in_a_note() -> None:
    private = "\ue000\U0010fffd"
    found = squeezed("".join(lines(made(conversation(Turn("q", answer(sentence("s", citation(1, private))))), "en"))))
    assert "[U+E000][U+10FFFD]" in found
    assert "lacksthesecharacters" in found and "U+E000U+10FFFD" in found
    assert not set(private) & set(found)


def test_markup_in_a_text_is_text() -> None:
    quote = '#panic("x") $x$ *a* _b_ `c` <label> @ref = h \\ // /* #read("/etc/passwd")'
    found = squeezed("".join(lines(made(conversation(Turn(quote, answer(sentence(quote, citation(1, quote))))), "en"))))
    assert found.count(squeezed(quote)) == 3


@pytest.mark.parametrize("form", ["pdf", "docx", "md", "txt"])
def test_the_worst_input_is_a_file_all_the_same(form: Any) -> None:
    worst = (
        "\x00\x1b\ud800\ufffe\u202e\u2066 שלום مرحبا 😀 e\u0301\u0302" + "\u0300" * 50 + "\t\r\n\r \u2028\ufeff\u200b"
    )
    of = conversation(
        Turn("", None),
        Turn(worst, answer(sentence(worst, citation(1, worst, title=worst, source=worst, anchor=worst, page=None)))),
        Turn("\n\n", answer(sentence("", verdict="unsupported"), answer="")),
        Turn("q", answer(answer="", abstained=True)),
        title=worst * 400,
        person=worst,
    )
    assert len(export(of, form, "zh-HK").data) > 500
    assert len(export(conversation(title=""), form, "zh-CN").data) > 20


def test_five_hundred_turns() -> None:
    document = pypdfium2.PdfDocument(export(conversation(*chinese().turns * 250), "pdf", "zh-HK").data)
    assert "500. 公司車可以借嚟搬屋嗎？" in [item.get_title() for item in document.get_toc()]


@pytest.mark.parametrize("form", ["pdf", "docx"])
def test_one_that_is_too_long_says_what_to_do(form: Any) -> None:
    long = [sentence("x" * 40_000, citation(1, "q"))] * 51
    for of in (Turn("q", answer(*long)), Turn("q", answer(sentence("x" * 50_001, citation(1, "q"))))):
        with pytest.raises(UsageError, match="Save it as Markdown or plain text"):
            export(conversation(of), form, "en")
        assert len(export(conversation(of), "md", "en").data) > 50_000


def test_a_font_that_is_none_is_refused_with_the_remedy(tmp_path: Path) -> None:
    wrong = tmp_path / "font.ttf"
    wrong.write_bytes(b"no font at all")
    with pytest.raises(FontMissingError, match="LIONROCK_FONT"):
        pdf_of(blocks_of(chinese(), "zh-HK"), "zh-HK", made=DAY, font=str(wrong))


def test_without_a_chinese_font_the_error_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lionrock.documents.fonts._of_system", lambda: (None, ()))
    with pytest.raises(FontMissingError, match="fonts-noto-cjk"):
        choose("", "zh-HK", "中")


def test_a_named_font_is_used_with_the_face_of_the_language() -> None:
    found = choose("", "zh-HK", "中")
    path = next(info.path for info in found.fonts.fonts() if info.family == found.families[0] and info.path)
    assert choose(path, "zh-HK", "中\ue000").lacking == {"\ue000"}
    assert len(choose(path, "zh-CN", "中\ue000").families) == 1


def test_coverage_of_a_font_knows_planes_beyond_the_first() -> None:
    found = choose("", "zh-HK", "中")
    info = next(info for info in found.fonts.fonts() if info.family == found.families[0])
    covered = coverage(info.path or "", info.index)
    assert {0x4E2D, 0x20BB7, 0x282E2} <= covered
    assert 0xE000 not in covered
