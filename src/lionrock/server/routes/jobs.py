"""The queue: batches of files, how far they are, pause, go on, cancel."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from lionrock.contract import batch_json, job_json
from lionrock.server.deps import Application
from lionrock.server.routes.bounds import LARGEST

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["jobs"])


@router.get("/batches")
def batches(
    app: Application,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    only_open: Annotated[bool, Query(alias="open", description="Only those that are not done.")] = False,
) -> dict[str, Any]:
    """The newest batches first."""
    return {"batches": [batch_json(batch) for batch in app.intake.batches(limit=limit, only_open=only_open)]}


@router.get("/batches/{batch_id}")
def batch(
    batch_id: str,
    app: Application,
    limit: Annotated[int, Query(ge=0, le=1_000)] = 200,
    after: Annotated[int, Query(ge=0, le=LARGEST, description="The last `next` of the page before.")] = 0,
) -> dict[str, Any]:
    """One batch and a page of its files."""
    found, rows = app.intake.batch(batch_id, limit=limit, after=after)
    last = rows[-1]["id"] if rows else after
    return {**batch_json(found), "jobs": [job_json(row) for row in rows], "next": last}


@router.post("/batches/{batch_id}/pause")
def pause(batch_id: str, app: Application) -> dict[str, Any]:
    """Begin no further file of a batch."""
    return batch_json(app.intake.pause(batch_id, True))


@router.post("/batches/{batch_id}/resume")
def resume(batch_id: str, app: Application) -> dict[str, Any]:
    """Let a paused batch go on."""
    return batch_json(app.intake.pause(batch_id, False))


@router.post("/batches/{batch_id}/cancel")
def cancel(batch_id: str, app: Application) -> dict[str, Any]:
    """Give up what is not done of a batch."""
    return batch_json(app.intake.cancel(batch_id))
