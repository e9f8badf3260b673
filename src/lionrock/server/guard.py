"""What every request passes: the host must be ours, a change must come from our own page or a program, sizes are bounded.

Without the host check any web page could reach a server on the loopback address by DNS rebinding; without the origin
check it could post to it. A body is counted while it is received, as one sent in chunks does not say how long it is, and
one that comes too slowly is given up.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lionrock.server.errors import told

__all__ = ["Guard", "SafeHeaders", "allowed_hosts"]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LARGEST_PLAIN = 8_000_000
"""Bytes of a body that brings no files."""
_FILES = ("multipart/form-data", "application/octet-stream", "audio/", "video/", "application/zip")
_SLOWEST = 1_000.0
"""Bytes a second that a body must come at, after its first idle time."""
_YEAR = 365 * 24 * 3600
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "content-security-policy": _POLICY,
}
_TOO_LARGE = (413, "The request is larger than this server accepts.")
_TOO_SLOW = (408, "The request came too slowly; send it again.")


def allowed_hosts(host: str, public: str = "") -> frozenset[str]:
    """Host names under which a server bound to `host` answers; `public` names more, separated by commas."""
    names = {"localhost", "127.0.0.1", "[::1]", host.lower()}
    names |= {f"[{name.lower()}]" for name in (host,) if ":" in name}
    names |= {name.strip().lower() for name in public.split(",") if name.strip()}
    return frozenset(names)


class SafeHeaders:
    """ASGI middleware around all others: what every answer tells the browser, refusals and faults too."""

    def __init__(self, app: ASGIApp, *, prefix: str = "") -> None:
        self._app = app
        self._static = f"{prefix}/static/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and add to what comes back."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(scope, MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)

    def _add(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if scope.get("scheme") == "https":
            headers["strict-transport-security"] = f"max-age={_YEAR}"
        if not scope["path"].startswith(self._static):
            # Pictures of pages say themselves that a browser asks again before it shows them.
            headers.setdefault("cache-control", "no-store")


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], largest_body: int, idle_seconds: float = 30.0) -> None:
        self._app = app
        self._hosts = hosts
        self._largest_body = largest_body
        self._idle_seconds = idle_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        largest = self._largest_for(headers.get("content-type", ""))
        refusal = self._refusal(scope["method"], headers, largest)
        if refusal is not None:
            await _refuse(refusal, scope, receive, send)
            return
        body = _Body(receive, send, scope, largest, self._idle_seconds)
        try:
            await self._app(scope, body.receive, body.send)
        except Exception:  # the edge of a request: what the program says of a body that was cut off does not matter
            if body.refusal is None or body.answered:
                raise
        await body.finish()

    def _largest_for(self, content_type: str) -> int:
        if content_type.strip().lower().startswith(_FILES):
            return self._largest_body
        return min(self._largest_body, _LARGEST_PLAIN)

    def _refusal(self, method: str, headers: dict[str, str], largest: int) -> tuple[int, str] | None:
        host = headers.get("host", "").lower()
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if name not in self._hosts and not self._is_bound_address(name):
            return 421, "This server does not answer under that host name; LIONROCK_PUBLIC_HOSTS says which it has."
        if method not in _SAFE:
            origin = headers.get("origin")
            if origin is not None and urlsplit(origin).netloc.lower() != host:
                return 403, "A change must come from Lionrock's own page or from a program."
            if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
                return 403, "A change must come from Lionrock's own page or from a program."
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or len(length) > 18 or int(length) > largest:
            return _TOO_LARGE
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


async def _refuse(refusal: tuple[int, str], scope: Scope, receive: Receive, send: Send) -> None:
    status, message = refusal
    await told(scope["path"], "RefusedError", message, status)(scope, receive, send)


class _Body:
    """Counts what is received; where that is too much or too slow, the refusal stands in the place of any answer."""

    def __init__(self, receive: Receive, send: Send, scope: Scope, largest: int, idle_seconds: float) -> None:
        self.refusal: tuple[int, str] | None = None
        self.answered = False
        self._receive = receive
        self._send = send
        self._scope = scope
        self._largest = largest
        self._idle_seconds = idle_seconds
        self._waited = 0.0
        self._received = 0
        self._whole = False

    async def receive(self) -> Message:
        """The next part of the body; a disconnection when the request is given up."""
        if self._whole:
            # From here on this waits for the client to leave, for as long as the answer takes.
            return await self._receive()
        if self.refusal is not None:
            return {"type": "http.disconnect"}
        patience = self._idle_seconds + self._received / _SLOWEST - self._waited
        began = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, min(patience, self._idle_seconds))):
                message = await self._receive()
        except TimeoutError:
            self.refusal = _TOO_SLOW
            return {"type": "http.disconnect"}
        self._waited += time.monotonic() - began
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            if self._received > self._largest:
                self.refusal = _TOO_LARGE
                return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        """Pass on, unless the request is refused."""
        if self.refusal is None or self.answered:
            self.answered = True
            await self._send(message)

    async def finish(self) -> None:
        """Say why, if the request was refused while its body came."""
        if self.refusal is not None and not self.answered:
            self.answered = True
            await _refuse(self.refusal, self._scope, self._receive, self._send)
