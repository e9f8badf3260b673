"""The pages of the knowledge base: the list of documents and a document's page.

Each view is an address that works as a whole page. The scripts fetch the same HTML in part and put it in place.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from lionrock.app import App
from lionrock.contract import Shown, collection_json, document_json, shown_json
from lionrock.errors import ForbiddenError, NotFoundError, UsageError
from lionrock.records import Actor, Document, Scope
from lionrock.server.deps import Application, Asker, Person, needs
from lionrock.storage.listing import SORTS, Filters
from lionrock.web import knowledge_document as tabs
from lionrock.web import knowledge_words as words
from lionrock.web.frame import Frame
from lionrock.web.knowledge_queue import batches
from lionrock.web.messages import Translate
from lionrock.web.shell import Look, PageRoute, Reader, page, part

__all__ = ["router"]

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_ROWS = 50
_TRAIL = 20
"""Pages that one can go back from one by one; then the list begins anew."""
_LEFT_AS_IS = {"sort": "date"}
_TABS = ("content", "versions", "findings", "access")


class Asked(BaseModel):
    """What the address of the list says. What it says wrongly it does not say."""

    collection: str = Field("", max_length=200)
    status: str = Field("", max_length=20)
    finding: str = Field("", max_length=40)
    tag: str = Field("", max_length=100)
    text: str = Field("", max_length=400)
    sort: str = Field("date", max_length=10)
    after: str = Field("", max_length=100)
    trail: str = Field("", max_length=100 * _TRAIL)
    """Cursors of the pages before, separated by dots."""

    def filters(self) -> Filters:
        """As the library takes them."""
        return Filters(
            collection_id=self.collection or None,
            status=self.status if self.status in words.STATES else None,
            finding=self.finding or None,
            tag=self.tag.strip() or None,
            text=self.text.strip() or None,
        )

    def address(self, **changes: str) -> str:
        """The query of the same view with something else; pages begin anew unless `after` is given."""
        kept = {name: getattr(self, name) for name in ("collection", "status", "finding", "tag", "text", "sort")}
        kept |= changes
        return "?" + urlencode(
            {name: value for name, value in kept.items() if value and _LEFT_AS_IS.get(name) != value}
        )

    def further(self, cursor: str) -> str:
        """The next page."""
        trail = [name for name in (*self.trail.split("."), self.after or "-") if name]
        return self.address(after=cursor, trail=".".join(trail[-_TRAIL:]))

    def back(self) -> str | None:
        """The page before; None on the first one."""
        if not self.after:
            return None
        *earlier, last = self.trail.split(".") if self.trail else ["-"]
        return self.address() if last in ("-", "") else self.address(after=last, trail=".".join(earlier))


def _rows(app: App, scope: Scope, person: Actor, asked: Asked, look: Look) -> dict[str, Any]:
    """A page of the list; a view that cannot be shown says why and how to go on."""
    sort: Any = asked.sort if asked.sort in SORTS else "date"
    told: dict[str, Any] = {"asked": asked, "rows": [], "total": 0, "further": None, "fault": None}
    told |= {"states": words.states(look.t), "may_purge": person.is_owner}
    try:
        found = app.library.documents(scope, asked.filters(), sort=sort, limit=_ROWS + 1, after=asked.after or None)
    except (NotFoundError, UsageError) as error:
        return told | {"fault": error.message}
    told["rows"] = [_row(item, look) for item in found.documents[:_ROWS]]
    told["total"] = found.total
    if len(found.documents) > _ROWS:
        told["further"] = asked.further(found.documents[_ROWS - 1].id)
    return told


def _row(item: Document, look: Look) -> dict[str, Any]:
    return {
        **document_json(item),
        "kind": words.kind(item.media_type, item.name),
        "day": words.day(item.updated_at, look.locale),
        "language_name": words.languages(look.t)[item.language],
        "classification_name": words.classifications(look.t)[item.classification.label],
        "until": words.day(item.retain_until, look.locale) if item.retain_until else None,
        "overdue": bool(item.retain_until and item.retain_until < date.today().isoformat()),
    }


@router.get("/documents", response_class=HTMLResponse)
def documents(
    app: Application,
    scope: Asker,
    person: Person,
    frame: Frame,
    look: Reader,
    asked: Annotated[Asked, Query()],
) -> HTMLResponse:
    """The list."""
    folders = [collection_json(item) for item in app.library.collections(scope)]
    here = next((item for item in folders if item["collection_id"] == asked.collection), None)
    values = _rows(app, scope, person, asked, look) | {
        "folders": folders,
        "folder": here,
        "batches": batches(app, scope),
        **_names(look.t),
        "endings": words.KNOWN_ENDINGS,
        "largest": app.settings.max_file_bytes,
        "department": _own_department(app, scope),
    }
    return page("documents.html", look, frame("documents") | values)


def _own_department(app: App, scope: Scope) -> str:
    """Where new documents belong if nobody says."""
    try:
        return app.library.placement(scope).department
    except UsageError:
        return app.settings.department


@router.get("/ui/library/list", response_class=HTMLResponse)
def rows(
    app: Application, scope: Asker, person: Person, look: Reader, asked: Annotated[Asked, Query()]
) -> HTMLResponse:
    """The rows of the list alone."""
    return HTMLResponse(part("parts/library_list.html", look, _rows(app, scope, person, asked, look)))


@router.get("/ui/library/folders", response_class=HTMLResponse)
def folders(app: Application, scope: Asker, look: Reader, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """The folders alone."""
    found = [collection_json(item) for item in app.library.collections(scope)]
    return HTMLResponse(part("parts/library_folders.html", look, {"asked": asked, "folders": found}))


@router.get("/ui/library/queue", response_class=HTMLResponse)
def queue(
    app: Application, scope: Asker, look: Reader, batch: Annotated[list[str] | None, Query(max_length=100)] = None
) -> HTMLResponse:
    """The batches that are named and those that are not done."""
    found = batches(app, scope, batch or ())
    values = {"batches": found, "states": words.states(look.t)}
    return HTMLResponse(part("parts/library_queue.html", look, values))


class Purge(BaseModel):
    """What is purged."""

    days: int = Field(ge=0, le=36_500, description="Of those that were deleted at least so many days ago.")
    dry_run: bool = Field(True, description="Only count them.")


@router.post("/ui/library/purge", dependencies=[needs("admin")])
def purge(body: Purge, app: Application, person: Person) -> dict[str, int]:
    """Take what was deleted long enough ago away for good. It concerns every department. Raises `ForbiddenError`."""
    if not person.is_owner:
        raise ForbiddenError
    return {"documents": app.library.removal.purge(body.days, dry_run=body.dry_run).documents}


@router.get("/documents/{document_id}", response_class=HTMLResponse)
def document(
    document_id: str,
    app: Application,
    scope: Asker,
    frame: Frame,
    look: Reader,
    tab: Annotated[str, Query(max_length=20)] = "content",
    number: Annotated[int, Query(alias="page", ge=1, le=1_000_000)] = 1,
    passage: Annotated[str, Query(max_length=100)] = "",
    old: Annotated[int | None, Query(ge=1, le=1_000_000_000)] = None,
    new: Annotated[int | None, Query(ge=1, le=1_000_000_000)] = None,
) -> HTMLResponse:
    """A document."""
    try:
        shown = app.document(document_id, scope)
    except NotFoundError:
        return page("document.html", look, {**frame("documents"), "document": None}, status=404)
    tab = tab if tab in _TABS else "content"
    values: dict[str, Any] = {"tab": tab, **_told(app, scope, shown, look)}
    if tab == "content":
        values |= tabs.content(app, scope, shown, number, passage)
    elif tab == "versions":
        values |= tabs.versions(app, scope, document_id, old, new)
    elif tab == "findings":
        values |= tabs.found(shown)
    else:
        values |= tabs.access(app, scope, document_id)
    return page("document.html", look, {**frame("documents"), **values})


def _told(app: App, scope: Scope, shown: Shown, look: Look) -> dict[str, Any]:
    """What stands above the tabs."""
    item = shown.document
    folders = [collection_json(collection) for collection in app.library.collections(scope)]
    return {
        "document": _row(item, look) | {"added": words.day(item.created_at, look.locale)},
        "newest": shown_json(shown)["newest"],
        "count": len(shown.findings),
        "folders": folders,
        "folder": next((known for known in folders if known["collection_id"] == item.collection_id), None),
        "carrier": _title(app, scope, item.parent_id),
        "replacement": _title(app, scope, item.superseded_by),
        "drawn": item.pages is not None and item.media_type == "application/pdf",
        **_names(look.t),
        "day": lambda text: words.day(text[:10], look.locale),
    }


def _names(translate: Translate) -> dict[str, Any]:
    return {
        "states": words.states(translate),
        "kinds": words.finding_kinds(translate),
        "levels": words.classifications(translate),
        "grades": words.finding_levels(translate),
    }


def _title(app: App, scope: Scope, document_id: str | None) -> tuple[str, str] | None:
    """(id, title) of another document, if who asks may see it."""
    if document_id is None:
        return None
    try:
        return document_id, app.document(document_id, scope).document.title
    except NotFoundError:
        return None
