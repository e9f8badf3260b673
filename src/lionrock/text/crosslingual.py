"""A dictionary between Chinese and English for the lexical leg: words of one language become groups of the other's.

It joins CC-CEDICT (general words) and our own list of Hong Kong terms, which comes first. Keys are folded: Simplified
for Chinese, stemmed lower-case words for English.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lionrock.text.fold import fold_text, is_han
from lionrock.text.lexicon import load_entries
from lionrock.text.tokens import ENGLISH_STOP, HAN_STOP, stem, words_of

__all__ = ["Bilingual", "Translated", "parse_cedict"]

_LINE = re.compile(r"(\S+) (\S+) \[[^\]]*\] /(.*)/")
_NOISE = re.compile(r"CL:|variant of|surname|see |\(Tw\)|abbr\. for|old name|used in")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_LEAD = re.compile(r"^(?:to be |to |a |an |the )")
_MOST_ALTERNATIVES = 24
_LONGEST_HAN = 8
_LONGEST_WORDS = 4
_SINGLE = 0.35


@dataclass(frozen=True, slots=True)
class Translated:
    """One word or phrase of the query and the words that may say it in the other language."""

    source: str
    alternatives: tuple[str, ...]
    weight: float


def parse_cedict(lines: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """(English phrase -> Chinese words, Chinese word -> English words), values joined by `|`."""
    english: defaultdict[str, dict[str, None]] = defaultdict(dict)
    chinese: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for line in lines:
        found = _LINE.match(line)
        if not found:
            continue
        word = fold_text(found[2])
        for sense in found[3].split("/"):
            if _NOISE.search(sense):
                continue
            for phrase in re.split(r"[;,]", _BRACKETS.sub("", sense)):
                words = [stem(w) for w in re.findall(r"[a-z0-9']+", _LEAD.sub("", phrase.strip().lower()))]
                for item in words:
                    if item not in ENGLISH_STOP and len(item) > 1:
                        chinese[word][item] = None
                if 0 < len(words) <= 3:
                    english[" ".join(words)][word] = None
    return (
        {key: "|".join(list(values)[:60]) for key, values in english.items()},
        {key: "|".join(list(values)[:40]) for key, values in chinese.items() if values},
    )


class Bilingual:
    """Looks words up in both directions."""

    def __init__(self, english: Mapping[str, str], chinese: Mapping[str, str]) -> None:
        self._english = english
        self._chinese = chinese
        self._own_english: dict[str, list[str]] = defaultdict(list)
        self._own_chinese: dict[str, list[str]] = defaultdict(list)
        for entry in load_entries("bilingual"):
            key = " ".join(stem(word) for word in words_of(fold_text(entry.term)))
            for way in entry.written:
                folded = fold_text(way)
                self._own_english[key].append(folded)
                self._own_chinese[folded].append(" ".join(stem(w) for w in words_of(fold_text(entry.term))))

    def to_chinese(self, words: list[str]) -> Iterator[Translated]:
        """Stemmed English words to Chinese, longest phrase first; unknown words stay as they are."""
        at = 0
        while at < len(words):
            for length in range(min(_LONGEST_WORDS, len(words) - at), 0, -1):
                phrase = " ".join(words[at : at + length])
                if length == 1 and phrase in ENGLISH_STOP:
                    continue
                ways = self.english_ways(phrase)
                if ways:
                    yield Translated(phrase, ways, 1.0 if length == 1 else 1.3)
                    at += length
                    break
            else:
                if words[at] not in ENGLISH_STOP:
                    yield Translated(words[at], (words[at],), 1.0)
                at += 1

    def knows(self, word: str) -> bool:
        """Whether a folded Chinese word is in the dictionary."""
        return word in self._chinese or word in self._own_chinese

    def english_ways(self, phrase: str) -> tuple[str, ...]:
        """Chinese words for a stemmed English phrase, ours first."""
        known = self._english.get(phrase, "")
        return tuple(dict.fromkeys([*self._own_english.get(phrase, ()), *filter(None, known.split("|"))]))[
            :_MOST_ALTERNATIVES
        ]

    def chinese_ways(self, word: str) -> tuple[str, ...]:
        """English words and phrases for a folded Chinese word, ours first."""
        known = self._chinese.get(word, "")
        return tuple(dict.fromkeys([*self._own_chinese.get(word, ()), *filter(None, known.split("|"))]))[
            :_MOST_ALTERNATIVES
        ]

    def to_english(self, folded: str) -> Iterator[Translated]:
        """Folded Chinese to stemmed English words, longest word first; Latin words stay as they are."""
        for unit in words_of(folded):
            if not is_han(unit[0]):
                word = stem(unit)
                if word not in ENGLISH_STOP:
                    yield Translated(word, (word,), 1.0)
                continue
            yield from self._run_to_english(unit)

    def _run_to_english(self, run: str) -> Iterator[Translated]:
        at = 0
        while at < len(run):
            for length in range(min(_LONGEST_HAN, len(run) - at), 0, -1):
                word = run[at : at + length]
                ways = self.chinese_ways(word) if not (length == 1 and word in HAN_STOP) else ()
                if ways:
                    yield Translated(word, ways, 1.0 if length > 1 else _SINGLE)
                    at += length
                    break
            else:
                at += 1
