"""`lionrock ingest`: take files and folders in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from lionrock.app import App, Upload
from lionrock.cli.facts import LEVELS, note_expired
from lionrock.cli.ingest_hkel import IngestCommand
from lionrock.cli.output import note, progress_bar, say_json, show_result
from lionrock.cli.session import opened
from lionrock.contract import ingest_json
from lionrock.errors import NotFoundError
from lionrock.ingest.encodings import known_encoding
from lionrock.ingest.inside import MARK as INSIDE
from lionrock.records import Classification

__all__ = ["command", "files_of"]


def files_of(paths: tuple[str, ...]) -> list[Path]:
    """All files named, folders walked in order of name; hidden files and folders are left out.

    Raises `NotFoundError` for a path that does not exist.
    """
    found: list[Path] = []
    for item in paths:
        path = Path(item)
        if not path.exists():
            raise NotFoundError(f"There is no file or folder {item}.")
        found += _walk(path) if path.is_dir() else [path]
    return found


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            yield from _walk(path)
        elif path.is_file():
            yield path


def _finish_earlier(app: App) -> None:
    """Take in what an earlier run left, so that this one finds it done and does not do it twice."""
    left = [batch for batch in app.intake.batches(limit=1_000, only_open=True) if not batch.paused]
    if left:
        note(f"Finishing {sum(batch.open for batch in left):,} files of an earlier run first …")
        app.recover()


@click.command("ingest", cls=IngestCommand)
@click.argument("paths", nargs=-1, required=True)
@click.option("--department", help="The department the documents belong to.")
@click.option(
    "--classification",
    type=click.Choice(LEVELS),
    help="How confidential they are.  [default: the collection's, else open; never lower than a document has already]",
)
@click.option("--collection", metavar="NAME", help="Put them into this collection, whose department is theirs.")
@click.option("--encoding", help="Read text files in this encoding, such as big5hkscs, instead of the guessed one.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
def command(
    paths: tuple[str, ...],
    department: str | None,
    classification: str | None,
    collection: str | None,
    encoding: str | None,
    as_json: bool,
) -> int:
    """Take files in. PATH may be a folder. A file that is already there is left alone; a changed one becomes its new
    version, and the result says so. `ingest hkel --help` tells of bulk files of laws."""
    files = files_of(paths)
    uploads = [Upload(path.name, str(path.resolve()), path=path) for path in files]
    counts: dict[str, int] = {}
    with opened() as app:
        note_expired(app.library.removal.expire())
        _finish_earlier(app)
        where = app.library.placement(
            app.owner_scope(),
            collection=collection,
            department=department,
            classification=Classification[classification.upper()] if classification else None,
            encoding=known_encoding(encoding) if encoding else None,
            anywhere=True,
        )
        done = 0
        for result in app.ingest(uploads, placement=where):
            counts[result.status] = counts.get(result.status, 0) + 1
            done += INSIDE not in result.file
            if as_json:
                say_json(ingest_json(result))
            else:
                show_result(result)
            progress_bar(f"{done}/{len(uploads)} files", done, len(uploads))
    note(", ".join(f"{number} {status}" for status, number in sorted(counts.items())) or "no files found")
    return 1 if counts.get("failed") else 0
