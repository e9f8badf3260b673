"""Accounts and their API keys on the command line, as an administrator uses them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from commands import Commands

PASSWORD = "rain over the harbour"


class Lionrock(Commands):
    """Runs commands on one data folder."""

    prefix = ("people",)

    def add(self, *arguments: str) -> Any:
        return self.json("add", *arguments, "--password-stdin", typed=f"{PASSWORD}\n")


@pytest.fixture
def lionrock(tmp_path: Path) -> Lionrock:
    return Lionrock(tmp_path / "home")


def test_accounts_are_made_changed_and_disabled(lionrock: Lionrock) -> None:
    first = lionrock.run("add", "wong", "--password-stdin", typed=PASSWORD, code=2)
    assert "--owner" in first.stderr
    assert lionrock.add("陳大文", "--owner", "--clearance", "confidential")["is_owner"] is True
    wong = lionrock.add("wong", "--department", "finance", "--display-name", "黃小姐")
    assert (wong["departments"], wong["clearance"]) == (["finance"], "open")
    taken = lionrock.run("add", "WONG", "--password-stdin", typed=PASSWORD, code=2)
    assert "already" in taken.stderr
    changed = lionrock.json("change", "wong", "--department", "law", "--clearance", "restricted")
    assert (changed["departments"], changed["clearance"], changed["display_name"]) == (["law"], "restricted", "黃小姐")
    assert "only administrator" in lionrock.run("disable", "陳大文", code=2).stderr
    assert lionrock.json("disable", "wong")["disabled"] is True
    assert "disabled" in lionrock.run("list").stdout
    assert lionrock.json("enable", "wong")["disabled"] is False
    assert [person["name"] for person in lionrock.json("list")] == ["wong", "陳大文"]


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (("--password-stdin",), "short\n", "too short"),
        (("--password-stdin",), "", "too short"),
        (("--password-stdin",), "x" * 1_000_000, "too long"),
        ((), PASSWORD, "--password-stdin"),
    ],
)
def test_a_password_that_is_not_taken(lionrock: Lionrock, arguments: tuple[str, ...], typed: str, words: str) -> None:
    result = lionrock.run("add", "boss", "--owner", *arguments, typed=typed, code=2)
    assert words in result.stderr
    assert lionrock.json("list") == []


def test_a_password_is_set_anew_only_for_somebody(lionrock: Lionrock) -> None:
    lionrock.add("boss", "--owner")
    assert lionrock.json("password", "boss", "--password-stdin", typed="snow on Tai Mo Shan")["name"] == "boss"
    lionrock.run("password", "nobody", "--password-stdin", typed="snow on Tai Mo Shan", code=3)


def test_keys_are_shown_once_and_revoked(lionrock: Lionrock) -> None:
    lionrock.add("boss", "--owner")
    lionrock.add("wong", "--department", "finance")
    made = lionrock.json(
        "keys", "add", "wong", "report", "--scope", "read", "--scope", "ask", "--department", "finance"
    )
    assert made["key"].startswith("lrk_")
    lionrock.run("keys", "add", "wong", "more", "--scope", "read", "--department", "law", code=3)
    lionrock.run("keys", "add", "wong", "more", "--scope", "admin", code=3)
    lionrock.run("keys", "add", "wong", "more", "--scope", "read", "--expires", "2001-01-01", code=2)
    listed = lionrock.run("keys", "list", "wong").stdout
    assert made["key_id"] in listed and made["key"] not in listed
    lionrock.run("keys", "revoke", "boss", made["key_id"], code=3)
    assert lionrock.json("keys", "revoke", "wong", made["key_id"])["revoked"] is True
    assert "revoked" in lionrock.run("keys", "list", "wong").stdout
