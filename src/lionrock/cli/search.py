"""`lionrock search`: find passages."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click

from lionrock.app import Choice, LanguageChoice
from lionrock.cli.output import note, say_json, show_hits
from lionrock.cli.session import opened
from lionrock.contract import search_json
from lionrock.errors import LionrockError, NotFoundError, UsageError

__all__ = ["LANGUAGES", "command", "lines_of", "narrowed"]

LANGUAGES = ["auto", "yue", "zh-Hant", "zh-Hans", "en"]


def lines_of(batch: str) -> list[str]:
    """The lines of a file (`-`: standard input), blank ones left out."""
    if batch == "-":
        text = sys.stdin.read()
    else:
        try:
            text = Path(batch).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise NotFoundError(f"There is no file {batch}.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{batch} cannot be read as UTF-8 text ({error}).") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def narrowed(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that narrow what is searched."""
    options = (
        click.option("--collection", "collections", multiple=True, help="Only this collection; may be repeated."),
        click.option("--since", metavar="DATE", help="Only documents of this day and later."),
        click.option("--until", metavar="DATE", help="Only documents of this day and earlier."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("search")
@click.argument("query", required=False)
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="Most hits shown.")
@click.option("--language", type=click.Choice(LANGUAGES), default="auto", help="Only passages in this language.")
@narrowed
@click.option("--batch", help="A file with one query a line; prints one JSON object a line.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def command(
    query: str | None,
    limit: int,
    language: str,
    collections: tuple[str, ...],
    since: str | None,
    until: str | None,
    batch: str | None,
    as_json: bool,
) -> int:
    """Find passages for QUERY in your documents."""
    if (query is None) == (batch is None):
        raise UsageError("Give a query, or --batch with a file of queries.")
    choice = cast(LanguageChoice, language)
    with opened(load=True) as app:
        scope = app.owner_scope()
        within = app.narrowing(Choice(collections=collections, since=since, until=until), scope)
        if batch is None:
            result = app.search(query or "", scope, limit=limit, language=choice, narrowing=within)
            if as_json:
                say_json(search_json(result))
            elif result.hits:
                show_hits(result.hits)
            else:
                note(
                    "Nothing was found in what you chose."
                    if not within.is_empty
                    else "Nothing was found. `lionrock documents list` shows what there is to search."
                )
            return 0
        failed = 0
        for line in lines_of(batch):
            try:
                found = app.search(line, scope, limit=limit, language=choice, narrowing=within)
                say_json(search_json(found))
            except LionrockError as error:
                failed = 1
                say_json({"query": line, "error": error.message})
        return failed
