"""The best sentences of the passages found: an answer that only quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lionrock.answer.expect import expected_kinds, holds_expected
from lionrock.index.lexical import ScoringBatch, passage_vector
from lionrock.index.statistics import Statistics
from lionrock.models.ports import Embed
from lionrock.records import FloatArray, Hit, Span
from lionrock.retrieve.query import Query
from lionrock.text.sentences import sentence_spans

__all__ = ["Quote", "best_sentences"]

_MOST_SENTENCES = 36
_MOST_CHARACTERS = 600
_RANK_COST = 0.35
_LACKING_COST = 0.6
"""For a sentence without a quantity of the kind that is asked for."""
_KEEP = 0.72
_LEADS = (":", "\uff1a", "—", "--", "──")
_ITEM = re.compile(r"\s*(?:[(\uff08][0-9a-zA-Z一二三四五六七八九十]{1,4}[)\uff09]|[-•·*]|\d{1,2}[.)、])")
"""How an item of a list begins."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a passage that answers, with its score."""

    hit: Hit
    span: Span
    score: float


def best_sentences(
    query: Query, hits: Sequence[Hit], statistics: Statistics, embedder: Embed, *, most: int = 3
) -> list[Quote]:
    """Up to `most` sentences, best first; further ones only when they are nearly as good as the first."""
    places = [(hit, span) for hit in hits for span in _spans(hit)][:_MOST_SENTENCES]
    if not places:
        return []
    texts = [span.of(hit.passage.text) for hit, span in places]
    lexical = _lexical(query, places, texts, statistics)
    question = embedder.embed_queries([query.rewritten or query.question])[0]
    shown = [
        f"{(hit.passage.heading or (hit.passage.title,))[-1]}: {text}"
        for (hit, _), text in zip(places, texts, strict=True)
    ]
    near = embedder.embed_passages(shown) @ question
    asked = expected_kinds(query.question)
    lacking = [
        bool(asked) and not holds_expected(query.question, [text], hit.passage.text)
        for (hit, _), text in zip(places, texts, strict=True)
    ]
    ranks = np.array([hit.rank - 1 for hit, _ in places], np.float32)
    totals = _scaled(lexical) + _scaled(near) - _RANK_COST * ranks - _LACKING_COST * np.array(lacking, np.float32)
    order = sorted(range(len(places)), key=lambda at: -totals[at])
    first = totals[order[0]]
    spread = float(totals.max() - totals.min()) or 1.0
    chosen: list[Quote] = []
    for at in order:
        if len(chosen) == most or (chosen and (first - totals[at]) / spread > 1 - _KEEP):
            break
        hit, span = places[at]
        if any(texts[at] == quote.span.of(quote.hit.passage.text) for quote in chosen):
            continue
        chosen.append(Quote(hit, span, float(totals[at])))
    return chosen


def _spans(hit: Hit) -> list[Span]:
    """Sentences of a passage without its own headings; a list that a line leads into stays with that line."""
    text = hit.passage.text
    spans = [span for span in sentence_spans(text) if not _is_heading(span.of(text), hit.passage.heading)]
    merged: list[Span] = []
    leading = False
    for span in spans:
        words = span.of(text)
        fits = bool(merged) and span.end - merged[-1].start < _MOST_CHARACTERS
        leading = leading and bool(_ITEM.match(words))
        if fits and (leading or merged[-1].of(text).rstrip().endswith(_LEADS)):
            merged[-1] = Span(merged[-1].start, span.end)
            leading = True
        else:
            merged.append(span)
            leading = False
    return [span for span in merged if span.end - span.start >= 4]


def _is_heading(words: str, headings: Sequence[str]) -> bool:
    return words.strip("# ") in headings


def _lexical(
    query: Query, places: Sequence[tuple[Hit, Span]], texts: Sequence[str], statistics: Statistics
) -> FloatArray:
    """BM25 of each sentence in its own pool, as a share of the pool's best."""
    scores = np.zeros(len(places), np.float32)
    for pool in ("zh", "en"):
        rows = [at for at, (hit, _) in enumerate(places) if hit.passage.pool == pool]
        if rows:
            batch = ScoringBatch([passage_vector(texts[at], pool) for at in rows])
            values = batch.score(query.groups[pool], statistics.frequencies[pool])
            scores[rows] = values / max(float(values.max()), 1e-6)
    return scores


def _scaled(values: FloatArray) -> FloatArray:
    spread = float(values.max() - values.min())
    return np.asarray((values - values.min()) / spread if spread > 0 else values * 0, np.float32)
