"""A conversation or one answer as a Word, PDF, Markdown or text file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from lionrock.app import App
from lionrock.contract_chat import turn_json
from lionrock.documents.conversation import Conversation, Turn
from lionrock.documents.export import File, FileFormat, export
from lionrock.documents.words import FileLanguage, say
from lionrock.errors import NotFoundError
from lionrock.records import Passage, Scope
from lionrock.server.deps import Application, Asker, Calling
from lionrock.server.download import disposition
from lionrock.storage import turns as stored
from lionrock.text.language import detect

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["export"])

Language = Literal["auto", "zh-HK", "zh-CN", "en"]

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, with its name in `Content-Disposition`.",
        "content": {
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _BINARY,
            "application/pdf": _BINARY,
            "text/markdown": _BINARY,
            "text/plain": _BINARY,
        },
    }
}


class ExportedCitation(BaseModel):
    """A citation, as `ask` gives it."""

    number: int = Field(ge=1, le=999)
    document_id: str
    passage_id: str
    title: str
    source: str
    page: int | None
    anchor: str | None
    quote: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class ExportedSentence(BaseModel):
    """A sentence, as `ask` gives it."""

    text: str
    verdict: Literal["supported", "partly", "unsupported"]
    reasons: list[str] = Field(default_factory=list, max_length=50)
    citations: list[ExportedCitation] = Field(default_factory=list, max_length=50)


class ExportedAnswer(BaseModel):
    """An answer, as `ask` gives it; what else it holds is not used."""

    question: str
    mode: Literal["extractive", "generated"]
    abstained: bool
    answer: str
    sentences: list[ExportedSentence] = Field(max_length=500)
    notices: list[str] = Field(default_factory=list, max_length=100)


class ExportRequest(BaseModel):
    """An answer to save."""

    answer: ExportedAnswer = Field(description="The object of `POST /api/v1/ask`.")
    format: FileFormat = Field(description="Which file.")
    language: Language = Field("auto", description="Of the words around the answer; `auto` follows the question.")


@router.get("/conversations/{conversation_id}/export", response_class=Response, responses=_FILES)
def export_conversation(
    conversation_id: str,
    app: Application,
    caller: Calling,
    scope: Asker,
    format: Annotated[FileFormat, Query(description="Which file.")],
    language: Annotated[Language, Query(description="Of the words around the answers; `auto` follows them.")] = "auto",
) -> Response:
    """A conversation as a file, each turn as the caller may read it now."""
    opened = app.conversations.open(caller.actor, scope, conversation_id)
    found = opened.conversation
    mine = found.owner == caller.actor.id
    words = _words(language, found.title + "".join(turn.question for turn in opened.turns[:1]))
    turns = [_turn(turn, words, mine=mine) for turn in opened.turns]
    person = caller.person.display_name or caller.person.name if mine and caller.person else ""
    conversation = Conversation(found.title, turns, found.created_at, person)
    return _response(export(conversation, format, words, font=app.settings.font))


@router.post("/export/answer", response_class=Response, responses=_FILES)
def export_answer(body: ExportRequest, app: Application, caller: Calling, scope: Asker) -> Response:
    """One answer with its sources as a file. Each quote is looked up; one that is not found is marked."""
    answer = body.answer.model_dump()
    words = _words(body.language, body.answer.question)
    looked_up = {name: _passage(app, name, scope) for name in _cited(answer)}
    unchecked = frozenset(_unchecked(answer, looked_up))
    evidence = [
        {"passage_id": passage.id, "heading": list(passage.heading)} for passage in looked_up.values() if passage
    ]
    now = datetime.now(UTC)
    turn = Turn(body.answer.question, answer, evidence, unchecked=unchecked)
    person = caller.person.display_name or caller.person.name if caller.person else ""
    conversation = Conversation(body.answer.question, [turn], now, person)
    return _response(export(conversation, body.format, words, font=app.settings.font))


def _words(language: Language, sample: str) -> FileLanguage:
    if language != "auto":
        return language
    found = detect(sample)
    return "en" if found == "en" else "zh-CN" if found == "zh-Hans" else "zh-HK"


def _turn(turn: stored.Turn, words: FileLanguage, *, mine: bool) -> Turn:
    """A turn without what its reader may not see."""
    told = turn_json(turn, mine=mine)
    note = ""
    if told["withheld"]:
        note = say("withheld", words)
    elif told["status"] == "running":
        note = say("running", words)
    elif told["answer"] is None:
        note = say("unfinished", words, reason=told["reason"] or "")
    evidence = told["evidence"]["hits"] if told["evidence"] else ()
    return Turn(told["question"], told["answer"], evidence, turn.created_at, note)


def _cited(answer: dict[str, Any]) -> Iterator[str]:
    for sentence in answer["sentences"]:
        for citation in sentence["citations"]:
            yield citation["passage_id"]


def _passage(app: App, passage_id: str, scope: Scope) -> Passage | None:
    try:
        return app.passage_in_context(passage_id, scope)[0]
    except NotFoundError:
        return None


def _unchecked(answer: dict[str, Any], passages: dict[str, Passage | None]) -> Iterator[str]:
    """Passages whose quotes are not theirs; of the others the place is told as it is stored, whatever was sent."""
    for sentence in answer["sentences"]:
        for citation in sentence["citations"]:
            passage = passages[citation["passage_id"]]
            start, end = citation["start"], citation["end"]
            if passage is None or not citation["quote"] or passage.text[start:end] != citation["quote"]:
                yield citation["passage_id"]
            else:
                citation.update(title=passage.title, source=passage.source, page=passage.page_at(start))


def _response(file: File) -> Response:
    headers = {
        "content-type": file.media_type,
        "content-disposition": disposition(file.name),
        "cache-control": "private, no-store",
    }
    return Response(file.data, headers=headers)
