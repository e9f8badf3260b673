"""`/v1` for OpenAI clients: models and chat completions. What each parameter does here is in docs/doors.md.

The answer's text is the content; how it was checked is in the field `lionrock` beside `choices`.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from lionrock.answer.followup import follow_up
from lionrock.answer.pipeline import AnswerEvent, Event, EvidenceEvent
from lionrock.app import App
from lionrock.contract import answer_json, hit_json
from lionrock.errors import LionrockError, NotFoundError, UsageError
from lionrock.records import Answer, Hit
from lionrock.server.deps import Application, Asker
from lionrock.server.openai_errors import openai_error
from lionrock.server.openai_requests import ChatRequest, Turn, tokens
from lionrock.server.steps import steps

__all__ = ["CHAT_MODELS", "router"]

router = APIRouter(prefix="/v1", tags=["openai"])

CHAT_MODELS = {"lionrock": None, "lionrock-extractive": "none"}
"""Name for clients -> the chat model that it means."""

_TOLD = ("abstained", "mode", "sentences", "notices")
_BEAT = 1.0
"""Seconds after which a stream that has nothing to say shows that it is alive; it also finds out whether anyone reads."""
_EARLIER = 10
"""So many questions before the last one are looked at."""
_GONE = 499
"""Nobody is there to read this status; proxies write it in their logs."""


@router.get("/models")
def models(app: Application, scope: Asker) -> dict[str, Any]:
    """The models that can be named here."""
    return {"object": "list", "data": [_model(name) for name in _names(app)]}


@router.get("/models/{model_id:path}")
def model(model_id: str, app: Application, scope: Asker) -> dict[str, Any]:
    """One model."""
    if model_id not in _names(app):
        raise NotFoundError(f"There is no model {model_id!r} here; GET /v1/models lists them.")
    return _model(model_id)


def _names(app: App) -> list[str]:
    return [*CHAT_MODELS, *app.embedders]


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "lionrock"}


@dataclass(slots=True)
class _Completion:
    """One completion as it becomes known."""

    model: str
    prompt_tokens: int
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))
    hits: Sequence[Hit] = ()
    answer: Answer | None = None

    def take(self, event: Event) -> None:
        """Keep what the end needs."""
        if isinstance(event, EvidenceEvent):
            self.hits = event.hits
        elif isinstance(event, AnswerEvent):
            self.answer = event.answer

    def given(self) -> Answer:
        """The answer; the pipeline never ends without one."""
        assert self.answer is not None
        return self.answer

    def extension(self) -> dict[str, Any]:
        """How the answer was checked."""
        answer = answer_json(self.given())
        return {**{key: answer[key] for key in _TOLD}, "evidence": [hit_json(hit) for hit in self.hits]}

    def usage(self) -> dict[str, int]:
        """Estimates, as not every model counts."""
        made = tokens(self.given().answer)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": made,
            "total_tokens": self.prompt_tokens + made,
        }

    def head(self, kind: str) -> dict[str, Any]:
        """What each object begins with."""
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    def whole(self) -> dict[str, Any]:
        """The object of a call without stream."""
        message = {"role": "assistant", "content": self.given().answer, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {
            **self.head("chat.completion"),
            "choices": [choice],
            "usage": self.usage(),
            "lionrock": self.extension(),
        }

    def chunk(self, delta: dict[str, str], finish: str | None = None, **more: Any) -> dict[str, Any]:
        """One object of a stream."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self.head("chat.completion.chunk"), "choices": [choice], **more}


def _chosen(body: ChatRequest) -> str | None:
    """The chat model that a body means. Raises `NotFoundError`."""
    if body.model not in CHAT_MODELS:
        raise NotFoundError(
            f"There is no chat model {body.model!r} here; use lionrock, or lionrock-extractive for quotes alone."
        )
    return CHAT_MODELS[body.model]


def _question(messages: Sequence[Turn], longest: int) -> str:
    """The question of a conversation, made whole by the ones before it. Raises `UsageError` if nobody asks.

    What systems and developers say is left alone: it cannot change how answers are made and checked.
    """
    asked = [turn.content for turn in messages if turn.role == "user"]
    if not asked:
        raise UsageError("There is no message with the role user; its last one is the question.")
    *earlier, question = asked
    return follow_up(question, [text for text in earlier[-_EARLIER:] if len(text) <= longest])


def _begin(body: ChatRequest, app: Application, scope: Asker) -> tuple[ChatRequest, _Completion, Iterator[Event]]:
    """Raises before anything is sent if the call is wrong."""
    events = app.ask(_question(body.messages, app.settings.max_question_characters), scope, chat=_chosen(body))
    return body, _Completion(body.model, sum(tokens(turn.content) for turn in body.messages)), events


Begun = Annotated[tuple[ChatRequest, _Completion, Iterator[Event]], Depends(_begin)]


@router.post("/chat/completions", response_model=None)
async def chat_completions(begun: Begun, request: Request) -> Response:
    """Answer the last message of the user from the documents, every sentence checked against its source."""
    body, completion, events = begun
    if body.stream:
        usage = body.stream_options is not None and body.stream_options.include_usage
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        chunks = _chunks(completion, events, usage)
        return StreamingResponse(chunks, media_type="text/event-stream", headers=headers)
    async with aclosing(steps(events)) as told:
        async for event in told:
            completion.take(event)
            if await request.is_disconnected():
                return Response(status_code=_GONE)
    return JSONResponse(completion.whole())


def _line(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _chunks(completion: _Completion, events: Iterator[Event], usage: bool) -> AsyncIterator[str]:
    """Only words that were checked are sent, as a stream cannot take anything back."""
    yield _line(completion.chunk({"role": "assistant", "content": ""}))
    beat = time.monotonic()
    try:
        async with aclosing(steps(events)) as told:
            async for event in told:
                completion.take(event)
                if time.monotonic() - beat >= _BEAT:
                    beat = time.monotonic()
                    yield ": an answer is being made\n\n"
    except LionrockError as error:
        yield _line(openai_error(error.message, error.http_status)[0])
        return
    for piece in completion.given().answer.splitlines(keepends=True):
        yield _line(completion.chunk({"content": piece}))
    extension = completion.extension()
    if usage:
        yield _line(completion.chunk({}, "stop"))
        last = {**completion.head("chat.completion.chunk"), "choices": [], "usage": completion.usage()}
        yield _line({**last, "lionrock": extension})
    else:
        yield _line(completion.chunk({}, "stop", lionrock=extension))
    yield "data: [DONE]\n\n"
