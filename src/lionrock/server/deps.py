"""What routes are given: the App, who asks (the local owner until people sign in) and what they may see."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from lionrock.access import LOCAL_OWNER, scope_for
from lionrock.app import App
from lionrock.records import Actor, Scope

__all__ = ["Application", "Asker", "Person"]


def _app(request: Request) -> App:
    app = request.app.state.lionrock
    assert isinstance(app, App)
    return app


Application = Annotated[App, Depends(_app)]


def _actor() -> Actor:
    return LOCAL_OWNER


Person = Annotated[Actor, Depends(_actor)]
"""Who asks."""


def _scope(person: Person) -> Scope:
    return scope_for(person)


Asker = Annotated[Scope, Depends(_scope)]
