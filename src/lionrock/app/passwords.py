"""Passwords: which are accepted, how they are hashed and checked; when a name is closed after wrong ones."""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata
from collections import OrderedDict
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lionrock.errors import UsageError

__all__ = ["LONGEST", "SHORTEST", "Passwords", "Strangers", "locked_for", "remaining", "unguessable"]

SHORTEST = 10
"""Characters."""
LONGEST = 1_000
"""Characters; more are refused before anything is computed from them."""

_TRIES = 5
_FIRST = 30.0
_MOST = 900.0
_OBVIOUS = frozenset(
    """
    1234567890 0123456789 0987654321 12345678910 123456789a 1q2w3e4r5t 1qaz2wsx3edc abc1234567 abcdefghij administrator
    changeme123 hongkong123 iloveyou123 letmein123 lionrock123 password12 password123 password1234 passw0rd123 p4ssw0rd123
    passwordpassword qwerty1234 qwerty12345 qwerty123456 qwertyuiop welcome123 welcome1234 asdfghjkl1 zxcvbnm123 admin12345
    """.split()
)
_HASHES_AT_ONCE = threading.BoundedSemaphore(2)
"""Each takes 64 MiB of memory and as many threads as there are lanes."""


def unguessable(password: str, name: str) -> str:
    """The password as it is hashed (Unicode NFC). Raises `UsageError` when it is too short, too long or obvious."""
    if len(password) > LONGEST:
        raise UsageError(f"The password is too long; at most {LONGEST:,} characters.")
    if any("\ud800" <= char <= "\udfff" for char in password):
        raise UsageError("The password holds half a character (a lone surrogate); send it as valid Unicode.")
    normal = unicodedata.normalize("NFC", password)
    if len(normal) < SHORTEST:
        raise UsageError(f"The password is too short; take {SHORTEST} characters or more, such as a few words.")
    folded = re.sub(r"[\s\W_]", "", normal.casefold())
    if (
        folded in _OBVIOUS
        or len(set(normal)) < 4
        or (name and normal.casefold() in (name.casefold(), name.casefold() * 2))
    ):
        raise UsageError("That password is among the first that are guessed; take another one, such as a few words.")
    return normal


class Passwords:
    """Argon2id with the parameters that the library recommends."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody: str | None = None

    def hash(self, password: str) -> str:
        """The hash of a password that `unguessable` let pass."""
        with _HASHES_AT_ONCE:
            return self._hasher.hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """Whether it is the password; without a stored hash False, after as much work."""
        if len(password) > LONGEST:
            return False
        raw = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
        if self._nobody is None:
            self._nobody = self.hash(secrets.token_urlsafe(16))
        try:
            with _HASHES_AT_ONCE:
                self._hasher.verify(stored or self._nobody, raw)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def renewed(self, stored: str, password: str) -> str | None:
        """The hash made anew if the parameters have grown since; else None."""
        if not self._hasher.check_needs_rehash(stored):
            return None
        return self.hash(unicodedata.normalize("NFC", password))


def locked_for(failed: int) -> timedelta | None:
    """How long no password is looked at after so many wrong ones: from the fifth on, each time twice as long."""
    if failed < _TRIES:
        return None
    return timedelta(seconds=min(_FIRST * 2.0 ** min(failed - _TRIES, 30), _MOST))


def remaining(locked_until: datetime | None, now: datetime) -> float:
    """Seconds for which a name is still closed; 0 if it is open.

    A time further off than any closing lasts comes of a clock that has since been set back, and does not count.
    """
    seconds = (locked_until - now).total_seconds() if locked_until is not None else 0.0
    return seconds if 0 < seconds <= _MOST else 0.0


class Strangers:
    """Wrong passwords under names that nobody has, counted like those of people, so that the answers are the same.

    At most `most` names are remembered; the one tried longest ago is forgotten first.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._seen: OrderedDict[str, tuple[int, datetime | None]] = OrderedDict()
        self._lock = threading.Lock()

    def locked_until(self, name_key: str) -> datetime | None:
        """Until when the name is closed."""
        with self._lock:
            return self._seen.get(name_key, (0, None))[1]

    def add(self, name_key: str, now: datetime) -> int:
        """Count a wrong password; returns how many there are."""
        with self._lock:
            failed = self._seen.pop(name_key, (0, None))[0] + 1
            closed = locked_for(failed)
            self._seen[name_key] = (failed, now + closed if closed else None)
            while len(self._seen) > self._most:
                self._seen.popitem(last=False)
            return failed
