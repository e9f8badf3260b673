"""Numbers and dates under format codes: what a spreadsheet program shows for each."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lionrock.ingest.readers.table_dates import serial_of
from lionrock.ingest.readers.table_format import BUILT_IN, general, number_format

ACCOUNTING = '_(* #,##0_);_(* \\(#,##0\\);_(* "—"_);_(@_)'
DAY = 45019.0
"""Monday, 3 April 2023."""


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("General", 5.0, "5"),
        ("General", 1 / 3, "0.3333333333"),
        ("General", 0.1 + 0.2, "0.3"),
        ("General", 123456789012345.0, "123456789012345"),
        ("General", 1e20, "1E+20"),
        ("", 7.5, "7.5"),
        ("0", 2.5, "3"),
        ("0.00", 1.005, "1.01"),
        ("0.00", -3.0, "-3.00"),
        ("#,##0", 1234567.0, "1,234,567"),
        ("#,##0", 0.0, "0"),
        ("#,##0.00", 1234.5, "1,234.50"),
        ("#,###", 0.0, ""),
        (".00", 12.5, "12.50"),
        ("0.###", 1.5, "1.5"),
        ("0%", 0.345, "35%"),
        ("0.0%", 0.1256, "12.6%"),
        ("0.00E+00", 12345.0, "1.23E+04"),
        ("0.0E-0", 0.00012, "1.2E-4"),
        ("# ?/?", 1.5, "1 1/2"),
        ("# ?/?", 2.0, "2"),
        ("?/8", 0.75, "6/8"),
        ("00000", 42.0, "00042"),
        ("0000-0000", 28001234.0, "2800-1234"),
        ("0000,000", 12.0, "0,000,012"),
        ("#,##0,", 1234567.0, "1,235"),
        ('#,##0.0,,"M"', 1234567.0, "1.2M"),
        (ACCOUNTING, 2713.0, "2,713"),
        (ACCOUNTING, -81.0, "(81)"),
        (ACCOUNTING, 0.0, "—"),
        ("[$HK$-C04]#,##0.00", 1500.0, "HK$1,500.00"),
        ("[$-C04]#,##0", 1500.0, "1,500"),
        ('"$"#,##0;[Red]-"$"#,##0', -3.0, "-$3"),
        ('0"日"', 14.0, "14日"),
        ("0 \\d\\a\\y\\s", 14.0, "14 days"),
        ('"Yes";"No";"None"', -1.0, "No"),
        ('"Yes";"No";"None"', 0.0, "None"),
        ("[<1]0.0%;0", 0.5, "50.0%"),
        ("[<1]0.0%;0", 12.0, "12"),
        ('[=1]0" item";[>1]0" items";General', -2.0, "-2"),
        (";;;", 5.0, ""),
        ("General_)", 5.0, "5"),
        ('General" km"', 5.5, "5.5 km"),
        ("@", 5.0, "5"),
        ("[Blue]0.0", 5.0, "5.0"),
        ("[h]:mm", 1.5, "36:00"),
        ("[mm]:ss", 0.0625, "90:00"),
    ],
)
def test_numbers(code: str, value: float, shown: str) -> None:
    assert number_format(code).number(value) == shown


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        (BUILT_IN[14], DAY, "3/4/2023"),
        (BUILT_IN[22], DAY + 0.75, "3/4/2023 18:00"),
        (BUILT_IN[31], DAY, "2023年4月3日"),
        ("d mmm yyyy", DAY, "3 Apr 2023"),
        ("dddd, d mmmm yyyy", DAY, "Monday, 3 April 2023"),
        ("dd/mm/yy", DAY, "03/04/23"),
        ("mmmmm-yy", DAY, "A-23"),
        ("yyyy-mm-dd hh:mm:ss", DAY + 0.5, "2023-04-03 12:00:00"),
        ("yyyy\\-mm\\-dd\\Thh:mm", DAY, "2023-04-03T00:00"),
        ("h:mm AM/PM", DAY + 0.75, "6:00 PM"),
        ("h:mm AM/PM", DAY, "12:00 AM"),
        ('上午/下午h"時"mm"分"', DAY + 0.625, "下午3時00分"),
        ("mm:ss.0", 0.0007, "01:00.5"),
        ("hh:mm", 0.99999, "23:59"),
        ("[$-C04]dddd", DAY, "星期一"),
        ("[$-zh-HK]mmm", DAY, "4月"),
        ("[$-404]mmmm", DAY, "四月"),
        ("[$-404]e/m/d", DAY, "112/4/3"),
        ("[$-404]ggge", DAY, "民國112"),
        ("e", DAY, "2023"),
        ("aaaa", DAY, "星期一"),
        ("d/m/yyyy", 1.0, "1/1/1900"),
        ("d/m/yyyy", 59.0, "28/2/1900"),
        ("d/m/yyyy", 60.0, "29/2/1900"),
        ("d/m/yyyy", 61.0, "1/3/1900"),
        ("d/m/yyyy", 2958465.0, "31/12/9999"),
        ("d/m/yyyy", 2958467.0, "2958467"),
        ("d/m/yyyy", -4.0, "-4"),
        ("bbbb", DAY, "2566"),
    ],
)
def test_dates(code: str, value: float, shown: str) -> None:
    form = number_format(code)
    assert (form.kind, form.number(value)) == ("date", shown)


def test_days_that_count_from_1904() -> None:
    assert number_format("d/m/yyyy").number(DAY - 1462, since_1904=True) == "3/4/2023"
    assert number_format("d/m/yyyy").number(0, since_1904=True) == "1/1/1904"


def test_serial_numbers() -> None:
    assert serial_of(datetime.datetime(2023, 4, 3, 12)) == DAY + 0.5
    assert serial_of(datetime.datetime(1904, 1, 2), since_1904=True) == 1


@pytest.mark.parametrize(
    ("code", "words", "shown"),
    [
        ("General", "x", "x"),
        ("0.00", "n/a", "n/a"),
        ("_(@_)", "x", "x"),
        ('"No. "@', "5", "No. 5"),
        ('0;-0;0;"→"@', "x", "→x"),
        (";;;", "secret", ""),
    ],
)
def test_texts(code: str, words: str, shown: str) -> None:
    assert number_format(code).text(words) == shown


def test_which_codes_hide_everything() -> None:
    assert number_format(";;;").shows_nothing
    assert not number_format("0;-0;;@").shows_nothing
    assert not number_format("General").shows_nothing


@pytest.mark.parametrize(("value", "shown"), [(float("nan"), "nan"), (-0.5, "-0.5"), (1e15, "1E+15"), (1e-7, "1E-07")])
def test_numbers_without_a_format(value: float, shown: str) -> None:
    assert general(value) == shown


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(st.text(max_size=40), st.text(alphabet='0#?.,%/;E+-[]"\\_*@ymdhsaegb$<>=1AMP General', max_size=40)),
    st.one_of(st.floats(), st.integers(-10, 50_000).map(float)),
)
def test_any_code_shows_any_number_on_one_line(code: str, value: float) -> None:
    form = number_format(code)
    assert "\n" not in form.number(value)
    assert isinstance(form.text("words"), str)
