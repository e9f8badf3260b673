"""What was found about the versions of documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from lionrock.records import Finding, Scope
from lionrock.storage.tables import documents, findings
from lionrock.storage.visibility import visible

__all__ = ["findings_of", "store_findings"]


def store_findings(connection: sa.Connection, document_id: str, version: int, found: Sequence[Finding]) -> None:
    """Put these in place of what was found about a version before."""
    this = sa.and_(findings.c.document_id == document_id, findings.c.version == version)
    connection.execute(findings.delete().where(this))
    if found:
        rows = [
            {
                "document_id": document_id,
                "version": version,
                "ordinal": ordinal,
                "kind": item.kind,
                "level": item.level,
                "detail": item.detail,
                "start": item.start,
                "end": item.end,
                "excerpt": item.excerpt,
            }
            for ordinal, item in enumerate(found)
        ]
        connection.execute(findings.insert(), rows)


def findings_of(connection: sa.Connection, document_id: str, version: int, scope: Scope) -> list[Finding]:
    """Findings of one version in their order; none where the scope does not see the document."""
    query = (
        sa.select(findings)
        .join(documents, documents.c.id == findings.c.document_id)
        .where(findings.c.document_id == document_id, findings.c.version == version, visible(scope))
        .order_by(findings.c.ordinal)
    )
    return [_finding(row) for row in connection.execute(query)]


def _finding(row: sa.Row[Any]) -> Finding:
    return Finding(row.kind, row.level, row.detail, row.start, row.end, row.excerpt)
