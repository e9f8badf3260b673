"""Whether this installation can serve, and how much it holds and has to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from lionrock.answer.pipeline import Event
from lionrock.storage import counts
from lionrock.storage.database import Database

__all__ = ["Health", "Held", "Observer"]

_STATES = ("waiting", "running", "done", "failed", "cancelled")
_STATUSES = ("accepted", "staged", "indexed", "quarantined", "failed")


class Observer(Protocol):
    """Is told of searches and answers."""

    def searched(self, took_ms: float) -> None:
        """A search has ended."""

    def answering(self, events: Iterator[Event]) -> Iterator[Event]:
        """The same events, watched as they pass."""


@dataclass(frozen=True, slots=True)
class Held:
    """Numbers, without a name of anything."""

    jobs: Mapping[str, int]
    """State -> files in the queue."""
    documents: Mapping[str, int]
    """Status -> documents."""
    oldest_seconds: float
    """For how long the oldest open job has waited; 0 if none is open."""


class Health:
    """What only a server needs to know of its App."""

    def __init__(self, database: Database, home: Path, working: Callable[[], bool], min_free_bytes: int) -> None:
        self._database = database
        self._home = home
        self._working = working
        self._min_free_bytes = min_free_bytes

    def held(self) -> Held:
        """Counts of queue and documents. Raises `StorageError`, `EndpointError`."""
        with self._database.connect() as connection:
            jobs = counts.jobs_by_state(connection)
            documents = counts.documents_by_status(connection)
            oldest = counts.oldest_open_job(connection)
        # A clock that was set back must not make a negative age.
        age = max(0.0, (datetime.now(UTC) - oldest).total_seconds()) if oldest is not None else 0.0
        return Held(dict.fromkeys(_STATES, 0) | jobs, dict.fromkeys(_STATUSES, 0) | documents, age)

    def disk(self) -> str | None:
        """What is wrong with the disk of the data folder; None if nothing is."""
        try:
            free = shutil.disk_usage(self._home).free
        except OSError as error:
            return f"The data folder cannot be looked at ({error.strerror})."
        if free < self._min_free_bytes:
            return f"Only {free / 1e9:.1f} GB are free on the disk of the data folder; make room."
        return None

    def queue(self) -> str | None:
        """What is wrong with the workers of the queue; None if nothing is."""
        return None if self._working() else "A worker of the queue has ended; restart the server."
