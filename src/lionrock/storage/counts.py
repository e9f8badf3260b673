"""How much there is of what, without a scope: numbers for whoever runs the installation, never names."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from lionrock.storage.documents import with_version
from lionrock.storage.tables import batches, documents, jobs, versions

__all__ = ["documents_by_status", "jobs_by_state", "oldest_open_job"]


def jobs_by_state(connection: sa.Connection) -> dict[str, int]:
    """Files in the queue; finished ones are counted until their batches are forgotten."""
    query = sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def oldest_open_job(connection: sa.Connection) -> datetime | None:
    """When the oldest batch began of which a file is waiting or running."""
    open_ = jobs.join(batches, batches.c.id == jobs.c.batch_id)
    query = sa.select(sa.func.min(batches.c.created_at)).select_from(open_)
    found = connection.execute(query.where(jobs.c.state.in_(("waiting", "running")))).scalar()
    # SQLite gives back no time zone.
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def documents_by_status(connection: sa.Connection) -> dict[str, int]:
    """Documents by the status of the version that search shows, else of the newest."""
    query = sa.select(versions.c.status, sa.func.count()).select_from(with_version())
    rows = connection.execute(query.where(documents.c.deleted_at.is_(None)).group_by(versions.c.status))
    return {row[0]: row[1] for row in rows}
