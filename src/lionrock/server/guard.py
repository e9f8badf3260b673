"""What every request passes: the host must be ours, a change must come from our own page or a program, sizes are bounded.

Without the host check any web page could reach a server on the loopback address by DNS rebinding; without the origin
check it could post to it.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lionrock.server.errors import told

__all__ = ["Guard", "allowed_hosts"]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
        b"base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
)


def allowed_hosts(host: str) -> frozenset[str]:
    """Host names under which a server bound to `host` answers."""
    names = {"localhost", "127.0.0.1", "[::1]", host.lower()}
    return frozenset(names)


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], largest_body: int) -> None:
        self._app = app
        self._hosts = hosts
        self._largest_body = largest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope["method"], headers)
        if refusal is not None:
            status, message = refusal
            response = told(scope["path"], "RefusedError", message, status)
            await response(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "").lower()
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if name not in self._hosts and not self._is_bound_address(name):
            return 421, "This server does not answer under that host name."
        if method not in _SAFE:
            origin = headers.get("origin")
            if origin is not None and urlsplit(origin).netloc.lower() != host:
                return 403, "A change must come from Lionrock's own page or from a program."
            if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
                return 403, "A change must come from Lionrock's own page or from a program."
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._largest_body:
            return 413, "The request is larger than this server accepts."
        return None

    def _is_bound_address(self, name: str) -> bool:
        """A server bound to every address answers under any literal address, never under an unknown name."""
        if not self._hosts & {"0.0.0.0", "::", "[::]"}:  # noqa: S104
            return False
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True
