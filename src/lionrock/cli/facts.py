"""What commands ask about documents and collections in the same words: which ones, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from lionrock.cli.output import note
from lionrock.records import Classification
from lionrock.storage.changes import Change
from lionrock.storage.removal import Expired

__all__ = ["LEVELS", "change_of", "facts", "note_expired"]

LEVELS = [level.label for level in Classification]
_F = TypeVar("_F", bound=Callable[..., Any])


def facts(command: _F) -> _F:
    """The options that `change_of` takes."""
    options = (
        click.option("--department", help="The department they belong to."),
        click.option("--classification", type=click.Choice(LEVELS), help="How confidential they are."),
        click.option("--owner", help="Who answers for them; empty takes it away."),
        click.option("--retain-until", metavar="DATE", help="Last day of their keeping (YYYY-MM-DD); empty: none."),
        click.option("--add-tag", "add_tags", multiple=True, help="A tag; may be given several times."),
        click.option("--remove-tag", "remove_tags", multiple=True, help="Take a tag away."),
        click.option("--source-url", help="The address they were published at; empty takes it away."),
        click.option("--licence", help="The terms they may be used under; empty takes it away."),
        click.option("--force", is_flag=True, help="Also a date that has passed: they are deleted at the next start."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def change_of(said: dict[str, Any], collection: str | None = None) -> Change:
    """The change that the options of `facts` say."""
    level = said["classification"]
    return Change(
        department=said["department"],
        classification=Classification[level.upper()] if level else None,
        collection_id=collection,
        owner=said["owner"],
        retain_until=said["retain_until"],
        source_url=said["source_url"],
        licence=said["licence"],
        add_tags=said["add_tags"],
        remove_tags=said["remove_tags"],
    )


def note_expired(found: Iterable[Expired]) -> None:
    """Say which documents were deleted because their day has come, and how they come back."""
    for item in found:
        note(f"deleted    {item.title} ({item.document_id}): {item.why}")
        note("           `lionrock documents undelete ID --retain-until DATE` brings it back.")
