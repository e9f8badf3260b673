"""Reworded pages: tell-tale words in either script, rarity of words, honest texts of many kinds left alone."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from lionrock.ingest.hygiene_spun import rarity, spun, telltales
from lionrock.ingest.hygiene_words import CLASSES, LONGEST, load_words, segment
from lionrock.records import Finding
from lionrock.text.fold import fold, fold_text, is_han, to_traditional_hk


def found(text: str) -> list[Finding]:
    return spun(text, fold(text))


SPUN = "东说念主才是发展的关键,香港一直支捏好意思国企业的坐蓐。他知说念这些居品莫得作念好,与一又友磨真金不怕火技巧。"
HONEST = "人才是发展的关键，香港一直支持美国企业的生产。他知道这些产品没有做好，与朋友磨炼技巧。"


def test_tell_tale_words_hold_a_page_back_in_either_script() -> None:
    for text in (SPUN, to_traditional_hk(SPUN)):
        (item,) = found(text)
        assert (item.kind, item.level) == ("spun", "quarantine")
        assert item.start is not None
        assert item.end is not None
        assert fold_text(text[item.start : item.end]) in "东说念主 支捏 好意思国 坐蓐 知说念 居品 一又友 磨真金不怕火"
    assert found(HONEST) == []
    assert found(to_traditional_hk(HONEST)) == []


def test_a_few_are_only_told() -> None:
    (item,) = found("会议讨论了东说念主才问题。" + HONEST * 2 + "各方支捏这个计划。")
    assert item.level == "warning"
    assert found("编者按：网上把“人才”写成“东说念主才”。" + HONEST * 4) == []


def test_a_spun_chapter_in_a_long_honest_file_is_found() -> None:
    assert telltales(fold_text(HONEST * 800)).words == ()
    (item,) = found(HONEST * 400 + SPUN + HONEST * 400)
    assert item.level == "quarantine"
    assert item.start is not None
    assert len(HONEST) * 400 <= item.start < len(HONEST) * 400 + len(SPUN)


@pytest.mark.parametrize(
    "text",
    [
        "不好意思，念念不忘，真金不怕火炼，一又二分之一，有碍观瞻的不雅照片，国王人选，蜂蚁合作。",
        "法官在判词中指默示条款与明示条款具同等效力；被告捏造证据，捏着鼻子，掌握权力。",
        "服务对象的行状略述如下，计划书由政府当局编制，整个生产过程受监管。",
        "他相約談德政與報紙談道理，無可避免談道；知談者少。",
    ],
)
def test_words_that_look_alike_are_left_alone(text: str) -> None:
    assert telltales(fold_text(text)).strong == 0
    assert found(text) == []


def test_rewording_in_english() -> None:
    text = "Counterfeit consciousness and colossal information need profound learning; a bosom peril is an irregular woodland."
    (item,) = found(text)
    assert item.level == "quarantine"
    assert found("Artificial intelligence and big data need deep learning.") == []


def test_every_line_of_the_list_is_whole_and_folded() -> None:
    lines = resources.files("lionrock.text").joinpath("data/spun.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert len(rows) > 150
    for words, before, after, weight, stands_for in rows:
        assert 0.4 <= float(weight) <= 3
        assert stands_for
        re.compile(before + after)
        for word in words.split():
            assert len(word) >= 2
            assert fold_text(word) == word
        assert all(fold_text(char) == char for char in before + after if is_han(char))


def test_rarity_tells_swapped_words_from_plain_ones(shared: Path) -> None:
    folder = shared / "data" / "ntrex"
    lines = (folder / "newstest2019-ref.zho-CN.txt").read_text(encoding="utf-8").splitlines()[:60]
    assert rarity(fold_text("\n".join(lines))) < 2
    # A page of nothing but seldom words and the words between them.
    words = load_words()
    seldom = [
        word for word, level in words.classes.items() if level <= 2 and len(word) == 2 and word not in words.names
    ]
    page = "的".join(seldom[:: len(seldom) // 400])
    assert rarity(page) > 4
    (item,) = found(page)
    assert (item.level, item.start) == ("quarantine", None)


def test_rarity_says_nothing_of_little_text_of_lists_and_of_cantonese() -> None:
    words = load_words()
    seldom = [word for word, level in words.classes.items() if level <= 2 and len(word) == 2]
    assert rarity("缱绻的行状") == -9.0
    assert rarity("、".join(seldom[:400])) == -9.0
    assert rarity("嘅".join(seldom[:400])) == -9.0
    assert rarity("plain English") == -9.0


def test_the_table_of_words() -> None:
    words = load_words()
    assert len(words.classes) > 100_000
    assert set(words.classes.values()) == set(range(CLASSES))
    assert all(2 <= len(word) <= LONGEST for word in words.classes)
    assert words.names <= words.classes.keys()
    assert words.classes["政府"] == CLASSES - 1
    assert words.classes["缱绻"] <= 2
    assert segment("香港政府支持人工智能", words.classes)[:2] == ["香港", "政府"]
    assert segment("", words.classes) == []
    assert segment("𠮶龘", words.classes) == ["𠮶", "龘"]
