"""Who asks is what a trusted proxy says, and what anybody else says counts for nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lionrock.errors import UsageError
from lionrock.server.proxy import Proxy, is_from_here, networks_of, prefix_of, request_id_of

Headers = list[tuple[bytes, bytes]]


def passed(
    headers: Headers,
    *,
    peer: str = "10.0.0.1",
    trusted: str = "10.0.0.0/24",
    prefix: str = "",
    path: str = "/x",
) -> tuple[dict[str, Any] | None, list[Any]]:
    """The scope behind the proxy middleware (None if it answered itself), and what it answered."""
    seen: list[dict[str, Any]] = []
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "http",
        "client": (peer, 5),
        "headers": [(b"host", b"inner:8321"), *headers],
    }
    proxy = Proxy(app, trusted=networks_of(trusted, "X"), prefix=prefix)
    asyncio.run(proxy(scope, receive, send))
    return (seen[0] if seen else None), sent


FORGED: Headers = [
    (b"x-forwarded-for", b"127.0.0.1"),
    (b"x-forwarded-proto", b"https"),
    (b"x-forwarded-host", b"evil.example"),
    (b"x-request-id", b"mine"),
]


def test_from_elsewhere_nothing_is_believed() -> None:
    scope, _ = passed(FORGED, peer="203.0.113.9")
    assert scope is not None
    assert (scope["client"][0], scope["scheme"]) == ("203.0.113.9", "http")
    assert dict(scope["headers"])[b"host"] == b"inner:8321"
    assert b"x-forwarded-for" not in dict(scope["headers"])
    assert request_id_of(scope) != "mine"


def test_by_default_not_even_loopback_is_believed_and_what_it_passes_on_is_not_from_here() -> None:
    scope, _ = passed(FORGED, peer="127.0.0.1", trusted="")
    assert scope is not None
    assert scope["scheme"] == "http"
    assert not is_from_here(scope)
    plain, _ = passed([], peer="127.0.0.1", trusted="")
    assert plain is not None
    assert is_from_here(plain)


def test_a_trusted_proxy_is_believed() -> None:
    told: Headers = [
        (b"x-forwarded-for", b"198.51.100.7"),
        (b"x-forwarded-proto", b"https"),
        (b"x-forwarded-host", b"office.example"),
        (b"x-request-id", b"a-1.b_2"),
    ]
    scope, _ = passed(told)
    assert scope is not None
    assert (scope["client"][0], scope["scheme"]) == ("198.51.100.7", "https")
    assert dict(scope["headers"])[b"host"] == b"office.example"
    assert request_id_of(scope) == "a-1.b_2"
    assert not is_from_here(scope)


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        # What stands before the first address that is none of ours was written by whoever asks.
        (b"127.0.0.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (b"198.51.100.7:4711", "198.51.100.7"),
        (b"[2001:db8::1]:443", "2001:db8::1"),
        (b"nonsense, 10.0.0.2", "10.0.0.2"),
        (b"nonsense", "10.0.0.1"),
        (b"", "10.0.0.1"),
    ],
)
def test_the_client_of_a_chain(chain: bytes, client: str) -> None:
    scope, _ = passed([(b"x-forwarded-for", chain)])
    assert scope is not None
    assert scope["client"][0] == client


@pytest.mark.parametrize("said", [b"ftp", b"", b"javascript"])
def test_a_scheme_that_is_none_is_as_if_absent(said: bytes) -> None:
    scope, _ = passed([(b"x-forwarded-proto", said)])
    assert scope is not None
    assert scope["scheme"] == "http"


@pytest.mark.parametrize("given", [b"a b", b"x" * 65, b"\xe4", b"a\x1bb"])
def test_an_id_that_could_forge_a_line_is_replaced(given: bytes) -> None:
    scope, _ = passed([(b"x-request-id", given)])
    assert scope is not None
    assert len(request_id_of(scope)) == 32


def test_the_prefix_is_there_whether_it_was_taken_off_or_not() -> None:
    for path in ("/lion/api", "/api"):
        scope, _ = passed([], prefix="/lion", path=path)
        assert scope is not None
        assert (scope["root_path"], scope["path"], scope["raw_path"]) == ("/lion", "/lion/api", b"/lion/api")
    scope, sent = passed([], prefix="/lion", path="/lion")
    assert scope is None
    assert sent[0]["status"] == 308
    assert (b"location", b"/lion/") in sent[0]["headers"]
    scope, _ = passed([], prefix="/lion", path="/lionfish")
    assert scope is not None
    assert scope["path"] == "/lion/lionfish"


@pytest.mark.parametrize(("text", "prefix"), [("", ""), ("/", ""), ("lion", "/lion"), ("/a/b/", "/a/b")])
def test_prefixes(text: str, prefix: str) -> None:
    assert prefix_of(text) == prefix


@pytest.mark.parametrize("text", ["/a b", "/../x", "/a//b", "/<x>", "/a?b"])
def test_a_prefix_that_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="LIONROCK_PATH_PREFIX"):
        prefix_of(text)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="LIONROCK_TRUSTED_PROXIES"):
        networks_of("10.0.0.1, proxy.local", "LIONROCK_TRUSTED_PROXIES")
