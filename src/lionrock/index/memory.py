"""An index in memory with exact search: the real fake that tests use, and the yardstick for the other adapters."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import numpy as np

from lionrock.index.port import IndexQuery, Point, Progress
from lionrock.records import Scope

__all__ = ["MemoryIndex"]


class MemoryIndex:
    """Holds points in a dict; every search looks at all of them."""

    def __init__(self) -> None:
        self._points: dict[str, Point] = {}
        self._lock = threading.Lock()

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace."""
        with self._lock:
            self._points.update({point.passage_id: point for point in points})

    def delete(self, passage_ids: Sequence[str]) -> None:
        """Remove."""
        with self._lock:
            for passage_id in passage_ids:
                self._points.pop(passage_id, None)

    def search(self, queries: Sequence[IndexQuery], scope: Scope) -> list[list[str]]:
        """Exact search."""
        with self._lock:
            points = list(self._points.values())
        return [_best(query, [p for p in points if _within(p, query) and _visible(p, scope)]) for query in queries]

    def ids(self) -> set[str]:
        """All ids."""
        with self._lock:
            return set(self._points)

    def rebuild(self, points: Iterable[Point], total: int, progress: Progress | None = None) -> None:
        """Replace everything."""
        fresh: dict[str, Point] = {}
        for done, point in enumerate(points, 1):
            fresh[point.passage_id] = point
            if progress is not None:
                progress(done, total)
        with self._lock:
            self._points = fresh

    def close(self) -> None:
        """Nothing to flush."""


def _visible(point: Point, scope: Scope) -> bool:
    return point.classification <= scope.ceiling and (scope.every_department or point.department in scope.departments)


def _within(point: Point, query: IndexQuery) -> bool:
    if query.documents is not None and point.document_id not in query.documents:
        return False
    return point.pool == query.pool and (not query.languages or point.language in query.languages)


def _best(query: IndexQuery, points: Sequence[Point]) -> list[str]:
    found: dict[str, None] = {}
    for space, vector in query.dense.items():
        scores = np.array([float(point.dense[space] @ vector) for point in points])
        found.update(dict.fromkeys(points[at].passage_id for at in np.argsort(-scores, kind="stable")[: query.limit]))
    if query.sparse is not None and len(query.sparse.indices):
        wanted = dict(zip(query.sparse.indices.tolist(), query.sparse.values.tolist(), strict=True))
        sums = []
        for point in points:
            pairs = zip(point.sparse.indices.tolist(), point.sparse.values.tolist(), strict=True)
            sums.append(sum(wanted.get(index, 0.0) * value for index, value in pairs))
        order = np.argsort(-np.array(sums), kind="stable")[: query.limit]
        found.update(dict.fromkeys(points[at].passage_id for at in order if sums[at] > 0))
    return list(found)
