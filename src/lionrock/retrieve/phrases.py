"""Plain words as a leg of their own: how near a question comes to the nearest phrase of each provision.

Only legislation that has a plain-language index takes part (`text/plain.py`). The phrases' vectors are made when the
provision is taken in and held in memory here: 12 MB for the 3,315 Chinese phrases of Cap. 486, 5 MB for the 1,420 English.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from lionrock.models.ports import Embed
from lionrock.records import EVERYTHING, FloatArray, Narrowing, Passage, Pool, Scope
from lionrock.storage import passages as stored
from lionrock.storage import phrases
from lionrock.storage.phrases import Edition, Place
from lionrock.text.plain import load_plain

__all__ = ["NearPhrases", "Phrases"]

_LEAST = 20
"""Fewer provisions than this have no spread to measure by."""
_FIRST = 5
"""So many provisions become candidates whatever the other legs say."""
_BEST_OF_MANY = 1.0
"""Taken from each z-score: the best of many phrases lies above the mean for any question, and passages of documents
without phrases, at 0, must not stand behind that."""


@dataclass(frozen=True, slots=True)
class _Table:
    """The phrases of one language family."""

    places: tuple[Place, ...]
    starts: NDArray[np.intp]
    """Row of each place's first phrase."""
    dense: Mapping[str, FloatArray]
    """Encoder to an array of shape (phrases, dimension)."""


@dataclass(frozen=True, slots=True)
class _Held:
    editions: tuple[Edition, ...] = ()
    tables: Mapping[Pool, _Table] = field(default_factory=dict)
    place_of: Mapping[str, Place] = field(default_factory=dict)
    """Passage id to its place, of every document whose work has phrases."""


@dataclass(frozen=True, slots=True)
class NearPhrases:
    """What one question has in this leg."""

    scores: Mapping[Place, float]
    place_of: Mapping[str, Place]
    documents: tuple[str, ...] = ()
    """Whose passages these are."""

    def of(self, passage_ids: Sequence[str]) -> FloatArray:
        """The score of each passage; 0 for those without phrases."""
        return np.array([self._score(passage_id) for passage_id in passage_ids], np.float32)

    def _score(self, passage_id: str) -> float:
        place = self.place_of.get(passage_id)
        return self.scores.get(place, 0.0) if place is not None else 0.0

    def candidates(self, connection: Connection, scope: Scope, narrowing: Narrowing = EVERYTHING) -> list[Passage]:
        """The passages of the nearest provisions, in every language, that the scope sees within the narrowing."""
        scores, place_of = self.scores, self.place_of
        if scores and not narrowing.is_empty:
            # The nearest of those that were chosen, not what was chosen of the nearest.
            kept = stored.anchored_within(connection, self.documents, scope, narrowing)
            place_of = {passage_id: place for passage_id, place in place_of.items() if passage_id in kept}
            held = set(place_of.values())
            scores = {place: score for place, score in scores.items() if place in held}
        first = set(sorted(scores, key=lambda place: -scores[place])[:_FIRST])
        ids = [passage_id for passage_id, place in place_of.items() if place in first] if first else []
        return stored.passages_by_ids(connection, ids, scope, narrowing)


class Phrases:
    """Keeps the phrases' vectors of the current versions; read again when a version came or went. Thread-safe."""

    def __init__(self, embedders: Sequence[Embed]) -> None:
        self._embedders = embedders
        self._held = _Held()
        self._lock = threading.Lock()

    def near(self, connection: Connection, pool: Pool, vectors: Mapping[str, FloatArray]) -> NearPhrases:
        """The leg of a question, asked in the language of `pool`: z-scores over the provisions."""
        held = self._current(connection)
        table = held.tables.get(pool)
        if table is None or len(table.places) < _LEAST:
            return NearPhrases({}, {})
        near = np.sum([_standard(table.dense[name] @ vectors[name]) for name in table.dense], axis=0)
        best = _standard(np.maximum.reduceat(near, table.starts)) - _BEST_OF_MANY
        scores = dict(zip(table.places, best.tolist(), strict=True))
        return NearPhrases(scores, held.place_of, tuple(document_id for document_id, _ in held.editions))

    def _current(self, connection: Connection) -> _Held:
        editions = phrases.editions_told(connection, sorted({work for work, _ in load_plain()}))
        with self._lock:
            if editions != self._held.editions:
                self._held = self._read(connection, editions)
            return self._held

    def _read(self, connection: Connection, editions: tuple[Edition, ...]) -> _Held:
        sizes = {embedder.name: embedder.dimension for embedder in self._embedders}
        found: dict[Pool, dict[Place, dict[str, FloatArray]]] = {"zh": {}, "en": {}}
        for row in phrases.phrase_rows(connection, editions, list(sizes)):
            values = np.frombuffer(row.data, "<f2").astype(np.float32).reshape(-1, sizes[row.space])
            # Two documents of one work tell the same.
            found["en" if row.is_english else "zh"].setdefault(row.place, {}).setdefault(row.space, values)
        tables = {pool: _table(told, list(sizes)) for pool, told in found.items()}
        return _Held(editions, tables, phrases.places_of(connection, editions))


def _table(told: Mapping[Place, Mapping[str, FloatArray]], names: Sequence[str]) -> _Table:
    whole = {place: spaces for place, spaces in told.items() if all(name in spaces for name in names)}
    counts = [len(spaces[names[0]]) for spaces in whole.values()]
    starts = np.cumsum([0, *counts[:-1]]) if counts else np.zeros(0)
    dense = {name: np.concatenate([spaces[name] for spaces in whole.values()]) for name in names} if whole else {}
    return _Table(tuple(whole), starts.astype(np.intp), dense)


def _standard(values: FloatArray) -> FloatArray:
    spread = float(values.std())
    return np.asarray((values - values.mean()) / spread if spread > 0 else np.zeros_like(values), np.float32)
