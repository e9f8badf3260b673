"""Prompts that people keep and share with their department."""

from __future__ import annotations

from typing import Any

from lionrock.app.texts import cleaned, department_of, is_id
from lionrock.errors import NotFoundError
from lionrock.records import Actor
from lionrock.storage import prompts as stored
from lionrock.storage.database import Database
from lionrock.storage.prompts import Prompt
from lionrock.text.fold import fold_text

__all__ = ["Prompts"]

_LONGEST_NAME = 200
_LONGEST_TEXT = 20_000


class Prompts:
    """Every method is given who asks; one changes only one's own."""

    def __init__(self, database: Database, department: str) -> None:
        self._database = database
        self._department = department

    def find(self, actor: Actor, words: str = "") -> list[Prompt]:
        """One's own by name, then those that are shared; all words must stand in the name, folded."""
        wanted = fold_text(words).split()
        with self._database.connect() as connection:
            found = stored.all_prompts(connection, actor)
        return [prompt for prompt in found if all(word in fold_text(prompt.name) for word in wanted)]

    def get(self, actor: Actor, prompt_id: str) -> Prompt:
        """One prompt. Raises `NotFoundError`."""
        _known(prompt_id)
        with self._database.connect() as connection:
            return stored.readable_prompt(connection, prompt_id, actor)

    def create(
        self, actor: Actor, *, name: str, text: str, shared: bool = False, department: str | None = None
    ) -> Prompt:
        """Keep a prompt. Raises `UsageError`."""
        where = department_of(actor, department, self._department)
        fields = _fields(name, text, shared)
        with self._database.begin() as connection:
            made = stored.add_prompt(connection, actor, department=where, **fields)
            return stored.owned_prompt(connection, made, actor)

    def change(
        self, actor: Actor, prompt_id: str, *, name: str | None, text: str | None, shared: bool | None
    ) -> Prompt:
        """Change what is not None. Raises `NotFoundError`, `UsageError`."""
        _known(prompt_id)
        values = _fields(name, text, shared)
        with self._database.begin() as connection:
            stored.owned_prompt(connection, prompt_id, actor)
            stored.change_prompt(connection, prompt_id, **values)
            return stored.owned_prompt(connection, prompt_id, actor)

    def delete(self, actor: Actor, prompt_id: str) -> None:
        """Take a prompt away. Raises `NotFoundError`."""
        _known(prompt_id)
        with self._database.begin() as connection:
            stored.owned_prompt(connection, prompt_id, actor)
            stored.drop_prompt(connection, prompt_id)


def _fields(name: str | None, text: str | None, shared: bool | None) -> dict[str, Any]:
    """What is given, checked."""
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = cleaned(name, "The prompt's name", _LONGEST_NAME, needed=True)
    if text is not None:
        values["text"] = cleaned(text, "The prompt", _LONGEST_TEXT, needed=True)
    if shared is not None:
        values["shared"] = shared
    return values


def _known(prompt_id: str) -> None:
    if not is_id(prompt_id):
        raise NotFoundError("There is no such prompt, or it is not yours.")
