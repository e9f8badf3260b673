"""Signing in: a name and a password become a session, a random token that a browser keeps. Who calls with it.

Whether a name exists shows neither in the words nor in the time of an answer: an unknown name costs the same hash and the
same write, and is closed after as many wrong passwords.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lionrock.access import LOCAL_OWNER
from lionrock.app.audit import audit
from lionrock.app.passwords import Passwords, Strangers, locked_for, remaining
from lionrock.errors import ForbiddenError, NotFoundError, SignInError, TooManyError
from lionrock.records import Actor
from lionrock.storage import people as table
from lionrock.storage import sessions as rows
from lionrock.storage.database import Database
from lionrock.storage.people import Person
from lionrock.storage.sessions import Session

__all__ = ["LOCAL", "SCOPES", "Caller", "Sessions", "Signed", "actor_of", "name_key"]

SCOPES = frozenset({"read", "ask", "write", "admin"})
_WRONG = "The name or the password is wrong."
_MINUTE = timedelta(minutes=1)
_AHEAD = timedelta(minutes=10)
"""A session made later than this from now comes of a clock that has since been set back."""
_LONGEST_DEVICE = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what the call may do."""

    actor: Actor
    scopes: frozenset[str]
    person: Person | None = None
    """None for the local owner, who has no account."""
    session_id: str | None = None
    key_id: str | None = None

    def require(self, scope: str) -> None:
        """Raises `ForbiddenError` if the call may not do what `scope` stands for."""
        if scope in self.scopes:
            return
        if self.key_id is not None:
            raise ForbiddenError(f"This API key has not the scope “{scope}”; make one that has.")
        raise ForbiddenError("Only an administrator of this installation may do this.")


LOCAL = Caller(LOCAL_OWNER, SCOPES)
"""Whoever runs the program on his own machine, while there are no accounts."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A new session."""

    person: Person
    session_id: str
    token: str = field(repr=False)


def name_key(name: str) -> str:
    """A name as it is compared: case, width and compatibility forms aside."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).strip().casefold())


def actor_of(person: Person) -> Actor:
    """Who asks, of an account."""
    return Actor(person.id, person.departments, person.clearance, person.is_owner)


class Sessions:
    """The sign-ins of all people."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        clock: Callable[[], datetime],
        *,
        idle_minutes: int,
        hours: int,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock
        self._idle = timedelta(minutes=idle_minutes)
        self.longest = timedelta(hours=hours)
        self._strangers = Strangers()
        # Passwords for one name are tried one after the other, so that as many as are meant are tried.
        self._turns = [threading.Lock() for _ in range(64)]

    def sign_in(
        self, name: str, password: str, *, device: str = "", address: str = "", replaces: str | None = None
    ) -> Signed:
        """A new session, with a token that was never seen before; the one of the token `replaces` ends.

        Raises `SignInError`, and `TooManyError` while the name is closed after wrong passwords.
        """
        person = self.proven(name, password, address=address)
        if person.disabled:
            audit("sign_in_refused", failure=True, person=person.id, address=address, reason="disabled")
            raise SignInError("This account is disabled; ask an administrator of this installation.")
        return self.open(person, device=device, address=address, replaces=replaces)

    def open(self, person: Person, *, device: str = "", address: str = "", replaces: str | None = None) -> Signed:
        """A session for a person who has proved who it is."""
        token, session_id, now = secrets.token_urlsafe(32), str(uuid.uuid4()), self._clock()
        told = "".join(char for char in device if char.isprintable())[:_LONGEST_DEVICE]
        with self._database.begin() as connection:
            rows.drop_expired(connection, now)
            old = rows.session_by_token(connection, replaces) if replaces else None
            if old is not None:
                rows.drop_session(connection, old[0].id, old[0].person_id)
            rows.create_session(
                connection,
                token=token,
                id=session_id,
                person_id=person.id,
                device=told,
                address=address[:64],
                created_at=now,
                used_at=now,
                expires_at=now + self.longest,
            )
        audit("sign_in", person=person.id, address=address)
        return Signed(person, session_id, token)

    def proven(self, name: str, password: str, *, address: str) -> Person:
        """The person of a name and its password, disabled or not. Raises `SignInError`, `TooManyError`."""
        key = name_key(name[:1_000])
        with self._turns[hash(key) % len(self._turns)]:
            person, stored = self._look(key)
            self._refuse_closed(person, key, address)
            right = self._passwords.matches(stored, password)
            if person is None or stored is None or not right:
                raise SignInError(self._wrong(person, key, address))
            renewed = self._passwords.renewed(stored, password)
            if renewed is not None or person.failed:
                with self._database.begin() as connection:
                    table.set_failures(connection, person.id, 0, None)
                    if renewed is not None:
                        table.change_person(connection, person.id, now=self._clock(), password=renewed)
            return person

    def _look(self, key: str) -> tuple[Person | None, str | None]:
        # A name that cannot be shown is nobody's, and some of them are no text for a database.
        wanted = key if key.isprintable() else ""
        with self._database.connect() as connection:
            person = table.person_by_key(connection, wanted)
            return person, table.password_of(connection, person.id if person is not None else "")

    def _refuse_closed(self, person: Person | None, key: str, address: str) -> None:
        until = person.locked_until if person is not None else self._strangers.locked_until(key)
        seconds = remaining(until, self._clock())
        if seconds:
            audit("sign_in_refused", failure=True, person=_id(person), address=address, reason="closed")
            raise TooManyError(
                f"Too many wrong passwords under this name; try again in {_told(seconds)}.", seconds=seconds
            )

    def _wrong(self, person: Person | None, key: str, address: str) -> str:
        """Count a wrong password; returns what is said of it."""
        now = self._clock()
        with self._database.begin() as connection:
            if person is None:
                table.add_stranger(connection)
                failed = self._strangers.add(key, now)
            else:
                failed = table.add_failure(connection, person.id)
                closed = locked_for(failed)
                table.set_failures(connection, person.id, failed, now + closed if closed else None)
        closed = locked_for(failed)
        audit("sign_in_failed", failure=True, person=_id(person), address=address)
        if closed is None:
            return _WRONG
        audit("locked_out", failure=True, person=_id(person), address=address, seconds=closed.total_seconds())
        return f"{_WRONG} Nobody can sign in under this name for {_told(closed.total_seconds())}."

    # -- who calls with a session

    def caller(self, token: str, *, address: str) -> Caller | None:
        """Who holds a token; None if it is unknown or its time is over."""
        with self._database.connect() as connection:
            found = rows.session_by_token(connection, token)
        if found is None or not self._lives(found[0]):
            return None
        session, person = found
        now = self._clock()
        if abs(now - session.used_at) >= _MINUTE:
            with self._database.begin() as connection:
                rows.use_session(connection, session.id, now, address[:64])
        scopes = SCOPES if person.is_owner else SCOPES - {"admin"}
        return Caller(actor_of(person), scopes, person, session_id=session.id)

    def _lives(self, session: Session) -> bool:
        now = self._clock()
        # Both ends are looked at: a clock that was set back must not lengthen what it once began.
        return session.created_at - _AHEAD <= now < session.expires_at and now - session.used_at < self._idle

    def of(self, person_id: str) -> list[Session]:
        """The sessions of a person that live, the last used first."""
        with self._database.connect() as connection:
            return [session for session in rows.sessions_of(connection, person_id) if self._lives(session)]

    def end(self, session_id: str, person_id: str) -> None:
        """End one session of a person. Raises `NotFoundError`."""
        with self._database.begin() as connection:
            done = session_id.isprintable() and rows.drop_session(connection, session_id, person_id)
        if not done:
            raise NotFoundError("There is no such sign-in; it may have ended already.")
        audit("sign_out", person=person_id)

    def end_others(self, person_id: str, session_id: str) -> int:
        """End all sessions of a person but one; returns how many."""
        with self._database.begin() as connection:
            ended = rows.drop_sessions(connection, person_id, besides=session_id)
        audit("sign_out_others", person=person_id, sessions=ended)
        return ended


def _id(person: Person | None) -> str | None:
    return person.id if person is not None else None


def _told(seconds: float) -> str:
    """A time in words, rounded up."""
    if seconds <= 90:
        return f"{max(1, round(seconds + 0.49))} seconds"
    return f"{round(seconds / 60 + 0.49)} minutes"
