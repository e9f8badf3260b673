"""`/healthz`: the process lives. `/readyz`: it can answer. `/metrics`: numbers for Prometheus."""

from __future__ import annotations

import hmac
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from lionrock.errors import NotFoundError
from lionrock.server.proxy import is_from_here, is_within

__all__ = ["router"]

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/readyz", response_model=None)
async def readyz(request: Request) -> JSONResponse:
    """Database, index, models, disk and queue are as they should be, and the server is not stopping.

    What is wrong is said in words only to who may read the numbers.
    """
    state = await request.app.state.readiness.look()
    body: dict[str, Any] = {"ready": state.ready, "checks": dict(state.checks)}
    if _may_watch(request):
        body["details"] = dict(state.details)
    return JSONResponse(body, status_code=200 if state.ready else 503)


@router.get("/metrics", response_model=None)
async def metrics(request: Request) -> Response:
    """Numbers in Prometheus' text format, for this machine, trusted addresses and who has the token."""
    if not _may_watch(request):
        raise NotFoundError
    text = await run_in_threadpool(request.app.state.metrics.text)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _may_watch(request: Request) -> bool:
    # No dependency brings these: one would wait for a thread, behind the searches that wait for their turn.
    state = request.app.state
    if is_from_here(request.scope):
        return True
    client = request.client.host if request.client is not None else None
    if is_within(client, state.metrics_from):
        return True
    token = state.lionrock.settings.metrics_token.encode()
    given = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
    return bool(token) and hmac.compare_digest(given, token)
