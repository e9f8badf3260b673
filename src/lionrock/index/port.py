"""The search engine, as the rest of the house sees it. No search runs without a scope.

An engine finds candidates and nothing more: which passages come near in each leg. Their exact scores are computed from
the vectors in the database, so an approximate engine never decides a rank.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lionrock.records import Classification, FloatArray, Language, Pool, Scope, SparseVector, pool_of

__all__ = ["Index", "IndexQuery", "Point", "Progress", "Schema"]

Progress = Callable[[int, int], None]
"""Called with (done, total) during long work."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What an index is built for; an index on disk with another schema is rebuilt."""

    dense: Mapping[str, int]
    """Name of each vector space and its dimension, e.g. {"e5": 384, "use": 512}."""
    version: int = 1
    """Raised whenever tokens or folding change."""
    payload: int = 2
    """Raised whenever what is stored beside the vectors changes."""

    @property
    def stamp(self) -> str:
        """A text that differs whenever two schemas differ."""
        fields = {"dense": dict(sorted(self.dense.items())), "payload": self.payload, "version": self.version}
        return json.dumps(fields)


@dataclass(frozen=True, slots=True)
class Point:
    """One passage as the engine takes it in."""

    passage_id: str
    """A UUID in its canonical text form."""
    document_id: str
    department: str
    classification: Classification
    language: Language
    dense: Mapping[str, FloatArray]
    sparse: SparseVector

    @property
    def pool(self) -> Pool:
        """The family of documents it is scored among."""
        return pool_of(self.language)


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """Legs of one search among the documents of one pool; a leg that is absent is not run.

    `documents` and `languages` narrow what is searched beside the scope, which they never widen.
    """

    pool: Pool
    dense: Mapping[str, FloatArray] = field(default_factory=dict)
    sparse: SparseVector | None = None
    """Query weights (with inverse document frequency in them); the leg's score is the dot product."""
    limit: int = 50
    """Best points taken from each leg."""
    documents: frozenset[str] | None = None
    """Ids of the documents that are searched; None: all."""
    languages: frozenset[Language] = frozenset()
    """Languages of the passages that are searched; empty: all."""

    @property
    def is_narrowed(self) -> bool:
        """Whether less is searched than the scope sees."""
        return self.documents is not None or bool(self.languages)


class Index(Protocol):
    """An engine. Methods may be called from several threads."""

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace points; durable when it returns."""

    def delete(self, passage_ids: Sequence[str]) -> None:
        """Remove points; ids that are absent are ignored. Durable when it returns."""

    def search(self, queries: Sequence[IndexQuery], scope: Scope) -> list[list[str]]:
        """For each query the passage ids of the union of its legs' best points that the scope may see.

        An empty scope finds nothing. Recall against an exact search under any scope of departments, and under any
        narrowing, is 1.0.
        """

    def ids(self) -> set[str]:
        """All passage ids held, for the check against the database."""

    def rebuild(self, points: Iterable[Point], total: int, progress: Progress | None = None) -> None:
        """Replace the whole content; the old content serves until the new one is complete."""

    def close(self) -> None:
        """Flush and let go."""
