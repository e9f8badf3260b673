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

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from lionrock.errors import DocumentError, EmptyDocumentError, TooLargeError
from lionrock.index.lexical import unpack
from lionrock.index.port import Index
from lionrock.index.statistics import Statistics
from lionrock.ingest.encodings import recoded
from lionrock.ingest.inside import admitted, root_of, source_inside
from lionrock.ingest.inspection import held_back, inspected
from lionrock.ingest.prepare import Preparer
from lionrock.ingest.readers.registry import media_type_of
from lionrock.ingest.sandbox import ReaderPool
from lionrock.ingest.series import Edition, replaced
from lionrock.models.ports import Embed
from lionrock.records import Attachment, Finding, Language, ParsedDocument, Placement, pool_of
from lionrock.storage import documents, passages, versions
from lionrock.storage.blobs import Blobs
from lionrock.storage.database import Database
from lionrock.storage.policies import policy_of

__all__ = ["Ingestor", "Outcome"]

_log = logging.getLogger(__name__)


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

    def ingest(self, data: bytes, *, name: str, source: str, placement: Placement) -> Iterator[Outcome]:
        """Take one file in, and the files inside it; one outcome each. What cannot be read is recorded as failed."""
        accepted = self.accept(data, name=name, source=source, placement=placement)
        if isinstance(accepted, Outcome):
            yield accepted
            return
        with self._database.connect() as connection:
            left = versions.pending(connection, accepted.document_id)
        for item in left:
            yield from self.process(item)

    def accept(self, data: bytes, *, name: str, source: str, placement: Placement) -> Outcome | versions.Accepted:
        """Keep a file for good and record it; or tell its outcome, where nothing is left to do."""
        if len(data) > self._largest:
            reason = f"The file has {len(data):,} bytes; at most {self._largest:,} are accepted here. Split it."
            return Outcome(source, None, "failed", reason=TooLargeError(reason).message)
        if not data.strip(b" \t\r\n\x00"):
            return Outcome(source, None, "failed", reason=EmptyDocumentError("The file is empty.").message)
        sha256 = self._blobs.put(data)
        media_type = media_type_of(data, name)
        with self._database.begin() as connection:
            accepted = versions.accept(
                connection, source=source, name=name, placement=placement, sha256=sha256, media_type=media_type
            )
        if accepted.state == "new":
            return accepted
        return self._told(source, accepted.document_id, accepted.version, accepted.state)

    def recover(self) -> int:
        """Finish what an earlier run left half done; returns how many files."""
        with self._database.connect() as connection:
            left = versions.pending(connection)
        for item in left:
            _log.info("finishing %s", item.name)
            for _ in self.process(item):
                pass
        return len(left)

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

    def process(self, item: versions.Pending) -> Iterator[Outcome]:
        """Read, store and publish an accepted version, then the files inside it, one outcome each.

        Raises `StorageError`, `EndpointError` and the like where it may go well another time; nothing is lost then.
        """
        outcome, inside = self.process_one(item)
        yield outcome
        for child in inside:
            yield from self.process(child)

    def process_one(self, item: versions.Pending) -> tuple[Outcome, Sequence[versions.Pending]]:
        """As `process`, but the files inside it are only accepted, and named."""
        try:
            read = self._read(item)
        except DocumentError as error:
            with self._database.begin() as connection:
                versions.fail(connection, item.document_id, item.version, error.message)
            return Outcome(item.source, item.document_id, "failed", reason=error.message), ()
        inside = self._stage(item, read)
        reason = None if item.released else held_back(read.prepared.findings)
        if reason is not None:
            with self._database.begin() as connection:
                versions.quarantine(connection, item.document_id, item.version, reason)
        else:
            self._publish(item, read.rows)
        status = "quarantined" if reason is not None else "indexed"
        facts = (len(read.rows), read.prepared.pages, read.prepared.language)
        return Outcome(item.source, item.document_id, status, *facts, reason), inside

    def _read(self, item: versions.Pending) -> _Read:
        """Steps 2. Raises a `DocumentError`."""
        data = recoded(self._blobs.get(item.sha256), item.name, item.placement.encoding)
        parsed: ParsedDocument = self._readers.read(data, item.name)
        with self._database.connect() as connection:
            policy = policy_of(connection, item.placement.department)
            already = documents.count_inside(connection, root_of(item.source), item.document_id)
        attachments, left_out = admitted(parsed.attachments, item.source, already)
        checked = inspected(parsed, policy)
        findings: tuple[Finding, ...] = (*checked.findings, *left_out)
        prepared, rows = self._preparer.prepare(checked.parsed, item.name, findings, item.placement.encoding)
        return _Read(prepared, rows, attachments)

    def _stage(self, item: versions.Pending, read: _Read) -> list[versions.Pending]:
        """Step 3. Returns the files inside it that are to be processed; those of an earlier version that are gone are
        deleted."""
        kept = [(file, self._blobs.put(file.data)) for file in read.attachments]
        placement = _below(item)
        with self._database.begin() as connection:
            versions.stage(connection, item.document_id, item.version, read.prepared, read.rows)
            names = [
                versions.accept(
                    connection,
                    source=source_inside(item.source, file.name),
                    name=file.name,
                    placement=placement,
                    sha256=sha256,
                    media_type=media_type_of(file.data, file.name),
                ).document_id
                for file, sha256 in kept
            ]
            gone = documents.delete_children(connection, item.document_id, keep=names)
            counted = passages.lexical_of(connection, gone)
            inside = [found for name in names for found in versions.pending(connection, name)]
        if gone:
            self._index().delete(gone)
            self._statistics.count(((pool_of(language), unpack(value)) for language, value in counted), -1)
        return inside

    def _publish(self, item: versions.Pending, rows: Sequence[versions.NewPassage]) -> None:
        """Steps 5 to 7."""
        where = item.placement.department, item.placement.classification
        points = [self._preparer.point(row, item.document_id, *where) for row in rows]
        self._index().upsert(points)
        with self._database.begin() as connection:
            old = versions.publish(connection, item.document_id, item.version, item.placement.classification)
            gone = passages.lexical_of(connection, old)
        self._index().delete(old)
        self._statistics.count((point.pool, point.sparse) for point in points)
        self._statistics.count(((pool_of(language), unpack(value)) for language, value in gone), -1)

    def _told(self, source: str, document_id: str, version: int, status: str) -> Outcome:
        """The outcome of a version that was processed before."""
        with self._database.connect() as connection:
            facts = versions.version_facts(connection, document_id, version)
            reason = versions.waiting(connection, document_id)[2] if status == "quarantined" else None
        return Outcome(source, document_id, status, *facts, reason)


def _below(item: versions.Pending) -> Placement:
    """Where the files inside a file belong: where it does."""
    return replace(item.placement, parent_id=item.document_id, encoding=None)
