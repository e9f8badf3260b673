"""Prompts that people keep: texts with {variables} to fill in; one's own, and those that a department shares."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from lionrock.errors import NotFoundError
from lionrock.records import Actor
from lionrock.storage.tables import prompts

__all__ = ["Prompt", "add_prompt", "all_prompts", "change_prompt", "drop_prompt", "owned_prompt", "readable_prompt"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as it stands."""

    id: str
    owner: str
    department: str
    name: str
    text: str
    shared: bool
    created_at: datetime
    updated_at: datetime


def _readable(actor: Actor) -> sa.ColumnElement[bool]:
    mine = prompts.c.owner == actor.id
    if actor.is_owner:
        return sa.or_(mine, prompts.c.shared)
    return sa.or_(mine, sa.and_(prompts.c.shared, prompts.c.department.in_(sorted(actor.departments))))


def all_prompts(connection: sa.Connection, actor: Actor) -> list[Prompt]:
    """The actor's own by name, then those that are shared with them."""
    others = prompts.c.owner != actor.id
    query = sa.select(prompts).where(_readable(actor)).order_by(others, prompts.c.name, prompts.c.id)
    return [Prompt(**row._mapping) for row in connection.execute(query)]


def readable_prompt(connection: sa.Connection, prompt_id: str, actor: Actor) -> Prompt:
    """A prompt of the actor's own or one that is shared with them. Raises `NotFoundError`."""
    return _one(connection, prompt_id, _readable(actor))


def owned_prompt(connection: sa.Connection, prompt_id: str, actor: Actor) -> Prompt:
    """A prompt of the actor's own. Raises `NotFoundError`."""
    return _one(connection, prompt_id, prompts.c.owner == actor.id)


def _one(connection: sa.Connection, prompt_id: str, condition: sa.ColumnElement[bool]) -> Prompt:
    row = connection.execute(sa.select(prompts).where(prompts.c.id == prompt_id, condition)).first()
    if row is None:
        raise NotFoundError("There is no such prompt, or it is not yours.")
    return Prompt(**row._mapping)


def add_prompt(connection: sa.Connection, actor: Actor, *, department: str, name: str, text: str, shared: bool) -> str:
    """Keep a prompt; returns its id."""
    made, now = str(uuid.uuid4()), datetime.now(UTC)
    fields = {"department": department, "name": name, "text": text, "shared": shared}
    connection.execute(prompts.insert().values(id=made, owner=actor.id, created_at=now, updated_at=now, **fields))
    return made


def change_prompt(connection: sa.Connection, prompt_id: str, **values: Any) -> None:
    """Set columns of a prompt."""
    connection.execute(prompts.update().where(prompts.c.id == prompt_id).values(updated_at=datetime.now(UTC), **values))


def drop_prompt(connection: sa.Connection, prompt_id: str) -> None:
    """Take a prompt away."""
    connection.execute(prompts.delete().where(prompts.c.id == prompt_id))
