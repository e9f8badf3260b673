"""Tokens of the lexical index: Chinese as characters and character bigrams, everything else as lightly stemmed words.

Word segmentation is left out on purpose: measured over both scripts it finds less than bigrams do.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable

from lionrock.records import Span
from lionrock.text.fold import Folded, fold, fold_text

__all__ = ["ENGLISH_STOP", "HAN_STOP", "han_tokens", "index_tokens", "stem", "token_spans", "words_of"]

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
_UNIT = re.compile(rf"[{_HAN}]+|\d+(?:[,.]\d+)*[a-z]{{0,3}}|[^\W\d_{_HAN}]+(?:'[a-z]+)?\d*|\d+")
_IS_HAN = re.compile(f"[{_HAN}]")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")

ENGLISH_STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "for",
        "and",
        "or",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "by",
        "with",
        "as",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "from",
        "which",
        "what",
        "who",
        "whom",
        "whose",
        "how",
        "when",
        "where",
        "why",
        "do",
        "does",
        "did",
        "can",
        "could",
        "may",
        "might",
        "will",
        "would",
        "shall",
        "should",
        "i",
        "me",
        "my",
        "we",
        "our",
        "you",
        "your",
        "he",
        "she",
        "they",
        "them",
        "their",
        "his",
        "her",
        "there",
        "here",
        "if",
        "then",
        "than",
        "so",
        "not",
        "no",
        "any",
        "some",
        "have",
        "has",
        "had",
        "about",
        "into",
        "up",
        "out",
        "over",
        "am",
        "im",
        "ive",
        "please",
        "tell",
    ]
)
HAN_STOP = frozenset("的了是在有和与及或之其而于以为这那个们我你他她它吗呢吧啊么就也都还请问可会要")


@functools.lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A light English stem: plurals, -ing, -ed and -ies; words of up to three letters are left alone."""
    if word.endswith("'s"):
        word = word[:-2]
    for suffix, put in (("sses", "ss"), ("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            if suffix == "s" and word.endswith(("ss", "us", "is")):
                return word
            root = word[: -len(suffix)] + put
            if suffix in ("ing", "ed") and len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz":
                root = root[:-1]
            return root[:-1] if root.endswith("e") and len(root) > 3 else root
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def han_tokens(run: str) -> Iterable[str]:
    """Characters and bigrams of a run of folded ideographs."""
    yield from run
    for first, second in itertools.pairwise(run):
        yield first + second


def words_of(folded: str) -> list[str]:
    """Units of a folded text in order: runs of ideographs whole, words as they are, numbers without group commas."""
    return [_GROUPED.sub("", found[0]) for found in _UNIT.finditer(folded)]


def index_tokens(text: str) -> list[str]:
    """All tokens of a text in order, with repeats."""
    tokens: list[str] = []
    for unit in words_of(fold_text(text)):
        if _is_han(unit):
            tokens.extend(han_tokens(unit))
        else:
            tokens.append(stem(unit))
    return tokens


def _is_han(unit: str) -> bool:
    return unit[0] >= "\u3007" and _IS_HAN.match(unit) is not None


@functools.lru_cache(maxsize=1024)
def _folded(text: str) -> Folded:
    """Passages that are shown again and again are folded once."""
    return fold(text)


@functools.lru_cache(maxsize=64)
def _keys(wanted: frozenset[str]) -> tuple[frozenset[str], tuple[int, ...]]:
    """What is marked, and the lengths of its runs of ideographs. The same for every passage of a search."""
    bigrams = frozenset(key for key in wanted if len(key) > 1 or not _is_han(key))
    keys = bigrams or wanted
    return keys, tuple(sorted({len(key) for key in keys if _is_han(key)}, reverse=True))


def token_spans(text: str, wanted: Iterable[str]) -> list[Span]:
    """Where wanted tokens stand in the original text: sorted, neighbours and overlaps merged.

    Single ideographs mark nothing by themselves unless they are all that is wanted: a highlight on every 的 helps nobody.
    """
    keys, sizes = _keys(wanted if isinstance(wanted, frozenset) else frozenset(wanted))
    folded = _folded(text)
    spans: list[Span] = []
    for found in _UNIT.finditer(folded.text):
        unit = found[0]
        if _is_han(unit):
            first = found.start()
            for size in sizes:
                hits = [at for at in range(first, found.end() - size + 1) if folded.text[at : at + size] in keys]
                spans.extend(folded.original_span(at, at + size) for at in hits)
        elif stem(_GROUPED.sub("", unit)) in keys:
            spans.append(folded.original_span(found.start(), found.end()))
    return _merged(spans)


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged
