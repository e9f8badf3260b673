"""What a call must be allowed, the token against forged requests, what counts as loopback."""

from __future__ import annotations

import pytest

from lionrock.server.session import csrf_of, default_scope, is_loopback


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/", "read"),
        ("GET", "/api/openapi.json", "read"),
        ("GET", "/api/v1/documents", "read"),
        ("HEAD", "/api/v1/documents/x/original", "read"),
        ("GET", "/v1/models", "read"),
        ("POST", "/api/v1/search", "ask"),
        ("POST", "/api/v1/ask", "ask"),
        ("POST", "/api/v1/conversations", "ask"),
        ("GET", "/api/v1/conversations", "read"),
        ("POST", "/v1/chat/completions", "ask"),
        ("POST", "/mcp", "ask"),
        ("GET", "/mcp", "ask"),
        ("POST", "/api/v1/ingest", "write"),
        ("DELETE", "/api/v1/documents/ask", "write"),
        ("POST", "/api/v1/unheard-of", "write"),
        ("PUT", "/ask", "write"),
        ("GET", "/api/v1/people", "admin"),
        ("PATCH", "/api/v1/people/x", "admin"),
        ("GET", "/api/v1/policies", "admin"),
        ("PUT", "/api/v1//policies/finance", "admin"),
        ("GET", "/api/v1/batches", "admin"),
    ],
)
def test_what_a_call_must_be_allowed(method: str, path: str, scope: str) -> None:
    assert default_scope(method, path) == scope


def test_the_token_against_forged_requests_belongs_to_one_session_and_does_not_show_its_token() -> None:
    one, other = csrf_of("token one"), csrf_of("token other")
    assert one == csrf_of("token one")
    assert one != other
    assert "token" not in one
    assert len(one) == 64


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.5", "192.168.1.1", "", "localhost.example", "lionrock.local"]
)
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)
