"""An installation with accounts, for tests: its clock is set by hand and its passwords are cheap to check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from lionrock.app import App
from lionrock.app.passwords import Passwords
from lionrock.app.people import NewPerson, People
from lionrock.records import Classification
from lionrock.server.asgi import create_api

__all__ = ["ADDRESS", "HARMLESS", "PASSWORD", "Clock", "Office", "said", "try_in"]

ADDRESS = "http://127.0.0.1:8321"
PASSWORD = "rain over the harbour"
HARMLESS = {"query": "fee"}


def try_in(browser: TestClient, name: str = "wong", password: str = PASSWORD) -> Any:
    return browser.post("/api/v1/session", json={"name": name, "password": password})


def said(answer: Any) -> str:
    return str(answer.json()["error"]["message"])


class Clock:
    """The time, set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **times: float) -> None:
        self.now += timedelta(**times)


class Office:
    """An App whose people have a clock set by hand, the server around it, and browsers that call it."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.clock = Clock()
        self.passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        app.__dict__["people"] = People(app.settings, app._database, clock=self.clock, passwords=self.passwords)
        self.api = create_api(app)

    def add(self, name: str, *departments: str, owner: bool = False, clearance: str = "OPEN") -> str:
        level = Classification[clearance]
        person = NewPerson(name, departments=frozenset(departments), is_owner=owner, clearance=level)
        return self.app.people.add(person, PASSWORD).id

    def browser(self, address: str = ADDRESS, **settings: Any) -> TestClient:
        """A browser that is not signed in."""
        return TestClient(self.api, base_url=address, **settings)

    def signed_in(self, name: str, **settings: Any) -> TestClient:
        """A browser of a person, that sends the token against forged requests as the page does."""
        browser = self.browser(**settings)
        answer = browser.post("/api/v1/session", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        browser.headers["x-csrf-token"] = answer.json()["csrf_token"]
        return browser

    def program(self, name: str, *scopes: str, **fields: Any) -> TestClient:
        """A program with an API key of a person."""
        made = self.signed_in(name).post("/api/v1/keys", json={"name": "program", "scopes": list(scopes), **fields})
        assert made.status_code == 200, made.text
        return self.browser(headers={"authorization": f"Bearer {made.json()['key']}"})
