"""Fuse scores, not ranks, separately for each pool of documents.

Each leg's raw score is turned into a z-score with the mean and spread that the same query has over a few hundred
random passages of the pool (the background). The fused score is their weighted sum, divided by the spread that the sum
has over the background, so that it says "how many spreads above a random passage" in every pool. A leg that knows
nothing of the query has no spread, hence no say, unlike in reciprocal rank fusion where it keeps a full vote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lionrock.records import FloatArray

__all__ = ["Fused", "Weights", "fuse", "z_scores"]

Weights = Mapping[str, float]
"""Leg name -> weight in the sum."""

_LEAST_SPREAD = 1e-6
_LEAST_BACKGROUND = 8


@dataclass(frozen=True, slots=True)
class Fused:
    """Scores of the candidates, in their order."""

    total: FloatArray
    legs: Mapping[str, FloatArray]
    """z-score of each leg."""


def z_scores(scores: FloatArray, background: FloatArray) -> FloatArray:
    """How many spreads each score lies above the background's mean; zeros where the background has no spread.

    With fewer than eight background passages the candidates themselves serve as background: a tiny collection still
    ranks sensibly.
    """
    base = background if len(background) >= _LEAST_BACKGROUND else np.concatenate([background, scores])
    spread = float(base.std()) if len(base) else 0.0
    if spread < _LEAST_SPREAD:
        return np.zeros_like(scores)
    return ((scores - float(base.mean())) / spread).astype(np.float32)


def fuse(scores: Mapping[str, FloatArray], background: Mapping[str, FloatArray], weights: Weights) -> Fused:
    """Combine legs. Both mappings hold one array a leg; all arrays of one mapping have one length."""
    legs = {name: z_scores(values, background[name]) for name, values in scores.items()}
    base = {name: z_scores(background[name], background[name]) for name in scores}
    total = _weighted(legs, weights)
    spread_of = _weighted(base, weights)
    spread = float(spread_of.std()) if len(spread_of) >= _LEAST_BACKGROUND else 1.0
    return Fused((total / max(spread, _LEAST_SPREAD)).astype(np.float32), legs)


def _weighted(legs: Mapping[str, FloatArray], weights: Weights) -> FloatArray:
    rows = [weights.get(name, 1.0) * values for name, values in legs.items()]
    return np.sum(rows, axis=0).astype(np.float32) if rows else np.zeros(0, np.float32)
