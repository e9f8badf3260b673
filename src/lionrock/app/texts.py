"""What people type beside their questions: titles, folders, notes; and where what they make belongs."""

from __future__ import annotations

import re

from lionrock.errors import UsageError
from lionrock.records import Actor

__all__ = ["cleaned", "department_of", "is_id"]

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_id(text: str) -> bool:
    """Whether a text has the form of an id: other texts need not be looked up."""
    return _ID.fullmatch(text) is not None


def cleaned(text: str, what: str, most: int, *, needed: bool = False) -> str:
    """A text without NULs, which databases refuse, and blanks around it. Raises `UsageError`; `what` names it there."""
    clean = text.replace("\x00", "").strip()
    if any("\ud800" <= char <= "\udfff" for char in clean):
        raise UsageError(f"{what} holds half a character (a lone surrogate); send it as valid Unicode.")
    if len(clean) > most:
        raise UsageError(f"{what} has {len(clean):,} characters; at most {most:,} are accepted.")
    if needed and not clean:
        raise UsageError(f"{what} is empty; write something.")
    return clean


def department_of(actor: Actor, wanted: str | None, default: str) -> str:
    """The department that something new belongs to. Raises `UsageError` where the actor is no member of the wanted one."""
    if wanted is None:
        return min(actor.departments, default=default)
    if wanted not in actor.departments and not actor.is_owner:
        raise UsageError(f"You are not a member of the department “{wanted}”; name one of yours.")
    return cleaned(wanted, "The department", 100, needed=True)
