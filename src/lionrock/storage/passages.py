"""Passages and their vectors."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from lionrock.errors import NotFoundError
from lionrock.records import EVERYTHING, Classification, Language, Narrowing, Passage, Pool, Scope
from lionrock.storage.narrowing import among, chosen
from lionrock.storage.phrases import of_phrases
from lionrock.storage.tables import documents, passages, vectors, versions
from lionrock.storage.visibility import visible

__all__ = [
    "StoredPoint",
    "all_current_ids",
    "anchored_within",
    "current_passages",
    "iterate_points",
    "legislation",
    "lexical_of",
    "load_vectors",
    "neighbours",
    "opening_passages",
    "passage_by_id",
    "passages_by_anchor",
    "passages_by_ids",
    "passages_of",
    "replace_vectors",
    "sample_ids",
]

_BATCH = 500


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """What the index is rebuilt from."""

    passage: Passage
    vectors: Mapping[str, bytes]


def _joined() -> sa.Select[Any]:
    return (
        sa.select(
            passages,
            documents.c.source,
            documents.c.department,
            documents.c.classification,
            documents.c.superseded_by,
            versions.c.title,
            versions.c.pair_key,
        )
        .join(documents, documents.c.id == passages.c.document_id)
        .join(
            versions,
            sa.and_(versions.c.document_id == passages.c.document_id, versions.c.version == passages.c.version),
        )
    )


_CURRENT = passages.c.version == documents.c.current_version


def _seen(scope: Scope, narrowing: Narrowing) -> list[sa.ColumnElement[bool]]:
    return [visible(scope)] if narrowing.is_empty else [visible(scope), among(narrowing)]


def _passage(row: Any) -> Passage:
    return Passage(
        id=row.id,
        document_id=row.document_id,
        version=row.version,
        ordinal=row.ordinal,
        text=row.text,
        start=row.start,
        end=row.end,
        language=row.language,
        title=row.title or "",
        source=row.source,
        heading=tuple(row.heading),
        page=row.page,
        anchor=row.anchor,
        status=row.status,
        status_reason=row.status_reason,
        version_date=row.version_date,
        pair_key=row.pair_key,
        department=row.department,
        classification=Classification(row.classification),
        superseded_by=row.superseded_by,
        page_breaks=tuple((start, page) for start, page in row.page_breaks or ()),
    )


def passages_by_ids(
    connection: sa.Connection, ids: Sequence[str], scope: Scope, narrowing: Narrowing = EVERYTHING
) -> list[Passage]:
    """Current passages that the scope sees within the narrowing, in the order of `ids`; others are left out."""
    found: dict[str, Passage] = {}
    for start in range(0, len(ids), _BATCH):
        batch = list(ids[start : start + _BATCH])
        query = _joined().where(passages.c.id.in_(batch), _CURRENT, *_seen(scope, narrowing))
        found.update((row.id, _passage(row)) for row in connection.execute(query).all())
    return [found[passage_id] for passage_id in ids if passage_id in found]


def current_passages(connection: sa.Connection, ids: Sequence[str]) -> list[Passage]:
    """Current passages of every department: for upkeep of what is derived from them, never to be shown."""
    query = _joined().where(passages.c.id.in_(list(ids)), _CURRENT)
    return [_passage(row) for row in connection.execute(query)]


def replace_vectors(connection: sa.Connection, made: Mapping[str, Mapping[str, bytes]]) -> None:
    """Passage id -> space -> bytes: put these in place of the vectors stored in the same spaces."""
    rows = [
        {"passage_id": passage_id, "space": space, "data": data}
        for passage_id, spaces in made.items()
        for space, data in spaces.items()
    ]
    if not rows:
        return
    spaces = {row["space"] for row in rows}
    connection.execute(vectors.delete().where(vectors.c.passage_id.in_(list(made)), vectors.c.space.in_(spaces)))
    connection.execute(vectors.insert(), rows)


def passage_by_id(connection: sa.Connection, passage_id: str, scope: Scope) -> Passage:
    """One passage, of an old version too: a citation given once stays readable. Raises `NotFoundError`."""
    row = connection.execute(_joined().where(passages.c.id == passage_id, visible(scope))).first()
    if row is None:
        raise NotFoundError(f"There is no passage {passage_id}, or you may not see it.")
    return _passage(row)


def passages_of(connection: sa.Connection, document_id: str, scope: Scope) -> list[Passage]:
    """The current passages of a document in order."""
    query = _joined().where(passages.c.document_id == document_id, _CURRENT, visible(scope))
    return [_passage(row) for row in connection.execute(query.order_by(passages.c.ordinal))]


def passages_by_anchor(
    connection: sa.Connection,
    scope: Scope,
    *,
    pair_key: str,
    anchors: Sequence[str],
    narrowing: Narrowing = EVERYTHING,
) -> list[Passage]:
    """Current passages at these anchors in the documents (of any language) with this pair key."""
    query = _joined().where(
        versions.c.pair_key == pair_key, passages.c.anchor.in_(list(anchors)), _CURRENT, *_seen(scope, narrowing)
    )
    return [_passage(row) for row in connection.execute(query.order_by(passages.c.document_id, passages.c.ordinal))]


def opening_passages(
    connection: sa.Connection, scope: Scope, *, pair_key: str, most: int, narrowing: Narrowing = EVERYTHING
) -> list[Passage]:
    """The first `most` current passages of each document (of any language) with this pair key."""
    seen = _seen(scope, narrowing)
    query = _joined().where(versions.c.pair_key == pair_key, passages.c.ordinal < most, _CURRENT, *seen)
    return [_passage(row) for row in connection.execute(query.order_by(passages.c.document_id, passages.c.ordinal))]


def anchored_within(
    connection: sa.Connection, document_ids: Sequence[str], scope: Scope, narrowing: Narrowing
) -> set[str]:
    """Ids of the current passages with an anchor, of these documents, that the scope sees within the narrowing."""
    query = (
        sa.select(passages.c.id)
        .join(documents, documents.c.id == passages.c.document_id)
        .join(
            versions,
            sa.and_(versions.c.document_id == passages.c.document_id, versions.c.version == passages.c.version),
        )
        .where(documents.c.id.in_(list(document_ids)), passages.c.anchor.is_not(None), _CURRENT)
        .where(*_seen(scope, narrowing))
    )
    return set(connection.execute(query).scalars())


def legislation(connection: sa.Connection, scope: Scope, narrowing: Narrowing = EVERYTHING) -> list[tuple[str, str]]:
    """(pair key, title) of every Ordinance and piece of subsidiary legislation that the scope sees in the narrowing."""
    query = (
        sa.select(versions.c.pair_key, versions.c.title)
        .join(
            documents,
            sa.and_(documents.c.id == versions.c.document_id, documents.c.current_version == versions.c.version),
        )
        .where(versions.c.pair_key.like("/hk/cap%"), visible(scope), chosen(narrowing))
        .order_by(versions.c.pair_key)
    )
    return [(row.pair_key, row.title or "") for row in connection.execute(query)]


def neighbours(connection: sa.Connection, passage: Passage, scope: Scope) -> tuple[Passage | None, Passage | None]:
    """The passages before and after, in the same version."""
    query = _joined().where(
        passages.c.document_id == passage.document_id,
        passages.c.version == passage.version,
        passages.c.ordinal.in_((passage.ordinal - 1, passage.ordinal + 1)),
        visible(scope),
    )
    found = {row.ordinal: _passage(row) for row in connection.execute(query)}
    return found.get(passage.ordinal - 1), found.get(passage.ordinal + 1)


def load_vectors(connection: sa.Connection, ids: Sequence[str]) -> dict[str, dict[str, bytes]]:
    """Passage id -> space -> bytes; without the vectors of phrases, which are many."""
    found: dict[str, dict[str, bytes]] = {}
    for start in range(0, len(ids), _BATCH):
        columns = (vectors.c.passage_id, vectors.c.space, vectors.c.data)
        wanted = vectors.c.passage_id.in_(list(ids[start : start + _BATCH]))
        query = sa.select(*columns).where(wanted, sa.not_(of_phrases()))
        # Hundreds of rows a search: fetched at once and unpacked by position, which is twice as fast as one by one.
        for passage_id, space, data in connection.execute(query).all():
            found.setdefault(passage_id, {})[space] = bytes(data)
    return found


def all_current_ids(connection: sa.Connection) -> set[str]:
    """Ids of all passages that the index should hold."""
    query = (
        sa.select(passages.c.id)
        .join(documents, documents.c.id == passages.c.document_id)
        .where(_CURRENT, documents.c.deleted_at.is_(None))
    )
    return set(connection.execute(query).scalars())


def sample_ids(connection: sa.Connection, pool: Pool, count: int, *, seed: int = 20) -> list[str]:
    """Up to `count` random current passages of a pool (over all departments: only their scores' spread is used)."""
    is_english = passages.c.language == "en"
    query = (
        sa.select(passages.c.id)
        .join(documents, documents.c.id == passages.c.document_id)
        .where(_CURRENT, documents.c.deleted_at.is_(None), is_english if pool == "en" else sa.not_(is_english))
        .order_by(passages.c.id)
    )
    ids = list(connection.execute(query).scalars())
    return ids if len(ids) <= count else random.Random(seed).sample(ids, count)  # noqa: S311


def iterate_points(connection: sa.Connection) -> Iterator[StoredPoint]:
    """Everything that the index should hold, a batch at a time."""
    last = ""
    while True:
        query = _joined().where(_CURRENT, documents.c.deleted_at.is_(None), passages.c.id > last)
        batch = [_passage(row) for row in connection.execute(query.order_by(passages.c.id).limit(_BATCH))]
        if not batch:
            return
        stored = load_vectors(connection, [passage.id for passage in batch])
        for passage in batch:
            yield StoredPoint(passage, stored.get(passage.id, {}))
        last = batch[-1].id


def lexical_of(connection: sa.Connection, ids: Sequence[str]) -> list[tuple[Language, bytes]]:
    """(language, lexical vector) of passages, to take them out of the statistics."""
    found: list[tuple[Language, bytes]] = []
    for start in range(0, len(ids), _BATCH):
        query = (
            sa.select(passages.c.language, vectors.c.data)
            .join(vectors, vectors.c.passage_id == passages.c.id)
            .where(vectors.c.space == "lexical", passages.c.id.in_(list(ids[start : start + _BATCH])))
        )
        found += [(row.language, bytes(row.data)) for row in connection.execute(query)]
    return found
