"""API keys: made, listed, revoked, and who calls with one. A key is shown once and can do no more than its person."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lionrock.app.audit import audit
from lionrock.app.sign_in import SCOPES, Caller
from lionrock.errors import ForbiddenError, NotFoundError, UsageError
from lionrock.records import Actor
from lionrock.storage import sessions as rows
from lionrock.storage.database import Database
from lionrock.storage.people import Person, utc
from lionrock.storage.sessions import Key

__all__ = ["PREFIX", "Keys", "NewKey"]

PREFIX = "lrk_"
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with the text that is shown once."""

    key: Key
    secret: str = field(repr=False)


class Keys:
    """The API keys of all people."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def create(
        self,
        person: Person,
        name: str,
        scopes: frozenset[str],
        *,
        departments: frozenset[str] | None = None,
        expires_at: datetime | None = None,
    ) -> NewKey:
        """Make a key. Raises `UsageError`, and `ForbiddenError` for more than the person may do."""
        shown = name.strip()
        if not shown or len(shown) > 100 or not shown.isprintable():
            raise UsageError("A key has a name of 1 to 100 characters, all of them visible.")
        if not scopes or scopes - SCOPES:
            raise UsageError(f"Name what the key is for: {', '.join(sorted(SCOPES))}.")
        if "admin" in scopes and not person.is_owner:
            raise ForbiddenError("Only an administrator's key may have the scope “admin”.")
        if departments is not None:
            self._refuse_departments(person, scopes, departments)
        now = self._clock()
        until = utc(expires_at) if expires_at is not None else None
        if until is not None and until <= now:
            raise UsageError("The key would have expired already; choose a later time.")
        secret, key_id = PREFIX + secrets.token_urlsafe(32), str(uuid.uuid4())
        with self._database.begin() as connection:
            rows.create_key(
                connection,
                token=secret,
                scopes=scopes,
                departments=departments,
                id=key_id,
                person_id=person.id,
                name=shown,
                created_at=now,
                expires_at=until,
            )
            [made] = [key for key in rows.keys_of(connection, person.id) if key.id == key_id]
        audit("key_made", person=person.id, key=key_id, scopes=sorted(scopes))
        return NewKey(made, secret)

    @staticmethod
    def _refuse_departments(person: Person, scopes: frozenset[str], departments: frozenset[str]) -> None:
        if not departments:
            raise UsageError("Name at least one department, or none at all for all of yours.")
        if not person.is_owner and departments - person.departments:
            raise ForbiddenError("A key reaches no further than you do: name departments that you belong to.")
        if "admin" in scopes:
            raise UsageError("A key with the scope “admin” cannot be held to some departments.")

    def of(self, person_id: str) -> list[Key]:
        """The keys of a person, revoked ones too, the newest first."""
        with self._database.connect() as connection:
            return rows.keys_of(connection, person_id)

    def revoke(self, key_id: str, person_id: str) -> None:
        """Make a key useless at once. Raises `NotFoundError`."""
        with self._database.begin() as connection:
            done = key_id.isprintable() and rows.revoke_key(connection, key_id, person_id, self._clock())
        if not done:
            raise NotFoundError("There is no such key among yours.")
        audit("key_revoked", person=person_id, key=key_id)

    def caller(self, secret: str, *, address: str) -> Caller | None:
        """Who holds a key; None if it is unknown, revoked or over, or its account disabled."""
        if not secret.startswith(PREFIX) or len(secret) > 200:
            return None
        with self._database.connect() as connection:
            found = rows.key_by_token(connection, secret)
        now = self._clock()
        if found is None or (found[0].expires_at is not None and found[0].expires_at <= now):
            return None
        key, person = found
        if key.used_at is None or abs(now - key.used_at) >= _MINUTE:
            with self._database.begin() as connection:
                rows.use_key(connection, key.id, now)
        if key.used_at is None:
            audit("key_first_used", person=person.id, key=key.id, address=address)
        return Caller(_actor(key, person), _scopes(key, person), person, key_id=key.id)


def _scopes(key: Key, person: Person) -> frozenset[str]:
    return key.scopes if person.is_owner else key.scopes - {"admin"}


def _actor(key: Key, person: Person) -> Actor:
    """Who asks with a key: never more than the person is today."""
    if key.departments is None:
        return Actor(person.id, person.departments, person.clearance, person.is_owner)
    reach = key.departments if person.is_owner else key.departments & person.departments
    return Actor(person.id, reach, person.clearance)
