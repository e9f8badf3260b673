"""Changing many documents at once: where they belong, who may see them, and what is known of them beside their content.

One transaction changes all or none. A search shows a passage when both the index and the database let it, and the
database is changed first: until the index has followed, a document is found by those alone who may see it before and
after. A note in the database names the documents that the index has yet to follow, and outlives a crash.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from lionrock.errors import BusyError, UsageError
from lionrock.records import Classification
from lionrock.storage.tables import documents, jobs, meta, passages, versions

__all__ = ["Change", "apply_change", "current_ids", "drop_note", "note_moved", "notes_of_moved", "still_current"]

_BATCH = 500
_NOTE = "moved:"
_UNPUBLISHED = ("accepted", "staged", "quarantined", "failed")
_MOST_TAGS = 50


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of documents. None leaves a thing as it is; an empty text takes it away."""

    department: str | None = None
    classification: Classification | None = None
    at_least: Classification | None = None
    """Raise to this classification those that are below it."""
    collection_id: str | None = None
    owner: str | None = None
    retain_until: str | None = None
    source_url: str | None = None
    licence: str | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when nothing is to become otherwise."""
        return self == Change()

    @property
    def of_place(self) -> bool:
        """Whether it concerns where a document belongs and who may see it."""
        return any(
            value is not None for value in (self.department, self.classification, self.at_least, self.collection_id)
        )


def apply_change(connection: sa.Connection, ids: Sequence[str], change: Change) -> list[str]:
    """Change these documents; returns those whose department or classification became another.

    Raises `BusyError` if one is being taken in at this moment, `UsageError` if a department would have two documents
    of one source or a document too many tags.
    """
    # Jobs before documents, as a worker does that publishes: two that wait for each other would both fail.
    if change.of_place:
        _not_in_work(connection, ids)
    rows = _locked(connection, ids)
    if change.department is not None:
        _no_clash(connection, rows, change.department)
    now, plain = datetime.now(UTC), _plain(change)
    moved: list[str] = []
    levels: defaultdict[int, list[str]] = defaultdict(list)
    values: list[dict[str, Any]] = []
    for row in rows:
        department = row.department if change.department is None else change.department
        level = row.classification if change.classification is None else int(change.classification)
        level = max(level, int(change.at_least or 0))
        if (department, level) != (row.department, row.classification):
            moved.append(row.id)
        levels[level].append(row.id)
        values.append(
            {"this": row.id, "department": department, "classification": level, "tags": _tags(row.tags or (), change)}
        )
    fixed: dict[str, Any] = {name: sa.bindparam(name) for name in ("department", "classification", "tags")}
    update = documents.update().where(documents.c.id == sa.bindparam("this"))
    if values:
        connection.execute(update.values(updated_at=now, **plain, **fixed), values)
    for level, those in levels.items():
        _ask_anew(connection, those, level)
    return moved


def _locked(connection: sa.Connection, ids: Sequence[str]) -> list[Any]:
    """The rows to change, held until the transaction ends."""
    d = documents.c
    rows: list[Any] = []
    for batch in _batches(sorted(ids)):
        query = sa.select(d.id, d.source, d.department, d.classification, d.tags).where(d.id.in_(batch))
        rows += connection.execute(query.with_for_update()).all()
    return rows


def _not_in_work(connection: sa.Connection, ids: Sequence[str]) -> None:
    """Nobody begins to take one of them in before the transaction ends."""
    for batch in _batches(ids):
        theirs = sa.and_(jobs.c.document_id.in_(batch), jobs.c.state.in_(("waiting", "running")))
        found = connection.execute(sa.select(jobs.c.source, jobs.c.state).where(theirs).with_for_update())
        for row in found.all():
            if row.state == "running":
                # Its passages are on their way into the index with the department and classification of before.
                raise BusyError(f"{row.source} is being taken in at this moment; nothing was changed. Try again soon.")


def _no_clash(connection: sa.Connection, rows: Sequence[Any], department: str) -> None:
    """A source names one document of a department: by it a file is known again."""
    counted = Counter(row.source for row in rows if row.department != department)
    twice = {source for source, number in counted.items() if number > 1}
    for batch in _batches(sorted(counted)):
        there = sa.and_(
            documents.c.source.in_(batch), documents.c.department == department, documents.c.deleted_at.is_(None)
        )
        twice |= set(connection.execute(sa.select(documents.c.source).where(there)).scalars())
    if twice:
        raise UsageError(
            f"The department “{department}” would have two documents of one source ({min(twice)}); nothing was changed. "
            "Delete one of them first."
        )


def _plain(change: Change) -> dict[str, Any]:
    named = ("collection_id", "owner", "retain_until", "source_url", "licence")
    given = {name: getattr(change, name) for name in named}
    return {name: value or None for name, value in given.items() if value is not None}


def _tags(before: Sequence[str], change: Change) -> list[str] | None:
    kept = [tag for tag in before if tag not in change.remove_tags]
    tags = list(dict.fromkeys((*kept, *(tag for tag in change.add_tags if tag not in change.remove_tags))))
    if len(tags) > _MOST_TAGS and len(tags) > len(before):
        raise UsageError(f"A document has at most {_MOST_TAGS} tags; nothing was changed.")
    return tags or None


def _ask_anew(connection: sa.Connection, ids: Sequence[str], level: int) -> None:
    """A version that waits, is held back or failed comes in at the document's new level, if it comes in one day."""
    for batch in _batches(ids):
        those = sa.and_(versions.c.document_id.in_(batch), versions.c.status.in_(_UNPUBLISHED))
        connection.execute(versions.update().where(those).values(classification=level))


def note_moved(connection: sa.Connection, ids: Sequence[str]) -> str:
    """Note that the index has to follow for these documents; returns the note's key."""
    key = _NOTE + uuid.uuid4().hex
    connection.execute(meta.insert().values(key=key, value=json.dumps(list(ids))))
    return key


def notes_of_moved(connection: sa.Connection) -> Mapping[str, list[str]]:
    """Key to document ids of the notes that are left."""
    rows = connection.execute(sa.select(meta.c.key, meta.c.value).where(meta.c.key.startswith(_NOTE)))
    return {row.key: json.loads(row.value) for row in rows}


def drop_note(connection: sa.Connection, key: str) -> None:
    """The index has followed."""
    connection.execute(meta.delete().where(meta.c.key == key))


def current_ids(connection: sa.Connection, ids: Sequence[str]) -> list[str]:
    """Ids of the passages that the index holds of these documents: of their current versions, deleted ones aside."""
    found: list[str] = []
    for batch in _batches(ids):
        query = sa.select(passages.c.id).join(documents, documents.c.id == passages.c.document_id)
        found += connection.execute(query.where(documents.c.id.in_(batch), *_CURRENT)).scalars()
    return found


def still_current(connection: sa.Connection, passage_ids: Sequence[str]) -> set[str]:
    """Those of these passages that the index should hold."""
    found: set[str] = set()
    for batch in _batches(passage_ids):
        query = sa.select(passages.c.id).join(documents, documents.c.id == passages.c.document_id)
        found |= set(connection.execute(query.where(passages.c.id.in_(batch), *_CURRENT)).scalars())
    return found


_CURRENT = (passages.c.version == documents.c.current_version, documents.c.deleted_at.is_(None))


def _batches(ids: Sequence[str]) -> list[list[str]]:
    return [list(ids[start : start + _BATCH]) for start in range(0, len(ids), _BATCH)]
