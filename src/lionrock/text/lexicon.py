"""Our own lexicons: Cantonese to written Chinese, everyday to official terms in Chinese and in English.

Each is a data file, one entry a line: term, ways to write it (`|` between them, best first; `-` for words that are just
dropped), kind (word or pattern), part of speech, example. In a pattern `~` stands for the words around it; search uses
the fixed parts, drafting the whole.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from lionrock.text.fold import fold_text, is_han
from lionrock.text.tokens import stem, words_of

__all__ = ["Entry", "Expansion", "Lexicon", "LexiconName", "load_entries", "load_lexicon"]

LexiconName = Literal["yue", "official_zh", "official_en", "bilingual"]
_LONGEST = 16
_LONGEST_WORD = 6
_COUNTED = frozenset("蚊皮草球")
"""Words for sums that are other words where no number stands before them: 滅蚊 is no money."""
_NUMERALS = frozenset("0123456789零一二两三四五六七八九十百千万亿几多个 ")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a lexicon, as written."""

    term: str
    written: tuple[str, ...]
    kind: str
    part_of_speech: str
    example: str


@dataclass(frozen=True, slots=True)
class Expansion:
    """A match in a folded text: where, and how else it may be said (folded; empty: the words are dropped)."""

    start: int
    end: int
    alternatives: tuple[str, ...]
    part_of_speech: str = ""


@functools.cache
def load_entries(name: LexiconName) -> tuple[Entry, ...]:
    """The entries of a data file, in its order."""
    text = resources.files("lionrock.text").joinpath(f"data/{name}.tsv").read_text(encoding="utf-8")
    entries = []
    for line in text.splitlines()[1:]:
        if not line.strip() or line.startswith("#"):
            continue
        term, written, kind, part_of_speech, example = line.split("\t")
        ways = tuple(way.strip() for way in written.split("|") if way.strip() not in ("", "-"))
        entries.append(Entry(term, ways, kind, part_of_speech, example))
    return tuple(entries)


class Lexicon:
    """Finds the entries of one or more lexicons in folded text, longest first."""

    def __init__(
        self, table: Mapping[str, tuple[str, ...]], parts: Mapping[str, str] | None = None, *, by_word: bool
    ) -> None:
        """`table`: folded term to folded ways; `parts`: folded term to part of speech."""
        self._table = table
        self._parts = parts or {}
        self._by_word = by_word
        self._firsts = frozenset(key[0] for key in table) if not by_word else frozenset()

    def get(self, term: str) -> tuple[str, ...]:
        """Other ways to say a folded term."""
        return self._table.get(term, ())

    def expansions(self, folded: str, is_word: Callable[[str], bool] = lambda text: False) -> list[Expansion]:
        """Matches from left to right that do not overlap.

        A term does not match where it starts or ends inside a longer word that `is_word` knows: 打 is not to hit in
        打開, nor 人工 in 人工智能.
        """
        return self._by_words(folded) if self._by_word else self._by_characters(folded, is_word)

    def _by_characters(self, folded: str, is_word: Callable[[str], bool]) -> list[Expansion]:
        found = []
        at = 0
        while at < len(folded):
            size = self._match(folded, at, is_word) if folded[at] in self._firsts else 0
            if size:
                term = folded[at : at + size]
                found.append(Expansion(at, at + size, self._table[term], self._parts.get(term, "")))
            at += size or 1
        return found

    def _match(self, folded: str, at: int, is_word: Callable[[str], bool]) -> int:
        """Length of the longest term that stands at `at`; 0 for none."""
        for length in range(min(_LONGEST, len(folded) - at), 0, -1):
            term = folded[at : at + length]
            if (
                term in self._table
                and _whole(folded, at, at + length)
                and (term not in _COUNTED or (at > 0 and folded[at - 1] in _NUMERALS))
                and not _inside_word(folded, at, at + length, is_word)
            ):
                return length
        return 0

    def _by_words(self, folded: str) -> list[Expansion]:
        words: list[tuple[str, int, int]] = []
        cursor = 0
        for unit in words_of(folded):
            start = folded.find(unit, cursor)
            if start < 0:
                continue
            words.append((stem(unit), start, start + len(unit)))
            cursor = start + len(unit)
        found = []
        at = 0
        while at < len(words):
            step = 1
            for length in range(min(5, len(words) - at), 0, -1):
                key = " ".join(word for word, _, _ in words[at : at + length])
                if key in self._table:
                    start, end = words[at][1], words[at + length - 1][2]
                    found.append(Expansion(start, end, self._table[key], self._parts.get(key, "")))
                    step = length
                    break
            at += step
        return found


def _inside_word(folded: str, start: int, end: int, is_word: Callable[[str], bool]) -> bool:
    """Whether a known word that is longer covers an edge of folded[start:end], or all of it."""
    for length in range(end - start + 1, _LONGEST_WORD + 1):
        for first in range(max(0, start - length + 1), min(end - 1, len(folded) - length) + 1):
            if is_word(folded[first : first + length]):
                return True
    return False


def _whole(folded: str, start: int, end: int) -> bool:
    """Latin letters must match as whole words."""
    if (
        folded[start].isascii()
        and folded[start].isalnum()
        and start
        and folded[start - 1].isascii()
        and folded[start - 1].isalnum()
    ):
        return False
    last = folded[end - 1]
    return not (
        last.isascii() and last.isalnum() and end < len(folded) and folded[end].isascii() and folded[end].isalnum()
    )


def _key(term: str, by_word: bool) -> str:
    folded = fold_text(term)
    return " ".join(stem(word) for word in words_of(folded)) if by_word else folded


@functools.cache
def load_lexicon(names: tuple[LexiconName, ...]) -> Lexicon:
    """One lexicon out of several; an entry of an earlier file comes first in the list of ways.

    Patterns count with their longest fixed part when it has at least two ideographs.
    """
    by_word = names == ("official_en",)
    table: dict[str, list[str]] = {}
    parts: dict[str, str] = {}
    for name in names:
        for entry in load_entries(name):
            term, ways = entry.term, entry.written
            if entry.kind == "pattern":
                term, ways = _fixed(term), tuple(_fixed(way) for way in ways)
                if sum(map(is_han, term)) < 2:
                    continue
            key = _key(term, by_word)
            if not key:
                continue
            known = table.setdefault(key, [])
            parts.setdefault(key, entry.part_of_speech)
            known.extend(way for way in map(fold_text, ways) if way and way not in known and way != key)
    return Lexicon({key: tuple(ways) for key, ways in table.items()}, parts, by_word=by_word)


def _fixed(pattern: str) -> str:
    parts: Sequence[str] = [part.strip() for part in pattern.split("~")]
    return max(parts, key=len, default="")
