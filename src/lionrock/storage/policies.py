"""What a department does with personal data that are found in its documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, TypeAlias

import sqlalchemy as sa

from lionrock.storage.tables import policies

__all__ = ["DEFAULT", "POLICIES", "PersonalDataPolicy", "all_policies", "policy_of", "set_policy"]

PersonalDataPolicy: TypeAlias = Literal["allow", "warn", "refuse", "mask"]
POLICIES: tuple[PersonalDataPolicy, ...] = ("allow", "warn", "refuse", "mask")
DEFAULT: PersonalDataPolicy = "warn"
"""Of a department that has chosen none."""


def policy_of(connection: sa.Connection, department: str) -> PersonalDataPolicy:
    """The policy of a department."""
    query = sa.select(policies.c.personal_data).where(policies.c.department == department)
    found = connection.execute(query).scalar()
    return next((policy for policy in POLICIES if policy == found), DEFAULT)


def all_policies(connection: sa.Connection) -> dict[str, PersonalDataPolicy]:
    """Department to policy, of those that have chosen one."""
    names = connection.execute(sa.select(policies.c.department).order_by(policies.c.department)).scalars()
    return {name: policy_of(connection, name) for name in list(names)}


def set_policy(connection: sa.Connection, department: str, policy: PersonalDataPolicy) -> None:
    """Choose a department's policy; it holds for what is taken in from now on."""
    connection.execute(policies.delete().where(policies.c.department == department))
    values = {"department": department, "personal_data": policy, "updated_at": datetime.now(UTC)}
    connection.execute(policies.insert().values(**values))
