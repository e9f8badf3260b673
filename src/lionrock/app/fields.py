"""What people say of documents and collections, checked: names, dates, tags, addresses. Each refusal says what is meant."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import date
from urllib.parse import urlsplit

from lionrock.errors import UsageError
from lionrock.storage.changes import Change

__all__ = ["NOTHING_SAID", "checked", "checked_name", "checked_retention"]

NOTHING_SAID = Change()
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOST_TAGS = 50
_LONGEST = {"department": 100, "tag": 100, "owner": 200, "name": 200, "licence": 2_000, "source URL": 4_000}


def checked_name(name: str) -> str:
    """The name of a collection. Raises `UsageError`."""
    found = _text("name", name)
    if found.casefold() == "none":
        raise UsageError("A collection cannot be named “none”: that word means no collection.")
    return found


def checked_retention(text: str, *, today: date, force: bool = False) -> str:
    """An ISO date to keep something until. Raises `UsageError` for what is none, and for a day that has passed."""
    try:
        found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise UsageError(f"“{text}” is not a date; write it as year-month-day, such as {today.year + 7}-03-31.")
    if found < today and not force:
        raise UsageError(
            f"{text} has passed: what is kept until then would be deleted at the next start. Use --force if that is meant."
        )
    return text


def checked(change: Change, *, today: date, force: bool = False) -> Change:
    """A change with its texts trimmed. Raises `UsageError` for one that cannot be."""
    found = change
    if change.department is not None:
        found = replace(found, department=_text("department", change.department))
    if change.retain_until:
        found = replace(found, retain_until=checked_retention(change.retain_until, today=today, force=force))
    if change.source_url:
        found = replace(found, source_url=_address(change.source_url))
    if change.owner:
        found = replace(found, owner=_text("owner", change.owner))
    if change.licence:
        found = replace(found, licence=_text("licence", change.licence))
    return replace(found, add_tags=_tags(change.add_tags), remove_tags=_tags(change.remove_tags))


def _text(what: str, text: str) -> str:
    found = text.strip()
    if not found:
        raise UsageError(f"The {what} is empty; write one.")
    if len(found) > _LONGEST[what]:
        raise UsageError(f"The {what} has {len(found):,} characters; at most {_LONGEST[what]:,} are accepted.")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in found):
        raise UsageError(f"The {what} holds a line break or another character that cannot be shown; leave it out.")
    return found


def _tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(_text("tag", tag) for tag in tags))
    if len(found) > _MOST_TAGS:
        raise UsageError(f"At most {_MOST_TAGS} tags are accepted.")
    return found


def _address(text: str) -> str:
    found = _text("source URL", text)
    try:
        parts = urlsplit(found)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UsageError(f"“{found}” is not an address on the web; it begins with http:// or https://.")
    return found
