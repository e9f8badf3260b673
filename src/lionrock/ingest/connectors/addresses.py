"""Which web addresses may be read: http and https, named hosts, and no machine of the inner network behind a public name.

A name is looked up once, the addresses found are judged, and the connection goes to the very address that was judged; a
second look-up could say something else.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from lionrock.errors import FetchError, UsageError

__all__ = ["Hosts", "PinnedTransport", "is_public", "normal", "resolve"]

_MOST_CHARACTERS = 2_000
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")
Resolve = Callable[[str, int], list[str]]


def normal(address: str) -> httpx.URL:
    """A web address in its one spelling: host in lower case, no default port, no fragment. Raises `UsageError`."""
    try:
        url = httpx.URL(address.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise UsageError(f"{address[:200]!r} is no web address ({error}).") from None
    if url.scheme not in ("http", "https") or not url.host or not 0 < (url.port or 80) < 65_536:
        raise UsageError(f"{address[:200]!r} is no web address; it begins with http:// or https://.")
    if url.userinfo:
        raise UsageError("A web address with a name and a password in it is not taken.")
    if len(str(url)) > _MOST_CHARACTERS:
        raise UsageError(f"A web address of more than {_MOST_CHARACTERS:,} characters is not taken.")
    return url.copy_with(fragment=None)


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts and ports of one source."""

    names: frozenset[str]
    ports: frozenset[int]

    @classmethod
    def of(cls, urls: list[httpx.URL], more: tuple[str, ...] = ()) -> Hosts:
        """The hosts of these addresses and those named besides; the usual ports and those of these addresses."""
        names = {url.host for url in urls} | {name.lower() for name in more}
        return cls(frozenset(names), frozenset({80, 443} | {url.port for url in urls if url.port}))

    def check(self, url: httpx.URL) -> None:
        """Raises `FetchError` for an address that does not belong to the source."""
        if url.host not in self.names:
            raise FetchError(f"{url} is on another host; add the source with --host {url.host} if that is meant.")
        if (url.port or 80) not in self.ports:
            raise FetchError(f"{url} is on another port than the source.")


def resolve(host: str, port: int) -> list[str]:
    """The numeric addresses of a host. Raises `FetchError`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(f"The host {host} is not known ({error}).") from error
    return list(dict.fromkeys(str(item[4][0]) for item in found))


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public internet, whatever it is wrapped in."""
    try:
        found = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and (found in _NAT64 or found in _COMPATIBLE):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if found.is_site_local or (inner is not None and not is_public(str(inner))):
            return False
        if inner is not None and found.ipv4_mapped:
            return True
    return found.is_global and not found.is_multicast


class PinnedTransport(httpx.BaseTransport):
    """Connects to public addresses, and to any address of the hosts in `private`. The certificate is that of the name."""

    def __init__(
        self,
        private: frozenset[str],
        *,
        verify: ssl.SSLContext | bool = True,
        look_up: Resolve = resolve,
        inner: httpx.BaseTransport | None = None,
    ) -> None:
        self._private = private
        self._look_up = look_up
        # A kept connection belongs to a number, not to the name that was checked: each request makes its own.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._inner = inner or httpx.HTTPTransport(verify=verify, limits=limits, trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises `FetchError` for an address that may not be read."""
        host = request.url.host
        addresses = self._look_up(host, request.url.port or (443 if request.url.scheme == "https" else 80))
        if not addresses:
            raise FetchError(f"The host {host} is not known.")
        if host not in self._private and not all(is_public(address) for address in addresses):
            raise FetchError(
                f"{host} is a machine of the inner network; name it in LIONROCK_WEB_PRIVATE_HOSTS if it may be read."
            )
        extensions = dict(request.extensions)
        if addresses[0] != host:
            extensions["sni_hostname"] = host
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=addresses[0]),
            headers=request.headers,
            stream=request.stream,
            extensions=extensions,
        )
        return self._inner.handle_request(pinned)

    def close(self) -> None:
        """Let go of all connections."""
        self._inner.close()
