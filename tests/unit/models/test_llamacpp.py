"""The local chat model where no model is needed: what is missing or broken is said, and nothing is left running."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from lionrock.errors import EndpointError, ModelMissingError
from lionrock.models.llamacpp import LlamaCppChat
from lionrock.models.ports import Message

ASK = [Message("user", "hi")]


def test_a_missing_file_is_said_with_the_command_that_brings_it(tmp_path: Path) -> None:
    chat = LlamaCppChat(tmp_path, name="tiny")
    with pytest.raises(ModelMissingError, match="lionrock models fetch tiny"):
        list(chat.stream(ASK, max_tokens=5))
    chat.close()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[str]]:
    """The processes that were started."""
    processes: list[subprocess.Popen[str]] = []
    real = subprocess.Popen

    def popen(*args: Any, **kwargs: Any) -> subprocess.Popen[str]:
        processes.append(real(*args, **kwargs))
        return processes[-1]

    monkeypatch.setattr("lionrock.models.llamacpp.subprocess.Popen", popen)
    return processes


def test_a_damaged_file_is_said_and_leaves_no_process(tmp_path: Path, started: list[subprocess.Popen[str]]) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF but not really")
    chat = LlamaCppChat(tmp_path, name="tiny")
    with pytest.raises(EndpointError, match="could not be loaded"):
        list(chat.stream(ASK, max_tokens=5))
    assert [process.poll() is not None for process in started] == [True]
    chat.close()


def test_a_start_that_takes_too_long_is_ended(tmp_path: Path, started: list[subprocess.Popen[str]]) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    chat = LlamaCppChat(tmp_path, name="tiny", start_s=0.01)
    with pytest.raises(EndpointError, match="could not be loaded"):
        list(chat.stream(ASK, max_tokens=5))
    assert [process.poll() is not None for process in started] == [True]


def test_the_key_is_in_no_argument_and_no_environment(tmp_path: Path, started: list[subprocess.Popen[str]]) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    with pytest.raises(EndpointError):
        list(LlamaCppChat(tmp_path, name="tiny").stream(ASK, max_tokens=5))
    (process,) = started
    assert isinstance(process.args, list)
    assert process.args[1:] == ["-m", "lionrock.models.llamacpp_server"]
