"""`/healthz`: the process runs. `/readyz`: it can answer."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from lionrock.server.deps import Application

__all__ = ["router"]

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


@router.get("/readyz", response_model=None)
def readyz(app: Application) -> JSONResponse:
    """Database, index and embedding models are there."""
    checks: dict[str, Any] = {check.name: check.ok for check in app.readiness()}
    ready = all(checks.values())
    return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)
