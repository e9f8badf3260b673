"""Fusion of scores."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from lionrock.retrieve.fuse import Prior, fuse

PRIORS = {"a": Prior(0.0, 1.0), "b": Prior(0.0, 1.0)}
SCORES = npst.arrays(np.float32, st.integers(1, 30), elements=st.floats(-5, 5, width=32))


def test_a_leg_that_knows_nothing_has_no_say() -> None:
    rng = np.random.default_rng(1)
    good = np.array([3.0, 1.0, 0.0], np.float32)
    flat = np.zeros(3, np.float32)
    background = {"a": rng.normal(size=300).astype(np.float32), "b": np.zeros(300, np.float32)}
    both = fuse({"a": good, "b": flat}, background, {}, PRIORS).total
    assert list(np.argsort(-both)) == [0, 1, 2]


@given(SCORES, st.floats(0.1, 10), st.floats(-5, 5))
def test_the_scale_of_a_leg_does_not_matter(scores: np.ndarray, factor: float, shift: float) -> None:
    background = np.random.default_rng(2).normal(size=5000).astype(np.float32)
    one = fuse({"a": scores}, {"a": background}, {}, PRIORS).total
    scaled = np.asarray(scores * factor + shift, np.float32)
    moved = np.asarray(background * factor + shift, np.float32)
    other = fuse({"a": scaled}, {"a": moved}, {}, {"a": Prior(shift, factor)}).total
    assert np.allclose(one, other, atol=0.05)


@given(SCORES)
def test_totals_are_finite_without_any_background(scores: np.ndarray) -> None:
    empty = np.zeros(0, np.float32)
    assert np.isfinite(fuse({"a": scores, "b": scores}, {"a": empty, "b": empty}, {}, PRIORS).total).all()


@given(SCORES)
def test_a_leg_that_is_given_is_added_and_leaves_the_others_alone(scores: np.ndarray) -> None:
    background = {"a": np.random.default_rng(3).normal(size=300).astype(np.float32)}
    without = fuse({"a": scores}, background, {}, PRIORS).total
    nothing = fuse({"a": scores}, background, {"c": 2.0}, PRIORS, {"c": np.zeros_like(scores)}).total
    assert np.array_equal(without, nothing)
    more = fuse({"a": scores}, background, {"c": 2.0}, PRIORS, {"c": np.ones_like(scores)})
    assert (more.total > without).all()
    assert set(more.legs) == {"a", "c"}
