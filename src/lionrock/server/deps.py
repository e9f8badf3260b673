"""What routes are given: the App, who calls, who asks and what they may see. `Gate` has found out who calls."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from fastapi import Depends, Request

from lionrock.access import scope_for
from lionrock.app import App
from lionrock.app.sign_in import Caller
from lionrock.errors import ForbiddenError, SignInError, UsageError
from lionrock.records import Actor, Scope

__all__ = ["CALLER", "Account", "Application", "Asker", "Calling", "Person", "SignedIn", "needs"]

CALLER = "lionrock.caller"
"""Where the ASGI scope keeps the `Caller`."""

KeyScope: TypeAlias = Literal["read", "ask", "write", "admin"]


def _app(request: Request) -> App:
    app = request.app.state.lionrock
    assert isinstance(app, App)
    return app


Application = Annotated[App, Depends(_app)]


def _caller(request: Request) -> Caller:
    """Raises `SignInError` where nobody has been found to call."""
    caller = request.scope.get(CALLER)
    if not isinstance(caller, Caller):
        raise SignInError
    return caller


Calling = Annotated[Caller, Depends(_caller)]
"""Who calls, and what the call may do."""


def _account(caller: Calling) -> Caller:
    """Raises `UsageError` for the local owner, who has no account."""
    if caller.person is None:
        raise UsageError("There are no accounts here yet; make the first one, then sign in.")
    return caller


Account = Annotated[Caller, Depends(_account)]
"""Who calls, with an account."""


def _signed_in(caller: Account) -> Caller:
    """Raises `ForbiddenError` for a call with an API key."""
    if caller.session_id is None:
        raise ForbiddenError("An API key cannot do this; sign in with name and password.")
    return caller


SignedIn = Annotated[Caller, Depends(_signed_in)]
"""Who calls, with a session: what concerns a person's own account no API key may do."""


def _actor(caller: Calling) -> Actor:
    return caller.actor


Person = Annotated[Actor, Depends(_actor)]
"""Who asks."""


def _scope(person: Person) -> Scope:
    return scope_for(person)


Asker = Annotated[Scope, Depends(_scope)]


def needs(scope: KeyScope) -> Any:
    """A dependency for routes that need more than `session.default_scope` says."""

    def check(caller: Calling) -> None:
        caller.require(scope)

    return Depends(check)
