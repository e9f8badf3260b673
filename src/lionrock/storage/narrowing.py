"""What a person chose to search in, as SQL: it stands beside the scope, in the same query, and only takes away."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from lionrock.records import Language, Narrowing, Scope, Searched
from lionrock.storage.tables import collections, documents, passages, versions
from lionrock.storage.visibility import visible, within

__all__ = ["among", "chosen", "chosen_documents", "missing_documents", "searched"]

_OF_DOCUMENT = sa.and_(versions.c.document_id == documents.c.id, versions.c.version == documents.c.current_version)
_OF_PASSAGES = sa.and_(passages.c.document_id == documents.c.id, passages.c.version == documents.c.current_version)


def among(narrowing: Narrowing) -> sa.ColumnElement[bool]:
    """True for passages, joined with their version and document, that the narrowing leaves."""
    return sa.and_(chosen(narrowing), _written(narrowing))


def _written(narrowing: Narrowing) -> sa.ColumnElement[bool]:
    return passages.c.language.in_(sorted(narrowing.written)) if narrowing.languages else sa.true()


def chosen(narrowing: Narrowing) -> sa.ColumnElement[bool]:
    """True for documents, joined with their current version, that the narrowing leaves."""
    found: list[sa.ColumnElement[bool]] = [sa.true()]
    if narrowing.collections:
        found.append(documents.c.collection_id.in_(sorted(narrowing.collections)))
    if narrowing.documents:
        found.append(documents.c.id.in_(sorted(narrowing.documents)))
    # Most documents state no date; theirs is the day when they came in, by this machine's clock.
    stated, came_in = versions.c.version_date, documents.c.created_at
    if narrowing.since is not None:
        start = _midnight(date.fromisoformat(narrowing.since))
        found.append(sa.or_(stated >= narrowing.since, sa.and_(stated.is_(None), came_in >= start)))
    if narrowing.until is not None:
        last = date.fromisoformat(narrowing.until)
        early = came_in < _midnight(last + timedelta(days=1)) if last < date.max else sa.true()
        found.append(sa.or_(stated <= narrowing.until, sa.and_(stated.is_(None), early)))
    return sa.and_(*found)


def _midnight(day: date) -> datetime:
    """The beginning of a day by this machine's clock; the earliest and the latest days by that of Greenwich."""
    begins = datetime.combine(day, time.min)
    return begins.astimezone(UTC) if 1900 < day.year < 9999 else begins.replace(tzinfo=UTC)


def chosen_documents(connection: sa.Connection, scope: Scope, narrowing: Narrowing) -> frozenset[str]:
    """Ids of the documents that the scope sees within the narrowing, languages aside."""
    query = sa.select(documents.c.id).join(versions, _OF_DOCUMENT).where(visible(scope), chosen(narrowing))
    return frozenset(connection.execute(query).scalars())


def missing_documents(connection: sa.Connection, scope: Scope, narrowing: Narrowing) -> list[str]:
    """Those of the chosen documents that are not there, or that the scope may not see."""
    query = sa.select(documents.c.id).where(visible(scope), documents.c.id.in_(sorted(narrowing.documents)))
    return sorted(narrowing.documents - set(connection.execute(query).scalars()))


def searched(connection: sa.Connection, scope: Scope, narrowing: Narrowing) -> Searched:
    """How much the scope sees within the narrowing."""
    inside = sa.and_(_OF_PASSAGES, _written(narrowing))
    # Counted from the index on a document's passages, whose texts are not read.
    own = sa.select(sa.func.count()).select_from(passages).where(inside).correlate(documents).scalar_subquery()
    documents_of = sa.join(documents, versions, _OF_DOCUMENT)
    counted = (
        sa.select(own.label("passages")).select_from(documents_of).where(visible(scope), chosen(narrowing)).subquery()
    )
    query = sa.select(sa.func.count(), sa.func.sum(counted.c.passages)).where(counted.c.passages > 0)
    number, total = connection.execute(query).one()
    languages: list[Language] = sorted(narrowing.languages)
    names = _names(connection, scope, narrowing)
    return Searched(number, int(total or 0), names, tuple(languages), narrowing.since, narrowing.until)


def _names(connection: sa.Connection, scope: Scope, narrowing: Narrowing) -> tuple[str, ...]:
    if not narrowing.collections:
        return ()
    seen = within(scope, collections.c.department, collections.c.classification)
    query = sa.select(collections.c.name).where(seen, collections.c.id.in_(sorted(narrowing.collections)))
    return tuple(connection.execute(query.order_by(collections.c.name)).scalars())
