"""Sources that are kept in step (watched folders, web sites): what is known of each, and of every item in it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from lionrock.errors import NotFoundError
from lionrock.records import Classification
from lionrock.storage.documents import descendants
from lionrock.storage.tables import documents, source_items, sources, versions

__all__ = [
    "Item",
    "Source",
    "add_source",
    "all_sources",
    "count_items",
    "document_at",
    "drop_items",
    "get_source",
    "items_of",
    "key_of",
    "living",
    "move_source",
    "put_item",
    "remove_source",
    "set_source_url",
    "stated_dates",
    "update_source",
]

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Source:
    """A place whose documents are kept in step with it."""

    id: str
    kind: str
    """`folder` or `web`."""
    address: str
    department: str
    classification: Classification
    collection_id: str | None
    every_seconds: int
    paused: bool
    last_run_at: datetime | None
    last_result: str | None
    options: Mapping[str, Any]
    """What the user asked for."""
    state: Mapping[str, Any]
    """What the next run must know."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """A file or a page of a source, as it was when it was last looked at."""

    address: str
    status: str
    """`taking` (a run may have ended in the middle of it), `done`, `failed`, `left_out` or `gone`."""
    checked_at: datetime
    document_id: str | None = None
    reason: str | None = None
    sha256: str | None = None
    size: int | None = None
    mtime_ns: int | None = None
    device: int | None = None
    etag: str | None = None
    last_modified: str | None = None


def key_of(address: str) -> str:
    """What an item is found by."""
    return hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()


def _aware(value: datetime | None) -> datetime | None:
    """SQLite forgets the time zone; all times are kept in UTC."""
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def _source(row: sa.Row[Any]) -> Source:
    m = row._mapping
    return Source(
        id=m["id"],
        kind=m["kind"],
        address=m["address"],
        department=m["department"],
        classification=Classification(m["classification"]),
        collection_id=m["collection_id"],
        every_seconds=m["every_seconds"],
        paused=bool(m["paused"]),
        last_run_at=_aware(m["last_run_at"]),
        last_result=m["last_result"],
        options=m["options"] or {},
        state=m["state"] or {},
        created_at=_aware(m["created_at"]) or datetime.now(UTC),
    )


def add_source(
    connection: sa.Connection,
    *,
    kind: str,
    address: str,
    department: str,
    classification: Classification,
    every_seconds: int,
    paused: bool = False,
    collection_id: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Source:
    """Record a source; nothing is read yet."""
    values = {
        "id": str(uuid.uuid4()),
        "kind": kind,
        "address": address,
        "department": department,
        "classification": int(classification),
        "collection_id": collection_id,
        "every_seconds": every_seconds,
        "paused": paused,
        "options": dict(options or {}),
        "created_at": datetime.now(UTC),
    }
    connection.execute(sources.insert().values(values))
    return get_source(connection, str(values["id"]))


def get_source(connection: sa.Connection, source_id: str) -> Source:
    """One source. Raises `NotFoundError`."""
    row = connection.execute(sa.select(sources).where(sources.c.id == source_id)).first()
    if row is None:
        raise NotFoundError(f"There is no source {source_id}; `lionrock sources list` shows them.")
    return _source(row)


def all_sources(connection: sa.Connection) -> list[Source]:
    """Every source, the oldest first."""
    return [_source(row) for row in connection.execute(sa.select(sources).order_by(sources.c.created_at, sources.c.id))]


def update_source(connection: sa.Connection, source_id: str, **values: object) -> None:
    """Change columns of a source."""
    connection.execute(sources.update().where(sources.c.id == source_id).values(**values))


def remove_source(connection: sa.Connection, source_id: str) -> None:
    """Forget a source and its items; its documents stay."""
    connection.execute(source_items.delete().where(source_items.c.source_id == source_id))
    connection.execute(sources.delete().where(sources.c.id == source_id))


def items_of(connection: sa.Connection, source_id: str) -> dict[str, Item]:
    """Every item of a source, by its address."""
    query = sa.select(source_items).where(source_items.c.source_id == source_id).order_by(source_items.c.address)
    found = {}
    for row in connection.execute(query):
        m = row._mapping
        found[m["address"]] = Item(
            address=m["address"],
            status=m["status"],
            checked_at=_aware(m["checked_at"]) or datetime.now(UTC),
            **{name: m[name] for name in _PLAIN},
        )
    return found


_PLAIN = ("document_id", "reason", "sha256", "size", "mtime_ns", "device", "etag", "last_modified")


def count_items(connection: sa.Connection, source_id: str) -> dict[str, int]:
    """How many items of a source have each status."""
    query = sa.select(source_items.c.status, sa.func.count()).where(source_items.c.source_id == source_id)
    return {str(status): int(count) for status, count in connection.execute(query.group_by(source_items.c.status))}


def put_item(connection: sa.Connection, source_id: str, item: Item) -> None:
    """Write down an item, in the place of what was known of its address."""
    drop_items(connection, source_id, [item.address])
    values = {name: getattr(item, name) for name in ("address", "status", "checked_at", *_PLAIN)}
    connection.execute(source_items.insert().values(source_id=source_id, key=key_of(item.address), **values))


def drop_items(connection: sa.Connection, source_id: str, addresses: Iterable[str]) -> None:
    """Forget items."""
    keys = [key_of(address) for address in addresses]
    for start in range(0, len(keys), _BATCH):
        these = source_items.c.key.in_(keys[start : start + _BATCH])
        connection.execute(source_items.delete().where(source_items.c.source_id == source_id, these))


def document_at(connection: sa.Connection, source: str, department: str) -> str | None:
    """Id of the document of this source in this department, if there is one."""
    place = (documents.c.source == source, documents.c.department == department, documents.c.deleted_at.is_(None))
    return connection.execute(sa.select(documents.c.id).where(*place)).scalars().first()


def living(connection: sa.Connection, ids: Iterable[str]) -> list[str]:
    """Those of the documents that are there and not deleted."""
    wanted = list(dict.fromkeys(ids))
    found: list[str] = []
    for start in range(0, len(wanted), _BATCH):
        these = (documents.c.id.in_(wanted[start : start + _BATCH]), documents.c.deleted_at.is_(None))
        found += connection.execute(sa.select(documents.c.id).where(*these)).scalars()
    return found


def set_source_url(connection: sa.Connection, document_id: str, url: str) -> None:
    """Say where a document, and what came inside it, can be read on the web."""
    ids = [document_id, *descendants(connection, [document_id])]
    for start in range(0, len(ids), _BATCH):
        these = documents.c.id.in_(ids[start : start + _BATCH])
        connection.execute(documents.update().where(these).values(source_url=url))


def move_source(
    connection: sa.Connection,
    document_id: str,
    *,
    source: str,
    name: str,
    derived: Mapping[str, tuple[str | None, str | None]],
) -> None:
    """A document's file is at another place now: its source and its name change, its id and its versions stay.

    What came inside it moves along. `derived` names columns of its versions that were made from the name, with the
    value they had and the one they get; where they hold another value they are left alone.
    """
    d, v = documents.c, versions.c
    old = connection.execute(sa.select(d.source).where(d.id == document_id)).scalar_one()
    for inside in descendants(connection, [document_id]):
        below = connection.execute(sa.select(d.source).where(d.id == inside)).scalar_one()
        if below.startswith(old):
            connection.execute(documents.update().where(d.id == inside).values(source=source + below[len(old) :]))
    connection.execute(
        documents.update().where(d.id == document_id).values(source=source, updated_at=datetime.now(UTC))
    )
    connection.execute(versions.update().where(v.document_id == document_id).values(name=name))
    for column, (was, becomes) in derived.items():
        these = (v.document_id == document_id, versions.c[column] == was)
        connection.execute(versions.update().where(*these).values({column: becomes}))


def stated_dates(connection: sa.Connection, prefix: str, department: str) -> dict[str, str]:
    """Source -> the date that the current version states, of the documents whose source begins with `prefix`."""
    joined = sa.and_(versions.c.document_id == documents.c.id, versions.c.version == documents.c.current_version)
    query = (
        sa.select(documents.c.source, versions.c.version_date)
        .join(versions, joined)
        .where(
            documents.c.source.startswith(prefix, autoescape=True),
            documents.c.department == department,
            documents.c.deleted_at.is_(None),
        )
    )
    return {row.source: row.version_date or "" for row in connection.execute(query)}
