"""Documents and their versions.

A version goes accepted -> staged -> indexed, or failed. `documents.current_version` names the one that search shows;
`publish` moves it in one transaction, so a reader sees the old version or the new one and never both.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from lionrock.errors import NotFoundError
from lionrock.records import Classification, Document, Language, Scope
from lionrock.storage.tables import documents, meta, passages, vectors, versions
from lionrock.storage.visibility import visible

__all__ = [
    "Accepted",
    "NewPassage",
    "NewVersion",
    "Pending",
    "accept",
    "count_documents",
    "delete_document",
    "document_text",
    "editions",
    "fail",
    "get_document",
    "get_meta",
    "list_documents",
    "mark_superseded",
    "pending",
    "publish",
    "replaced_title",
    "set_meta",
    "stage",
    "state_of",
    "version_facts",
]

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Accepted:
    """What `accept` answers."""

    document_id: str
    version: int
    unchanged: bool


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage to be stored with its vectors (space name -> bytes)."""

    id: str
    start: int
    end: int
    text: str
    heading: tuple[str, ...]
    page: int | None
    anchor: str | None
    language: Language
    status: str | None
    status_reason: str | None
    version_date: str | None
    vectors: dict[str, bytes]
    page_breaks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What reading a version brought."""

    title: str
    language: Language
    pages: int | None
    encoding: str | None
    version_date: str | None
    pair_key: str | None
    text: str


@dataclass(frozen=True, slots=True)
class EditionRow:
    """A current document as one edition of a text."""

    document_id: str
    title: str
    date: str | None
    department: str
    language: str
    superseded_by: str | None


@dataclass(frozen=True, slots=True)
class Pending:
    """A version whose ingestion did not finish."""

    document_id: str
    version: int
    status: str
    sha256: str
    name: str
    source: str
    department: str
    classification: Classification


def _now() -> datetime:
    return datetime.now(UTC)


def accept(
    connection: sa.Connection,
    *,
    source: str,
    name: str,
    department: str,
    classification: Classification,
    sha256: str,
    media_type: str,
) -> Accepted:
    """Record that a file was accepted. The same bytes under the same source, department and level are unchanged."""
    place = sa.and_(
        documents.c.source == source, documents.c.department == department, documents.c.deleted_at.is_(None)
    )
    columns = sa.select(documents.c.id, documents.c.current_version, documents.c.classification)
    row = connection.execute(columns.where(place)).first()
    now = _now()
    if row is None:
        document_id, version = str(uuid.uuid4()), 1
        values = {
            "id": document_id,
            "source": source,
            "department": department,
            "classification": int(classification),
            "media_type": media_type,
            "created_at": now,
            "updated_at": now,
        }
        connection.execute(documents.insert().values(values))
    else:
        document_id = row.id
        latest = _latest(connection, document_id)
        same = latest.sha256 == sha256 and latest.status == "indexed" and latest.version == row.current_version
        if same and row.classification == int(classification):
            return Accepted(document_id, latest.version, True)
        version = latest.version + 1
        # A document never becomes less confidential before its new version is published.
        level = max(int(classification), row.classification)
        connection.execute(
            documents.update().where(documents.c.id == document_id).values(classification=level, updated_at=now)
        )
    fields = {"document_id": document_id, "version": version, "sha256": sha256, "name": name, "created_at": now}
    connection.execute(versions.insert().values(status="accepted", **fields))
    return Accepted(document_id, version, False)


def _latest(connection: sa.Connection, document_id: str) -> sa.Row[Any, Any, Any]:
    """The newest version of a document; every document has one."""
    columns = sa.select(versions.c.version, versions.c.sha256, versions.c.status)
    query = columns.where(versions.c.document_id == document_id).order_by(versions.c.version.desc())
    return connection.execute(query.limit(1)).one()


def stage(
    connection: sa.Connection, document_id: str, version: int, parsed: NewVersion, rows: Sequence[NewPassage]
) -> None:
    """Store the text, passages and vectors of a version; nothing of it is visible yet."""
    _drop_passages(connection, document_id, version)
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        values = [_values(row, document_id, version, start + at) for at, row in enumerate(batch)]
        connection.execute(passages.insert(), values)
        data = [
            {"passage_id": row.id, "space": space, "data": value}
            for row in batch
            for space, value in row.vectors.items()
        ]
        if data:
            connection.execute(vectors.insert(), data)
    connection.execute(
        versions.update()
        .where(versions.c.document_id == document_id, versions.c.version == version)
        .values(
            status="staged",
            title=parsed.title,
            language=parsed.language,
            pages=parsed.pages,
            encoding=parsed.encoding,
            version_date=parsed.version_date,
            pair_key=parsed.pair_key,
            text=parsed.text,
            passage_count=len(rows),
        )
    )


def _values(row: NewPassage, document_id: str, version: int, ordinal: int) -> dict[str, object]:
    return {
        "id": row.id,
        "document_id": document_id,
        "version": version,
        "ordinal": ordinal,
        "start": row.start,
        "end": row.end,
        "text": row.text,
        "heading": list(row.heading),
        "page": row.page,
        "anchor": row.anchor,
        "language": row.language,
        "status": row.status,
        "status_reason": row.status_reason,
        "version_date": row.version_date,
        "page_breaks": [list(item) for item in row.page_breaks] or None,
    }


def publish(connection: sa.Connection, document_id: str, version: int, classification: Classification) -> list[str]:
    """Make a staged version the current one; returns the passage ids of the version that it replaces."""
    current = connection.execute(
        sa.select(documents.c.current_version).where(documents.c.id == document_id)
    ).scalar_one()
    old: list[str] = []
    if current is not None and current != version:
        condition = sa.and_(passages.c.document_id == document_id, passages.c.version == current)
        old = list(connection.execute(sa.select(passages.c.id).where(condition)).scalars())
    connection.execute(
        documents.update()
        .where(documents.c.id == document_id)
        .values(current_version=version, classification=int(classification), updated_at=_now())
    )
    connection.execute(
        versions.update()
        .where(versions.c.document_id == document_id, versions.c.version == version)
        .values(status="indexed", reason=None)
    )
    return old


def fail(connection: sa.Connection, document_id: str, version: int, reason: str) -> None:
    """Record why a version could not be taken in; what search shows stays as it was."""
    _drop_passages(connection, document_id, version)
    connection.execute(
        versions.update()
        .where(versions.c.document_id == document_id, versions.c.version == version)
        .values(status="failed", reason=reason)
    )


def _drop_passages(connection: sa.Connection, document_id: str, version: int) -> None:
    condition = sa.and_(passages.c.document_id == document_id, passages.c.version == version)
    ids = sa.select(passages.c.id).where(condition)
    connection.execute(vectors.delete().where(vectors.c.passage_id.in_(ids)))
    connection.execute(passages.delete().where(condition))


def pending(connection: sa.Connection) -> list[Pending]:
    """Versions that were accepted or staged when the program stopped, oldest first."""
    rows = connection.execute(
        sa.select(versions, documents.c.source, documents.c.department, documents.c.classification)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(versions.c.status.in_(("accepted", "staged")), documents.c.deleted_at.is_(None))
        .order_by(versions.c.created_at)
    )
    return [
        Pending(
            row.document_id,
            row.version,
            row.status,
            row.sha256,
            row.name,
            row.source,
            row.department,
            Classification(row.classification),
        )
        for row in rows
    ]


def _listed(scope: Scope) -> sa.Select[tuple[object, ...]]:
    latest = (
        sa.select(versions.c.document_id, sa.func.max(versions.c.version).label("version"))
        .group_by(versions.c.document_id)
        .subquery()
    )
    shown = sa.func.coalesce(documents.c.current_version, latest.c.version)
    return (
        sa.select(documents, versions)
        .join(latest, latest.c.document_id == documents.c.id)
        .join(versions, sa.and_(versions.c.document_id == documents.c.id, versions.c.version == shown))
        .where(visible(scope))
    )


def _document(row: sa.Row[tuple[object, ...]]) -> Document:
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
    )


def get_document(connection: sa.Connection, document_id: str, scope: Scope) -> Document:
    """One document. Raises `NotFoundError` also when the scope does not see it."""
    row = connection.execute(_listed(scope).where(documents.c.id == document_id)).first()
    if row is None:
        raise NotFoundError(f"There is no document {document_id}, or you may not see it.")
    return _document(row)


def list_documents(connection: sa.Connection, scope: Scope, *, limit: int, after: str | None = None) -> list[Document]:
    """A page of documents by id; `after` is the last id of the page before."""
    query = _listed(scope).order_by(documents.c.id).limit(limit)
    if after is not None:
        query = query.where(documents.c.id > after)
    return [_document(row) for row in connection.execute(query)]


def count_documents(connection: sa.Connection, scope: Scope) -> int:
    """How many documents the scope sees in search."""
    query = sa.select(sa.func.count()).select_from(documents)
    return connection.execute(query.where(visible(scope), documents.c.current_version.is_not(None))).scalar_one()


def delete_document(connection: sa.Connection, document_id: str, scope: Scope) -> list[str]:
    """Take a document out of everything that is shown; returns the passage ids to take out of the index.

    Its rows stay, hidden, until they are purged: an audit can still say what an old answer rested on.
    """
    get_document(connection, document_id, scope)
    connection.execute(documents.update().where(documents.c.id == document_id).values(deleted_at=_now()))
    return list(connection.execute(sa.select(passages.c.id).where(passages.c.document_id == document_id)).scalars())


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


def version_facts(connection: sa.Connection, document_id: str, version: int) -> tuple[int, int | None, Language | None]:
    """(passages, pages, language) of a version."""
    columns = sa.select(versions.c.passage_count, versions.c.pages, versions.c.language)
    row = connection.execute(columns.where(versions.c.document_id == document_id, versions.c.version == version)).one()
    return row.passage_count, row.pages, row.language


def replaced_title(connection: sa.Connection, document_id: str, version: int) -> str | None:
    """The title that a document had in the version which search showed before this one; None if there was none."""
    earlier = (versions.c.document_id == document_id, versions.c.version < version, versions.c.status == "indexed")
    columns = sa.select(versions.c.title, versions.c.name).where(*earlier).order_by(versions.c.version.desc())
    row = connection.execute(columns.limit(1)).first()
    return None if row is None else row.title or row.name
