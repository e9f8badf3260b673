"""Turns of conversations: a question, and the answer as it was given.

A turn rests on documents, each noted with the department and the classification that it had. Whoever reads the turn must
see all of them now: where the document is still known its present place counts, else the noted one, so that deleting a
document shows nothing to anybody who could not see it before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from lionrock.errors import ConflictError, NotFoundError
from lionrock.records import Actor, Scope
from lionrock.storage.tables import conversations, documents, turn_documents, turns
from lionrock.storage.visibility import visible, within
from lionrock.text.fold import fold_text

__all__ = [
    "Basis",
    "Ended",
    "NewTurn",
    "Rating",
    "Turn",
    "TurnStatus",
    "add_turn",
    "barred",
    "earlier_questions",
    "finish_turn",
    "owned_turn",
    "places_of",
    "rate_turn",
    "replaced_turns",
    "stop_unfinished",
    "turn_by_id",
    "turns_of",
]

TurnStatus: TypeAlias = Literal["running", "done", "stopped", "failed"]
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Basis:
    """A document that a turn rests on, with the place that it had then."""

    document_id: str
    department: str
    classification: int


@dataclass(frozen=True, slots=True)
class NewTurn:
    """A question that is about to be answered."""

    id: str
    question: str
    rewritten: str | None
    """What is searched and answered in its place; None where that is the question itself."""
    settings: Mapping[str, Any]
    server: str
    """Which server answers."""
    replaces: str | None = None
    """Id of the turn that this one is asked in the place of; it and the later ones are replaced."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a turn ended."""

    status: TurnStatus
    reason: str | None = None
    fault: str | None = None
    """The kind of error of a failed one."""
    evidence: Mapping[str, Any] | None = None
    answer: Mapping[str, Any] | None = None
    last_event: int | None = None
    """Number of the last event that was told; None where it is not known."""
    basis: Sequence[Basis] = ()


@dataclass(frozen=True, slots=True)
class Rating:
    """What the asker thought of an answer."""

    value: int
    """-1, 0 or 1."""
    reasons: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn as a reader finds it. `evidence` and `answer` are empty where it is withheld from the reader."""

    id: str
    conversation_id: str
    ordinal: int
    question: str
    rewritten: str | None
    settings: Mapping[str, Any]
    status: TurnStatus
    reason: str | None
    fault: str | None
    server: str
    replaced: bool
    created_at: datetime
    finished_at: datetime | None
    evidence: Mapping[str, Any] | None = None
    answer: Mapping[str, Any] | None = None
    last_event: int | None = None
    rating: Rating | None = None
    withheld: bool = False
    deleted: frozenset[str] = field(default_factory=frozenset)
    """Ids of documents that it rests on and that were deleted since."""


def barred(scope: Scope) -> sa.ColumnElement[bool]:
    """True for turns that rest on a document which the scope does not reach."""
    where = sa.func.coalesce(documents.c.department, turn_documents.c.department)
    level = sa.func.coalesce(documents.c.classification, turn_documents.c.classification)
    known = turn_documents.outerjoin(documents, documents.c.id == turn_documents.c.document_id)
    return (
        sa.select(sa.literal(1))
        .select_from(known)
        .where(turn_documents.c.turn_id == turns.c.id, sa.not_(within(scope, where, level)))
        .correlate(turns)
        .exists()
    )


def places_of(connection: sa.Connection, ids: Iterable[str], scope: Scope) -> list[Basis]:
    """Documents among `ids` that the scope sees, with where they are."""
    d = documents.c
    query = sa.select(d.id, d.department, d.classification).where(d.id.in_(sorted(ids)), visible(scope))
    return [Basis(row.id, row.department, row.classification) for row in connection.execute(query)]


def add_turn(connection: sa.Connection, conversation_id: str, revision: int, new: NewTurn, title: str) -> Turn:
    """Write a question down before it is answered; `title` is the conversation's if it has none yet.

    Raises `ConflictError` when the conversation is no longer at `revision`, `NotFoundError` where `replaces` names no turn
    of it that is shown.
    """
    now, c, t = datetime.now(UTC), conversations.c, turns.c
    # One statement looks and changes: of two that ask at the same moment only one finds the revision.
    found = connection.execute(
        conversations.update()
        .where(c.id == conversation_id, c.revision == revision)
        .values(revision=revision + 1, updated_at=now)
    )
    if found.rowcount != 1:
        raise ConflictError()
    connection.execute(
        conversations.update()
        .where(c.id == conversation_id, c.title == "")
        .values(title=title, title_folded=_folded(title))
    )
    if new.replaces is not None:
        _replace(connection, conversation_id, new.replaces)
    last = connection.execute(sa.select(sa.func.max(t.ordinal)).where(t.conversation_id == conversation_id)).scalar()
    connection.execute(
        turns.insert().values(
            id=new.id,
            conversation_id=conversation_id,
            ordinal=(last or 0) + 1,
            question=new.question,
            question_folded=_folded(new.question),
            rewritten=new.rewritten,
            settings=dict(new.settings),
            answer_folded="",
            status="running",
            server=new.server,
            replaced=False,
            created_at=now,
        )
    )
    return _turn(connection.execute(sa.select(turns).where(t.id == new.id)).one())


def _replace(connection: sa.Connection, conversation_id: str, turn_id: str) -> None:
    t = turns.c
    shown = sa.and_(t.conversation_id == conversation_id, sa.not_(t.replaced))
    ordinal = connection.execute(sa.select(t.ordinal).where(shown, t.id == turn_id)).scalar()
    if ordinal is None:
        raise NotFoundError("The question to replace is not in this conversation; load it again.")
    connection.execute(turns.update().where(shown, t.ordinal >= ordinal).values(replaced=True))


def finish_turn(connection: sa.Connection, turn_id: str, ended: Ended) -> bool:
    """Write down how a running turn ended; False if it has ended before, or is gone."""
    answer = ended.answer or {}
    found = connection.execute(
        turns.update()
        .where(turns.c.id == turn_id, turns.c.status == "running")
        .values(
            status=ended.status,
            reason=ended.reason,
            fault=ended.fault,
            evidence=ended.evidence,
            answer=ended.answer,
            answer_folded=_folded(str(answer.get("answer", ""))),
            last_event=ended.last_event,
            finished_at=datetime.now(UTC),
        )
    )
    if found.rowcount != 1:
        return False
    rows = [
        {
            "turn_id": turn_id,
            "document_id": b.document_id,
            "department": b.department,
            "classification": b.classification,
        }
        for b in {b.document_id: b for b in ended.basis}.values()
    ]
    if rows:
        connection.execute(turn_documents.insert(), rows)
    return True


def stop_unfinished(connection: sa.Connection, server: str, reason: str, *, before: datetime) -> int:
    """End the turns that a server left running, and those of any server that were begun before a moment; how many."""
    lost = sa.or_(turns.c.server == server, turns.c.created_at < before)
    values = {"status": "stopped", "reason": reason, "finished_at": datetime.now(UTC)}
    return connection.execute(turns.update().where(turns.c.status == "running", lost).values(**values)).rowcount


def turns_of(connection: sa.Connection, conversation_id: str, scope: Scope, *, replaced: bool = False) -> list[Turn]:
    """The turns of a conversation in their order, as the scope may read them; with `replaced` also the replaced ones."""
    query = _readable(scope).where(turns.c.conversation_id == conversation_id)
    if not replaced:
        query = query.where(sa.not_(turns.c.replaced))
    return _read(connection, query.order_by(turns.c.ordinal))


def owned_turn(connection: sa.Connection, turn_id: str, actor: Actor, scope: Scope) -> Turn:
    """A turn of one of the actor's own conversations. Raises `NotFoundError`."""
    mine = sa.select(conversations.c.id).where(conversations.c.owner == actor.id)
    found = _read(connection, _readable(scope).where(turns.c.id == turn_id, turns.c.conversation_id.in_(mine)))
    if not found:
        raise NotFoundError("There is no such question, or it is not yours to see.")
    return found[0]


def replaced_turns(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Those of these turns that are replaced."""
    query = sa.select(turns.c.id).where(turns.c.id.in_(list(ids)), turns.c.replaced)
    return set(connection.execute(query).scalars())


def turn_by_id(connection: sa.Connection, turn_id: str, scope: Scope) -> Turn | None:
    """A turn whoever's it is, as the scope may read it; None if it is gone."""
    return next(iter(_read(connection, _readable(scope).where(turns.c.id == turn_id))), None)


def earlier_questions(connection: sa.Connection, conversation_id: str, *, before: str | None = None) -> list[str]:
    """What was searched by the turns that are shown, in their order; with `before`, by those before that turn."""
    t = turns.c
    query = sa.select(sa.func.coalesce(t.rewritten, t.question))
    query = query.where(t.conversation_id == conversation_id, sa.not_(t.replaced))
    if before is not None:
        query = query.where(t.ordinal < sa.select(t.ordinal).where(t.id == before).scalar_subquery())
    return list(connection.execute(query.order_by(t.ordinal)).scalars())


def rate_turn(connection: sa.Connection, turn_id: str, rating: Rating) -> None:
    """Keep a rating; a value of 0 takes it away."""
    values: dict[str, Any] = {"rating": None, "rating_reasons": None, "rating_note": None}
    if rating.value:
        values = {"rating": rating.value, "rating_reasons": list(rating.reasons), "rating_note": rating.note}
    connection.execute(turns.update().where(turns.c.id == turn_id).values(**values))


def _readable(scope: Scope) -> sa.Select[Any]:
    # Words that may not be read are not even fetched.
    hidden = barred(scope)
    shown = [
        sa.type_coerce(sa.case((sa.not_(hidden), column)), column.type).label(column.name)
        for column in (turns.c.evidence, turns.c.answer, turns.c.rewritten)
    ]
    kept = [column for column in turns.c if column.name not in ("evidence", "answer", "rewritten")]
    return sa.select(*kept, *shown, hidden.label("withheld"))


def _read(connection: sa.Connection, query: sa.Select[Any]) -> list[Turn]:
    rows = connection.execute(query).all()
    gone = _deleted(connection, [row.id for row in rows])
    return [_turn(row, withheld=row.withheld, deleted=frozenset(gone.get(row.id, ()))) for row in rows]


def _deleted(connection: sa.Connection, ids: Sequence[str]) -> Mapping[str, set[str]]:
    """Turn -> documents that it rests on and that are deleted or purged."""
    found: dict[str, set[str]] = {}
    known = turn_documents.outerjoin(documents, documents.c.id == turn_documents.c.document_id)
    lost = sa.or_(documents.c.id.is_(None), documents.c.deleted_at.is_not(None))
    for start in range(0, len(ids), _BATCH):
        query = sa.select(turn_documents.c.turn_id, turn_documents.c.document_id).select_from(known)
        query = query.where(lost, turn_documents.c.turn_id.in_(list(ids[start : start + _BATCH])))
        for turn_id, document_id in connection.execute(query):
            found.setdefault(turn_id, set()).add(document_id)
    return found


def _turn(row: sa.Row[Any], *, withheld: bool = False, deleted: frozenset[str] = frozenset()) -> Turn:
    rated = None if row.rating is None else Rating(row.rating, tuple(row.rating_reasons or ()), row.rating_note or "")
    return Turn(
        id=row.id,
        conversation_id=row.conversation_id,
        ordinal=row.ordinal,
        question=row.question,
        rewritten=row.rewritten,
        settings=row.settings,
        status=row.status,
        reason=row.reason,
        fault=row.fault,
        server=row.server,
        replaced=row.replaced,
        created_at=row.created_at,
        finished_at=row.finished_at,
        evidence=row.evidence,
        answer=row.answer,
        last_event=row.last_event,
        rating=rated,
        withheld=bool(withheld),
        deleted=deleted,
    )


def _folded(text: str) -> str:
    return " ".join(fold_text(text).split())
