"""What every chat model must do, fake or real, local or behind a server."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from lionrock.models.fakes import ScriptedChat
from lionrock.models.fetch import installed
from lionrock.models.llamacpp import LlamaCppChat
from lionrock.models.openai_chat import OpenAIChat
from lionrock.models.ports import Chat, Message
from lionrock.models.registry import find_model

SMOKE = "qwen2.5-coder-0.5b"
COUNT = [
    Message("system", "You are brief."),
    Message("user", "Count from 1 to 9, one number a line."),
    Message("assistant", "\n".join("123456789")),
    Message("user", "Count from 1 to 200, one number a line."),
]
SCRIPT = "".join(f"{number}\n" for number in range(1, 201))


def _local(stub: Any, answer: Any) -> Chat:
    home = Path(os.environ.get("LIONROCK_MODELS") or platformdirs.user_cache_path("lionrock") / "models")
    if not installed(find_model(SMOKE), home):
        pytest.skip(f"{SMOKE} is not installed in {home}; run `lionrock models fetch {SMOKE}`")
    return LlamaCppChat(home / SMOKE, name=SMOKE, threads=1, context=1024)


def _behind_a_server(stub: Any, answer: Any) -> Chat:
    def chat(request: Any) -> Any:
        asked = request.json
        text = "".join(ScriptedChat(SCRIPT).stream([], max_tokens=asked["max_tokens"], stop=asked.get("stop", ())))
        events = [{"choices": [{"delta": {"content": text[at : at + 5]}}]} for at in range(0, len(text), 5)]
        events.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        lines = [f"data: {json.dumps(event)}\n\n" for event in events] + ["data: [DONE]\n\n"]
        return answer("".join(lines).encode(), headers={"content-type": "text/event-stream"})

    stub.on("/v1/chat/completions", chat)
    return OpenAIChat(f"{stub.address}/v1", "m", timeout_s=5)


MAKERS: dict[str, Callable[[Any, Any], Chat]] = {
    "scripted": lambda stub, answer: ScriptedChat(SCRIPT),
    "openai": _behind_a_server,
    "llama.cpp": _local,
}


@pytest.fixture(params=["scripted", "openai", pytest.param("llama.cpp", marks=pytest.mark.weights)])
def chat(request: pytest.FixtureRequest, stub: Any, answer: Any) -> Any:
    made = MAKERS[request.param](stub, answer)
    yield made
    made.close()


def test_the_contract_of_chat(chat: Chat) -> None:
    """One test with many questions, as loading a real model takes seconds."""
    assert chat.name
    pieces = list(chat.stream(COUNT, max_tokens=40))
    assert len(pieces) > 2
    assert all(isinstance(piece, str) for piece in pieces)
    text = "".join(pieces)
    assert text.strip()
    assert len(text) <= 40 * 24
    # Greedy: the same question has the same reply.
    assert "".join(chat.stream(COUNT, max_tokens=40)) == text
    stop = text[len(text) // 2 :][:3]
    stopped = "".join(chat.stream(COUNT, max_tokens=40, stop=[stop]))
    assert stop not in stopped
    assert text.startswith(stopped.rstrip())
    half = chat.stream(COUNT, max_tokens=400)
    next(iter(half))
    half.close()  # type: ignore[attr-defined]
    assert "".join(chat.stream(COUNT, max_tokens=4))
