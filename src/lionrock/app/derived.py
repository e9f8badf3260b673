"""The index and the statistics: all that is derived from the database, opened on first use and kept in step with it."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lionrock.errors import IndexUnavailableError, LionrockError
from lionrock.index.embedded import EdgeIndex
from lionrock.index.lexical import NO_VECTOR, VERSION, unpack
from lionrock.index.mending import MendingIndex
from lionrock.index.port import Index, Point, Progress, Schema
from lionrock.index.statistics import POOLS, Background, Statistics, stack
from lionrock.ingest.prepare import point_of
from lionrock.ingest.renew import renew_words
from lionrock.models.ports import Embed
from lionrock.records import SparseVector
from lionrock.settings import Settings
from lionrock.storage import documents, passages
from lionrock.storage.database import Database

__all__ = ["Derived"]

_log = logging.getLogger(__name__)
_BACKGROUND = 300


class Derived:
    """An index that is missing, older, damaged or out of step is made anew from the database; nothing is embedded."""

    def __init__(
        self, settings: Settings, database: Database, embedders: Sequence[Embed], progress: Progress | None = None
    ) -> None:
        self.statistics = Statistics()
        self._settings = settings
        self._database = database
        self._embedders = embedders
        self._progress = progress
        self._folder = settings.home / "index"
        self._index: Index | None = None
        self._lock = threading.RLock()
        self.fillings = 0
        """How often the index was filled anew."""

    def index(self) -> Index:
        """The index, opened on first use. Raises `EndpointError` when it is on a server that does not answer."""
        with self._lock:
            if self._index is None:
                self._index = self._open()
            return self._index

    def _open(self) -> Index:
        renew_words(self._database, self._progress)
        index = MendingIndex(self._engine(), self._mended)
        counted = self.statistics.load(self._folder)
        in_step = self._in_step()
        # Until it is closed in order the index may differ from the database: then the next start compares them.
        self._step_file.unlink(missing_ok=True)
        if not (counted and in_step):
            self.compare(index, counted=counted)
        self._sample()
        return index

    def _engine(self, *, anew: bool = False) -> Index:
        """The engine that the settings name; an embedded one that cannot be opened is made anew."""
        schema = Schema({e.name: e.dimension for e in self._embedders}, VERSION)
        if self._settings.index_url:
            # Imported here: most installations use the embedded index, and the client takes half a second to load.
            from lionrock.index.server import ServerIndex, connect

            return ServerIndex(connect(self._settings.index_url, self._settings.index_api_key), schema)
        folder = self._folder / "edge"
        if anew:
            return EdgeIndex.create(folder, schema)
        try:
            return EdgeIndex(folder, schema)
        except IndexUnavailableError as error:
            _log.warning("%s", error.message)
            return EdgeIndex.create(folder, schema)

    def _mended(self, failed: Index) -> Index:
        """A whole engine in place of one that failed while it served."""
        with contextlib.suppress(LionrockError):
            failed.close()
        fresh = self._engine(anew=True)
        self.compare(fresh, counted=True)
        self._sample()
        return fresh

    def compare(self, index: Index, *, counted: bool) -> None:
        """Fill the index anew if it differs from the database; count anew what was not counted."""
        with self._database.connect() as connection:
            wanted = passages.all_current_ids(connection)
        if index.ids() != wanted:
            _log.warning("the search index and the database differ; rebuilding")
            self._fill(index, len(wanted))
        elif not counted or self.statistics.passages != len(wanted):
            self._count_again()

    @property
    def _step_file(self) -> Path:
        """Inside the shard's own folder, so that it goes where the shard goes."""
        return self._folder / "edge" / "in-step"

    def _in_step(self) -> bool:
        """Whether the last process closed index and database at this very state; else their ids are compared."""
        if self._settings.index_url:
            return False
        try:
            told = self._step_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return False
        with self._database.connect() as connection:
            return told == documents.state_of(connection)

    def _points(self) -> Iterator[Point]:
        spaces = [embedder.name for embedder in self._embedders]
        without = 0
        with self._database.connect() as connection:
            for stored in passages.iterate_points(connection):
                point = point_of(stored, spaces)
                if point is None:
                    without += 1
                    continue
                yield point
        if without:
            _log.warning("%d passages have no vectors of this model; add their documents again", without)

    def _fill(self, index: Index, total: int) -> None:
        self.fillings += 1
        self.statistics.reset()

        def counted() -> Iterator[Point]:
            for point in self._points():
                self.statistics.count([(point.pool, point.sparse)])
                yield point

        index.rebuild(counted(), total, self._progress)
        self.statistics.save(self._folder)

    def _count_again(self) -> None:
        self.statistics.reset()
        for point in self._points():
            self.statistics.count([(point.pool, point.sparse)])
        self.statistics.save(self._folder)

    def _sample(self) -> None:
        """Take the background samples anew."""
        with self._database.connect() as connection:
            for pool in POOLS:
                ids = passages.sample_ids(connection, pool, _BACKGROUND)
                data = passages.load_vectors(connection, ids)
                rows = [data[i] for i in ids if i in data and all(e.name in data[i] for e in self._embedders)]
                dense = {e.name: stack([row[e.name] for row in rows], e.dimension) for e in self._embedders}
                self.statistics.set_background(pool, Background(dense, *_sparse(rows)))
        self.statistics.stale = False

    def refresh(self) -> None:
        """Bring samples and stored counts up to date, if passages came or went."""
        if self.statistics.stale:
            self._sample()
            self.statistics.save(self._folder)

    def reindex(self, progress: Progress | None = None) -> int:
        """Rebuild the index from the database. Returns the number of passages."""
        index = self.index()
        with self._database.connect() as connection:
            total = len(passages.all_current_ids(connection))
        self._progress = progress or self._progress
        self._fill(index, total)
        self._sample()
        return total

    def close(self) -> None:
        """Let go of the index. One that does not close in order is compared with the database at the next start."""
        with self._lock:
            index, self._index = self._index, None
            if index is None:
                return
            saved = self.statistics.save(self._folder)
            try:
                index.close()
            except IndexUnavailableError as error:
                _log.warning("%s", error.message)
                return
            if saved and not self._settings.index_url:
                self._write_step()

    def _write_step(self) -> None:
        """Without this file the next start compares index and database, so a failure here harms nothing."""
        with contextlib.suppress(LionrockError, OSError), self._database.connect() as connection:
            self._step_file.write_text(documents.state_of(connection), encoding="utf-8")


def _sparse(rows: Sequence[Mapping[str, bytes]]) -> tuple[list[SparseVector], list[SparseVector]]:
    """Lexical vectors of passages and of their headings."""
    return [unpack(row["lexical"]) for row in rows], [unpack(row.get("heading", NO_VECTOR)) for row in rows]
