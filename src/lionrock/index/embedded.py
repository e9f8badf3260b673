"""The embedded index: one Qdrant Edge shard in the data folder, owned by one process.

Filters stand inside every search. A search that is filtered to some departments, documents or languages is exact (not
approximate): on one of seventy departments of 100,000 passages that costs about as much as the graph, and recall stays 1.0.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import qdrant_edge as qe

from lionrock.errors import IndexUnavailableError
from lionrock.index.port import IndexQuery, Point, Progress, Schema
from lionrock.index.seal import broken, seal
from lionrock.records import Scope

__all__ = ["EdgeIndex"]

_FIELDS: tuple[tuple[str, Any], ...] = (
    # A tenant's points are stored together: a search of one department reads one place.
    ("department", qe.KeywordIndexParams(is_tenant=True)),
    ("classification", qe.PayloadSchemaType.Integer),
    ("pool", qe.PayloadSchemaType.Keyword),
    ("document", qe.PayloadSchemaType.Keyword),
    ("language", qe.PayloadSchemaType.Keyword),
)
_LEXICAL = "lexical"
_BATCH = 256
_SCROLL = 5000
_OPTIMIZE_AFTER = 20_000
_PANIC = "PanicException"


def _asked(call: Callable[..., Any], *arguments: Any) -> Any:
    """Every call of the engine passes here, so that whatever it raises is one error: the index has to be made anew."""
    try:
        return call(*arguments)
    except BaseException as error:
        # The engine knows no errors of its own: it raises bare `Exception`, and where its code panics an exception
        # below `BaseException`, which has no public name.
        if not isinstance(error, Exception) and type(error).__name__ != _PANIC:
            raise
        raise IndexUnavailableError(f"The search index is damaged ({_first_line(error)}); it is rebuilt.") from error


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0][:200] if lines else type(error).__name__


class EdgeIndex:
    """Opens or creates the shard in `folder`. Raises `IndexUnavailableError` when it is damaged or of another schema."""

    def __init__(self, folder: Path, schema: Schema) -> None:
        self._folder = folder
        self._schema = schema
        self._lock = threading.RLock()
        self._since_optimize = 0
        self._shard = self._open()

    def _config(self) -> Any:
        # Sixteen bits are enough for candidates. What is cold is read from its file when it is asked for: the memory
        # of a laptop is left to whoever needs it.
        form: Any = {"datatype": qe.VectorStorageDatatype.Float16, "memory": qe.Memory.Cold}
        dense = {name: qe.EdgeVectorParams(size, qe.Distance.Dot, **form) for name, size in self._schema.dense.items()}
        return qe.EdgeConfig(vectors=dense, sparse_vectors={_LEXICAL: qe.EdgeSparseVectorParams(**form)})

    def _create(self, folder: Path) -> Any:
        try:
            (folder / "shard").mkdir(parents=True)
            shard = _asked(qe.EdgeShard.create, str(folder / "shard"), self._config())
            for name, kind in _FIELDS:
                _asked(shard.update, qe.UpdateOperation.create_field_index(name, kind))
            _asked(shard.flush)
            # Last, so that a shard which was begun and not finished is not taken for a whole one.
            (folder / "schema.json").write_text(self._schema.stamp, encoding="utf-8")
        except OSError as error:
            raise IndexUnavailableError(f"The search index cannot be written ({error}); check the disk.") from error
        return shard

    def _open(self) -> Any:
        if not self._folder.exists():
            return self._create(self._folder)
        try:
            if (self._folder / "schema.json").read_text(encoding="utf-8") != self._schema.stamp:
                raise IndexUnavailableError("The search index was built by another version; it is rebuilt.")
            harmed = broken(self._folder / "shard", self._folder)
        except (OSError, ValueError) as error:
            raise IndexUnavailableError(f"The search index is damaged ({error}); it is rebuilt.") from error
        if harmed is not None:
            raise IndexUnavailableError(f"The search index is damaged ({harmed}); it is rebuilt.")
        return _asked(qe.EdgeShard.load, str(self._folder / "shard"))

    @classmethod
    def create(cls, folder: Path, schema: Schema) -> EdgeIndex:
        """A new, empty index in place of whatever lies there."""
        shutil.rmtree(folder, ignore_errors=True)
        return cls(folder, schema)

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace."""
        with self._lock:
            self._insert(self._shard, points)
            _asked(self._shard.flush)
            self._since_optimize += len(points)
            if self._since_optimize >= _OPTIMIZE_AFTER:
                _asked(self._shard.optimize)
                self._since_optimize = 0

    @staticmethod
    def _insert(shard: Any, points: Sequence[Point]) -> None:
        for start in range(0, len(points), _BATCH):
            batch = [_edge_point(point) for point in points[start : start + _BATCH]]
            _asked(shard.update, qe.UpdateOperation.upsert_points(batch))

    def delete(self, passage_ids: Sequence[str]) -> None:
        """Remove."""
        with self._lock:
            if passage_ids:
                _asked(self._shard.update, qe.UpdateOperation.delete_points(list(passage_ids)))
                _asked(self._shard.flush)

    def search(self, queries: Sequence[IndexQuery], scope: Scope) -> list[list[str]]:
        """All legs of all queries in one batch."""
        if scope.is_empty:
            return [[] for _ in queries]
        requests: list[Any] = []
        owners: list[int] = []
        for at, query in enumerate(queries):
            for request in _requests(query, scope):
                requests.append(request)
                owners.append(at)
        found: list[dict[str, None]] = [{} for _ in queries]
        if requests:
            answers = _asked(self._shard.query_batch, qe.QueryBatchRequest(requests))
            for at, points in zip(owners, answers, strict=True):
                found[at].update((str(point.id), None) for point in points)
        return [list(ids) for ids in found]

    def ids(self) -> set[str]:
        """All ids."""
        found: set[str] = set()
        offset: Any = None
        while True:
            request = qe.ScrollRequest(offset=offset, limit=_SCROLL, with_payload=False, with_vector=False)
            records, offset = _asked(self._shard.scroll, request)
            found.update(str(record.id) for record in records)
            if offset is None:
                return found

    def rebuild(self, points: Iterable[Point], total: int, progress: Progress | None = None) -> None:
        """Build a new shard beside the old one, then swap."""
        beside = self._folder.with_name(self._folder.name + ".building")
        shutil.rmtree(beside, ignore_errors=True)
        shard = self._create(beside)
        batch: list[Point] = []
        done = 0
        for point in points:
            batch.append(point)
            if len(batch) == _BATCH:
                self._insert(shard, batch)
                done += len(batch)
                batch = []
                if progress is not None:
                    progress(done, total)
        self._insert(shard, batch)
        if progress is not None:
            progress(done + len(batch), total)
        for finish in (shard.optimize, shard.flush, shard.close):
            _asked(finish)
        with self._lock:
            # What is wrong with the old one matters no more.
            with contextlib.suppress(IndexUnavailableError):
                _asked(self._shard.close)
            old = self._folder.with_name(self._folder.name + ".old")
            shutil.rmtree(old, ignore_errors=True)
            self._folder.replace(old)
            beside.replace(self._folder)
            self._shard = self._open()
            shutil.rmtree(old, ignore_errors=True)

    def close(self) -> None:
        """Flush, let go, and note what the files are like, for the next start."""
        with self._lock:
            _asked(self._shard.flush)
            _asked(self._shard.close)
            with contextlib.suppress(OSError):
                seal(self._folder / "shard", self._folder)


def _edge_point(point: Point) -> Any:
    vector: dict[str, Any] = {name: values.tolist() for name, values in point.dense.items()}
    vector[_LEXICAL] = qe.SparseVector(point.sparse.indices.tolist(), point.sparse.values.tolist())
    payload = {
        "department": point.department,
        "classification": int(point.classification),
        "pool": point.pool,
        "document": point.document_id,
        "language": point.language,
    }
    return qe.Point(point.passage_id, vector, payload)


def _requests(query: IndexQuery, scope: Scope) -> list[Any]:
    conditions: list[Any] = [
        qe.FieldCondition("pool", match=qe.MatchValue(query.pool)),
        qe.FieldCondition("classification", range=qe.RangeFloat(lte=float(scope.ceiling))),
    ]
    if not scope.every_department:
        conditions.append(qe.FieldCondition("department", match=qe.MatchAny(sorted(scope.departments))))
    if query.documents is not None:
        conditions.append(qe.FieldCondition("document", match=qe.MatchAny(list(query.documents))))
    if query.languages:
        conditions.append(
            qe.FieldCondition("language", match=qe.MatchAny([str(language) for language in sorted(query.languages)]))
        )
    condition = qe.Filter(must=conditions)
    exact = not scope.every_department or query.is_narrowed
    params = qe.SearchParams(exact=exact, hnsw_ef=None if exact else 128)
    requests = [
        qe.QueryRequest(
            query.limit, query=qe.Query.Nearest(values.tolist(), using=name), filter=condition, params=params
        )
        for name, values in query.dense.items()
    ]
    if query.sparse is not None and len(query.sparse.indices):
        sparse = qe.SparseVector(query.sparse.indices.tolist(), query.sparse.values.tolist())
        requests.append(qe.QueryRequest(query.limit, query=qe.Query.Nearest(sparse, using=_LEXICAL), filter=condition))
    return requests
