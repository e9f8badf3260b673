"""Quantities in three languages mean the same where they are the same."""

from __future__ import annotations

import time

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


READINGS = [
    # English number words
    ("half a million", "number", "500000", None),
    ("one and a half million", "number", "1500000", None),
    ("2 and a half million", "number", "2500000", None),
    ("one hundred and fifty thousand", "number", "150000", None),
    ("two million three hundred thousand", "number", "2300000", None),
    ("one hundred and five", "number", "105", None),
    ("twenty-five", "number", "25", None),
    ("a hundred", "number", "100", None),
    ("two thirds", "number", "2/3", None),
    ("three quarters", "number", "0.75", None),
    ("half a million dollars", "money", "500000", "HKD"),
    ("twenty per cent", "percent", "20", "%"),
    # Chinese numerals, figures mixed with them, fractions
    ("2萬5千", "number", "25000", None),
    ("3億5,000萬", "number", "350000000", None),
    ("1萬2000", "number", "12000", None),
    ("一萬二", "number", "12000", None),
    ("一百零二", "number", "102", None),
    ("百分之十二點五", "percent", "12.5", "%"),
    ("百分之100", "percent", "100", "%"),
    ("百分之 40", "percent", "40", "%"),
    ("一點五億元", "money", "150000000", "HKD"),
    ("四分之三", "number", "0.75", None),
    ("三分之一", "number", "1/3", None),
    ("三分二", "number", "2/3", None),
    ("千分之五", "number", "0.005", None),
    ("七成半", "percent", "75", "%"),
    ("七成人口", "percent", "70", "%"),
    ("八折", "percent", "80", "%"),
    ("八五折", "percent", "85", "%"),
    ("7.5折", "percent", "75", "%"),
    ("五巴仙", "percent", "5", "%"),
    # Durations
    ("兩年半", "duration", "30", "month"),
    ("two and a half years", "duration", "30", "month"),
    ("2.5 years", "duration", "30", "month"),
    ("半年", "duration", "6", "month"),
    ("一個半月", "duration", "1.5", "month"),
    ("三個半月", "duration", "3.5", "month"),
    ("個半月", "duration", "1.5", "month"),
    ("半個月", "duration", "0.5", "month"),
    ("半個鐘", "duration", "0.5", "hour"),
    ("半個鐘頭", "duration", "0.5", "hour"),
    ("half an hour", "duration", "0.5", "hour"),
    ("三個鐘", "duration", "3", "hour"),
    ("個半鐘", "duration", "1.5", "hour"),
    ("兩個半小時", "duration", "2.5", "hour"),
    ("3年", "duration", "3", "year"),
    ("兩年三個月", "duration", "27", "month"),
    ("2 years and 3 months", "duration", "27", "month"),
    ("一年半", "duration", "18", "month"),
    ("五個工作天", "duration", "5", "working day"),
    ("5 working days", "duration", "5", "working day"),
    ("14 consecutive days", "duration", "14", "day"),
    ("三十個曆日", "duration", "30", "day"),
    ("18周歲", "duration", "18", "year"),
    ("aged 18", "duration", "18", "year"),
    ("six\n    months", "duration", "6", "month"),
    # Dates
    ("the 1st of May 2023", "date", "2023-05-01", None),
    ("the 1st day of May, 2023", "date", "2023-05-01", None),
    ("1-May-2023", "date", "2023-05-01", None),
    ("2023/5/1", "date", "2023-05-01", None),
    ("2023.5.1", "date", "2023-05-01", None),
    ("1/5/23", "date", "2023-05-01", None),
    ("1/7/97", "date", "1997-07-01", None),
    ("23年5月", "date", "2023-05", None),
    ("23年5月1日", "date", "2023-05-01", None),
    ("二三年五月", "date", "2023-05", None),
    ("九七年七月一日", "date", "1997-07-01", None),
    ("廿五號", "date", "---25", None),
    ("每月25日", "date", "---25", None),
    ("本月十五號", "date", "---15", None),
    ("25號前", "date", "---25", None),
    ("the 25th of each month", "date", "---25", None),
    ("五月廿五號", "date", "--05-25", None),
    ("2023-24年度", "financial_year", "2023-24", None),
    ("2023-24", "financial_year", "2023-24", None),
    ("2023–2024", "financial_year", "2023-24", None),
    ("2023/24", "financial_year", "2023-24", None),
    ("2023至24財政年度", "financial_year", "2023-24", None),
    ("二零二三至二四年度", "financial_year", "2023-24", None),
    ("1999-2000", "financial_year", "1999-00", None),
    # Money
    ("US$2 million", "money", "2000000", "USD"),
    ("2 million US dollars", "money", "2000000", "USD"),
    ("200萬美元", "money", "2000000", "USD"),
    ("人民幣三百萬元", "money", "3000000", "CNY"),
    ("三百萬元人民幣", "money", "3000000", "CNY"),
    ("RMB 3 million", "money", "3000000", "CNY"),
    ("RMB3,000,000", "money", "3000000", "CNY"),
    ("£500", "money", "500", "GBP"),
    ("€1,200.50", "money", "1200.5", "EUR"),
    ("五萬日圓", "money", "50000", "JPY"),
    ("100澳門元", "money", "100", "MOP"),
    ("MOP$100", "money", "100", "MOP"),
    ("港幣2萬5千元", "money", "25000", "HKD"),
    ("一百萬圓", "money", "1000000", "HKD"),
    ("十元五角", "money", "10.5", "HKD"),
    ("十元五角二分", "money", "10.52", "HKD"),
    ("10蚊半", "money", "10.5", "HKD"),
    ("五毫", "money", "0.5", "HKD"),
    ("50 cents", "money", "0.5", "HKD"),
    ("$10.50", "money", "10.5", "HKD"),
    ("HK$1.5 million", "money", "1500000", "HKD"),
    # Times
    ("凌晨三時", "time", "03:00", None),
    ("凌晨十二時", "time", "00:00", None),
    ("晚上十二時", "time", "00:00", None),
    ("晚上八點半", "time", "20:30", None),
    ("中午十一時三十分", "time", "11:30", None),
    ("下午7:30", "time", "19:30", None),
    ("上午約 4 點", "time", "04:00", None),
    ("2000 萬", "number", "20000000", None),
    ("15時30分", "time", "15:30", None),
    ("12 noon", "time", "12:00", None),
    ("5 p.m.", "time", "17:00", None),
]


@pytest.mark.parametrize(("text", "kind", "value", "unit"), READINGS)
def test_readings(text: str, kind: str, value: str, unit: str | None) -> None:
    for around in (text, f"甲於 {text} 乙", f"x, {text}, y"):
        read = [(found.kind, found.value, found.unit) for found in find_quantities(around)]
        assert read == [(kind, value, unit)], around


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("一波三折", []),
        ("下半年", []),
        ("數十年", []),
        ("幾百個", []),
        ("上限為人數十五", ["number"]),
        ("兩成立場", []),
        ("五毫米", []),
        ("這一點十分重要", []),
        ("一元旦", []),
        ("三年級", []),
        ("25號巴士", ["number"]),
        ("2023-12", ["number", "number"]),
        ("2023-26", ["number", "number"]),
        ("A person under section 5 may appeal", ["number"]),
        ("the form that 3 march past", ["number"]),
        ("between one hundred and two hundred", ["number", "number"]),
        ("one thousand and two million", []),
        ("NZ$5", ["number"]),
        ("13/13/23", ["number", "number", "number"]),
        ("2023 2024", ["number", "number"]),
        ("13 noon", ["number"]),
        ("32號前", ["number"]),
        ("二零二三至二六年度", ["number", "number"]),
    ],
)
def test_what_looks_like_another_quantity(text: str, kinds: list[str]) -> None:
    assert [found.kind for found in find_quantities(text)] == kinds


def test_the_span_is_the_words_of_the_quantity() -> None:
    text = "費用為人民幣三百萬元，另收十元五角。"
    assert [found.span.of(text) for found in find_quantities(text)] == ["人民幣三百萬元", "十元五角"]


@pytest.mark.parametrize(
    "piece", ["一", "1", "1,111,", "one ", "1 ", "一年", " ", "half a ", "1/", "2023-", "廿", "1.", "$"]
)
def test_reading_takes_time_in_proportion_to_the_text(piece: str) -> None:
    started = time.process_time()
    find_quantities(piece * (40_000 // len(piece)))
    assert time.process_time() - started < 5
