"""Find what a question names to the letter: provisions by chapter or title, editions by year."""

from __future__ import annotations

import functools
import re

from sqlalchemy import Connection

from lionrock.records import EVERYTHING, Narrowing, Passage, Scope
from lionrock.retrieve.named import Provision
from lionrock.retrieve.query import Query
from lionrock.storage import passages as stored
from lionrock.text.fold import fold_text

__all__ = ["named_provisions", "of_named_year"]

_MOST = 12
_FEW = 3
"""A section number alone is looked up when the scope holds at most so many pieces of legislation."""
_OPENING = 2
_CHAPTER = re.compile(r"\((?:cap\.?\s*\d+[a-z]*|第\d+[a-z]*章)\)", re.IGNORECASE)


def named_provisions(
    connection: Connection, query: Query, scope: Scope, narrowing: Narrowing = EVERYTHING
) -> list[Passage]:
    """Passages of the provisions that the question names, the asked language first; at most twelve."""
    found: list[Passage] = []
    for provision in query.named.provisions:
        for key in _keys(connection, query, provision, scope, narrowing):
            if provision.anchors:
                anchors = provision.anchors
                found += stored.passages_by_anchor(
                    connection, scope, pair_key=key, anchors=anchors, narrowing=narrowing
                )
            else:
                found += stored.opening_passages(connection, scope, pair_key=key, most=_OPENING, narrowing=narrowing)
    found.sort(key=lambda passage: (passage.pool != query.pool, passage.pair_key or "", passage.ordinal))
    return found[:_MOST]


def _keys(connection: Connection, query: Query, provision: Provision, scope: Scope, narrowing: Narrowing) -> list[str]:
    """Pair keys of the legislation that is meant: by chapter, by title, or because there is hardly any other."""
    if provision.cap is not None:
        return [f"/hk/cap{provision.cap}"]
    held = stored.legislation(connection, scope, narrowing)
    folded = fold_text(query.question)
    titled = [key for key, title in held if (name := _name(title)) and name in folded]
    keys = list(dict.fromkeys(titled or [key for key, _ in held]))
    return keys if len(keys) <= _FEW else []


@functools.lru_cache(maxsize=8192)
def _name(title: str) -> str:
    """A title as a question would write it: folded, without its chapter number."""
    return _CHAPTER.sub("", fold_text(title)).strip()


def of_named_year(passage: Passage, query: Query) -> bool:
    """Whether the question names the year that stands in the title of the passage's edition."""
    return any(year in passage.title for year in query.named.years)
