"""The gate: finds out who calls, and lets nobody further who may not. Everything is closed that is not named open here.

Without any account a server on a loopback address acts for the local owner. As soon as there is one, or when the server
can be reached from elsewhere, a call needs a session cookie or an API key. A change by cookie needs the session's
token against forged requests as well; a browser sends cookies by itself, that token only our own page does.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
import re
from urllib.parse import quote

from fastapi.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lionrock.app import App
from lionrock.app.sign_in import LOCAL, Caller
from lionrock.errors import ForbiddenError, LionrockError, SignInError, TooLargeError, TooManyError
from lionrock.server.deps import CALLER
from lionrock.server.errors import told
from lionrock.server.limits import Buckets, network_of

__all__ = [
    "COOKIE",
    "CSRF_HEADER",
    "IS_LOCAL",
    "Gate",
    "address_of",
    "cookie_path",
    "csrf_of",
    "default_scope",
    "is_loopback",
]

COOKIE = "lionrock_session"
CSRF_HEADER = "x-csrf-token"
IS_LOCAL = "lionrock.local"
"""Where the ASGI scope keeps whether a call comes from this machine to a server that only this machine reaches."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SIGN_IN = frozenset({("POST", "/api/v1/session"), ("POST", "/api/v1/first-run")})
_OPEN = _SIGN_IN | {
    (method, path)
    for method in ("GET", "HEAD")
    for path in ("/healthz", "/readyz", "/sign-in", "/first-run", "/api/v1/first-run", "/favicon.ico")
}
# The numbers for monitoring have a guard and a token of their own.
_UNCOUNTED = frozenset({"/healthz", "/metrics"})
_STATIC = "/static/"
_PROGRAMS = ("api", "v1", "mcp", "ui")
"""First parts of paths that programs and scripts of pages call: they are told 401, a page is sent to the sign-in."""
_QUESTIONS = frozenset({"search", "ask", "chat", "conversations", "turns", "export"})
_ADMINISTRATION = frozenset({"people", "policies", "batches", "sources", "audit"})
_ASKING = re.compile(r"/api/v1/(search|ask|chat)/*$|/api/v1/conversations/+[^/]+/+turns\b|/ui/ask/*$|/v1/|/mcp/*$")
"""Paths at which a `POST` is a question; what else one does with conversations is not counted among them."""
_LARGEST_BODY = 16_384
"""Bytes of a sign-in."""
_FORWARDED = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"})


def csrf_of(token: str) -> str:
    """The token against forged requests that belongs to a session's token; nothing of the latter shows in it."""
    return hmac.new(token.encode(), b"lionrock csrf", hashlib.sha256).hexdigest()


def cookie_path(scope: Scope) -> str:
    """The path that a session's cookie is for."""
    return str(scope.get("root_path") or "/")


def address_of(scope: Scope) -> str:
    """The address that a call comes from."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def default_scope(method: str, path: str) -> str:
    """What a call must be allowed: `read`, `ask`, `write` or `admin`."""
    parts = [part for part in path.split("/") if part]
    area = parts[2] if parts[:2] == ["api", "v1"] and len(parts) > 2 else ""
    if area in _ADMINISTRATION:
        return "admin"
    if parts[:1] == ["mcp"]:
        return "ask"
    if method in _SAFE:
        return "read"
    if area in _QUESTIONS or parts[:1] == ["v1"]:
        return "ask"
    return "write"


def _path(scope: Scope) -> str:
    """The path below the place that the server is mounted at."""
    path, root = str(scope["path"]), str(scope.get("root_path") or "")
    return path.removeprefix(root) if root and path.startswith(root + "/") else path


def _is_open(method: str, path: str) -> bool:
    return (method, path) in _OPEN or (method in ("GET", "HEAD") and path.startswith(_STATIC))


def is_loopback(host: str) -> bool:
    """Whether a server that listens there is reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Gate:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, lionrock: App) -> None:
        self._app = app
        self._lionrock = lionrock
        settings = lionrock.settings
        self._loopback = is_loopback(settings.host)
        self._questions = Buckets(settings.questions_per_minute)
        self._sign_ins = Buckets(settings.sign_ins_per_minute)
        self._others = Buckets(settings.requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # Nothing here talks over a socket; what is not checked is not let in.
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope)
        scope[IS_LOCAL] = self._is_local(scope)
        try:
            caller = scope[CALLER] = await self._admitted(request)
        except LionrockError as error:
            first_run = not await run_in_threadpool(self._lionrock.people.exist)
            await _refusal(request, error, first_run=first_run)(scope, receive, send)
            return
        if caller is not None:
            # For the log of requests.
            scope.setdefault("state", {})["person"] = caller.actor.id
        await self._app(scope, receive, send)

    async def _admitted(self, request: Request) -> Caller | None:
        """Who calls; None only where nobody has to be known. Raises what the call is refused with."""
        method, path = request.method, _path(request.scope)
        # Made here, by one thread.
        people = self._lionrock.people
        if path in _UNCOUNTED or path.startswith(_STATIC):
            return None
        if not await run_in_threadpool(people.exist) and request.scope[IS_LOCAL]:
            return LOCAL
        if (method, path) in _SIGN_IN:
            self._sign_ins.take(network_of(address_of(request.scope)))
            _refuse_long(request)
        caller = await run_in_threadpool(self._caller, request)
        if (method, path) not in _SIGN_IN:
            self._count(request, caller)
        if _is_open(method, path):
            return caller
        if caller is None:
            raise SignInError
        caller.require(default_scope(method, path))
        if method not in _SAFE and caller.session_id is not None:
            _refuse_forged(request)
        return caller

    def _caller(self, request: Request) -> Caller | None:
        """Who holds the key, or else the session, that came with a call. A key that is wrong is not made good by a cookie."""
        people, address = self._lionrock.people, address_of(request.scope)
        given = request.headers.get("authorization")
        if given is not None:
            kind, _, secret = given.partition(" ")
            return people.keys.caller(secret.strip(), address=address) if kind.lower() == "bearer" else None
        token = request.cookies.get(COOKIE)
        return people.sessions.caller(token, address=address) if token else None

    def _count(self, request: Request, caller: Caller | None) -> None:
        """Raises `TooManyError`."""
        who = caller.actor.id if caller is not None else network_of(address_of(request.scope))
        asks = request.method == "POST" and _ASKING.match(_path(request.scope)) and caller is not None
        (self._questions if asks else self._others).take(who)

    def _is_local(self, scope: Scope) -> bool:
        """Whether only this machine reaches the server, and nobody passed the call on for another."""
        passed_on = scope.get("lionrock.passed_on") or any(name in _FORWARDED for name, _ in scope["headers"])
        address = address_of(scope)
        try:
            elsewhere = not ipaddress.ip_address(address.split("%")[0]).is_loopback
        except ValueError:
            elsewhere = False
        return self._loopback and not passed_on and not elsewhere


def _refuse_long(request: Request) -> None:
    """Nobody is known yet: what is read into memory stays small. Raises `TooLargeError`."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()) or int(length) > _LARGEST_BODY:
        raise TooLargeError("The request is larger than a sign-in can be, or does not say how large it is.")


def _refuse_forged(request: Request) -> None:
    """Raises `ForbiddenError` for a change by cookie without the session's token."""
    given = request.headers.get(CSRF_HEADER, "").encode("latin-1", "replace")
    if not hmac.compare_digest(given, csrf_of(request.cookies[COOKIE]).encode()):
        raise ForbiddenError("The page is out of date; load it again and repeat what you did.")


def _refusal(request: Request, error: LionrockError, *, first_run: bool) -> Response:
    """A program is told; whoever opens a page is sent to the sign-in, and back to the page from there."""
    path = _path(request.scope)
    if isinstance(error, SignInError) and request.method in ("GET", "HEAD") and path.split("/")[1] not in _PROGRAMS:
        root = request.scope.get("root_path") or ""
        if first_run:
            return RedirectResponse(f"{root}/first-run", status_code=303)
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{root}/sign-in?next={quote(path + query, safe='')}", status_code=303)
    response = told(path, type(error).__name__, error.message, error.http_status)
    if isinstance(error, TooManyError):
        response.headers["retry-after"] = str(math.ceil(error.seconds))
    if isinstance(error, SignInError):
        response.headers["www-authenticate"] = "Bearer"
    return response
