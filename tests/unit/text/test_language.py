"""Which language a text and a short question are in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.text.language import detect, detect_question


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你哋幾點開門呀？", "yue"),
        ("個表格喺邊度攞㗎", "yue"),
        ("唔該check下我個file批咗未", "yue"),
        ("係咪要交按金", "yue"),
        ("請問如何申請牌照？", "zh-Hant"),
        ("該系統的關係人須同意", "zh-Hant"),
        ("请问如何申请牌照？", "zh-Hans"),
        ("How do I apply for a licence?", "en"),
        ("Cap. 486 s. 33", "en"),
        ("leave點apply?", "yue"),
        ("點apply annual leave?", "yue"),
        ("點申請年假？", "yue"),
        ("一餐幾錢？要五十蚊咁多？", "yue"),
        ("佢份人工幾時出？", "yue"),
        ("邊度可以借書？", "yue"),
        ("而家交得未？", "yue"),
        ("你成日遲到", "yue"),
        ("我幾點放工？", "yue"),
        ("人工智能的使用有何限制？", "zh-Hant"),
        ("公司的人工成本如何計算？", "zh-Hant"),
        ("蚊患應向誰投訴？", "zh-Hant"),
        ("滅蚊工作由哪個部門負責？", "zh-Hant"),
        ("周邊位置可否停車？", "zh-Hant"),
        ("會議重點解釋", "zh-Hant"),
        ("完成日期為何？", "zh-Hant"),
        ("發放工資的期限", "zh-Hant"),
        ("回收工作由誰負責？", "zh-Hant"),
        ("子女申請須知，而家長須簽署", "zh-Hant"),
        ("灣仔辦事處在何處？", "zh-Hant"),
        ("請仔細閱讀", "zh-Hant"),
        ("地下管道埋設的規定", "zh-Hant"),
        ("咪錶收費是多少？", "zh-Hant"),
        ("穩定係數是什麼？", "zh-Hant"),
        ("3點meeting在何處舉行？", "zh-Hant"),
    ],
)
def test_questions(text: str, language: str) -> None:
    assert detect_question(text).language == language


def test_texts() -> None:
    assert detect("本條例旨在保障個人資料，並就附帶及相關事宜訂定條文。") == "zh-Hant"
    assert detect("本条例旨在保障个人资料，并就附带及相关事宜订定条文。") == "zh-Hans"
    assert detect("An Ordinance to protect the privacy of individuals.") == "en"
    assert detect("佢哋話聽日先至會覆我，我唔知點算好呀。") == "yue"


@given(st.text(max_size=80))
def test_any_text_has_a_language(text: str) -> None:
    assert detect(text) in ("yue", "zh-Hant", "zh-Hans", "en")
    assert detect_question(text).language in ("yue", "zh-Hant", "zh-Hans", "en")
