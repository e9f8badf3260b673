"""Collections: list, make, show, change, take away."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from lionrock.contract import collection_json
from lionrock.records import Classification
from lionrock.server.deps import Application, Asker
from lionrock.storage.changes import Change

__all__ = ["Facts", "router"]

router = APIRouter(prefix="/api/v1", tags=["collections"])

Level = Literal["open", "restricted", "confidential"]


class Facts(BaseModel):
    """What is said of documents or of a collection; what is null stays, an empty text takes a thing away."""

    department: str | None = Field(None, description="The department they belong to.")
    classification: Level | None = Field(None, description="How confidential they are.")
    owner: str | None = Field(None, description="Who answers for them.")
    retain_until: str | None = Field(None, description="Last day of their keeping, YYYY-MM-DD.")
    source_url: str | None = Field(None, description="The address they were published at.")
    licence: str | None = Field(None, description="The terms they may be used under.")
    add_tags: list[str] = Field(default_factory=list, description="Tags to add.")
    remove_tags: list[str] = Field(default_factory=list, description="Tags to take away.")
    force: bool = Field(False, description="Take a date that has passed: they are deleted at the next start.")

    def change(self, collection: str | None = None) -> Change:
        """As the library takes it."""
        return Change(
            department=self.department,
            classification=Classification[self.classification.upper()] if self.classification else None,
            collection_id=collection,
            owner=self.owner,
            retain_until=self.retain_until,
            source_url=self.source_url,
            licence=self.licence,
            add_tags=tuple(self.add_tags),
            remove_tags=tuple(self.remove_tags),
        )


class NewCollection(Facts):
    """A collection to make."""

    name: str = Field(description="Its name; a department has one of each name.")


class ChangedCollection(Facts):
    """What is to become of a collection."""

    name: str | None = Field(None, description="Its new name.")


@router.get("/collections")
def collections(app: Application, scope: Asker) -> dict[str, Any]:
    """The collections that the caller may see."""
    return {"collections": [collection_json(collection) for collection in app.library.collections(scope)]}


@router.post("/collections")
def create(body: NewCollection, app: Application, scope: Asker) -> dict[str, Any]:
    """Make a collection."""
    return collection_json(app.library.create_collection(body.name, scope, body.change(), force=body.force))


@router.get("/collections/{collection_id}")
def collection(collection_id: str, app: Application, scope: Asker) -> dict[str, Any]:
    """One collection, by its id or its name."""
    return collection_json(app.library.collection(collection_id, scope))


@router.post("/collections/{collection_id}/change")
def change(collection_id: str, body: ChangedCollection, app: Application, scope: Asker) -> dict[str, Any]:
    """Change what is said of a collection, and its name; its documents follow it to another department and up to a higher
    classification."""
    said = body.change()
    found, changed = app.library.change_collection(collection_id, scope, said, new_name=body.name, force=body.force)
    return {**collection_json(found), "moved": changed.moved}


@router.delete("/collections/{collection_id}")
def delete(
    collection_id: str,
    app: Application,
    scope: Asker,
    move_to: Annotated[str | None, Query(description="Where its documents go; `none`: to no collection.")] = None,
    delete_documents: Annotated[bool, Query(description="Delete its documents with it.")] = False,
) -> dict[str, Any]:
    """Take a collection away; one that holds documents only if it is said what becomes of them."""
    found = app.library.collection(collection_id, scope).id
    number = app.library.delete_collection(found, scope, move_to=move_to, with_documents=delete_documents)
    return {"collection_id": found, "deleted": True, "documents": number}
