"""Conversations: whose they are, what they are called, and who may read along.

A conversation is its owner's; while it is shared, members of its department read it too. Nobody else can tell that it
exists. What a reader sees of the answers in it is decided turn by turn (`turns.py`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from lionrock.errors import NotFoundError, UsageError
from lionrock.records import Actor, Scope
from lionrock.storage.tables import conversations, turn_documents, turns
from lionrock.storage.turns import barred
from lionrock.text.fold import fold_text

__all__ = [
    "Conversation",
    "Listing",
    "change_conversation",
    "create_conversation",
    "cursor_of",
    "drop_conversation",
    "find_conversations",
    "folders_of",
    "owned_conversation",
    "readable_conversation",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_WORDS = 10


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as it stands."""

    id: str
    owner: str
    department: str
    title: str
    folder: str
    """Empty: in none."""
    shared: bool
    revision: int
    """Goes up with each question."""
    created_at: datetime
    updated_at: datetime
    turns: int
    """Those that are not replaced."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Which conversations are wanted; what is None is not asked."""

    words: str | None = None
    """All of them must stand in the title, a question or an answer, folded."""
    folder: str | None = None
    """Empty: those in no folder."""
    shared: bool = False
    """Those that colleagues share, in place of one's own."""


def _query(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    shown = sa.and_(turns.c.conversation_id == conversations.c.id, sa.not_(turns.c.replaced))
    counted = sa.select(sa.func.count()).select_from(turns).where(shown).scalar_subquery()
    return sa.select(conversations, counted.label("turns")).where(condition)


def _conversation(row: sa.Row[Any]) -> Conversation:
    return Conversation(
        id=row.id,
        owner=row.owner,
        department=row.department,
        title=row.title,
        folder=row.folder,
        shared=row.shared,
        revision=row.revision,
        created_at=_aware(row.created_at),
        updated_at=_aware(row.updated_at),
        turns=row.turns,
    )


def _aware(moment: datetime) -> datetime:
    """SQLite gives moments back without their zone, which is always UTC."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _shared_with(actor: Actor) -> sa.ColumnElement[bool]:
    """True for conversations that somebody else shares with `actor`."""
    others = sa.and_(conversations.c.shared, conversations.c.owner != actor.id)
    if actor.is_owner:
        return others
    return sa.and_(others, conversations.c.department.in_(sorted(actor.departments)))


def _one(connection: sa.Connection, conversation_id: str, condition: sa.ColumnElement[bool]) -> Conversation:
    row = connection.execute(_query(sa.and_(conversations.c.id == conversation_id, condition))).first()
    if row is None:
        raise NotFoundError("There is no such conversation, or it is not yours to see.")
    return _conversation(row)


def owned_conversation(connection: sa.Connection, conversation_id: str, actor: Actor) -> Conversation:
    """A conversation of the actor's own. Raises `NotFoundError`."""
    return _one(connection, conversation_id, conversations.c.owner == actor.id)


def readable_conversation(connection: sa.Connection, conversation_id: str, actor: Actor) -> Conversation:
    """A conversation of the actor's own, or one that is shared with them. Raises `NotFoundError`."""
    own = conversations.c.owner == actor.id
    return _one(connection, conversation_id, sa.or_(own, _shared_with(actor)))


def create_conversation(connection: sa.Connection, actor: Actor, *, department: str, title: str, folder: str) -> str:
    """An empty conversation; returns its id."""
    made, now = str(uuid.uuid4()), datetime.now(UTC)
    fields: dict[str, Any] = {"title": title, "title_folded": _folded(title), "folder": folder, "shared": False}
    connection.execute(
        conversations.insert().values(
            id=made, owner=actor.id, department=department, revision=0, created_at=now, updated_at=now, **fields
        )
    )
    return made


def change_conversation(connection: sa.Connection, conversation_id: str, **values: Any) -> None:
    """Set `title`, `folder` or `shared`. Its place in the list stays."""
    if "title" in values:
        values["title_folded"] = _folded(values["title"])
    if values:
        connection.execute(conversations.update().where(conversations.c.id == conversation_id).values(**values))


def drop_conversation(connection: sa.Connection, conversation_id: str) -> list[str]:
    """Take a conversation away for good, every row of it; returns the ids of its turns."""
    # Held first, so that neither a new turn nor the end of a running one comes between.
    connection.execute(sa.select(conversations.c.id).where(conversations.c.id == conversation_id).with_for_update())
    mine = turns.c.conversation_id == conversation_id
    ids = list(connection.execute(sa.select(turns.c.id).where(mine).order_by(turns.c.id).with_for_update()).scalars())
    theirs = sa.select(turns.c.id).where(mine)
    connection.execute(turn_documents.delete().where(turn_documents.c.turn_id.in_(theirs)))
    connection.execute(turns.delete().where(mine))
    connection.execute(conversations.delete().where(conversations.c.id == conversation_id))
    return ids


def folders_of(connection: sa.Connection, actor: Actor) -> list[tuple[str, int]]:
    """The actor's folders by name, with how many conversations are in each."""
    c = conversations.c
    query = sa.select(c.folder, sa.func.count()).where(c.owner == actor.id, c.folder != "").group_by(c.folder)
    return [(row[0], row[1]) for row in connection.execute(query.order_by(c.folder))]


def find_conversations(
    connection: sa.Connection, actor: Actor, scope: Scope, wanted: Listing, *, limit: int, after: str | None = None
) -> list[Conversation]:
    """A page, what was last asked in first; `after` is the `cursor_of` the last one of the page before."""
    c = conversations.c
    query = _query(_shared_with(actor) if wanted.shared else c.owner == actor.id)
    if wanted.folder is not None:
        query = query.where(c.folder == wanted.folder)
    for word in _folded(wanted.words or "").split()[:_MOST_WORDS]:
        query = query.where(_holds(word, scope))
    if after is not None:
        moment, last = _place(after)
        query = query.where(sa.or_(c.updated_at < moment, sa.and_(c.updated_at == moment, c.id < last)))
    query = query.order_by(c.updated_at.desc(), c.id.desc()).limit(limit)
    return [_conversation(row) for row in connection.execute(query)]


def _holds(word: str, scope: Scope) -> sa.ColumnElement[bool]:
    """True where a word stands in the title or in a turn. An answer that is withheld is not searched either."""
    asked = turns.c.question_folded.contains(word, autoescape=True)
    told = sa.and_(turns.c.answer_folded.contains(word, autoescape=True), sa.not_(barred(scope)))
    in_turn = sa.exists().where(
        turns.c.conversation_id == conversations.c.id, sa.not_(turns.c.replaced), sa.or_(asked, told)
    )
    return sa.or_(conversations.c.title_folded.contains(word, autoescape=True), in_turn)


def cursor_of(conversation: Conversation) -> str:
    """Where a list goes on behind this conversation, also when it has changed since."""
    return f"{(conversation.updated_at - _EPOCH) // timedelta(microseconds=1)}.{conversation.id}"


def _place(cursor: str) -> tuple[datetime, str]:
    moment, _, last = cursor.partition(".")
    try:
        return _EPOCH + timedelta(microseconds=int(moment)), last
    except (ValueError, OverflowError):
        raise UsageError("The place to go on from is none that a list gave; start the list again.") from None


def _folded(text: str) -> str:
    return " ".join(fold_text(text).split())
