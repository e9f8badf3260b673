"""What stands around a passage in its own version: parts of the stored text, neighbours, provisions, pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from lionrock.records import Passage, Scope
from lionrock.storage.tables import documents, passages, versions
from lionrock.storage.visibility import visible

__all__ = [
    "Piece",
    "around",
    "first_with_anchor",
    "from_ordinal",
    "on_pages",
    "ordinals_of_anchor",
    "page_count",
    "stored_text",
]

_MOST = 400
_BACK = 4
"""Pages before, on which a passage that reaches a page may begin."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage as a part of its document; `start` and `end` are offsets into the stored text."""

    id: str
    ordinal: int
    start: int
    end: int
    text: str
    page: int | None
    anchor: str | None
    page_breaks: tuple[tuple[int, int], ...]


def _piece(row: Any) -> Piece:
    breaks = tuple((start, page) for start, page in row.page_breaks or ())
    return Piece(row.id, row.ordinal, row.start, row.end, row.text, row.page, row.anchor, breaks)


def _pieces(connection: sa.Connection, passage: Passage, scope: Scope, *which: sa.ColumnElement[bool]) -> list[Piece]:
    p = passages.c
    query = (
        sa.select(p.id, p.ordinal, p.start, p.end, p.text, p.page, p.anchor, p.page_breaks)
        .join(documents, documents.c.id == p.document_id)
        .where(p.document_id == passage.document_id, p.version == passage.version, visible(scope), *which)
    )
    return [_piece(row) for row in connection.execute(query.order_by(p.ordinal).limit(_MOST))]


def around(connection: sa.Connection, passage: Passage, scope: Scope, reach: int) -> list[Piece]:
    """The passage with up to `reach` passages on each side, in order."""
    near = passages.c.ordinal.between(passage.ordinal - reach, passage.ordinal + reach)
    return _pieces(connection, passage, scope, near)


def from_ordinal(connection: sa.Connection, passage: Passage, scope: Scope, first: int, last: int) -> list[Piece]:
    """The passages of the same version from one ordinal to another, both inclusive."""
    return _pieces(connection, passage, scope, passages.c.ordinal.between(first, last))


def on_pages(connection: sa.Connection, passage: Passage, scope: Scope, pages: Sequence[int]) -> list[Piece]:
    """The passages of the same version that may stand on these pages, in order."""
    near = passages.c.page.between(min(pages) - _BACK, max(pages) + 1)
    return _pieces(connection, passage, scope, near)


def first_with_anchor(connection: sa.Connection, passage: Passage, scope: Scope, prefix: str, most: int) -> list[Piece]:
    """The first passages of the same version whose anchor begins so, at most `most`."""
    query = _pieces(connection, passage, scope, passages.c.anchor.startswith(prefix, autoescape=True))
    return query[:most]


def ordinals_of_anchor(connection: sa.Connection, passage: Passage, anchor: str) -> tuple[int, int]:
    """(first, last) ordinal of the passages of the same version with an anchor."""
    p = passages.c
    query = sa.select(sa.func.min(p.ordinal), sa.func.max(p.ordinal)).where(
        p.document_id == passage.document_id, p.version == passage.version, p.anchor == anchor
    )
    first, last = connection.execute(query).one()
    return (passage.ordinal, passage.ordinal) if first is None else (int(first), int(last))


def page_count(connection: sa.Connection, document_id: str, version: int, scope: Scope) -> int | None:
    """Pages of a version; None where its format has none, or it was not read."""
    query = (
        sa.select(versions.c.pages)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(versions.c.document_id == document_id, versions.c.version == version, visible(scope))
    )
    found = connection.execute(query).scalar()
    return None if found is None else int(found)


def stored_text(connection: sa.Connection, document_id: str, version: int, scope: Scope, start: int, end: int) -> str:
    """A part of the stored text of a version, cut out in the database; shorter where the text ends before `end`."""
    part = sa.func.substr(versions.c.text, start + 1, end - start)
    query = (
        sa.select(part)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(versions.c.document_id == document_id, versions.c.version == version, visible(scope))
    )
    return str(connection.execute(query).scalar() or "")
