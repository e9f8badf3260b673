"""Fit the decision to abstain on the dev half of our own questions, and measure it.

Run: .venv/bin/python benchmarks/abstention.py [--heldout]
A question should be answered when a passage that answers it is among the first three; a question without an answer, and
one whose passage was not found, should not. The fit is a logistic regression with a small ridge; figures on the dev half are
from ten-fold cross-validation. `--heldout` measures the weights in the program on the other half.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from lionrock.answer import abstain
from lionrock.app import App
from office import Question, knowledge_base, load, scope_of

RIDGE = 1.0
TOP = 3


@dataclass
class Case:
    question: Question
    values: dict[str, float]
    found: bool
    """Whether a passage that answers is among the first three."""


def cases(app: App, half: str) -> list[Case]:
    made = []
    for question in load(half):
        retrieved = app._retriever.search(question.text, scope_of(question), limit=8)
        evidence = app._answerer._evidence(retrieved)[:TOP]
        found = question.answerable and any(question.answered_by(passage) for passage in evidence)
        made.append(Case(question, abstain.features(retrieved, app._statistics, app._answerer._nearness), found))
    return made


def matrix(made: list[Case]) -> tuple[np.ndarray, np.ndarray]:
    x = np.array([[case.values[name] for name in abstain.FEATURES] for case in made])
    return x, np.array([case.found for case in made], float)


def fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Newton's method on standardised features; the weights come back in the features' own units."""
    mean, spread = x.mean(axis=0), x.std(axis=0)
    mean[0], spread[0] = 0.0, 1.0
    spread[spread < 1e-9] = 1.0
    z = (x - mean) / spread
    ridge = np.eye(z.shape[1]) * RIDGE
    ridge[0, 0] = 0.0
    w = np.zeros(z.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ w))
        gradient = z.T @ (p - y) + ridge @ w
        w -= np.linalg.solve((z * (p * (1 - p))[:, None]).T @ z + ridge, gradient)
    own = w / spread
    own[0] = w[0] - float((w[1:] * mean[1:] / spread[1:]).sum())
    return own


def crossed(x: np.ndarray, y: np.ndarray, folds: int = 10) -> np.ndarray:
    order = np.random.default_rng(4).permutation(len(y))
    chance = np.zeros(len(y))
    for at in range(folds):
        held = order[at::folds]
        kept = np.setdiff1d(order, held)
        chance[held] = 1 / (1 + np.exp(-x[held] @ fit(x[kept], y[kept])))
    return chance


def show(name: str, made: list[Case], chance: np.ndarray, threshold: float) -> None:
    answered = chance >= threshold
    rows = {
        "answerable, passage found": [c.question.answerable and c.found for c in made],
        "  of these in the demo documents": [c.question.base == "demo" and c.found for c in made],
        "answerable, passage not found": [c.question.answerable and not c.found for c in made],
        "unanswerable, near miss": [not c.question.answerable and c.question.kind == "near-miss" for c in made],
        "unanswerable, off topic": [not c.question.answerable and c.question.kind != "near-miss" for c in made],
    }
    print(f"\n{name}, threshold {threshold}")
    for row, which in rows.items():
        chosen = np.array(which)
        print(f"  {row:32} n {chosen.sum():3}   answered {answered[chosen].mean():.2f}")
    print(f"  answers that rest on a right passage  {np.array([c.found for c in made])[answered].mean():.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--heldout", action="store_true")
    choice = parser.parse_args()
    with knowledge_base() as app:
        made = cases(app, "heldout" if choice.heldout else "dev")
    x, y = matrix(made)
    if choice.heldout:
        chance = np.array([abstain.probability(case.values) for case in made])
        show("held-out half, weights in the program", made, chance, abstain.THRESHOLD)
        return
    chance = crossed(x, y)
    for threshold in (0.4, 0.5, 0.55, 0.6):
        show("dev half, cross-validated", made, chance, threshold)
    weights = fit(x, y)
    print("\nWEIGHTS: Mapping[str, float] = {")
    for name, value in zip(abstain.FEATURES, weights, strict=True):
        print(f'    "{name}": {value:.3f},')
    print("}")


if __name__ == "__main__":
    main()
