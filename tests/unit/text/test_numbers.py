"""Quantities in three languages mean the same where they are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.text.numbers import chinese_number, find_quantities


def values(text: str) -> set[tuple[str, str]]:
    return {(quantity.kind, quantity.value) for quantity in find_quantities(text)}


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (("HK$250,000", "25萬港元", "港幣二十五萬元", "250,000 dollars", "25万港元"), ("money", "250000")),
        (("HK$100 million", "1億港元", "一億元"), ("money", "100000000")),
        (("3 March 2025", "2025年3月3日", "二〇二五年三月三日", "March 3, 2025", "2025-03-03"), ("date", "2025-03-03")),
        (("20%", "百分之二十", "兩成", "20 per cent"), ("percent", "20")),
    ],
)
def test_one_value_in_many_forms(texts: tuple[str, ...], wanted: tuple[str, str]) -> None:
    for text in texts:
        assert wanted in values(f"甲 {text} 乙"), text


@pytest.mark.parametrize("texts", [("14 days", "14天", "十四日", "fourteen days"), ("2 years", "兩年", "二年")])
def test_durations(texts: tuple[str, ...]) -> None:
    found = [{(q.value, q.unit) for q in find_quantities(text) if q.kind == "duration"} for text in texts]
    assert all(one == found[0] != set() for one in found)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("十", 10),
        ("二十五", 25),
        ("一百零三", 103),
        ("三千二百", 3200),
        ("一萬二千", 12000),
        ("兩億", 200_000_000),
        ("二〇二五", 2025),
    ],
)
def test_chinese_numbers(text: str, value: int) -> None:
    from lionrock.text.fold import fold_text

    assert chinese_number(fold_text(text)) == value


@given(st.text(max_size=60))
def test_any_text_is_read_without_fault_and_spans_are_real(text: str) -> None:
    for quantity in find_quantities(text):
        assert 0 <= quantity.span.start < quantity.span.end <= len(text)


@given(st.integers(0, 10**12))
def test_grouped_and_plain_figures_agree(value: int) -> None:
    assert values(f"HK${value:,} ") == values(f"HK${value} ")
