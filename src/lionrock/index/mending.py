"""An index that is mended while it serves: when its engine fails, another is made from the database and asked again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from lionrock.errors import IndexUnavailableError
from lionrock.index.port import Index, IndexQuery, Point, Progress
from lionrock.records import Scope

__all__ = ["MendingIndex"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class MendingIndex:
    """Passes every call to `engine`. `mend` is given the engine that failed and returns a whole one; a call is repeated
    once, so that a fault which mending does not cure is told."""

    def __init__(self, engine: Index, mend: Callable[[Index], Index]) -> None:
        self._engine = engine
        self._mend = mend
        self._lock = threading.Lock()

    def _asked(self, call: Callable[[Index], _T]) -> _T:
        engine = self._engine
        try:
            return call(engine)
        except IndexUnavailableError as error:
            with self._lock:
                # Of several threads that met the same damage the first one mends, the others wait for it.
                if self._engine is engine:
                    _log.warning("%s", error.message)
                    self._engine = self._mend(engine)
            return call(self._engine)

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace."""
        self._asked(lambda engine: engine.upsert(points))

    def delete(self, passage_ids: Sequence[str]) -> None:
        """Remove."""
        self._asked(lambda engine: engine.delete(passage_ids))

    def search(self, queries: Sequence[IndexQuery], scope: Scope) -> list[list[str]]:
        """Search."""
        return self._asked(lambda engine: engine.search(queries, scope))

    def ids(self) -> set[str]:
        """All ids."""
        return self._asked(lambda engine: engine.ids())

    def rebuild(self, points: Iterable[Point], total: int, progress: Progress | None = None) -> None:
        """Replace everything. Not repeated: the points can be read only once."""
        self._engine.rebuild(points, total, progress)

    def close(self) -> None:
        """Flush and let go."""
        self._engine.close()
