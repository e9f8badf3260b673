"""Documents by what is known of them, a page at a time: filters and order are worked out in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from lionrock.errors import NotFoundError
from lionrock.records import Document, Scope
from lionrock.storage.documents import document_of, listed, with_version
from lionrock.storage.tables import documents, findings, versions
from lionrock.storage.visibility import visible, within

__all__ = ["NO_FILTER", "SORTS", "Filters", "Sort", "count_matching", "find_documents", "ids_matching"]

Sort: TypeAlias = Literal["id", "title", "date"]
SORTS: tuple[Sort, ...] = ("id", "title", "date")
"""By id; by title from A; by the day of the last change, newest first."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a document must be; what is None is not asked."""

    collection_id: str | None = None
    """Empty: in no collection."""
    department: str | None = None
    status: str | None = None
    """Of the version that search shows or of a later one; `deleted`: those that were deleted and not yet purged."""
    finding: str | None = None
    """A kind of finding about the version that search shows or a later one."""
    tag: str | None = None
    text: str | None = None
    """Words that the title or the source holds, in any case of letters."""
    source: str | None = None
    """What the source starts with."""

    @property
    def is_empty(self) -> bool:
        """True when every document matches."""
        return self == NO_FILTER


NO_FILTER = Filters()


def find_documents(
    connection: sa.Connection,
    scope: Scope,
    filters: Filters = NO_FILTER,
    *,
    sort: Sort = "id",
    limit: int,
    after: str | None = None,
) -> list[Document]:
    """A page of documents; `after` is the last id of the page before. Raises `NotFoundError` where it is unknown."""
    query = listed(_conditions(connection, scope, filters)).limit(limit)
    if after is not None:
        query = query.where(_beyond(connection, sort, after))
    key = _key(sort)
    order = [documents.c.id] if key is None else [key.desc() if sort == "date" else key, documents.c.id]
    found = [document_of(row) for row in connection.execute(query.order_by(*order))]
    if filters.status == "deleted":
        return [replace(document, status="deleted") for document in found]
    return found


def count_matching(connection: sa.Connection, scope: Scope, filters: Filters = NO_FILTER) -> int:
    """How many documents match."""
    query = sa.select(sa.func.count()).select_from(with_version()).where(_conditions(connection, scope, filters))
    return connection.execute(query).scalar_one()


def ids_matching(connection: sa.Connection, scope: Scope, filters: Filters) -> list[str]:
    """Ids of all documents that match, in their order."""
    query = sa.select(documents.c.id).select_from(with_version()).where(_conditions(connection, scope, filters))
    return list(connection.execute(query.order_by(documents.c.id)).scalars())


def _key(sort: Sort) -> sa.ColumnElement[Any] | None:
    if sort == "title":
        return sa.func.lower(sa.func.coalesce(versions.c.title, versions.c.name))
    return documents.c.updated_at if sort == "date" else None


def _beyond(connection: sa.Connection, sort: Sort, after: str) -> sa.ColumnElement[bool]:
    """Documents that come behind the one named, which may have been deleted since."""
    further = documents.c.id > after
    key = _key(sort)
    if key is None:
        return further
    row = connection.execute(sa.select(key).select_from(with_version()).where(documents.c.id == after)).first()
    if row is None:
        raise NotFoundError(f"There is no document {after} to go on from; start the list again.")
    return sa.or_(key < row[0] if sort == "date" else key > row[0], sa.and_(key == row[0], further))


def _conditions(connection: sa.Connection, scope: Scope, filters: Filters) -> sa.ColumnElement[bool]:
    if filters.status == "deleted":
        seen = within(scope, documents.c.department, documents.c.classification)
        found: list[sa.ColumnElement[bool]] = [seen, documents.c.deleted_at.is_not(None)]
    else:
        found = [visible(scope)]
    if filters.collection_id is not None:
        found.append(documents.c.collection_id.is_not_distinct_from(filters.collection_id or None))
    if filters.department is not None:
        found.append(documents.c.department == filters.department)
    if filters.source is not None:
        # Not by LIKE, for which some databases take small and capital letters as one.
        found.append(sa.func.substr(documents.c.source, 1, len(filters.source)) == filters.source)
    if filters.text is not None:
        title = sa.func.coalesce(versions.c.title, versions.c.name)
        held = [column.icontains(filters.text, autoescape=True) for column in (title, documents.c.source)]
        found.append(sa.or_(*held))
    if filters.tag is not None:
        found.append(_tagged(connection, filters.tag))
    return sa.and_(*found, *_of_versions(filters))


def _of_versions(filters: Filters) -> Sequence[sa.ColumnElement[bool]]:
    """What is asked of the version that search shows or of a later one."""
    found: list[sa.ColumnElement[bool]] = []
    since = sa.func.coalesce(documents.c.current_version, 0)
    if filters.status not in (None, "deleted"):
        other = versions.alias()
        found.append(
            sa.exists().where(
                other.c.document_id == documents.c.id, other.c.version >= since, other.c.status == filters.status
            )
        )
    if filters.finding is not None:
        f = findings.c
        found.append(sa.exists().where(f.document_id == documents.c.id, f.version >= since, f.kind == filters.finding))
    return found


def _tagged(connection: sa.Connection, tag: str) -> sa.ColumnElement[bool]:
    """Documents that carry a tag themselves. The two databases take a JSON list apart by different functions."""
    taken = sa.func.json_each if connection.dialect.name == "sqlite" else sa.func.json_array_elements_text
    tags = taken(documents.c.tags).table_valued("value", name="tag")
    return sa.select(sa.literal(1)).select_from(tags).where(tags.c.value == tag).correlate(documents).exists()
