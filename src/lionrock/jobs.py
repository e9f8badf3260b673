"""Workers of the queue: they claim a job, do it under a lease, and say how it ended. One bad file stops nobody.

What may go well another time (a full disk, a model server that does not answer) is tried again, each time later. A job
that ended its program every time it was begun is given up. The queue itself is `storage.jobs`.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from lionrock.errors import LeaseLostError, LionrockError, WorkCancelledError, WorkStoppedError
from lionrock.storage import jobs
from lionrock.storage.database import Database
from lionrock.storage.jobs import Job

__all__ = ["Held", "Work", "Workers"]

_log = logging.getLogger(__name__)
_PAUSE = 0.05
_TELL_EVERY = 1.0
_REST_EVERY = 500


class Held:
    """A job in the hands of a worker."""

    def __init__(self, database: Database, job: Job, stopping: threading.Event) -> None:
        self.job = job
        self._database = database
        self._stopping = stopping
        self._told = 0.0

    def check(self, connection: sa.Connection) -> None:
        """Be sure that the job is still ours and wanted; called inside each transaction that writes what it made.

        Raises a `WorkStoppedError`.
        """
        if self._stopping.is_set():
            raise WorkStoppedError
        jobs.hold(connection, self.job)

    def tell(self, detail: str) -> None:
        """Say how far it is, at most once a second."""
        if time.monotonic() - self._told >= _TELL_EVERY:
            self._told = time.monotonic()
            with self._database.begin() as connection:
                jobs.tell(connection, self.job, detail)


class Work(Protocol):
    """What is done with a job."""

    def do(self, held: Held) -> Mapping[str, Any]:
        """Do it; returns the outcome. A `LionrockError` that leaves it means that it may go well another time."""

    def give_up(self, job: Job, reason: str) -> Mapping[str, Any]:
        """Note that it will not be done; returns the outcome."""

    def rest(self) -> None:
        """Called in the background when there is nothing to do after work was done, and now and then in long work."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often; seconds."""

    lease: float = 60.0
    poll: float = 1.0
    tries: int = 5
    first_delay: float = 2.0
    longest_delay: float = 600.0

    def delay(self, attempts: int) -> float:
        """How long to wait before the next try: it doubles each time."""
        return float(min(self.first_delay * 2 ** (attempts - 1), self.longest_delay))


class Workers:
    """Threads that work the queue, and the way for a caller to work a batch in its own thread."""

    def __init__(self, database: Database, work: Work, owner: str, patience: Patience | None = None) -> None:
        self._database = database
        self._work = work
        self._owner = owner
        self._patience = patience or Patience()
        self._stopping = threading.Event()
        self._news = threading.Condition()
        self._held: dict[int, Job] = {}
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._beating: threading.Thread | None = None

    def start(self, threads: int) -> None:
        """Work in the background until `stop`."""
        for number in range(threads):
            thread = threading.Thread(target=self._loop, name=f"worker-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        """Begin nothing more; what runs is put back at its next step, and what has not come to one in time at once."""
        self._stopping.set()
        with self._news:
            self._news.notify_all()
        until = time.monotonic() + seconds
        for thread in (*self._threads, *([self._beating] if self._beating else [])):
            thread.join(max(0.0, until - time.monotonic()))
        with self._lock:
            late = list(self._held.values())
        for job in late:
            # Whoever still works on it has lost its lease, and writes nothing more.
            self._put_back(job, 0.0, "")

    @property
    def alive(self) -> bool:
        """Whether all threads that were started are at work."""
        return all(thread.is_alive() for thread in self._threads)

    def wake(self) -> None:
        """Say that there is work, so that nobody waits for the next poll."""
        with self._news:
            self._news.notify_all()

    def work_through(self, batch_id: str, *, only_new: bool = False) -> Iterator[dict[str, Any]]:
        """Work on a batch in this thread, beside the others; outcomes in the batch's order, with `only_new` those that
        were not there before.

        Raises the `LionrockError` that stopped a job; the job waits in the queue then, and with it the rest.
        """
        after = (-1, -1)
        while only_new:
            with self._database.connect() as connection:
                found = jobs.finished_since(connection, batch_id, after)
            if not found:
                break
            after = found[-1][0]
        while True:
            job = self._claim(batch_id)
            if job is not None:
                self._run(job, patient=False)
            with self._database.connect() as connection:
                found = jobs.finished_since(connection, batch_id, after)
                batch = jobs.batch_of(connection, batch_id) if job is None and not found else None
            for place, outcome in found:
                after = place
                yield outcome
            if batch is not None:
                if not batch.open or batch.cancelled or self._stopping.is_set():
                    return
                time.sleep(self._patience.poll if batch.paused else _PAUSE)

    def _loop(self) -> None:
        done = 0
        while not self._stopping.is_set():
            try:
                job = self._claim(None)
                if job is not None:
                    self._run(job, patient=True)
                    done += 1
                if done and (job is None or done >= _REST_EVERY):
                    done = 0
                    self._work.rest()
                if job is not None:
                    continue
            except LionrockError as error:
                _log.warning("the queue cannot be worked: %s", error.message)
            with self._news:
                if not self._stopping.is_set():
                    self._news.wait(self._patience.poll)

    def _claim(self, batch_id: str | None) -> Job | None:
        worker = f"{self._owner}/{uuid.uuid4().hex[:8]}"
        with self._database.begin() as connection:
            job = jobs.claim(connection, worker, time.time(), self._patience.lease, batch_id=batch_id)
        if job is not None:
            with self._lock:
                self._held[job.id] = job
                if self._beating is None:
                    self._beating = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
                    self._beating.start()
        return job

    def _run(self, job: Job, *, patient: bool) -> None:
        try:
            if job.attempts > self._patience.tries:
                self._end(job, "failed", self._work.give_up(job, "It stopped the program each time it was read."))
                return
            self._end(job, "done", self._work.do(Held(self._database, job, self._stopping)))
        except LeaseLostError:
            _log.warning("job %d took so long that another worker took it over", job.id)
        except WorkCancelledError as error:
            self._end(job, "cancelled", self._work.give_up(job, error.message))
        except WorkStoppedError:
            self._put_back(job, 0.0, "")
        except LionrockError as error:
            self._again(job, error.message)
            if not patient:
                raise
        except KeyboardInterrupt:
            self._put_back(job, 0.0, "")
            raise
        except Exception as error:  # the edge of a job: an unknown fault costs this file only
            _log.exception("a file could not be taken in")
            self._again(job, f"The program met a fault of its own ({type(error).__name__}).")
            if not patient:
                raise
        finally:
            with self._lock:
                self._held.pop(job.id, None)

    def _again(self, job: Job, reason: str) -> None:
        if self._stopping.is_set():
            self._put_back(job, 0.0, "")
        elif job.attempts >= self._patience.tries:
            self._end(job, "failed", self._work.give_up(job, f"{reason} (tried {job.attempts} times)"))
        else:
            self._put_back(job, time.time() + self._patience.delay(job.attempts), reason)

    def _end(self, job: Job, state: str, outcome: Mapping[str, Any]) -> None:
        with self._database.begin() as connection:
            jobs.finish(connection, job, state, outcome)

    def _put_back(self, job: Job, not_before: float, detail: str) -> None:
        try:
            with self._database.begin() as connection:
                jobs.put_back(connection, job, not_before, detail)
        except LionrockError as error:
            # Its lease runs out, and then it is taken up again.
            _log.warning("job %d could not be put back: %s", job.id, error.message)

    def _beat(self) -> None:
        while not self._stopping.wait(self._patience.lease / 3):
            with self._lock:
                held = list(self._held.values())
            if not held:
                continue
            try:
                with self._database.begin() as connection:
                    jobs.extend(connection, held, time.time() + self._patience.lease)
            except LionrockError as error:
                _log.warning("the heartbeat failed: %s", error.message)
