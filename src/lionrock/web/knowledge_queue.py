"""How far the files are that are being taken in: batches of the queue, and their files in the order of what to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from lionrock.app import App
from lionrock.contract import batch_json, job_json
from lionrock.errors import NotFoundError
from lionrock.records import Scope

__all__ = ["MOST_BATCHES", "batches"]

MOST_BATCHES = 20
"""Batches that one request tells of."""
_FILES = 30
_READ = 200
_PAGE = re.compile(r"page (\d+) of (\d+)")
_ORDER = {"running": 0, "quarantined": 1, "failed": 1, "cancelled": 1, "waiting": 2}


def batches(app: App, scope: Scope, ids: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The named batches and those that are not done, each with those of its files that matter most now.

    Batches of which who asks sees no file are left out; ids that are unknown are, too.
    """
    open_ = [batch.id for batch in reversed(app.intake.batches(limit=MOST_BATCHES, only_open=True))]
    found = []
    for batch_id in list(dict.fromkeys((*ids, *open_)))[:MOST_BATCHES]:
        try:
            batch, rows = app.intake.batch(batch_id, limit=_READ)
        except NotFoundError:
            continue
        # Whoever names a batch has sent it; a file that was refused at the door has no document by which to judge.
        files = list(islice(_files(app, scope, rows, named=batch_id in ids), _FILES))
        if files:
            found.append({**batch_json(batch), "files": files})
    return found


def _files(app: App, scope: Scope, rows: Sequence[Mapping[str, Any]], *, named: bool) -> Iterator[dict[str, Any]]:
    """Those that who asks may see, what needs somebody first."""
    every = [_file(job_json(row)) for row in rows]
    for file in sorted(every, key=lambda file: _ORDER.get(file["state"], 3)):
        document_id = file["document_id"]
        if document_id is None:
            if named or scope.every_department:
                yield file
        elif file["state"] in ("quarantined", "failed", "cancelled") or not scope.every_department:
            try:
                newest = app.library.versions(document_id, scope)[0]
            except NotFoundError:
                continue
            if file["state"] in ("quarantined", "failed", "cancelled"):
                # It may have been let in or tried again since.
                file |= {"state": newest.status, "reason": newest.reason, "settled": newest.status == "indexed"}
            yield file
        else:
            yield file


def _file(told: Mapping[str, Any]) -> dict[str, Any]:
    state = told["state"]
    if state in ("done", "failed"):
        state = told["status"] or state
    page = _PAGE.fullmatch(told["detail"] or "")
    return {
        "source": told["source"],
        "document_id": told["document_id"],
        "state": state,
        "settled": state in ("indexed", "unchanged"),
        "reason": told["reason"],
        "page": (int(page[1]), int(page[2])) if page else None,
        "detail": None if page else told["detail"],
    }
