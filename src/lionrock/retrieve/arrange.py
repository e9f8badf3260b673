"""Put scored hits in the order that a reader sees: best first, language versions together, no near-duplicates."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import replace

from lionrock.records import Hit, Language, Passage
from lionrock.retrieve.query import Query
from lionrock.text.fold import fold_text

__all__ = ["arrange", "place_of", "same_words"]

_NUMBERED = re.compile(r"\s*(\d{1,2}(?:\.\d{1,2})*)[.\u3001\uff0e)\s]")
_SHINGLE = 5
_SAME = 0.8
_NEAR = 0.75


def arrange(hits: Sequence[Hit], query: Query, limit: int) -> list[Hit]:
    """Ranked hits, at most `limit`.

    Of two language versions of one place the asked language stands first and the other right behind it.
    """
    ordered = sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))
    kept: list[Hit] = []
    shingles: list[tuple[float, frozenset[str]]] = []
    for hit in ordered:
        # Each may have its twin behind it: twice the limit is enough.
        if len(kept) == 2 * limit:
            break
        own = _shingles(hit.passage.text)
        # Nearly the same words have nearly the same score, so only neighbours need to be compared.
        if any(abs(score - hit.score) < _NEAR and _alike(own, other) for score, other in shingles):
            continue
        kept.append(hit)
        shingles.append((hit.score, own))
    paired = _spread(_paired(kept, query.language))
    return [replace(hit, rank=rank) for rank, hit in enumerate(paired[:limit], 1)]


def _paired(hits: Sequence[Hit], language: Language) -> list[Hit]:
    result: list[Hit] = []
    used: set[str] = set()
    for hit in hits:
        if hit.passage.id in used:
            continue
        twin = next((h for h in hits if h.passage.id not in used and _twins(hit.passage, h.passage)), None)
        used.add(hit.passage.id)
        if twin is None:
            result.append(hit)
            continue
        used.add(twin.passage.id)
        first, second = (hit, twin) if _fits(hit.passage, language) >= _fits(twin.passage, language) else (twin, hit)
        score = max(hit.score, twin.score)
        result.append(replace(first, score=score, paired_with=second.passage.id))
        result.append(replace(second, score=min(hit.score, twin.score), paired_with=first.passage.id))
    return result


def _spread(hits: Sequence[Hit]) -> list[Hit]:
    """The best passage of each provision first, further passages of the same provisions behind them."""
    first: list[Hit] = []
    further: list[Hit] = []
    seen: set[tuple[str, str]] = set()
    for hit in hits:
        place = (hit.passage.document_id, hit.passage.anchor or hit.passage.id)
        (further if place in seen else first).append(hit)
        seen.add(place)
    return first + further


def _fits(passage: Passage, language: Language) -> int:
    if passage.language == language:
        return 2
    return 1 if (passage.language == "en") == (language == "en") else 0


def _twins(one: Passage, other: Passage) -> bool:
    """Whether two passages say the same place in two languages."""
    if one.document_id == other.document_id or one.language == other.language:
        return False
    return one.pair_key is not None and place_of(one) == place_of(other)


def place_of(passage: Passage) -> tuple[str, str | int]:
    """What the language versions of one place share: the pair's key, and the anchor, section number or position."""
    where: str | int | None = passage.anchor
    if where is None and passage.heading:
        # Language versions of an office paper share the numbers of their sections: `3. How to apply`, `3. 申請辦法`.
        found = _NUMBERED.match(passage.heading[-1])
        where = f"#{found[1]}" if found else None
    return passage.pair_key or passage.document_id, passage.ordinal if where is None else where


@functools.lru_cache(maxsize=512)
def _shingles(text: str) -> frozenset[str]:
    squeezed = "".join(fold_text(text).split())
    return frozenset(squeezed[at : at + _SHINGLE] for at in range(max(1, len(squeezed) - _SHINGLE + 1)))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    if len(small) < 0.6 * len(large):
        return False
    shared = len(small & large)
    return shared / (len(small) + len(large) - shared) >= _SAME


def same_words(one: str, other: str) -> bool:
    """Whether two texts are near-duplicates: four fifths of their five-character shingles are shared."""
    return _alike(_shingles(one), _shingles(other))
