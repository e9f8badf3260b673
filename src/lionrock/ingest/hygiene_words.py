"""How common Chinese words are, and the most likely words of a run of ideographs."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

__all__ = ["CLASSES", "LONGEST", "Words", "load_words", "segment"]

CLASSES = 10
LONGEST = 4
_COSTS = tuple(16.1 - 1.1 * level for level in range(CLASSES))
"""-ln of the share of words in the middle of a class; the classes are a factor of three apart."""
_SINGLE = 9.0
"""The cost of an ideograph that stands alone."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words of two to four ideographs, folded."""

    classes: Mapping[str, int]
    """Word to class, 0 (hardly ever used) to 9."""
    names: frozenset[str]
    """Those that are names, numbers or set phrases: their being rare says nothing."""


@functools.cache
def load_words() -> Words:
    """The shipped table: some 110,000 words."""
    text = resources.files("lionrock.text").joinpath("data/words.tsv").read_text(encoding="utf-8")
    classes: dict[str, int] = {}
    names: set[str] = set()
    for line in text.splitlines():
        first, *parts = line.split("\t")
        if line.startswith("#"):
            continue
        if first == "+":
            parts = [parts[0] + parts[1]]
        for part in parts:
            is_name = part.startswith("n")
            level, rest = int(part[is_name]), part[is_name + 1 :]
            found = rest.split() if first == "+" else [first + second for second in rest]
            classes.update(dict.fromkeys(found, level))
            if is_name:
                names.update(found)
    return Words(classes, frozenset(names))


def segment(run: str, classes: Mapping[str, int]) -> list[str]:
    """The cheapest sequence of words; an ideograph outside any word stands alone. Time grows with the length only."""
    size = len(run)
    best = [0.0] * (size + 1)
    length = [1] * size
    for at in range(size - 1, -1, -1):
        least, longest = _SINGLE + best[at + 1], 1
        for end in range(at + 2, min(size, at + LONGEST) + 1):
            level = classes.get(run[at:end])
            if level is not None:
                cost = _COSTS[level] + best[end]
                if cost < least:
                    least, longest = cost, end - at
        best[at], length[at] = least, longest
    words = []
    at = 0
    while at < size:
        words.append(run[at : at + length[at]])
        at += length[at]
    return words
