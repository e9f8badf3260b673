"""Documents with all that is known of them, as they leave one installation and come to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from lionrock.records import Classification, Scope
from lionrock.storage.tables import documents, versions
from lionrock.storage.visibility import visible

__all__ = ["KeptDocument", "KeptVersion", "add_documents", "known_ids", "newest_at", "outgoing"]

_BATCH = 200
_READ = ("indexed", "quarantined", "staged")
"""States in which a version's inner files are documents already."""


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """A version: its file, and how it was taken in."""

    version: int
    name: str
    sha256: str
    status: str
    reason: str | None
    encoding_asked: str | None
    created_at: datetime
    released_at: datetime | None
    released_by: str | None


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document; its versions ascend."""

    id: str
    parent_id: str | None
    source: str
    department: str
    classification: Classification
    media_type: str
    collection_id: str | None
    owner: str | None
    retain_until: str | None
    tags: tuple[str, ...]
    source_url: str | None
    licence: str | None
    created_at: datetime
    versions: tuple[KeptVersion, ...]


def _aware(value: datetime) -> datetime:
    """SQLite forgets the time zone; all times are kept in UTC."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def outgoing(
    connection: sa.Connection, scope: Scope, collection_id: str | None, *, current_only: bool
) -> Iterator[KeptDocument]:
    """Documents of a collection, or all, that the scope sees, by id, a batch at a time.

    With `current_only` each has one version: the one that search shows, else the newest.
    """
    last = ""
    while True:
        query = sa.select(documents).where(visible(scope), documents.c.id > last)
        if collection_id is not None:
            query = query.where(documents.c.collection_id == collection_id)
        rows = connection.execute(query.order_by(documents.c.id).limit(_BATCH)).all()
        if not rows:
            return
        theirs = _versions_of(connection, [row.id for row in rows])
        for row in rows:
            kept = theirs.get(row.id, [])
            if current_only:
                kept = [v for v in kept if v.version == row.current_version] or kept[-1:]
            yield _kept(row, kept)
        last = rows[-1].id


def _versions_of(connection: sa.Connection, ids: Sequence[str]) -> dict[str, list[KeptVersion]]:
    v = versions.c
    columns = (v.document_id, v.version, v.name, v.sha256, v.status, v.reason, v.encoding_asked, v.created_at)
    query = sa.select(*columns, v.released_at, v.released_by).where(v.document_id.in_(list(ids)))
    found: dict[str, list[KeptVersion]] = {}
    for row in connection.execute(query.order_by(v.document_id, v.version)):
        found.setdefault(row.document_id, []).append(
            KeptVersion(
                version=row.version,
                name=row.name,
                sha256=row.sha256,
                status=row.status,
                reason=row.reason,
                encoding_asked=row.encoding_asked,
                created_at=_aware(row.created_at),
                released_at=None if row.released_at is None else _aware(row.released_at),
                released_by=row.released_by,
            )
        )
    return found


def _kept(row: Any, kept: Sequence[KeptVersion]) -> KeptDocument:
    return KeptDocument(
        id=row.id,
        parent_id=row.parent_id,
        source=row.source,
        department=row.department,
        classification=Classification(row.classification),
        media_type=row.media_type,
        collection_id=row.collection_id,
        owner=row.owner,
        retain_until=row.retain_until,
        tags=tuple(row.tags or ()),
        source_url=row.source_url,
        licence=row.licence,
        created_at=_aware(row.created_at),
        versions=tuple(kept),
    )


def known_ids(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Those of these ids that a document has, deleted ones too."""
    found: set[str] = set()
    for start in range(0, len(ids), _BATCH):
        query = sa.select(documents.c.id).where(documents.c.id.in_(list(ids[start : start + _BATCH])))
        found |= set(connection.execute(query).scalars())
    return found


def newest_at(connection: sa.Connection, places: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """(department, source) -> SHA-256 of the newest version of the document that is there, whoever may see it."""
    found: dict[tuple[str, str], str] = {}
    other = versions.alias()
    newest = sa.select(sa.func.max(other.c.version)).where(other.c.document_id == documents.c.id).scalar_subquery()
    joined = sa.and_(versions.c.document_id == documents.c.id, versions.c.version == newest)
    for start in range(0, len(places), _BATCH):
        batch = places[start : start + _BATCH]
        query = (
            sa.select(documents.c.department, documents.c.source, versions.c.sha256)
            .select_from(documents)
            .join(versions, joined)
            .where(documents.c.source.in_([source for _, source in batch]), documents.c.deleted_at.is_(None))
        )
        found.update(((row.department, row.source), row.sha256) for row in connection.execute(query))
    return found


def add_documents(connection: sa.Connection, coming: Sequence[KeptDocument]) -> list[tuple[str, int, str]]:
    """Record documents with their versions; returns (document, version, source) of the versions that are to be read.

    One that failed where it comes from stays failed, and can be tried again.
    """
    now = datetime.now(UTC)
    to_read: list[tuple[str, int, str]] = []
    for start in range(0, len(coming), _BATCH):
        batch = coming[start : start + _BATCH]
        connection.execute(documents.insert(), [_document_row(item, now) for item in batch])
        rows = [_version_row(item, kept) for item in batch for kept in item.versions]
        connection.execute(versions.insert(), rows)
        to_read += [
            (item.id, kept.version, item.source) for item in batch for kept in item.versions if kept.status != "failed"
        ]
    return to_read


def _document_row(item: KeptDocument, now: datetime) -> dict[str, Any]:
    return {
        "id": item.id,
        "parent_id": item.parent_id,
        "source": item.source,
        "department": item.department,
        "classification": int(item.classification),
        "media_type": item.media_type,
        "current_version": None,
        "collection_id": item.collection_id,
        "owner": item.owner,
        "retain_until": item.retain_until,
        "tags": list(item.tags) or None,
        "source_url": item.source_url,
        "licence": item.licence,
        "created_at": item.created_at,
        "updated_at": now,
    }


def _version_row(item: KeptDocument, kept: KeptVersion) -> dict[str, Any]:
    failed = kept.status == "failed"
    return {
        "document_id": item.id,
        "version": kept.version,
        "sha256": kept.sha256,
        "name": kept.name,
        "status": "failed" if failed else "accepted",
        "reason": (kept.reason or "It failed where it comes from.") if failed else None,
        "encoding_asked": kept.encoding_asked,
        # That of the document, also for versions of before it rose: none may lower it on its way in.
        "classification": int(item.classification),
        "released_at": kept.released_at,
        "released_by": kept.released_by,
        "inside_given": kept.status in _READ,
        "created_at": kept.created_at,
    }
