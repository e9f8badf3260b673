"""Quantities as Hong Kong writes them, in three languages, with a value that is equal when the fact is equal.

`HK$1.5 million`, `港幣150萬元` and `一百五十萬元` are one sum; `1 May 2023`, `1/5/2023` (day first) and `二零二三年五月一日`
one date; `40 days`, `40日` and `四十天` one duration.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from lionrock.records import Span
from lionrock.text.fold import Folded, fold

__all__ = ["Quantity", "QuantityKind", "chinese_number", "find_quantities"]

QuantityKind = Literal["number", "money", "date", "percent", "duration", "time", "phone"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity: where it stands, what it is, its normal value (text) and its unit where it has one."""

    span: Span
    kind: QuantityKind
    value: str
    unit: str | None = None


_DIGITS = {
    char: value
    for value, chars in enumerate(("零〇○", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for char in chars
}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_GREAT = {"万": 10**4, "亿": 10**8}
_CN = "零〇○一壹二贰两三叁四肆五伍六陆七柒八捌九玖十拾百佰千仟万亿廿卅"
_ENGLISH = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_MONTHS = {
    name: at
    for at, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_SCALES = {
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "万": 10**4,
    "亿": 10**8,
    "百万": 10**6,
    "千万": 10**7,
    "千": 1000,
    "百": 100,
    "十亿": 10**9,
    "百亿": 10**10,
    "千亿": 10**11,
    "m": 10**6,
    "bn": 10**9,
    "k": 1000,
}
_UNITS = {
    "day": "day", "日": "day", "天": "day", "week": "week", "星期": "week", "周": "week", "礼拜": "week",
    "month": "month", "月": "month", "year": "year", "年": "year", "岁": "year", "hour": "hour", "小时": "hour", "钟头": "hour",
    "minute": "minute", "分钟": "minute", "second": "second", "秒": "second",
}  # fmt: skip

_N = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,15}(?:\.\d{1,6})?"
_WORDS = "|".join(sorted(_ENGLISH, key=len, reverse=True))
_EN_NUMBER = rf"(?:(?:{_WORDS})(?:[- ](?:{_WORDS}))?)"
_MONTH = r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
_SCALE = r"\s?(?:hundred|thousand|million|billion|bn\b|m\b|k\b)|十亿|百亿|千亿|百万|千万|[万亿千百]"

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("date_zh", re.compile(rf"((?:\d{{4}}|[{_CN}]{{4}})\s*年)?\s*(\d{{1,2}}|[{_CN}]{{1,3}})\s*月\s*(\d{{1,2}}|[{_CN}]{{1,3}})\s*[日号]")),
    ("month_zh", re.compile(rf"(\d{{4}}|[{_CN}]{{4}})\s*年\s*(\d{{1,2}}|[{_CN}]{{1,3}})\s*月(?:份|底|初)?")),
    ("date_en", re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+({_MONTH})\.?,?(?:\s+(\d{{4}}))?\b")),
    ("date_us", re.compile(rf"\b({_MONTH})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}}))?(?![\d,])")),
    ("month_en", re.compile(rf"\b({_MONTH})\.?\s+(\d{{4}})\b")),
    ("date_iso", re.compile(r"(?<![\d.])(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")),
    ("date_slash", re.compile(r"(?<![\d./])(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?!\d)")),
    ("year", re.compile(rf"(?<!\d)((?:19|20)\d{{2}}|[一二][零〇○九][{_CN}]{{2}})\s*年(?!期)")),
    ("money", re.compile(rf"(?:hk\$|\$|hkd|港币|港元)\s*({_N}|[{_CN}]+)\s*({_SCALE})?\s*(?:港元|元|蚊)?")),
    ("money_after", re.compile(rf"(?<![\d.])({_N}|[{_CN}]+)\s*({_SCALE})?\s*(?:hong kong\s+)?(?:dollars?\b|港元|元|蚊|块钱)")),
    ("percent", re.compile(rf"(?<![\d.])({_N})\s*(?:%|per\s?cent\b)|百分之([{_CN}]+|{_N})")),
    ("tenths", re.compile(r"(?<!\d)([一二两三四五六七八九])成([一二三四五六七八九半])?(?![立为员就功绩本交果长人])")),
    ("half", re.compile(r"半\s?(年|个月|小时|日|天)|\bhalf\s+an?\s+(year|month|hour|day)\b")),
    ("clock", re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?:\s?([ap])\.?m\b\.?)?(?![\d:])|\b(\d{1,2})\s?([ap])\.?m\b\.?")),
    ("clock_zh", re.compile(rf"(上午|早上|朝早|中午|下午|晏昼|晚上|夜晚)\s*(\d{{1,2}}|[{_CN}]{{1,3}})\s*[时点](?:\s*(\d{{1,2}}|[{_CN}]{{1,3}})分|(半))?")),
    ("phone", re.compile(r"(?<![\d$.,])(?:\+?852[- ]?)?([2-9]\d{3})[- ]?(\d{4})(?![\d,.]\d|\d)")),
    ("duration_en", re.compile(rf"(?<![\d.$])(?:({_N})|\b({_EN_NUMBER}))[\s-]+(?:(?:working|calendar|clear|consecutive|business|paid|full|further|more)\s+)*(day|week|month|year|hour|minute|second)s?\b")),
    ("duration_zh", re.compile(rf"(?<![\d.$年月])({_N}|[{_CN}]+)\s*(?:个)?\s*(?:整)?(?:工作|历|曆|净|完整)?\s*(日|天|星期|周|礼拜|月|年|岁|小时|钟头|分钟|秒)")),
    ("scaled", re.compile(rf"(?<![\d.])({_N})({_SCALE})")),
    ("number", re.compile(rf"(?<![\d.])(?:{_N})(?!\d)")),
    ("cn_number", re.compile(rf"[{_CN}]{{2,}}|[一二两三四五六七八九十](?=[个名份次项倍张间本])")),
    ("en_number", re.compile(rf"\b(?:{_EN_NUMBER}|hundred|thousand|million)\b")),
)  # fmt: skip


def find_quantities(text: str) -> list[Quantity]:
    """All quantities in order of place; where two readings overlap the more telling one stands. Linear time."""
    folded = fold(text)
    taken = bytearray(len(folded.text))
    found: list[Quantity] = []
    for name, pattern in _PATTERNS:
        for match in pattern.finditer(folded.text):
            start, end = match.span()
            if any(taken[start:end]):
                continue
            reading = _reading(name, match)
            if reading is not None:
                taken[start:end] = b"\x01" * (end - start)
                found.append(_quantity(folded, match, *reading))
    return sorted(found, key=lambda quantity: quantity.span)


def _quantity(folded: Folded, match: re.Match[str], kind: QuantityKind, value: str, unit: str | None) -> Quantity:
    start, end = match.span()
    while start < end and folded.text[start].isspace():
        start += 1
    while end > start and folded.text[end - 1].isspace():
        end -= 1
    return Quantity(folded.original_span(start, end), kind, value, unit)


_Reading = tuple[QuantityKind, str, str | None]


def _reading(name: str, match: re.Match[str]) -> _Reading | None:
    if name.startswith(("date", "month", "year")):
        return _read_date(name, match)
    if name.startswith("money"):
        value = _scaled(match[1], match[2])
        return None if value is None else ("money", value, "HKD")
    if name == "percent":
        value = _plain(match[1] or match[2])
        return None if value is None else ("percent", value, "%")
    if name == "tenths":
        tail = 5 if match[2] == "半" else _DIGITS.get(match[2] or "零", 0)
        return "percent", str(_DIGITS[match[1]] * 10 + tail), "%"
    if name.startswith(("duration", "half")):
        return _read_duration(name, match)
    if name.startswith("clock"):
        return _read_clock(name, match)
    if name == "phone":
        return "phone", match[1] + match[2], None
    value = _scaled(match[1], match[2]) if name == "scaled" else _plain(match[0])
    return None if value is None else ("number", value, None)


def _read_date(name: str, match: re.Match[str]) -> _Reading | None:
    day: str | int | None
    year: str | int | None
    if name == "year":
        value = _year(match[1])
        return None if value is None else ("date", f"{value:04d}", None)
    if name in ("month_zh", "month_en"):
        year, month = (match[1], match[2]) if name == "month_zh" else (match[2], str(_MONTHS[match[1][:3]]))
        return _date(_year(year), _small(month), None)
    if name == "date_zh":
        year = _year(match[1].rstrip("年 ")) if match[1] else None
        return _date(year, _small(match[2]), _small(match[3]))
    if name == "date_en":
        day, month_number, year = int(match[1]), _MONTHS[match[2][:3]], match[3]
    elif name == "date_us":
        day, month_number, year = int(match[2]), _MONTHS[match[1][:3]], match[3]
    elif name == "date_iso":
        day, month_number, year = int(match[3]), int(match[2]), match[1]
    else:
        day, month_number, year = int(match[1]), int(match[2]), match[3]
    return _date(int(year) if year else None, month_number, day)


def _date(year: int | None, month: int | None, day: int | None) -> _Reading | None:
    if month is None or not 1 <= month <= 12:
        return None
    if day is None:
        return None if year is None else ("date", f"{year:04d}-{month:02d}", None)
    try:
        date(year or 2000, month, day)
    except ValueError:
        return None
    return "date", f"{year:04d}-{month:02d}-{day:02d}" if year else f"--{month:02d}-{day:02d}", None


def _year(text: str) -> int | None:
    text = text.strip()
    if text.isascii():
        return int(text)
    digits = [_DIGITS.get(char) for char in text]
    if len(digits) != 4 or None in digits:
        return None
    return int("".join(map(str, digits)))


def _small(text: str) -> int | None:
    if text.isascii():
        return int(text)
    value = chinese_number(text)
    return None if value is None else int(value)


def _read_duration(name: str, match: re.Match[str]) -> _Reading | None:
    if name == "half":
        unit = _UNITS[(match[1] or match[2]).removeprefix("个")]
        return ("duration", "6", "month") if unit == "year" else ("duration", "0.5", unit)
    if name == "duration_en":
        value = _plain(match[1]) if match[1] else _english(match[2])
        unit = _UNITS[match[3]]
    else:
        value, unit = _plain(match[1]), _UNITS[match[2]]
        if match[2] == "月" and "个" not in match[0]:
            return None
    return None if value is None else ("duration", value, unit)


def _read_clock(name: str, match: re.Match[str]) -> _Reading | None:
    if name == "clock":
        hour, minute = int(match[1] or match[4]), int(match[2] or 0)
        half = match[3] or match[5]
        afternoon = half == "p"
        morning = half == "a"
    else:
        hour, minute = _small(match[2]) or 0, 30 if match[4] else (_small(match[3]) or 0) if match[3] else 0
        afternoon, morning = match[1] in ("下午", "晏昼", "晚上", "夜晚", "中午") and hour < 12, False
    if afternoon and hour < 12:
        hour += 12
    if morning and hour == 12:
        hour = 0
    return ("time", f"{hour:02d}:{minute:02d}", None) if hour < 25 and minute < 60 else None


def _english(text: str) -> str | None:
    value = sum(_ENGLISH[word] for word in re.split(r"[- ]", text))
    return str(value)


def _plain(text: str) -> str | None:
    """Value of digits, Chinese numerals or English number words as a normal decimal text."""
    if text[0].isdigit():
        return _normal(Decimal(text.replace(",", "")))
    if text[0].isascii():
        return _english(text) if text.split("-")[0].split(" ")[0] in _ENGLISH else str(_SCALES[text])
    value = chinese_number(text)
    return None if value is None else _normal(value)


def _scaled(number: str, scale: str | None) -> str | None:
    plain = _plain(number)
    if plain is None:
        return None
    return _normal(Decimal(plain) * _SCALES[scale.strip()]) if scale else plain


def _normal(value: Decimal) -> str:
    try:
        text = format(value.normalize(), "f")
    except InvalidOperation:
        return str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def chinese_number(text: str) -> Decimal | None:
    """Value of Chinese numerals (Simplified, folded), positional (二零二三) or with places (一百五十万); None if malformed."""
    if all(char in _DIGITS for char in text):
        return Decimal(int("".join(str(_DIGITS[char]) for char in text)))
    total, section, digit = 0, 0, None
    for char in text:
        if char in _DIGITS:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[char]
        elif char in _TENS:
            section += (1 if digit is None else digit) * _TENS[char]
            digit = None
        elif char in "廿卅":
            section += 20 if char == "廿" else 30
            digit = None
        else:
            section += digit or 0
            if section == 0 and total == 0:
                return None
            total = (total + section) * _GREAT[char] if char == "亿" else total + section * _GREAT[char]
            section, digit = 0, None
    return Decimal(total + section + (digit or 0))
