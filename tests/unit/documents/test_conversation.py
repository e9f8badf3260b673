"""What stands in every exported file."""

from __future__ import annotations

import pytest
from conversations import answer, chinese, citation, conversation, english, hit, sentence

from lionrock.documents.conversation import Block, Style, Turn, blocks_of
from lionrock.documents.export import export


def texts(blocks: list[Block], style: Style) -> list[str]:
    return ["".join(run.text for run in block.runs) for block in blocks if block.style == style]


def test_a_source_is_told_with_its_headings_its_page_and_its_file_without_folders() -> None:
    blocks = blocks_of(chinese(), "zh-HK")
    assert texts(blocks, "source")[:2] == ["[1] 《人事手冊》2024年版", "[2] 大廈管理通告第3號"]
    assert texts(blocks, "place")[0] == "第四章 假期 › 4.2 年假 · 第 3 頁 · 人事手冊2024.pdf"
    assert texts(blocks, "byline") == ["日期：2024年3月5日 09:30", "製作人：陳大文"]


def test_a_sentence_that_failed_says_so_in_words_and_a_note_explains_it() -> None:
    blocks = blocks_of(chinese(), "zh-HK")
    assert texts(blocks, "answer")[1] == "年假可以累積三年。[1]（未能核實：「三年」不在所引的來源內）"
    assert texts(blocks, "note") == ["標示「未能核實」或「部分核實」的句子未獲來源證實，不應作準。"]
    checked = answer(sentence("Yes.", citation(1, "Yes.")))
    assert texts(blocks_of(conversation(Turn("Is it?", checked)), "en"), "note") == []


def test_every_mark_leads_to_its_source_and_every_source_back_to_its_first_mark() -> None:
    runs = [run for block in blocks_of(chinese(), "zh-HK") for run in block.runs]
    anchors = [run.anchor for run in runs if run.anchor]
    assert len(set(anchors)) == len(anchors) == 6
    assert {run.target[1:] for run in runs if run.target.startswith("#")} <= set(anchors)
    back = {run.anchor: run.target for run in runs if run.anchor.startswith("source-")}
    assert back == {"source-1-1": "#mark-1-1-1", "source-1-2": "#mark-1-3-2"}


def test_a_withheld_turn_shows_the_sentence_in_its_place_only() -> None:
    turn = Turn("What of the bonuses?", None, note="Left out.")
    blocks = blocks_of(conversation(turn, turn), "en")
    assert texts(blocks, "notice") == ["Left out.", "Left out."]
    assert texts(blocks, "answer") == texts(blocks, "sources") == []


def test_two_quotes_of_one_passage_stand_under_one_number() -> None:
    made = answer(sentence("A.", citation(1, "one")), sentence("B.", citation(1, "two"), citation(1, "one")))
    blocks = blocks_of(conversation(Turn("q", made, [hit(1, "Part")])), "en")
    assert texts(blocks, "source") == ["[1] Document 1"]
    assert texts(blocks, "quote") == ["one", "two"]


def test_a_title_that_is_the_question_is_said_once() -> None:
    one = answer(sentence("A.", citation(1, "a")))
    blocks = blocks_of(conversation(Turn("Is it so?", one), title="Is it so?"), "en")
    assert texts(blocks, "title") == ["Is it so?"]
    assert texts(blocks, "question") == []


def test_a_long_question_is_shortened_in_its_heading_and_told_in_full() -> None:
    question = "Whether " + "it is so and " * 40 + "so on?"
    blocks = blocks_of(conversation(Turn(question)), "en")
    [heading] = texts(blocks, "question")
    assert len(heading) < 130 and heading.endswith("…")
    assert texts(blocks, "answer") == [question]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("https://a.hk/x?y=1&z=%E9", "https://a.hk/x?y=1&z=%E9"),
        ("javascript:alert(1)", ""),
        ("https://a.hk/<b>", ""),
        ("https://a.hk/x y", ""),
        ("file:///etc/passwd", ""),
    ],
)
def test_only_a_plain_web_address_is_a_link(source: str, target: str) -> None:
    made = answer(sentence("A.", citation(1, "a", source=source)))
    runs = [run for block in blocks_of(conversation(Turn("q", made)), "en") for run in block.runs]
    assert [run.target for run in runs if run.role == "link"] == ([target] if target else [])


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Leave", "Leave.txt"),
        ("年假\u202efdp.exe", "年假 fdp.exe.txt"),
        ("../../etc/passwd", "etc passwd.txt"),
        ('a<b>:"c"|?*', "a b c.txt"),
        ("...", "Conversation.txt"),
        ("\ud800", "Conversation.txt"),
        ("x" * 10_000, "x" * 59 + "….txt"),
    ],
)
def test_the_name_of_the_file(title: str, name: str) -> None:
    assert export(conversation(title=title), "txt", "en").name == name


def test_an_english_conversation_in_the_three_languages_of_its_fixed_words() -> None:
    for language, words in (("zh-HK", "來源"), ("zh-CN", "来源"), ("en", "Sources")):
        assert texts(blocks_of(english(), language), "sources") == [words, words]  # type: ignore[arg-type]
