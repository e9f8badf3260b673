"""Deleting documents, because somebody asks or because their day has come; bringing them back; purging them for good."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lionrock.app.derived import Derived
from lionrock.app.fields import checked_retention
from lionrock.app.follow import Follower
from lionrock.errors import UsageError
from lionrock.records import Document, Scope
from lionrock.storage import collections, documents, removal
from lionrock.storage.blobs import Blobs
from lionrock.storage.changes import Change, apply_change
from lionrock.storage.database import Database
from lionrock.storage.removal import Expired, Removed

__all__ = ["Purged", "Removal"]

_log = logging.getLogger(__name__)
_BATCH = 200
_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge took away for good."""

    documents: int
    originals: int
    bytes: int


class Removal:
    """The end of documents. Every method may be called from several threads."""

    def __init__(self, database: Database, blobs: Blobs, derived: Derived, follower: Follower) -> None:
        self._database = database
        self._blobs = blobs
        self._derived = derived
        self._follower = follower
        self._looked: date | None = None
        self._lock = threading.Lock()

    def delete(self, ids: Sequence[str], scope: Scope) -> int:
        """Take documents, and what came inside them, out of everything that is shown; returns how many.

        Raises `NotFoundError` if the scope does not see one of them; nothing is deleted then.
        """
        self.ready()
        with self._database.begin() as connection:
            gone = removal.remove_seen(connection, ids, scope)
        self.follow(gone)
        return len(gone.documents)

    def ready(self) -> None:
        """Open the index before documents go or come: opened afterwards it would count what is counted then again."""
        self._derived.index()

    def follow(self, gone: Removed) -> None:
        """Index, statistics and the links between editions follow a deletion."""
        self._derived.index().delete(gone.passages)
        self._counted(gone, -1)

    def _counted(self, those: Removed, times: int) -> None:
        self._derived.statistics.count_stored(those.counted, times)
        self._follower.upkeep()

    def expired(self, today: date | None = None) -> list[Expired]:
        """Documents, of every department, that were to be kept to a day that has passed."""
        with self._database.connect() as connection:
            return removal.expired(connection, (today or date.today()).isoformat())

    def expire(self, today: date | None = None) -> list[Expired]:
        """Delete them; they can be brought back until they are purged. Returns what was deleted, and why."""
        with self._lock:
            self._looked = today or date.today()
        due = self.expired(today)
        if not due:
            return []
        self.ready()
        with self._database.begin() as connection:
            gone = removal.remove(connection, [item.document_id for item in due])
        self.follow(gone)
        deleted = set(gone.documents)
        return [item for item in due if item.document_id in deleted]

    def expire_once_a_day(self) -> None:
        """Look for expired documents if nobody did today: a server that is never stopped keeps its dates too."""
        with self._lock:
            if self._looked == date.today():
                return
        for item in self.expire():
            _log.warning("the document %s is deleted. %s", item.document_id, item.why)

    def undelete(
        self, document_id: str, scope: Scope, *, retain_until: str | None = None, today: date | None = None
    ) -> Document:
        """Take a deletion back. Raises `NotFoundError`, and `UsageError` that says what is in the way."""
        day = today or date.today()
        until = checked_retention(retain_until, today=day) if retain_until is not None else None
        self.ready()
        with self._database.begin() as connection:
            document, back = removal.restore_deleted(
                connection, document_id, scope, today=day.isoformat(), retain_until=until
            )
            if document.parent_id is None and document.collection_id is not None:
                floor = collections.floor_of(connection, document.collection_id)
                if floor is not None:
                    apply_change(connection, back.documents, Change(at_least=floor))
        self._follower.put(back.documents)
        self._counted(back, +1)
        with self._database.connect() as connection:
            return documents.get_document(connection, document_id, scope)

    def purge(self, older_than_days: int, *, dry_run: bool = False, now: datetime | None = None) -> Purged:
        """Take what was deleted more than so many days ago away for good, and every original that nobody names.

        With `dry_run` it is only counted; the originals are not looked for then.
        """
        if older_than_days < 0:
            raise UsageError("The number of days is not below 0.")
        try:
            before = (now or datetime.now(UTC)) - timedelta(days=older_than_days)
        except OverflowError:
            return Purged(0, 0, 0)
        with self._database.connect() as connection:
            ids = removal.purgeable(connection, before)
        if dry_run:
            return Purged(len(ids), 0, 0)
        named: dict[str, datetime] = {}
        for start in range(0, len(ids), _BATCH):
            with self._database.begin() as connection:
                part = removal.purge(connection, ids[start : start + _BATCH])
            for sha256, at in part.items():
                named[sha256] = max(at, named.get(sha256, at))
        originals, size = self._sweep(named)
        return Purged(len(ids), originals, size)

    def _sweep(self, named: dict[str, Any]) -> tuple[int, int]:
        """Remove originals without a version: (how many, bytes).

        One that was put a moment ago may be about to be recorded. Those of purged versions are as old as these.
        """
        count = size = 0
        long_ago = time.time() - _AN_HOUR
        for names in self._blobs.names():
            with self._database.connect() as connection:
                unused = removal.unreferenced(connection, names)
            for sha256 in unused:
                since = max(long_ago, named[sha256].timestamp()) if sha256 in named else long_ago
                freed = self._blobs.remove(sha256, untouched_since=since)
                count += freed > 0
                size += freed
        return count, size
