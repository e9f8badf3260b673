"""Conversations, their turns and prompts as the JSON objects of the public contract, and the events of an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lionrock.answer.pipeline import AnswerEvent, Event, EvidenceEvent, SentenceEvent, TokenEvent
from lionrock.contract import answer_json, hit_json, sentence_json
from lionrock.storage.conversations import Conversation
from lionrock.storage.prompts import Prompt
from lionrock.storage.turns import Turn

__all__ = [
    "WITHHELD",
    "Told",
    "conversation_json",
    "event_json",
    "prompt_json",
    "rating_json",
    "told_events",
    "turn_json",
    "turn_started",
]

WITHHELD = "This answer rests on a document that you may not see; ask the question yourself to have it from yours."
_DELETED = "The document that this rested on was deleted."
_VARIABLE = re.compile(r"\{([^{}\n]{1,60})\}")


@dataclass(frozen=True, slots=True)
class Told:
    """One server-sent event."""

    id: int
    """Counts from 1."""
    name: str
    data: Mapping[str, Any]


def event_json(event: Event) -> tuple[str, dict[str, Any]]:
    """Name and data of an event while an answer is made."""
    match event:
        case EvidenceEvent():
            hits = [hit_json(hit) for hit in event.hits]
            return "evidence", {"language": event.language, "took_ms": round(event.took_ms, 1), "hits": hits}
        case TokenEvent():
            return "token", {"text": event.text}
        case SentenceEvent():
            return "sentence", sentence_json(event.sentence)
        case AnswerEvent():
            return "answer", answer_json(event.answer)


def conversation_json(conversation: Conversation, reader: str) -> dict[str, Any]:
    """A conversation as `reader`, an actor's id, finds it."""
    return {
        "id": conversation.id,
        "title": conversation.title,
        "folder": conversation.folder,
        "shared": conversation.shared,
        "owner": conversation.owner,
        "mine": conversation.owner == reader,
        "department": conversation.department,
        "revision": conversation.revision,
        "turns": conversation.turns,
        "created_at": conversation.created_at.isoformat(),
        "updated_at": conversation.updated_at.isoformat(),
    }


def turn_json(turn: Turn, *, mine: bool) -> dict[str, Any]:
    """A turn as it may be read: what is withheld is left out, so is evidence of documents that were deleted."""
    evidence, dropped = _evidence(turn)
    return {
        "id": turn.id,
        "ordinal": turn.ordinal,
        "question": turn.question,
        "rewritten": turn.rewritten,
        "settings": dict(turn.settings) if mine else {},
        "status": turn.status,
        # Why it failed may name servers, which is for its asker to know.
        "reason": turn.reason if mine or turn.status == "stopped" else None,
        "replaced": turn.replaced,
        "withheld": turn.withheld,
        "withheld_reason": WITHHELD if turn.withheld else None,
        "evidence": evidence,
        "deleted_evidence": dropped,
        "answer": _answer(turn, mine=mine),
        "rating": rating_json(turn) if mine else None,
        "created_at": turn.created_at.isoformat(),
        "finished_at": None if turn.finished_at is None else turn.finished_at.isoformat(),
    }


def rating_json(turn: Turn) -> dict[str, Any] | None:
    """What the asker thought of the answer; null if nothing was said."""
    if turn.rating is None:
        return None
    return {"value": turn.rating.value, "reasons": list(turn.rating.reasons), "note": turn.rating.note}


def _evidence(turn: Turn) -> tuple[dict[str, Any] | None, int]:
    """The evidence without what was deleted since, and how many passages that were."""
    if turn.withheld or turn.evidence is None:
        return None, 0
    hits = [hit for hit in turn.evidence["hits"] if hit["document_id"] not in turn.deleted]
    return {**turn.evidence, "hits": hits}, len(turn.evidence["hits"]) - len(hits)


def _answer(turn: Turn, *, mine: bool) -> dict[str, Any] | None:
    """The answer; a sentence that has lost all its sources is marked, for nobody can check it any more."""
    if turn.withheld or turn.answer is None:
        return None
    sentences = [_sentence(sentence, turn.deleted) for sentence in turn.answer["sentences"]]
    answer = {**turn.answer, "sentences": sentences}
    if not mine and answer.get("searched") is not None:
        # It counts and names what the asker could see.
        answer["searched"] = None
    return answer


def _sentence(sentence: Mapping[str, Any], deleted: frozenset[str]) -> dict[str, Any]:
    kept = [citation for citation in sentence["citations"] if citation["document_id"] not in deleted]
    if kept or not sentence["citations"]:
        return {**sentence, "citations": kept}
    return {**sentence, "verdict": "unsupported", "reasons": [*sentence["reasons"], _DELETED], "citations": []}


def turn_started(turn: Turn, revision: int) -> dict[str, Any]:
    """Data of the event that comes first."""
    return {"id": turn.id, "ordinal": turn.ordinal, "revision": revision, "rewritten": turn.rewritten}


def told_events(turn: Turn, revision: int, *, after: int = 0) -> Iterator[Told]:
    """The events of a finished turn behind number `after`, made anew from what was stored.

    They have the numbers that they had; pieces of a model's draft are gone, for the checked sentences replace them.
    """
    ending = list(_ending(turn))
    # Of a turn that a stopped server left, nobody knows how many there were: its end comes behind any of them.
    last = turn.last_event if turn.last_event is not None else max(after, 1) + len(ending)
    events = [Told(1, "turn", turn_started(turn, revision))]
    evidence, _ = _evidence(turn)
    if evidence is not None:
        events.append(Told(2, "evidence", evidence))
    events += [Told(last - len(ending) + at, name, data) for at, (name, data) in enumerate(ending, 1)]
    return (event for event in events if event.id > after)


def _ending(turn: Turn) -> Iterator[tuple[str, dict[str, Any]]]:
    answer = _answer(turn, mine=True)
    if turn.withheld:
        yield "error", {"type": "NotFoundError", "message": WITHHELD}
    elif answer is not None:
        for sentence in answer["sentences"]:
            yield "sentence", sentence
        yield "answer", answer
    elif turn.status == "stopped":
        yield "stopped", {"reason": turn.reason}
    else:
        yield "error", {"type": turn.fault or "LionrockError", "message": turn.reason}


def prompt_json(prompt: Prompt, reader: str) -> dict[str, Any]:
    """A prompt; `variables` are the names in braces, in their order."""
    return {
        "id": prompt.id,
        "name": prompt.name,
        "text": prompt.text,
        "variables": list(dict.fromkeys(_VARIABLE.findall(prompt.text))),
        "shared": prompt.shared,
        "owner": prompt.owner,
        "mine": prompt.owner == reader,
        "department": prompt.department,
        "created_at": prompt.created_at.isoformat(),
        "updated_at": prompt.updated_at.isoformat(),
    }
