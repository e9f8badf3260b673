"""The document viewer: pages, their pictures, where quotes stand on them, and passages among what is around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from lionrock.app.view import View
from lionrock.errors import TooManyError
from lionrock.ingest.render import AT_ONCE
from lionrock.server.deps import Application, Asker
from lionrock.server.routes.bounds import LARGEST

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["viewer"])

T = TypeVar("T")
_MOST_WAITING = 200
Version = Annotated[int | None, Query(ge=1, le=LARGEST, description="The version; default: the one that search shows.")]
Offset = Annotated[
    int | None, Query(ge=0, le=LARGEST, description="Code points into the passage's text; default: all of it.")
]


async def _in_turn(request: Request, call: Callable[[], T]) -> T:
    """Call what draws, few at a time: who waits holds no thread. Raises `TooManyError` where too many wait."""
    state = request.app.state
    if not hasattr(state, "drawing"):
        state.drawing = CapacityLimiter(AT_ONCE)
    limiter: CapacityLimiter = state.drawing
    if limiter.statistics().tasks_waiting >= _MOST_WAITING:
        raise TooManyError("Too many pages are waiting to be drawn; try again in some seconds.", seconds=5)
    return await to_thread.run_sync(call, limiter=limiter)


@router.get("/documents/{document_id}/pages")
async def pages(
    document_id: str, request: Request, app: Application, scope: Asker, version: Version = None
) -> dict[str, Any]:
    """The pages of a version, with their sizes in points where they can be drawn."""
    found = await _in_turn(request, partial(app.viewer.pages, document_id, scope, version))
    return asdict(found)


@router.get(
    "/documents/{document_id}/pages/{number}/image",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}, "description": "The page."}, 304: {"description": "Not changed."}},
)
async def image(
    document_id: str,
    number: Annotated[int, Path(ge=1, le=LARGEST, description="The page, from 1.")],
    request: Request,
    app: Application,
    scope: Asker,
    width: Annotated[int, Query(ge=800, le=2000, description="Pixels; an image is not made wider than it is.")] = 1200,
    version: Version = None,
) -> Response:
    """A page of a PDF or an image, drawn, as WebP."""
    picture = await run_in_threadpool(app.viewer.picture, document_id, scope, number, version)
    tag = f'"{picture.tag(width)}"'
    # Asked for again each time: who may not see the document any more is not shown it from a cache.
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if tag in (item.strip().removeprefix("W/") for item in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    data = app.viewer.kept(picture, width)
    if data is None:
        data = await _in_turn(request, partial(app.viewer.draw, picture, width))
    return Response(data, media_type="image/webp", headers=headers)


@router.get("/passages/{passage_id}/boxes")
async def boxes(
    passage_id: str, request: Request, app: Application, scope: Asker, start: Offset = None, end: Offset = None
) -> dict[str, Any]:
    """Where a span of a passage stands on the pages of its PDF: a box a line, in parts of the page."""
    found = await _in_turn(request, partial(app.viewer.boxes, passage_id, scope, start, end))
    return {
        "document_id": found.passage.document_id,
        "version": found.passage.version,
        "boxes": [asdict(box) for box in found.boxes],
        "reason": found.reason,
    }


@router.get("/passages/{passage_id}/view")
def view(passage_id: str, app: Application, scope: Asker, start: Offset = None, end: Offset = None) -> dict[str, Any]:
    """A passage among what is around it: its provision, its table, its message, or the text before and after it."""
    return _view(app.viewer.view(passage_id, scope, start, end))


def _view(found: View) -> dict[str, Any]:
    passage = found.passage
    return {
        "kind": found.kind,
        "passage_id": passage.id,
        "document_id": passage.document_id,
        "version": passage.version,
        "title": passage.title,
        "language": passage.language,
        "page": passage.page,
        "heading": list(passage.heading),
        "text": found.text,
        "start": found.start,
        "passage": [found.passage_at.start, found.passage_at.end],
        "span": [found.span.start, found.span.end],
        "truncated": found.truncated,
        "provision": asdict(found.provision) if found.provision is not None else None,
        "table": asdict(found.table) if found.table is not None else None,
        "mail": [asdict(header) for header in found.mail],
    }
