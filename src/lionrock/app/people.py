"""Accounts of this installation: made, changed, disabled. Signing in is in `sign_in.py`, API keys are in `keys.py`.

What touches security is told to the log `lionrock.audit`, with extra fields and without secrets.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from lionrock.access import LOCAL_OWNER
from lionrock.app.audit import audit
from lionrock.app.keys import Keys
from lionrock.app.passwords import Passwords, unguessable
from lionrock.app.sign_in import Sessions, name_key
from lionrock.errors import ForbiddenError, NotFoundError, UsageError
from lionrock.records import Classification
from lionrock.settings import Settings
from lionrock.storage import people as table
from lionrock.storage.database import Database
from lionrock.storage.people import Person
from lionrock.storage.sessions import drop_sessions

__all__ = ["LANGUAGES", "NewPerson", "People", "PersonChange", "departments_of"]

LANGUAGES = ("zh-HK", "zh-CN", "en")
_LONGEST_NAME = 100
_LONGEST_KEY = 400
_CODE = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class NewPerson:
    """An account that is to be made. Its password is given beside it."""

    name: str
    display_name: str = ""
    departments: frozenset[str] = frozenset()
    clearance: Classification = Classification.OPEN
    is_owner: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What becomes different of an account; None stays as it is."""

    display_name: str | None = None
    departments: frozenset[str] | None = None
    clearance: Classification | None = None
    is_owner: bool | None = None
    disabled: bool | None = None
    language: str | None = None


class People:
    """The accounts. `clock` tells the time, with its zone."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        passwords: Passwords | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords or Passwords()
        self._any = False
        self._code = "-".join("".join(secrets.choice(_CODE) for _ in range(4)) for _ in range(4))
        self.sessions = Sessions(
            database, self._passwords, clock, idle_minutes=settings.session_idle_minutes, hours=settings.session_hours
        )
        self.keys = Keys(database, clock)

    def exist(self) -> bool:
        """Whether there is any account. One that was made is never taken away."""
        if not self._any:
            with self._database.connect() as connection:
                self._any = table.has_people(connection)
        return self._any

    def first_run_code(self) -> str:
        """What the first account asks for when it is made from another machine; new at each start."""
        return self._code

    def first_run(self, person: NewPerson, password: str, *, code: str | None) -> Person:
        """Make the first account, an administrator's. `code` is None when it is asked for on this machine itself.

        Raises `ForbiddenError` once there is an account, or for a wrong code; `UsageError`.
        """
        if self.exist():
            raise ForbiddenError("There are accounts here already; sign in, or ask an administrator for one.")
        given = code.strip().upper().encode("utf-8", "replace") if code is not None else self._code.encode()
        if not hmac.compare_digest(given, self._code.encode()):
            audit("first_run_refused", failure=True)
            raise ForbiddenError("The code is wrong; `lionrock serve` prints it where it was started.")
        owner = NewPerson(
            person.name,
            person.display_name,
            person.departments,
            Classification.CONFIDENTIAL,
            is_owner=True,
            language=person.language,
        )
        return self._make(owner, password, first=True, by=None)

    def add(self, person: NewPerson, password: str, *, by: str | None = None) -> Person:
        """Make an account. Raises `UsageError` for a name that is taken or is none, and for a password that is guessed.

        The first account must be an administrator's: from then on everybody has to sign in.
        """
        return self._make(person, password, first=False, by=by)

    def _make(self, person: NewPerson, password: str, *, first: bool, by: str | None) -> Person:
        key, name = _named(person.name)
        fields = _checked(PersonChange(person.display_name, person.departments, language=person.language))
        stored = self._passwords.hash(unguessable(password, name))
        with self._database.begin() as connection:
            table.lock_people(connection)
            there = table.has_people(connection)
            if there and first:
                raise ForbiddenError("There are accounts here already; sign in, or ask an administrator for one.")
            if not there and not person.is_owner:
                raise UsageError("The first account must be an administrator's; make that one first.")
            if table.person_by_key(connection, key) is not None:
                raise UsageError(f"There is an account “{name}” already; choose another name.")
            # The first account goes on as the one who ran the program alone so far, with what is already his.
            person_id = str(uuid.uuid4()) if there else LOCAL_OWNER.id
            table.create_person(
                connection,
                id=person_id,
                name=name,
                name_key=key,
                password=stored,
                now=self._clock(),
                clearance=person.clearance,
                is_owner=person.is_owner,
                **{**fields, "display_name": fields["display_name"] or name},
            )
            made = self._person(connection, person_id)
        self._any = True
        audit("account_made", person=made.id, by=by)
        return made

    def all(self) -> list[Person]:
        """Every account, by name."""
        with self._database.connect() as connection:
            return table.all_people(connection)

    def named(self, name: str) -> Person:
        """An account by its name or its id. Raises `NotFoundError`."""
        key = name_key(name)
        with self._database.connect() as connection:
            found = table.person_by_key(connection, key) if key.isprintable() else None
            found = found or (table.person_by_id(connection, name) if name.isprintable() else None)
        if found is None:
            raise NotFoundError(f"There is no account “{name}”; `lionrock people list` shows those that there are.")
        return found

    def change(self, person_id: str, change: PersonChange, *, by: str | None = None) -> Person:
        """Change an account; one that is disabled is signed out. Raises `NotFoundError`, `UsageError`."""
        fields = _checked(change)
        with self._database.begin() as connection:
            table.lock_people(connection)
            before = self._person(connection, person_id)
            disabled = before.disabled if change.disabled is None else change.disabled
            is_owner = before.is_owner if change.is_owner is None else change.is_owner
            if (disabled or not is_owner) and not table.other_owners(connection, person_id):
                raise UsageError("This is the only administrator who can sign in; make another one first.")
            if fields:
                table.change_person(connection, person_id, now=self._clock(), **fields)
            if disabled:
                drop_sessions(connection, person_id)
            after = self._person(connection, person_id)
        audit("account_changed", person=person_id, by=by, fields=sorted(fields))
        return after

    def set_password(self, person_id: str, password: str, *, by: str | None = None) -> None:
        """Give a person a new password: all sign-ins of that person end, and a name that was closed is open again."""
        with self._database.connect() as connection:
            person = self._person(connection, person_id)
        stored = self._passwords.hash(unguessable(password, person.name))
        with self._database.begin() as connection:
            table.change_person(connection, person_id, now=self._clock(), password=stored)
            table.set_failures(connection, person_id, 0, None)
            drop_sessions(connection, person_id)
        audit("password_set", person=person_id, by=by)

    def change_password(self, person: Person, old: str, new: str, *, session_id: str, address: str) -> None:
        """A person's own choice: the old password proves it, the other sign-ins end.

        Raises `SignInError` for a wrong old password, `TooManyError` after many, `UsageError` for a bad new one.
        """
        chosen = unguessable(new, person.name)
        self.sessions.proven(person.name, old, address=address)
        stored = self._passwords.hash(chosen)
        with self._database.begin() as connection:
            table.change_person(connection, person.id, now=self._clock(), password=stored)
            drop_sessions(connection, person.id, besides=session_id)
        audit("password_changed", person=person.id)

    @staticmethod
    def _person(connection: sa.Connection, person_id: str) -> Person:
        found = table.person_by_id(connection, person_id) if person_id.isprintable() else None
        if found is None:
            raise NotFoundError("There is no such account.")
        return found


def _named(name: str) -> tuple[str, str]:
    """The name as it is compared and as it is shown. Raises `UsageError`."""
    shown = unicodedata.normalize("NFC", name).strip()
    key = name_key(shown)
    if not shown or len(shown) > _LONGEST_NAME or len(key) > _LONGEST_KEY or not (shown + key).isprintable():
        raise UsageError(f"A name to sign in with has 1 to {_LONGEST_NAME} characters, all of them visible.")
    return key, shown


def _checked(change: PersonChange) -> dict[str, Any]:
    """The columns that are set. Raises `UsageError`."""
    fields: dict[str, Any] = {}
    if change.display_name is not None:
        shown = unicodedata.normalize("NFC", change.display_name).strip()
        if len(shown) > 200 or not shown.isprintable():
            raise UsageError("A display name has at most 200 characters, all of them visible.")
        fields["display_name"] = shown
    if change.departments is not None:
        fields["departments"] = sorted(departments_of(change.departments))
    if change.language is not None:
        if change.language not in LANGUAGES:
            raise UsageError(f"The language is one of {', '.join(LANGUAGES)}.")
        fields["language"] = change.language
    if change.clearance is not None:
        fields["clearance"] = int(change.clearance)
    fields |= {name: value for name in ("is_owner", "disabled") if (value := getattr(change, name)) is not None}
    return fields


def departments_of(names: Iterable[str]) -> frozenset[str]:
    """Names of departments as they are compared. Raises `UsageError`."""
    found = frozenset(name.strip() for name in names)
    if any(not name or len(name) > 100 or not name.isprintable() for name in found) or len(found) > 200:
        raise UsageError("A department has a name of 1 to 100 characters, all of them visible; 200 of them at most.")
    return found
