"""How far the files are that are being taken in: batches of the queue, and their files in the order of what to look at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lionrock.app import App
from lionrock.contract import batch_json, job_json
from lionrock.errors import NotFoundError
from lionrock.records import Scope

__all__ = ["MOST_BATCHES", "batches", "open_batches"]

MOST_BATCHES = 20
"""Batches that one request tells of."""
_FILES = 30
_READ = 200
_PAGE = re.compile(r"page (\d+) of (\d+)")
_ORDER = {"running": 0, "quarantined": 1, "failed": 1, "cancelled": 1, "waiting": 2}


def open_batches(app: App) -> list[str]:
    """Ids of the batches that are not done, the oldest first."""
    return [batch.id for batch in reversed(app.intake.batches(limit=MOST_BATCHES, only_open=True))]


def batches(app: App, scope: Scope, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Batches with those of their files that matter most now; ids that are unknown are left out."""
    found = []
    for batch_id in list(dict.fromkeys(ids))[:MOST_BATCHES]:
        try:
            batch, rows = app.intake.batch(batch_id, limit=_READ)
        except NotFoundError:
            continue
        files = [_file(app, scope, row) for row in rows]
        seen = sorted((file for file in files if file is not None), key=lambda file: _ORDER.get(file["state"], 3))
        found.append({**batch_json(batch), "files": seen[:_FILES]})
    return found


def _file(app: App, scope: Scope, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """A file as it stands; None for one that who asks may not see."""
    told = job_json(row)
    state = told["state"] if told["state"] in ("waiting", "running", "cancelled") else told["status"] or told["state"]
    file = {"source": told["source"], "document_id": told["document_id"], "reason": told["reason"]}
    if state in ("quarantined", "failed", "cancelled") and told["document_id"]:
        # It may have been let in or tried again since.
        try:
            newest = app.document(told["document_id"], scope).newest
        except NotFoundError:
            return None
        state, file["reason"] = newest.status, newest.reason or told["reason"]
    page = _PAGE.fullmatch(told["detail"] or "")
    file["page"] = (int(page[1]), int(page[2])) if page else None
    file["detail"] = None if page else told["detail"]
    return {**file, "state": state, "settled": state in ("indexed", "unchanged")}
