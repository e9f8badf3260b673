"""Decide whether the evidence answers the question at all.

A logistic model over a few features of the best passages, fitted on questions of our own (`benchmarks/abstention.py`
prints the fit and its errors on the half that was held out). The features: how far the best passage stands above a
random one, how near it is by each encoder, how much of the question's words it carries, and whether the rarest word
asked is missing from it: a question on a replacement fee is not answered by a renewal fee.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from lionrock.index.statistics import Statistics
from lionrock.records import Hit
from lionrock.retrieve.coverage import coverage, group_weights, held
from lionrock.retrieve.query import Query
from lionrock.retrieve.retriever import Retrieved

__all__ = ["FEATURES", "WEIGHTS", "features", "probability"]

FEATURES = ("bias", "score", "margin", "lexical", "e5", "use", "coverage", "missing", "crossing")
WEIGHTS: Mapping[str, float] = {
    "bias": -6.0,
    "score": 0.35,
    "margin": 0.1,
    "lexical": 0.1,
    "e5": 4.0,
    "use": 2.0,
    "coverage": 2.5,
    "missing": -0.8,
    "crossing": 0.6,
}
_TOP = 3


def features(retrieved: Retrieved, statistics: Statistics) -> dict[str, float]:
    """The features of a search, by name."""
    query, hits = retrieved.query, retrieved.hits
    if not hits:
        return dict.fromkeys(FEATURES, 0.0)
    top = hits[:_TOP]
    legs = retrieved.legs.get(hits[0].passage.id, {})
    covered, missing = _covered(query, top, statistics)
    return {
        "bias": 1.0,
        "score": min(hits[0].score, 8.0),
        "margin": min(hits[0].score - hits[-1].score, 4.0),
        "lexical": min(legs.get("lexical", 0.0), 10.0),
        "e5": legs.get("raw_e5", 0.8),
        "use": legs.get("raw_use", 0.3),
        "coverage": covered,
        "missing": missing,
        "crossing": float(hits[0].passage.pool != query.pool),
    }


def _covered(query: Query, hits: Sequence[Hit], statistics: Statistics) -> tuple[float, float]:
    """(best share of the question's words in one passage, weight of the rarest word that none of them says)."""
    best, missing = 0.0, 4.0
    for hit in hits:
        pool = hit.passage.pool
        groups = query.groups[pool]
        if not groups:
            continue
        text = "\n".join((hit.passage.title, *hit.passage.heading, hit.passage.text))
        frequencies = statistics.frequencies[pool]
        best = max(best, float(coverage(groups, [text], pool, frequencies)[0]))
        weights = group_weights(groups, frequencies) * (1 - held(groups, [text], pool)[0])
        missing = min(missing, float(weights.max()) / 2)
    return best, missing


def probability(values: Mapping[str, float], weights: Mapping[str, float] = WEIGHTS) -> float:
    """Chance that the evidence answers, by the fitted model."""
    total = sum(weights[name] * values.get(name, 0.0) for name in FEATURES)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
