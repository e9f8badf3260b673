"""Fuse scores, not ranks, separately for each pool of documents.

Each leg's raw score is turned into a z-score with the mean and spread that the same query has over a few hundred
random passages of the pool (the background). The fused score is their weighted sum, divided by the spread that the sum
has over the background, so that it says "how many spreads above a random passage" in every pool. A leg that knows
nothing of the query has no spread, hence no say, unlike in reciprocal rank fusion where it keeps a full vote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from lionrock.records import FloatArray

__all__ = ["Fused", "Prior", "Weights", "fuse", "moments", "z_scores"]

Weights = Mapping[str, float]
"""Leg name -> weight in the sum."""

_LEAST_SPREAD = 1e-6
_PRIOR_SIZE = 24
"""The prior weighs as much as this many background passages: it speaks in a collection of a few documents only."""


@dataclass(frozen=True, slots=True)
class Fused:
    """Scores of the candidates, in their order."""

    total: FloatArray
    legs: Mapping[str, FloatArray]
    """z-score of each leg."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What a leg's scores of random passages look like before any collection is known."""

    mean: float
    spread: float


def moments(background: FloatArray, prior: Prior) -> tuple[float, float]:
    """(mean, spread) of the background, drawn toward the prior where the background is small."""
    size = len(background)
    own_mean = float(background.mean()) if size else prior.mean
    own_variance = float(background.var()) if size else prior.spread**2
    share = size / (size + _PRIOR_SIZE)
    mean = share * own_mean + (1 - share) * prior.mean
    variance = share * own_variance + (1 - share) * (prior.spread**2 + share * (own_mean - prior.mean) ** 2)
    return mean, variance**0.5


def z_scores(scores: FloatArray, background: FloatArray, prior: Prior) -> FloatArray:
    """How many spreads each score lies above the background's mean; zeros where there is no spread."""
    mean, spread = moments(background, prior)
    if spread < _LEAST_SPREAD:
        return np.zeros_like(scores)
    return ((scores - mean) / spread).astype(np.float32)


def fuse(
    scores: Mapping[str, FloatArray],
    background: Mapping[str, FloatArray],
    weights: Weights,
    priors: Mapping[str, Prior],
    given: Mapping[str, FloatArray] = MappingProxyType({}),
) -> Fused:
    """Combine legs. All mappings hold one entry a leg; the arrays of one mapping have one length.

    `given` are legs of the candidates that are z-scores already and in which random passages have no part.
    """
    legs = {name: z_scores(values, background[name], priors[name]) for name, values in scores.items()}
    base = {name: z_scores(background[name], background[name], priors[name]) for name in scores}
    # Independent legs of spread 1 would sum to this spread.
    independent = sum(weights.get(name, 1.0) ** 2 for name in scores) ** 0.5
    _, spread = moments(_weighted(base, weights), Prior(0.0, max(independent, _LEAST_SPREAD)))
    legs |= given
    return Fused((_weighted(legs, weights) / max(spread, _LEAST_SPREAD)).astype(np.float32), legs)


def _weighted(legs: Mapping[str, FloatArray], weights: Weights) -> FloatArray:
    rows = [weights.get(name, 1.0) * values for name, values in legs.items()]
    return np.sum(rows, axis=0).astype(np.float32) if rows else np.zeros(0, np.float32)
