"""Which passwords are taken, how they are hashed and checked, and for how long a name is closed."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from lionrock.app.passwords import LONGEST, Passwords, Strangers, locked_for, remaining, unguessable
from lionrock.errors import UsageError

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.mark.parametrize(
    "password",
    ["correct horse", "太平山頂看夜景真好呀", "пароль длинный", "a b c d e f", "🦁🗻🏙️🚋⛴️🍜🥢🀄🎋", "x" * 996 + "abcd"],
)
def test_any_script_is_taken(password: str) -> None:
    assert unguessable(password, "wong") == unicodedata.normalize("NFC", password)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "too short"),
        ("nine char", "too short"),
        # Ten code points that are five characters.
        ("e\u0301" * 5, "too short"),
        ("x" * (LONGEST + 1), "too long"),
        ("1234567890", "guessed"),
        ("Password-123", "guessed"),
        ("QWERTYUIOP", "guessed"),
        ("aaaaaaaaaaaa", "guessed"),
        ("abababababab", "guessed"),
        ("Wong.Siu.Ming", "guessed"),
        ("half a \ud800 character", "half a character"),
    ],
)
def test_what_is_not_taken(password: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as told:
        unguessable(password, "wong.siu.ming")
    assert not password or password not in told.value.message


def test_the_same_words_in_another_unicode_form_are_the_same_password() -> None:
    passwords = Passwords(CHEAP)
    stored = passwords.hash(unguessable("caf\u00e9 in Central", ""))
    assert passwords.matches(stored, "cafe\u0301 in Central")
    assert not passwords.matches(stored, "cafe in Central")


def test_it_is_argon2id_with_a_salt_and_the_password_is_not_in_it() -> None:
    passwords = Passwords()
    one, other = passwords.hash("correct horse"), passwords.hash("correct horse")
    assert one.startswith("$argon2id$")
    assert one != other
    assert "horse" not in one + repr(passwords)


def test_nobodys_password_is_never_right_and_costs_a_hash() -> None:
    class Counting(PasswordHasher):
        calls = 0

        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
            Counting.calls += 1
            return bool(super().verify(hash, password))  # type: ignore[arg-type]

    passwords = Passwords(Counting(time_cost=1, memory_cost=8, parallelism=1))
    assert not passwords.matches(None, "correct horse")
    assert not passwords.matches(passwords.hash("correct horse"), "wrong horse")
    assert Counting.calls == 2
    assert not passwords.matches(None, "x" * (LONGEST + 1))
    assert Counting.calls == 2


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$v=19$m=8", "\x00"])
def test_a_hash_that_is_none_matches_nothing(stored: str) -> None:
    assert not Passwords(CHEAP).matches(stored, "correct horse")


def test_half_a_character_matches_nothing() -> None:
    passwords = Passwords(CHEAP)
    assert not passwords.matches(passwords.hash("correct horse"), "correct \ud800")


def test_a_hash_of_smaller_parameters_is_made_anew() -> None:
    old = Passwords(CHEAP).hash("correct horse")
    grown = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    renewed = grown.renewed(old, "correct horse")
    assert renewed is not None and grown.matches(renewed, "correct horse")
    assert grown.renewed(renewed, "correct horse") is None


def test_from_the_fifth_on_a_name_is_closed_for_twice_as_long_each_time() -> None:
    told = [locked_for(failed) for failed in range(12)]
    assert told[:5] == [None] * 5
    assert [time.total_seconds() for time in told[5:] if time] == [30, 60, 120, 240, 480, 900, 900]
    assert locked_for(10**9) == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("until", "seconds"),
    [
        (None, 0),
        (NOW - timedelta(seconds=1), 0),
        (NOW, 0),
        (NOW + timedelta(seconds=30), 30),
        (NOW + timedelta(minutes=15), 900),
        # The clock was a year ahead when it was closed.
        (NOW + timedelta(days=365), 0),
    ],
)
def test_how_long_a_name_is_still_closed(until: datetime | None, seconds: float) -> None:
    assert remaining(until, NOW) == seconds


def test_names_of_nobody_are_closed_alike_and_only_so_many_are_remembered() -> None:
    strangers = Strangers(most=3)
    assert [strangers.add("eve", NOW) for _ in range(5)] == [1, 2, 3, 4, 5]
    assert strangers.locked_until("eve") == NOW + timedelta(seconds=30)
    assert strangers.locked_until("mallory") is None
    for name in ("a", "b", "c"):
        strangers.add(name, NOW)
    assert strangers.locked_until("eve") is None
    assert strangers.add("c", NOW) == 2
