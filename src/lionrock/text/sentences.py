"""Spans of sentences in Chinese and English text. Spans are disjoint, in order, and hold all that is not blank."""

from __future__ import annotations

import re

from lionrock.records import Span

__all__ = ["sentence_spans"]

_CLOSING = r"[」』”’\")）】》〉\]]*"
_END = re.compile(rf"(?:[。\uff01\uff1f!?\uff1b…]+{_CLOSING})+|\.{_CLOSING}(?=\s|$)|\n+")
_OPEN = r"(?:^|[\s(\[])"
_NUMBERED = re.compile(
    _OPEN + r"(?:no|nos|cap|caps|s|ss|para|paras|art|sec|sch|reg|regs|r|rr|p|pp|tel|ext|fig|vol)$", re.IGNORECASE
)
"""Abbreviations that stand before a number, a letter or a bracket: `s. 3`, `No. 5`, `Cap. 486`."""
_NEVER = re.compile(_OPEN + r"(?:mr|mrs|ms|dr|prof|st|cf|vs|v|e\.g|i\.e|hon|approx)$", re.IGNORECASE)
"""Abbreviations that no sentence ends with."""
_HOUR = re.compile(r"(?:^|[\s(\[\d])[ap]\.m$", re.IGNORECASE)
_SHORT = re.compile(
    _OPEN + r"(?:etc|ltd|co|inc|dept|ed|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec|(?:[a-z]\.)*[a-z])$",
    re.IGNORECASE,
)
"""Abbreviations and initials that may also be the last word of a sentence."""
_FIGURE = re.compile(r"[(\[]?(?:\d|[A-Za-z]{1,2}\d|[A-Za-z]\b)")
_DAY_OR_MONTH = re.compile(
    r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?s?|"
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?|hkt|gmt|hong kong time)\b",
    re.IGNORECASE,
)
_STARTER = re.compile(
    r"[\"“‘(]?(?:The|This|That|These|Those|There|It|Its|He|She|They|We|You|I|In|At|On|A|An|If|When|Where|However|For|All|"
    r"Any|Each|No|Please|To|As|After|Before)\s"
)
"""Words that seldom stand inside a name: `Chan Ltd. The company` is two sentences, `U.S. Department` is one name."""
_LOOK_BACK = 12
_LOOK_AHEAD = 20


def sentence_spans(text: str) -> list[Span]:
    """Spans of the sentences; line breaks always end one, a full stop after an abbreviation or initial does not."""
    spans: list[Span] = []
    start = 0
    for found in _END.finditer(text):
        if found[0][0] == "." and _continues(text, found.start(), found.end()):
            continue
        _append(spans, text, start, found.end())
        start = found.end()
    _append(spans, text, start, len(text))
    return spans


def _continues(text: str, at: int, after: int) -> bool:
    """Whether the full stop at `at` belongs to an abbreviation or to a list number at the start of a line."""
    before = text[max(0, at - _LOOK_BACK) : at]
    line = before.rsplit("\n", 1)[-1]
    if line.strip().isdigit() and (len(line) == len(before.strip()) or "\n" in before or at <= _LOOK_BACK):
        return True
    rest = text[after : after + _LOOK_AHEAD].lstrip(" \t\u00a0\u3000")
    if not rest or rest[0] in "\r\n":
        return False
    if _NEVER.search(before):
        return True
    if _NUMBERED.search(before):
        return bool(_FIGURE.match(rest)) or not _STARTER.match(rest)
    if _HOUR.search(before):
        return not rest.lstrip('"“‘(')[:1].isupper() or bool(_DAY_OR_MONTH.match(rest))
    return bool(_SHORT.search(before)) and not _STARTER.match(rest)


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append(Span(start, end))
