"""`lionrock models`: what is installed, and bringing what is not."""

from __future__ import annotations

import click

from lionrock.cli.output import note, progress_bar, say, say_json
from lionrock.cli.session import current_settings
from lionrock.models.fetch import fetch, installed
from lionrock.models.registry import CATALOGUE, find_model

__all__ = ["command"]


@click.group("models")
def command() -> None:
    """Models: list them, fetch them."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def list_models(as_json: bool) -> None:
    """What there is, what it is for, its size, licence and SHA-256."""
    home = current_settings().models
    rows = [
        {
            "name": spec.name,
            "kind": spec.kind,
            "installed": installed(spec, home),
            "default": spec.default,
            "purpose": spec.purpose,
            "licence": spec.licence,
            "megabytes": spec.megabytes,
            "files": dict(spec.files),
        }
        for spec in CATALOGUE
    ]
    if as_json:
        say_json({"folder": str(home), "models": rows})
        return
    say(f"Model folder: {home}")
    for row in rows:
        mark = "installed" if row["installed"] else ("default" if row["default"] else "-")
        say(f"{row['name']:<22} {mark:<10} {row['megabytes']:>5} MB  {row['licence']:<14} {row['purpose']}")


@command.command("fetch")
@click.argument("names", nargs=-1)
@click.option("--without-chat", is_flag=True, help="Leave the chat model out.")
def fetch_models(names: tuple[str, ...], without_chat: bool) -> None:
    """Fetch models by NAME (the default ones if none is named). Goes on where it was interrupted."""
    home = current_settings().models
    chosen = [find_model(name) for name in names] or [spec for spec in CATALOGUE if spec.default]
    if without_chat:
        chosen = [spec for spec in chosen if spec.kind != "chat"]
    for spec in chosen:
        if installed(spec, home):
            note(f"{spec.name} is installed.")
            continue
        note(f"Fetching {spec.name} (about {spec.megabytes:,} MB, {spec.licence}) …")
        fetch(spec, home, progress_bar)
        note(f"{spec.name} is installed.")
