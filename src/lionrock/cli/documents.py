"""`lionrock documents`: list, show, delete, reindex."""

from __future__ import annotations

from collections.abc import Iterator

import click

from lionrock.app import App
from lionrock.cli.output import note, progress_bar, say, say_json
from lionrock.cli.session import opened
from lionrock.contract import document_json, passage_json
from lionrock.records import Document

__all__ = ["command"]

_PAGE = 200


@click.group("documents")
def command() -> None:
    """Documents: list, show, delete, reindex."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON value: a list of documents.")
def list_documents(as_json: bool) -> None:
    """All documents that you may see."""
    with opened() as app:
        found = list(_all(app))
    if as_json:
        say_json([document_json(document) for document in found])
        return
    for document in found:
        say(f"{document.id}  {document.status:<8} {document.language:<8} {document.department:<12} {document.title}")
    if not found:
        note("There are no documents yet; `lionrock ingest PATH` takes some in.")


def _all(app: App) -> Iterator[Document]:
    """The documents, read a page at a time."""
    after: str | None = None
    while page := app.documents(app.owner_scope(), limit=_PAGE, after=after):
        yield from page
        after = page[-1].id


@command.command("show")
@click.argument("document_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def show(document_id: str, as_json: bool) -> None:
    """One document and its passages."""
    with opened() as app:
        document, passages = app.document(document_id, app.owner_scope())
        if as_json:
            say_json({**document_json(document), "content": [passage_json(passage) for passage in passages]})
            return
        for name, value in document_json(document).items():
            if value is not None:
                say(f"{name:<15} {value}")
        for passage in passages:
            say(f"\n--- {' › '.join(passage.heading)}")
            say(passage.text)


@command.command("delete")
@click.argument("document_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def delete(document_id: str, as_json: bool) -> None:
    """Take a document out of search at once."""
    with opened() as app:
        app.delete(document_id, app.owner_scope())
        if as_json:
            say_json({"document_id": document_id, "deleted": True})
        else:
            say(f"{document_id} is deleted.")


@command.command("reindex")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def reindex(as_json: bool) -> None:
    """Rebuild the search index from the database; nothing is embedded again."""
    with opened() as app:
        count = app.reindex(lambda done, total: progress_bar("rebuilding the index", done, total))
        if as_json:
            say_json({"passages": count})
        else:
            say(f"The index is rebuilt: {count} passages.")


@command.command("release")
@click.argument("document_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def release(document_id: str, as_json: bool) -> None:
    """Let a document that was held back into search. This version holds none back, so there is nothing to do."""
    with opened() as app:
        document, _ = app.document(document_id, app.owner_scope())
        if as_json:
            say_json({"document_id": document.id, "status": document.status, "released": False})
        else:
            say(f"{document.title} is not held back; there is nothing to release.")
