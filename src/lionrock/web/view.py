"""A source beside the answer: the passage on its page, its span marked, what stands around it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from lionrock.app.view import Table, View
from lionrock.contract import passage_json
from lionrock.errors import UsageError
from lionrock.records import Passage
from lionrock.server.deps import Application, Asker
from lionrock.web.shell import Look, PageRoute, Reader, part

__all__ = ["router", "spans_of", "status_words"]

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_MOST_SPANS = 500
_CELLS = " | "


def spans_of(text: str) -> list[list[int]]:
    """The spans in an address: `[[start, end], …]`. Raises `UsageError`."""
    try:
        spans = json.loads(text)
    except (ValueError, RecursionError):
        spans = None
    if not isinstance(spans, list) or len(spans) > _MOST_SPANS or not all(_is_span(item) for item in spans):
        raise UsageError("The spans are none; open the source from the answer again.")
    return spans


def _is_span(item: object) -> bool:
    return isinstance(item, list) and len(item) == 2 and all(type(n) is int and abs(n) < 2**31 for n in item)


def status_words(look: Look, status: str | None) -> str:
    """What to warn of about a provision; empty where it is in force, or no provision."""
    _ = look.t
    words = {
        "pending": _("Not yet in operation"),
        "repealed": _("Repealed"),
        "omitted": _("Omitted"),
        "expired": _("Expired"),
    }
    return words.get(status or "", "")


def _place(look: Look, passage: Passage) -> str:
    _ = look.t
    parts = [passage.title, *(part for part in passage.heading[-3:] if part != passage.title)]
    if passage.page:
        parts.append(_("page {n}", n=passage.page))
    return " › ".join(parts)


@router.get("/ui/passages/{passage_id}", response_class=HTMLResponse)
def passage(
    passage_id: str,
    app: Application,
    scope: Asker,
    look: Reader,
    spans: Annotated[str, Query(max_length=20_000)] = "[]",
) -> HTMLResponse:
    """A passage as the panel on the right shows it."""
    marks = spans_of(spans)
    view = app.viewer.view(passage_id, scope)
    found = view.passage
    values = {
        "passage": found,
        "place": _place(look, found),
        "status": status_words(look, found.status),
        "repaired": passage_json(found)["repaired"],
        "drawn": _drawn(look, view, marks),
        "parts": _parts(view, marks),
        "rows": _rows(view.table, view.text) if view.table else [],
        "header": view.table.header.split(_CELLS) if view.table and view.table.header else [],
        "provision": view.provision,
        "mail": view.mail,
    }
    return HTMLResponse(part("parts/view.html", look, values))


def _drawn(look: Look, view: View, marks: Sequence[Sequence[int]]) -> dict[str, Any] | None:
    """The picture of the page that the first span stands on, and where to ask for the places of its words."""
    found = view.passage
    if view.kind not in ("pdf", "image"):
        return None
    inside = [span for span in marks if 0 <= span[0] < span[1] <= len(found.text)]
    start, end = inside[0] if inside else (0, len(found.text))
    page = found.page_at(start) or 1
    images = f"{look.root}/api/v1/documents/{found.document_id}/pages/{page}/image"
    return {
        "page": page,
        "image": f"{images}?width=1200&version={found.version}",
        "boxes": f"/api/v1/passages/{found.id}/boxes?start={start}&end={end}",
    }


def _parts(view: View, marks: Sequence[Sequence[int]]) -> list[tuple[str, str, list[list[int]]]]:
    """The text in up to three parts: before the passage, the passage with its spans, after it."""
    at = view.passage_at
    # A passage of which only a part is shown keeps its spans where the part still holds them.
    shift = view.start + at.start - view.passage.start
    spans = [[start - shift, end - shift] for start, end in marks]
    pieces = [
        ("around", view.text[: at.start], []),
        ("here", view.text[at.start : at.end], spans),
        ("around", view.text[at.end :], []),
    ]
    return [(name, text, held) for name, text, held in pieces if text.strip()]


def _rows(table: Table, text: str) -> list[tuple[str, list[str], bool]]:
    """Address, cells and whether it is cited, of each row shown."""
    return [(row.address, text[row.start : row.end].split(_CELLS), row.cited) for row in table.rows]
