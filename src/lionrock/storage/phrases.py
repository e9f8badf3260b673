"""Vectors of the plain-language phrases of provisions, beside those of their first passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from lionrock.storage.tables import documents, passages, vectors, versions

__all__ = ["Edition", "PhraseRow", "Place", "editions_told", "of_phrases", "phrase_rows", "phrase_space", "places_of"]

_MARK = "+"
Edition = tuple[str, int]
"""A document's id and its current version."""
Place = tuple[str, str]
"""A work's key and the anchor of a provision in it, without the mark of a repeated anchor."""


@dataclass(frozen=True, slots=True)
class PhraseRow:
    """The phrases of one provision in one vector space: 16-bit floats, one row a phrase."""

    place: Place
    is_english: bool
    space: str
    """Name of the encoder."""
    data: bytes


def phrase_space(encoder: str) -> str:
    """The space in which the phrases' vectors of an encoder are stored."""
    return encoder + _MARK


def of_phrases() -> sa.ColumnElement[bool]:
    """Whether a row of vectors holds phrases."""
    return vectors.c.space.endswith(_MARK)


def editions_told(connection: sa.Connection, works: Sequence[str]) -> tuple[Edition, ...]:
    """The current versions of these works in all departments, in order: what is derived of them holds for these."""
    query = (
        sa.select(versions.c.document_id, versions.c.version)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(
            versions.c.pair_key.in_(list(works)),
            versions.c.version == documents.c.current_version,
            documents.c.deleted_at.is_(None),
        )
        .order_by(versions.c.document_id)
    )
    return tuple((row.document_id, row.version) for row in connection.execute(query))


def phrase_rows(connection: sa.Connection, editions: Sequence[Edition], encoders: Sequence[str]) -> list[PhraseRow]:
    """The stored phrases of these versions, in the order of their provisions."""
    names = {phrase_space(name): name for name in encoders}
    found = []
    for document_id, version in editions:
        query = (
            sa.select(versions.c.pair_key, passages.c.anchor, passages.c.language, vectors.c.space, vectors.c.data)
            .join(passages, passages.c.id == vectors.c.passage_id)
            .join(
                versions,
                sa.and_(versions.c.document_id == passages.c.document_id, versions.c.version == passages.c.version),
            )
            .where(
                passages.c.document_id == document_id,
                passages.c.version == version,
                vectors.c.space.in_(list(names)),
            )
            .order_by(passages.c.ordinal)
        )
        found += [
            PhraseRow(_place(row.pair_key, row.anchor), row.language == "en", names[row.space], bytes(row.data))
            for row in connection.execute(query)
        ]
    return found


def places_of(connection: sa.Connection, editions: Sequence[Edition]) -> dict[str, Place]:
    """Passage id to its place, of all passages of these versions that have an anchor."""
    found: dict[str, Place] = {}
    for document_id, version in editions:
        query = (
            sa.select(passages.c.id, passages.c.anchor, versions.c.pair_key)
            .join(
                versions,
                sa.and_(versions.c.document_id == passages.c.document_id, versions.c.version == passages.c.version),
            )
            .where(passages.c.document_id == document_id, passages.c.version == version, passages.c.anchor.is_not(None))
        )
        found.update((row.id, _place(row.pair_key, row.anchor)) for row in connection.execute(query))
    return found


def _place(work: str, anchor: str) -> Place:
    return work, anchor.split("~")[0]
