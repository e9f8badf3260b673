"""What routes are given: the App and the scope of whoever asks (the local owner until people sign in)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from lionrock.app import App
from lionrock.records import Scope

__all__ = ["Application", "Asker"]


def _app(request: Request) -> App:
    app = request.app.state.lionrock
    assert isinstance(app, App)
    return app


Application = Annotated[App, Depends(_app)]


def _scope(app: Application) -> Scope:
    return app.owner_scope()


Asker = Annotated[Scope, Depends(_scope)]
