"""The facts of a sentence that code can compare with a source: quantities, legal references, names, quoted words.

Each fact carries the words as written, for the reason shown to the reader, and a normal form that is equal in every
language: `港幣150萬元` and `HK$1.5 million` are the same sum, `第19條` and `section 19` the same provision. A quantity
keeps its unit: 14 days are two weeks, but neither 14 weeks nor 14 working days, and 25萬港元 is not 人民幣25萬元.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from lionrock.records import Span
from lionrock.text.fold import fold, fold_text, is_han
from lionrock.text.lexicon import load_entries
from lionrock.text.numbers import Quantity, find_quantities

__all__ = ["Bound", "Fact", "FactKind", "Stated", "bounds_in", "bounds_of", "facts_of", "holds", "same_days", "stated"]

FactKind = Literal["number", "date", "sum", "name", "reference", "quote"]
Key: TypeAlias = tuple[FactKind, Hashable]
Bound = Literal["most", "least", "before", "after"]
"""An upper or a lower limit (`at most`, `before 30 September`), or a span of time before or after something else."""

_CAP = re.compile(r"\bcap\.?\s*(\d{1,4}[a-z]{0,2})\b|第\s*(\d{1,4}[a-z]{0,2})\s*章")
_PROVISION = r"\d{1,3}[a-z]{0,3}(?:\([^)]{1,5}\))*"
_SECTION = re.compile(
    rf"\bsections\s+({_PROVISION}(?:(?:\s*,\s*|\s+(?:and|or|to)\s+){_PROVISION})*)(?![\w%])|"
    rf"(?:\bsection\s+|\bss?\.\s*)({_PROVISION})(?!\w)|"
    rf"第\s*({_PROVISION}(?:\s*[、,及或和至]\s*(?:{_PROVISION}|\([^)]{{1,5}}\)))*)\s*条"
)
"""One provision or a list of them: `sections 47 and 48`, `第66M(1)或(2)條`."""
_BRACKETS = re.compile(r"\([^)]*\)")
_SCHEDULE = re.compile(r"\bschedule\s+(\d{1,2}[a-z]?)\b|附表\s*(\d{1,2}[a-z]?)")
_QUOTED = re.compile(r"[「『“\"]([^「」『』“”\"]{2,80})[」』”\"]|《([^《》]{2,80})》")
_ACRONYM = re.compile(r"\b[A-Z][A-Z0-9&-]+\b")
_PROPER = re.compile(r"\b[A-Z][a-z]+(?:\s+(?:of\s+|and\s+|for\s+)?(?:the\s+)?[A-Z][a-z]+)+")
_VERB_FIRST = re.compile(r"^[A-Z][a-z]+\s+(?:(?:of|and|for|the)\s+)+")
"""An opening word that is only capital because the sentence starts: `Pay the Lands Department`."""
_NO_NAME = re.compile(r"(?:HK|US|NT|MOP|RMB|HKD|USD|CNY|GBP|EUR|JPY|TWD)(?=\$|\s?\d)|[AP]M\b")
_ARTICLE = re.compile(r"^The\s+")

# Chinese names, in folded text. A title is compared whole with the titles of the source: 署長 is not 助理署長.
_HAN = "\u4e00-\u9fff"
_TITLE = re.compile(
    r"(?:首席|常务|常任|高级|助理|署理|执行|代理|候任|总|副){0,3}(?:主任秘书|秘书长|署长|局长|处长|司长)"
)
_OFFICER = re.compile(rf"([{_HAN}]{{0,6}}?)(主任)(?!秘书)")
_SURNAMES = "陈李张黄林梁王吴刘蔡杨叶郑何谢罗郭曾邓冯苏许周徐卢胡朱潘钟谭彭江马邝黎廖赖萧莫温甘杜范蒋沈唐韩曹袁崔魏余董傅霍邱岑麦汤庄颜伍聂"
_PERSON = re.compile(
    rf"(?<!任)((?:欧阳|司徒|上官|[{_SURNAMES}]))(?:([{_HAN}]{{0,2}})(先生|女士|小姐|教授|议员|博士|太太|医生|律师)|()(主任|署长|局长|处长|校长|经理))"
)
_BODY = re.compile(
    rf"([{_HAN}]{{1,12}}?)(委员会|公司|大学(?![生])|部门|署(?![名任长])|局(?![面部势限长])|处(?![长理罚于分以方置境所女死决]))"
)
_STOP = re.compile(r".*[由向在的和及与或须应可请于到从是如该各任何每其把被将按就并而但若此这那你我他们凡需等至予]")
_COMMON = re.compile(
    r"(?:[好坏用益害到此出别某深远相妥住去长短难错惩论共判查里门界南北东西多米尺高低内外口近中]处|[当结布邮大格全僵残定破骗政时]局|[签部联连]署|"
    r"(?:有限|上市|附属|控股|有关|相关|[母子分本贵])公司|(?:政府|有关|相关|其他|个别|不同|所有|主要)部门)$"
)
_LEAST_CORE = 2
_LETTERS_OF_A_WORD = 5
_INNER = frozenset(["事务", "管理", "发展", "服务", "工程", "小组", "专责", "常务"])
"""Words that stand before the ending of many names and tell none of them."""
_ORDINAL = re.compile(r"第\s?$")
_ONE = re.compile(r"一|one\b", re.IGNORECASE)
_AGE = re.compile(r"[岁歲]|[周週]年|\bage", re.IGNORECASE)
_SMALL = frozenset(map(str, range(2, 11)))
_YEAR, _FULL_DATE = len("2023"), len("2023-05-01")

_RANGE = re.compile(r"\s*(?:-|\u2013|\u2014|~|～|至|到|或|to|or)\s*")
_IDLE_ONE = re.compile(r"(?:no|any|every|some|this|that|each)\s$", re.IGNORECASE)
_HEADS = {"%": "%", "百分比": "%", "day": "day", "日": "day", "天": "day", "工作天": "working day", "week": "week", "星期": "week",
          "month": "month", "月": "month", "year": "year", "年": "year", "hour": "hour", "小时": "hour", "minute": "minute", "分钟": "minute"}  # fmt: skip
_MONEY_HEADS = {
    "hk$": "HKD",
    "$": "HKD",
    "港元": "HKD",
    "港币": "HKD",
    "元": "HKD",
    "us$": "USD",
    "美元": "USD",
    "rmb": "CNY",
    "人民币": "CNY",
}
_HEAD = re.compile(r"\(\s*(hk\$|us\$|\$|rmb|人民币|港元|港币|美元|元|%|百分比|工作天|日|天|星期|个?月|年|小时|分钟|(?:day|week|month|year|hour|minute)(?=s?\b))[^)\n]{0,12}\)")  # fmt: skip

_TO_BASE = {"week": ("day", 7), "year": ("month", 12), "hour": ("second", 3600), "minute": ("second", 60)}


@dataclass(frozen=True, slots=True)
class Fact:
    """One checkable fact: what it is, the words, and the form in which it is compared."""

    kind: FactKind
    text: str
    key: Hashable
    quantity: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """What a source says, read once for all the facts that are looked for in it."""

    squeezed: str
    """Its words, folded, without blanks."""
    chinese: bool
    """Whether it is in Chinese, so that a Chinese name can be looked for in it."""
    keys: frozenset[Key]
    quantities: tuple[Quantity, ...]
    heads: frozenset[str]
    """Units and currencies that stand once, in brackets, for a column of bare figures."""
    bounds: Mapping[Key, tuple[frozenset[Bound | None], ...]]


def stated(source: str) -> Stated:
    """Read a source."""
    folded = fold_text(source)
    heads = {(_MONEY_HEADS | _HEADS)[found[1].removeprefix("个")] for found in _HEAD.finditer(folded)}
    facts, placed = _read(source)
    keys = frozenset((fact.kind, fact.key) for fact in facts)
    quantities = tuple(fact.quantity for fact, _ in placed if fact.quantity is not None)
    return Stated(_squeezed(folded), _is_chinese(source), keys, quantities, frozenset(heads), _bounds(source, placed))


def _is_chinese(text: str) -> bool:
    """Whether most of the words are Chinese; a title or a term in brackets does not make them so."""
    return _LETTERS_OF_A_WORD * sum(map(is_han, text)) > sum(char.isascii() and char.isalpha() for char in text)


def facts_of(sentence: str) -> list[Fact]:
    """All facts of a sentence, in order of kind; the same fact twice counts once."""
    return _read(sentence)[0]


def bounds_of(sentence: str) -> Mapping[Key, tuple[frozenset[Bound | None], ...]]:
    """For each quantity of a text how it is bounded: its limits and its directions; None where it is just stated."""
    return _bounds(sentence, _read(sentence)[1])


def bounds_in(fact: Fact, source: Stated) -> tuple[frozenset[Bound | None], ...]:
    """How a source bounds the quantity of a fact, a date also where it is said more exactly."""
    found = [
        bounds
        for (kind, key), bounds in source.bounds.items()
        if kind == fact.kind and (key == fact.key or (kind == "date" and _within(str(fact.key), str(key))))
    ]
    return tuple(frozenset[Bound | None]().union(*of_one_sort) for of_one_sort in zip(*found, strict=True))


def _read(sentence: str) -> tuple[list[Fact], list[tuple[Fact, Span]]]:
    """The facts of a sentence, and its quantities with where they stand."""
    found: dict[Key, Fact] = {}
    references = _references(sentence)
    placed = _quantities(sentence, [span for _, span in references])
    ordered = [*references, *placed]
    for fact in (*(fact for fact, _ in ordered), *_quotes(sentence), *_names(sentence)):
        found.setdefault((fact.kind, fact.key), fact)
    return list(found.values()), placed


def holds(fact: Fact, source: Stated) -> bool:
    """Whether a source states the fact."""
    if (fact.kind, fact.key) in source.keys:
        return True
    if fact.kind == "name":
        return _names_it(fact.key, source)
    if fact.kind == "quote":
        return _squeezed(str(fact.key)) in source.squeezed
    if fact.kind == "date":
        return any(kind == "date" and _within(str(fact.key), str(key)) for kind, key in source.keys) or (
            ("number", ("bare", fact.key)) in source.keys
        )
    return fact.quantity is not None and _meets(fact, fact.quantity, source)


def same_days(fact: Fact, source: Stated) -> bool:
    """Whether the source has the same count of days of the other kind: working days here, days there."""
    quantity = fact.quantity
    if quantity is None or quantity.unit not in ("day", "working day"):
        return False
    other = "day" if quantity.unit == "working day" else "working day"
    return ("number", ("duration", other, quantity.value)) in source.keys


def _meets(fact: Fact, claimed: Quantity, source: Stated) -> bool:
    """Whether a figure without a unit meets one that has it: in a table the unit stands in the head of the column."""
    bare = ("number", ("bare", claimed.value)) in source.keys
    if _ONE.match(fact.text) and claimed.value == "1" and claimed.kind in ("number", "duration"):
        # 一名人員 is "an officer", 一天 "a day"; only another small count or another time in its place speaks against it.
        others = [found.value for found in source.quantities if found.kind == claimed.kind]
        return not (others if claimed.kind == "duration" else _SMALL.intersection(others))
    if claimed.kind == "money":
        currencies = source.heads & frozenset(_MONEY_HEADS.values())
        return bare and (not currencies or claimed.unit in currencies)
    if claimed.unit == "place" and not source.chinese and claimed.value in _SMALL | {"1"}:
        # English says these in words of their own: second, third.
        return True
    if claimed.kind == "number":
        return any(
            found.value == claimed.value and (found.kind != "date" or len(found.value) == _YEAR)
            for found in source.quantities
            if found.kind in ("money", "percent", "duration", "date")
        )
    if claimed.kind == "percent" and ("折" in fact.text or "折" in source.squeezed):
        # 八折 is 80 per cent of the price and 20 per cent off it.
        return ("number", ("percent", str(100 - Decimal(claimed.value)))) in source.keys
    return bare and (claimed.unit in source.heads or bool(_AGE.search(fact.text)))


def _within(claimed: str, source: str) -> bool:
    """Whether a date of the source is the claimed one, said more exactly."""
    if claimed.startswith("---"):
        return source.endswith(claimed[2:]) and (source.startswith("--") or len(source) == _FULL_DATE)
    if claimed.startswith("--"):
        return source.endswith(claimed[1:]) and len(source) == _FULL_DATE
    return source.startswith(claimed + "-")


def _names_it(key: Hashable, source: Stated) -> bool:
    kind, *parts = key if isinstance(key, tuple) else ("latin", str(key))
    words = "".join(parts)
    if kind == "title":
        # 署長 and 處長 are both a director, and yet two offices: only the English word stands for either.
        return any(alias.isascii() and alias in source.squeezed for alias in _aliases().get(words, ()))
    forms = [words]
    if kind == "body":
        # What stands before a Chinese name cannot be told from it: the end of the words counts.
        cores = (parts[0][at:] for at in range(1, len(parts[0]) - _LEAST_CORE + 1))
        forms += [core + parts[1] for core in cores if core not in _INNER]
    if any(_squeezed(way) in source.squeezed for form in forms for way in (form, *_aliases().get(form, ()))):
        return True
    if kind == "body" and parts[0] and not source.chinese:
        # A body whose English name is not known cannot be looked for in an English source.
        return not any(form in _aliases() for form in forms)
    if kind == "person":
        surname, given, title = parts
        if given:
            return surname + given in source.squeezed
        return re.search(f"{surname}[{_HAN}]{{1,2}}{title}", source.squeezed) is not None
    return False


@functools.cache
def _aliases() -> Mapping[str, tuple[str, ...]]:
    """A name, folded -> the same name otherwise: in the other language or short."""
    known: defaultdict[str, list[str]] = defaultdict(list)
    for entry in load_entries("bilingual"):
        forms = [fold_text(form) for form in (entry.term, *entry.written)]
        for form in forms:
            known[form].extend(_squeezed(other) for other in forms if other != form)
    return {form: tuple(dict.fromkeys(others)) for form, others in known.items()}


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _references(sentence: str) -> list[tuple[Fact, Span]]:
    folded = fold(sentence)
    facts = []
    for label, pattern in (("cap", _CAP), ("section", _SECTION), ("schedule", _SCHEDULE)):
        for found in pattern.finditer(folded.text):
            span = folded.original_span(*found.span())
            numbers = _BRACKETS.sub(" ", next(filter(None, found.groups())))
            facts += [
                (Fact("reference", span.of(sentence), (label, number)), span)
                for number in re.findall(r"\d+[a-z]*", numbers)
            ]
    return facts


def _quantities(sentence: str, references: Sequence[Span]) -> list[tuple[Fact, Span]]:
    """Quantities with where they stand; the number of a provision is none, and `no one` counts nothing."""
    found = [
        quantity
        for quantity in find_quantities(sentence)
        if not any(span.start <= quantity.span.start < span.end for span in references)
    ]
    facts = []
    for at, quantity in enumerate(found):
        words = quantity.span.of(sentence)
        if words.lower() == "one" and _idle(sentence, quantity.span):
            continue
        if quantity.kind in ("duration", "number") and _ORDINAL.search(sentence[: quantity.span.start][-2:]):
            quantity = Quantity(quantity.span, "number", quantity.value, "place")
        unit_from = found[at + 1] if quantity.kind == "number" and at + 1 < len(found) else None
        if unit_from and unit_from.kind in ("percent", "duration"):
            between = sentence[quantity.span.end : unit_from.span.start]
            if _RANGE.fullmatch(fold_text(between)):
                quantity = Quantity(quantity.span, unit_from.kind, quantity.value, unit_from.unit)
        facts.append((Fact(*_keyed(quantity, words), quantity), quantity.span))
    return facts


def _idle(sentence: str, span: Span) -> bool:
    return bool(_IDLE_ONE.search(sentence[max(0, span.start - 6) : span.start])) or sentence.startswith(
        (" of ", " another"), span.end
    )


def _keyed(quantity: Quantity, words: str) -> tuple[FactKind, str, Hashable]:
    if quantity.kind in ("date", "financial_year"):
        return "date", words, quantity.value if quantity.kind == "date" else f"{quantity.value} (financial year)"
    if quantity.kind == "money":
        return "sum", words, ("money", quantity.unit, quantity.value)
    if quantity.kind == "duration":
        unit, times = _TO_BASE.get(quantity.unit or "", (quantity.unit, 1))
        value = Decimal(quantity.value) * times
        return "number", words, ("duration", unit, format(value.normalize(), "f"))
    return "number", words, ("bare" if quantity.kind == "number" else quantity.kind, quantity.value)


def _quotes(sentence: str) -> list[Fact]:
    return [Fact("quote", found[0], fold_text(found[1] or found[2])) for found in _QUOTED.finditer(sentence)]


def _names(sentence: str) -> list[Fact]:
    names = [found[0] for found in _ACRONYM.finditer(sentence) if not _NO_NAME.match(sentence, found.start())]
    for found in _PROPER.finditer(sentence):
        name = _VERB_FIRST.sub("", found[0]) if found.start() == 0 else found[0]
        names.append(_ARTICLE.sub("", name))
    return [*(Fact("name", name, fold_text(name)) for name in names), *_chinese_names(sentence)]


def _chinese_names(sentence: str) -> list[Fact]:
    folded = fold(sentence)

    def fact(start: int, end: int, *key: str) -> Fact:
        return Fact("name", folded.original_span(start, end).of(sentence), key)

    names = [fact(*found.span(), "title", found[0]) for found in _TITLE.finditer(folded.text)]
    people = list(_PERSON.finditer(folded.text))
    named = {found.end() for found in people}
    names += [fact(*found.span(), "person", found[1], found[2] or "", found[3] or found[5]) for found in people]
    for found in (*_BODY.finditer(folded.text), *_OFFICER.finditer(folded.text)):
        core, ending = _STOP.sub("", found[1]), found[2]
        if found.end() in named or _COMMON.search(core + ending):
            continue
        if len(core) >= _LEAST_CORE:
            names.append(fact(found.end() - len(core + ending), found.end(), "body", found[1], ending))
        elif ending == "主任":
            names.append(fact(found.end() - len(ending), found.end(), "body", "", ending))
    return names


_MOST_BEFORE = re.compile(
    r"(?:\b(?:not|no|never)\s(?:be\s)?(?:more|later|longer|greater|higher|larger)\sthan|\bnot\s(?:to\s)?exceed(?:ing)?|\bat\smost|"
    r"\bup\sto|\b(?:a\s)?maximum(?:\sof)?|\bwithin|(?<!not )(?<!no )\b(?:less|fewer|shorter|lower|earlier)\sthan|\bbelow|"
    r"不得?(?:[再可应会]?)(?:迟于|超过|多于|晚于|高于|大于|逾)|(?<!不)(?<!不得)(?:少于|低于|早于|小于|短于)|未满|不足|"
    r"(?:最多|至多|最迟|最长|最高|上限)[\u4e00-\u9fff]{0,4})\s?(?:the\s|a\s|of\s|[约为:])?$"
)
_LEAST_BEFORE = re.compile(
    r"(?:\b(?:not|no|never)\s(?:be\s)?(?:less|fewer|earlier|shorter|lower|smaller)\sthan|\bat\sleast|\b(?:a\s)?minimum(?:\sof)?|"
    r"(?<!not )(?<!no )\b(?:more|later|longer|greater|higher)\sthan|(?<!not )(?<!not to )\bexceed(?:s|ing)?|"
    r"不得?(?:[再可应会]?)(?:少于|低于|早于|小于|短于)|(?<!不)(?<!不得)(?:超过|多于|高于|大于|逾|迟于|晚于)|(?<!未)满|"
    r"(?:最少|至少|最低|最短|最早|下限)[\u4e00-\u9fff]{0,4})\s?(?:the\s|a\s|of\s|[约为:])?$"
)
_MOST_AFTER = re.compile(r"\s?(?:或?(?:以下|以内|之内|为限)|内|or\s(?:less|fewer|below)|at\sthe\slatest)")
_LEAST_AFTER = re.compile(r"\s?(?:或?以上|or\s(?:more|above|over|longer)|at\sthe\searliest)")
_DATE_MOST_BEFORE = re.compile(r"(?<!not )(?:\b(?:before|by|prior\sto)|\bnot\safter)\s(?:the\s)?$")
_DATE_LEAST_BEFORE = re.compile(r"(?:(?<!not )\bafter|\bnot\sbefore)\s(?:the\s)?$")
_DATE_MOST_AFTER = re.compile(r"\s?(?:当[天日])?或?(?:之前|以前|前(?!后)|or\s(?:before|earlier))")
_DATE_LEAST_AFTER = re.compile(r"\s?(?:当[天日])?或?(?:之后|以后|后(?!来)|or\s(?:after|later))")
_DIRECTION = re.compile(r"['\u2019]?\s?[之以]?(before\b|prior to|after\b|前(?![来门座台])|后(?![来门座台]))")
_CLAUSE = re.compile(r"[。;,()\n!?，；、]")
_REACH_BEFORE, _REACH_AFTER = 40, 16


def _bounds(text: str, placed: Sequence[tuple[Fact, Span]]) -> Mapping[Key, tuple[frozenset[Bound | None], ...]]:
    """For each quantity all its limits and all its directions, None where one is just stated."""
    limits: defaultdict[Key, set[Bound | None]] = defaultdict(set)
    directions: defaultdict[Key, set[Bound | None]] = defaultdict(set)
    for at, (fact, span) in enumerate(placed):
        start = max(placed[at - 1][1].end if at else 0, span.start - _REACH_BEFORE)
        end = min(placed[at + 1][1].start if at + 1 < len(placed) else len(text), span.end + _REACH_AFTER)
        before = _CLAUSE.split(fold_text(text[start : span.start]))[-1]
        after = fold_text(text[span.end : end])
        limits[fact.kind, fact.key].add(_limit(before, after, fact))
        directions[fact.kind, fact.key].add(_direction(after, fact))
    return {key: (frozenset(found), frozenset(directions[key])) for key, found in limits.items()}


def _limit(before: str, after: str, fact: Fact) -> Bound | None:
    timed = fact.kind == "date" or (fact.quantity is not None and fact.quantity.kind == "time")
    most = bool(_MOST_BEFORE.search(before)) or (timed and bool(_DATE_MOST_BEFORE.search(before)))
    least = bool(_LEAST_BEFORE.search(before)) or (timed and bool(_DATE_LEAST_BEFORE.search(before)))
    if not (most or least):
        most = bool(_MOST_AFTER.match(after)) or (timed and bool(_DATE_MOST_AFTER.match(after)))
        least = bool(_LEAST_AFTER.match(after)) or (timed and bool(_DATE_LEAST_AFTER.match(after)))
    if most == least:
        return None
    return "most" if most else "least"


def _direction(after: str, fact: Fact) -> Bound | None:
    found = _DIRECTION.match(after) if fact.quantity is not None and fact.quantity.kind == "duration" else None
    if found is None:
        return None
    return "before" if found[1] in ("before", "prior to", "前") else "after"
