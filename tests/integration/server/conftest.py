"""Installations with accounts, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lionrock.app import App
from office import Office


@pytest.fixture
def office(make_app: Callable[..., App], database_url: str) -> Office:
    """An administrator `admin`, and `wong` of the department `finance`; nothing is counted."""
    made = Office(make_app(database_url, sign_ins_per_minute=0, questions_per_minute=0, requests_per_minute=0))
    made.add("admin", owner=True, clearance="CONFIDENTIAL")
    made.add("wong", "finance")
    return made
