"""What a person chose to search in, checked: each refusal says what is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from lionrock.errors import NotFoundError, UsageError
from lionrock.records import Language, Narrowing, Scope
from lionrock.storage.collections import collection_by
from lionrock.storage.narrowing import missing_documents

__all__ = ["Choice", "in_language", "narrowing_of"]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOST_DOCUMENTS = 1_000
MOST_COLLECTIONS = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """As it was said; what is empty is not narrowed."""

    collections: Iterable[str] = ()
    """Ids or names."""
    documents: Iterable[str] = ()
    languages: Iterable[Language] = ()
    since: str | None = None
    until: str | None = None


def narrowing_of(connection: Connection, choice: Choice, scope: Scope) -> Narrowing:
    """The narrowing that was meant.

    Raises `UsageError` for what is no date, and `NotFoundError`, in the same words, for a collection or document that is
    not there and for one that the scope may not see.
    """
    since, until = _day(choice.since), _day(choice.until)
    if since and until and since > until:
        raise UsageError(f"The first day, {since}, is after the last one, {until}; change one of them.")
    collections, documents = list(dict.fromkeys(choice.collections)), frozenset(choice.documents)
    if len(collections) > MOST_COLLECTIONS or len(documents) > MOST_DOCUMENTS:
        raise UsageError(
            f"At most {MOST_COLLECTIONS:,} collections and {MOST_DOCUMENTS:,} documents can be chosen; "
            "put the documents into a collection and choose that."
        )
    found = Narrowing(
        collections=frozenset(collection_by(connection, name, scope).id for name in collections),
        documents=documents,
        languages=frozenset(choice.languages),
        since=since,
        until=until,
    )
    missing = missing_documents(connection, scope, found) if documents else []
    if missing:
        raise NotFoundError(f"There is no document {missing[0]}, or you may not see it.")
    return found


def in_language(narrowing: Narrowing, language: Language) -> Narrowing:
    """Also narrowed to one language. Raises `UsageError` when others were chosen."""
    if narrowing.languages and language not in narrowing.written:
        raise UsageError(f"The language {language} is not among the chosen ones; leave one or the other out.")
    return replace(narrowing, languages=frozenset((language,)))


def _day(text: str | None) -> str | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise UsageError(f"“{text[:40]}” is not a date; write it as year-month-day, such as {date.today().year}-03-31.")
    return text
