"""Conversations: list, make, show, change, delete; ask in one, follow, stop and rate an answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel, Field

from lionrock.app import App
from lionrock.app.conversations import Asked, Reason
from lionrock.app.runs import Run
from lionrock.contract_chat import conversation_json, turn_json
from lionrock.records import Scope
from lionrock.server.deps import Application, Asker, Person
from lionrock.server.following import event_stream, follow_run, follow_turn
from lionrock.server.routes.ask import Chosen, LanguageChoice
from lionrock.server.routes.bounds import LARGEST
from lionrock.storage.conversations import Listing, cursor_of

__all__ = ["TurnRequest", "asked", "router"]

router = APIRouter(prefix="/api/v1", tags=["conversations"])


class NewConversation(BaseModel):
    """A conversation to begin."""

    title: str = Field("", description="Its title; empty: the first question gives it one.")
    folder: str = Field("", description="The folder it is put into; empty: none.")
    department: str | None = Field(None, description="The department it can be shared with; default: one of yours.")


class ChangedConversation(BaseModel):
    """What is to become of a conversation; what is null stays."""

    title: str | None = Field(None, description="Its new title.")
    folder: str | None = Field(None, description="The folder it is put into; empty: none.")
    shared: bool | None = Field(None, description="Whether members of its department may read it.")


class TurnRequest(Chosen):
    """A question in a conversation."""

    question: str = Field(description="A question in Cantonese, English or Mandarin; it may lean on the one before.")
    language: LanguageChoice = Field("auto", description="Language of the answer; `auto` follows the question.")
    chat: str | None = Field(None, description="`none` quotes the documents only; empty uses the configured model.")
    revision: int = Field(
        ge=0, le=LARGEST, description="The revision of the conversation that the question was written in."
    )
    replaces: str | None = Field(None, description="A turn that this one replaces, with those after it.")
    rewritten: str | None = Field(
        None, description="What to search in place of the question; null: found out here; empty: the question itself."
    )


class RatingRequest(BaseModel):
    """What one thinks of an answer."""

    value: Literal[-1, 0, 1] = Field(description="Bad, nothing said, good.")
    reasons: list[Reason] = Field(default_factory=list, description="Why.")
    note: str = Field("", description="In one's own words.")


@router.get("/conversations")
def conversations(
    app: Application,
    person: Person,
    scope: Asker,
    q: Annotated[str, Query(description="Words in titles, questions and answers.")] = "",
    folder: Annotated[str | None, Query(description="In this folder; empty: in none.")] = None,
    shared: Annotated[bool, Query(description="What colleagues share, in place of one's own.")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(description="The `next` of the page before.")] = None,
) -> dict[str, Any]:
    """Conversations, what was last asked in first, a page at a time; `next` is the `after` of the next."""
    found = app.conversations.find(person, scope, Listing(q, folder, shared), limit=limit, after=after)
    further = cursor_of(found[-1]) if len(found) == limit else None
    return {"conversations": [conversation_json(item, person.id) for item in found], "next": further}


@router.post("/conversations", status_code=201)
def create(body: NewConversation, app: Application, person: Person) -> dict[str, Any]:
    """Begin a conversation."""
    made = app.conversations.create(person, title=body.title, folder=body.folder, department=body.department)
    return conversation_json(made, person.id)


@router.get("/folders")
def folders(app: Application, person: Person) -> dict[str, Any]:
    """One's folders, with how many conversations are in each."""
    found = app.conversations.folders(person)
    return {"folders": [{"name": name, "conversations": number} for name, number in found]}


@router.get("/conversations/{conversation_id}")
def conversation(
    conversation_id: str,
    app: Application,
    person: Person,
    scope: Asker,
    replaced: Annotated[bool, Query(description="Also turns that were asked anew; of one's own only.")] = False,
) -> dict[str, Any]:
    """A conversation with its turns, each as the caller may read it now."""
    opened = app.conversations.open(person, scope, conversation_id, replaced=replaced)
    mine = opened.conversation.owner == person.id
    told = [turn_json(turn, mine=mine) for turn in opened.turns]
    return {**conversation_json(opened.conversation, person.id), "turns": told}


@router.patch("/conversations/{conversation_id}")
def change(conversation_id: str, body: ChangedConversation, app: Application, person: Person) -> dict[str, Any]:
    """Rename a conversation, put it into a folder, share it or no longer."""
    changed = app.conversations.change(
        person, conversation_id, title=body.title, folder=body.folder, shared=body.shared
    )
    return conversation_json(changed, person.id)


@router.delete("/conversations/{conversation_id}")
def delete(conversation_id: str, app: Application, person: Person) -> dict[str, Any]:
    """Delete a conversation for good, with all that was asked and answered in it."""
    app.conversations.delete(person, conversation_id)
    return {"id": conversation_id, "deleted": True}


@router.post("/conversations/{conversation_id}/turns", response_model=None)
async def ask(conversation_id: str, body: TurnRequest, app: Application, person: Person, scope: Asker) -> Response:
    """Ask in a conversation; the answer comes as server-sent events, and is made also when nobody follows them."""

    def begin() -> Run:
        return app.conversations.ask(person, scope, conversation_id, asked(body, app, scope))

    return event_stream(follow_run(await run_in_threadpool(begin)))


def asked(body: TurnRequest, app: App, scope: Scope) -> Asked:
    """The question, checked. Raises `UsageError`."""
    return Asked(
        question=body.question,
        revision=body.revision,
        language=body.language,
        chat=body.chat,
        replaces=body.replaces,
        rewritten=body.rewritten,
        narrowing=body.narrowing(app, scope),
        settings=_kept(body),
    )


def _kept(body: TurnRequest) -> dict[str, Any]:
    """What is kept with a turn of how it was asked."""
    narrowing = body.model_dump(include=set(Chosen.model_fields), exclude_defaults=True)
    return {"language": body.language, "chat": body.chat, "narrowing": narrowing}


@router.get("/turns/{turn_id}/events", response_model=None)
async def events(
    turn_id: str,
    app: Application,
    person: Person,
    scope: Asker,
    after: Annotated[int, Query(ge=0, le=LARGEST, description="The number of the last event that came.")] = 0,
    last_event_id: Annotated[str | None, Header(description="The same, as browsers send it.")] = None,
) -> Response:
    """The events of a turn behind a number, and those to come; status 204 when there is nothing more."""
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit():
        after = int(last_event_id[:9])
    run = await run_in_threadpool(app.conversations.attach, person, scope, turn_id)
    if run is not None:
        return event_stream(follow_run(run, after))
    if await run_in_threadpool(app.conversations.replay, person, scope, turn_id, after) == []:
        return Response(status_code=204)
    return event_stream(follow_turn(app, person, scope, turn_id, after))


@router.post("/turns/{turn_id}/stop")
def stop(turn_id: str, app: Application, person: Person, scope: Asker) -> dict[str, Any]:
    """Stop an answer; one that is complete stays so."""
    return turn_json(app.conversations.stop(person, scope, turn_id), mine=True)


@router.put("/turns/{turn_id}/rating")
def rate(turn_id: str, body: RatingRequest, app: Application, person: Person, scope: Asker) -> dict[str, Any]:
    """Say what one thinks of an answer; 0 takes it back."""
    rated = app.conversations.rate(person, scope, turn_id, body.value, body.reasons, body.note)
    return turn_json(rated, mine=True)
