"""Accounts in the database: who there is, what they are members of, the hash of a password, failed sign-ins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from lionrock.records import Classification
from lionrock.storage.documents import get_meta, set_meta
from lionrock.storage.tables import people

__all__ = [
    "Person",
    "add_failure",
    "add_stranger",
    "all_people",
    "change_person",
    "create_person",
    "has_people",
    "lock_people",
    "other_owners",
    "password_of",
    "person_by_id",
    "person_by_key",
    "person_of",
    "set_failures",
    "utc",
]

_STRANGERS = "failed_sign_ins_of_nobody"


@dataclass(frozen=True, slots=True)
class Person:
    """An account. The hash of its password is not part of it."""

    id: str
    name: str
    """What is typed at sign-in."""
    display_name: str
    departments: frozenset[str]
    clearance: Classification
    is_owner: bool
    """An administrator of this installation, who sees every department."""
    disabled: bool
    language: str | None
    failed: int
    """Wrong passwords since the last right one."""
    locked_until: datetime | None
    created_at: datetime
    updated_at: datetime


def utc(moment: datetime) -> datetime:
    """With its time zone, which SQLite does not keep."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def person_of(row: sa.Row[Any]) -> Person:
    """An account from a row that has its columns."""
    return Person(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        departments=frozenset(row.departments),
        clearance=Classification(row.clearance),
        is_owner=row.is_owner,
        disabled=row.disabled,
        language=row.language,
        failed=row.failed,
        locked_until=utc(row.locked_until) if row.locked_until else None,
        created_at=utc(row.created_at),
        updated_at=utc(row.updated_at),
    )


def has_people(connection: sa.Connection) -> bool:
    """Whether there is any account."""
    return connection.execute(sa.select(people.c.id).limit(1)).first() is not None


def lock_people(connection: sa.Connection) -> None:
    """Let no one else add or change accounts until this transaction ends, so that what it counts stays true."""
    # SQLite has one writer at a time anyway.
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("lock table people in share row exclusive mode")


def person_by_id(connection: sa.Connection, person_id: str) -> Person | None:
    """The account of an id."""
    row = connection.execute(sa.select(people).where(people.c.id == person_id)).first()
    return person_of(row) if row is not None else None


def person_by_key(connection: sa.Connection, name_key: str) -> Person | None:
    """The account of a name, as names are compared."""
    row = connection.execute(sa.select(people).where(people.c.name_key == name_key)).first()
    return person_of(row) if row is not None else None


def all_people(connection: sa.Connection) -> list[Person]:
    """All accounts, by name."""
    return [person_of(row) for row in connection.execute(sa.select(people).order_by(people.c.name_key))]


def password_of(connection: sa.Connection, person_id: str) -> str | None:
    """The hash of a password."""
    return connection.execute(sa.select(people.c.password).where(people.c.id == person_id)).scalar()


def create_person(
    connection: sa.Connection,
    *,
    name_key: str,
    password: str,
    departments: Iterable[str],
    clearance: Classification,
    now: datetime,
    **values: Any,
) -> None:
    """Add an account; `password` is a hash."""
    fields: dict[str, Any] = {"name_key": name_key, "password": password, "departments": sorted(departments)}
    fields |= {"clearance": int(clearance), "created_at": now, "updated_at": now, **values}
    connection.execute(people.insert().values(**fields))


def change_person(connection: sa.Connection, person_id: str, *, now: datetime, **values: Any) -> None:
    """Set columns of an account."""
    connection.execute(people.update().where(people.c.id == person_id).values(updated_at=now, **values))


def other_owners(connection: sa.Connection, person_id: str) -> int:
    """How many administrators can sign in beside this one."""
    can = sa.and_(people.c.is_owner, sa.not_(people.c.disabled), people.c.id != person_id)
    return connection.execute(sa.select(sa.func.count()).select_from(people).where(can)).scalar_one()


def add_failure(connection: sa.Connection, person_id: str) -> int:
    """Count a wrong password; returns how many there are since the last right one."""
    this = people.c.id == person_id
    counted = people.update().where(this).values(failed=people.c.failed + 1).returning(people.c.failed)
    return int(connection.execute(counted).scalar_one())


def set_failures(connection: sa.Connection, person_id: str, failed: int, locked_until: datetime | None) -> None:
    """Set the count of wrong passwords, and until when no password is looked at."""
    values = {"failed": failed, "locked_until": locked_until}
    connection.execute(people.update().where(people.c.id == person_id).values(**values))


def add_stranger(connection: sa.Connection) -> None:
    """Count a sign-in under a name that nobody has: as much work for the disk as a wrong password is."""
    set_meta(connection, _STRANGERS, str(int(get_meta(connection, _STRANGERS) or 0) + 1))
