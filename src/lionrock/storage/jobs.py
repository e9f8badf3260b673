"""The queue of ingestion: one row a file to process, in batches.

A job is waiting, running, done, failed or cancelled. Whoever runs one holds a lease on it, which a heartbeat extends; when
the lease runs out, as after a crash, another worker takes the job up. `hold` is called inside every transaction that
writes what a job made, so that a worker which stalled beyond its lease writes nothing. Times are seconds since 1970 by
the worker's clock; the machines of several workers must agree to within seconds.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from lionrock.errors import LeaseLostError, NotFoundError, WorkCancelledError
from lionrock.storage.tables import batches, documents, jobs, versions

__all__ = [
    "Batch",
    "Job",
    "NewJob",
    "add_finished",
    "add_jobs",
    "batch_of",
    "cancel_batch",
    "claim",
    "count_open",
    "create_batch",
    "extend",
    "finish",
    "finished_since",
    "forget_batches",
    "forgotten",
    "hold",
    "jobs_of",
    "list_batches",
    "pause_batch",
    "put_back",
    "take_back",
    "tell",
]


@dataclass(frozen=True, slots=True)
class NewJob:
    """A version to process; jobs of one batch are taken in the order of `position`."""

    document_id: str
    version: int
    source: str
    position: int


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job."""

    id: int
    batch_id: str
    document_id: str
    version: int
    source: str
    position: int
    attempts: int
    """How often it was begun, this time included."""
    worker: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What was asked for at one time, and how far it is."""

    id: str
    label: str
    created_by: str
    created_at: datetime
    paused: bool
    cancelled: bool
    counts: Mapping[str, int] = field(default_factory=dict)
    """State to number of jobs."""

    @property
    def total(self) -> int:
        """All jobs."""
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        """Jobs that are not finished."""
        return self.counts.get("waiting", 0) + self.counts.get("running", 0)


def create_batch(connection: sa.Connection, label: str, created_by: str) -> str:
    """A batch without jobs; returns its id."""
    batch_id = str(uuid.uuid4())
    values = {"id": batch_id, "label": label, "created_by": created_by, "created_at": datetime.now(UTC)}
    connection.execute(batches.insert().values(**values))
    return batch_id


def add_jobs(connection: sa.Connection, batch_id: str, items: Sequence[NewJob]) -> None:
    """Queue versions. Done in the transaction that accepts them, nothing accepted is ever forgotten."""
    if items:
        rows = [
            {
                "batch_id": batch_id,
                "position": item.position,
                "document_id": item.document_id,
                "version": item.version,
                "source": item.source,
                "state": "waiting",
            }
            for item in items
        ]
        connection.execute(jobs.insert(), rows)


def claim(
    connection: sa.Connection, worker: str, now: float, lease: float, *, batch_id: str | None = None
) -> Job | None:
    """Take the next job, of one batch if it is named: a waiting one whose time has come, or one whose lease ran out.

    Batches take turns by position, so that a few files need not wait for the thousands that came before them.
    """
    due = sa.or_(
        sa.and_(jobs.c.state == "waiting", jobs.c.not_before <= now),
        sa.and_(jobs.c.state == "running", jobs.c.leased_until < now),
    )
    stopped = sa.select(batches.c.id).where(sa.or_(batches.c.paused, batches.c.cancelled))
    query = sa.select(jobs.c.id).where(due, jobs.c.batch_id.not_in(stopped))
    if batch_id is not None:
        query = query.where(jobs.c.batch_id == batch_id)
    # SQLite has no row locks and leaves the clause out: there the transaction is the only writer.
    query = query.order_by(jobs.c.position, jobs.c.id).limit(1).with_for_update(skip_locked=True)
    row = connection.execute(
        jobs.update()
        .where(jobs.c.id == query.scalar_subquery())
        .values(state="running", worker=worker, leased_until=now + lease, attempts=jobs.c.attempts + 1, detail=None)
        .returning(*jobs.c)
    ).first()
    return None if row is None else _job(row)


def _job(row: Any) -> Job:
    return Job(row.id, row.batch_id, row.document_id, row.version, row.source, row.position, row.attempts, row.worker)


def _held(job: Job) -> sa.ColumnElement[bool]:
    same = sa.and_(jobs.c.worker == job.worker, jobs.c.attempts == job.attempts)
    return sa.and_(jobs.c.id == job.id, jobs.c.state == "running", same)


def hold(connection: sa.Connection, job: Job) -> None:
    """Be sure, in the caller's transaction, that the job is still this worker's and wanted.

    Raises `LeaseLostError`, or `WorkCancelledError` when its batch was cancelled.
    """
    row = connection.execute(sa.select(jobs.c.batch_id).where(_held(job)).with_for_update()).first()
    if row is None:
        raise LeaseLostError
    if connection.execute(sa.select(batches.c.cancelled).where(batches.c.id == job.batch_id)).scalar():
        raise WorkCancelledError


def extend(connection: sa.Connection, held: Sequence[Job], until: float) -> None:
    """The heartbeat: this worker is alive, its jobs are its own until then."""
    for job in held:
        connection.execute(jobs.update().where(_held(job)).values(leased_until=until))


def tell(connection: sa.Connection, job: Job, detail: str) -> None:
    """How far a running job is, in words."""
    connection.execute(jobs.update().where(_held(job)).values(detail=detail))


def finish(connection: sa.Connection, job: Job, state: str, outcome: Mapping[str, Any]) -> None:
    """The end of a job, if it is still this worker's."""
    values = {"state": state, "outcome": dict(outcome), "worker": None, "detail": None}
    connection.execute(jobs.update().where(_held(job)).values(**values))


def put_back(connection: sa.Connection, job: Job, not_before: float, detail: str) -> None:
    """Let a job wait until it is tried again."""
    values = {"state": "waiting", "not_before": not_before, "worker": None, "detail": detail}
    connection.execute(jobs.update().where(_held(job)).values(**values))


def pause_batch(connection: sa.Connection, batch_id: str, paused: bool) -> None:
    """Begin no further job of a batch, or go on; what runs is finished. Raises `NotFoundError`."""
    batch_of(connection, batch_id)
    connection.execute(batches.update().where(batches.c.id == batch_id).values(paused=paused))


def cancel_batch(connection: sa.Connection, batch_id: str) -> list[tuple[str, int]]:
    """Give up what is not done of a batch; returns the (document, version) that were still waiting.

    What runs stops at its next step. Raises `NotFoundError`.
    """
    batch_of(connection, batch_id)
    connection.execute(batches.update().where(batches.c.id == batch_id).values(cancelled=True))
    waiting = sa.and_(jobs.c.batch_id == batch_id, jobs.c.state == "waiting")
    rows = connection.execute(sa.select(jobs.c.document_id, jobs.c.version).where(waiting)).all()
    connection.execute(jobs.update().where(waiting).values(state="cancelled", worker=None))
    return [(row.document_id, row.version) for row in rows]


def batch_of(connection: sa.Connection, batch_id: str) -> Batch:
    """One batch with its counts. Raises `NotFoundError`."""
    row = connection.execute(sa.select(batches).where(batches.c.id == batch_id)).first()
    if row is None:
        raise NotFoundError(f"There is no batch {batch_id}; `lionrock jobs list` shows those that there are.")
    return _batches(connection, [row])[0]


def list_batches(connection: sa.Connection, *, limit: int = 50, only_open: bool = False) -> list[Batch]:
    """The newest batches first."""
    query = sa.select(batches).order_by(batches.c.created_at.desc(), batches.c.id).limit(limit)
    if only_open:
        still = sa.select(jobs.c.batch_id).where(jobs.c.state.in_(("waiting", "running")))
        query = query.where(batches.c.id.in_(still))
    return _batches(connection, connection.execute(query).all())


def _batches(connection: sa.Connection, rows: Sequence[Any]) -> list[Batch]:
    counted: dict[str, dict[str, int]] = {row.id: {} for row in rows}
    query = (
        sa.select(jobs.c.batch_id, jobs.c.state, sa.func.count().label("number"))
        .where(jobs.c.batch_id.in_(list(counted)))
        .group_by(jobs.c.batch_id, jobs.c.state)
    )
    for row in connection.execute(query):
        counted[row.batch_id][row.state] = row.number
    return [
        Batch(row.id, row.label, row.created_by, row.created_at, row.paused, row.cancelled, counted[row.id])
        for row in rows
    ]


def add_finished(
    connection: sa.Connection, batch_id: str, item: NewJob, state: str, outcome: Mapping[str, Any]
) -> None:
    """Note a file of which nothing was left to do, so that its batch tells of it too."""
    values = {"batch_id": batch_id, "position": item.position, "document_id": item.document_id}
    values |= {"version": item.version, "source": item.source, "state": state, "outcome": dict(outcome)}
    connection.execute(jobs.insert().values(**values))


def finished_since(
    connection: sa.Connection, batch_id: str, after: tuple[int, int], *, limit: int = 200
) -> list[tuple[tuple[int, int], dict[str, Any]]]:
    """Outcomes of a batch in order, from behind the place `after` up to the first job that is still open.

    A place is (position, job id).
    """
    place = sa.tuple_(jobs.c.position, jobs.c.id)
    mine = jobs.c.batch_id == batch_id
    first = (
        sa.select(jobs.c.position, jobs.c.id)
        .where(mine, jobs.c.state.in_(("waiting", "running")))
        .order_by(jobs.c.position, jobs.c.id)
    )
    open_ = connection.execute(first.limit(1)).first()
    query = sa.select(jobs.c.position, jobs.c.id, jobs.c.source, jobs.c.state, jobs.c.outcome).where(
        mine, place > sa.tuple_(sa.literal(after[0]), sa.literal(after[1]))
    )
    if open_ is not None:
        query = query.where(place < sa.tuple_(sa.literal(open_.position), sa.literal(open_.id)))
    rows = connection.execute(query.order_by(jobs.c.position, jobs.c.id).limit(limit)).all()
    return [((row.position, row.id), {"source": row.source, "state": row.state, **(row.outcome or {})}) for row in rows]


def jobs_of(connection: sa.Connection, batch_id: str, *, limit: int, after: int = 0) -> list[dict[str, Any]]:
    """The jobs of a batch by id, for display."""
    query = sa.select(jobs).where(jobs.c.batch_id == batch_id, jobs.c.id > after).order_by(jobs.c.id).limit(limit)
    return [dict(row._mapping) for row in connection.execute(query)]


def forgotten(connection: sa.Connection) -> list[NewJob]:
    """Accepted or staged versions that no open job is for, the oldest first, as jobs to queue."""
    open_ = sa.exists().where(
        jobs.c.document_id == versions.c.document_id,
        jobs.c.version == versions.c.version,
        jobs.c.state.in_(("waiting", "running")),
    )
    query = (
        sa.select(versions.c.document_id, versions.c.version, documents.c.source)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(versions.c.status.in_(("accepted", "staged")), documents.c.deleted_at.is_(None), ~open_)
        .order_by(versions.c.created_at, versions.c.document_id)
    )
    rows = connection.execute(query).all()
    return [NewJob(row.document_id, row.version, row.source, at) for at, row in enumerate(rows)]


def count_open(connection: sa.Connection) -> int:
    """How many jobs are waiting or running."""
    query = sa.select(sa.func.count()).select_from(jobs).where(jobs.c.state.in_(("waiting", "running")))
    return connection.execute(query).scalar_one()


def take_back(connection: sa.Connection, owner: str) -> None:
    """Let go of what earlier processes of this data folder were running; `owner` begins their workers' names."""
    mine = jobs.c.worker.startswith(owner, autoescape=True)
    connection.execute(
        jobs.update().where(jobs.c.state == "running", mine).values(state="waiting", worker=None, not_before=0.0)
    )


def forget_batches(connection: sa.Connection, before: datetime) -> None:
    """Remove the records of batches that were begun before a time and have nothing open."""
    still = sa.select(jobs.c.batch_id).where(jobs.c.state.in_(("waiting", "running")))
    old = sa.select(batches.c.id).where(batches.c.created_at < before, batches.c.id.not_in(still))
    ids = list(connection.execute(old).scalars())
    for start in range(0, len(ids), 500):
        connection.execute(jobs.delete().where(jobs.c.batch_id.in_(ids[start : start + 500])))
        connection.execute(batches.delete().where(batches.c.id.in_(ids[start : start + 500])))
