"""Bodies are counted while they come; every answer carries the headers that keep others out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from lionrock.server.guard import Guard, SafeHeaders, allowed_hosts

Parts = Callable[[], AsyncIterator[Any]]


def answered(
    parts: Parts,
    *,
    headers: tuple[tuple[bytes, bytes], ...] = (),
    largest: int = 100,
    idle: float = 5.0,
    scheme: str = "http",
    path: str = "/api/v1/ask",
    method: str = "POST",
) -> tuple[int, dict[bytes, bytes], int]:
    """(status, headers, bytes that the program was given) of a request whose body comes in parts."""
    sent: list[Any] = []
    given = 0
    source = parts()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal given
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RuntimeError("the client went away")
            given += len(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    async def receive() -> Any:
        return await anext(source)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "scheme": scheme,
        "headers": [(b"host", b"localhost:8321"), *headers],
    }
    guard = Guard(app, hosts=allowed_hosts("127.0.0.1", "office.example"), largest_body=largest, idle_seconds=idle)
    asyncio.run(SafeHeaders(guard)(scope, receive, send))
    assert [message["type"] for message in sent].count("http.response.start") == 1
    return sent[0]["status"], dict(sent[0]["headers"]), given


def chunks(*sizes: int, pause: float = 0.0) -> Parts:
    async def made() -> AsyncIterator[Any]:
        for number, size in enumerate(sizes, 1):
            await asyncio.sleep(pause)
            yield {"type": "http.request", "body": b"x" * size, "more_body": number < len(sizes)}

    return made


def test_a_body_in_chunks_may_be_as_large_as_one_that_says_its_length() -> None:
    assert answered(chunks(50, 50))[0] == 200
    status, headers, given = answered(chunks(60, 60, 60))
    assert (status, given) == (413, 60)
    assert b"content-security-policy" in headers


def test_a_length_that_is_too_large_is_refused_before_anything_is_received() -> None:
    status, _, given = answered(chunks(1), headers=((b"content-length", b"101"),))
    assert (status, given) == (413, 0)


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"\xb2", b"9" * 400])
def test_a_length_that_is_none_is_refused(length: bytes) -> None:
    assert answered(chunks(1), headers=((b"content-length", length),))[0] == 413


def test_only_what_brings_files_may_be_large() -> None:
    large = 9_000_000
    assert answered(chunks(large), largest=10**9)[0] == 413
    form = ((b"content-type", b"multipart/form-data; boundary=x"),)
    assert answered(chunks(large), largest=10**9, headers=form)[0] == 200


def test_a_body_that_does_not_come_is_given_up() -> None:
    status, _, given = answered(chunks(10, 10, pause=0.3), idle=0.1)
    assert (status, given) == (408, 0)


def test_a_body_that_trickles_is_given_up() -> None:
    status, _, given = answered(chunks(*[1] * 50, pause=0.02), idle=0.2)
    assert status == 408
    assert given < 50


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (((b"host", b"office.example"),), 200),
        (((b"host", b"OFFICE.example:443"),), 200),
        (((b"host", b"office.example.evil"),), 421),
        (((b"host", b"office.example"), (b"origin", b"https://office.example")), 200),
        (((b"host", b"office.example"), (b"origin", b"https://evil.example")), 403),
        (((b"host", b"office.example"), (b"origin", b"null")), 403),
        (((b"sec-fetch-site", b"cross-site"),), 403),
    ],
)
def test_names_and_origins(headers: tuple[tuple[bytes, bytes], ...], status: int) -> None:
    assert answered(chunks(1), headers=headers)[0] == status


def test_headers_of_every_answer() -> None:
    _, headers, _ = answered(chunks(1))
    policy = headers[b"content-security-policy"].decode()
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert {directives[name] for name in ("script-src", "style-src", "connect-src", "worker-src", "form-action")} == {
        "'self'"
    }
    assert {directives[name] for name in ("frame-ancestors", "base-uri", "object-src")} == {"'none'"}
    assert "unsafe" not in policy
    assert headers[b"cross-origin-opener-policy"] == headers[b"cross-origin-resource-policy"] == b"same-origin"
    assert b"geolocation=()" in headers[b"permissions-policy"]
    assert headers[b"cache-control"] == b"no-store"


def test_only_https_is_told_to_stay_with_https() -> None:
    assert b"strict-transport-security" not in answered(chunks(1))[1]
    assert answered(chunks(1), scheme="https")[1][b"strict-transport-security"] == b"max-age=31536000"


def test_files_of_the_page_may_be_kept() -> None:
    assert b"cache-control" not in answered(chunks(0), path="/static/x.css", method="GET")[1]
