"""Sign-ins and API keys in the database. Of a token only its SHA-256 is here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lionrock.storage.people import Person, person_of, utc
from lionrock.storage.tables import api_keys, people, sessions

__all__ = [
    "Key",
    "Session",
    "create_key",
    "create_session",
    "drop_expired",
    "drop_session",
    "drop_sessions",
    "hashed",
    "key_by_token",
    "keys_of",
    "revoke_key",
    "session_by_token",
    "sessions_of",
    "use_key",
    "use_session",
]


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in of a person on a device."""

    id: str
    person_id: str
    device: str
    """What the browser calls itself."""
    address: str
    created_at: datetime
    used_at: datetime
    """To the minute."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Key:
    """An API key."""

    id: str
    person_id: str
    name: str
    scopes: frozenset[str]
    departments: frozenset[str] | None
    """None: all that the person is a member of."""
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    """To the minute."""
    revoked_at: datetime | None


def hashed(token: str) -> str:
    """What is kept of a token. It is random, so a fast hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _when(moment: datetime | None) -> datetime | None:
    return utc(moment) if moment is not None else None


def _session(row: sa.Row[Any]) -> Session:
    times = (utc(row.created_at), utc(row.used_at), utc(row.expires_at))
    return Session(row.id, row.person_id, row.device, row.address, *times)


def _key(row: sa.Row[Any]) -> Key:
    departments = None if row.departments is None else frozenset(row.departments)
    times = (utc(row.created_at), _when(row.expires_at), _when(row.used_at), _when(row.revoked_at))
    return Key(row.id, row.person_id, row.name, frozenset(row.scopes), departments, *times)


def _person(connection: sa.Connection, person_id: str) -> Person | None:
    """The account, if it is not disabled."""
    row = connection.execute(sa.select(people).where(people.c.id == person_id, sa.not_(people.c.disabled))).first()
    return person_of(row) if row is not None else None


def create_session(connection: sa.Connection, *, token: str, **values: Any) -> None:
    """Add a sign-in."""
    connection.execute(sessions.insert().values(token=hashed(token), **values))


def session_by_token(connection: sa.Connection, token: str) -> tuple[Session, Person] | None:
    """The sign-in of a token and its person, if the account is not disabled; whether it has expired is not looked at."""
    row = connection.execute(sa.select(sessions).where(sessions.c.token == hashed(token))).first()
    person = _person(connection, row.person_id) if row is not None else None
    return (_session(row), person) if row is not None and person is not None else None


def sessions_of(connection: sa.Connection, person_id: str) -> list[Session]:
    """The sign-ins of a person, the last used first."""
    query = sa.select(sessions).where(sessions.c.person_id == person_id)
    return [_session(row) for row in connection.execute(query.order_by(sessions.c.used_at.desc(), sessions.c.id))]


def use_session(connection: sa.Connection, session_id: str, now: datetime, address: str) -> None:
    """Note that a sign-in was used."""
    connection.execute(sessions.update().where(sessions.c.id == session_id).values(used_at=now, address=address))


def drop_session(connection: sa.Connection, session_id: str, person_id: str) -> bool:
    """End one sign-in of a person; False if there is none of this id."""
    these = sa.and_(sessions.c.id == session_id, sessions.c.person_id == person_id)
    return connection.execute(sessions.delete().where(these).returning(sessions.c.id)).first() is not None


def drop_sessions(connection: sa.Connection, person_id: str, *, besides: str | None = None) -> int:
    """End all sign-ins of a person, or all but one; returns how many."""
    these = sessions.c.person_id == person_id
    if besides is not None:
        these = sa.and_(these, sessions.c.id != besides)
    return len(connection.execute(sessions.delete().where(these).returning(sessions.c.id)).all())


def drop_expired(connection: sa.Connection, now: datetime) -> None:
    """Forget sign-ins whose time is over."""
    connection.execute(sessions.delete().where(sessions.c.expires_at <= now))


def create_key(
    connection: sa.Connection, *, token: str, scopes: Iterable[str], departments: Iterable[str] | None, **values: Any
) -> None:
    """Add a key."""
    own = None if departments is None else sorted(departments)
    connection.execute(api_keys.insert().values(token=hashed(token), scopes=sorted(scopes), departments=own, **values))


def key_by_token(connection: sa.Connection, token: str) -> tuple[Key, Person] | None:
    """A key and its person, if it was not revoked and the account is not disabled; expiry is not looked at."""
    row = connection.execute(sa.select(api_keys).where(api_keys.c.token == hashed(token))).first()
    if row is None or row.revoked_at is not None:
        return None
    person = _person(connection, row.person_id)
    return (_key(row), person) if person is not None else None


def keys_of(connection: sa.Connection, person_id: str) -> list[Key]:
    """The keys of a person, revoked ones too, the newest first."""
    query = sa.select(api_keys).where(api_keys.c.person_id == person_id)
    return [_key(row) for row in connection.execute(query.order_by(api_keys.c.created_at.desc(), api_keys.c.id))]


def use_key(connection: sa.Connection, key_id: str, now: datetime) -> None:
    """Note that a key was used."""
    connection.execute(api_keys.update().where(api_keys.c.id == key_id).values(used_at=now))


def revoke_key(connection: sa.Connection, key_id: str, person_id: str, now: datetime) -> bool:
    """Make a key useless; False if the person has none of this id."""
    these = sa.and_(api_keys.c.id == key_id, api_keys.c.person_id == person_id)
    first = sa.func.coalesce(api_keys.c.revoked_at, now)
    done = connection.execute(api_keys.update().where(these).values(revoked_at=first).returning(api_keys.c.id))
    return done.first() is not None
