"""The commands of `lionrock documents` about the life of documents: change, expire, versions, undo, purge, originals."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from lionrock.app.library import Original
from lionrock.cli.facts import change_of, facts
from lionrock.cli.output import note, say, say_json
from lionrock.cli.session import opened
from lionrock.contract import (
    MOST_SENTENCES,
    audience_json,
    comparison_json,
    document_json,
    expired_json,
    ingest_json,
    version_json,
)
from lionrock.errors import StorageError, UsageError
from lionrock.storage.listing import Filters
from lionrock.text.compare import unified
from lionrock.text.names import raw_name

__all__ = ["COMMANDS"]

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON value.")


@click.command("change")
@click.argument("ids", nargs=-1)
@click.option("--in-collection", metavar="NAME", help="Those of this collection; `none`: those of none.")
@click.option("--with-tag", metavar="TAG", help="Those with this tag.")
@click.option("--source-prefix", metavar="TEXT", help="Those whose source begins so.")
@click.option("--collection", metavar="NAME", help="Move them to this collection; `none`: to none.")
@facts
@click.option("--dry-run", is_flag=True, help="Only say which.")
@_JSON
def change(
    ids: tuple[str, ...],
    in_collection: str | None,
    with_tag: str | None,
    source_prefix: str | None,
    collection: str | None,
    dry_run: bool,
    as_json: bool,
    force: bool,
    **said: Any,
) -> None:
    """Change what is known of many documents at once, all or none: those named, those that match, or of those named the
    ones that match. What is inside them follows. A collection brings its department, and at least its classification."""
    filters = Filters(collection_id=in_collection, tag=with_tag, source=source_prefix)
    with opened() as app:
        changed = app.library.change(
            ids, filters, change_of(said, collection), app.owner_scope(), dry_run=dry_run, force=force
        )
    if as_json:
        told = {"documents": list(changed.documents), "changed": 0 if dry_run else len(changed.documents)}
        say_json({**told, "moved": changed.moved})
        return
    if dry_run:
        for document_id in changed.documents:
            say(document_id)
    say(f"{len(changed.documents)} documents {'would be' if dry_run else 'are'} changed.")


@click.command("expire")
@click.option("--dry-run", is_flag=True, help="Only say which.")
@_JSON
def expire(dry_run: bool, as_json: bool) -> None:
    """Delete the documents that were to be kept to a day that has passed. The same happens when Lionrock begins to serve
    or to take files in."""
    with opened() as app:
        found = app.library.removal.expired() if dry_run else app.library.removal.expire()
    if as_json:
        say_json({"dry_run": dry_run, "documents": [expired_json(item) for item in found]})
        return
    for item in found:
        say(f"{item.document_id}  {item.retain_until}  {item.title}\n           {item.why}")
    say(f"{len(found)} documents {'would be' if dry_run else 'are'} deleted.")


@click.command("versions")
@click.argument("document_id")
@_JSON
def versions(document_id: str, as_json: bool) -> None:
    """The versions of a document, newest first."""
    with opened() as app:
        found = app.library.versions(document_id, app.owner_scope())
    if as_json:
        say_json({"document_id": document_id, "versions": [version_json(version) for version in found]})
        return
    for item in found:
        mark = "*" if item.current else " "
        say(f"{mark} {item.version:>3}  {item.created_at:%Y-%m-%d %H:%M}  {item.status:<11} {item.title}")
        if item.reason:
            say(f"       {item.reason}")
    note("* is the one that search shows.")


@click.command("diff")
@click.argument("document_id")
@click.argument("old", type=int, required=False)
@click.argument("new", type=int, required=False)
@_JSON
def diff(document_id: str, old: int | None, new: int | None, as_json: bool) -> None:
    """By which sentences two versions of a document differ: OLD and NEW, else the newest and the one before."""
    with opened() as app:
        found = app.library.compare(document_id, app.owner_scope(), old, new)
    texts = (found.old_text, found.new_text)
    if as_json:
        say_json(comparison_json(document_id, (found.old, found.new), texts, found.found))
        return
    say(f"--- version {found.old}\n+++ version {found.new}")
    for number, line in enumerate(unified(*texts, found.found)):
        if number >= MOST_SENTENCES:
            note("There is more; --json tells how much.")
            break
        say(line)
    if not found.found.differences:
        note("No sentence differs.")
    if not found.found.exact:
        note("A long stretch was not compared sentence by sentence; it counts as replaced whole.")


@click.command("restore")
@click.argument("document_id")
@click.argument("version", type=int)
@_JSON
def restore(document_id: str, version: int, as_json: bool) -> int:
    """Make an earlier version of a document the newest one again."""
    with opened() as app:
        result = app.library.restore(document_id, version, app.owner_scope())
    if as_json:
        say_json(ingest_json(result))
    elif result.status == "indexed":
        say(f"Version {version} is what search shows again.")
    elif result.status == "unchanged":
        say(f"Search shows what version {version} was already; there is nothing to restore.")
    else:
        say(f"{result.status:<11}{result.reason}")
    return 1 if result.status == "failed" else 0


@click.command("undelete")
@click.argument("document_id")
@click.option("--retain-until", metavar="DATE", help="Keep it to this day, if its day has passed.")
@_JSON
def undelete(document_id: str, retain_until: str | None, as_json: bool) -> None:
    """Bring a deleted document back, as long as it was not purged. `lionrock documents list --status deleted` shows which."""
    with opened() as app:
        document = app.library.removal.undelete(document_id, app.owner_scope(), retain_until=retain_until)
    if as_json:
        say_json(document_json(document))
    else:
        say(f"{document.title} is back.")


@click.command("purge")
@click.option("--older-than", type=click.IntRange(0), metavar="DAYS", required=True, help="Deleted so many days ago.")
@click.option("--dry-run", is_flag=True, help="Only say how many documents.")
@_JSON
def purge(older_than: int, dry_run: bool, as_json: bool) -> None:
    """Take what was deleted more than so many days ago away for good, with the originals that nothing names any more. Never
    done unasked; there is no way back but a backup."""
    with opened() as app:
        found = app.library.removal.purge(older_than, dry_run=dry_run)
    if as_json:
        told = {"dry_run": dry_run, "documents": found.documents, "originals": found.originals}
        say_json({**told, "bytes": found.bytes})
    elif dry_run:
        say(f"{found.documents} documents would be purged.")
    else:
        say(f"{found.documents} documents are purged, and {found.originals} originals ({found.bytes:,} bytes).")


@click.command("who")
@click.argument("document_id")
@_JSON
def who(document_id: str, as_json: bool) -> None:
    """Who can see a document."""
    with opened() as app:
        audience = app.library.who(document_id, app.owner_scope())
    if as_json:
        say_json(audience_json(document_id, audience))
    else:
        say(audience.rule)


@click.command("original")
@click.argument("document_id")
@click.option("-o", "--output", metavar="FILE", required=True, help="Where to write it: a file, a folder, or -.")
@click.option("--version", type=int, help="Of this version; else of the one that search shows.")
def original(document_id: str, output: str, version: int | None) -> None:
    """Write the file that a document was made of. In a folder it gets its own name."""
    with opened() as app:
        found = app.library.original(document_id, app.owner_scope(), version)
        if output == "-":
            with found.path.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            return
        target = _target(Path(output), found)
        try:
            shutil.copyfile(found.path, target)
        except OSError as error:
            raise StorageError(f"{output} cannot be written ({error.strerror}).") from error
    note(f"{document_id}, version {found.version}: {found.name}")


def _target(path: Path, found: Original) -> Path:
    if not path.is_dir():
        return path
    name = raw_name(found.name).replace("\\", "/").rsplit("/", 1)[-1]
    target = path / name
    if name in ("", ".", "..") or "\0" in name:
        raise UsageError("The document has no name that a file could have; name the file.")
    if target.exists():
        raise UsageError(f"There is a {name} in {path} already; name another file.")
    return target


COMMANDS: Sequence[click.Command] = (change, expire, versions, diff, restore, undelete, purge, who, original)
"""To be added to `lionrock documents`."""
