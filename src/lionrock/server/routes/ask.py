"""`POST /api/v1/search` and `POST /api/v1/ask`. An answer is one JSON object, or server-sent events as it is made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from lionrock.answer.pipeline import AnswerEvent, Event
from lionrock.app import App, Choice
from lionrock.contract import answer_json, search_json
from lionrock.contract_chat import event_json
from lionrock.errors import LionrockError
from lionrock.records import Language, Narrowing, Scope
from lionrock.server.deps import Application, Asker
from lionrock.server.sse import event, streamed

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["ask"])

LanguageChoice = Literal["auto", "yue", "zh-Hant", "zh-Hans", "en"]


class Chosen(BaseModel):
    """What is searched, of what the caller may see: every field that is given must be met, by any of its values."""

    collections: list[str] = Field(default_factory=list, description="Only documents of these, by id or name.")
    documents: list[str] = Field(default_factory=list, description="Only these documents, by id.")
    languages: list[Language] = Field(default_factory=list, description="Only passages in these languages.")
    since: str | None = Field(None, description="First day, as 2026-03-31: of a document's own date or its coming in.")
    until: str | None = Field(None, description="Last day.")

    def narrowing(self, app: App, scope: Scope) -> Narrowing:
        """The fields, checked."""
        choice = Choice(tuple(self.collections), tuple(self.documents), tuple(self.languages), self.since, self.until)
        return app.narrowing(choice, scope)


class SearchRequest(Chosen):
    """A query over the documents that the caller may see."""

    query: str = Field(description="Words or a question, in Cantonese, English or Mandarin.")
    limit: int = Field(10, ge=1, le=100, description="Most hits returned.")
    language: LanguageChoice = Field("auto", description="Only passages in this language; `auto` takes all.")


class AskRequest(Chosen):
    """A question."""

    question: str = Field(description="A question in Cantonese, English or Mandarin.")
    language: LanguageChoice = Field("auto", description="Language of the answer; `auto` follows the question.")
    chat: str | None = Field(None, description="`none` quotes the documents only; empty uses the configured model.")
    stream: bool = Field(False, description="Answer with server-sent events: evidence, token, sentence, answer, error.")


@router.post("/search")
def search(body: SearchRequest, app: Application, scope: Asker) -> dict[str, Any]:
    """Find passages."""
    within = body.narrowing(app, scope)
    return search_json(app.search(body.query, scope, limit=body.limit, language=body.language, narrowing=within))


@router.post("/ask", response_model=None)
async def ask(body: AskRequest, app: Application, scope: Asker) -> Response:
    """Answer a question from the documents, every sentence checked against its source."""
    within = await run_in_threadpool(body.narrowing, app, scope)
    events = await run_in_threadpool(
        app.ask, body.question, scope, language=body.language, chat=body.chat, narrowing=within
    )
    if body.stream:
        return streamed(_server_sent(events))
    answer = await run_in_threadpool(_last, events)
    return JSONResponse(answer_json(answer.answer))


def _last(events: Iterator[Event]) -> AnswerEvent:
    *_, last = events
    assert isinstance(last, AnswerEvent)
    return last


async def _server_sent(events: Iterator[Event]) -> AsyncIterator[str]:
    """One event a step; when the reader goes away the generation is stopped."""
    try:
        while (made := await run_in_threadpool(next, events, None)) is not None:
            yield event(*event_json(made))
    except LionrockError as error:
        yield event("error", {"type": type(error).__name__, "message": error.message})
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            await run_in_threadpool(close)
