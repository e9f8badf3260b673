"""The local chat model with real weights: reachable by us alone, stops when told, comes back after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from lionrock.errors import EndpointError
from lionrock.models.llamacpp import LlamaCppChat
from lionrock.models.ports import Message

pytestmark = pytest.mark.weights

SMOKE = "qwen2.5-coder-0.5b"
HI = [Message("user", "Say hello.")]
LONG = [Message("user", "Write a long story about the sea.")]


@pytest.fixture(scope="module")
def folder(model_folder: Callable[[str], Path]) -> Path:
    return model_folder(SMOKE)


@pytest.fixture(scope="module")
def chat(folder: Path) -> Any:
    made = LlamaCppChat(folder, name=SMOKE, threads=1, context=1024)
    yield made
    made.close()


def process_of(chat: LlamaCppChat) -> subprocess.Popen[str]:
    assert chat._running is not None
    return chat._running.process


def said(chat: LlamaCppChat, messages: list[Message], max_tokens: int = 8) -> str:
    return "".join(chat.stream(messages, max_tokens=max_tokens))


def test_it_listens_on_the_loopback_address_and_asks_for_the_key(chat: LlamaCppChat) -> None:
    assert said(chat, HI)
    assert chat._running is not None
    base = chat._running.chat._endpoint.base_url
    assert base.startswith("http://127.0.0.1:")
    body = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 2}
    with httpx.Client(trust_env=False) as client:
        for key in ({}, {"authorization": "Bearer wrong"}):
            assert client.post(f"{base}/chat/completions", json=body, headers=key).status_code == 401
        assert client.get(base.removesuffix("/v1") + "/slots").status_code != 200
        assert client.get(base.removesuffix("/v1") + "/").status_code in (401, 404)


def test_closing_the_iterator_stops_the_generation(chat: LlamaCppChat) -> None:
    stream = chat.stream(LONG, max_tokens=900)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    started = time.monotonic()
    assert said(chat, HI, 2)
    assert time.monotonic() - started < 5


def test_two_at_once_are_both_answered(chat: LlamaCppChat) -> None:
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda messages: said(chat, messages), [HI, LONG]))
    assert all(replies)


def test_messages_beyond_the_context_are_said(chat: LlamaCppChat) -> None:
    with pytest.raises(EndpointError, match="too long for the model"):
        said(chat, [Message("user", "long " * 3000)])


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_crash_is_said_and_the_next_question_starts_it_anew(chat: LlamaCppChat) -> None:
    stream = chat.stream(LONG, max_tokens=900)
    next(stream)
    os.kill(process_of(chat).pid, signal.SIGKILL)
    with pytest.raises(EndpointError, match="stopped"):
        list(stream)
    assert said(chat, HI)


def test_close_ends_the_process(folder: Path) -> None:
    chat = LlamaCppChat(folder, name=SMOKE, threads=1, context=512)
    assert said(chat, HI, 2)
    process = process_of(chat)
    chat.close()
    assert process.poll() is not None


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_it_does_not_outlive_its_parent(folder: Path) -> None:
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from lionrock.models.llamacpp import LlamaCppChat\n"
        "chat = LlamaCppChat(Path(sys.argv[1]), name='x', threads=1, context=512)\n"
        "print(chat._started().process.pid, flush=True)\n"
        "os._exit(9)\n"
    )
    result = subprocess.run([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True, timeout=60)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{int(result.stdout)}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    status = Path(f"/proc/{int(result.stdout)}/stat")
    assert not status.exists() or " Z " in status.read_text()
