"""Taking files in: from a path or bytes to results, through the queue, with the index kept in step."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from lionrock.access import LOCAL_OWNER, scope_for
from lionrock.app.derived import Derived
from lionrock.contract import IngestResult
from lionrock.errors import BrokenDocumentError, DocumentError
from lionrock.ingest.pipeline import Ingestor, Outcome
from lionrock.jobs import Held, Workers
from lionrock.records import Placement, Scope
from lionrock.storage import documents, jobs, versions
from lionrock.storage.database import Database
from lionrock.storage.jobs import Batch, Job, NewJob
from lionrock.text.names import storable_name

__all__ = ["Intake", "Upload"]

_READINGS = 3
_REMEMBERED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to take in: its bytes or where to read them."""

    name: str
    source: str
    data: bytes | None = None
    path: Path | None = None


class Intake:
    """Between the commands and routes and the pipeline."""

    def __init__(self, database: Database, ingestor: Ingestor, derived: Derived, *, home: Path) -> None:
        self._database = database
        self._ingestor = ingestor
        self._derived = derived
        # Names what this data folder's processes were running, so that the next one can take it up at once.
        self._owner = hashlib.sha256(f"{socket.gethostname()}\n{home.resolve()}".encode()).hexdigest()[:16]
        self._workers = Workers(database, self, self._owner)
        self._stepping = threading.Lock()
        self._fillings = derived.fillings

    # -- what is asked of it

    def ingest(self, uploads: Iterable[Upload], placement: Placement, *, label: str, by: str) -> Iterator[IngestResult]:
        """Accept all files, then take them in; one result for each and for each file inside it, in order.

        What is accepted and not done when this is left, for whatever reason, waits in the queue.
        """
        batch_id = self.accept(uploads, placement, label=label, by=by)
        yield from self.work_through(batch_id)

    def accept(self, uploads: Iterable[Upload], placement: Placement, *, label: str, by: str) -> str:
        """Keep and queue files; returns the id of their batch. Nothing of an accepted file is lost from here on."""
        with self._database.begin() as connection:
            batch_id = jobs.create_batch(connection, label, by)
        for position, upload in enumerate(uploads):
            self._accept(batch_id, position, upload, placement)
        self._workers.wake()
        return batch_id

    def work_through(self, batch_id: str, *, only_new: bool = False) -> Iterator[IngestResult]:
        """Work on a batch here and now; its results in order, with `only_new` those that were not there before."""
        with self._in_step():
            for outcome in self._workers.work_through(batch_id, only_new=only_new):
                yield _result(outcome)

    def recover(self) -> int:
        """Finish here and now all that waits, whatever a crash left; returns how many files."""
        self.adopt()
        with self._database.connect() as connection:
            batches = jobs.list_batches(connection, limit=1_000, only_open=True)
        ready = [batch.id for batch in batches if not batch.paused and not batch.cancelled]
        done = 0
        if ready:
            with self._in_step():
                for batch_id in ready:
                    done += sum(1 for _ in self._workers.work_through(batch_id))
        return done

    def adopt(self) -> int:
        """Queue accepted versions of which no job is left, and take back what a crash left running.

        Returns how many files wait.
        """
        with self._database.begin() as connection:
            jobs.take_back(connection, self._owner)
            lost = jobs.forgotten(connection)
            if lost:
                jobs.add_jobs(connection, jobs.create_batch(connection, "left over", LOCAL_OWNER.id), lost)
            jobs.forget_batches(connection, datetime.now(UTC) - _REMEMBERED)
            return jobs.count_open(connection)

    def start(self, threads: int) -> None:
        """Work the queue in the background until `stop`."""
        self._workers.start(threads)

    def stop(self) -> None:
        """Begin nothing more."""
        self._workers.stop()

    @property
    def working(self) -> bool:
        """Whether all workers that were started are at work."""
        return self._workers.alive

    def batches(self, *, limit: int = 50, only_open: bool = False) -> list[Batch]:
        """The newest batches first."""
        with self._database.connect() as connection:
            return jobs.list_batches(connection, limit=limit, only_open=only_open)

    def batch(self, batch_id: str, *, limit: int = 1_000, after: int = 0) -> tuple[Batch, list[dict[str, Any]]]:
        """A batch and a page of its jobs. Raises `NotFoundError`."""
        with self._database.connect() as connection:
            return jobs.batch_of(connection, batch_id), jobs.jobs_of(connection, batch_id, limit=limit, after=after)

    def pause(self, batch_id: str, paused: bool) -> Batch:
        """Begin no further file of a batch, or go on. Raises `NotFoundError`."""
        with self._database.begin() as connection:
            jobs.pause_batch(connection, batch_id, paused)
        self._workers.wake()
        return self.batch(batch_id, limit=0)[0]

    def cancel(self, batch_id: str) -> Batch:
        """Give up what is not done of a batch; the files count as failed, and may be tried again one by one."""
        with self._database.begin() as connection:
            for document_id, version in jobs.cancel_batch(connection, batch_id):
                versions.fail(connection, document_id, version, "It was cancelled before it was read.")
        return self.batch(batch_id, limit=0)[0]

    def release(self, document_id: str, scope: Scope, by: str) -> IngestResult | None:
        """Let a held-back version into search; None if nothing is held back. Raises `NotFoundError`."""
        with self._database.begin() as connection:
            documents.get_document(connection, document_id, scope)
            version, status, _ = versions.waiting(connection, document_id)
            if status != "quarantined":
                return None
            versions.release(connection, document_id, version, by)
            batch_id = self._queued_alone(connection, "release", document_id, version, by)
        return next(iter(list(self.work_through(batch_id))), None)

    def retry(self, document_id: str, scope: Scope, by: str) -> IngestResult | None:
        """Take a failed newest version in anew; None if it did not fail. Raises `NotFoundError`."""
        with self._database.begin() as connection:
            documents.get_document(connection, document_id, scope)
            version = versions.retry(connection, document_id)
            if version is None:
                return None
            batch_id = self._queued_alone(connection, "retry", document_id, version, by)
        return next(iter(list(self.work_through(batch_id))), None)

    # -- the work of a job

    def do(self, held: Held) -> Mapping[str, Any]:
        """Process a version; the files inside it join its batch right behind it."""
        job = held.job

        def queue(connection: sa.Connection, document_id: str, version: int, source: str) -> None:
            jobs.add_jobs(connection, job.batch_id, [NewJob(document_id, version, source, job.position)])

        outcome = self._ingestor.process(job.document_id, job.version, held.check, queue, held.tell)
        return self._told(outcome)

    def give_up(self, job: Job, reason: str) -> Mapping[str, Any]:
        """Record that a version will not be taken in."""
        return self._told(self._ingestor.give_up(job.document_id, job.version, job.source, reason))

    def rest(self) -> None:
        """Bring what depends on all documents up to date."""
        with self._in_step():
            pass

    # -- parts

    def _accept(self, batch_id: str, position: int, upload: Upload, placement: Placement) -> None:
        def queue(connection: sa.Connection, document_id: str, version: int, source: str) -> None:
            jobs.add_jobs(connection, batch_id, [NewJob(document_id, version, source, position)])

        # Its path stays as it is: the file is opened by it.
        upload = replace(upload, name=storable_name(upload.name), source=storable_name(upload.source))
        try:
            outcome = self._ingestor.accept(
                self._bytes_of(upload), name=upload.name, source=upload.source, placement=placement, queue=queue
            )
        except OSError as error:
            reason = f"The file could not be read ({error.strerror or error})."
            outcome = Outcome(upload.source, None, "failed", reason=reason)
        except DocumentError as error:
            outcome = Outcome(upload.source, None, "failed", reason=error.message)
        if outcome is not None:
            item = NewJob(outcome.document_id or "", 0, upload.source, position)
            state = "failed" if outcome.status == "failed" else "done"
            with self._database.begin() as connection:
                jobs.add_finished(connection, batch_id, item, state, self._told(outcome))

    def _queued_alone(self, connection: sa.Connection, label: str, document_id: str, version: int, by: str) -> str:
        source, _, _ = versions.how_ended(connection, document_id, version)
        batch_id = jobs.create_batch(connection, label, by)
        jobs.add_jobs(connection, batch_id, [NewJob(document_id, version, source, 0)])
        return batch_id

    @contextlib.contextmanager
    def _in_step(self) -> Iterator[None]:
        """Afterwards the samples, the counts and the links between editions are those of what is there now."""
        index = self._derived.index()
        try:
            yield
        finally:
            with self._stepping:
                self._ingestor.link_editions()
                if self._derived.fillings != self._fillings:
                    # It was filled while a file stood between index and publication, which a filling leaves out.
                    self._derived.compare(index, counted=True)
                    self._fillings = self._derived.fillings
                self._derived.refresh()

    def _bytes_of(self, upload: Upload) -> bytes:
        """The bytes of an upload, read whole. Raises `OSError`, `TooLargeError`, `BrokenDocumentError`."""
        if upload.data is not None or upload.path is None:
            return upload.data or b""
        for _ in range(_READINGS):
            before = upload.path.stat()
            self._ingestor.check_size(before.st_size)
            data = upload.path.read_bytes()
            after = upload.path.stat()
            if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns) and len(
                data
            ) == after.st_size:
                return data
        raise BrokenDocumentError("The file changes while it is read; add it again when nobody writes to it.")

    def _told(self, outcome: Outcome) -> dict[str, Any]:
        """An outcome as the queue keeps it."""
        said = outcome.reason
        if outcome.status == "indexed" and outcome.document_id is not None:
            said = self._replacing(outcome.document_id)
        return {**asdict(outcome), "reason": said}

    def _replacing(self, document_id: str) -> str | None:
        """That a file became a new version is said: two files of one name are easily taken for two documents."""
        with self._database.connect() as connection:
            version = documents.get_document(connection, document_id, scope_for(LOCAL_OWNER)).version
            before = versions.replaced_title(connection, document_id, version)
        if before is None:
            return None
        return f"This is new version {version} of “{before}”, which had the same source and department."


def _result(told: Mapping[str, Any]) -> IngestResult:
    """The result that a finished job tells of."""
    status: Literal["indexed", "unchanged", "quarantined", "failed"] = "failed"
    if told.get("status") in ("indexed", "unchanged", "quarantined"):
        status = told["status"]
    reason = told.get("reason")
    if status == "failed" and not reason:
        reason = "The document was deleted meanwhile." if told.get("status") == "deleted" else "It was not taken in."
    return IngestResult(
        told["source"],
        status,
        told.get("document_id"),
        told.get("passages", 0),
        told.get("pages"),
        told.get("language"),
        reason,
    )
