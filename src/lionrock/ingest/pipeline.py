"""From the bytes of a file to passages that search finds. The steps, in an order that survives a crash at any moment:

1. keep the original and record that it was accepted    (from here on nothing is lost)
2. read it in a child process, inspect it, cut it into passages, embed them
3. stage: text, passages, vectors, findings, and the files inside it as accepted, in one transaction (still invisible)
4. hold it back if it must not be searched; it stays staged until somebody releases it
5. put the points into the index                        (invisible: search shows current versions only)
6. publish: the document's current version moves        (visible, the old one gone, in one transaction)
7. take the old version's points out of the index

`pending` names what a crash left between 1 and 6; a mismatch left after 5 or 6 is seen when the index is compared with
the database at the start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import sqlalchemy as sa

from lionrock.errors import DocumentError, EmptyDocumentError, TooLargeError
from lionrock.index.port import Index
from lionrock.index.statistics import Statistics
from lionrock.ingest.encodings import recoded
from lionrock.ingest.inside import admitted, root_of, source_inside
from lionrock.ingest.prepare import Preparer
from lionrock.ingest.readers.registry import media_type_of
from lionrock.ingest.sandbox import ReaderPool
from lionrock.ingest.series import Edition, replaced
from lionrock.models.ports import Embed
from lionrock.records import Attachment, Finding, Language, ParsedDocument, Placement
from lionrock.storage import documents, passages, versions
from lionrock.storage.blobs import Blobs
from lionrock.storage.database import Database
from lionrock.storage.policies import policy_of
from lionrock.storage.removal import remove_inside
from lionrock.storage.similar import candidates, store_bands
from lionrock.text.similar import bands, signature, similarity

__all__ = ["Check", "Ingestor", "Outcome", "Queue", "Told"]

Check: TypeAlias = Callable[[sa.Connection], None]
"""Raises where the work is not to go on."""
Queue: TypeAlias = Callable[[sa.Connection, str, int, str], None]
"""Queues (document id, version, source) in the transaction that accepted it."""
Told: TypeAlias = Callable[[str], None]
"""Is told how far a long file is."""


_ALIKE = 0.9
"""The share of common wording from which on two documents are called nearly the same."""
_MOST_CANDIDATES = 50
_MOST_REPEATS = 3


def _quiet(detail: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    source: str
    document_id: str | None
    status: str
    passages: int = 0
    pages: int | None = None
    language: Language | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """A version as it was read: what is stored of it, and the files inside it."""

    prepared: versions.NewVersion
    rows: list[versions.NewPassage]
    attachments: Sequence[Attachment]
    bands: Sequence[int]
    """What near-duplicates are looked up by."""
    held: str | None
    """Why it is held back; None if it is not."""


class Ingestor:
    """The pipeline with its ports. Every method may be called from several threads."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        index: Callable[[], Index],
        statistics: Statistics,
        readers: ReaderPool,
        embedders: Sequence[Embed],
        *,
        largest: int,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._index = index
        self._statistics = statistics
        self._readers = readers
        self._preparer = Preparer(embedders)
        self._largest = largest

    def accept(self, data: bytes, *, name: str, source: str, placement: Placement, queue: Queue) -> Outcome | None:
        """Keep a file for good and queue it, in one step; or tell its outcome, where nothing is left to do.

        Raises `TooLargeError`, `EmptyDocumentError`, `StorageError`; the file was not accepted then.
        """
        self.check_size(len(data))
        if not data.strip(b" \t\r\n\x00"):
            raise EmptyDocumentError("The file is empty.")
        sha256 = self._blobs.put(data)
        media_type = media_type_of(data, name)
        with self._database.begin() as connection:
            accepted = versions.accept(
                connection, source=source, name=name, placement=placement, sha256=sha256, media_type=media_type
            )
            if accepted.state == "new":
                queue(connection, accepted.document_id, accepted.version, source)
                return None
        return replace(self._ended(accepted.document_id, accepted.version), status=accepted.state)

    def check_size(self, size: int) -> None:
        """Raises `TooLargeError` for a file of more bytes than are accepted."""
        if size > self._largest:
            raise TooLargeError(f"The file has {size:,} bytes; at most {self._largest:,} are accepted here. Split it.")

    def link_editions(self) -> None:
        """Mark the older editions of a text as replaced by the newest, and take back marks that no longer hold."""
        with self._database.begin() as connection:
            rows = documents.editions(connection)
            known = {row.document_id: row.superseded_by for row in rows}
            found = replaced(
                Edition(row.document_id, row.title, row.date, row.department, row.language) for row in rows
            )
            for document_id, newer in found.items():
                if known[document_id] != newer:
                    documents.mark_superseded(connection, document_id, newer)

    def process(self, document_id: str, version: int, check: Check, queue: Queue, told: Told = _quiet) -> Outcome:
        """Read, store and publish an accepted version; the files inside it are accepted and queued.

        `check` is called in every transaction that writes what came of it, and may stop it there.
        Raises `StorageError`, `EndpointError` and the like where it may go well another time; nothing is lost then.
        """
        with self._database.connect() as connection:
            item = next((i for i in versions.pending(connection, document_id) if i.version == version), None)
        if item is None:
            return self._ended(document_id, version)
        try:
            read = self._read(item, told)
        except DocumentError as error:
            with self._database.begin() as connection:
                check(connection)
                versions.fail(connection, document_id, version, error.message)
            return Outcome(item.source, document_id, "failed", reason=error.message)
        self._stage(item, read, check, queue)
        if read.held is not None:
            with self._database.begin() as connection:
                check(connection)
                versions.quarantine(connection, document_id, version, read.held)
        else:
            self._publish(item, read.rows, check)
        status = "quarantined" if read.held is not None else "indexed"
        facts = (len(read.rows), read.prepared.pages, read.prepared.language)
        return Outcome(item.source, document_id, status, *facts, read.held)

    def give_up(self, document_id: str, version: int, source: str, reason: str) -> Outcome:
        """Record that an accepted version will not be taken in; the original is kept, and it can be tried again."""
        with self._database.begin() as connection:
            if any(item.version == version for item in versions.pending(connection, document_id)):
                versions.fail(connection, document_id, version, reason)
        return Outcome(source, document_id, "failed", reason=reason)

    def _ended(self, document_id: str, version: int) -> Outcome:
        """The outcome of a version that was processed before, or by a worker that fell before it said so."""
        with self._database.connect() as connection:
            source, status, reason = versions.how_ended(connection, document_id, version)
            facts = versions.version_facts(connection, document_id, version)
        return Outcome(source, document_id, status, *facts, reason)

    def _read(self, item: versions.Pending, told: Told) -> _Read:
        """Step 2. Raises a `DocumentError`."""
        # Imported here: every command loads this module, and only those that read files need the patterns.
        from lionrock.ingest.inspection import held_back, inspected

        data = recoded(self._blobs.get(item.sha256), item.name, item.placement.encoding)
        parsed: ParsedDocument = self._readers.read(
            data, item.name, lambda done, total: told(f"page {done} of {total}")
        )
        with self._database.connect() as connection:
            policy = policy_of(connection, item.placement.department)
            already = documents.count_inside(connection, root_of(item.source), item.document_id)
        checked = inspected(parsed, policy)
        attachments, left_out = admitted(checked.parsed.attachments, item.source, already)
        prepared, rows = self._preparer.prepare(checked.parsed, item.name, item.placement.encoding)
        mark = signature(checked.parsed.text)
        keys = bands(mark)
        repeats = self._repeats(item, mark, keys, prepared.pair_key)
        findings: tuple[Finding, ...] = (*checked.findings, *left_out, *repeats)
        held = None if item.released else held_back(findings)
        return _Read(replace(prepared, signature=mark, findings=findings), rows, attachments, keys, held)

    def _repeats(self, item: versions.Pending, mark: bytes, keys: Sequence[int], pair_key: str | None) -> list[Finding]:
        """That it is nearly the same as other documents of its department, its own language versions aside."""
        where = item.placement
        with self._database.connect() as connection:
            found = candidates(
                connection,
                keys,
                department=where.department,
                classification=int(where.classification),
                besides=item.document_id,
                most=_MOST_CANDIDATES,
            )
        others = [other for other in found if pair_key is None or other.pair_key != pair_key]
        alike = sorted(((similarity(mark, other.signature), other) for other in others), key=lambda pair: -pair[0])
        return [
            Finding("duplicate", "notice", f"Its text is nearly that of “{other.title}” ({share:.0%} in common).")
            for share, other in alike[:_MOST_REPEATS]
            if share >= _ALIKE
        ]

    def _stage(self, item: versions.Pending, read: _Read, check: Check, queue: Queue) -> None:
        """Step 3. Files that were inside an earlier version and are gone are deleted."""
        attachments = () if item.inside_given else read.attachments
        kept = [(file, self._blobs.put(file.data)) for file in attachments]
        placement = _below(item)
        with self._database.begin() as connection:
            check(connection)
            versions.stage(connection, item.document_id, item.version, read.prepared, read.rows)
            store_bands(connection, item.document_id, item.version, read.bands)
            inside = []
            for file, sha256 in kept:
                source = source_inside(item.source, file.name)
                accepted = versions.accept(
                    connection,
                    source=source,
                    name=file.name,
                    placement=placement,
                    sha256=sha256,
                    media_type=media_type_of(file.data, file.name),
                )
                inside.append(accepted.document_id)
                if accepted.state == "new":
                    queue(connection, accepted.document_id, accepted.version, source)
            gone = None if item.inside_given else remove_inside(connection, item.document_id, keep=inside)
        if gone is not None and gone.passages:
            self._index().delete(gone.passages)
            self._statistics.count_stored(gone.counted, -1)

    def _publish(self, item: versions.Pending, rows: Sequence[versions.NewPassage], check: Check) -> None:
        """Steps 5 to 7."""
        where = item.placement.department, item.placement.classification
        points = [self._preparer.point(row, item.document_id, *where) for row in rows]
        self._index().upsert(points)
        with self._database.begin() as connection:
            check(connection)
            old = versions.publish(connection, item.document_id, item.version, item.placement.classification)
            gone = passages.lexical_of(connection, old)
        self._index().delete(old)
        self._statistics.count((point.pool, point.sparse) for point in points)
        self._statistics.count_stored(gone, -1)


def _below(item: versions.Pending) -> Placement:
    """Where the files inside a file belong: where it does."""
    return replace(item.placement, parent_id=item.document_id, encoding=None)
