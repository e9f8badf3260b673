"""Who may see what, as a SQL predicate: "may I see this" and "list what I may see" are one path. Default deny."""

from __future__ import annotations

import sqlalchemy as sa

from lionrock.records import Scope
from lionrock.storage.tables import documents

__all__ = ["visible", "within"]


def visible(scope: Scope) -> sa.ColumnElement[bool]:
    """True for documents that the scope sees and that are not deleted."""
    return sa.and_(documents.c.deleted_at.is_(None), within(scope, documents.c.department, documents.c.classification))


def within(
    scope: Scope, department: sa.ColumnElement[str], classification: sa.ColumnElement[int]
) -> sa.ColumnElement[bool]:
    """True for rows whose department and classification the scope reaches, deleted or not."""
    level = classification <= int(scope.ceiling)
    if scope.every_department:
        return level
    if not scope.departments:
        return sa.false()
    return sa.and_(level, department.in_(sorted(scope.departments)))
