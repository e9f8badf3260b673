"""The life of documents: change many, versions and their differences, undo, who can see what, originals."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from lionrock.contract import audience_json, comparison_json, document_json, ingest_json, version_json
from lionrock.server.deps import Application, Asker
from lionrock.server.download import disposition
from lionrock.server.routes.bounds import LARGEST
from lionrock.server.routes.collections import Facts
from lionrock.storage.listing import Filters

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["library"])

Number = Annotated[int | None, Query(ge=1, le=LARGEST)]


class ChangeRequest(Facts):
    """Which documents, and what is to become of them."""

    ids: list[str] = Field(default_factory=list, description="Their ids.")
    in_collection: str | None = Field(None, description="Those of this collection; `none`: those of none.")
    with_tag: str | None = Field(None, description="Those with this tag.")
    source_prefix: str | None = Field(None, description="Those whose source begins so.")
    collection: str | None = Field(None, description="Move them to this collection; `none`: to none.")
    dry_run: bool = Field(False, description="Only say which.")


class RestoreRequest(BaseModel):
    """Which version."""

    version: int = Field(ge=1, le=LARGEST, description="The version whose file becomes the newest again.")


class UndeleteRequest(BaseModel):
    """How a document comes back."""

    retain_until: str | None = Field(None, description="Keep it to this day, if its day has passed.")


@router.post("/documents/change")
def change(body: ChangeRequest, app: Application, scope: Asker) -> dict[str, Any]:
    """Change what is known of many documents at once, all or none; what is inside them follows."""
    filters = Filters(collection_id=body.in_collection, tag=body.with_tag, source=body.source_prefix)
    said = body.change(body.collection)
    changed = app.library.change(body.ids, filters, said, scope, dry_run=body.dry_run, force=body.force)
    number = 0 if body.dry_run else len(changed.documents)
    return {"documents": list(changed.documents), "changed": number, "moved": changed.moved}


@router.get("/documents/{document_id}/versions")
def versions(document_id: str, app: Application, scope: Asker) -> dict[str, Any]:
    """The versions of a document, newest first."""
    found = app.library.versions(document_id, scope)
    return {"document_id": document_id, "versions": [version_json(version) for version in found]}


@router.get("/documents/{document_id}/diff")
def diff(document_id: str, app: Application, scope: Asker, old: Number = None, new: Number = None) -> dict[str, Any]:
    """By which sentences two versions differ; if none is named, the newest and the one before it."""
    found = app.library.compare(document_id, scope, old, new)
    return comparison_json(document_id, (found.old, found.new), (found.old_text, found.new_text), found.found)


@router.post("/documents/{document_id}/restore")
def restore(document_id: str, body: RestoreRequest, app: Application, scope: Asker) -> dict[str, Any]:
    """Make the file of an earlier version the newest version again."""
    return ingest_json(app.library.restore(document_id, body.version, scope))


@router.post("/documents/{document_id}/undelete")
def undelete(document_id: str, body: UndeleteRequest, app: Application, scope: Asker) -> dict[str, Any]:
    """Bring a deleted document back, as long as it was not purged."""
    return document_json(app.library.removal.undelete(document_id, scope, retain_until=body.retain_until))


@router.get("/documents/{document_id}/who")
def who(document_id: str, app: Application, scope: Asker) -> dict[str, Any]:
    """Who can see a document."""
    return audience_json(document_id, app.library.who(document_id, scope))


@router.get("/documents/{document_id}/original", response_class=FileResponse)
def original(document_id: str, app: Application, scope: Asker, version: Number = None) -> FileResponse:
    """The file that a document was made of, under its own name; of the version that search shows if none is named."""
    found = app.library.original(document_id, scope, version)
    headers = {
        # Given whole: the response would add a charset of its own to a text.
        "content-type": found.media_type,
        "content-disposition": disposition(found.name),
        "cache-control": "private, no-cache",
    }
    return FileResponse(found.path, headers=headers)
