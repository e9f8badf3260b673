"""Collections: named folders of documents. What is said of one holds for its documents where they say nothing themselves."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from lionrock.errors import NotFoundError, UsageError
from lionrock.records import Classification, Scope
from lionrock.storage.tables import collections, documents
from lionrock.storage.visibility import visible, within

__all__ = [
    "Collection",
    "all_collections",
    "change_collection",
    "collection_by",
    "count_hidden",
    "create_collection",
    "drop_collection",
    "floor_of",
    "ids_below",
]


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection as it stands."""

    id: str
    name: str
    department: str
    classification: Classification
    created_at: datetime
    updated_at: datetime
    owner: str | None = None
    retain_until: str | None = None
    """ISO date: its documents are kept to the end of that day, those that have a date of their own to that one."""
    tags: tuple[str, ...] = ()
    source_url: str | None = None
    licence: str | None = None
    documents: int = 0
    """How many of its documents the asker sees."""


def _sees(scope: Scope) -> sa.ColumnElement[bool]:
    return within(scope, collections.c.department, collections.c.classification)


def _query(scope: Scope) -> sa.Select[Any]:
    inside = documents.c.collection_id == collections.c.id
    counted = sa.select(sa.func.count()).select_from(documents).where(inside, visible(scope)).scalar_subquery()
    return sa.select(collections, counted.label("documents")).where(_sees(scope))


def _collection(row: sa.Row[Any]) -> Collection:
    return Collection(
        id=row.id,
        name=row.name,
        department=row.department,
        classification=Classification(row.classification),
        created_at=row.created_at,
        updated_at=row.updated_at,
        owner=row.owner,
        retain_until=row.retain_until,
        tags=tuple(row.tags or ()),
        source_url=row.source_url,
        licence=row.licence,
        documents=row.documents,
    )


def all_collections(connection: sa.Connection, scope: Scope) -> list[Collection]:
    """Those that the scope sees, by name."""
    query = _query(scope).order_by(collections.c.name, collections.c.department)
    return [_collection(row) for row in connection.execute(query)]


def collection_by(connection: sa.Connection, name: str, scope: Scope) -> Collection:
    """A collection by its id or its name. Raises `NotFoundError`, and `UsageError` where several have the name."""
    row = connection.execute(_query(scope).where(collections.c.id == name)).first()
    if row is not None:
        return _collection(row)
    named = connection.execute(_query(scope).where(collections.c.name == name)).all()
    if not named:
        raise NotFoundError(f"There is no collection “{name}”, or you may not see it.")
    if len(named) > 1:
        which = ", ".join(sorted(f"{row.id} ({row.department})" for row in named))
        raise UsageError(f"Several departments have a collection “{name}”; name it by its id: {which}.")
    return _collection(named[0])


def floor_of(connection: sa.Connection, collection_id: str) -> Classification | None:
    """The classification of a collection, whoever asks; None if there is no such collection."""
    query = sa.select(collections.c.classification).where(collections.c.id == collection_id)
    level = connection.execute(query).scalar()
    return None if level is None else Classification(level)


def create_collection(
    connection: sa.Connection,
    *,
    name: str,
    department: str,
    classification: Classification,
    collection_id: str | None = None,
    **values: Any,
) -> str:
    """Add a collection; returns its id. Raises `UsageError` if the department has one of this name."""
    _free(connection, name, department, besides=None)
    made, now = collection_id or str(uuid.uuid4()), datetime.now(UTC)
    fields = {"id": made, "name": name, "department": department, "classification": int(classification)}
    connection.execute(collections.insert().values(created_at=now, updated_at=now, **fields, **values))
    return made


def change_collection(connection: sa.Connection, collection_id: str, **values: Any) -> None:
    """Set columns of a collection. Raises `UsageError` if its department would have two of one name."""
    this = collections.c.id == collection_id
    row = connection.execute(sa.select(collections.c.name, collections.c.department).where(this)).one()
    name, department = values.get("name", row.name), values.get("department", row.department)
    _free(connection, name, department, besides=collection_id)
    connection.execute(collections.update().where(this).values(updated_at=datetime.now(UTC), **values))


def _free(connection: sa.Connection, name: str, department: str, *, besides: str | None) -> None:
    same = sa.and_(collections.c.name == name, collections.c.department == department)
    if besides is not None:
        same = sa.and_(same, collections.c.id != besides)
    if connection.execute(sa.select(collections.c.id).where(same)).first() is not None:
        raise UsageError(f"The department “{department}” has a collection “{name}” already; choose another name.")


def count_hidden(connection: sa.Connection, collection_id: str, scope: Scope) -> int:
    """How many documents of a collection the scope does not see, deleted ones aside."""
    inside = sa.and_(documents.c.collection_id == collection_id, documents.c.deleted_at.is_(None))
    query = sa.select(sa.func.count()).select_from(documents).where(inside, sa.not_(visible(scope)))
    return connection.execute(query).scalar_one()


def ids_below(connection: sa.Connection, collection_id: str, level: Classification) -> list[str]:
    """Documents of a collection whose classification is below a level, whoever asks, deleted ones aside."""
    inside = sa.and_(documents.c.collection_id == collection_id, documents.c.deleted_at.is_(None))
    query = sa.select(documents.c.id).where(inside, documents.c.classification < int(level))
    return list(connection.execute(query.order_by(documents.c.id)).scalars())


def drop_collection(connection: sa.Connection, collection_id: str) -> None:
    """Take a collection away. Documents that were deleted before belong to none from then on."""
    connection.execute(documents.update().where(documents.c.collection_id == collection_id).values(collection_id=None))
    connection.execute(collections.delete().where(collections.c.id == collection_id))
