"""`lionrock search`: find passages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

import click

from lionrock.app import LanguageChoice
from lionrock.cli.output import note, say_json, show_hits
from lionrock.cli.session import opened
from lionrock.contract import search_json
from lionrock.errors import LionrockError, NotFoundError, UsageError

__all__ = ["LANGUAGES", "command", "lines_of"]

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


@click.command("search")
@click.argument("query", required=False)
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="Most hits shown.")
@click.option("--language", type=click.Choice(LANGUAGES), default="auto", help="Only documents of this language.")
@click.option("--batch", help="A file with one query a line; prints one JSON object a line.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def command(query: str | None, limit: int, language: str, batch: str | None, as_json: bool) -> int:
    """Find passages for QUERY in your documents."""
    if (query is None) == (batch is None):
        raise UsageError("Give a query, or --batch with a file of queries.")
    choice = cast(LanguageChoice, language)
    with opened(load=True) as app:
        scope = app.owner_scope()
        if batch is None:
            result = app.search(query or "", scope, limit=limit, language=choice)
            if as_json:
                say_json(search_json(result))
            elif result.hits:
                show_hits(result.hits)
            else:
                note("Nothing was found. `lionrock documents list` shows what there is to search.")
            return 0
        failed = 0
        for line in lines_of(batch):
            try:
                say_json(search_json(app.search(line, scope, limit=limit, language=choice)))
            except LionrockError as error:
                failed = 1
                say_json({"query": line, "error": error.message})
        return failed
