"""`lionrock documents`: list, show, delete, release, retry, reindex; what else there is stands in `cli/library.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import click

from lionrock.app import App
from lionrock.cli.library import COMMANDS
from lionrock.cli.output import note, progress_bar, say, say_json
from lionrock.cli.session import opened
from lionrock.contract import document_json, shown_json
from lionrock.records import Document, Finding
from lionrock.storage.listing import SORTS, Filters, Sort

__all__ = ["command"]

_PAGE = 200
_STATES = ("accepted", "staged", "indexed", "quarantined", "failed", "deleted")


@click.group("documents")
def command() -> None:
    """Documents: list and show them, change many, compare versions, delete and bring back."""


for _part in COMMANDS:
    command.add_command(_part)


@command.command("list")
@click.option("--collection", metavar="NAME", help="Those of this collection; `none`: those of none.")
@click.option("--department", help="Those of this department.")
@click.option("--status", type=click.Choice(_STATES), help="Of the version that search shows, or of a later one.")
@click.option("--finding", metavar="KIND", help="Those about which this was found, such as personal.")
@click.option("--tag", help="Those with this tag.")
@click.option("--text", help="Those whose title or source holds these words.")
@click.option("--source-prefix", metavar="TEXT", help="Those whose source begins so.")
@click.option("--sort", type=click.Choice(SORTS), default="id", show_default=True, help="`date`: last changed first.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value: a list of documents.")
def list_documents(sort: Sort, limit: int | None, as_json: bool, **asked: str | None) -> None:
    """All documents that you may see, or those that match."""
    filters = Filters(
        asked["collection"],
        asked["department"],
        asked["status"],
        asked["finding"],
        asked["tag"],
        asked["text"],
        asked["source_prefix"],
    )
    with opened() as app:
        found = list(islice(_all(app, filters, sort), limit))
    if as_json:
        say_json([document_json(document) for document in found])
        return
    for document in found:
        say(f"{document.id}  {document.status:<8} {document.language:<8} {document.department:<12} {document.title}")
    if not found and filters.is_empty:
        note("There are no documents yet; `lionrock ingest PATH` takes some in.")
    elif not found:
        note("No document matches.")


def _all(app: App, filters: Filters, sort: Sort) -> Iterator[Document]:
    """The documents, read a page at a time."""
    after: str | None = None
    scope = app.owner_scope()
    while page := app.library.documents(scope, filters, sort=sort, limit=_PAGE, after=after).documents:
        yield from page
        after = page[-1].id


@command.command("show")
@click.argument("document_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def show(document_id: str, as_json: bool) -> None:
    """One document and its passages."""
    with opened() as app:
        shown = app.document(document_id, app.owner_scope())
        if as_json:
            say_json(shown_json(shown))
            return
        for name, value in document_json(shown.document).items():
            if value not in (None, [], ""):
                say(f"{name:<15} {value}")
        if shown.newest.version != shown.document.version:
            say(f"{'newest':<15} version {shown.newest.version} is {shown.newest.status}: {shown.newest.reason}")
        _say_findings(shown.findings)
        for passage in shown.passages:
            say(f"\n--- {' › '.join(passage.heading)}")
            say(passage.text)


def _say_findings(found: Iterable[Finding]) -> None:
    for finding in found:
        say(f"{finding.level:<15} {finding.detail}")
        if finding.excerpt:
            say(f"{'':<15} “{finding.excerpt}”")


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
def release(document_id: str, as_json: bool) -> int:
    """Let a document that was held back into search. Its findings stay visible."""
    with opened() as app:
        result = app.release(document_id, app.owner_scope())
        shown = app.document(document_id, app.owner_scope())
    released = result is not None and result.status == "indexed"
    if as_json:
        say_json({"document_id": document_id, "status": shown.newest.status, "released": released})
    elif released:
        say(f"{shown.document.title} is in search now ({len(shown.passages)} passages).")
    elif result is None:
        say(f"{shown.document.title} is not held back; there is nothing to release.")
    else:
        say(f"{shown.document.title} could not be taken in: {result.reason}")
    return 0 if released or result is None else 1


@command.command("retry")
@click.argument("document_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def retry(document_id: str, as_json: bool) -> int:
    """Take a document that failed in anew, from the original that was kept."""
    with opened() as app:
        result = app.retry(document_id, app.owner_scope())
        shown = app.document(document_id, app.owner_scope())
    if as_json:
        newest = shown.newest
        told = {"document_id": document_id, "status": newest.status, "reason": newest.reason}
        say_json({**told, "retried": result is not None})
    elif result is None:
        say(f"{shown.document.title} did not fail; there is nothing to retry.")
    else:
        say(f"{shown.document.title}: {result.status}" + (f" ({result.reason})" if result.reason else ""))
    return 1 if result is not None and result.status == "failed" else 0
