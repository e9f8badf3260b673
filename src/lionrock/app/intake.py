"""Taking files in: from a path or bytes to results, with the index kept in step; what was held back, and what failed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lionrock.access import LOCAL_OWNER, scope_for
from lionrock.app.derived import Derived
from lionrock.contract import IngestResult
from lionrock.errors import BrokenDocumentError, TooLargeError
from lionrock.ingest.pipeline import Ingestor, Outcome
from lionrock.records import Placement, Scope
from lionrock.storage import documents, versions
from lionrock.storage.database import Database

__all__ = ["Intake", "Upload"]

_READINGS = 3


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to take in: its bytes or where to read them."""

    name: str
    source: str
    data: bytes | None = None
    path: Path | None = None
    placement: Placement | None = None
    """Where it belongs, if not where the others of the same call do."""


class Intake:
    """Between the commands and routes and the pipeline."""

    def __init__(self, database: Database, ingestor: Ingestor, derived: Derived, *, largest: int) -> None:
        self._database = database
        self._ingestor = ingestor
        self._derived = derived
        self._largest = largest

    def ingest(self, uploads: Iterable[Upload], placement: Placement) -> Iterator[IngestResult]:
        """Take files in, one result for each and for each file inside it, in order."""
        with self._in_step():
            for upload in uploads:
                try:
                    data = self._bytes_of(upload)
                except OSError as error:
                    reason = f"The file could not be read ({error.strerror or error})."
                    yield IngestResult(upload.source, "failed", reason=reason)
                except (TooLargeError, BrokenDocumentError) as error:
                    yield IngestResult(upload.source, "failed", reason=error.message)
                else:
                    where = upload.placement or placement
                    outcomes = self._ingestor.ingest(data, name=upload.name, source=upload.source, placement=where)
                    yield from map(self._result, outcomes)

    def recover(self) -> int:
        """Finish what a crash left half done; returns how many files."""
        with self._database.connect() as connection:
            left = versions.pending(connection)
        if not left:
            return 0
        with self._in_step():
            return self._ingestor.recover()

    def release(self, document_id: str, scope: Scope, by: str) -> IngestResult | None:
        """Let a held-back version into search; None if nothing is held back. Raises `NotFoundError`."""
        with self._database.begin() as connection:
            documents.get_document(connection, document_id, scope)
            version, status, _ = versions.waiting(connection, document_id)
            if status != "quarantined":
                return None
            versions.release(connection, document_id, version, by)
        return self._processed(document_id)

    def retry(self, document_id: str, scope: Scope) -> IngestResult | None:
        """Take a failed newest version in anew; None if it did not fail. Raises `NotFoundError`."""
        with self._database.begin() as connection:
            documents.get_document(connection, document_id, scope)
            if versions.retry(connection, document_id) is None:
                return None
        return self._processed(document_id)

    def _processed(self, document_id: str) -> IngestResult | None:
        with self._database.connect() as connection:
            left = versions.pending(connection, document_id)
        with self._in_step():
            results = [self._result(outcome) for item in left for outcome in self._ingestor.process(item)]
        return results[0] if results else None

    @contextlib.contextmanager
    def _in_step(self) -> Iterator[None]:
        """Afterwards the samples, the counts and the links between editions are those of what is there now."""
        index, fillings = self._derived.index(), self._derived.fillings
        try:
            yield
        finally:
            self._ingestor.link_editions()
            if self._derived.fillings != fillings:
                # It was filled while a file stood between index and publication, which a filling leaves out.
                self._derived.compare(index, counted=True)
            self._derived.refresh()

    def _bytes_of(self, upload: Upload) -> bytes:
        """The bytes of an upload, read whole. Raises `OSError`, `TooLargeError`, `BrokenDocumentError`."""
        if upload.data is not None or upload.path is None:
            return upload.data or b""
        for _ in range(_READINGS):
            before = upload.path.stat()
            if before.st_size > self._largest:
                size, most = before.st_size, self._largest
                raise TooLargeError(f"The file has {size:,} bytes; at most {most:,} are accepted here. Split it.")
            data = upload.path.read_bytes()
            after = upload.path.stat()
            if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns) and len(
                data
            ) == after.st_size:
                return data
        raise BrokenDocumentError("The file changes while it is read; add it again when nobody writes to it.")

    def _result(self, outcome: Outcome) -> IngestResult:
        status: Literal["indexed", "unchanged", "quarantined", "failed"] = "failed"
        if outcome.status in ("indexed", "unchanged", "quarantined"):
            status = outcome.status  # type: ignore[assignment]
        said = outcome.reason
        if status == "indexed" and outcome.document_id is not None:
            said = self._replacing(outcome.document_id)
        facts = (outcome.passages, outcome.pages, outcome.language)
        return IngestResult(outcome.source, status, outcome.document_id, *facts, said)

    def _replacing(self, document_id: str) -> str | None:
        """That a file became a new version is said: two files of one name are easily taken for two documents."""
        with self._database.connect() as connection:
            version = documents.get_document(connection, document_id, scope_for(LOCAL_OWNER)).version
            before = versions.replaced_title(connection, document_id, version)
        if before is None:
            return None
        return f"This is new version {version} of “{before}”, which had the same source and department."
