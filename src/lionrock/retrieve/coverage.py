"""How much of what one text says another one carries: the share of its words found, rare ones counting more.

It works across languages, because the words of a claim are groups of alternatives as in a search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lionrock.index.lexical import DocumentFrequencies, ScoringBatch, TermGroup, passage_vector
from lionrock.index.statistics import Statistics
from lionrock.records import FloatArray, Pool, pool_of
from lionrock.retrieve.query import understand
from lionrock.text.crosslingual import Bilingual
from lionrock.text.language import detect

__all__ = ["coverage", "group_weights", "held", "meaning_of"]

_LEAST_PART = 0.6
"""Part of an alternative's tokens, by weight, that must stand in a text for it to hold the alternative."""


def group_weights(groups: Sequence[TermGroup], frequencies: DocumentFrequencies) -> FloatArray:
    """What each group is worth: the rarity of its most common way to be said, array of shape (len(groups),)."""
    worth = []
    for group in groups:
        tokens = [token for alternative in group.alternatives for token, _ in alternative]
        worth.append(group.weight * float(frequencies.idf(tokens).min()) if tokens else 0.0)
    return np.array(worth, np.float32)


def held(groups: Sequence[TermGroup], texts: Sequence[str], pool: Pool) -> FloatArray:
    """1 where a text says a group in one of its ways, else 0: array of shape (len(texts), len(groups))."""
    tokens = list(dict.fromkeys(t for group in groups for way in group.alternatives for t, _ in way))
    place = {token: at for at, token in enumerate(tokens)}
    present = ScoringBatch([passage_vector(text, pool) for text in texts]).weights(tokens) > 0
    found = np.zeros((len(texts), len(groups)), np.float32)
    for at, group in enumerate(groups):
        for way in group.alternatives:
            shares = np.array([share for _, share in way], np.float32)
            part = present[:, [place[token] for token, _ in way]] @ shares / max(float(shares.sum()), 1e-6)
            found[:, at] = np.maximum(found[:, at], part >= _LEAST_PART)
    return found


def coverage(
    groups: Sequence[TermGroup], texts: Sequence[str], pool: Pool, frequencies: DocumentFrequencies
) -> FloatArray:
    """Weighted share of the groups that each text says, 0 to 1: array of shape (len(texts),)."""
    if not groups or not texts:
        return np.zeros(len(texts), np.float32)
    weights = group_weights(groups, frequencies)
    total = float(weights.sum())
    return np.asarray(held(groups, texts, pool) @ weights / total if total > 0 else np.zeros(len(texts)), np.float32)


def meaning_of(statistics: Statistics, dictionary: Callable[[], Bilingual]) -> Callable[[str, str], float]:
    """A function (claim, source) -> share of the claim that the source carries, for `cite.verify`."""

    def meaning(claim: str, source: str) -> float:
        pool = pool_of(detect(source))
        groups = understand(claim, dictionary()).groups[pool]
        return float(coverage(groups, [source], pool, statistics.frequencies[pool])[0])

    return meaning
