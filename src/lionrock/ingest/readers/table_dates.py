"""Dates and times of spreadsheets: a number of days since the file's epoch, shown as a format code says."""

from __future__ import annotations

import datetime
from typing import NamedTuple

__all__ = ["DateToken", "date_shown", "in_chinese", "moment", "serial_of"]

_DAY_MS = 86_400_000
_LAST_DAY = 2_958_465
"""31 December 9999."""
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DIGITS = "一二三四五六七八九十"
_REPUBLIC = ("404", "0404")


class DateToken(NamedTuple):
    """A piece of a format code: `literal`, `date` (yyyy, m, ...), `half` (AM/PM), `elapsed` (h), `digits`, `mark`."""

    kind: str
    text: str


class _Moment(NamedTuple):
    year: int
    month: int
    day: int
    weekday: int
    """Monday is 0."""
    ms: int
    """Milliseconds since midnight."""
    total_ms: int
    """Milliseconds since the epoch."""


def in_chinese(locale: str) -> bool:
    """Whether a format's locale (`C04`, `zh-HK`) is a Chinese one."""
    if locale.lower().startswith("zh"):
        return True
    try:
        return int(locale.partition(",")[0], 16) & 0x3FF == 0x04
    except ValueError:
        return False


def moment(serial: float, *, since_1904: bool) -> _Moment | None:
    """The day and time of a serial number; None for one before the epoch or after the year 9999.

    The calendar that starts in 1900 has a 29 February 1900, which never was.
    """
    if not 0 <= serial <= _LAST_DAY + 1:
        return None
    total = round(serial * _DAY_MS)
    days, ms = divmod(total, _DAY_MS)
    if since_1904:
        base = datetime.date(1904, 1, 1)
    elif days == 60:
        return _Moment(1900, 2, 29, 2, ms, total)
    else:
        base = datetime.date(1899, 12, 31) if days < 60 else datetime.date(1899, 12, 30)
    try:
        day = base + datetime.timedelta(days=days)
    except OverflowError:
        return None
    if days == 0 and not since_1904:
        return _Moment(1900, 1, 0, 5, ms, total)
    return _Moment(day.year, day.month, day.day, day.weekday(), ms, total)


def serial_of(when: datetime.datetime, *, since_1904: bool = False) -> float:
    """The serial number of a day and time from March 1900 on."""
    base = datetime.datetime(1904, 1, 1) if since_1904 else datetime.datetime(1899, 12, 30)
    return (when - base) / datetime.timedelta(days=1)


def date_shown(tokens: list[DateToken], serial: float, *, since_1904: bool, locale: str) -> str | None:
    """A date or time as the code says; None where the number is no date."""
    parts_of_second = _second_places(tokens)
    # The program rounds to the second, or to the part of one that shows; hours and minutes are never rounded.
    steps = 86_400 * 10 ** min(parts_of_second, 3)
    rounded = round(serial * steps) / steps if 0 <= serial <= _LAST_DAY + 1 else serial
    when = moment(rounded, since_1904=since_1904)
    if when is None:
        return None
    half = any(token.kind == "half" for token in tokens)
    out: list[str] = []
    for at, token in enumerate(tokens):
        if token.kind == "date":
            name = _minutes(tokens, at) or token.text.lower()
            out.append(_field(name, when, half=half, locale=locale))
        elif token.kind == "half":
            out.append(_half(token.text, when))
        elif token.kind == "elapsed":
            out.append(_elapsed(token.text.lower(), when))
        elif token.kind == "digits" and parts_of_second:
            out.append(f"{when.ms % 1000:03d}"[: len(token.text)])
        elif token.kind != "general":
            out.append(token.text)
    return "".join(out)


def _second_places(tokens: list[DateToken]) -> int:
    for at, token in enumerate(tokens[:-1]):
        if token == ("mark", ".") and tokens[at + 1].kind == "digits":
            return len(tokens[at + 1].text)
    return 0


def _minutes(tokens: list[DateToken], at: int) -> str | None:
    """`M` or `MM` for an m that means minutes: after an hour, or before a second."""
    text = tokens[at].text
    if text[0] not in "mM" or len(text) > 2:
        return None
    parts = ("date", "elapsed")
    before = next((token.text for token in reversed(tokens[:at]) if token.kind in parts), "")
    after = next((token.text for token in tokens[at + 1 :] if token.kind in parts), "")
    return text.upper() if before[:1].lower() == "h" or after[:1].lower() == "s" else None


def _field(name: str, when: _Moment, *, half: bool, locale: str) -> str:
    chinese = in_chinese(locale)
    match name[0]:
        case "y":
            return f"{when.year % 100:02d}" if len(name) <= 2 else f"{when.year:04d}"
        case "e":
            return str(when.year - 1911 if locale in _REPUBLIC and when.year > 1911 else when.year)
        case "g":
            return ("民國" if len(name) > 1 else "民") if locale in _REPUBLIC else ""
        case "b":
            return str((when.year + 543) % 100 if len(name) <= 2 else when.year + 543)
        case "m":
            return _month(len(name), when.month, chinese=chinese)
        case "d" | "a":
            return _day(name, when, chinese=chinese)
        case "h":
            hour = when.ms // 3_600_000
            hour = (hour - 1) % 12 + 1 if half else hour
            return f"{hour:0{min(len(name), 2)}d}"
        case "M":
            return f"{when.ms // 60_000 % 60:0{len(name)}d}"
    return f"{when.ms // 1000 % 60:0{min(len(name), 2)}d}"


def _month(width: int, month: int, *, chinese: bool) -> str:
    if width <= 2:
        return f"{month:0{width}d}"
    if chinese:
        number = str(month) if width == 3 else _DIGITS[month - 1] if month <= 10 else "十" + _DIGITS[month - 11]
        return f"{number}月"
    name = _MONTHS[month - 1]
    return name[:3] if width == 3 else name[:1] if width == 5 else name


def _day(name: str, when: _Moment, *, chinese: bool) -> str:
    if name[0] == "d" and len(name) <= 2:
        return f"{when.day:0{len(name)}d}"
    if chinese or name[0] == "a":
        word = "日" if when.weekday == 6 else _DIGITS[when.weekday]
        return f"星期{word}" if len(name) > 3 else f"週{word}"
    return _DAYS[when.weekday][:3] if len(name) == 3 else _DAYS[when.weekday]


def _half(name: str, when: _Moment) -> str:
    morning, _, afternoon = name.partition("/")
    return morning if when.ms < _DAY_MS // 2 else afternoon


def _elapsed(name: str, when: _Moment) -> str:
    unit = {"h": 3_600_000, "m": 60_000, "s": 1000}[name[0]]
    return f"{when.total_ms // unit:0{min(len(name), 9)}d}"
