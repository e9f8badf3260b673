"""Search-spam: planted phrases, rows of a brand, repeated lines; what an office writes about such things is left alone."""

from __future__ import annotations

from importlib import resources

import pytest

from lionrock.ingest.hygiene_spam import spam
from lionrock.records import Block, Finding
from lionrock.text.fold import fold, fold_text, to_traditional_hk

NEWS = "行政長官今日公布新措施，協助中小企業轉型，並會在明年初向立法會申請撥款。"


def found(text: str, blocks: tuple[Block, ...] = ()) -> list[Finding]:
    return spam(text, fold(text), blocks)


@pytest.mark.parametrize(
    "text",
    [
        f"{NEWS}其中自拍偷拍半數屬科技公司。{NEWS}av 女同事實上",
        f"{NEWS}真人百家乐的負責人表示，线上娱乐城推荐此舉有助經濟。",
        f"{NEWS}國產自拍需要指出的是{NEWS}亞洲無碼",
        "The committee met free spins on Tuesday to discuss no deposit bonus the new fees.",
        "Buy viagra online now, cheap viagra here.",
    ],
)
def test_two_phrases_hold_a_page_back_in_either_script(text: str) -> None:
    for written in (text, to_traditional_hk(text)):
        items = found(written)
        assert [(item.kind, item.level) for item in items] == [("spam", "quarantine")]
        assert items[0].start is not None


def test_one_phrase_is_a_warning() -> None:
    assert [item.level for item in found(f"{NEWS}自拍偷拍{NEWS}")] == ["warning"]


@pytest.mark.parametrize(
    "text",
    [
        NEWS,
        "警方呼籲市民切勿瀏覽賭博網站、色情網站，亦不要參與百家樂。",
        "歹徒以裸聊勒索事主；另有兼職刷單、信用卡套現及迷姦藥等罪行。",
        "衞生署呼籲市民不要購買壯陽藥及減肥產品。",
        "請到官網下載表格，或致電客服。工業出口交貨值上升。",
        "女同學和女同事的愛人妻子都出席了，特色綜合大樓開幕。",
        "Officers raided an online casino; sildenafil (Viagra) and cialis were found.",
        "ssh-keygen creates the key; the escort service for elderly patients is free.",
        "智方便下載 智方便註冊",
    ],
)
def test_what_an_office_writes_about_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_brand_in_a_row_of_endings_holds_a_page_back() -> None:
    (item,) = found(f"{NEWS}某某体育官网,某某体育下载,某某体育注册{NEWS}")
    assert (item.level, item.start, item.end) == ("quarantine", len(NEWS), len(NEWS) + 4)
    assert "某某体育" in item.detail


def test_a_line_that_repeats_itself_is_a_warning_outside_tables() -> None:
    line = "cheap watches " * 10
    (item,) = found(f"Notice\n{line}\nEnd")
    assert (item.level, item.start) == ("warning", 7)
    assert found(f"Notice\n{line}", (Block("table_row", 7, 7 + len(line)),)) == []
    assert found("Yes No " * 20) == []
    assert found("1 2 3 1 1 1 1 1 1 1 1 1 1 1") == []
    assert found("the cat and the dog and the cow and the hen and the pig and the owl") == []


def test_every_line_of_the_list_is_whole_and_folded() -> None:
    lines = resources.files("lionrock.text").joinpath("data/spam.tsv").read_text(encoding="utf-8").splitlines()
    phrases = []
    for line in lines:
        if not line.startswith("#"):
            sells, weight, listed = line.split("\t")
            assert sells
            assert 1 <= float(weight) <= 3
            phrases += listed.split("|")
    assert len(phrases) == len(set(phrases)) > 200
    assert all(fold_text(phrase) == phrase and len(phrase) >= 2 for phrase in phrases)
