"""One's own API keys; the accounts, for administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from lionrock.app.passwords import LONGEST
from lionrock.app.people import NewPerson, PersonChange, departments_of
from lionrock.app.people_json import key_json, person_json
from lionrock.records import Classification
from lionrock.server.deps import Application, Calling, SignedIn, needs
from lionrock.server.routes.session import PageLanguage

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["people"])

Level = Literal["open", "restricted", "confidential"]


class KeyRequest(BaseModel):
    """An API key."""

    name: str = Field(max_length=LONGEST, description="What it is for, to know it again by.")
    scopes: list[Literal["read", "ask", "write", "admin"]] = Field(description="What it may do.")
    departments: list[str] | None = Field(None, description="Hold it to these of one's own departments; null: all.")
    expires_at: datetime | None = Field(None, description="When it ends; null: not by itself.")


class PersonRequest(BaseModel):
    """A new account."""

    name: str = Field(max_length=LONGEST, description="The name to sign in with.")
    password: str = Field(max_length=LONGEST, repr=False, description="Its first password, 10 characters or more.")
    display_name: str = Field("", max_length=LONGEST, description="The name that others see; default: the other one.")
    departments: list[str] = Field(default_factory=list, description="The departments it belongs to.")
    clearance: Level = Field("open", description="How confidential a document it may see.")
    is_owner: bool = Field(False, description="An administrator, who sees every department.")
    language: PageLanguage | None = Field(None, description="The language of the page.")


class PersonChangeRequest(BaseModel):
    """What is to become different of an account; what is null stays."""

    password: str | None = Field(None, max_length=LONGEST, repr=False, description="A new password.")
    display_name: str | None = Field(None, max_length=LONGEST, description="The name that others see.")
    departments: list[str] | None = Field(None, description="The departments it belongs to, all of them.")
    clearance: Level | None = Field(None, description="How confidential a document it may see.")
    is_owner: bool | None = Field(None, description="An administrator, who sees every department.")
    disabled: bool | None = Field(None, description="Nobody can use it.")
    language: PageLanguage | None = Field(None, description="The language of the page.")


@router.get("/keys")
def keys(app: Application, caller: SignedIn) -> dict[str, Any]:
    """One's own API keys, revoked ones too, the newest first."""
    return {"keys": [key_json(key) for key in app.people.keys.of(caller.actor.id)]}


@router.post("/keys")
def create_key(body: KeyRequest, app: Application, caller: SignedIn) -> dict[str, Any]:
    """Make an API key. Its text is in this answer and never again."""
    assert caller.person is not None
    departments = None if body.departments is None else departments_of(body.departments)
    made = app.people.keys.create(
        caller.person, body.name, frozenset(body.scopes), departments=departments, expires_at=body.expires_at
    )
    return {**key_json(made.key), "key": made.secret}


@router.delete("/keys/{key_id}")
def revoke_key(key_id: str, app: Application, caller: SignedIn) -> dict[str, Any]:
    """Make one of one's own API keys useless at once."""
    app.people.keys.revoke(key_id, caller.actor.id)
    return {"key_id": key_id, "revoked": True}


@router.get("/people", dependencies=[needs("admin")])
def people(app: Application) -> dict[str, Any]:
    """The accounts, by name."""
    return {"people": [person_json(person) for person in app.people.all()]}


@router.post("/people", dependencies=[needs("admin")])
def add_person(body: PersonRequest, app: Application, caller: Calling) -> dict[str, Any]:
    """Make an account."""
    wanted = NewPerson(
        body.name,
        body.display_name,
        frozenset(body.departments),
        Classification[body.clearance.upper()],
        body.is_owner,
        body.language,
    )
    return person_json(app.people.add(wanted, body.password, by=caller.actor.id))


@router.patch("/people/{person_id}", dependencies=[needs("admin")])
def change_person(person_id: str, body: PersonChangeRequest, app: Application, caller: Calling) -> dict[str, Any]:
    """Change an account. With a new password, or when it is disabled, all its sign-ins end."""
    change = PersonChange(
        body.display_name,
        None if body.departments is None else frozenset(body.departments),
        None if body.clearance is None else Classification[body.clearance.upper()],
        body.is_owner,
        body.disabled,
        body.language,
    )
    # First: a password that is refused changes nothing else either.
    if body.password is not None:
        app.people.set_password(person_id, body.password, by=caller.actor.id)
    return person_json(app.people.change(person_id, change, by=caller.actor.id))
