"""Once there is an account, no route answers a call without credentials; whoever adds one cannot forget it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.routing import Mount, Route

from lionrock.app import App
from office import ADDRESS, PASSWORD, Office

OPEN = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/sign-in"),
    ("GET", "/first-run"),
    ("GET", "/api/v1/first-run"),
    ("POST", "/api/v1/first-run"),
    ("POST", "/api/v1/session"),
}
GUARDED_ELSEWHERE = {("GET", "/metrics")}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def routes(api: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Every (method, path) that the application answers, those of mounted ones too, with something for each parameter."""
    for route in api.routes or ():
        path = before + (getattr(route, "path", None) or "")
        if isinstance(route, Mount):
            yield from routes(route, path)
            yield "GET", f"{path}/x"
        elif isinstance(route, Route):
            for method in route.methods or METHODS:
                yield method, re.sub(r"{[^}]*}", "x", path)
        else:
            # A router that was included, whole.
            yield from routes(route.original_router, path)


def walked(office: Office) -> set[tuple[str, str]]:
    found = set(routes(office.api))
    told = office.signed_in("admin").get("/api/openapi.json").json()["paths"]
    described = {(verb.upper(), re.sub(r"{[^}]*}", "x", path)) for path, verbs in told.items() for verb in verbs}
    return found | described


def refused(status: int, location: str, path: str) -> bool:
    if path.split("/")[1] in ("api", "v1", "mcp", "ui"):
        return status == 401
    return status == 401 or (status == 303 and location.startswith("/sign-in?next="))


def test_every_route_is_closed(office: Office) -> None:
    found = walked(office)
    assert len(found) > 50
    assert {("POST", "/mcp"), ("POST", "/v1/chat/completions"), ("GET", "/"), ("GET", "/api/openapi.json")} <= found
    stranger = office.browser(follow_redirects=False)
    for method, path in sorted(found - OPEN - GUARDED_ELSEWHERE):
        if path.startswith("/static") or (method == "HEAD" and ("GET", path) in OPEN | GUARDED_ELSEWHERE):
            continue
        answer = stranger.request(method, path)
        assert refused(answer.status_code, answer.headers.get("location", ""), path), (method, path, answer.status_code)
    assert stranger.get("/metrics").status_code == 404


@pytest.mark.parametrize(
    "credentials",
    [
        {"authorization": "Bearer lrk_0000000000000000000000000000000000000000000"},
        {"authorization": "Bearer "},
        {"authorization": "lrk_x"},
        {"authorization": "Basic YWRtaW46eA=="},
        {"cookie": "lionrock_session=0000000000000000000000000000000000000000000"},
        {"cookie": "lionrock_session="},
        {"cookie": 'lionrock_session="\\000"'},
    ],
)
def test_made_up_credentials_are_none(office: Office, credentials: dict[str, str]) -> None:
    stranger = office.browser(headers=credentials, follow_redirects=False)
    for method, path in (("GET", "/api/v1/documents"), ("POST", "/api/v1/search"), ("GET", "/api/v1/unheard-of")):
        answer = stranger.request(method, path, json={"query": "a"} if method == "POST" else None)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["error"]["type"] == "SignInError"
    assert stranger.get("/").headers["location"] == "/sign-in?next=%2F"


def test_a_wrong_key_is_not_made_good_by_a_cookie(office: Office) -> None:
    browser = office.signed_in("admin")
    assert browser.get("/api/v1/me").status_code == 200
    assert browser.get("/api/v1/me", headers={"authorization": "Bearer lrk_wrong"}).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/static/../api/v1/documents",
        "/static/%2e%2e/api/v1/documents",
        "/healthz/../api/v1/documents",
        "//api/v1/documents",
        "/API/v1/documents",
        "/api/v1/session/../documents",
        "/sign-in/../api/v1/documents",
    ],
)
def test_no_spelling_of_a_path_leads_around(office: Office, path: str) -> None:
    office.app.people.exist()
    answer = office.browser(follow_redirects=False).get(f"{ADDRESS}{path}")
    assert answer.status_code in (303, 401, 404)
    assert "documents" not in answer.text


def test_a_page_is_come_back_to(office: Office) -> None:
    answer = office.browser(follow_redirects=False).get("/?lang=en&x=%26")
    assert answer.headers["location"] == "/sign-in?next=%2F%3Flang%3Den%26x%3D%2526"


def test_without_accounts_the_local_owner_needs_no_sign_in(make_app: Callable[..., App], database_url: str) -> None:
    office = Office(make_app(database_url))
    browser = office.browser()
    me = browser.get("/api/v1/me").json()
    assert (me["person_id"], me["signed_in"], me["is_owner"], me["csrf_token"]) == ("owner", False, True, None)
    assert [browser.post("/api/v1/search", json={"query": "a"}).status_code for _ in range(40)] == [200] * 40
    assert browser.get("/api/v1/keys").status_code == 422
    assert browser.get("/api/v1/first-run").json() == {"needed": True, "code": False}


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host"])
def test_what_was_passed_on_is_not_the_local_owners(make_app: Callable[..., App], header: str) -> None:
    office = Office(make_app())
    passed_on = office.browser(headers={header: "10.0.0.9"}, follow_redirects=False)
    assert passed_on.get("/api/v1/documents").status_code == 401
    assert passed_on.get("/").headers["location"] == "/first-run"
    assert passed_on.get("/api/v1/first-run").json() == {"needed": True, "code": True}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "lionrock.example"])
def test_a_server_that_others_reach_is_closed_before_there_is_an_account(
    make_app: Callable[..., App], host: str
) -> None:
    office = Office(make_app(host=host))
    browser = office.browser(follow_redirects=False)
    assert browser.get("/api/v1/documents").status_code == 401
    assert browser.post("/api/v1/people", json={"name": "eve", "password": PASSWORD}).status_code == 401
    assert browser.get("/").headers["location"] == "/first-run"
    body = {"name": "eve", "password": PASSWORD}
    for code in ({}, {"code": ""}, {"code": "AAAA-AAAA-AAAA-AAAA"}, {"code": "é"}):
        assert browser.post("/api/v1/first-run", json={**body, **code}).status_code == 403
    right = office.app.people.first_run_code()
    assert len(right.replace("-", "")) == 16
    made = browser.post("/api/v1/first-run", json={**body, "code": right.lower()})
    assert (made.status_code, made.json()["is_owner"], made.json()["person_id"]) == (200, True, "owner")
    assert browser.get("/api/v1/documents").status_code == 200
    again = office.browser().post("/api/v1/first-run", json={"name": "mallory", "password": PASSWORD, "code": right})
    assert again.status_code == 403
