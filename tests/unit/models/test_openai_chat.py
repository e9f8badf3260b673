"""Chat behind a server: what is sent, how events are read, and how each trouble is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lionrock.errors import EndpointError
from lionrock.models.endpoint import data_lines
from lionrock.models.openai_chat import OpenAIChat
from lionrock.models.ports import Message

PATH = "/v1/chat/completions"
ASK = [Message("system", "s"), Message("user", "u")]


def delta(text: str | None, **more: Any) -> str:
    return "data: " + json.dumps({"choices": [{"delta": {"content": text}, **more}]}, ensure_ascii=False)


def events(answer: Any, *lines: str, done: bool = True, **more: Any) -> Any:
    body = "\n\n".join([*lines, "data: [DONE]"] if done else lines) + "\n\n"
    return answer(body.encode(), headers={"content-type": "text/event-stream; charset=utf-8"}, **more)


@pytest.fixture
def chat(stub: Any) -> Any:
    made = OpenAIChat(f"{stub.address}/v1", "m", api_key="k3y", name="shown", timeout_s=5, extra={"top_k": 1})
    yield made
    made.close()


def said(chat: OpenAIChat, max_tokens: int = 50, **more: Any) -> str:
    return "".join(chat.stream(ASK, max_tokens=max_tokens, **more))


def test_what_is_sent(stub: Any, answer: Any, chat: OpenAIChat) -> None:
    stub.on(PATH, events(answer, delta("好"), delta("的")))
    assert said(chat, stop=["x"]) == "好的"
    (request,) = stub.requests
    assert request.headers["authorization"] == "Bearer k3y"
    assert request.json == {
        "model": "m",
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}],
        "max_tokens": 50,
        "temperature": 0,
        "stream": True,
        "stop": ["x"],
        "top_k": 1,
    }
    assert chat.name == "shown"
    assert OpenAIChat(stub.address, "m").name == "m"


def test_odd_but_lawful_events_are_read(stub: Any, answer: Any, chat: OpenAIChat) -> None:
    lines = (
        ": a comment",
        'data: {"choices": []}',
        'data: {"choices": [{"delta": {"role": "assistant"}}]}',
        delta(None),
        'data:{"choices": [{"delta": {"content": "a"}}]}\r',
        delta("line\u2028separator\x85"),
        'data: {"choices": [{"delta": {"reasoning_content": "hidden"}}]}',
        'data: {"usage": {"total_tokens": 3}}',
        delta("b", finish_reason="stop"),
    )
    stub.on(PATH, events(answer, *lines, done=False))
    assert said(chat) == "aline\u2028separator\x85b"


def test_characters_split_between_chunks_come_whole() -> None:
    data = delta("點解").encode() + b"\n\ndata: [DONE]"
    assert list(data_lines(data[at : at + 1] for at in range(len(data)))) == [delta("點解")[6:], "[DONE]"]


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(EndpointError, match="without end"):
        list(data_lines([b"data: "] + [b"x" * 100_000] * 11))


def test_a_server_that_does_not_stream_is_read_whole(stub: Any, answer: Any, chat: OpenAIChat) -> None:
    body = json.dumps({"choices": [{"message": {"content": "all at once"}}]}).encode()
    stub.on(PATH, answer(body, headers={"content-type": "application/json"}))
    assert said(chat) == "all at once"


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["<think>", "hm", "</think>", "\n\n", "yes"], "yes"),
        (["\n<th", "ink>a</thi", "nk>b"], "b"),
        (["<think>x</think>y"], "y"),
        (["<thin", "g>"], "<thing>"),
        (["<t"], "<t"),
        (["a<think>b</think>"], "a<think>b</think>"),
    ],
)
def test_thinking_is_left_out(stub: Any, answer: Any, chat: OpenAIChat, pieces: list[str], expected: str) -> None:
    stub.on(PATH, events(answer, *map(delta, pieces)))
    assert said(chat) == expected


def test_a_reply_of_thinking_only_is_said(stub: Any, answer: Any, chat: OpenAIChat) -> None:
    stub.on(PATH, events(answer, delta("<think>on and on")))
    with pytest.raises(EndpointError, match="on thinking"):
        said(chat)


def test_a_reply_that_breaks_off_is_an_error(stub: Any, answer: Any, chat: OpenAIChat) -> None:
    stub.on(PATH, events(answer, delta("half of"), done=False))
    got = []
    with pytest.raises(EndpointError, match="broke off"):
        for piece in chat.stream(ASK, max_tokens=5):
            got.append(piece)
    assert got == ["half of"]
    stub.on(PATH, events(answer, delta("half of"), delta("more"), cut=30))
    with pytest.raises(EndpointError, match="broke"):
        said(chat)


def test_an_error_in_the_stream_is_said(stub: Any, answer: Any, chat: OpenAIChat) -> None:
    stub.on(PATH, events(answer, delta("a"), 'data: {"error": {"message": "out of memory"}}'))
    with pytest.raises(EndpointError, match="out of memory"):
        said(chat)
    stub.on(PATH, events(answer, "data: not json"))
    with pytest.raises(EndpointError, match="not JSON"):
        said(chat)


def test_a_server_that_ignores_the_length_is_stopped(stub: Any, answer: Any, chat: OpenAIChat) -> None:
    stub.on(PATH, events(answer, *[delta("x" * 500)] * 100))
    with pytest.raises(EndpointError, match="length"):
        said(chat, max_tokens=10)


def test_a_slow_reply_is_bounded(stub: Any, answer: Any) -> None:
    stub.on(PATH, events(answer, *[delta("x")] * 50, pause=0.01))
    chat = OpenAIChat(f"{stub.address}/v1", "m", reply_s=0.1)
    with pytest.raises(EndpointError, match="too long"):
        said(chat)
    chat.close()


def test_a_silent_server_is_said(stub: Any, answer: Any) -> None:
    stub.on(PATH, events(answer, delta("x"), delta("y"), pause=0.5))
    chat = OpenAIChat(f"{stub.address}/v1", "m", timeout_s=0.1)
    with pytest.raises(EndpointError, match="silent"):
        said(chat)
    chat.close()


def test_closing_the_iterator_closes_the_connection(stub: Any, answer: Any, chat: OpenAIChat) -> None:
    stub.on(PATH, events(answer, *[delta("x" * 2000)] * 400, pause=0.001))
    stream = chat.stream(ASK, max_tokens=100_000)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert stub.written < 400 * 2000


@pytest.mark.parametrize(
    ("status", "words"), [(401, "API key"), (404, "no such model"), (500, "just now"), (418, "418")]
)
def test_refusals_are_said(stub: Any, answer: Any, chat: OpenAIChat, status: int, words: str) -> None:
    stub.on(PATH, answer(b'{"error": {"message": "k3y"}}', status))
    with pytest.raises(EndpointError, match=words) as caught:
        said(chat)
    assert "k3y" not in caught.value.message


def test_no_server_is_said(dead_address: str) -> None:
    chat = OpenAIChat(f"{dead_address}/v1", "m", api_key="k3y")
    with pytest.raises(EndpointError, match="No server answers"):
        said(chat)
    assert "k3y" not in repr(vars(chat))
    chat.close()
