"""The objects of accounts have the keys that the page of the contract tells."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lionrock.app.people_json import key_json, me_json, person_json, session_json
from lionrock.app.sign_in import LOCAL
from lionrock.records import Classification
from lionrock.storage.people import Person
from lionrock.storage.sessions import Key, Session

PAGE = (Path(__file__).parents[3] / "docs" / "contract.md").read_text(encoding="utf-8")
DAY = datetime(2026, 1, 1, tzinfo=UTC)
PERSON = Person("p", "wong", "Wong", frozenset({"b", "a"}), Classification.OPEN, False, False, None, 0, None, DAY, DAY)
KEY = Key("k", "p", "n", frozenset({"read", "ask"}), None, DAY, None, None, None)
SESSION = Session("s", "p", "d", "a", DAY, DAY, DAY)


@pytest.mark.parametrize(
    ("start", "made"),
    [
        ("an account", person_json(PERSON)),
        ("an API key", key_json(KEY)),
        ("a sign-in", session_json(SESSION, "s")),
        ("who calls", me_json(LOCAL, None)),
    ],
)
def test_keys(start: str, made: dict[str, object]) -> None:
    item = re.search(rf"^- {re.escape(start)}: (.*?);", PAGE, re.MULTILINE | re.DOTALL)
    assert item is not None, start
    assert re.findall(r"`(\w+)`", item[1]) == list(made)


def test_lists_are_in_order_and_the_current_sign_in_is_marked() -> None:
    assert (person_json(PERSON)["departments"], key_json(KEY)["scopes"]) == (["a", "b"], ["ask", "read"])
    assert [session_json(SESSION, current)["current"] for current in ("s", "other", None)] == [True, False, False]
