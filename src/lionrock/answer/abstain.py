"""Decide whether the evidence answers the question at all.

A logistic model over a few features of the best passages, fitted on questions of our own (`benchmarks/abstention.py`
prints the fit, and its errors on questions that were held out). The features: how far the best passage stands above a
random one and above the others, how near it and its best sentence are by each encoder, how much of the question it
says, how rare is the rarest word of the question that it does not say although the collection knows it (a question on a
replacement fee is not answered by a renewal fee), how much of the question the collection does not know at all, and
whether a quantity of the kind asked for is there, in a sentence that says what it is asked of, and how much of the
question beyond the title, hence of what is asked about the subject, a sentence says.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lionrock.answer.expect import expected_kinds, holds_expected
from lionrock.answer.near import Nearness, below_heading
from lionrock.index.lexical import TermGroup
from lionrock.index.statistics import Statistics
from lionrock.records import FloatArray, Hit, Passage
from lionrock.retrieve.coverage import group_weights, held
from lionrock.retrieve.query import Query
from lionrock.retrieve.retriever import Retrieved
from lionrock.text.plain import plain_words
from lionrock.text.sentences import sentence_spans

__all__ = ["FEATURES", "SURE", "THRESHOLD", "WEIGHTS", "features", "probability", "says_anything"]

FEATURES = (
    "bias",
    "score",
    "margin",
    "lexical",
    "e5",
    "use",
    "e5_above",
    "use_above",
    "english",
    "spoken",
    "sentence",
    "coverage",
    "missing",
    "unknown",
    "no_quantity",
    "crossing",
    "bound",
    "unbound",
    "unbound_quantity",
    "sentence_e5",
    "act",
    "act_known",
    "act_size",
    "quantity",
    "plain",
)
WEIGHTS: Mapping[str, float] = {
    "bias": -41.290,
    "score": 0.198,
    "margin": 0.634,
    "lexical": -0.144,
    "e5": 21.370,
    "use": 5.489,
    "e5_above": -0.306,
    "use_above": -0.347,
    "english": 1.150,
    "spoken": 0.089,
    "sentence": 1.213,
    "coverage": 1.523,
    "missing": -0.589,
    "unknown": -0.908,
    "no_quantity": -2.685,
    "crossing": 1.889,
    "bound": -2.663,
    "unbound": 0.821,
    "unbound_quantity": -1.985,
    "sentence_e5": 21.066,
    "act": 2.441,
    "act_known": -1.056,
    "act_size": 2.792,
    "quantity": 0.240,
    "plain": 0.272,
}
THRESHOLD = 0.55
"""Least chance at which a question is answered: a false answer costs more than an abstention, which shows the passages."""
SURE = 0.75
"""Least chance at which the quotes are given although a chat model found no answer in them: a refusal is twice as likely
where there is none."""
_LEAST_COVERAGE = 0.3
_TOP = 3
_MOST_SENTENCES = 24


def says_anything(query: Query, statistics: Statistics) -> bool:
    """Whether a word of the question stands anywhere in the collection; signs and noise alone have no answer."""
    return any(
        group.weight > 0 and any(frequencies.known(token for token, _ in way) for way in group.alternatives)
        for pool, frequencies in statistics.frequencies.items()
        for group in query.groups[pool]
    )


def features(retrieved: Retrieved, statistics: Statistics, nearness: Nearness) -> dict[str, float]:
    """The features of a search, by name."""
    query, hits = retrieved.query, retrieved.hits
    if not hits:
        return dict.fromkeys(FEATURES, 0.0)
    top = hits[:_TOP]
    legs = retrieved.legs.get(hits[0].passage.id, {})
    reads = _read(query, top, statistics)
    covered, missing, unknown = _covered(reads)
    texts = [hit.passage.text for hit in top]
    bound, unbound = _bound(query.question, reads)
    nearest = _nearest_sentence(query.rewritten or query.question, top, nearness)
    act, act_known, act_size = _act(reads)
    first = hits[0].passage
    return {
        "bias": 1.0,
        "score": min(hits[0].score, 8.0),
        "margin": min(hits[0].score - hits[-1].score, 4.0),
        "lexical": min(legs.get("lexical", 0.0), 10.0),
        "e5": legs.get("raw_e5", 0.0),
        "use": legs.get("raw_use", 0.0),
        "e5_above": min(legs.get("e5", 0.0), 8.0),
        "use_above": min(legs.get("use", 0.0), 8.0),
        "english": float(query.pool == "en"),
        "spoken": float(query.language == "yue"),
        "sentence": nearest[-1],
        "coverage": covered,
        "missing": missing,
        "unknown": unknown,
        "no_quantity": float(not holds_expected(query.question, texts)),
        "crossing": float(hits[0].passage.pool != query.pool),
        "bound": bound,
        "unbound": unbound,
        "unbound_quantity": unbound if expected_kinds(query.question) else 0.0,
        "sentence_e5": nearest[0],
        "act": act,
        "act_known": act_known,
        "act_size": act_size,
        "quantity": float(bool(expected_kinds(query.question))),
        # Provisions with plain words have one more leg in their score, and a statute's own words are far from a question.
        "plain": float(bool(plain_words(first.pair_key, first.anchor, first.pool))),
    }


def _nearest_sentence(question: str, hits: Sequence[Hit], nearness: Nearness) -> list[float]:
    """The nearest sentence's cosine by each encoder."""
    parts = [below_heading(hit, span) for hit in hits for span in sentence_spans(hit.passage.text)]
    near = nearness.of(question, parts[:_MOST_SENTENCES])
    return [float(value) for value in near.max(axis=0)] if len(near) else [0.0]


@dataclass(frozen=True, slots=True)
class _Read:
    """One passage as the features read it: what each group of the question is worth there, and its sentences."""

    passage: Passage
    groups: Sequence[TermGroup]
    weights: FloatArray
    known: NDArray[np.bool_]
    """Whether the collection says a group in any of its ways; both of shape (len(groups),)."""
    sentences: Sequence[str]

    def said(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which groups each text says, of shape (len(texts), len(groups))."""
        return held(self.groups, texts, self.passage.pool) > 0

    def rarest(self, left: NDArray[np.bool_]) -> float:
        """The worth of the rarest group of those left, as a share of the rarest of all; 0 when none is left."""
        return float(self.weights[left].max()) / float(self.weights.max()) if left.any() else 0.0


def _read(query: Query, hits: Sequence[Hit], statistics: Statistics) -> list[_Read]:
    """The passages of whose language the question has words."""
    made = []
    for hit in hits:
        passage = hit.passage
        groups = query.groups[passage.pool]
        if not groups:
            continue
        frequencies = statistics.frequencies[passage.pool]
        known = [any(frequencies.known(token for token, _ in way) for way in group.alternatives) for group in groups]
        sentences = [span.of(passage.text) for span in sentence_spans(passage.text)][:_MOST_SENTENCES]
        weights = group_weights(groups, frequencies)
        made.append(_Read(passage, groups, weights, np.array(known, np.bool_), sentences))
    return made


def _act(reads: Sequence[_Read]) -> tuple[float, float, float]:
    """How much of the question beyond the title one sentence says: (of all words, of known ones, the part's size).

    The title names the subject, a pier licence; what is left names what is done to it. A passage that says the one but
    not the other is a near miss.
    """
    act = act_known = size = 0.0
    for read in reads:
        rest = ~read.said([read.passage.title])[0]
        above = "\n".join(read.passage.heading)
        said = read.said([f"{above}\n{text}" for text in (*read.sentences, read.passage.text)])
        act = max(act, _share(said, read.weights, rest))
        act_known = max(act_known, _share(said, read.weights, rest & read.known))
        size = max(size, float(read.weights[rest].sum()) / max(float(read.weights.sum()), 1e-6))
    return act, act_known, size


def _share(said: NDArray[np.bool_], weights: FloatArray, which: NDArray[np.bool_]) -> float:
    """The best row's weighted share of the chosen groups; 1 when none is chosen."""
    total = float(weights[which].sum())
    return float(((said & which) @ weights).max()) / total if total > 0 else 1.0


def _bound(question: str, reads: Sequence[_Read]) -> tuple[float, float]:
    """As `_covered`, of single sentences under their headings; only of those with a quantity, where one is asked for.

    A number answers when what it is asked of stands in its own sentence or heading, not somewhere on the page.
    """
    best, unbound = 0.0, 1.0
    for read in reads:
        passage, known = read.passage, read.known
        sentences = [text for text in read.sentences if holds_expected(question, [text], passage.text)]
        inside = float(read.weights[known].sum())
        if not sentences or inside <= 0:
            continue
        above = "\n".join((passage.title, *passage.heading))
        said = read.said([f"{above}\n{text}" for text in sentences])
        shares = (said & known) @ read.weights / inside
        at = int(shares.argmax())
        if shares[at] > best:
            best, unbound = float(shares[at]), read.rarest(known & ~said[at])
    return best, unbound


def _covered(reads: Sequence[_Read]) -> tuple[float, float, float]:
    """(best share of the question that one passage says, rarest known word that it does not say, share unknown).

    The first two are of the passage that says most; words that the whole collection never says are in the third only.
    """
    best, missing, unknown = 0.0, 1.0, 1.0
    for read in reads:
        passage, known = read.passage, read.known
        total, inside = float(read.weights.sum()), float(read.weights[known].sum())
        if total <= 0 or inside <= 0:
            continue
        said = read.said(["\n".join((passage.title, *passage.heading, passage.text))])[0]
        share = float(read.weights[known & said].sum()) / inside
        if share > best:
            best, unknown, missing = share, 1 - inside / total, read.rarest(known & ~said)
    return best, missing, unknown


def probability(values: Mapping[str, float], weights: Mapping[str, float] = WEIGHTS) -> float:
    """Chance that the evidence answers, by the fitted model; without the bundled encoders by coverage alone."""
    if values.get("e5") == values.get("use") == 0.0:
        return float(values.get("coverage", 0.0) >= _LEAST_COVERAGE)
    total = sum(weights[name] * values.get(name, 0.0) for name in FEATURES)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
