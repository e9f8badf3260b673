"""Documents: take in, list, show, read, delete."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.concurrency import run_in_threadpool

from lionrock.app import App, Upload
from lionrock.contract import document_json, ingest_json, passage_json, shown_json
from lionrock.errors import TooLargeError
from lionrock.ingest.encodings import known_encoding
from lionrock.records import Classification, Scope
from lionrock.server.deps import Application, Asker, Person
from lionrock.server.routes.bounds import LARGEST
from lionrock.storage.listing import Filters, Sort

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["documents"])

Level = Literal["open", "restricted", "confidential"]
State = Literal["accepted", "staged", "indexed", "quarantined", "failed", "deleted"]


@router.post("/ingest")
async def ingest(
    app: Application,
    person: Person,
    scope: Asker,
    files: Annotated[list[UploadFile], File(description="The files.")],
    department: Annotated[str | None, Form(description="The department they belong to.")] = None,
    classification: Annotated[
        Level | None, Form(description="How confidential they are; default: as the collection, else open.")
    ] = None,
    collection: Annotated[str | None, Form(description="Put them into this collection, by id or name.")] = None,
    sources: Annotated[
        list[str] | None, Form(description="Where each file came from, in order; default: its name.")
    ] = None,
    wait: Annotated[bool, Form(description="Answer when all are searchable; else at once, when all are kept.")] = True,
    encoding: Annotated[str | None, Form(description="Read text files in this encoding, not the guessed one.")] = None,
) -> dict[str, Any]:
    """Take files in; one bad file does not stop the others.

    Without `wait` the work goes on in the background, and `batches` says how far it is.
    """
    uploads = []
    for position, file in enumerate(files):
        source = sources[position] if sources and position < len(sources) else None
        name = file.filename or "file"
        if (file.size or 0) > app.settings.max_file_bytes:
            raise TooLargeError(f"{name} is larger than this installation accepts.")
        uploads.append(Upload(name=name, source=source or name, data=await file.read()))
    label = uploads[0].name if len(uploads) == 1 else f"{len(uploads)} files"

    def accept() -> str:
        app.library.removal.expire_once_a_day()
        where = app.library.placement(
            scope,
            collection=collection,
            department=department,
            classification=Classification[classification.upper()] if classification else None,
            encoding=known_encoding(encoding) if encoding else None,
        )
        return app.intake.accept(uploads, where, label=label, by=person.id)

    batch_id = await run_in_threadpool(accept)
    results = await run_in_threadpool(lambda: list(app.intake.work_through(batch_id))) if wait else []
    return {"results": [ingest_json(result) for result in results], "batch_id": batch_id}


@router.get("/documents")
def documents(
    app: Application,
    scope: Asker,
    collection: Annotated[str | None, Query(description="Of this collection; `none`: of none.")] = None,
    department: Annotated[str | None, Query(description="Of this department.")] = None,
    status: Annotated[State | None, Query(description="Of the version that search shows, or of a later one.")] = None,
    finding: Annotated[str | None, Query(description="A kind of finding about them.")] = None,
    tag: Annotated[str | None, Query(description="With this tag.")] = None,
    text: Annotated[str | None, Query(description="Words that the title or the source holds.")] = None,
    source_prefix: Annotated[str | None, Query(description="What the source begins with.")] = None,
    sort: Annotated[Sort, Query(description="By id, by title, or by date, the last changed first.")] = "id",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: Annotated[str | None, Query(description="The last document_id of the page before.")] = None,
) -> dict[str, Any]:
    """The documents that the caller may see, or those that match, a page at a time; `next` is the `after` of the next."""
    filters = Filters(collection, department, status, finding, tag, text, source_prefix)
    page = app.library.documents(scope, filters, sort=sort, limit=limit, after=after)
    further = page.documents[-1].id if len(page.documents) == limit else None
    return {"documents": [document_json(item) for item in page.documents], "total": page.total, "next": further}


@router.get("/documents/{document_id}")
def document(document_id: str, app: Application, scope: Asker) -> dict[str, Any]:
    """One document with what was found about it, and its passages."""
    return shown_json(app.document(document_id, scope))


@router.post("/documents/{document_id}/release")
def release(document_id: str, app: Application, scope: Asker) -> dict[str, Any]:
    """Let a document that was held back into search."""
    result = app.release(document_id, scope)
    return {**_status(app, document_id, scope), "released": result is not None and result.status == "indexed"}


@router.post("/documents/{document_id}/retry")
def retry(document_id: str, app: Application, scope: Asker) -> dict[str, Any]:
    """Take a document that failed in anew."""
    result = app.retry(document_id, scope)
    return {**_status(app, document_id, scope), "retried": result is not None}


def _status(app: App, document_id: str, scope: Scope) -> dict[str, Any]:
    newest = app.document(document_id, scope).newest
    return {"document_id": document_id, "status": newest.status, "reason": newest.reason}


@router.get("/documents/{document_id}/text")
def text(
    document_id: str, app: Application, scope: Asker, version: Annotated[int | None, Query(ge=1, le=LARGEST)] = None
) -> dict[str, Any]:
    """The stored text of one version (the current one if none is named)."""
    return {"document_id": document_id, "text": app.document_text(document_id, scope, version=version)}


@router.delete("/documents/{document_id}")
def delete(document_id: str, app: Application, scope: Asker) -> dict[str, Any]:
    """Remove a document from search at once."""
    app.delete(document_id, scope)
    return {"document_id": document_id, "deleted": True}


@router.get("/passages/{passage_id}")
def passage(passage_id: str, app: Application, scope: Asker) -> dict[str, Any]:
    """One passage, also of an older version that an answer once cited, with the text around it."""
    found, before, after = app.passage_in_context(passage_id, scope)
    return {**passage_json(found), "before": before, "after": after}
