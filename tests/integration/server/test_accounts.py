"""Signing in, sessions and accounts over HTTP, with a clock set by hand, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from lionrock.app import App
from office import HARMLESS, PASSWORD, Office, said, try_in

OTHER = "snow on Tai Mo Shan"


# -- sign-in


@pytest.mark.parametrize("where", [{"department": "law"}, {"classification": "restricted"}])
def test_nobody_adds_documents_where_he_could_not_see_them(office: Office, where: dict[str, str]) -> None:
    wong = office.signed_in("wong")
    files = {"files": ("rules.md", b"# Rules\n\nNobody may enter.\n", "text/markdown")}
    refused = wong.post("/api/v1/ingest", files=files, data=where)
    assert refused.status_code == 422
    assert "could not see" in refused.json()["error"]["message"]


def test_without_a_named_department_documents_go_to_ones_own(office: Office) -> None:
    wong = office.signed_in("wong")
    files = {"files": ("rules.md", b"# Rules\n\nNobody may enter.\n", "text/markdown")}
    taken = wong.post("/api/v1/ingest", files=files).json()["results"][0]
    assert wong.get(f"/api/v1/documents/{taken['document_id']}").json()["department"] == "finance"


def test_signed_in_one_sees_ones_own_department_and_another_sees_nothing(office: Office) -> None:
    office.add("chan", "law")
    wong, chan, admin = (office.signed_in(name) for name in ("wong", "chan", "admin"))
    files = {"files": ("fees.md", b"# Fees\n\nThe parking fee is HK$40.\n")}
    taken = wong.post("/api/v1/ingest", files=files, data={"department": "finance"}).json()["results"][0]
    document = f"/api/v1/documents/{taken['document_id']}"
    for who in (wong, admin):
        [hit] = who.post("/api/v1/search", json={"query": "parking fee"}).json()["hits"]
        assert hit["document_id"] == taken["document_id"]
        assert who.get(document).status_code == 200
    assert chan.post("/api/v1/search", json={"query": "parking fee"}).json()["hits"] == []
    assert chan.get("/api/v1/documents").json()["documents"] == []
    for method, path in (
        ("GET", document),
        ("GET", f"{document}/text"),
        ("GET", f"{document}/original"),
        ("DELETE", document),
    ):
        assert chan.request(method, path).status_code == 404
    assert chan.get(f"/api/v1/passages/{hit['passage_id']}").status_code == 404
    assert chan.get("/api/v1/batches").status_code == 403
    assert wong.get(document).status_code == 200


def test_a_clearance_is_a_ceiling(office: Office) -> None:
    admin = office.signed_in("admin")
    files = {"files": ("plan.md", b"# Plan\n\nThe bridge opens in May.\n")}
    facts = {"department": "finance", "classification": "restricted"}
    admin.post("/api/v1/ingest", files=files, data=facts)
    wong = office.signed_in("wong")
    assert wong.post("/api/v1/search", json={"query": "bridge"}).json()["hits"] == []
    [person] = [one for one in admin.get("/api/v1/people").json()["people"] if one["name"] == "wong"]
    changed = admin.patch(f"/api/v1/people/{person['person_id']}", json={"clearance": "restricted"})
    assert changed.json()["clearance"] == "restricted"
    assert len(wong.post("/api/v1/search", json={"query": "bridge"}).json()["hits"]) == 1


def test_who_one_is(office: Office) -> None:
    me = office.signed_in("wong").get("/api/v1/me").json()
    expected = {"name": "wong", "departments": ["finance"], "clearance": "open", "is_owner": False, "signed_in": True}
    assert {name: me[name] for name in expected} == expected
    assert me["scopes"] == ["ask", "read", "write"]


@pytest.mark.parametrize("name", ["WONG", " wong ", "ｗｏｎｇ"])
def test_case_and_width_of_a_name_do_not_count(office: Office, name: str) -> None:
    assert try_in(office.browser(), name).status_code == 200
    admin = office.signed_in("admin")
    assert admin.post("/api/v1/people", json={"name": name, "password": PASSWORD}).status_code == 422


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("wong", "wrong password"),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("wong", ""),
        ("wo\x00ng", PASSWORD),
        ("wong", PASSWORD.upper()),
        ("'; drop table people; --", PASSWORD),
    ],
)
def test_what_is_wrong_is_told_in_the_same_words(office: Office, name: str, password: str) -> None:
    body = json.dumps({"name": name, "password": password})
    answer = office.browser().post("/api/v1/session", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, said(answer)) == (401, "The name or the password is wrong.")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(("name", "password"), [("\ud800", PASSWORD), ("wong", "rain over \ud800")])
def test_half_a_character_is_a_wrong_call(office: Office, name: str, password: str) -> None:
    body = json.dumps({"name": name, "password": password})
    answer = office.browser().post("/api/v1/session", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert "rain" not in answer.text


def test_the_cookie(office: Office) -> None:
    plain = try_in(office.browser()).headers["set-cookie"]
    assert plain.startswith("lionrock_session=")
    parts = {part.strip().lower() for part in plain.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", "max-age=604800"} <= parts
    assert "secure" not in parts
    secure = try_in(office.browser("https://127.0.0.1:8321")).headers["set-cookie"]
    assert "secure" in {part.strip().lower() for part in secure.split(";")}
    token = plain.split("=", 1)[1].split(";")[0]
    assert len(token) >= 43


def test_below_a_prefix_the_cookie_is_for_the_prefix(make_app: Callable[..., App]) -> None:
    office = Office(make_app(path_prefix="/lionrock"))
    office.add("admin", owner=True)
    browser = office.browser(follow_redirects=False)
    answer = browser.post("/lionrock/api/v1/session", json={"name": "admin", "password": PASSWORD})
    assert "path=/lionrock;" in f"{answer.headers['set-cookie'].lower()};"
    assert browser.get("/lionrock/api/v1/me").status_code == 200
    stranger = office.browser(follow_redirects=False)
    assert stranger.get("/lionrock/api/v1/me").status_code == 401
    assert stranger.get("/lionrock/").headers["location"] == "/lionrock/sign-in?next=%2F"


def test_each_sign_in_has_a_new_token_and_ends_the_one_before(office: Office) -> None:
    browser = office.browser()
    # A token that somebody else put there is not taken over.
    planted = "planted" * 7
    browser.cookies.set("lionrock_session", planted)
    tokens = []
    for _ in range(2):
        answer = try_in(browser)
        tokens.append(answer.headers["set-cookie"].split("=", 1)[1].split(";")[0])
    assert planted not in tokens
    assert tokens[0] != tokens[1]
    states = [
        office.browser(headers={"cookie": f"lionrock_session={token}"}).get("/api/v1/me").status_code
        for token in (planted, *tokens)
    ]
    assert states == [401, 401, 200]


def test_of_tokens_only_hashes_are_kept(office: Office) -> None:
    browser = office.signed_in("wong")
    token = browser.cookies["lionrock_session"]
    key = browser.post("/api/v1/keys", json={"name": "k", "scopes": ["read"]}).json()["key"]
    with office.app._database.connect() as connection:
        rows = [
            repr(connection.exec_driver_sql(f"select * from {table}").all())
            for table in ("people", "sessions", "api_keys", "meta")
        ]
    assert all(secret not in "".join(rows) for secret in (token, key, PASSWORD))
    assert "$argon2id$" in rows[0]


def test_out_is_out(office: Office) -> None:
    browser = office.signed_in("wong")
    token = browser.cookies["lionrock_session"]
    assert browser.delete("/api/v1/session").json() == {"signed_in": False}
    assert "lionrock_session" not in browser.cookies
    kept = office.browser(headers={"cookie": f"lionrock_session={token}"})
    assert kept.get("/api/v1/me").status_code == 401


def test_a_session_ends_when_it_is_not_used_and_in_any_case_after_its_time(office: Office) -> None:
    used, unused = office.signed_in("wong"), office.signed_in("wong")
    for _ in range(2):
        office.clock.on(minutes=479)
        assert used.get("/api/v1/me").status_code == 200
    assert unused.get("/api/v1/me").status_code == 401
    for _ in range(30):
        office.clock.on(hours=5)
        state = used.get("/api/v1/me").status_code
    # 16 hours, and 30 times 5: just below the week.
    assert state == 200
    office.clock.on(hours=3)
    assert used.get("/api/v1/me").status_code == 401


def test_a_clock_that_goes_backwards_ends_nothing_and_lengthens_nothing(office: Office) -> None:
    browser = office.signed_in("wong")
    office.clock.on(minutes=-5)
    assert browser.get("/api/v1/me").status_code == 200
    office.clock.on(days=300)
    ahead = office.signed_in("wong")
    for _ in range(5):
        try_in(office.browser(), "admin", "wrong password")
    assert try_in(office.browser(), "admin").status_code == 429
    office.clock.on(days=-300)
    # Else it would live for 307 days, and the name be closed for 300.
    assert ahead.get("/api/v1/me").status_code == 401
    assert try_in(office.browser(), "admin").status_code == 200


def test_sessions_are_listed_and_ended(office: Office) -> None:
    here = office.signed_in("wong", headers={"user-agent": "Firefox \x7f on a desk" + "x" * 500})
    office.clock.on(minutes=2)
    there, third = office.signed_in("wong"), office.signed_in("wong")
    admin = office.signed_in("admin")
    here.get("/api/v1/me")
    listed = here.get("/api/v1/sessions").json()["sessions"]
    assert len(listed) == 3
    [current] = [session for session in listed if session["current"]]
    assert current["device"].startswith("Firefox  on a desk")
    assert len(current["device"]) == 200
    assert (current["address"], current["used_at"]) == ("testclient", "2026-03-01T09:02:00+00:00")
    other = [
        session["session_id"] for session in there.get("/api/v1/sessions").json()["sessions"] if session["current"]
    ]
    assert admin.delete(f"/api/v1/sessions/{other[0]}").status_code == 404
    assert here.delete(f"/api/v1/sessions/{other[0]}").status_code == 200
    assert there.get("/api/v1/me").status_code == 401
    assert here.delete("/api/v1/sessions").json() == {"ended": 1}
    assert third.get("/api/v1/me").status_code == 401
    assert here.get("/api/v1/me").status_code == 200
    assert admin.get("/api/v1/me").status_code == 200


# -- wrong passwords


def test_a_name_is_closed_after_wrong_passwords_for_longer_each_time(office: Office) -> None:
    open_before = office.signed_in("wong")
    browser = office.browser()
    told = [try_in(browser, password="wrong password") for _ in range(5)]
    assert [answer.status_code for answer in told] == [401] * 5
    assert said(told[4]) == "The name or the password is wrong. Nobody can sign in under this name for 30 seconds."
    closed = try_in(browser)
    assert (closed.status_code, closed.headers["retry-after"]) == (429, "30")
    assert said(closed) == "Too many wrong passwords under this name; try again in 30 seconds."
    assert open_before.get("/api/v1/me").status_code == 200
    office.clock.on(seconds=31)
    assert "60 seconds" in said(try_in(browser, password="wrong password"))
    office.clock.on(seconds=59)
    assert try_in(browser).status_code == 429
    office.clock.on(seconds=2)
    assert try_in(browser).status_code == 200
    # The right one set the count back.
    assert said(try_in(browser, password="wrong password")) == "The name or the password is wrong."


def test_a_name_that_nobody_has_is_closed_alike(office: Office) -> None:
    office.clock.on(minutes=1)
    known = [try_in(office.browser(), "wong", "wrong password") for _ in range(7)]
    nobodys = [try_in(office.browser(), "nobody", "wrong password") for _ in range(7)]
    assert [(a.status_code, a.json(), a.headers.get("retry-after")) for a in known] == [
        (a.status_code, a.json(), a.headers.get("retry-after")) for a in nobodys
    ]


def test_a_name_that_nobody_has_costs_the_same_hash_and_write(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes: list[str] = []
    real = office.passwords.matches
    monkeypatch.setattr(office.passwords, "matches", lambda s, p: hashes.append("hash") or real(s, p))
    written: list[str] = []
    begin = office.app._database.begin
    monkeypatch.setattr(office.app._database, "begin", lambda: written.append("write") or begin())
    costs = []
    for name in ("wong", "nobody"):
        try_in(office.browser(), name, "wrong password")
        costs.append((len(hashes), len(written)))
        hashes.clear()
        written.clear()
    assert costs == [(1, 1), (1, 1)]


def test_many_at_once_try_no_more_passwords_than_one_after_the_other(office: Office) -> None:
    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(lambda n: try_in(office.browser(), "wong", f"wrong password {n}"), range(12)))
    assert sorted(answer.status_code for answer in told) == [401] * 5 + [429] * 7


def test_many_at_once_with_the_right_password_all_come_in(office: Office) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: try_in(office.browser()), range(8)))
    assert [answer.status_code for answer in told] == [200] * 8
    assert len({answer.cookies["lionrock_session"] for answer in told}) == 8
    assert len(office.signed_in("wong").get("/api/v1/sessions").json()["sessions"]) == 9


@pytest.mark.parametrize("size", [1_001, 1_000_000])
def test_an_endless_password_is_refused_before_anything_is_computed(
    office: Office, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    wong, admin = office.signed_in("wong"), office.signed_in("admin")

    def never(*_: object) -> bool:
        raise AssertionError("a hash was computed")

    monkeypatch.setattr(office.passwords, "matches", never)
    monkeypatch.setattr(office.passwords, "hash", never)
    endless = "x" * size
    answers = [
        try_in(office.browser(), "wong", endless),
        wong.patch("/api/v1/me", json={"password": endless, "old_password": PASSWORD}),
        wong.patch("/api/v1/me", json={"password": OTHER, "old_password": endless}),
        admin.post("/api/v1/people", json={"name": "chan", "password": endless}),
    ]
    assert {answer.status_code for answer in answers} <= {413, 422}
    assert all("xxxxxxxxxx" not in answer.text for answer in answers)


def test_a_sign_in_says_how_large_it_is(office: Office) -> None:
    parts = iter([b'{"name": "wong", ', b'"password": "x"}'])
    assert office.browser().post("/api/v1/session", content=parts).status_code == 422
    assert office.browser().post("/api/v1/session", content=b"x" * 20_000).status_code == 422


# -- one's own account


def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(office: Office) -> None:
    here, there = office.signed_in("wong"), office.signed_in("wong")
    assert here.patch("/api/v1/me", json={"password": OTHER}).status_code == 422
    assert here.patch("/api/v1/me", json={"password": OTHER, "old_password": "wrong"}).status_code == 401
    assert here.patch("/api/v1/me", json={"password": "short", "old_password": PASSWORD}).status_code == 422
    assert there.get("/api/v1/me").status_code == 200
    assert here.patch("/api/v1/me", json={"password": OTHER, "old_password": PASSWORD}).status_code == 200
    assert (here.get("/api/v1/me").status_code, there.get("/api/v1/me").status_code) == (200, 401)
    assert try_in(office.browser()).status_code == 401
    assert try_in(office.browser(), password=OTHER).status_code == 200


def test_the_old_password_cannot_be_guessed_with_a_session_either(office: Office) -> None:
    here = office.signed_in("wong")
    guesses = [here.patch("/api/v1/me", json={"password": OTHER, "old_password": f"guess {n}"}) for n in range(6)]
    assert [answer.status_code for answer in guesses] == [401] * 5 + [429]


def test_name_and_language_are_ones_own_to_choose_and_nothing_else_is(office: Office) -> None:
    wong = office.signed_in("wong")
    changed = wong.patch(
        "/api/v1/me", json={"display_name": "黃小姐", "language": "zh-HK", "is_owner": True, "departments": ["law"]}
    ).json()
    assert (changed["display_name"], changed["language"]) == ("黃小姐", "zh-HK")
    assert (changed["is_owner"], changed["departments"]) == (False, ["finance"])
    assert wong.patch("/api/v1/me", json={"language": "fr"}).status_code == 422
    assert wong.patch("/api/v1/me", json={"display_name": "two\nlines"}).status_code == 422


# -- forged requests


def test_a_change_by_cookie_needs_the_token(office: Office) -> None:
    wong = office.signed_in("wong")
    others = office.signed_in("admin").headers["x-csrf-token"]
    right = wong.headers.pop("x-csrf-token")
    assert wong.get("/api/v1/me").json()["csrf_token"] == right
    changes = (
        ("POST", "/api/v1/search", HARMLESS),
        ("PATCH", "/api/v1/me", {"language": "en"}),
        ("DELETE", "/api/v1/session", None),
    )
    for method, path, body in changes:
        for headers in ({}, {"x-csrf-token": ""}, {"x-csrf-token": others}, {"x-csrf-token": right[:-1]}):
            assert wong.request(method, path, json=body, headers=headers).status_code == 403, (method, path, headers)
        assert wong.request(method, path, json=body, headers={"x-csrf-token": right}).status_code == 200
    again = office.signed_in("wong")
    assert again.headers["x-csrf-token"] != right


def test_a_program_needs_no_such_token(office: Office) -> None:
    program = office.program("wong", "ask")
    assert program.post("/api/v1/search", json=HARMLESS).status_code == 200


# -- accounts, for administrators


def test_an_account_that_is_disabled_is_out_at_once_with_its_keys(office: Office) -> None:
    wong, program, admin = office.signed_in("wong"), office.program("wong", "read"), office.signed_in("admin")
    person_id = office.app.people.named("wong").id
    assert admin.patch(f"/api/v1/people/{person_id}", json={"disabled": True}).json()["disabled"] is True
    assert (wong.get("/api/v1/me").status_code, program.get("/api/v1/me").status_code) == (401, 401)
    assert "disabled" in said(try_in(office.browser()))
    assert said(try_in(office.browser(), password="wrong password")) == "The name or the password is wrong."
    admin.patch(f"/api/v1/people/{person_id}", json={"disabled": False})
    assert wong.get("/api/v1/me").status_code == 401
    assert (program.get("/api/v1/me").status_code, try_in(office.browser()).status_code) == (200, 200)


def test_one_administrator_always_stays(office: Office) -> None:
    admin = office.signed_in("admin")
    me = admin.get("/api/v1/me").json()["person_id"]
    for change in ({"disabled": True}, {"is_owner": False}):
        assert admin.patch(f"/api/v1/people/{me}", json=change).status_code == 422
    wong = office.app.people.named("wong").id
    admin.patch(f"/api/v1/people/{wong}", json={"is_owner": True})
    assert admin.patch(f"/api/v1/people/{me}", json={"is_owner": False}).status_code == 200
    assert admin.get("/api/v1/people").status_code == 403


def test_a_new_password_of_an_administrator_ends_sessions_and_opens_a_closed_name(office: Office) -> None:
    wong, admin = office.signed_in("wong"), office.signed_in("admin")
    for _ in range(5):
        try_in(office.browser(), password="wrong password")
    listed = {one["name"]: one for one in admin.get("/api/v1/people").json()["people"]}
    assert (listed["wong"]["failed"], listed["wong"]["locked_until"]) == (5, "2026-03-01T09:00:30+00:00")
    path = f"/api/v1/people/{listed['wong']['person_id']}"
    assert admin.patch(path, json={"password": "short", "clearance": "restricted"}).status_code == 422
    assert office.app.people.named("wong").clearance.label == "open"
    assert admin.patch(path, json={"password": OTHER}).status_code == 200
    assert wong.get("/api/v1/me").status_code == 401
    assert try_in(office.browser(), password=OTHER).status_code == 200


def test_two_who_make_the_first_account_at_once(make_app: Callable[..., App], database_url: str) -> None:
    office = Office(make_app(database_url, sign_ins_per_minute=0))

    def make(name: str) -> int:
        return office.browser().post("/api/v1/first-run", json={"name": name, "password": PASSWORD}).status_code

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(make, [f"owner{n}" for n in range(6)]))
    assert sorted(told) == [200] + [403] * 5
    assert len(office.app.people.all()) == 1


def test_the_first_account_is_an_administrators(make_app: Callable[..., App]) -> None:
    office = Office(make_app())
    browser = office.browser()
    assert browser.post("/api/v1/people", json={"name": "wong", "password": PASSWORD}).status_code == 422
    made = browser.post("/api/v1/people", json={"name": "wong", "password": PASSWORD, "is_owner": True})
    assert (made.status_code, made.json()["person_id"]) == (200, "owner")
    assert browser.get("/api/v1/people").status_code == 401


@pytest.mark.parametrize("name", ["", "   ", "two\nlines", "nul\x00", "x" * 101, "\u202e"])
def test_what_is_no_name(office: Office, name: str) -> None:
    answer = office.signed_in("admin").post("/api/v1/people", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 422
