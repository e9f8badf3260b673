"""Near duplicates in the database: candidates share a band of their signatures, and the signatures decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from lionrock.storage.tables import bands, documents, versions

__all__ = ["Candidate", "candidates", "store_bands"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A current document that may be nearly the same."""

    document_id: str
    title: str
    pair_key: str | None
    signature: bytes


def store_bands(connection: sa.Connection, document_id: str, version: int, values: Sequence[int]) -> None:
    """Put these bands in place of those of the document's versions: only the newest is compared."""
    connection.execute(bands.delete().where(bands.c.document_id == document_id))
    if values:
        rows = [
            {"document_id": document_id, "version": version, "ordinal": at, "band": value}
            for at, value in enumerate(values)
        ]
        connection.execute(bands.insert(), rows)


def candidates(
    connection: sa.Connection, values: Sequence[int], *, department: str, classification: int, besides: str, most: int
) -> list[Candidate]:
    """Documents of the department that share a band and are at most as confidential: a finding names them."""
    if not values:
        return []
    joined = sa.and_(versions.c.document_id == documents.c.id, versions.c.version == documents.c.current_version)
    query = (
        sa.select(documents.c.id, versions.c.title, versions.c.name, versions.c.pair_key, versions.c.signature)
        .select_from(documents)
        .join(versions, joined)
        .where(
            documents.c.id.in_(sa.select(bands.c.document_id).where(bands.c.band.in_(list(values)))),
            documents.c.id != besides,
            documents.c.department == department,
            documents.c.classification <= classification,
            documents.c.deleted_at.is_(None),
            versions.c.signature.is_not(None),
        )
        .order_by(documents.c.created_at, documents.c.id)
        .limit(most)
    )
    return [Candidate(row.id, row.title or row.name, row.pair_key, row.signature) for row in connection.execute(query)]
