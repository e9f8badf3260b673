"""API keys over HTTP, limits, and what the log tells, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lionrock.app import App
from lionrock.app.people import PersonChange
from office import ADDRESS, HARMLESS, PASSWORD, Office, said, try_in

OTHER = "snow on Tai Mo Shan"

CALLS: dict[str, tuple[str, str, Any]] = {
    "read": ("GET", "/api/v1/documents", None),
    "ask": ("POST", "/api/v1/search", HARMLESS),
    "write": ("POST", "/api/v1/collections", {"name": "papers", "department": "finance"}),
    "admin": ("GET", "/api/v1/people", None),
}


@pytest.mark.parametrize("scopes", [("read",), ("ask",), ("write",), ("read", "ask"), ("admin",)])
def test_a_key_does_what_it_is_for_and_nothing_else(office: Office, scopes: tuple[str, ...]) -> None:
    program = office.program("admin", *scopes)
    for scope, (method, path, body) in CALLS.items():
        answer = program.request(method, path, json=body)
        assert answer.status_code == (200 if scope in scopes else 403), (scope, answer.text)
        if scope not in scopes:
            assert f"“{scope}”" in said(answer)


def test_administration_is_for_administrators(office: Office) -> None:
    wong = office.signed_in("wong")
    person = {"name": "eve", "password": PASSWORD, "is_owner": True}
    assert wong.get("/api/v1/people").status_code == 403
    assert wong.post("/api/v1/people", json=person).status_code == 403
    assert wong.put("/api/v1/policies/finance", json={"personal_data": "allow"}).status_code == 403
    assert wong.post("/api/v1/keys", json={"name": "k", "scopes": ["admin"]}).status_code == 403
    assert office.signed_in("admin").put("/api/v1/policies/finance", json={"personal_data": "allow"}).status_code == 200


def test_a_key_is_shown_once_and_works_until_it_is_revoked(office: Office) -> None:
    wong = office.signed_in("wong")
    made = wong.post("/api/v1/keys", json={"name": "weekly report", "scopes": ["read", "ask"]}).json()
    assert made["key"].startswith("lrk_")
    [listed] = wong.get("/api/v1/keys").json()["keys"]
    assert listed == {name: value for name, value in made.items() if name != "key"}
    program = office.browser(headers={"authorization": f"Bearer {made['key']}"})
    assert program.get("/api/v1/me").json()["signed_in"] is False
    assert wong.get("/api/v1/keys").json()["keys"][0]["used_at"] == "2026-03-01T09:00:00+00:00"
    office.clock.on(seconds=59)
    program.get("/api/v1/me")
    assert wong.get("/api/v1/keys").json()["keys"][0]["used_at"] == "2026-03-01T09:00:00+00:00"
    office.clock.on(seconds=1)
    program.get("/api/v1/me")
    assert wong.get("/api/v1/keys").json()["keys"][0]["used_at"] == "2026-03-01T09:01:00+00:00"
    assert office.signed_in("admin").delete(f"/api/v1/keys/{made['key_id']}").status_code == 404
    assert program.get("/api/v1/me").status_code == 200
    assert wong.delete(f"/api/v1/keys/{made['key_id']}").json() == {"key_id": made["key_id"], "revoked": True}
    assert program.get("/api/v1/me").status_code == 401
    assert wong.get("/api/v1/keys").json()["keys"][0]["revoked_at"] == "2026-03-01T09:01:00+00:00"


def test_a_key_expires(office: Office) -> None:
    wong = office.signed_in("wong")
    body = {"name": "k", "scopes": ["read"]}
    assert wong.post("/api/v1/keys", json={**body, "expires_at": "2026-03-01T08:59:00Z"}).status_code == 422
    program = office.program("wong", "read", expires_at="2026-03-01T18:00:00+08:00")
    assert program.get("/api/v1/me").status_code == 200
    office.clock.on(minutes=60)
    assert program.get("/api/v1/me").status_code == 401


def test_a_key_reaches_no_further_than_its_person(office: Office) -> None:
    office.add("lee", "finance", "law")
    for department in ("finance", "law"):
        files = {"files": (f"{department}.md", f"# Fee\n\nThe fee of {department} is HK$40.\n".encode())}
        office.signed_in("lee").post("/api/v1/ingest", files=files, data={"department": department})

    def seen(program: TestClient) -> set[str]:
        hits = program.post("/api/v1/search", json={"query": "fee"}).json()["hits"]
        return {hit["department"] for hit in hits}

    whole, part = office.program("lee", "ask"), office.program("lee", "ask", departments=["law"])
    owners = office.program("admin", "ask", departments=["law"])
    assert [seen(program) for program in (whole, part, owners)] == [{"finance", "law"}, {"law"}, {"law"}]
    wong = office.signed_in("wong")
    for departments, status in ((["law"], 403), (["finance", "law"], 403), ([], 422), (["finance"], 200)):
        body = {"name": "k", "scopes": ["ask"], "departments": departments}
        assert wong.post("/api/v1/keys", json=body).status_code == status
    body = {"name": "k", "scopes": ["admin"], "departments": ["law"]}
    assert office.signed_in("admin").post("/api/v1/keys", json=body).status_code == 422
    lee = office.app.people.named("lee").id
    office.app.people.change(lee, PersonChange(departments=frozenset({"finance"})))
    assert [seen(program) for program in (whole, part)] == [{"finance"}, set()]


def test_no_key_makes_keys_or_changes_an_account(office: Office) -> None:
    program = office.program("admin", "read", "ask", "write", "admin")
    for method, path, body in (
        ("GET", "/api/v1/keys", None),
        ("POST", "/api/v1/keys", {"name": "k", "scopes": ["read"]}),
        ("GET", "/api/v1/sessions", None),
        ("DELETE", "/api/v1/sessions", None),
        ("DELETE", "/api/v1/session", None),
        ("PATCH", "/api/v1/me", {"password": OTHER, "old_password": PASSWORD}),
    ):
        assert program.request(method, path, json=body).status_code == 403, (method, path)


# -- limits and the log


def test_questions_sign_ins_and_others_are_counted_apart(make_app: Callable[..., App]) -> None:
    office = Office(make_app(questions_per_minute=3, sign_ins_per_minute=4, requests_per_minute=8))
    office.add("admin", owner=True)
    office.add("wong", "finance")
    wong, admin = office.signed_in("wong"), office.signed_in("admin")
    told = [wong.post("/api/v1/search", json=HARMLESS) for _ in range(4)]
    assert [answer.status_code for answer in told] == [200, 200, 200, 429]
    assert int(told[3].headers["retry-after"]) in range(1, 21)
    assert "3 times in a minute" in said(told[3])
    assert admin.post("/api/v1/search", json=HARMLESS).status_code == 200
    assert [wong.get("/api/v1/me").status_code for _ in range(9)] == [200] * 8 + [429]
    # Two of four have been used to sign in.
    assert [try_in(office.browser(), "nobody").status_code for _ in range(3)] == [401, 401, 429]
    assert office.browser().get("/healthz").status_code == 200


def test_the_log_tells_what_happened_and_no_secret(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wong = office.signed_in("wong")
    for _ in range(6):
        try_in(office.browser(), password="my other password")
    try_in(office.browser(), "typed password as name", PASSWORD)
    made = wong.post("/api/v1/keys", json={"name": "k", "scopes": ["read"]}).json()
    office.browser(headers={"authorization": f"Bearer {made['key']}"}).get("/api/v1/me")
    wong.delete(f"/api/v1/keys/{made['key_id']}")
    told = [record for record in caplog.records if record.name == "lionrock.audit"]
    events = [record.__dict__["event"] for record in told]
    assert events == [
        "sign_in",
        *["sign_in_failed"] * 5,
        "locked_out",
        "sign_in_refused",
        "sign_in_failed",
        "key_made",
        "key_first_used",
        "key_revoked",
    ]
    person = office.app.people.named("wong").id
    assert (told[0].__dict__["person"], told[0].__dict__["address"]) == (person, "testclient")
    assert (told[6].__dict__["seconds"], told[9].__dict__["key"]) == (30.0, made["key_id"])
    everything = "".join(json.dumps(record.__dict__, default=repr) for record in caplog.records) + caplog.text
    token = wong.cookies["lionrock_session"]
    for secret in (PASSWORD, "my other password", "typed password", made["key"], token, wong.headers["x-csrf-token"]):
        assert secret not in everything


def test_nothing_secret_in_what_is_printed_of_records(office: Office) -> None:
    people = office.app.people
    signed = people.sessions.sign_in("wong", PASSWORD)
    key = people.keys.create(signed.person, "k", frozenset({"read"}))
    assert signed.token not in repr(signed)
    assert key.secret not in repr(key)
    assert "argon2" not in repr((signed, key, people.all()))
    assert ADDRESS not in repr(people)
