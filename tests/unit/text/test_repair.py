"""Compatibility forms are told as plain ideographs; offsets hold; nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.text.fold import fold_text
from lionrock.text.repair import repaired


@pytest.mark.parametrize(
    ("extracted", "plain"),
    [
        ("㆗㆒㆟㆖㆘", "中一人上下"),
        ("⼈⼝普查", "人口普查"),
        ("更\uf901改", "更更改"),
        ("\U0002f80a", "\u50e7"),
        ("⻑⻘⻅", "長青见"),
    ],
)
def test_forms_of_old_pdfs(extracted: str, plain: str) -> None:
    assert repaired(extracted) == plain


@pytest.mark.parametrize(
    "text", ["", "中一人上下", "ＡＢＣ１２３", "HK$1,000", "𠸏𡃉嘅喺", "①㎡", "「，。」", "e\u0301"]
)
def test_other_text_is_left_alone(text: str) -> None:
    assert repaired(text) is None


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("㆗㆒⼈\uf901\U0002f80a𠸏"), max_size=60))
def test_the_length_holds_and_search_sees_the_same(text: str) -> None:
    told = repaired(text)
    if told is not None:
        assert len(told) == len(text)
        assert repaired(told) is None
        assert fold_text(told) == fold_text(text)
