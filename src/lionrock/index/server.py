"""A Qdrant server or cluster, through its official client: the index of installations with several machines.

Each build of the index is a collection of its own; an alias names the one that serves, so a rebuild is seen whole or
not at all.
"""

from __future__ import annotations

import hashlib
import itertools
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
from qdrant_client import QdrantClient
from qdrant_client import models as qm
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from lionrock.errors import EndpointError, IndexUnavailableError
from lionrock.index.port import IndexQuery, Point, Progress, Schema
from lionrock.records import Scope

__all__ = ["ServerIndex", "connect"]

_LEXICAL = "lexical"
_BATCH = 256
_SCROLL = 5000


class ServerIndex:
    """The collection behind the alias `name`; created when absent or of another schema.

    Raises `EndpointError` when the server cannot be reached, `IndexUnavailableError` when it refuses.
    """

    def __init__(self, client: QdrantClient, schema: Schema, *, name: str = "lionrock") -> None:
        self._client = client
        self._schema = schema
        self._alias = name
        with _reached():
            self._collection = self._current() or self._begin()

    def _current(self) -> str | None:
        """The collection behind the alias, if it has our schema; one with another schema is replaced."""
        for alias in self._client.get_aliases().aliases:
            if alias.alias_name == self._alias and alias.collection_name.startswith(self._prefix):
                return str(alias.collection_name)
        return None

    @property
    def _prefix(self) -> str:
        return f"{self._alias}-{hashlib.sha256(self._schema.stamp.encode()).hexdigest()[:10]}-"

    def _begin(self) -> str:
        fresh = self._create()
        self._switch(fresh)
        return fresh

    def _create(self) -> str:
        name = self._prefix + uuid.uuid4().hex[:8]
        dense = {
            space: qm.VectorParams(size=size, distance=qm.Distance.DOT, datatype=qm.Datatype.FLOAT16)
            for space, size in self._schema.dense.items()
        }
        self._client.create_collection(
            name, vectors_config=dense, sparse_vectors_config={_LEXICAL: qm.SparseVectorParams()}
        )
        # A tenant's points are stored together: a search of one department reads one place.
        tenant = qm.KeywordIndexParams(type=qm.KeywordIndexType.KEYWORD, is_tenant=True)
        self._client.create_payload_index(name, "department", tenant)
        self._client.create_payload_index(name, "classification", qm.PayloadSchemaType.INTEGER)
        for field in ("pool", "document", "language"):
            self._client.create_payload_index(name, field, qm.PayloadSchemaType.KEYWORD)
        return name

    def _switch(self, fresh: str) -> None:
        """Let the alias name `fresh`; collections that it named before are dropped."""
        old = [a.collection_name for a in self._client.get_aliases().aliases if a.alias_name == self._alias]
        changes: list[Any] = [qm.DeleteAliasOperation(delete_alias=qm.DeleteAlias(alias_name=self._alias)) for _ in old]
        create = qm.CreateAlias(collection_name=fresh, alias_name=self._alias)
        self._client.update_collection_aliases([*changes, qm.CreateAliasOperation(create_alias=create)])
        for collection in old:
            self._client.delete_collection(collection)

    def upsert(self, points: Sequence[Point]) -> None:
        """Add or replace."""
        with _reached():
            self._insert(self._collection, points)

    def _insert(self, collection: str, points: Iterable[Point]) -> int:
        done = 0
        source = iter(points)
        while batch := [_server_point(point) for point in itertools.islice(source, _BATCH)]:
            self._client.upsert(collection, batch, wait=True)
            done += len(batch)
        return done

    def delete(self, passage_ids: Sequence[str]) -> None:
        """Remove."""
        if passage_ids:
            with _reached():
                self._client.delete(self._collection, qm.PointIdsList(points=list(passage_ids)), wait=True)

    def search(self, queries: Sequence[IndexQuery], scope: Scope) -> list[list[str]]:
        """All legs of all queries in one request."""
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
            with _reached():
                answers = self._client.query_batch_points(self._collection, requests)
            for at, answer in zip(owners, answers, strict=True):
                found[at].update((str(point.id), None) for point in answer.points)
        return [list(ids) for ids in found]

    def ids(self) -> set[str]:
        """All ids."""
        found: set[str] = set()
        offset: Any = None
        with _reached():
            while True:
                records, offset = self._client.scroll(
                    self._collection, limit=_SCROLL, offset=offset, with_payload=False, with_vectors=False
                )
                found.update(str(record.id) for record in records)
                if offset is None:
                    return found

    def rebuild(self, points: Iterable[Point], total: int, progress: Progress | None = None) -> None:
        """Fill a new collection, then let the alias name it."""
        with _reached():
            fresh = self._create()
            done = 0
            source = iter(points)
            while batch := list(itertools.islice(source, _BATCH)):
                done += self._insert(fresh, batch)
                if progress is not None:
                    progress(done, total)
            self._switch(fresh)
            self._collection = fresh

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def connect(address: str, api_key: str = "") -> QdrantClient:
    """A client for a Qdrant server. Nothing is asked of it yet: the client's own look at its version would warn."""
    return QdrantClient(url=address, api_key=api_key or None, check_compatibility=False)


@contextmanager
def _reached() -> Iterator[None]:
    """Whatever goes wrong between us and the server is an error that a user understands."""
    try:
        yield
    except UnexpectedResponse as error:
        said = f"{error.status_code} {error.reason_phrase}".strip()
        raise IndexUnavailableError(
            f"The search server refused the request ({said}); check LIONROCK_INDEX_API_KEY and the server's log."
        ) from error
    except (ApiException, httpx.HTTPError, OSError) as error:
        raise EndpointError(
            f"The search server does not answer ({error}); check LIONROCK_INDEX_URL and that Qdrant is running."
        ) from error


def _server_point(point: Point) -> qm.PointStruct:
    vector: dict[str, Any] = {name: values.tolist() for name, values in point.dense.items()}
    vector[_LEXICAL] = qm.SparseVector(indices=point.sparse.indices.tolist(), values=point.sparse.values.tolist())
    payload = {
        "department": point.department,
        "classification": int(point.classification),
        "pool": point.pool,
        "document": point.document_id,
        "language": point.language,
    }
    return qm.PointStruct(id=point.passage_id, vector=vector, payload=payload)


def _requests(query: IndexQuery, scope: Scope) -> list[qm.QueryRequest]:
    must: list[Any] = [
        qm.FieldCondition(key="pool", match=qm.MatchValue(value=query.pool)),
        qm.FieldCondition(key="classification", range=qm.Range(lte=float(scope.ceiling))),
    ]
    if not scope.every_department:
        must.append(qm.FieldCondition(key="department", match=qm.MatchAny(any=sorted(scope.departments))))
    if query.documents is not None:
        must.append(qm.FieldCondition(key="document", match=qm.MatchAny(any=list(query.documents))))
    if query.languages:
        must.append(
            qm.FieldCondition(
                key="language", match=qm.MatchAny(any=[str(language) for language in sorted(query.languages)])
            )
        )
    # Exact under a filter, as in the embedded index: recall stays 1.0 for any mix of departments and any narrowing.
    exact = not scope.every_department or query.is_narrowed
    params = qm.SearchParams(exact=True) if exact else qm.SearchParams(hnsw_ef=128)
    common: dict[str, Any] = {"filter": qm.Filter(must=must), "limit": query.limit, "params": params}
    requests = [qm.QueryRequest(query=values.tolist(), using=name, **common) for name, values in query.dense.items()]
    if query.sparse is not None and len(query.sparse.indices):
        sparse = qm.SparseVector(indices=query.sparse.indices.tolist(), values=query.sparse.values.tolist())
        requests.append(qm.QueryRequest(query=sparse, using=_LEXICAL, **common))
    return requests
