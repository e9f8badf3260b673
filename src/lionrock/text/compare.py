"""What two texts have in common, sentence by sentence, and what one has alone.

Sentences that stand once in both texts are anchors, of which the longest sequence in one order is kept; between two
anchors the sentences are compared by `difflib`. Work is bounded: a stretch that is too long, and what comes when the
budget is spent, counts as replaced whole.
"""

from __future__ import annotations

import bisect
import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lionrock.records import Span
from lionrock.text.sentences import sentence_spans

__all__ = ["Comparison", "Difference", "compare", "unified"]

_STRETCH = 300
"""Most sentences of a stretch between anchors, on either side, that are compared one with another."""
_BUDGET = 2_000_000
"""Pairs of sentences that are compared in all."""
_CONTEXT = 2


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch where the texts differ: sentences of the old one and those in their place."""

    removed: tuple[Span, ...]
    """Sentences of the old text, in order."""
    added: tuple[Span, ...]
    """Sentences of the new text, in order."""
    before: tuple[Span, ...]
    """The last sentences before, which both have, as they stand in the new text."""
    after: tuple[Span, ...]
    """The first sentences behind."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts beside each other."""

    differences: tuple[Difference, ...]
    same: int
    """How many sentences both have."""
    exact: bool
    """False where a stretch was too long to be compared and counts as replaced whole."""

    @property
    def removed(self) -> int:
        """Sentences that only the old text has."""
        return sum(len(item.removed) for item in self.differences)

    @property
    def added(self) -> int:
        """Sentences that only the new text has."""
        return sum(len(item.added) for item in self.differences)


@dataclass(frozen=True, slots=True)
class _Block:
    """Ranges of sentences, old then new; `same` says whether they are equal."""

    old: tuple[int, int]
    new: tuple[int, int]
    same: bool


def compare(old: str, new: str) -> Comparison:
    """The sentences by which two texts differ; offsets are code points into each text."""
    spans = sentence_spans(old), sentence_spans(new)
    words = [span.of(old) for span in spans[0]], [span.of(new) for span in spans[1]]
    comparing = _Comparing(*words)
    blocks = list(_joined(comparing.blocks()))
    same = sum(block.new[1] - block.new[0] for block in blocks if block.same)
    found = [
        Difference(
            tuple(spans[0][block.old[0] : block.old[1]]),
            tuple(spans[1][block.new[0] : block.new[1]]),
            tuple(spans[1][max(0, block.new[0] - _CONTEXT) : block.new[0]]) if at else (),
            tuple(spans[1][block.new[1] : block.new[1] + _CONTEXT]),
        )
        for at, block in enumerate(blocks)
        if not block.same
    ]
    return Comparison(tuple(found), same, comparing.exact)


class _Comparing:
    """One comparison of two lists of sentences."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        self._old, self._new = old, new
        self._left = _BUDGET
        self.exact = True

    def blocks(self) -> Iterator[_Block]:
        """Equal and different stretches, in order; neighbours may be of one kind."""
        at = (0, 0)
        for i, j in (*self._anchors(), (len(self._old), len(self._new))):
            yield from self._between(at, (i, j))
            if i < len(self._old) and j < len(self._new):
                yield _Block((i, i + 1), (j, j + 1), True)
            at = (i + 1, j + 1)

    def _anchors(self) -> list[tuple[int, int]]:
        """Positions of sentences that stand once in both, as many as come in one order."""
        counts = Counter(self._old), Counter(self._new)
        once = {words: at for at, words in enumerate(self._new) if counts[1][words] == 1}
        pairs = [(i, once[words]) for i, words in enumerate(self._old) if counts[0][words] == 1 and words in once]
        # The longest ascending sequence: each pile keeps its lowest end, each pair the pair it was laid upon.
        ends: list[int] = []
        tops: list[int] = []
        below: list[int | None] = []
        for number, (_, j) in enumerate(pairs):
            pile = bisect.bisect_left(ends, j)
            below.append(tops[pile - 1] if pile else None)
            if pile == len(ends):
                ends.append(j)
                tops.append(number)
            else:
                ends[pile], tops[pile] = j, number
        chain: list[tuple[int, int]] = []
        last = tops[-1] if tops else None
        while last is not None:
            chain.append(pairs[last])
            last = below[last]
        return chain[::-1]

    def _between(self, start: tuple[int, int], end: tuple[int, int]) -> Iterator[_Block]:
        """The stretch between two anchors: what is equal at its ends aside, by `difflib` if it is short enough."""
        (a, c), (b, d) = start, end
        head = 0
        while a + head < b and c + head < d and self._old[a + head] == self._new[c + head]:
            head += 1
        if head:
            yield _Block((a, a + head), (c, c + head), True)
        a, c, tail = a + head, c + head, 0
        while b - tail > a and d - tail > c and self._old[b - tail - 1] == self._new[d - tail - 1]:
            tail += 1
        b, d = b - tail, d - tail
        yield from self._stretch(a, b, c, d)
        if tail:
            yield _Block((b, b + tail), (d, d + tail), True)

    def _stretch(self, a: int, b: int, c: int, d: int) -> Iterator[_Block]:
        if a == b or c == d:
            if a < b or c < d:
                yield _Block((a, b), (c, d), False)
            return
        size = (b - a) * (d - c)
        if max(b - a, d - c) > _STRETCH or size > self._left:
            self.exact = False
            yield _Block((a, b), (c, d), False)
            return
        self._left -= size
        matcher = difflib.SequenceMatcher(None, self._old[a:b], self._new[c:d], autojunk=False)
        for kind, i, j, k, m in matcher.get_opcodes():
            yield _Block((a + i, a + j), (c + k, c + m), kind == "equal")


def _joined(blocks: Iterator[_Block]) -> Iterator[_Block]:
    """Neighbours of one kind as one."""
    last: _Block | None = None
    for block in blocks:
        if last is not None and last.same == block.same:
            last = _Block((last.old[0], block.old[1]), (last.new[0], block.new[1]), block.same)
            continue
        if last is not None:
            yield last
        last = block
    if last is not None:
        yield last


def unified(old: str, new: str, found: Comparison) -> Iterator[str]:
    """Lines of a comparison for people: sentences both have begin with a blank, others with - or +."""
    for item in found.differences:
        yield f"@@ {_place(item.removed)} → {_place(item.added)} @@"
        for mark, text, spans in (
            (" ", new, item.before),
            ("-", old, item.removed),
            ("+", new, item.added),
            (" ", new, item.after),
        ):
            for span in spans:
                yield mark + " ".join(span.of(text).split())


def _place(spans: Sequence[Span]) -> str:
    return f"{spans[0].start}–{spans[-1].end}" if spans else "nothing"
