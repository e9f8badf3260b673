"""Pages whose words were swapped by machine for near-synonyms, so that a copied text passes for a new one.

Two signs. *Tell-tale words*: such programs look up each word of a segmented text in a table, also where a shorter word is
part of a longer one (人 in 人才 becomes 东说念主), and the tables in circulation share most of their entries; what they
put stands in no honest text, or not before those neighbours. *Rare words*: whatever the table, a word is on average
replaced by a rarer one, so that the share of seldom used words among the words of a stretch rises; lists, where words
are rare for other reasons, are left out by their lack of grammatical words.
"""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass
from importlib import resources

from lionrock.ingest.hygiene_place import quoted
from lionrock.ingest.hygiene_words import load_words, segment
from lionrock.records import Finding
from lionrock.text.fold import Folded

__all__ = ["Telltales", "rarity", "spun", "telltales"]

_HAN_RUN = re.compile("[\u4e00-\u9fff]+")
_LATIN_WORD = re.compile("[a-z]{2,}")
_BEFORE = 8
_MOST_TRIES = 50
_COUNTED = 3
"""A word counts up to so many times."""

_HELD_SCORE, _HELD_WORDS = 7.0, 3
_TOLD_SCORE, _TOLD_WORDS = 3.0, 2
"""Weight of tell-tale words in 1,000 words or ideographs, and how many different ones: held back, and told."""

_HELD_STRONG, _TOLD_STRONG = 8, 4
"""How many different words that no person writes hold a text of any length back, or are told."""
_STRONG = 2.5

_STRETCH = 800
_MOST_STRETCHES = 64
_LEAST_DIFFERENT = 80
_GRAMMAR = frozenset("的了在是和有不这我你他嘅喺呢")
_LEAST_GRAMMAR = 0.04
_CANTONESE = frozenset("嘅喺咗唔啲佢冇咁哋嚟嘢")
_MOST_CANTONESE = 0.03
"""The table of words knows written Chinese; in Cantonese it sees rare words that are none."""
_SELDOM, _UNUSUAL = 2, 4
"""Classes of words: up to 0.9 in a million, up to 8."""
_HELD_RARITY, _TOLD_RARITY = 4.0, 3.0


@dataclass(frozen=True, slots=True)
class _Entry:
    word: str
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    weight: float
    stands_for: str


@dataclass(frozen=True, slots=True)
class Telltales:
    """The tell-tale words of a text."""

    score: float
    """Their weight in 1,000 ideographs and Latin words; a shorter text counts as 1,000."""
    words: tuple[str, ...]
    """The different ones, heaviest first."""
    strong: int
    """How many different ones no person writes."""
    first: tuple[int, int] | None
    """Where the first of the heaviest stands, in the folded text."""


def spun(text: str, folded: Folded) -> list[Finding]:
    """At most one finding of kind `spun`."""
    found = telltales(folded.text)
    rare = rarity(folded.text)
    different = len(found.words)
    held = (found.score >= _HELD_SCORE and different >= _HELD_WORDS) or found.strong >= _HELD_STRONG
    told = (found.score >= _TOLD_SCORE and different >= _TOLD_WORDS) or found.strong >= _TOLD_STRONG
    if found.first is not None and (held or told):
        examples = ", ".join(found.words[:5])
        detail = (
            f"{different} different wordings here are ones that rewording programs put for plain words ({examples}). "
            "What it says was likely copied and changed by machine; do not rely on it as a source."
        )
        span = folded.original_span(*found.first)
        return [
            Finding(
                "spun",
                "quarantine" if held or rare >= _HELD_RARITY else "warning",
                detail,
                span.start,
                span.end,
                quoted(text, max(0, span.start - 40), span.end + 60),
            )
        ]
    if rare >= _TOLD_RARITY:
        detail = (
            "Far more of its words are ones that people hardly use than in ordinary prose, as when a program has swapped "
            "words for near-synonyms; it may also be verse, or specialist writing."
        )
        return [Finding("spun", "quarantine" if rare >= _HELD_RARITY else "warning", detail)]
    return []


@functools.cache
def _entries() -> tuple[_Entry, ...]:
    text = resources.files("lionrock.text").joinpath("data/spun.tsv").read_text(encoding="utf-8")
    entries = []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        words, before, after, weight, stands_for = line.split("\t")
        left = re.compile(f"(?:{before})$") if before else None
        right = re.compile(after) if after else None
        for word in words.split():
            entries.append(_Entry(word.replace("_", " "), left, right, float(weight), stands_for))
    return tuple(entries)


def telltales(folded: str) -> Telltales:
    """Look all of them up; `folded` is folded text."""
    found: list[tuple[float, int, _Entry]] = []
    # Most of the words are ruled out by their first two characters.
    pairs = {first + second for first, second in itertools.pairwise(folded)}
    for entry in _entries():
        if entry.word[:2] not in pairs:
            continue
        count, first = _stands(entry, folded)
        if count:
            found.append((entry.weight * min(count, _COUNTED), first, entry))
    size = sum(map(len, _HAN_RUN.findall(folded))) + sum(1 for _ in _LATIN_WORD.finditer(folded)) if found else 0
    score = sum(weight for weight, _, _ in found) / max(1.0, size / 1000)
    found.sort(key=lambda item: (-item[2].weight, -item[0]))
    words = tuple(dict.fromkeys(entry.word for _, _, entry in found))
    place = (found[0][1], found[0][1] + len(found[0][2].word)) if found else None
    strong = len({entry.word for _, _, entry in found if entry.weight >= _STRONG})
    return Telltales(score, words, strong, place)


def _stands(entry: _Entry, folded: str) -> tuple[int, int]:
    """(how often, where first); looking stops after enough."""
    count, first = 0, -1
    at = folded.find(entry.word)
    for _ in range(_MOST_TRIES):
        if at < 0 or count == _COUNTED:
            break
        end = at + len(entry.word)
        left = entry.before is None or entry.before.search(folded[max(0, at - _BEFORE) : at])
        if left and (entry.after is None or entry.after.match(folded, end)):
            count += 1
            first = at if first < 0 else first
        at = folded.find(entry.word, end)
    return count, first


def rarity(folded: str) -> float:
    """How rare the words of the text's Chinese prose are: about -4 to 1 for honest texts; -9 where there is too little.

    The mean over up to 64 stretches of 800 ideographs, spread evenly. Fitted (two weights) on debates, news and talk and
    on the same texts with words swapped by a thesaurus.
    """
    words = load_words()
    scores = []
    for stretch in _stretches(folded):
        different = {word for run in stretch for word in segment(run, words.classes) if len(word) == 2}
        levels = [words.classes[word] for word in different if word in words.classes and word not in words.names]
        if len(levels) < _LEAST_DIFFERENT:
            continue
        seldom = sum(level <= _SELDOM for level in levels) / len(levels)
        unusual = sum(level <= _UNUSUAL for level in levels) / len(levels)
        scores.append(17.1 * seldom + 17.5 * unusual - 4.9)
    return sum(scores) / len(scores) if scores else -9.0


def _stretches(folded: str) -> list[list[str]]:
    """Stretches of prose, as runs of ideographs."""
    stretches: list[list[str]] = []
    stretch: list[str] = []
    size = 0
    for found in _HAN_RUN.finditer(folded):
        for at in range(found.start(), found.end(), _STRETCH):
            run = folded[at : min(found.end(), at + _STRETCH)]
            stretch.append(run)
            size += len(run)
            if size >= _STRETCH:
                stretches.append(stretch)
                stretch, size = [], 0
    if size >= _STRETCH // 2 or not stretches:
        stretches.append(stretch)
    step = max(1, len(stretches) // _MOST_STRETCHES)
    return [item for item in stretches[::step][:_MOST_STRETCHES] if _is_prose(item)]


def _is_prose(stretch: list[str]) -> bool:
    size = max(1, sum(map(len, stretch)))
    grammar = sum(char in _GRAMMAR for run in stretch for char in run)
    cantonese = sum(char in _CANTONESE for run in stretch for char in run)
    return grammar >= _LEAST_GRAMMAR * size and cantonese < _MOST_CANTONESE * size
