"""`lionrock ingest hkel`: take in a bulk file of Hong Kong e-Legislation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lionrock.cli.facts import LEVELS, note_expired
from lionrock.cli.output import note, progress_bar, say, say_json
from lionrock.cli.session import opened
from lionrock.contract import IngestResult, ingest_json
from lionrock.ingest.connectors.hkel import LANGUAGES, caps_of
from lionrock.records import Classification, Placement

__all__ = ["IngestCommand", "command"]

_DEPARTMENT = "general"


class IngestCommand(click.Command):
    """`ingest PATH …` that also has forms of its own, called by a word in the place of the first path."""

    @property
    def forms(self) -> dict[str, click.Command]:
        """Word to command. A file or folder of that name is written `./hkel`."""
        return {"hkel": command}

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the form that is called, else our own."""
        form = self.forms.get(args[0]) if args else None
        if form is None:
            return super().make_context(info_name, args, parent, **extra)
        return form.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)


@click.command("hkel")
@click.option("--zip", "file", required=True, metavar="FILE", help="A bulk file (ZIP) of e-Legislation XML.")
@click.option("--caps", metavar="LIST", help="Only these chapters, such as 1,486,486A.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Only texts in this language.")
@click.option(
    "--all-versions", is_flag=True, help="Take older editions in too, as earlier versions of their documents."
)
@click.option("--department", default=_DEPARTMENT, show_default=True, help="The department the documents belong to.")
@click.option("--classification", type=click.Choice(LEVELS), default="open", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a law.")
def command(
    file: str,
    caps: str | None,
    language: str | None,
    all_versions: bool,
    department: str,
    classification: str,
    as_json: bool,
) -> int:
    """Take in a bulk file of Hong Kong e-Legislation: each law in each language is a document, of which a newer bulk file
    brings a new version. The file is read where it lies, and is not kept."""
    from lionrock.app.feeds import BulkRequest, BulkResult

    placement = Placement(department, Classification[classification.upper()], at_least=True)
    wanted = caps_of(caps) if caps is not None else None
    request = BulkRequest(Path(file), placement, wanted, language, all_versions)
    counts: dict[str, int] = {}
    with opened() as app:
        note_expired(app.library.removal.expire())
        for item in app.feeds.import_bulk(
            request,
            looked=lambda done, total: progress_bar(f"{done:,}/{total:,} members looked at", done, total),
            progress=lambda done, total: progress_bar(f"{done:,}/{total:,} laws", done, total),
        ):
            if isinstance(item, BulkResult):
                for notice in item.notices:
                    note(f"! {notice}")
                continue
            counts[item.status] = counts.get(item.status, 0) + 1
            if as_json:
                say_json(ingest_json(item))
            else:
                _say(item)
    note(", ".join(f"{number:,} {status}" for status, number in sorted(counts.items())) or "no such laws in the file")
    return 1 if counts.get("failed") else 0


def _say(result: IngestResult) -> None:
    if result.status in ("failed", "quarantined"):
        say(f"{result.status:<12}{result.file}\n            {result.reason}")
    elif result.status != "unchanged":
        say(f"{result.status:<11} {result.file}  ({result.passages} passages)")
