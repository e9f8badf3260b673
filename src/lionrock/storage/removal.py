"""Deleting, bringing back and purging: a document that is deleted is hidden at once and stays until it is purged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import sqlalchemy as sa

from lionrock.errors import NotFoundError, UsageError
from lionrock.records import Document, Language, Scope
from lionrock.storage.changes import current_ids
from lionrock.storage.documents import descendants, document_of, get_document, listed
from lionrock.storage.passages import lexical_of
from lionrock.storage.tables import collections, documents, metadata, passages, vectors, versions
from lionrock.storage.visibility import within

__all__ = [
    "Expired",
    "Removed",
    "expired",
    "purge",
    "purgeable",
    "remove",
    "remove_inside",
    "remove_seen",
    "restore_deleted",
    "unreferenced",
]

_BATCH = 500
_OF_VERSIONS = [
    table
    for table in reversed(metadata.sorted_tables)
    if any(key.column.table in (documents, versions) for key in table.foreign_keys)
]
"""Tables whose rows belong to a document's versions, and that of the versions behind them."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What the index and the statistics have to follow, or, when documents come back, to take in again."""

    documents: tuple[str, ...]
    passages: tuple[str, ...]
    """Ids of the passages that search showed."""
    counted: tuple[tuple[Language, bytes], ...]
    """Their languages and lexical vectors."""


@dataclass(frozen=True, slots=True)
class Expired:
    """A document whose day has come."""

    document_id: str
    title: str
    retain_until: str
    """ISO date: the last day of its keeping."""
    why: str
    """A sentence: whose date it is."""


def remove(connection: sa.Connection, ids: Sequence[str]) -> Removed:
    """Delete documents and what came inside them, with one moment of deletion for all."""
    alive = _alive(connection, ids)
    gone = list(dict.fromkeys((*alive, *descendants(connection, alive))))
    result = _removed(connection, gone)
    _mark(connection, gone, datetime.now(UTC))
    return result


def remove_seen(connection: sa.Connection, ids: Sequence[str], scope: Scope) -> Removed:
    """The same for whoever has `scope`. Raises `NotFoundError` if it does not see one of them; nothing is deleted then."""
    for document_id in ids:
        get_document(connection, document_id, scope)
    return remove(connection, ids)


def remove_inside(connection: sa.Connection, document_id: str, *, keep: Sequence[str]) -> Removed:
    """Delete the documents that came inside one and are not among `keep`."""
    alive = sa.and_(documents.c.parent_id == document_id, documents.c.deleted_at.is_(None))
    kept = frozenset(keep)
    return remove(
        connection, [i for i in connection.execute(sa.select(documents.c.id).where(alive)).scalars() if i not in kept]
    )


def _alive(connection: sa.Connection, ids: Sequence[str]) -> list[str]:
    found: list[str] = []
    for batch in _batches(list(dict.fromkeys(ids))):
        query = sa.select(documents.c.id).where(documents.c.id.in_(batch), documents.c.deleted_at.is_(None))
        found += connection.execute(query).scalars()
    return found


def _removed(connection: sa.Connection, ids: Sequence[str]) -> Removed:
    shown = current_ids(connection, ids)
    return Removed(tuple(ids), tuple(shown), tuple(lexical_of(connection, shown)))


def _mark(connection: sa.Connection, ids: Sequence[str], when: datetime | None) -> None:
    for batch in _batches(ids):
        connection.execute(documents.update().where(documents.c.id.in_(batch)).values(deleted_at=when))


def expired(connection: sa.Connection, today: str) -> list[Expired]:
    """Documents of every department that were to be kept to a day before `today` (ISO), the first to expire first.

    A document's own date counts more than its collection's.
    """
    date = sa.func.coalesce(documents.c.retain_until, collections.c.retain_until)
    due = sa.and_(documents.c.deleted_at.is_(None), date < today)
    query = (
        listed(due)
        .outerjoin(collections, collections.c.id == documents.c.collection_id)
        .add_columns(date.label("until"), collections.c.name.label("collection"))
        .order_by(date, documents.c.id)
    )
    found = []
    for row in connection.execute(query):
        document = document_of(row)
        own = document.retain_until is not None
        why = "It was" if own else f"The collection “{row.collection}” says that it was"
        found.append(Expired(document.id, document.title, row.until, f"{why} to be kept until {row.until}."))
    return found


def restore_deleted(
    connection: sa.Connection, document_id: str, scope: Scope, *, today: str, retain_until: str | None = None
) -> tuple[Document, Removed]:
    """Take back a deletion: of the document, and of what was deleted with it because it came inside it.

    `retain_until` is its new date of keeping, if one is given.

    Raises `NotFoundError` where no such document is deleted or the scope does not reach it, `UsageError` where another
    has taken its place, where what it came in is deleted itself, and where its day has passed.
    """
    seen = within(scope, documents.c.department, documents.c.classification)
    query = listed(sa.and_(documents.c.id == document_id, documents.c.deleted_at.is_not(None), seen))
    row = connection.execute(query.add_columns(documents.c.deleted_at.label("gone_at"))).first()
    if row is None:
        raise NotFoundError(f"There is no deleted document {document_id}, or it was purged, or you may not see it.")
    document = document_of(row)
    if retain_until is not None:
        document = replace(document, retain_until=retain_until)
    _may_come_back(connection, document, today)
    back = [document_id, *_deleted_with(connection, document_id, row.gone_at)]
    _mark(connection, back, None)
    if retain_until is not None:
        _keep_until(connection, back, retain_until)
    _follow_parent(connection, back, document)
    for batch in _batches(back):
        lost = documents.c.collection_id.not_in(sa.select(collections.c.id))
        those = sa.and_(documents.c.id.in_(batch), documents.c.collection_id.is_not(None), lost)
        connection.execute(documents.update().where(those).values(collection_id=None))
    return document, _removed(connection, back)


def _keep_until(connection: sa.Connection, ids: Sequence[str], date: str) -> None:
    for batch in _batches(ids):
        those = sa.and_(documents.c.id.in_(batch), documents.c.retain_until.is_not(None))
        connection.execute(documents.update().where(those).values(retain_until=date))
    connection.execute(documents.update().where(documents.c.id == ids[0]).values(retain_until=date))


def _follow_parent(connection: sa.Connection, ids: Sequence[str], document: Document) -> None:
    """What comes back into a container belongs where that belongs now."""
    d = documents.c
    if document.parent_id is None:
        return
    parent = connection.execute(
        sa.select(d.department, d.classification, d.collection_id).where(d.id == document.parent_id)
    ).one()
    for batch in _batches(ids):
        connection.execute(documents.update().where(d.id.in_(batch)).values(**parent._mapping))


def _may_come_back(connection: sa.Connection, document: Document, today: str) -> None:
    d = documents.c
    if document.parent_id is not None:
        parent = connection.execute(sa.select(d.deleted_at).where(d.id == document.parent_id)).first()
        if parent is None or parent.deleted_at is not None:
            raise UsageError("It came inside another document that is deleted too; bring that one back.")
    place = sa.and_(d.source == document.source, d.department == document.department, d.deleted_at.is_(None))
    other = connection.execute(sa.select(d.id).where(place)).scalar()
    if other is not None:
        raise UsageError(f"A newer document of the same source is there ({other}); delete that one first.")
    of_collection = sa.select(collections.c.retain_until).where(collections.c.id == document.collection_id)
    until = document.retain_until or connection.execute(of_collection).scalar()
    if until is not None and until < today:
        raise UsageError(
            f"It was to be kept until {until} and would be deleted again; name a new date with --retain-until."
        )


def _deleted_with(connection: sa.Connection, document_id: str, moment: datetime) -> list[str]:
    """What came inside it and was deleted with it; what was gone before stays gone."""
    found: list[str] = []
    level = [document_id]
    while level:
        below: list[str] = []
        for batch in _batches(level):
            inside = sa.and_(documents.c.parent_id.in_(batch), documents.c.deleted_at >= moment)
            below += connection.execute(sa.select(documents.c.id).where(inside)).scalars()
        found += below
        level = below
    return found


def purgeable(connection: sa.Connection, before: datetime) -> list[str]:
    """Ids of the documents that were deleted before a moment."""
    query = sa.select(documents.c.id).where(documents.c.deleted_at < before)
    return list(connection.execute(query.order_by(documents.c.id)).scalars())


def purge(connection: sa.Connection, ids: Sequence[str]) -> Mapping[str, datetime]:
    """Take deleted documents away for good, with versions, passages and findings.

    Returns SHA-256 of each original that they named -> when the newest of those versions was accepted.
    """
    named: dict[str, datetime] = {}
    for batch in _batches(ids):
        query = sa.select(versions.c.sha256, sa.func.max(versions.c.created_at).label("at"))
        for row in connection.execute(query.where(versions.c.document_id.in_(batch)).group_by(versions.c.sha256)):
            at = row.at if row.at.tzinfo is not None else row.at.replace(tzinfo=UTC)
            named[row.sha256] = max(named.get(row.sha256, at), at)
        theirs = sa.select(passages.c.id).where(passages.c.document_id.in_(batch))
        connection.execute(vectors.delete().where(vectors.c.passage_id.in_(theirs)))
        for table in _OF_VERSIONS:
            connection.execute(table.delete().where(table.c.document_id.in_(batch)))
        connection.execute(documents.delete().where(documents.c.id.in_(batch)))
        named_by = documents.c.superseded_by.in_(batch)
        connection.execute(documents.update().where(named_by).values(superseded_by=None))
    return named


def unreferenced(connection: sa.Connection, names: Sequence[str]) -> list[str]:
    """Those of these originals (SHA-256) that no version names."""
    used: set[str] = set()
    for batch in _batches(names):
        used |= set(connection.execute(sa.select(versions.c.sha256).where(versions.c.sha256.in_(batch))).scalars())
    return [name for name in names if name not in used]


def _batches(ids: Sequence[str]) -> list[list[str]]:
    return [list(ids[start : start + _BATCH]) for start in range(0, len(ids), _BATCH)]
