"""`lionrock sources`: folders and web sites whose documents are kept in step with them."""

from __future__ import annotations

import click

from lionrock.cli.facts import LEVELS, note_expired
from lionrock.cli.output import note, progress_bar, say, say_json
from lionrock.cli.session import opened
from lionrock.contract import Line, Synced, source_json, synced_json
from lionrock.records import Classification
from lionrock.storage.sources import Source

__all__ = ["command"]


@click.group("sources")
def command() -> None:
    """Sources: folders and web sites whose documents are kept in step with them."""


def _plain(text: str) -> str:
    """A name without anything that a terminal would obey."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


@command.command("add")
@click.argument("place")
@click.option("--department", help="The department its documents belong to.")
@click.option("--classification", type=click.Choice(LEVELS), help="How confidential its documents are.")
@click.option(
    "--collection", metavar="NAME", help="Put its documents into this collection, whose department is theirs."
)
@click.option("--every", type=int, metavar="SECONDS", help="Time between two runs.  [default: folder 300, web 86400]")
@click.option(
    "--host", "hosts", multiple=True, help="A further host that its pages may be on; may be given several times."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def add(
    place: str,
    department: str | None,
    classification: str | None,
    collection: str | None,
    every: int | None,
    hosts: tuple[str, ...],
    as_json: bool,
) -> None:
    """Note a source. PLACE is a folder, the web address of a sitemap, of a list or of one page, or a text file with one
    web address a line. Nothing is read yet; web sources begin paused."""
    with opened() as app:
        where = app.library.placement(
            app.owner_scope(),
            collection=collection,
            department=department,
            classification=Classification[classification.upper()] if classification else None,
        )
        source = app.feeds.add(
            place,
            department=where.department,
            classification=where.classification,
            every_seconds=every,
            hosts=hosts,
            collection_id=where.collection_id,
        )
    if as_json:
        say_json(source_json(source, {}))
        return
    say(f"{source.id}  {source.kind}  {_plain(source.address)}")
    note(f"`lionrock sources sync {source.id}` reads it now.")
    if source.paused:
        note(
            f"It is paused: `lionrock sources resume {source.id}` lets `serve` read it every {source.every_seconds:,} s."
        )
    else:
        note(f"`serve` reads it every {source.every_seconds:,} s.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON value: a list of sources.")
def list_sources(as_json: bool) -> None:
    """All sources, the oldest first."""
    with opened() as app:
        found = app.feeds.all()
    if as_json:
        say_json([source_json(source, items) for source, items in found])
        return
    for source, items in found:
        _say(source, items)
    if not found:
        note("There are no sources yet; `lionrock sources add PLACE` notes one.")


def _say(source: Source, items: dict[str, int]) -> None:
    state = "paused" if source.paused else f"every {source.every_seconds:,} s"
    say(f"{source.id}  {source.kind:<6} {state:<14} {source.department:<12} {_plain(source.address)}")
    counts = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in sorted(items.items()))
    when = f"{source.last_run_at:%Y-%m-%d %H:%M} UTC" if source.last_run_at else "never read"
    say(
        f"    {counts or 'no items'}; last run: {when}"
        + (f": {_plain(source.last_result)}" if source.last_result else "")
    )


@command.command("sync")
@click.argument("source_id", required=False)
@click.option("--confirm-deletions", is_flag=True, help="Delete also where so much is gone that it may be a mistake.")
@click.option("--retry", is_flag=True, help="Try files that failed again, although they did not change.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a source.")
def sync(source_id: str | None, confirm_deletions: bool, retry: bool, as_json: bool) -> int:
    """Bring a source's documents into step now; without an ID those of every source that is not paused."""
    wrong = False
    with opened() as app:
        note_expired(app.library.removal.expire())
        chosen = [app.feeds.get(source_id)[0]] if source_id else [s for s, _ in app.feeds.all() if not s.paused]
        for source in chosen:
            lines: list[Line] = []
            result = app.feeds.sync(
                source.id,
                confirmed=confirm_deletions,
                retry=retry,
                told=lines.append if as_json else _tell,
                progress=lambda done, total: progress_bar(f"{done}/{total} items", done, total),
            )
            wrong = wrong or bool(result.failed) or result.fault is not None
            if as_json:
                say_json(synced_json(result, lines))
            else:
                _summary(source, result)
    if not chosen:
        note("There is no source that is not paused; `lionrock sources list` shows all.")
    return 1 if wrong else 0


def _tell(line: Line) -> None:
    say(f"{line.what:<10} {_plain(line.item)}")
    if line.reason:
        say(f"           {_plain(line.reason)}")


def _summary(source: Source, result: Synced) -> None:
    note(f"{_plain(source.address)}: {result.sentence()}")
    for notice in result.notices:
        note(f"! {_plain(notice)}")


def _set_paused(source_id: str, paused: bool, as_json: bool) -> None:
    with opened() as app:
        app.feeds.pause(source_id, paused)
        source, items = app.feeds.get(source_id)
    if as_json:
        say_json(source_json(source, items))
    else:
        _say(source, items)


@command.command("pause")
@click.argument("source_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def pause(source_id: str, as_json: bool) -> None:
    """Let a source rest: it is read only when `sync` names it."""
    _set_paused(source_id, True, as_json)


@command.command("resume")
@click.argument("source_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def resume(source_id: str, as_json: bool) -> None:
    """Let `serve` and `sync` read a source again."""
    _set_paused(source_id, False, as_json)


@command.command("remove")
@click.argument("source_id")
@click.option("--delete-documents", is_flag=True, help="Delete its documents too; without this they stay.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def remove(source_id: str, delete_documents: bool, as_json: bool) -> None:
    """Forget a source."""
    with opened() as app:
        deleted = app.feeds.remove(source_id, with_documents=delete_documents)
    if as_json:
        say_json({"source_id": source_id, "removed": True, "deleted": deleted})
    else:
        kept = f"{deleted:,} of its documents are deleted." if delete_documents else "Its documents stay."
        say(f"{source_id} is removed. {kept}")
