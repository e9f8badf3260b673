"""Who really asks: the client, scheme and host behind a reverse proxy, and the path below its prefix.

`X-Forwarded-For`, `-Proto` and `-Host` count only when the connection comes from a trusted address; from anywhere else they
are taken away, and the request is remembered as one that somebody passed on.
"""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from lionrock.errors import UsageError

__all__ = ["Networks", "Proxy", "is_from_here", "is_within", "networks_of", "prefix_of", "request_id_of"]

Networks: TypeAlias = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

_FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"forwarded", b"x-real-ip"})
_PASSED_ON = "lionrock.passed_on"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HOST = re.compile(r"[A-Za-z0-9._\-:\[\]]{1,255}")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")


def networks_of(text: str, setting: str) -> Networks:
    """Addresses and networks separated by commas. Raises `UsageError` for one that is neither."""
    try:
        return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise UsageError(
            f"{setting} takes addresses such as 10.0.0.5 or networks such as 10.0.0.0/8 ({error})."
        ) from None


def prefix_of(text: str) -> str:
    """A path prefix as `/a/b`, or empty. Raises `UsageError`."""
    prefix = "/" + text.strip("/") if text.strip("/") else ""
    if not _PREFIX.fullmatch(prefix) or ".." in prefix.split("/"):
        raise UsageError(f"LIONROCK_PATH_PREFIX takes a path such as /lionrock, not {text!r}.")
    return prefix


def is_within(address: str | None, networks: Networks) -> bool:
    """Whether an address lies in one of the networks."""
    if address is None:
        return False
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in networks)


def is_from_here(scope: Scope) -> bool:
    """Whether a request comes from this machine itself, and nobody passed it on for another."""
    client = scope.get("client")
    loopback = (ipaddress.IPv4Network("127.0.0.0/8"), ipaddress.IPv6Network("::1/128"))
    return not scope.get(_PASSED_ON) and client is not None and is_within(client[0], loopback)


def request_id_of(scope: Scope) -> str:
    """The id that goes with a request through the logs."""
    return str(scope.get("state", {}).get("request_id", ""))


class Proxy:
    """ASGI middleware, the outermost: what is behind it sees the request as the client sent it."""

    def __init__(self, app: ASGIApp, *, trusted: Networks, prefix: str) -> None:
        self._app = app
        self._trusted = trusted
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the scope and pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = dict(scope)
        trusted = is_within(scope["client"][0] if scope.get("client") else None, self._trusted)
        told = _values(scope["headers"])
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in _FORWARDED]
        if trusted:
            self._believe(scope, told)
        scope[_PASSED_ON] = not trusted and bool(_FORWARDED & told.keys())
        given = told.get(b"x-request-id", [""])[-1] if trusted else ""
        scope["state"] = {
            **scope.get("state", {}),
            "request_id": given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex,
        }
        if not self._below_prefix(scope):
            await RedirectResponse(f"{self._prefix}/", status_code=308)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope, told: dict[bytes, list[str]]) -> None:
        """Take over what a trusted proxy says; what is malformed is as if it were not there."""
        client = self._client(told.get(b"x-forwarded-for", []))
        if client is not None:
            scope["client"] = (client, 0)
        scheme = told.get(b"x-forwarded-proto", [""])[-1].lower()
        if scheme in ("http", "https"):
            scope["scheme"] = scheme
        host = told.get(b"x-forwarded-host", [""])[-1]
        if _HOST.fullmatch(host):
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope["headers"] = [(b"host", host.encode("latin-1")), *others]

    def _client(self, chain: Sequence[str]) -> str | None:
        """The last address of the chain that is none of our proxies': those before it anybody may have made up."""
        found = None
        for part in reversed(chain):
            address = _bare(part)
            if address is None:
                return found
            found = address
            if not is_within(address, self._trusted):
                break
        return found

    def _below_prefix(self, scope: Scope) -> bool:
        """Set `root_path`, whether the proxy left the prefix on or took it off. False for the prefix without a slash."""
        prefix, path = self._prefix, scope["path"]
        if not prefix:
            return True
        scope["root_path"] = prefix
        if path == prefix:
            return False
        if not path.startswith(prefix + "/"):
            scope["path"] = prefix + path
            raw = scope.get("raw_path")
            scope["raw_path"] = prefix.encode() + raw if raw is not None else None
        return True


def _values(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, list[str]]:
    """Header -> its values in order, lists split at commas."""
    values: dict[bytes, list[str]] = {}
    for name, value in headers:
        if name in _FORWARDED or name == b"x-request-id":
            values.setdefault(name, []).extend(part.strip() for part in value.decode("latin-1").split(","))
    return values


def _bare(text: str) -> str | None:
    """An address without brackets and port; None if it is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].split("]")[0]
    elif text.count(":") == 1:
        text = text.split(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
