"""A chat model behind any OpenAI-compatible server: `POST <base>/chat/completions`, read as server-sent events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import httpx

from lionrock.errors import EndpointError
from lionrock.models.endpoint import Endpoint, data_lines
from lionrock.models.ports import Message

__all__ = ["OpenAIChat"]

_CHARACTERS_PER_TOKEN = 24
"""More than any tokenizer makes of one token on average: a reply beyond this ignores `max_tokens`."""
_SPARE_CHARACTERS = 2_000
_THINK, _THOUGHT = "<think>", "</think>"


class OpenAIChat:
    """One model of one server. The connection is opened on first use; calls may come from several threads."""

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str = "",
        name: str = "",
        timeout_s: float = 120.0,
        reply_s: float = 600.0,
        extra: Mapping[str, Any] | None = None,
        proxied: bool = True,
    ) -> None:
        """`base_url` ends in /v1; `name` is shown to users (default: `model`).

        `timeout_s` bounds each silence, `reply_s` the whole reply; `extra` is added to each request, for what only
        some servers know. Raises `UsageError` when the address is not one.
        """
        self._endpoint = Endpoint(base_url, api_key=api_key, timeout_s=timeout_s, proxied=proxied)
        self._model = model
        self._name = name or model
        self._reply_s = reply_s
        self._extra = dict(extra or {})

    @property
    def name(self) -> str:
        """The name shown to users and written in the audit trail."""
        return self._name

    def stream(self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()) -> Iterator[str]:
        """Yield pieces of the reply as they come, greedily decoded; what a model thinks in `<think>` is left out.

        Closing the iterator closes the connection, on which servers stop. Raises `EndpointError` when the server cannot
        be reached, refuses, is silent too long or breaks off before the reply's end.
        """
        body = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": True,
            **({"stop": list(stop)} if stop else {}),
            **self._extra,
        }
        most = _CHARACTERS_PER_TOKEN * max_tokens + _SPARE_CHARACTERS
        deadline = time.monotonic() + self._reply_s
        with self._endpoint.stream("/chat/completions", body) as response:
            yield from _without_thinking(_within(_pieces(response), most, deadline))

    def close(self) -> None:
        """Close the connections."""
        self._endpoint.close()


def _pieces(response: httpx.Response) -> Iterator[str]:
    """The reply's text. Raises `EndpointError` when the stream ends before the reply does."""
    if "json" in response.headers.get("content-type", ""):
        response.read()
        yield _content(_parsed(response.text), "message")
        return
    complete = False
    for line in data_lines(response.iter_bytes()):
        if line == "[DONE]":
            return
        event = _parsed(line)
        if event.get("error"):
            raise EndpointError(f"The chat server failed: {str(event['error'])[:300]}")
        text = _content(event, "delta")
        if text:
            yield text
        choices = event.get("choices") or [{}]
        complete = complete or bool(choices[0].get("finish_reason"))
    if not complete:
        raise EndpointError("The chat server broke off before the end of its reply; try again.")


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise EndpointError("The chat server sent something that is not JSON; is it an OpenAI-compatible one?")
    return value


def _content(event: Mapping[str, Any], key: str) -> str:
    """The text in the first choice; some events have no choice, some choices no text."""
    try:
        text = event["choices"][0][key]["content"] if event.get("choices") else ""
    except (KeyError, TypeError, IndexError):
        return ""
    return text if isinstance(text, str) else ""


def _within(pieces: Iterable[str], most: int, deadline: float) -> Iterator[str]:
    """The pieces, as long as their length and time stay in bounds. Raises `EndpointError` beyond."""
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > most:
            raise EndpointError("The chat server does not keep to the length it was given; its reply was dropped.")
        if time.monotonic() > deadline:
            raise EndpointError("The chat server takes too long for its reply; choose a faster model.")
        yield piece


def _without_thinking(pieces: Iterable[str]) -> Iterator[str]:
    """Leave out a leading `<think>…</think>`. Raises `EndpointError` when a reply is nothing but thinking."""
    held = ""
    state = "start"
    for piece in pieces:
        if state == "reply":
            yield piece
            continue
        held += piece
        if state == "start":
            begun = held.lstrip()
            if begun.startswith(_THINK):
                state = "thinking"
            elif not _THINK.startswith(begun):
                state = "reply"
                yield held
        if state == "thinking" and _THOUGHT in held:
            held = held.partition(_THOUGHT)[2].lstrip()
            state = "reply" if held else "thought"
            if held:
                yield held
        elif state == "thought" and held.strip():
            state = "reply"
            yield held.lstrip()
    if state == "start" and held.strip():
        yield held
    if state == "thinking":
        raise EndpointError("The chat model spent its whole reply on thinking; allow it more tokens or turn it off.")
