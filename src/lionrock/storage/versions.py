"""The life of a version: accepted -> staged -> indexed, or failed, or quarantined until it is released.

`documents.current_version` names the version that search shows; `publish` moves it in one transaction, so a reader sees
the old version or the new one and never both.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from lionrock.records import Classification, Finding, Language, Placement
from lionrock.storage.findings import store_findings
from lionrock.storage.tables import documents, passages, vectors, versions

__all__ = [
    "Accepted",
    "NewPassage",
    "NewVersion",
    "Pending",
    "accept",
    "fail",
    "how_ended",
    "pending",
    "publish",
    "quarantine",
    "release",
    "replaced_title",
    "retry",
    "stage",
    "version_facts",
    "waiting",
]

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Accepted:
    """What `accept` answers."""

    document_id: str
    version: int
    state: Literal["new", "unchanged", "quarantined"]
    """`unchanged`: these bytes are what search shows; `quarantined`: these bytes are held back already."""


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
    findings: tuple[Finding, ...] = ()
    signature: bytes | None = None
    """What near-duplicates are found by."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A version whose ingestion did not finish."""

    document_id: str
    version: int
    status: str
    sha256: str
    name: str
    source: str
    placement: Placement
    released: bool = False
    """Whether somebody let these bytes in although something was found."""
    inside_given: bool = False
    """Whether the files inside it came beside it, as documents of their own, and are not to be taken from it."""


def _now() -> datetime:
    return datetime.now(UTC)


def accept(
    connection: sa.Connection, *, source: str, name: str, placement: Placement, sha256: str, media_type: str
) -> Accepted:
    """Record that a file was accepted. The same bytes under the same source, department and level are unchanged."""
    row = _placed(connection, source, placement)
    level, now = int(placement.classification), _now()
    if row is not None and placement.at_least:
        level = max(level, row.classification)
    if row is None:
        document_id, version = str(uuid.uuid4()), 1
        values = {"id": document_id, "source": source, "department": placement.department, "created_at": now}
        values |= {"classification": level, "media_type": media_type, "updated_at": now, **_given(placement)}
        connection.execute(documents.insert().values(values))
    else:
        document_id = row.id
        latest = _latest(connection, document_id)
        same = latest.sha256 == sha256 and latest.encoding_asked == placement.encoding
        shown = latest.status == "indexed" and latest.version == row.current_version
        asked = row.classification if latest.classification is None else latest.classification
        if _given(placement):
            connection.execute(documents.update().where(documents.c.id == document_id).values(**_given(placement)))
        if same and shown and row.classification == level:
            return Accepted(document_id, latest.version, "unchanged")
        if same and latest.status == "quarantined" and asked == level:
            return Accepted(document_id, latest.version, "quarantined")
        version = latest.version + 1
        # A document never becomes less confidential before its new version is published.
        values = {"classification": max(level, row.classification), "updated_at": now, "media_type": media_type}
        connection.execute(documents.update().where(documents.c.id == document_id).values(**values))
    fields = {"document_id": document_id, "version": version, "sha256": sha256, "name": name, "created_at": now}
    fields |= {"encoding_asked": placement.encoding, "classification": level}
    connection.execute(versions.insert().values(status="accepted", **fields))
    return Accepted(document_id, version, "new")


def _placed(connection: sa.Connection, source: str, placement: Placement) -> Any:
    """The row of the document of this source in its department, held until the transaction ends; None if there is none."""
    d = documents.c
    columns = sa.select(d.id, d.current_version, d.classification)
    query = columns.where(d.source == source, d.deleted_at.is_(None)).with_for_update()
    row = connection.execute(query.where(d.department == placement.department)).first()
    if row is None and placement.anywhere:
        found = connection.execute(query.limit(2)).all()
        return found[0] if len(found) == 1 else None
    return row


def _given(placement: Placement) -> dict[str, Any]:
    """The columns of a document that a placement sets."""
    values = {
        "collection_id": placement.collection_id,
        "parent_id": placement.parent_id,
        "owner": placement.owner,
        "retain_until": placement.retain_until,
        "tags": list(placement.tags) if placement.tags is not None else None,
        "source_url": placement.source_url,
        "licence": placement.licence,
    }
    return {name: value for name, value in values.items() if value is not None}


def _latest(connection: sa.Connection, document_id: str) -> Any:
    """The newest version of a document; every document has one."""
    v = versions.c
    columns = sa.select(v.version, v.sha256, v.status, v.encoding_asked, v.classification)
    query = columns.where(v.document_id == document_id).order_by(v.version.desc())
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
            signature=parsed.signature,
            passage_count=len(rows),
        )
    )
    store_findings(connection, document_id, version, parsed.findings)


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
    columns = sa.select(documents.c.current_version, documents.c.deleted_at)
    row = connection.execute(columns.where(documents.c.id == document_id).with_for_update()).one()
    current, deleted = row.current_version, row.deleted_at is not None
    old: list[str] = []
    # A newer version that was done before this one stays: then it is this one that search must not show.
    newer = deleted or (current is not None and current > version)
    if deleted or (current is not None and current != version):
        hidden = version if newer else current
        condition = sa.and_(passages.c.document_id == document_id, passages.c.version == hidden)
        old = list(connection.execute(sa.select(passages.c.id).where(condition)).scalars())
    if not newer:
        values = {"current_version": version, "classification": int(classification), "updated_at": _now()}
        connection.execute(documents.update().where(documents.c.id == document_id).values(**values))
    connection.execute(
        versions.update()
        .where(versions.c.document_id == document_id, versions.c.version == version)
        .values(status="indexed", reason=None)
    )
    return old


def fail(connection: sa.Connection, document_id: str, version: int, reason: str, found: Sequence[Finding] = ()) -> None:
    """Record why a version could not be taken in; what search shows stays as it was."""
    _drop_passages(connection, document_id, version)
    _set_status(connection, document_id, version, status="failed", reason=reason)
    store_findings(connection, document_id, version, found)


def quarantine(connection: sa.Connection, document_id: str, version: int, reason: str) -> None:
    """Hold a staged version back: its text can be read where findings are shown, search does not show it."""
    _set_status(connection, document_id, version, status="quarantined", reason=reason)


def release(connection: sa.Connection, document_id: str, version: int, by: str) -> None:
    """Note that somebody lets a quarantined version in; it counts as accepted again and is processed anew."""
    _set_status(connection, document_id, version, status="accepted", reason=None, released_at=_now(), released_by=by)


def retry(connection: sa.Connection, document_id: str) -> int | None:
    """Set a document's newest version, if it failed, back to accepted; returns its number."""
    latest = _latest(connection, document_id)
    if latest.status != "failed":
        return None
    _set_status(connection, document_id, latest.version, status="accepted", reason=None)
    return int(latest.version)


def waiting(connection: sa.Connection, document_id: str) -> tuple[int, str, str | None]:
    """(number, status, reason) of a document's newest version."""
    v = versions.c
    query = sa.select(v.version, v.status, v.reason).where(v.document_id == document_id)
    row = connection.execute(query.order_by(v.version.desc()).limit(1)).one()
    return row.version, row.status, row.reason


def how_ended(connection: sa.Connection, document_id: str, version: int) -> tuple[str, str, str | None]:
    """(source, status, reason) of a version; `deleted` when its document was."""
    query = (
        sa.select(documents.c.source, documents.c.deleted_at, versions.c.status, versions.c.reason)
        .select_from(versions)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(versions.c.document_id == document_id, versions.c.version == version)
    )
    row = connection.execute(query).one()
    return row.source, "deleted" if row.deleted_at is not None else row.status, row.reason


def _set_status(connection: sa.Connection, document_id: str, version: int, **values: object) -> None:
    this = sa.and_(versions.c.document_id == document_id, versions.c.version == version)
    connection.execute(versions.update().where(this).values(**values))


def _drop_passages(connection: sa.Connection, document_id: str, version: int) -> None:
    condition = sa.and_(passages.c.document_id == document_id, passages.c.version == version)
    ids = sa.select(passages.c.id).where(condition)
    connection.execute(vectors.delete().where(vectors.c.passage_id.in_(ids)))
    connection.execute(passages.delete().where(condition))


def pending(connection: sa.Connection, document_id: str | None = None) -> list[Pending]:
    """Versions that are accepted or staged and not finished, oldest first; of one document if it is named."""
    query = (
        sa.select(versions, documents)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(versions.c.status.in_(("accepted", "staged")), documents.c.deleted_at.is_(None))
        .order_by(versions.c.created_at, versions.c.document_id)
    )
    if document_id is not None:
        query = query.where(documents.c.id == document_id)
    return [_pending(row._mapping) for row in connection.execute(query)]


def _pending(m: sa.RowMapping) -> Pending:
    d, v = documents.c, versions.c
    asked = m[v.classification]
    return Pending(
        m[v.document_id],
        m[v.version],
        m[v.status],
        m[v.sha256],
        m[v.name],
        m[d.source],
        Placement(
            department=m[d.department],
            classification=Classification(m[d.classification] if asked is None else asked),
            collection_id=m[d.collection_id],
            parent_id=m[d.parent_id],
            owner=m[d.owner],
            retain_until=m[d.retain_until],
            tags=tuple(m[d.tags]) if m[d.tags] is not None else None,
            source_url=m[d.source_url],
            licence=m[d.licence],
            encoding=m[v.encoding_asked],
        ),
        m[v.released_at] is not None,
        m[v.inside_given],
    )


def version_facts(connection: sa.Connection, document_id: str, version: int) -> tuple[int, int | None, Language | None]:
    """(passages, pages, language) of a version."""
    columns = sa.select(versions.c.passage_count, versions.c.pages, versions.c.language)
    row: Any = connection.execute(
        columns.where(versions.c.document_id == document_id, versions.c.version == version)
    ).one()
    return row.passage_count, row.pages, row.language


def replaced_title(connection: sa.Connection, document_id: str, version: int) -> str | None:
    """The title that a document had in the version which search showed before this one; None if there was none."""
    earlier = (versions.c.document_id == document_id, versions.c.version < version, versions.c.status == "indexed")
    columns = sa.select(versions.c.title, versions.c.name).where(*earlier).order_by(versions.c.version.desc())
    row = connection.execute(columns.limit(1)).first()
    return None if row is None else row.title or row.name
