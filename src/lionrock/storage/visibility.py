"""Who may see what, as a SQL predicate: "may I see this" and "list what I may see" are one path. Default deny."""

from __future__ import annotations

import sqlalchemy as sa

from lionrock.records import Scope
from lionrock.storage.tables import documents

__all__ = ["visible"]


def visible(scope: Scope) -> sa.ColumnElement[bool]:
    """True for documents that the scope sees and that are not deleted."""
    alive = sa.and_(documents.c.deleted_at.is_(None), documents.c.classification <= int(scope.ceiling))
    if scope.every_department:
        return alive
    if not scope.departments:
        return sa.false()
    return sa.and_(alive, documents.c.department.in_(sorted(scope.departments)))
