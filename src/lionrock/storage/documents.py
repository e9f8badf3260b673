"""Documents as they stand: what is listed, shown, deleted, and which edition replaces which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from lionrock.errors import NotFoundError
from lionrock.records import Classification, Document, Scope
from lionrock.storage.tables import documents, meta, versions
from lionrock.storage.visibility import visible

__all__ = [
    "count_documents",
    "count_inside",
    "descendants",
    "document_of",
    "document_text",
    "editions",
    "get_document",
    "get_meta",
    "inside_alone",
    "list_documents",
    "listed",
    "mark_superseded",
    "set_meta",
    "state_of",
    "with_version",
]

_BATCH = 500
_TOLD = [column for column in versions.c if column.name not in ("text", "signature")]
"""What a list tells of a version: its text may have a million characters."""


@dataclass(frozen=True, slots=True)
class EditionRow:
    """A current document as one edition of a text."""

    document_id: str
    title: str
    date: str | None
    department: str
    language: str
    superseded_by: str | None


def listed(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Documents with the version that is shown of each: the current one, else the newest. Texts are left out."""
    return sa.select(documents, *_TOLD).select_from(with_version()).where(condition)


def with_version() -> sa.FromClause:
    """Documents joined with the version that is shown of each."""
    # Looked up for each document that has no current version, not grouped over all: a page of a long list stays fast.
    other = versions.alias()
    newest = sa.select(sa.func.max(other.c.version)).where(other.c.document_id == documents.c.id).scalar_subquery()
    shown = sa.func.coalesce(documents.c.current_version, newest)
    return documents.join(versions, sa.and_(versions.c.document_id == documents.c.id, versions.c.version == shown))


def document_of(row: sa.Row[Any]) -> Document:
    """The document of a row of `listed`."""
    m = row._mapping
    return Document(
        id=m[documents.c.id],
        title=m[versions.c.title] or m[versions.c.name],
        source=m[documents.c.source],
        media_type=m[documents.c.media_type],
        language=m[versions.c.language] or "en",
        department=m[documents.c.department],
        classification=Classification(m[documents.c.classification]),
        version=m[versions.c.version],
        sha256=m[versions.c.sha256],
        status=m[versions.c.status],
        passages=m[versions.c.passage_count],
        pages=m[versions.c.pages],
        created_at=m[documents.c.created_at],
        updated_at=m[documents.c.updated_at],
        pair_key=m[versions.c.pair_key],
        reason=m[versions.c.reason],
        superseded_by=m[documents.c.superseded_by],
        name=m[versions.c.name],
        encoding=m[versions.c.encoding],
        collection_id=m[documents.c.collection_id],
        parent_id=m[documents.c.parent_id],
        owner=m[documents.c.owner],
        retain_until=m[documents.c.retain_until],
        tags=tuple(m[documents.c.tags] or ()),
        source_url=m[documents.c.source_url],
        licence=m[documents.c.licence],
    )


def get_document(connection: sa.Connection, document_id: str, scope: Scope) -> Document:
    """One document. Raises `NotFoundError` also when the scope does not see it."""
    row = connection.execute(listed(visible(scope)).where(documents.c.id == document_id)).first()
    if row is None:
        raise NotFoundError(f"There is no document {document_id}, or you may not see it.")
    return document_of(row)


def list_documents(connection: sa.Connection, scope: Scope, *, limit: int, after: str | None = None) -> list[Document]:
    """A page of documents by id; `after` is the last id of the page before."""
    query = listed(visible(scope)).order_by(documents.c.id).limit(limit)
    if after is not None:
        query = query.where(documents.c.id > after)
    return [document_of(row) for row in connection.execute(query)]


def count_documents(connection: sa.Connection, scope: Scope) -> int:
    """How many documents the scope sees in search."""
    query = sa.select(sa.func.count()).select_from(documents)
    return connection.execute(query.where(visible(scope), documents.c.current_version.is_not(None))).scalar_one()


def descendants(connection: sa.Connection, ids: Sequence[str]) -> list[str]:
    """Ids of the documents that came inside these ones, at any depth, and are not deleted."""
    found: list[str] = []
    level = list(ids)
    while level:
        below: list[str] = []
        for start in range(0, len(level), _BATCH):
            inside = documents.c.parent_id.in_(level[start : start + _BATCH])
            below += connection.execute(
                sa.select(documents.c.id).where(inside, documents.c.deleted_at.is_(None))
            ).scalars()
        found += below
        level = below
    return found


def inside_alone(connection: sa.Connection, ids: Sequence[str]) -> str | None:
    """The source of one of these documents that came inside another which is not among them; None if there is none."""
    chosen = frozenset(ids)
    for start in range(0, len(ids), _BATCH):
        inside = sa.and_(documents.c.id.in_(list(ids[start : start + _BATCH])), documents.c.parent_id.is_not(None))
        for row in connection.execute(sa.select(documents.c.source, documents.c.parent_id).where(inside)):
            if row.parent_id not in chosen:
                return str(row.source)
    return None


def count_inside(connection: sa.Connection, root: str, besides: str) -> int:
    """How many documents came inside the outermost file `root`, those directly below the document `besides` aside."""
    query = sa.select(sa.func.count()).where(
        documents.c.source.startswith(f"{root}!/", autoescape=True),
        documents.c.deleted_at.is_(None),
        sa.or_(documents.c.parent_id.is_(None), documents.c.parent_id != besides),
    )
    return connection.execute(query).scalar_one()


def document_text(connection: sa.Connection, document_id: str, scope: Scope, version: int | None = None) -> str:
    """The stored text of a version (the current one if none is named). Raises `NotFoundError`."""
    wanted = documents.c.current_version if version is None else sa.literal(version)
    text = connection.execute(
        sa.select(versions.c.text)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(documents.c.id == document_id, versions.c.version == wanted, visible(scope))
    ).scalar()
    if text is None:
        raise NotFoundError(f"There is no such text of document {document_id}, or you may not see it.")
    return str(text)


def editions(connection: sa.Connection) -> list[EditionRow]:
    """What is known of the dates and titles of all current documents."""
    joined = sa.and_(versions.c.document_id == documents.c.id, versions.c.version == documents.c.current_version)
    rows = connection.execute(
        sa.select(
            documents.c.id,
            documents.c.department,
            documents.c.superseded_by,
            versions.c.title,
            versions.c.version_date,
            versions.c.language,
        )
        .join(versions, joined)
        .where(documents.c.deleted_at.is_(None))
    )
    return [
        EditionRow(r.id, r.title or "", r.version_date, r.department, r.language or "en", r.superseded_by) for r in rows
    ]


def mark_superseded(connection: sa.Connection, document_id: str, by: str | None) -> None:
    """Say that another document replaces this one (None: nothing does)."""
    connection.execute(documents.update().where(documents.c.id == document_id).values(superseded_by=by))


def state_of(connection: sa.Connection) -> str:
    """A text that changes with every version, publication and deletion: when two are equal, so are the passages."""
    counts = connection.execute(
        sa.select(
            sa.func.count(documents.c.id),
            sa.func.count(documents.c.deleted_at),
            sa.func.sum(documents.c.current_version),
            sa.func.max(documents.c.updated_at),
            sa.func.max(documents.c.deleted_at),
        )
    ).one()
    indexed = sa.select(sa.func.count(), sa.func.max(versions.c.created_at)).where(versions.c.status == "indexed")
    return " ".join(str(value) for value in (*counts, *connection.execute(indexed).one()))


def get_meta(connection: sa.Connection, key: str) -> str | None:
    """A note that the program keeps for itself."""
    return connection.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar()


def set_meta(connection: sa.Connection, key: str, value: str) -> None:
    """Write a note."""
    connection.execute(meta.delete().where(meta.c.key == key))
    connection.execute(meta.insert().values(key=key, value=value))
