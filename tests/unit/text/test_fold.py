"""Folding: what it unites, and that every span maps back exactly, on any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.text.fold import fold, fold_text, script, to_simplified, to_traditional_hk

# Ideographs of the first plane and beyond, compatibility forms, full-width, combining marks, emoji, Latin, controls.
ALPHABET = st.characters(exclude_categories=("Cs",)) | st.sampled_from(
    [
        *"衞衛峯峰裏裡着著為爲𠮷𨋢𡃁﨑豈更車賈滑串Ａｂ１②㈱ﬁéİßǅ",
        "e\u0301",
        "\U0001f469\u200d\U0001f467",
        "\u200b",
        "\ufeff",
        "\u2f00",
    ]
)
TEXTS = st.lists(ALPHABET, max_size=60).map("".join)


@given(TEXTS)
def test_every_folded_character_has_one_original_and_order_is_kept(text: str) -> None:
    folded = fold(text)
    assert len(folded.origins) == len(folded.text)
    assert list(folded.origins) == sorted(folded.origins)
    assert all(0 <= origin < len(text) for origin in folded.origins)
    assert folded.text == fold_text(text)


@given(TEXTS, st.data())
def test_the_original_behind_a_folded_span_folds_to_it(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    if not folded.text:
        return
    start = data.draw(st.integers(0, len(folded.text) - 1))
    end = data.draw(st.integers(start + 1, len(folded.text)))
    span = folded.original_span(start, end)
    assert folded.text[start:end] in fold_text(span.of(text))


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold_text(text)
    assert fold_text(once) == once


@given(TEXTS, TEXTS)
def test_folding_is_free_of_context(one: str, other: str) -> None:
    assert fold_text(one + other) == fold_text(one) + fold_text(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("資料使用者", "资料使用者"),
        ("ＡＢＣ１２３", "abc123"),
        ("衞生署", "衛生署"),
        ("山峯", "山峰"),
        ("\uf9d1\uf901", "六更"),
        ("Café", "cafe"),
        ("裏面", "裡面"),
        ("ﬁle", "file"),
        ("隨著", "随着"),
        ("著作", "着作"),
        ("戸口", "戶口"),
        ("栢樹", "柏樹"),
        ("市塲", "市場"),
        ("欵項", "款項"),
        ("煑食", "煮食"),
        ("打刦", "打劫"),
        ("白兎", "白兔"),
        ("痳疹", "麻疹"),
        ("帳目", "賬目"),
        ("藉口", "借口"),
        ("黏貼", "粘贴"),
        ("閙鐘", "闹钟"),
        ("櫈", "凳"),
        ("穎", "頴"),
        ("駝", "駞"),
    ],
)
def test_forms_of_one_word_are_united(one: str, other: str) -> None:
    assert fold_text(one) == fold_text(other)


@pytest.mark.parametrize(
    ("one", "other"), [("大", "太"), ("not", "note"), ("三十", "三千"), ("𠮷", "吉"), ("呎", "尺"), ("沈", "沉")]
)
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert fold_text(one) != fold_text(other)


def test_a_variant_keeps_its_place() -> None:
    folded = fold("該欵項隨著市塲")
    assert folded.text == "该款项随着市场"
    assert folded.original_span(1, 3).of("該欵項隨著市塲") == "欵項"


def test_scripts() -> None:
    assert script("資料使用者須遵守") == "Hant"
    assert script("资料使用者须遵守") == "Hans"
    assert script("hello") is None
    assert to_simplified("資料") == "资料"
    assert to_traditional_hk("资料") == "資料"
