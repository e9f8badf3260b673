"""`lionrock collections`: folders of documents, with what is said of them; moved between installations as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lionrock.access import LOCAL_OWNER
from lionrock.cli.facts import change_of, facts, note_expired
from lionrock.cli.output import note, say, say_json, show_result
from lionrock.cli.session import opened
from lionrock.contract import collection_json, ingest_json
from lionrock.errors import UsageError
from lionrock.storage.changes import Change
from lionrock.storage.collections import Collection

__all__ = ["command"]

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON value.")


@click.group("collections")
def command() -> None:
    """Collections: create, list, show, rename, change, delete, export, import. NAME is a name or an id."""


def _shown(collection: Collection, as_json: bool) -> None:
    if as_json:
        say_json(collection_json(collection))
        return
    for name, value in collection_json(collection).items():
        if value not in (None, [], ""):
            say(f"{name:<15} {', '.join(value) if isinstance(value, list) else value}")


@command.command("list")
@_JSON
def list_collections(as_json: bool) -> None:
    """All collections that you may see."""
    with opened() as app:
        found = app.library.collections(app.owner_scope())
    if as_json:
        say_json([collection_json(collection) for collection in found])
        return
    for item in found:
        say(f"{item.id}  {item.documents:>6}  {item.department:<12} {item.classification.label:<12} {item.name}")
    if not found:
        note("There are no collections yet; `lionrock collections create NAME` makes one.")


@command.command("show")
@click.argument("name")
@_JSON
def show(name: str, as_json: bool) -> None:
    """One collection."""
    with opened() as app:
        _shown(app.library.collection(name, app.owner_scope()), as_json)


@command.command("create")
@click.argument("name")
@facts
@_JSON
def create(name: str, as_json: bool, force: bool, **said: Any) -> None:
    """Make a collection. Its department and classification hold for what is taken in to it."""
    with opened() as app:
        _shown(app.library.create_collection(name, app.owner_scope(), change_of(said), force=force), as_json)


@command.command("rename")
@click.argument("name")
@click.argument("new")
@_JSON
def rename(name: str, new: str, as_json: bool) -> None:
    """Give a collection another name."""
    with opened() as app:
        collection, _ = app.library.change_collection(name, app.owner_scope(), Change(), new_name=new)
        _shown(collection, as_json)


@command.command("change")
@click.argument("name")
@facts
@_JSON
def change(name: str, as_json: bool, force: bool, **said: Any) -> None:
    """Change what is said of a collection. Its documents follow it to another department and up to a higher
    classification; down to a lower one they go by `lionrock documents change`."""
    with opened() as app:
        collection, changed = app.library.change_collection(name, app.owner_scope(), change_of(said), force=force)
        _shown(collection, as_json)
    if changed.moved:
        note(f"{changed.moved} documents followed.")


@command.command("delete")
@click.argument("name")
@click.option("--move-to", metavar="NAME", help="Move its documents to this collection; `none`: to none.")
@click.option("--delete-documents", is_flag=True, help="Delete its documents with it.")
@_JSON
def delete(name: str, move_to: str | None, delete_documents: bool, as_json: bool) -> None:
    """Take a collection away. One that holds documents stays, unless it is said what becomes of them."""
    if move_to is not None and delete_documents:
        raise UsageError("Either --move-to or --delete-documents.")
    with opened() as app:
        collection_id = app.library.collection(name, app.owner_scope()).id
        number = app.library.delete_collection(
            collection_id, app.owner_scope(), move_to=move_to, with_documents=delete_documents
        )
    if as_json:
        say_json({"collection_id": collection_id, "deleted": True, "documents": number})
    else:
        fate = "deleted with it" if delete_documents else "moved"
        say(f"The collection {name} is deleted" + (f"; {number} documents were {fate}." if number else "."))


@command.command("export")
@click.argument("name", required=False)
@click.argument("out", required=False)
@click.option("--all", "everything", is_flag=True, help="Everything that you may see, instead of one collection.")
@click.option("--current-only", is_flag=True, help="Only the version of each document that search shows.")
@_JSON
def export(name: str | None, out: str | None, everything: bool, current_only: bool, as_json: bool) -> None:
    """Write a collection with its originals and all that is known of them into a new file OUT, a ZIP."""
    collection, target = (None, name) if everything else (name, out)
    if target is None or (everything and out is not None):
        raise UsageError("Name a collection and the file to write, or --all and the file.")
    with opened() as app:
        found = app.library.exchange.export(Path(target), app.owner_scope(), collection, current_only=current_only)
    if as_json:
        told = {"file": target, "documents": found.documents, "versions": found.versions}
        say_json({**told, "originals": found.originals, "bytes": found.bytes})
    else:
        say(f"{target} holds {found.documents} documents in {found.versions} versions ({found.bytes:,} bytes).")


@command.command("import")
@click.argument("file")
@click.option("--department", help="Put the documents and collections into this department.")
@click.option("--collection", metavar="NAME", help="Put the documents into this collection.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a version or document.")
def take_in(file: str, department: str | None, collection: str | None, as_json: bool) -> int:
    """Take in a FILE that `export` wrote. What is there already stays as it is."""
    counts: dict[str, int] = {}
    with opened() as app:
        note_expired(app.library.removal.expire())
        results = app.library.exchange.take_in(
            Path(file), app.owner_scope(), LOCAL_OWNER.id, department=department, collection=collection
        )
        for result in results:
            counts[result.status] = counts.get(result.status, 0) + 1
            if as_json:
                say_json(ingest_json(result))
            else:
                show_result(result)
    note(", ".join(f"{number} {status}" for status, number in sorted(counts.items())) or "nothing to take in")
    return 1 if counts.get("failed") else 0
