"""Quantities as Hong Kong writes them, in three languages, with a value that is equal when the fact is equal.

`HK$1.5 million`, `港幣150萬元` and `一百五十萬元` are one sum, `US$2 million` another; `1 May 2023`, `1/5/2023` (day
first) and `二零二三年五月一日` one date; `40 days`, `40日` and `四十天` one duration. Parts of a year are months, so that
`半年`, `six months` and `兩年半`, `two and a half years` meet. A date says what it knows: `2023`, `2023-05`,
`2023-05-01`, `--05-01` without its year and `---25` for a day of any month.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Literal

from lionrock.records import Span
from lionrock.text.fold import Folded, fold

__all__ = ["Quantity", "QuantityKind", "chinese_number", "find_quantities"]

QuantityKind = Literal["number", "money", "date", "financial_year", "percent", "duration", "time", "phone"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity: where it stands, what it is, its normal value (text) and its unit where it has one.

    Units: an ISO 4217 code of money, `%`, or of a duration `second` to `year` with `working day` for days of work.
    """

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
_DG = "零〇○一二两三四五六七八九"
_UNIT_WORDS = "one two three four five six seven eight nine".split()
_TEEN_WORDS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TEN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ENGLISH = {
    "a": 1, "an": 1, "zero": 0,
    **{word: at for at, word in enumerate(_UNIT_WORDS, 1)},
    **{word: at for at, word in enumerate(_TEEN_WORDS, 10)},
    **{word: at * 10 for at, word in enumerate(_TEN_WORDS, 2)},
}  # fmt: skip
_MONTHS = {name: at for at, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_SCALES = {
    "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "m": 10**6, "bn": 10**9, "k": 1000,
    "百": 100, "千": 1000, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7,
    "亿": 10**8, "十亿": 10**9, "百亿": 10**10, "千亿": 10**11,
}  # fmt: skip
_UNITS = {
    "day": "day", "日": "day", "天": "day", "week": "week", "星期": "week", "周": "week", "礼拜": "week",
    "month": "month", "月": "month", "year": "year", "年": "year", "岁": "year", "周岁": "year", "周年": "year",
    "hour": "hour", "小时": "hour", "钟头": "hour", "钟": "hour",
    "minute": "minute", "分钟": "minute", "second": "second", "秒": "second",
}  # fmt: skip
_CURRENCIES = {
    "hk$": "HKD", "hkd": "HKD", "港币": "HKD", "港元": "HKD", "港纸": "HKD", "hong kong dollar": "HKD", "hk dollar": "HKD",
    "us$": "USD", "usd": "USD", "美元": "USD", "美金": "USD", "us dollar": "USD", "u.s. dollar": "USD", "american dollar": "USD",
    "rmb": "CNY", "cny": "CNY", "人民币": "CNY", "yuan": "CNY", "renminbi": "CNY",
    "£": "GBP", "gbp": "GBP", "英镑": "GBP", "pound sterling": "GBP", "pounds sterling": "GBP",
    "€": "EUR", "eur": "EUR", "欧元": "EUR", "euro": "EUR", "jpy": "JPY", "日元": "JPY", "日圆": "JPY", "yen": "JPY",
    "mop$": "MOP", "mop": "MOP", "澳门元": "MOP", "澳门币": "MOP", "葡币": "MOP", "pataca": "MOP",
    "nt$": "TWD", "twd": "TWD", "新台币": "TWD", "台币": "TWD", "a$": "AUD", "aud": "AUD", "澳元": "AUD",
    "australian dollar": "AUD", "c$": "CAD", "cad": "CAD", "加元": "CAD", "canadian dollar": "CAD",
    "s$": "SGD", "sgd": "SGD", "新加坡元": "SGD", "singapore dollar": "SGD",
}  # fmt: skip
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}


def _any(words: Mapping[str, object] | list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_S = r"\s{0,3}"
_G = r"(?:\s{1,32}|-)"
"""Between English words: line breaks and indents of a page may stand there."""
_I = r"(?:\d{1,3},\d{3}|\d{1,4})"
_N = r"\d{1,3}(?:,\d{3}){1,5}(?:\.\d{1,6})?|\d{1,15}(?:\.\d{1,6})?"
_CN_N = rf"[{_CN}]{{1,24}}(?:点[{_DG}]{{1,8}}+(?![十百千分时刻]))?"
_MIXED = rf"{_I}(?:[十百千]亿|[十百千]万|[亿万千])(?:{_I}(?:[十百千]万|[万千百])){{1,3}}|\d{{1,4}}万\d{{3,4}}(?![\d年])"
_BIG = r"(?:thousand|million|billion)\b"
_ONES = _any(_UNIT_WORDS)
_BELOW_100 = rf"(?:(?:{_any(_TEN_WORDS)})(?:[\s-](?:{_ONES}))?|{_any(_TEEN_WORDS)}|{_ONES}|zero)\b"
_BELOW_1000 = rf"(?:(?:{_BELOW_100}|an?)[\s-]hundred\b(?:(?:\sand)?[\s-]{_BELOW_100}(?!\shundred))?|{_BELOW_100})"
_EN = rf"\b(?=[aefnostz])(?:{_BELOW_1000}|an?(?=\s{_BIG}))(?:[\s-]{_BIG}(?:,?(?:\sand)?\s{_BELOW_1000})?){{0,3}}"
_AND_A_HALF = rf"\sand\sa\shalf\b(?:\s(?:hundred\b|{_BIG}))?"
_HALF = rf"\bhalf(?:\s(?:of\s)?an?)?[\s-](?:hundred\b|{_BIG})"
# The class that a number starts with stands before the choice: most places of a text are passed over at once.
_NUM_EN = rf"(?=[\daefhnostz])(?<![\d.])(?P<n>(?:{_N}|{_EN})(?:{_AND_A_HALF})?|{_HALF})"
_NUM = rf"(?=[\d{_CN}aefhnostz])(?<![\d.])(?P<n>{_MIXED}|(?:{_N}|{_EN})(?:{_AND_A_HALF})?|{_CN_N}|{_HALF})"
_CLEAR = r"(?<!几)(?<!^数)(?<![^人次总件户天日分]数)"  # 數十年 says no number, 人數十五 does
_NUM_ZH = rf"(?=[\d{_CN}]){_CLEAR}(?P<n>{_MIXED}|{_N}|{_CN_N})"
_SCALE = r"(?P<s>\s?(?:hundred|thousand|million|billion)\b|\s?(?:bn|m|k)\b|\s?(?:十亿|百亿|千亿|百万|千万|[万亿千百]))"

_MONTH = r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
_D = rf"(?:\d{{1,2}}|[{_CN}]{{1,3}})"
_Y = rf"(?P<y>\d{{4}}|[{_CN}]{{4}}|(?<!\d)\d{{2}}|(?<![{_CN}])[{_DG}]{{2}})"
_TO = r"\s?[-\u2010\u2013\u2014/]\s?"

_COIN = r"(?:(?P<jiao>[\d一二三四五六七八九])\s?[角毫]子?(?:\s?(?P<fen>[\d一二三四五六七八九])分)?|(?P<half>半)(?![价年个月天日数载小]))"
_HAN_NAMES = [name for name in _CURRENCIES if not name.isascii() and name not in "£€"]
_LATIN_NAMES = [name for name in _CURRENCIES if name.isascii() and "$" not in name]
_SIGNS = [name for name in _CURRENCIES if "$" in name or name in "£€"]
_CODES = [name for name in _LATIN_NAMES if len(name) == 3 and name != "yen"]
_NAMED = (
    rf"(?P<c>(?:{_any(_HAN_NAMES)})|(?:{_any(_LATIN_NAMES)}|dollar)s?\b|"
    r"(?:元(?![旦素宵])|圆(?![形圈桌周心柱环满])|蚊|块钱)(?P<after>港币|美金|人民币)?)"
)
_BEFORE = (
    rf"(?P<p>(?<![a-z])(?:{_any(['hk $', '$', *_SIGNS, *_CODES])})|"
    rf"(?<![\d{_CN}])(?<![\d{_CN}]\s)(?:{_any(_HAN_NAMES)}))"
)
_WORK = r"(?P<k>工作|营业|办公)"
_KIND = r"working|business|calendar|clear|consecutive|paid|unpaid|full|further|more|whole|additional|extra|sick|annual|leave|statutory|rest"
_LONG = r"周岁|周年|日|天|星期|周(?![边围末刊期转])|礼拜|月|年(?![级代度龄])|岁|小时|钟头|钟|分钟|秒"
_PART_OF_DAY = r"上午|早上|朝早|早晨|清晨|凌晨|中午|正午|下午|晏昼|傍晚|黄昏|晚上|夜晚|深夜|半夜|午夜"

_MONTH_MARKS = " ".join(_MONTHS)
_UNIT_MARKS = "day week month year hour minute second"
_BEFORE_MARKS = " ".join(["$", *_SIGNS, *_CODES, *_HAN_NAMES])
_AFTER_MARKS = " ".join(["dollar", *(name.split()[-1] for name in _LATIN_NAMES), *_HAN_NAMES, *"元圆蚊块"])

_TABLE: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("financial_year", "", re.compile(rf"(?<![\d/.-])(?P<y>(?:19|20)\d{{2}})(?:{_TO}|至(?=\d{{2,4}}(?:财政|学|课税)?年度))(?P<e>(?:\d\d)?\d\d)(?![\d%]|[-/.]\d)(?:{_S}(?:财政|学|课税)?年度)?")),
    ("financial_year", "年度", re.compile(rf"(?P<y>[{_DG}]{{4}})(?:{_TO}|至)(?P<e>[{_DG}]{{2}}|[{_DG}]{{4}})(?:财政|学|课税)?年度")),
    ("date", "月", re.compile(rf"(?=[\d{_CN}])(?:{_Y}{_S}年{_S})?(?P<m>{_D}){_S}月{_S}(?P<d>{_D}){_S}[日号]")),
    ("date", "年", re.compile(rf"(?=[\d{_CN}]){_Y}{_S}年{_S}(?P<m>{_D}){_S}月(?:份|底|初)?")),
    ("date", _MONTH_MARKS, re.compile(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\sday)?(?:\sof)?{_G}(?P<m>{_MONTH})\.?,?(?:{_G}(?P<y>\d{{4}}))?\b")),
    ("date", _MONTH_MARKS, re.compile(rf"\b(?P<m>{_MONTH})\.?\s{{1,32}}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s{{1,32}}(?P<y>\d{{4}}))?(?![\d,])")),
    ("date", _MONTH_MARKS, re.compile(rf"\b(?P<m>{_MONTH})\.?,?\s{{1,32}}(?P<y>\d{{4}})\b")),
    ("date", "-", re.compile(r"(?<![\d.])(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?!\d)")),
    ("date", "/ .", re.compile(r"(?<![\d./])(?P<y>(?:19|20)\d{2})(?P<sep>[/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})(?![\d/])")),
    ("date", "/ .", re.compile(r"(?<![\d./])(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>\d{4})(?!\d)")),
    ("date", "/", re.compile(r"(?<![\d./-])(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{2})(?![\d/])")),
    ("day", "月 逢", re.compile(rf"(?:每月|本月|下月|上月|当月|同月|该月|翌月|次月|[每今下上]个月|逢){_S}(?P<d>{_D}){_S}[日号]")),
    ("day", "号", re.compile(rf"(?<![第\d{_CN}])(?:(?P<d>[廿卅][一二三四五六七八九]?)号(?![楼铺室线车牌巴舖])|(?P<e>{_D})号(?=或?之?前(?![门座])))")),
    ("day", "month", re.compile(r"\b(?P<d>\d{1,2})(?:st|nd|rd|th)(?:\sday)?\sof\s(?:each|every|the|that|any)(?:\s\w{1,12})?\smonth\b")),
    ("year", "年", re.compile(rf"(?<!\d)(?P<y>(?:19|20)\d{{2}}|[一二][零〇○九][{_CN}]{{2}}){_S}年(?!期)")),
    ("money", _BEFORE_MARKS, re.compile(rf"{_BEFORE}{_S}(?P<n>{_MIXED}|(?:{_N}|{_EN})(?:{_AND_A_HALF})?|{_CN_N}|{_HALF}){_S}{_SCALE}?(?:{_S}{_NAMED}{_COIN}?)?")),
    ("money", _AFTER_MARKS, re.compile(rf"{_NUM}{_S}{_SCALE}?{_S}{_NAMED}{_COIN}?")),
    ("coin", "毫 cent", re.compile(rf"(?<![\d.丝{_CN}])(?P<n>\d|[{_DG}])(?P<u>毫)子?(?![米升克秒微巴无不安])|{_NUM_EN.replace('<n>', '<e>')}\scents?\b")),
    ("percent", "% per 巴仙", re.compile(rf"{_NUM_EN}{_S}(?:%|per\s?cent\b)|(?<![\d.])(?P<z>{_N}|{_CN_N}){_S}巴仙")),
    ("fraction", "分", re.compile(rf"(?P<d>\d{{1,5}}|[{_CN}]{{1,8}})分之\s?(?P<n>{_N}|{_CN_N})|(?P<e>[三四])分(?P<f>[一二三])(?![十分秒钟之零成])")),
    ("fraction_en", " ".join(_PARTS), re.compile(rf"\b(?P<n>{_ONES})[\s-](?P<d>{_any(_PARTS)})(?P<s>s?)\b(?!\s(?:part|person|year))")),
    ("tenths", "成", re.compile(r"(?<!\d)([一二两三四五六七八九])成([一二三四五六七八九半])?(?![立为员就功绩本交果长]|人(?![口士]))")),
    ("discount", "折", re.compile(r"(?<![\d.波])([一二三四五六七八九]{1,2}|[1-9](?:\.?\d)?)折(?![旧断叠迭页磨返射中合腾损])")),
    ("clock_zh", _PART_OF_DAY.replace("|", " ") + " 时 点", re.compile(rf"(?P<p>{_PART_OF_DAY}){_S}约?{_S}(?P<h>{_D})(?:{_S}[时点]钟?(?:{_S}(?P<m>{_D})分|(?P<f>半))?[正整]?|:(?P<q>\d\d)(?!\d))|(?=[\d{_CN}])(?<![第\d{_CN}])(?P<i>{_D})(?:时(?P<n>{_D})分(?!之)|(?<=\d)点(?P<o>\d{{1,2}})分|[时点](?P<g>半)(?!数))")),
    ("clock", ": m noon midnight", re.compile(r"(?<![\d:])(?P<h>\d{1,2}):(?P<m>\d{2})(?:\s?(?P<p>[ap])\.?m\b\.?)?(?![\d:])|\b(?P<i>\d{1,2})\s?(?:(?P<q>[ap])\.?m\b\.?|(?P<r>noon|midnight)\b)")),
    ("phone", "", re.compile(r"(?<![\d$.,])(?!20[0-3]\d[- ]20[0-3]\d)(?:\+?852[- ]?)?([2-9]\d{3})[- ]?(\d{4})(?![\d,.]\d|\d)")),
    ("months", "月 month", re.compile(rf"(?<![\d.])(?P<n>{_N}|{_CN_N})\s?年\s?[又零]?(?P<m>\d{{1,2}}|[{_CN}]{{1,3}})\s?个月|{_NUM_EN.replace('<n>', '<e>')}[\s-]years?(?:,|\sand)?\s(?P<f>{_N}|{_EN})[\s-]months?\b")),
    ("age", "age", re.compile(rf"\b(?:aged?|age\sof)\s(?P<n>{_N}|{_EN})\b")),
    ("half_zh", "半", re.compile(rf"(?=[\d{_CN}个])(?<![\d.$年月这那整每几第某上下前后])(?P<n>{_N}|[{_CN}]{{1,8}})?个半{_S}(?P<u>钟头|钟|小时|月(?![刊票])|星期|礼拜)")),
    ("half_zh", "半", re.compile(rf"(?<![上下大前后])半\s?(?:个\s?{_WORK}?(?P<u>月|小时|钟头|钟|星期|礼拜|日)|(?P<v>年(?![度刊报结])|小时|日|天))")),
    ("duration", _UNIT_MARKS, re.compile(rf"{_NUM_EN}{_G}(?P<k>(?:(?:{_KIND}){_G}){{0,4}})(?P<u>day|week|month|year|hour|minute|second)s?\b")),
    ("half_en", "half", re.compile(r"\bhalf[\s-](?:an?\s)?(?P<u>year|month|week|hour|day)s?\b")),
    ("duration", "日 天 星 周 礼 月 年 岁 时 钟 秒", re.compile(rf"(?<![\d.$年月]){_NUM_ZH}{_S}(?P<g>个)?{_S}整?(?:{_WORK}|历|净|完整|连续)?{_S}(?P<u>{_LONG})(?P<h>半(?![载价路数职途薪日天夜小年月个成公官自岛]))?")),
    ("number", "", re.compile(rf"(?=\d)(?<![\d.])(?:(?P<n>{_MIXED}|(?:{_N}){_AND_A_HALF})|(?P<m>{_N}){_SCALE})")),
    ("number", "", re.compile(rf"(?<![\d.])(?P<n>{_N})(?!\d)")),
    ("number", "", re.compile(rf"(?=[{_CN}]){_CLEAR}(?P<n>[{_CN}]{{1,24}}点[{_DG}]{{1,8}}+(?![十百千分时刻])|[{_CN}]{{2,24}}|[一二两三四五六七八九十](?=[个名份次项倍张间本]))")),
    ("number", "a e f h n o s t z m", re.compile(rf"(?P<n>{_HALF}|{_EN}(?:{_AND_A_HALF})?|\b(?:hundred|thousand|million)\b)")),
)  # fmt: skip
"""Name of the reader, marks of which a text must hold one (none: any text may), pattern; the more telling come first."""
_PATTERNS = [(name, marks.split(), pattern) for name, marks, pattern in _TABLE]


_Reading = tuple[QuantityKind, str, str | None]


def find_quantities(text: str) -> list[Quantity]:
    """All quantities in order of place; where two readings overlap the more telling one stands. Linear time."""
    folded = fold(text)
    taken = bytearray(len(folded.text))
    found: list[Quantity] = []
    for name, marks, pattern in _PATTERNS:
        if marks and not any(mark in folded.text for mark in marks):
            continue
        for match in pattern.finditer(folded.text):
            start, end = match.span()
            if any(taken[start:end]) or (name == "date" and _is_verb(text, folded, match)):
                continue
            reading = _READERS[name](match)
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


def _is_verb(text: str, folded: Folded, match: re.Match[str]) -> bool:
    """Whether `may` or `march` is no month: a person under section 5 may appeal."""
    named = match.groupdict()
    if named["m"] not in ("may", "march") or named.get("y") or not named.get("d"):
        return False
    return text[folded.origins[match.start("m")]].islower()


def _read_date(match: re.Match[str]) -> _Reading | None:
    named = match.groupdict()
    month = _MONTHS[named["m"][:3]] if named["m"][:3] in _MONTHS else _small(named["m"])
    year = _year(named["y"]) if named.get("y") else None
    if named.get("y") and year is None:
        return None
    return _date(year, month, _small(named["d"]) if named.get("d") else None)


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


def _read_day(match: re.Match[str]) -> _Reading | None:
    day = _small(match["d"] or match.groupdict()["e"])
    return ("date", f"---{day:02d}", None) if day is not None and 1 <= day <= 31 else None


def _read_year(match: re.Match[str]) -> _Reading | None:
    year = _year(match["y"])
    return None if year is None else ("date", f"{year:04d}", None)


def _read_financial_year(match: re.Match[str]) -> _Reading | None:
    """`2023-24` is the year that ends in 2024; any other pair of figures is something else."""
    year, end = _year(match["y"]), _digits(match["e"])
    if year is None or end is None or end != (year + 1 if len(match["e"]) == 4 else (year + 1) % 100):
        return None
    return "financial_year", f"{year}-{(year + 1) % 100:02d}", None


def _year(text: str) -> int | None:
    """A year of four figures, or of two: from 70 on they belong to the last century."""
    value = _digits(text.strip())
    if value is None or len(text.strip()) == 4:
        return value
    return value + (1900 if value >= 70 else 2000)


def _digits(text: str) -> int | None:
    if text.isascii():
        return int(text)
    digits = [_DIGITS.get(char) for char in text]
    return None if None in digits else int("".join(map(str, digits)))


def _small(text: str) -> int | None:
    if text.isascii():
        return int(text) if text.isdigit() else None
    value = chinese_number(text)
    return None if value is None else int(value)


def _read_money(match: re.Match[str]) -> _Reading | None:
    value = _scaled(match["n"], match["s"])
    if value is None:
        return None
    for coin, share in (("jiao", 10), ("fen", 100)):
        value += Decimal(_DIGITS.get(match[coin]) or int(match[coin])) / share if match[coin] else 0
    value += Decimal("0.5") if match["half"] else 0
    before, after = match.groupdict().get("p") or "$", match["after"] or match["c"] or ""
    named = after.removesuffix("s") if after.isascii() else after
    unit = _CURRENCIES.get(before.replace(" ", "")) or _CURRENCIES.get(named) or "HKD"
    return "money", _normal(value), unit


def _read_coin(match: re.Match[str]) -> _Reading | None:
    value = _number(match["n"] or match["e"])
    return None if value is None else ("money", _normal(value / (10 if match["n"] else 100)), "HKD")


def _read_percent(match: re.Match[str]) -> _Reading | None:
    value = _number(match["n"] or match["z"])
    return None if value is None else ("percent", _normal(value), "%")


def _read_tenths(match: re.Match[str]) -> _Reading:
    tail = 5 if match[2] == "半" else _DIGITS.get(match[2] or "零", 0)
    return "percent", str(_DIGITS[match[1]] * 10 + tail), "%"


def _read_discount(match: re.Match[str]) -> _Reading:
    """What is paid: `八折` is 80 per cent of the price, `八五折` 85."""
    figures = "".join(str(_DIGITS.get(char, char)) for char in match[1] if char != ".")
    return "percent", figures if len(figures) == 2 else figures + "0", "%"


def _read_fraction(match: re.Match[str]) -> _Reading | None:
    whole = Decimal(10**4) if match["d"] == "万" else _number(match["d"] or match["e"])
    part = _number(match["n"] or match["f"])
    if not whole or part is None:
        return None
    return ("percent", _normal(part), "%") if whole == 100 else ("number", _fraction(part, whole), None)


def _read_english_fraction(match: re.Match[str]) -> _Reading | None:
    part = _ENGLISH[match["n"]]
    return None if (part > 1) != bool(match["s"]) else ("number", _fraction(Decimal(part), _PARTS[match["d"]]), None)


def _fraction(part: Decimal, whole: Decimal | int) -> str:
    """As a decimal where that is exact, else as the fraction itself: 0.75, but 2/3."""
    value = Fraction(part) / Fraction(whole)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return str(value) if rest > 1 else _normal(Decimal(value.numerator) / value.denominator)


def _read_duration(match: re.Match[str]) -> _Reading | None:
    unit, value = _UNITS[match["u"]], _number(match["n"])
    named = match.groupdict()
    # 三月 is March and 三鐘 nothing: both need their measure word.
    if value is None or (match["u"] in ("月", "钟") and not named["g"]):
        return None
    return _duration(value + (Decimal("0.5") if named.get("h") else 0), unit, named["k"])


def _read_half(match: re.Match[str]) -> _Reading | None:
    named = match.groupdict()
    count = named.get("n")
    value = _number(count) if count else Decimal("n" in named and "个半" in match[0])
    unit = _UNITS[named["u"] or named["v"]]
    return None if value is None else _duration(value + Decimal("0.5"), unit, named.get("k"))


def _read_months(match: re.Match[str]) -> _Reading | None:
    years, months = _number(match["n"] or match["e"]), _number(match["m"] or match["f"])
    return None if years is None or months is None or years > 100 else _duration(years * 12 + months, "month", None)


def _read_age(match: re.Match[str]) -> _Reading | None:
    value = _number(match["n"])
    return None if value is None else _duration(value, "year", None)


def _duration(value: Decimal, unit: str, kind: str | None) -> _Reading:
    if unit == "year" and value % 1:
        value, unit = value * 12, "month"
    work = unit == "day" and kind and any(word in kind for word in ("working", "business", "工作", "营业", "办公"))
    return "duration", _normal(value), "working day" if work else unit


def _read_clock(match: re.Match[str]) -> _Reading | None:
    hour, minute = int(match["h"] or match["i"]), int(match["m"] or 0)
    half = match["p"] or match["q"]
    if match["r"]:
        return ("time", "12:00" if match["r"] == "noon" else "00:00", None) if hour == 12 else None
    if half == "p" and hour < 12:
        hour += 12
    if half == "a" and hour == 12:
        hour = 0
    return _time(hour, minute)


def _read_chinese_clock(match: re.Match[str]) -> _Reading | None:
    hour, part = _small(match["h"] or match["i"]), match["p"]
    minutes = match["m"] or match["q"] or match["n"] or match["o"]
    minute = 30 if match["f"] or match["g"] else _small(minutes) if minutes else 0
    if hour is None or minute is None:
        return None
    if part in ("下午", "晏昼", "傍晚", "黄昏") and hour < 12:
        hour += 12
    elif part in ("晚上", "夜晚", "深夜", "半夜", "午夜", "凌晨") and hour == 12:
        hour = 0
    elif (part in ("晚上", "夜晚", "深夜") and 5 < hour < 12) or (part in ("中午", "正午") and hour < 6):
        hour += 12
    return _time(hour, minute)


def _time(hour: int, minute: int) -> _Reading | None:
    return ("time", f"{hour:02d}:{minute:02d}", None) if hour < 25 and minute < 60 else None


def _read_phone(match: re.Match[str]) -> _Reading:
    return "phone", match[1] + match[2], None


def _read_number(match: re.Match[str]) -> _Reading | None:
    named = match.groupdict()
    value = _scaled(named["n"] or named["m"], named.get("s"))
    return None if value is None else ("number", _normal(value), None)


_READERS: Mapping[str, Callable[[re.Match[str]], _Reading | None]] = {
    "financial_year": _read_financial_year, "date": _read_date, "day": _read_day, "year": _read_year,
    "money": _read_money, "coin": _read_coin, "percent": _read_percent, "tenths": _read_tenths,
    "discount": _read_discount, "fraction": _read_fraction, "fraction_en": _read_english_fraction,
    "clock": _read_clock, "clock_zh": _read_chinese_clock, "phone": _read_phone, "months": _read_months,
    "age": _read_age, "half_zh": _read_half, "half_en": _read_half, "duration": _read_duration, "number": _read_number,
}  # fmt: skip


def _scaled(number: str, scale: str | None) -> Decimal | None:
    value = _number(number)
    return value * _SCALES[scale.strip()] if value is not None and scale else value


def _number(text: str) -> Decimal | None:
    """Value of figures, Chinese numerals, both mixed (`2萬5千`) or English number words."""
    if text[-1].isascii() and not text[-1].isdigit():
        return _english(text)
    plain = text.replace(",", "")
    if plain.replace(".", "").isdecimal():
        return Decimal(plain)
    if text[0].isascii():
        return Decimal(sum(int(figures) * _SCALES.get(scale, 1) for figures, scale in re.findall(r"(\d+)(\D*)", plain)))
    return chinese_number(text)


def _english(text: str) -> Decimal | None:
    """Value of number words: `one hundred and fifty thousand`, `half a million`, `2 and a half`."""
    total, part, above = Decimal(0), Decimal(0), 10**12
    half = text.startswith("half")
    words = re.findall(r"[a-z]+|\d[\d,.]*", text.removeprefix("half"))
    for at, word in enumerate(words):
        if word == "hundred":
            part = part * 100 if part else Decimal(100)
        elif word in _SCALES:
            if _SCALES[word] >= above:
                return None
            above = _SCALES[word]
            total += (part or 1) * above
            part = Decimal(0)
        elif word == "half":
            part += Decimal("0.5") if part else Decimal(above) / 2
        elif word[0].isdigit():
            part = Decimal(word.replace(",", ""))
        elif word not in ("and", "of") and words[at + 1 : at + 2] != ["half"]:
            part += _ENGLISH[word]
    return (total + part) / (2 if half else 1)


def _normal(value: Decimal) -> str:
    try:
        text = format(value.normalize(), "f")
    except InvalidOperation:
        return str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def chinese_number(text: str) -> Decimal | None:
    """Value of Chinese numerals (Simplified, folded), positional (二零二三) or with places (一百五十万); None if malformed.

    A last figure without its place counts in the place below: 一萬二 is 12,000, 一百零二 is 102.
    """
    whole, _, decimals = text.partition("点")
    if decimals:
        value = chinese_number(whole)
        return None if value is None else value + Decimal(_digits(decimals) or 0).scaleb(-len(decimals))
    if all(char in _DIGITS for char in text):
        return Decimal(int("".join(str(_DIGITS[char]) for char in text)))
    total, section, digit, below = 0, 0, None, 1
    for char in text:
        if char in _DIGITS:
            if digit not in (None, 0):
                return None
            below = 1 if _DIGITS[char] == 0 else below
            digit = _DIGITS[char]
        elif char in _TENS:
            section += (1 if digit is None else digit) * _TENS[char]
            digit, below = None, _TENS[char] // 10
        elif char in "廿卅":
            section += 20 if char == "廿" else 30
            digit, below = None, 1
        else:
            section += digit or 0
            if section == 0 and total == 0:
                return None
            total = (total + section) * _GREAT[char] if char == "亿" else total + section * _GREAT[char]
            section, digit, below = 0, None, _GREAT[char] // 10
    return Decimal(total + section + (digit or 0) * below)
