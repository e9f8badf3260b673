"""The Ask page: a conversation, the stream of an answer as pieces of the page, the list on the left, the search palette."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import Field

from lionrock.app import App
from lionrock.app.conversations import title_of
from lionrock.app.runs import Run
from lionrock.contract_chat import Told, conversation_json, turn_json
from lionrock.errors import LionrockError
from lionrock.records import Actor, Scope
from lionrock.server.deps import Application, Asker, Person
from lionrock.server.following import follow_run, follow_turn
from lionrock.server.routes.conversations import TurnRequest, asked
from lionrock.server.sse import STILL_HERE, event, streamed
from lionrock.storage.conversations import Conversation, Listing
from lionrock.storage.listing import Filters
from lionrock.web.frame import Frame
from lionrock.web.knowledge_words import languages
from lionrock.web.shell import Look, PageRoute, Reader, page, part

__all__ = ["router"]

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_FOUND = 8


def _languages(look: Look) -> list[tuple[str, str]]:
    _ = look.t
    return [("auto", _("As the question")), *languages(_).items()]


def _reasons(look: Look) -> list[tuple[str, str]]:
    _ = look.t
    return [
        ("wrong", _("It is wrong")),
        ("not_found", _("It missed what the documents say")),
        ("outdated", _("It is out of date")),
        ("unclear", _("It is hard to understand")),
        ("other", _("Something else")),
    ]


@router.get("/ui/history", response_class=HTMLResponse)
def history(frame: Frame, look: Reader, here: Annotated[str, Query(max_length=100)] = "") -> HTMLResponse:
    """The conversations on the left."""
    return HTMLResponse(part("parts/history.html", look, frame("", here)))


@router.get("/ui/find", response_class=HTMLResponse)
def find(
    app: Application, person: Person, scope: Asker, look: Reader, q: Annotated[str, Query(max_length=500)] = ""
) -> HTMLResponse:
    """What the palette finds: conversations and documents."""
    words = q.strip()
    talks = app.conversations.find(person, scope, Listing(words=words or None), limit=_FOUND)
    documents = app.library.documents(scope, Filters(text=words), sort="date", limit=_FOUND).documents if words else []
    values = {"query": words, "conversations": talks, "documents": documents}
    return HTMLResponse(part("parts/found.html", look, values))


@router.get("/", response_class=HTMLResponse)
def new(app: Application, person: Person, scope: Asker, frame: Frame, look: Reader) -> HTMLResponse:
    """A question that begins a conversation."""
    return page(
        "ask.html",
        look,
        {**frame("new"), **_page(app, person, scope, look), "conversation": None, "turns": [], "first_question": ""},
    )


@router.get("/c/{conversation_id}", response_class=HTMLResponse)
def conversation(
    conversation_id: str, app: Application, person: Person, scope: Asker, frame: Frame, look: Reader
) -> HTMLResponse:
    """A conversation."""
    opened = app.conversations.open(person, scope, conversation_id)
    mine = opened.conversation.owner == person.id
    shown = conversation_json(opened.conversation, person.id)
    if not mine:
        names = {account.id: account.display_name or account.name for account in app.people.all()}
        shown["owner"] = names.get(opened.conversation.owner, "")
    values = {
        **frame("conversation", conversation_id),
        **_page(app, person, scope, look),
        "conversation": shown,
        "turns": [turn_json(turn, mine=mine) for turn in opened.turns],
        "first_question": title_of(opened.turns[0].question) if opened.turns else "",
        "reading_only": not mine,
    }
    return page("ask.html", look, values)


def _page(app: App, person: Actor, scope: Scope, look: Look) -> dict[str, Any]:
    """What the Ask page needs beside its conversation."""
    return {
        "answer_languages": _languages(look),
        "chat": app.chat_name(),
        "collections": app.library.collections(scope),
        "documents": app.library.documents(scope, Filters(), limit=1).total,
        "most_characters": app.settings.max_question_characters,
        "prompts": app.prompts.find(person, "")[:4],
        "rating_reasons": _reasons(look),
        "reading_only": False,
    }


class Question(TurnRequest):
    """A question from the page; without a conversation it begins one."""

    conversation: str | None = Field(None, max_length=100)


@router.post("/ui/ask", response_model=None)
async def ask(body: Question, app: Application, person: Person, scope: Asker, look: Reader) -> StreamingResponse:
    """Ask; the answer comes as server-sent events whose data are pieces of the page."""

    def begin() -> tuple[Run, Conversation | None]:
        made = None if body.conversation else app.conversations.create(person, title=title_of(body.question))
        where = made.id if made else str(body.conversation)
        try:
            return app.conversations.ask(person, scope, where, asked(body, app, scope)), made
        except LionrockError:
            if made is not None:
                app.conversations.delete(person, made.id)
            raise

    run, made = await run_in_threadpool(begin)

    async def stream() -> AsyncIterator[str]:
        if made is not None:
            values = {"conversation": conversation_json(made, person.id), "first_question": made.title}
            html = part("parts/talk_header.html", look, values)
            yield event("conversation", {"id": made.id, "title": made.title, "html": html})
        async for line in _lines(follow_run(run), look, body.question, body.replaces):
            yield line

    return streamed(stream())


@router.get("/ui/turns/{turn_id}/events", response_model=None)
async def events(
    turn_id: str,
    app: Application,
    person: Person,
    scope: Asker,
    look: Reader,
    after: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> StreamingResponse:
    """An answer that goes on after the connection broke, from behind event number `after`."""
    run = await run_in_threadpool(app.conversations.attach, person, scope, turn_id)
    told = follow_run(run, after) if run is not None else follow_turn(app, person, scope, turn_id, after)
    return streamed(_lines(told, look, "", None))


async def _lines(
    told: AsyncIterator[Told | None], look: Look, question: str, replaces: str | None
) -> AsyncIterator[str]:
    async for item in told:
        if item is None:
            yield STILL_HERE
        else:
            yield event(item.name, _piece(item, look, question, replaces), item.id)


def _piece(item: Told, look: Look, question: str, replaces: str | None) -> Mapping[str, Any]:
    """The data of an event with what it shows as HTML."""
    data = item.data
    match item.name:
        case "turn":
            turn = {
                **data,
                "question": question,
                "status": "running",
                "withheld": False,
                "rating": None,
                "reason": None,
            }
            turn |= {"evidence": None, "answer": None}
            html = part("parts/turn.html", look, {"turn": turn, "reading_only": False})
            return {**data, "replaces": replaces, "html": html}
        case "evidence":
            return {"html": part("parts/evidence.html", look, {"evidence": data, "open": True})}
        case "sentence":
            return {"html": part("parts/sentence.html", look, {"sentence": data})}
        case "answer":
            return {
                "abstained": data["abstained"],
                "language": data["language"],
                "sentences": part("parts/said.html", look, {"answer": data}),
                "html": part("parts/foot.html", look, {"answer": data, "reading_only": False}),
            }
        case "stopped" | "error":
            values = {"bad": item.name == "error", "reason": data.get("message") or data.get("reason")}
            return {"html": part("parts/ended.html", look, {**values, "answer": None, "reading_only": False})}
        case _:
            return data
