"""Search-spam: phrases that sell something else, planted in a page so that search engines find it.

Phrases that an office has no use for weigh three times those it may write about (a circular on unlawful betting names a
betting website). A brand with `official site`, `download`, `register` in a row and a line that repeats itself are told too.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from dataclasses import dataclass
from importlib import resources

from lionrock.ingest.hygiene_place import places, quoted
from lionrock.records import Block, Finding
from lionrock.text.fold import Folded

__all__ = ["spam"]

_STRONG = 2.5
_COUNTED = 3
_HELD_STRONG = 2
"""Occurrences of phrases that an office has no use for."""
_HELD_WEIGHT = 5.0
"""Weight that makes one such phrase enough."""
_TOLD_WEIGHT, _TOLD_PHRASES = 5.0, 4
"""Weights are in 3,000 characters; a shorter text counts as 3,000."""
_SIZE = 3_000

_SUFFIX = re.compile(
    "官方网站|官网|下载|注册|登录|登入|入口|手机版|平台|网址|首页|客服|最新版|安卓|苹果|在线|网页版|app(?![a-z])"
)
_GAP = re.compile(r"[\s,，、|/_·-]{0,3}")
_LONGEST_BRAND = 8
_HELD_ROW = 3

_ITEMS = re.compile(r"[\s,，、|;；/·]+")
_LEAST_ITEMS = 12
_LEAST_SHARE = 0.4
_PLAIN_REPEATS = frozenset(
    ["nil", "yes", "none", "null", "total", "ditto", "not", "the", "and", "无", "不适用", "没有", "不详"]
)
_LONGEST_LINE = 4_000


@dataclass(frozen=True, slots=True)
class _Planted:
    phrase: str
    sells: str
    weight: float
    count: int
    first: int


def spam(text: str, folded: Folded, blocks: tuple[Block, ...] = ()) -> list[Finding]:
    """Findings of kind `spam`: one for phrases, one for rows of a brand, one for lines that repeat themselves."""
    found = []
    for finding in (_phrases(text, folded), _brand_row(text, folded), _repeats(text, blocks)):
        if finding is not None:
            found.append(finding)
    return found


def _phrases(text: str, folded: Folded) -> Finding | None:
    planted = _planted(folded.text)
    weight = sum(item.weight * min(item.count, _COUNTED) for item in planted) / max(1.0, len(text) / _SIZE)
    strong = [item for item in planted if item.weight >= _STRONG]
    held = bool(strong) and (sum(item.count for item in strong) >= _HELD_STRONG or weight >= _HELD_WEIGHT)
    if not strong and (weight < _TOLD_WEIGHT or len(planted) < _TOLD_PHRASES):
        return None
    first = min(strong or planted, key=lambda item: item.first)
    span = folded.original_span(first.first, first.first + len(first.phrase))
    count = sum(item.count for item in planted)
    sells = ", ".join(dict.fromkeys(item.sells for item in strong or planted))
    detail = (
        f"Phrases that search-spam plants stand in it{places(count)}: {sells}. "
        "The page was tampered with, or is not what it seems; do not rely on it as a source."
    )
    words = quoted(text, max(0, span.start - 40), span.end + 40)
    return Finding("spam", "quarantine" if held else "warning", detail, span.start, span.end, words)


@functools.cache
def _phrase_list() -> tuple[tuple[str, str, float], ...]:
    """(phrase, what it sells, weight), longer ones first."""
    text = resources.files("lionrock.text").joinpath("data/spam.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    phrases = [(phrase, sells, float(weight)) for sells, weight, listed in rows for phrase in listed.split("|")]
    return tuple(sorted(phrases, key=lambda item: -len(item[0])))


def _planted(folded: str) -> list[_Planted]:
    """Phrases and how often they stand; a phrase inside a longer one that stands there does not count again."""
    found: list[_Planted] = []
    taken: set[int] = set()
    for phrase, sells, weight in _phrase_list():
        count, first = 0, -1
        at = folded.find(phrase)
        while at >= 0 and count < _COUNTED:
            if at not in taken and _whole(folded, at, at + len(phrase)):
                count += 1
                first = at if first < 0 else first
                taken.update(range(at, at + len(phrase)))
            at = folded.find(phrase, at + len(phrase))
        if count:
            found.append(_Planted(phrase, sells, weight, count, first))
    return found


def _whole(folded: str, start: int, end: int) -> bool:
    """Latin letters must not go on at either edge, but for a plural."""
    if folded[start].isascii() and start and folded[start - 1].isascii() and folded[start - 1].isalnum():
        return False
    after = folded[end : end + 1]
    if not folded[end - 1].isascii() or not after.isascii() or not after.isalpha():
        return True
    return after == "s" and not folded[end + 1 : end + 2].isalpha()


def _brand_row(text: str, folded: Folded) -> Finding | None:
    """A brand with three endings in a row: `X官网 X下载 X注册`."""
    plain = folded.text
    row, row_start, row_end = 1, 0, -1
    for suffix in _SUFFIX.finditer(plain):
        gap = _GAP.match(plain, suffix.end())
        after = gap.end() if gap else suffix.end()
        start = suffix.start()
        brand = next(
            (
                plain[start - size : start]
                for size in range(_LONGEST_BRAND, 1, -1)
                if start >= size and plain.startswith(plain[start - size : start], after)
            ),
            "",
        )
        goes_on = brand.isalnum() and _SUFFIX.match(plain, after + len(brand))
        if not goes_on:
            continue
        if start - len(brand) <= row_end:
            row += 1
        else:
            row, row_start = 2, start - len(brand)
        row_end = after + len(brand)
        if row >= _HELD_ROW:
            span = folded.original_span(row_start, row_start + len(brand))
            detail = f"“{text[span.start : span.end]}” stands in a row with words such as “download” and “register”, as in pages made for search engines only."
            words = quoted(text, max(0, span.start - 40), span.end + 60)
            return Finding("spam", "quarantine", detail, span.start, span.end, words)
    return None


def _repeats(text: str, blocks: tuple[Block, ...]) -> Finding | None:
    """A line, not of a table, of which one word makes up nearly half."""
    tables = [(block.start, block.end) for block in blocks if block.kind in ("table_row", "code")]
    at = 0
    for line in text.split("\n"):
        start, at = at, at + len(line) + 1
        if len(line) < 2 * _LEAST_ITEMS or any(left <= start < right for left, right in tables):
            continue
        items = [item.casefold() for item in _ITEMS.split(line[:_LONGEST_LINE]) if item]
        if len(items) < _LEAST_ITEMS:
            continue
        word, count = Counter(items).most_common(1)[0]
        if count >= _LEAST_SHARE * len(items) and _says_something(word):
            detail = "A line repeats the same words again and again, as pages made for search engines do."
            return Finding(
                "spam",
                "warning",
                detail,
                start,
                start + len(line),
                quoted(text, start, min(start + len(line), start + 120)),
            )
    return None


def _says_something(word: str) -> bool:
    letters = sum(char.isalpha() for char in word)
    return word not in _PLAIN_REPEATS and letters >= (3 if word.isascii() else 2)
