"""Accounts, sign-ins and API keys as the JSON objects of the public contract. No hash and no token is among them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lionrock.app.sign_in import Caller
from lionrock.storage.people import Person
from lionrock.storage.sessions import Key, Session

__all__ = ["key_json", "me_json", "person_json", "session_json"]


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def person_json(person: Person) -> dict[str, Any]:
    """An account, for administrators."""
    return {
        "person_id": person.id,
        "name": person.name,
        "display_name": person.display_name,
        "departments": sorted(person.departments),
        "clearance": person.clearance.label,
        "is_owner": person.is_owner,
        "disabled": person.disabled,
        "language": person.language,
        "failed": person.failed,
        "locked_until": _time(person.locked_until),
        "created_at": _time(person.created_at),
        "updated_at": _time(person.updated_at),
    }


def me_json(caller: Caller, csrf_token: str | None) -> dict[str, Any]:
    """Who calls, for himself."""
    person, actor = caller.person, caller.actor
    return {
        "person_id": actor.id,
        "name": person.name if person else actor.id,
        "display_name": person.display_name if person else actor.id,
        "departments": sorted(actor.departments),
        "clearance": actor.clearance.label,
        "is_owner": person.is_owner if person else True,
        "language": person.language if person else None,
        "signed_in": caller.session_id is not None,
        "scopes": sorted(caller.scopes),
        "csrf_token": csrf_token,
    }


def session_json(session: Session, current: str | None) -> dict[str, Any]:
    """A sign-in."""
    return {
        "session_id": session.id,
        "device": session.device,
        "address": session.address,
        "created_at": _time(session.created_at),
        "used_at": _time(session.used_at),
        "expires_at": _time(session.expires_at),
        "current": session.id == current,
    }


def key_json(key: Key) -> dict[str, Any]:
    """An API key, without the key itself."""
    return {
        "key_id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "departments": None if key.departments is None else sorted(key.departments),
        "created_at": _time(key.created_at),
        "expires_at": _time(key.expires_at),
        "used_at": _time(key.used_at),
        "revoked_at": _time(key.revoked_at),
    }
