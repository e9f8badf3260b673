"""Documents to another installation and from one: nothing is lost, and of an import that is refused nothing is taken."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from lionrock import __version__
from lionrock.access import may_see
from lionrock.app.archive import Archive, Exported, write_archive
from lionrock.app.intake import Intake
from lionrock.app.manifest import Coming, ComingCollection
from lionrock.contract import IngestResult
from lionrock.errors import BrokenDocumentError, StorageError, UsageError
from lionrock.records import Classification, Scope
from lionrock.storage import collections, exchange, jobs
from lionrock.storage.blobs import Blobs
from lionrock.storage.collections import Collection
from lionrock.storage.database import Database
from lionrock.storage.exchange import KeptDocument
from lionrock.storage.jobs import NewJob
from lionrock.storage.removal import unreferenced

__all__ = ["Exchange"]

_MOST_DEPTH = 20


@dataclass(frozen=True, slots=True)
class _Plan:
    """What an import comes to: what is recorded, and the results of what is not."""

    coming: list[Coming]
    left: list[IngestResult]


class Exchange:
    """Export and import. Every method may be called from several threads."""

    def __init__(self, database: Database, blobs: Blobs, intake: Intake, *, home: Path, largest: int) -> None:
        self._database = database
        self._blobs = blobs
        self._intake = intake
        self._home = home
        self._largest = largest

    def export(self, target: Path, scope: Scope, collection: str | None, *, current_only: bool = False) -> Exported:
        """Write a collection (all that the scope sees if none is named) with its originals into a new file.

        Raises `NotFoundError`, `UsageError` where the file is there already, `StorageError`.
        """
        with self._database.connect() as connection:
            named = collections.collection_by(connection, collection, scope) if collection is not None else None
            listed = [named] if named is not None else collections.all_collections(connection, scope)
            coming = exchange.outgoing(
                connection, scope, None if named is None else named.id, current_only=current_only
            )
            return write_archive(
                target,
                listed,
                coming,
                self._blobs,
                program=__version__,
                created_at=datetime.now(UTC).isoformat(),
                content="all" if named is None else "collection",
                versions_kept="current" if current_only else "all",
            )

    def take_in(
        self, path: Path, scope: Scope, by: str, *, department: str | None = None, collection: str | None = None
    ) -> Iterator[IngestResult]:
        """Take an export in; one result for each version that is read, and for each document that is left as it is.

        All documents go to `department` or `collection` if one is named. Raises `BrokenDocumentError` for an export that
        is damaged or not one, `UsageError`, `StorageError`; nothing was taken in then.
        """
        with Archive(path, largest=self._largest) as archive:
            found = _checked_tree(archive.documents())
            plan, batch_id = self._record(archive, found, scope, by, department, collection)
        yield from plan.left
        if batch_id is not None:
            yield from self._intake.work_through(batch_id)

    def _record(
        self,
        archive: Archive,
        found: Sequence[Coming],
        scope: Scope,
        by: str,
        department: str | None,
        collection: str | None,
    ) -> tuple[_Plan, str | None]:
        """Originals first, which nobody sees before the one transaction that records everything."""
        into = None
        if collection is not None:
            with self._database.connect() as connection:
                into = collections.collection_by(connection, collection, scope)
        placed = [replace(item, document=_placed(item.document, department, into)) for item in found]
        places = {(item.document.department, item.document.source) for item in placed}
        if len(places) != len(placed):
            raise UsageError("A department would have two documents of one source; nothing was taken in.")
        for item in placed:
            _reach(scope, item.document.department, item.document.classification)
        with self._database.connect() as connection:
            plan = _planned(connection, placed)
        fresh = self._copy(archive, plan.coming)
        try:
            with self._database.begin() as connection:
                # Looked at once more: somebody may have added one of them meanwhile.
                again = _planned(connection, placed)
                if len(again.coming) != len(plan.coming):
                    raise StorageError("Documents of this export were added by somebody else meanwhile; try again.")
                named = archive.manifest.collections if into is None else ()
                known = _collections(connection, named, scope, department)
                rows = _with_ids(connection, [item.document for item in plan.coming], known, into)
                to_read = exchange.add_documents(connection, rows)
                if not to_read:
                    return plan, None
                batch_id = jobs.create_batch(connection, "import", by)
                items = [NewJob(*place, position) for position, place in enumerate(to_read)]
                jobs.add_jobs(connection, batch_id, items)
                return plan, batch_id
        except BaseException:  # whatever stops it, Ctrl+C too: nothing half taken in is left behind
            self._drop(fresh)
            raise

    def _copy(self, archive: Archive, coming: Sequence[Coming]) -> dict[str, float]:
        """Copy the originals, each compared with its hash; none is left if one fails.

        Returns SHA-256 -> when it was written (seconds of the epoch) of those that were not there before.
        """
        wanted: dict[str, tuple[str, int]] = {}
        for item in coming:
            for kept in item.document.versions:
                wanted.setdefault(kept.sha256, item.originals[kept.version])
        size = sum(size for _, size in wanted.values())
        free = shutil.disk_usage(self._home).free
        if size > free:
            raise StorageError(f"The originals take {size:,} bytes, and {free:,} are free; make room on the disk.")
        fresh: dict[str, float] = {}
        try:
            for sha256, (member, _) in wanted.items():
                with archive.original(member) as stream:
                    if self._blobs.copy(stream, sha256):
                        fresh[sha256] = time.time()
        except BaseException:  # whatever stops it, Ctrl+C too: nothing half taken in is left behind
            self._drop(fresh)
            raise
        return fresh

    def _drop(self, fresh: Mapping[str, float]) -> None:
        with self._database.connect() as connection:
            unused = unreferenced(connection, list(fresh))
        for sha256 in unused:
            self._blobs.remove(sha256, untouched_since=fresh[sha256])


def _checked_tree(found: Sequence[Coming]) -> list[Coming]:
    """The documents, each behind what it came in, and where that belongs. Raises `BrokenDocumentError`."""
    by_id = {item.document.id: item for item in found}
    if len(by_id) != len(found):
        raise BrokenDocumentError("It holds a document twice. Nothing of this export was taken in.")
    ordered: list[tuple[int, Coming]] = []
    for item in found:
        root, depth = item, 0
        while (above := by_id.get(root.document.parent_id or "")) is not None:
            root, depth = above, depth + 1
            if depth > _MOST_DEPTH:
                raise BrokenDocumentError("Documents are inside each other. Nothing of this export was taken in.")
        document = item.document
        if depth:
            top = root.document
            document = replace(
                document,
                department=top.department,
                classification=top.classification,
                collection_id=top.collection_id,
            )
        else:
            document = replace(document, parent_id=None)
        ordered.append((depth, replace(item, document=document)))
    return [item for _, item in sorted(ordered, key=lambda pair: pair[0])]


def _placed(document: KeptDocument, department: str | None, into: Collection | None) -> KeptDocument:
    """The document where the importer puts it."""
    if into is None:
        return document if department is None else replace(document, department=department)
    level = max(document.classification, into.classification)
    where = department or into.department
    return replace(document, department=where, classification=level, collection_id=into.id)


def _reach(scope: Scope, department: str, classification: Classification) -> None:
    if not may_see(scope, department, classification):
        raise UsageError("The export holds documents that you could not see here; nothing was taken in.")


def _planned(connection: sa.Connection, found: Sequence[Coming]) -> _Plan:
    """Documents whose source is in their department already stay as they are, with what is inside them."""
    there = exchange.newest_at(connection, [(item.document.department, item.document.source) for item in found])
    coming: list[Coming] = []
    left: list[IngestResult] = []
    skipped: set[str] = set()
    for item in found:
        document = item.document
        same = there.get((document.department, document.source))
        if same is None and document.parent_id not in skipped:
            coming.append(item)
            continue
        skipped.add(document.id)
        if same == document.versions[-1].sha256:
            left.append(IngestResult(document.source, "unchanged"))
        else:
            why = "what it is inside of is" if same is None else "another version of it is"
            reason = f"It was left out: {why} in the department “{document.department}” already."
            left.append(IngestResult(document.source, "failed", reason=reason))
    return _Plan(coming, left)


def _collections(
    connection: sa.Connection,
    named: Sequence[ComingCollection],
    scope: Scope,
    department: str | None,
) -> dict[str, tuple[str, Classification]]:
    """Id in the export -> (id, classification) here. One that its department has already stays as it is."""
    here = {(c.department, c.name): (c.id, c.classification) for c in collections.all_collections(connection, scope)}
    known: dict[str, tuple[str, Classification]] = {}
    for item in named:
        where = department or item.department
        _reach(scope, where, item.classification)
        if (where, item.name) not in here:
            free = collections.floor_of(connection, item.id) is None
            made = collections.create_collection(
                connection,
                name=item.name,
                department=where,
                classification=item.classification,
                collection_id=item.id if free else None,
                owner=item.values.owner,
                retain_until=item.values.retain_until,
                tags=list(item.values.add_tags) or None,
                source_url=item.values.source_url,
                licence=item.values.licence,
            )
            here[where, item.name] = (made, Classification.OPEN)
        known[item.id] = here[where, item.name]
    return known


def _with_ids(
    connection: sa.Connection,
    coming: Sequence[KeptDocument],
    known: Mapping[str, tuple[str, Classification]],
    into: Collection | None,
) -> list[KeptDocument]:
    """The documents with ids that are free here, their own where it is; none is below a collection that was here."""
    taken = exchange.known_ids(connection, [item.id for item in coming])
    ids = {item.id: str(uuid.uuid4()) if item.id in taken else item.id for item in coming}
    rows = []
    for item in coming:
        place, floor = known.get(item.collection_id or "", (None, Classification.OPEN))
        rows.append(
            replace(
                item,
                id=ids[item.id],
                parent_id=ids.get(item.parent_id or ""),
                collection_id=place if into is None else into.id,
                classification=max(item.classification, floor),
            )
        )
    return rows
