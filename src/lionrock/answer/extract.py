"""The best sentences of the passages found: an answer that only quotes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lionrock.answer.expect import expected_kinds, holds_expected
from lionrock.answer.near import Nearness, below_heading
from lionrock.answer.ranges import amount_asked, fits
from lionrock.index.lexical import ScoringBatch, passage_vector
from lionrock.index.statistics import Statistics
from lionrock.records import FloatArray, Hit, Passage, Span
from lionrock.retrieve.query import Query
from lionrock.text.sentences import sentence_spans

__all__ = ["Quote", "best_sentences"]

_MOST_SENTENCES = 36
_MOST_CHARACTERS = 600
_RANK_COST = 0.35
_LACKING_COST = 1.0
"""For a sentence without a quantity of the kind that is asked for."""
_KEEP = 0.72
_LEADS = (":", "\uff1a", "—", "--", "──")
_ITEM = re.compile(r"\s*(?:[(\uff08][0-9a-zA-Z一二三四五六七八九十]{1,4}[)\uff09]|[-•·*]|\d{1,2}[.)、])")
"""How an item of a list begins."""
_TABLE_HEAD = re.compile(r"[^:\uff1a\d\n]*\|[^:\uff1a\d\n]*")
"""A row that names the columns only: its cells have neither heads nor figures."""
_RANGE = 1.2
_STATES = re.compile(r"[。.!?;\uff01\uff1f\uff1b:\uff1a|](?:\s|$)|[。\uff1b\uff01\uff1f]")
"""What a line that states something holds: the end of a sentence, or a cell of a table below its head."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a passage that answers, with its score."""

    hit: Hit
    span: Span
    score: float


def best_sentences(
    query: Query, hits: Sequence[Hit], statistics: Statistics, nearness: Nearness, *, most: int = 3
) -> list[Quote]:
    """Up to `most` sentences, best first; further ones only when they are nearly as good as the first."""
    places = [(hit, span) for hit in hits for span in _spans(hit)][:_MOST_SENTENCES]
    if not places:
        return []
    texts = [span.of(hit.passage.text) for hit, span in places]
    lexical = _scaled(_lexical(query, places, texts, statistics))
    shown = [below_heading(hit, span) for hit, span in places]
    near = nearness.of(query.rewritten or query.question, shown)
    closeness = sum((_scaled(near[:, at]) for at in range(near.shape[1])), np.zeros(len(places), np.float32))
    asked = expected_kinds(query.question)
    lacking = [
        bool(asked) and not holds_expected(query.question, [text], hit.passage.text)
        for (hit, _), text in zip(places, texts, strict=True)
    ]
    ranks = np.array([hit.rank - 1 for hit, _ in places], np.float32)
    totals = lexical + closeness - _RANK_COST * ranks - _LACKING_COST * np.array(lacking, np.float32)
    totals += _in_range(query.question, texts)
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
    # The best one leads; what is added reads in the order of its document.
    return [*chosen[:1], *sorted(chosen[1:], key=lambda quote: (quote.hit.rank, quote.span))]


def _in_range(question: str, texts: Sequence[str]) -> FloatArray:
    """For each text, what it gains or loses because the amount in the question lies inside or outside its range."""
    amount = amount_asked(question)
    worth = {True: _RANGE, False: -_RANGE, None: 0.0}
    return np.array([worth[fits(text, amount)] if amount is not None else 0.0 for text in texts], np.float32)


def _spans(hit: Hit) -> list[Span]:
    """Sentences of a passage without its own headings; a list that a line leads into stays with that line."""
    text = hit.passage.text
    spans = [span for span in sentence_spans(text) if not _is_heading(span.of(text), hit.passage)]
    if hit.passage.ordinal == 0:
        # A document opens with its title, its department and its date: lines that say nothing by themselves.
        opening = itertools.takewhile(lambda span: not _STATES.search(span.of(text)), spans)
        spans = spans[len(list(opening)) :] or spans
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


def _is_heading(words: str, passage: Passage) -> bool:
    bare = words.strip("# ")
    return bare in passage.heading or bare == passage.title or bool(_TABLE_HEAD.fullmatch(bare))


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
