"""What a missing server, address or model does to a command: its exit code, one clear sentence, and nothing raw."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    told = {"LIONROCK_HOME": str(home), "LIONROCK_MODELS": str(home / "no-models"), **environment}
    return subprocess.run(
        [sys.executable, "-m", "lionrock.cli.main", *arguments],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


def one_sentence(result: subprocess.CompletedProcess[str]) -> str:
    """The only line on standard error."""
    [line] = result.stderr.splitlines()
    assert line.startswith("lionrock: ")
    assert result.stdout == ""
    return line


@pytest.mark.parametrize("command", [("search", "a"), ("documents", "list"), ("documents", "reindex")])
def test_a_database_server_that_is_not_there(tmp_path: Path, command: tuple[str, ...]) -> None:
    result = run(tmp_path, *command, LIONROCK_DATABASE_URL="postgresql+psycopg://a@127.0.0.1:9/x")
    assert result.returncode == 4
    assert "LIONROCK_DATABASE_URL" in one_sentence(result)


def test_a_search_server_that_is_not_there(tmp_path: Path) -> None:
    result = run(tmp_path, "documents", "reindex", LIONROCK_INDEX_URL="http://127.0.0.1:9")
    assert result.returncode == 4
    assert "LIONROCK_INDEX_URL" in one_sentence(result)


@pytest.mark.parametrize("host", ["256.1.1.1", "198.51.100.7", "no.such.host.invalid", "a" * 300])
def test_an_address_that_is_none_of_ours(tmp_path: Path, host: str) -> None:
    result = run(tmp_path, "serve", "--host", host)
    assert result.returncode == 2
    assert host in one_sentence(result)


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = run(tmp_path, "serve", "--port", str(other.getsockname()[1]))
    assert result.returncode == 1
    assert "in use" in one_sentence(result)


@pytest.mark.weights
def test_a_chat_model_is_judged_before_the_question(tmp_path: Path, weights: Path) -> None:
    text = "# Lockers\n\nA locker costs HK$40 a month.\n"
    (tmp_path / "lockers.md").write_text(text, encoding="utf-8")
    models = {"LIONROCK_MODELS": str(without_chat(tmp_path, weights))}
    assert run(tmp_path / "home", "ingest", str(tmp_path / "lockers.md"), **models).returncode == 0
    for question in ("What does a locker cost a month?", "Who painted the Mona Lisa?"):
        for name, code in (("nomodel", 3), ("e5-small", 2), ("qwen2.5-coder-1.5b", 4)):
            result = run(tmp_path / "home", "ask", question, "--chat", name, **models)
            assert (result.returncode, name in one_sentence(result)) == (code, True)
    answer = json.loads(run(tmp_path / "home", "ask", "locker", "--json", **models).stdout)
    assert answer["timings"]["first_token_ms"] is None
    assert answer["timings"]["total_ms"] >= answer["timings"]["retrieve_ms"] > 0


def without_chat(tmp_path: Path, weights: Path) -> Path:
    """The folder of models with those for search alone."""
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("e5-small", "use-multilingual", "cedict"):
        (folder / name).symlink_to(weights / name)
    return folder


@pytest.mark.weights
def test_a_doctor_without_a_chat_model_is_content(tmp_path: Path, weights: Path) -> None:
    models = {"LIONROCK_MODELS": str(without_chat(tmp_path, weights))}
    result = run(tmp_path / "home", "doctor", **models)
    assert result.returncode == 0, result.stdout
    assert "note model qwen" in result.stdout
    assert "lionrock models fetch qwen" in result.stdout
    told = json.loads(run(tmp_path / "home", "doctor", "--json", **models).stdout)
    assert told["ok"] is True
    assert [(check["ok"], check["needed"]) for check in told["checks"] if "qwen" in check["name"]] == [(False, False)]
    # Where the settings ask for it by name, it is needed.
    assert run(tmp_path / "home", "doctor", LIONROCK_CHAT="qwen2.5-coder-1.5b", **models).returncode == 1


def test_a_doctor_without_search_models_is_not(tmp_path: Path) -> None:
    result = run(tmp_path, "doctor", "--json")
    told = json.loads(result.stdout)
    assert (result.returncode, told["ok"]) == (1, False)
    missing = {check["name"]: check["remedy"] for check in told["checks"] if check["needed"] and not check["ok"]}
    assert missing["model e5-small"] == "lionrock models fetch e5-small"


def test_a_list_of_documents_is_one_value(tmp_path: Path) -> None:
    result = run(tmp_path, "documents", "list", "--json")
    assert (result.returncode, json.loads(result.stdout)) == (0, [])


@pytest.mark.weights
def test_a_server_is_announced_when_it_listens_and_is_stopped_in_order(tmp_path: Path, weights: Path) -> None:
    command = [sys.executable, "-m", "lionrock.cli.main", "serve", "--port", "0"]
    environment = {**os.environ, "LIONROCK_HOME": str(tmp_path / "home"), "LIONROCK_MODELS": str(weights)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        port = next(int(line.split(":")[2].split("/")[0]) for line in lines if "is at http://" in line)
        with socket.create_connection(("127.0.0.1", port), timeout=20) as asked:
            asked.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert asked.recv(100).startswith(b"HTTP/1.1 200")
        process.terminate()
        assert process.wait(timeout=30) == 0
        assert "Traceback" not in process.stderr.read()
    # What says that index and database were closed together.
    assert (tmp_path / "home" / "index" / "edge" / "in-step").exists()
