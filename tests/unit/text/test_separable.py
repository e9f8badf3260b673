"""Parted verbs and objects are put together where that gives a word, and nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.text.separable import rejoined

WORDS = {"上诉", "见工", "签约", "经过", "过程", "完工", "搬屋", "约会", "投诉"}


@pytest.mark.parametrize(
    ("parted", "whole"),
    [
        ("我已经上紧诉", "我已经上诉"),
        ("签咗张约之后", "签约之后"),
        ("搬完屋", "搬屋"),
        ("经过程序", "经过程序"),
        ("见完工", "见完工"),
        ("投诉咗", "投诉咗"),
        ("a咗b", "a咗b"),
        ("", ""),
    ],
)
def test_words_are_put_together(parted: str, whole: str) -> None:
    assert rejoined(parted, WORDS.__contains__) == whole


@given(st.text(alphabet="上紧诉咗张约签完工见过程经a ", max_size=40))
def test_only_markers_and_classifiers_are_lost(text: str) -> None:
    joined = rejoined(text, WORDS.__contains__)
    left = iter(text)
    assert all(char in left for char in joined)
    assert set(text) - set(joined) <= set("紧咗完晒返埋住过个张份条次")


@given(st.text(max_size=60))
def test_without_words_nothing_changes(text: str) -> None:
    assert rejoined(text, lambda word: False) == text
