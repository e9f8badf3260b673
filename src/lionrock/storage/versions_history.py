"""The versions that a document has had, and the files that they were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lionrock.errors import NotFoundError
from lionrock.records import Classification, Scope
from lionrock.storage.tables import documents, versions
from lionrock.storage.visibility import visible

__all__ = ["Version", "VersionFile", "history", "version_file", "versions_with_text"]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a document."""

    version: int
    status: str
    current: bool
    """Whether search shows it."""
    title: str
    name: str
    sha256: str
    language: str | None
    pages: int | None
    passages: int
    encoding: str | None
    reason: str | None
    created_at: datetime
    released_at: datetime | None
    released_by: str | None


@dataclass(frozen=True, slots=True)
class VersionFile:
    """The file that a version was made of, and how it was taken in."""

    version: int
    sha256: str
    name: str
    media_type: str
    source: str
    department: str
    classification: Classification
    parent_id: str | None
    encoding_asked: str | None
    released_at: datetime | None
    released_by: str | None


def _joined(scope: Scope, document_id: str) -> sa.Select[Any]:
    told = [column for column in versions.c if column.name not in ("text", "signature", "classification")]
    d = documents.c
    columns = (d.current_version, d.media_type, d.source, d.department, d.classification, d.parent_id)
    joined = sa.select(*told, *columns).join(documents, d.id == versions.c.document_id)
    return joined.where(versions.c.document_id == document_id, visible(scope))


def history(connection: sa.Connection, document_id: str, scope: Scope) -> list[Version]:
    """All versions, newest first. Raises `NotFoundError`."""
    rows = connection.execute(_joined(scope, document_id).order_by(versions.c.version.desc())).all()
    if not rows:
        raise NotFoundError(f"There is no document {document_id}, or you may not see it.")
    return [
        Version(
            version=row.version,
            status=row.status,
            current=row.version == row.current_version,
            title=row.title or row.name,
            name=row.name,
            sha256=row.sha256,
            language=row.language,
            pages=row.pages,
            passages=row.passage_count,
            encoding=row.encoding,
            reason=row.reason,
            created_at=row.created_at,
            released_at=row.released_at,
            released_by=row.released_by,
        )
        for row in rows
    ]


def version_file(connection: sa.Connection, document_id: str, scope: Scope, version: int | None = None) -> VersionFile:
    """The file of a version: of the one named, else of the one that search shows, else of the newest.

    Raises `NotFoundError`.
    """
    v = versions.c
    query = _joined(scope, document_id)
    if version is not None:
        query = query.where(v.version == version)
    shown = sa.case((v.version == documents.c.current_version, 0), else_=1)
    row = connection.execute(query.order_by(shown, v.version.desc()).limit(1)).first()
    if row is None:
        which = "document" if version is None else f"version {version} of document"
        raise NotFoundError(f"There is no {which} {document_id}, or you may not see it.")
    return VersionFile(
        version=row.version,
        sha256=row.sha256,
        name=row.name,
        media_type=row.media_type,
        source=row.source,
        department=row.department,
        classification=Classification(row.classification),
        parent_id=row.parent_id,
        encoding_asked=row.encoding_asked,
        released_at=row.released_at,
        released_by=row.released_by,
    )


def versions_with_text(connection: sa.Connection, document_id: str, scope: Scope) -> list[int]:
    """Numbers of the versions whose text is stored, ascending; none where the scope does not see the document."""
    query = (
        sa.select(versions.c.version)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(versions.c.document_id == document_id, versions.c.text.is_not(None), visible(scope))
    )
    return list(connection.execute(query.order_by(versions.c.version)).scalars())
