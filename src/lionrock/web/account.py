"""Signing in, the first account, settings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from lionrock.app.passwords import SHORTEST
from lionrock.server.deps import Application, Calling
from lionrock.server.session import IS_LOCAL
from lionrock.web.frame import Frame
from lionrock.web.shell import Look, PageRoute, Reader, page

__all__ = ["router"]

router = APIRouter(include_in_schema=False, route_class=PageRoute)


def _key_scopes(look: Look) -> list[tuple[str, str]]:
    _ = look.t
    return [("read", _("read")), ("ask", _("ask")), ("write", _("add and change")), ("admin", _("administer"))]


@router.get("/sign-in", response_class=HTMLResponse)
def sign_in(app: Application, look: Reader, next: Annotated[str, Query(max_length=500)] = "") -> Response:
    """Ask for name and password."""
    if not app.people.exist():
        return RedirectResponse(f"{look.root}/", status_code=303)
    return page("sign_in.html", look, {"next": next})


@router.get("/first-run", response_class=HTMLResponse)
def first_run(app: Application, request: Request, look: Reader) -> Response:
    """Make the first account; only while there is none."""
    if app.people.exist():
        return RedirectResponse(f"{look.root}/", status_code=303)
    return page("first.html", look, {"needs_code": not request.scope.get(IS_LOCAL), "shortest": SHORTEST})


@router.get("/settings", response_class=HTMLResponse)
def settings(frame: Frame, caller: Calling, look: Reader) -> HTMLResponse:
    """One's own account, sessions, keys and prompts."""
    values = {"person": caller.person, "key_scopes": _key_scopes(look), "shortest": SHORTEST}
    return page("settings.html", look, {**frame("settings"), **values})
