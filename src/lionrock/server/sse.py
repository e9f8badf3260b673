"""Server-sent events: one as text, and a response of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi.responses import StreamingResponse

__all__ = ["STILL_HERE", "event", "streamed"]

STILL_HERE = ": still here\n\n"
"""A comment, so that no proxy takes a quiet stream for dead."""


def event(name: str, data: Mapping[str, Any], number: int | None = None) -> str:
    """A server-sent event, with its number if it has one."""
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def streamed(lines: AsyncIterator[str]) -> StreamingResponse:
    """Events as a response that nothing on the way keeps or holds up."""
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(lines, media_type="text/event-stream", headers=headers)
