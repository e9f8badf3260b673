"""Spans of sentences in Chinese and English text. Spans are disjoint, in order, and hold all that is not blank."""

from __future__ import annotations

import re

from lionrock.records import Span

__all__ = ["sentence_spans"]

_END = re.compile(r"[。\uff01\uff1f!?\uff1b…][」』”’\")）】》]*|\.[\"')\]]*(?=\s|$)|\n+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[])(?:mr|mrs|ms|dr|prof|st|no|nos|cap|caps|s|ss|para|paras|art|sec|sch|reg|regs|r|rr|p|pp|cf|vs|v|e\.g|"
    r"i\.e|etc|hon|ltd|co|inc|dept|tel|ext|fig|vol|ed|approx|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec|l\.n|[a-z])$",
    re.IGNORECASE,
)
_LOOK_BACK = 12


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
    if not _ABBREVIATION.search(before):
        return False
    rest = text[after : after + 2].lstrip()
    return bool(rest)


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append(Span(start, end))
