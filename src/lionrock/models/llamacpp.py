"""The embedded chat model: llama.cpp in a process of its own on this machine, spoken to over a loopback port.

The process starts with the first question and goes with `close` or with us. It is given its settings, with a random API
key, over a pipe; the key stands in no list of processes.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import httpx

from lionrock.errors import EndpointError, ModelMissingError
from lionrock.models.llamacpp_server import Wanted
from lionrock.models.openai_chat import OpenAIChat
from lionrock.models.ports import Message

__all__ = ["LlamaCppChat"]

_FILE = "model.gguf"
_CALM = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
"""Waiting threads sleep: spinning ones make everything several times slower on a busy machine."""
_SILENCE_S = 600.0
_STOP_S = 5.0
_GONE_S = 1.0
_MOST_LOG = 600


@dataclass(slots=True)
class _Running:
    process: subprocess.Popen[str]
    log: IO[bytes]
    chat: OpenAIChat

    def stop(self) -> None:
        """End the process and let go of what belongs to it."""
        self.chat.close()
        _end(self.process)
        self.log.close()


class LlamaCppChat:
    """A chat model in a GGUF file. Questions from several threads are answered one after the other."""

    def __init__(
        self, folder: Path, *, name: str, threads: int = 2, context: int = 4096, start_s: float = 180.0
    ) -> None:
        """`folder` holds `model.gguf`; `context` is the most tokens of question and reply together.

        `start_s` bounds the time that loading may take. Nothing is started yet.
        """
        self._model = folder / _FILE
        self._name = name
        self._threads = threads
        self._context = context
        self._start_s = start_s
        self._lock = threading.Lock()
        self._running: _Running | None = None

    @property
    def name(self) -> str:
        """The name shown to users and written in the audit trail."""
        return self._name

    def stream(self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()) -> Iterator[str]:
        """Yield pieces of the reply as they come, greedily decoded; the first call loads the model.

        Closing the iterator stops the generation. Raises `ModelMissingError` when the file is not there,
        `EndpointError` when the model cannot be loaded, stops, or the messages are too long for it.
        """
        running = self._started()
        try:
            yield from running.chat.stream(messages, max_tokens=max_tokens, stop=stop)
        except EndpointError as error:
            if not _ended(running.process, error):
                raise
            raise EndpointError(f"The chat model {self._name} stopped (out of memory?); ask again.") from error

    def close(self) -> None:
        """Stop the process and free its memory."""
        with self._lock:
            if self._running is not None:
                self._running.stop()
                self._running = None

    def _started(self) -> _Running:
        with self._lock:
            if self._running is not None and self._running.process.poll() is not None:
                self._running.stop()
                self._running = None
            if self._running is None:
                self._running = self._start()
            return self._running

    def _start(self) -> _Running:
        if not self._model.is_file():
            raise ModelMissingError(
                f"The chat model {self._name} is not installed; run `lionrock models fetch {self._name}`."
            )
        key = secrets.token_urlsafe(24)
        wanted = Wanted(str(self._model), self._name, key, self._threads, self._context)
        log = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
        process = subprocess.Popen(
            [sys.executable, "-m", "lionrock.models.llamacpp_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, **_CALM},
            text=True,
            encoding="utf-8",
            # Ctrl-C in a terminal is for us; we end the process by closing its input.
            start_new_session=True,
        )
        address = _address(process, wanted, self._start_s)
        if address is None:
            _end(process)
            said = _tail(log)
            log.close()
            raise EndpointError(f"The chat model {self._name} could not be loaded{said}; is there memory left?")
        chat = OpenAIChat(
            f"{address}/v1", self._name, api_key=key, timeout_s=_SILENCE_S, extra={"cache_prompt": True}, proxied=False
        )
        return _Running(process, log, chat)


def _address(process: subprocess.Popen[str], wanted: Wanted, start_s: float) -> str | None:
    """The address that the process says once it has loaded; None when it ends or takes too long."""
    assert process.stdin is not None
    assert process.stdout is not None
    watch = threading.Timer(start_s, process.kill)
    watch.start()
    try:
        process.stdin.write(json.dumps(asdict(wanted)) + "\n")
        process.stdin.flush()
        return str(json.loads(process.stdout.readline())["address"])
    except (OSError, ValueError, KeyError):
        return None
    finally:
        watch.cancel()


def _ended(process: subprocess.Popen[str], error: EndpointError) -> bool:
    """Whether the process is gone; after a broken connection that may take a moment to show."""
    if isinstance(error.__cause__, httpx.HTTPError):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GONE_S)
    return process.poll() is not None


def _end(process: subprocess.Popen[str]) -> None:
    """End the process: first by closing its input, then by force."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode("utf-8", "replace").split("\n")
    said = " ".join(" ".join(line.split()) for line in lines if line.strip())[-_MOST_LOG:]
    return f" ({said})" if said else ""
