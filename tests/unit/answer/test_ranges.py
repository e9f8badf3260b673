"""Rows that hold for a range of amounts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.answer.ranges import amount_asked, fits


@pytest.mark.parametrize(
    ("question", "amount"),
    [
        ("買八萬蚊嘢要幾多份報價？", 80_000),
        ("How many quotes are needed for a HK$80,000 purchase?", 80_000),
        ("买一批电脑大概八万港币，需要几份报价？", 80_000),
        ("幾多份報價？", None),
        ("HK$5,000 or HK$9,000?", None),
        ("三個人去得唔得？", None),
    ],
)
def test_the_amount_in_a_question(question: str, amount: int | None) -> None:
    assert amount_asked(question) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("row", "amount", "holds"),
    [
        ("Value (HK$): 50,001 to 1,400,000 | Five written quotations", 80_000, True),
        ("Value (HK$): 5,001 to 50,000 | Two written quotations", 80_000, False),
        ("估計價值（港元）: 50,001元至1,400,000元 | 規定: 五份書面報價", 80_000, True),
        ("估計價值（港元）: 5,001元至50,000元 | 規定: 兩份書面報價", 80_000, False),
        ("估計價值（港元）: 5,000元或以下 | 規定: 一份口頭報價", 3_000, True),
        ("估計價值（港元）: 5,000元或以下 | 規定: 一份口頭報價", 80_000, False),
        ("Above 1,400,000 | Open tender", 2_000_000, True),
        ("Above 1,400,000 | Open tender", 1_400_000, False),
        ("1,400,000元以上 | 公開招標", 80_000, False),
        ("Up to 5,000 | One verbal quotation", 5_000, True),
        ("The deposit is HK$1,000.", 80_000, None),
    ],
)
def test_rows(row: str, amount: int, holds: bool | None) -> None:
    assert fits(row, Decimal(amount)) is holds


@given(st.text(max_size=200))
def test_never_fails(text: str) -> None:
    amount_asked(text)
    assert fits(text, Decimal(500)) in (True, False, None)
