"""Signing in and out, one's own account and sign-ins, and the first account of an installation."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from lionrock.app import App
from lionrock.app.passwords import LONGEST
from lionrock.app.people import NewPerson, PersonChange
from lionrock.app.people_json import me_json, session_json
from lionrock.app.sign_in import SCOPES, Caller, Signed, actor_of
from lionrock.errors import SignInError, UsageError
from lionrock.server.deps import Application, Calling, SignedIn
from lionrock.server.session import COOKIE, IS_LOCAL, address_of, cookie_path, csrf_of

__all__ = ["PageLanguage", "router"]

router = APIRouter(prefix="/api/v1", tags=["session"])

PageLanguage = Literal["zh-HK", "zh-CN", "en"]


class SignInRequest(BaseModel):
    """A name and its password."""

    name: str = Field(max_length=LONGEST, description="The name to sign in with.")
    password: str = Field(max_length=LONGEST, repr=False, description="The password.")


class FirstRunRequest(BaseModel):
    """The first account, an administrator's."""

    name: str = Field(max_length=LONGEST, description="The name to sign in with.")
    password: str = Field(max_length=LONGEST, repr=False, description="The password, 10 characters or more.")
    display_name: str = Field("", max_length=LONGEST, description="The name that others see; default: the other one.")
    departments: list[str] = Field(default_factory=list, description="Departments to belong to; all are seen anyway.")
    language: PageLanguage | None = Field(None, description="The language of the page.")
    code: str | None = Field(
        None, max_length=100, repr=False, description="What `lionrock serve` printed, where it is asked for."
    )


class MeRequest(BaseModel):
    """What is to become different of one's own account; what is null stays."""

    display_name: str | None = Field(None, max_length=LONGEST, description="The name that others see.")
    language: PageLanguage | None = Field(None, description="The language of the page.")
    password: str | None = Field(None, max_length=LONGEST, repr=False, description="The new password.")
    old_password: str | None = Field(None, max_length=LONGEST, repr=False, description="The old one, to change it.")


@router.get("/first-run")
def first_run_state(request: Request, app: Application) -> dict[str, Any]:
    """Whether the first account is still to be made, and whether that needs the code."""
    needed = not app.people.exist()
    return {"needed": needed, "code": needed and not request.scope[IS_LOCAL]}


@router.post("/first-run")
def first_run(body: FirstRunRequest, request: Request, response: Response, app: Application) -> dict[str, Any]:
    """Make the first account and sign in with it."""
    code = None if request.scope[IS_LOCAL] else body.code or ""
    wanted = NewPerson(body.name, body.display_name, frozenset(body.departments), language=body.language)
    person = app.people.first_run(wanted, body.password, code=code)
    device, address = request.headers.get("user-agent", ""), address_of(request.scope)
    return _begun(request, response, app, app.people.sessions.open(person, device=device, address=address))


@router.post("/session")
def sign_in(body: SignInRequest, request: Request, response: Response, app: Application) -> dict[str, Any]:
    """Sign in: the cookie that is set stands for the person until it ends."""
    signed = app.people.sessions.sign_in(
        body.name,
        body.password,
        device=request.headers.get("user-agent", ""),
        address=address_of(request.scope),
        replaces=request.cookies.get(COOKIE),
    )
    return _begun(request, response, app, signed)


def _begun(request: Request, response: Response, app: App, signed: Signed) -> dict[str, Any]:
    """Set the cookie, and say who has signed in."""
    response.set_cookie(
        COOKIE,
        signed.token,
        max_age=int(app.people.sessions.longest.total_seconds()),
        path=cookie_path(request.scope),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    person = signed.person
    scopes = SCOPES if person.is_owner else SCOPES - {"admin"}
    return me_json(Caller(actor_of(person), scopes, person, signed.session_id), csrf_of(signed.token))


@router.delete("/session")
def sign_out(request: Request, response: Response, app: Application, caller: SignedIn) -> dict[str, Any]:
    """Sign out here."""
    assert caller.session_id is not None
    app.people.sessions.end(caller.session_id, caller.actor.id)
    response.delete_cookie(
        COOKIE,
        path=cookie_path(request.scope),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return {"signed_in": False}


@router.get("/me")
def me(request: Request, caller: Calling) -> dict[str, Any]:
    """Who calls, and the token that changes by cookie need in `X-CSRF-Token`."""
    return me_json(caller, _csrf(request, caller))


def _csrf(request: Request, caller: Caller) -> str | None:
    return csrf_of(request.cookies[COOKIE]) if caller.session_id is not None else None


@router.patch("/me")
def change_me(body: MeRequest, request: Request, app: Application, caller: SignedIn) -> dict[str, Any]:
    """Change one's own account; with a new password all other sign-ins end."""
    person = caller.person
    assert person is not None and caller.session_id is not None
    if body.password is not None:
        if body.old_password is None:
            raise UsageError("Give the old password as well.")
        address = address_of(request.scope)
        app.people.change_password(
            person, body.old_password, body.password, session_id=caller.session_id, address=address
        )
    if body.display_name is not None or body.language is not None:
        app.people.change(person.id, PersonChange(body.display_name, language=body.language), by=person.id)
    token = request.cookies[COOKIE]
    now = app.people.sessions.caller(token, address=address_of(request.scope))
    if now is None:
        raise SignInError
    return me_json(now, csrf_of(token))


@router.get("/sessions")
def sessions(app: Application, caller: SignedIn) -> dict[str, Any]:
    """Where one is signed in, the last used first."""
    found = app.people.sessions.of(caller.actor.id)
    return {"sessions": [session_json(session, caller.session_id) for session in found]}


@router.delete("/sessions")
def end_other_sessions(app: Application, caller: SignedIn) -> dict[str, Any]:
    """Sign out everywhere else."""
    assert caller.session_id is not None
    return {"ended": app.people.sessions.end_others(caller.actor.id, caller.session_id)}


@router.delete("/sessions/{session_id}")
def end_session(session_id: str, app: Application, caller: SignedIn) -> dict[str, Any]:
    """End one of one's own sign-ins."""
    app.people.sessions.end(session_id, caller.actor.id)
    return {"session_id": session_id, "ended": True}
