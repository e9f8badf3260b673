"""Other programs use Lionrock as docs/doors.md says: the examples run, and an MCP client starts `lionrock mcp` itself."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

PAGE = (Path(__file__).parents[2] / "docs" / "doors.md").read_text(encoding="utf-8")
RULES = "# Parking rules\n\n## Fee\n\nThe parking fee is HK$40 an hour. Staff pay HK$10.\n"
QUESTION = "What is the parking fee an hour?"
COMMAND = [sys.executable, "-m", "lionrock.cli.main"]

pytestmark = pytest.mark.weights


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> dict[str, str]:
    """Of a data folder with one document, that answers with quotes."""
    folder = tmp_path_factory.mktemp("doors")
    (folder / "parking.md").write_text(RULES, encoding="utf-8")
    home = {"LIONROCK_HOME": str(folder / "home"), "LIONROCK_MODELS": str(weights), "LIONROCK_CHAT": "none"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIONROCK_")} | home
    taken = subprocess.run([*COMMAND, "ingest", str(folder / "parking.md")], env=environment, capture_output=True)
    assert taken.returncode == 0, taken.stderr
    return environment


@pytest.fixture
def address(environment: dict[str, str]) -> Iterator[str]:
    """Of a running `lionrock serve`."""
    command = [*COMMAND, "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            found = (re.search(r"http://[^/]+", line) for line in iter(process.stderr.readline, ""))
            yield next(match[0] for match in found if match)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)


def examples() -> list[str]:
    """The calls with curl, each a command."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return [call for block in blocks for call in re.split(r"\n(?=curl )", block.replace("\\\n", " ").strip())]


def test_the_examples_of_the_page_run(address: str) -> None:
    said = []
    for call in examples():
        command = call.replace("http://127.0.0.1:8321", address)
        result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, call
        said.append(result.stdout)
    models, answer, stream, vectors, found = said
    assert [model["id"] for model in json.loads(models)["data"]] == [
        "lionrock",
        "lionrock-extractive",
        "e5-small",
        "use-multilingual",
    ]
    assert "HK$40" in json.loads(answer)["choices"][0]["message"]["content"]
    assert stream.endswith("data: [DONE]\n\n")
    assert "HK$40" in stream
    assert [len(item["embedding"]) for item in json.loads(vectors)["data"]] == [384, 384]
    [data] = re.findall(r"^data: (\{.*\})\r?$", found, re.MULTILINE)
    assert "HK$40" in json.loads(data)["result"]["structuredContent"]["hits"][0]["text"]


def test_the_python_of_the_page_runs(address: str) -> None:
    [program] = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    program = program.replace("http://127.0.0.1:8321", address)
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert "HK$40" in result.stdout
    assert "supported" in result.stdout


def test_a_client_starts_the_program_itself(environment: dict[str, str], tmp_path: Path) -> None:
    [block] = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    told = json.loads(block)["mcpServers"]["lionrock"]
    assert told["command"] == "lionrock"

    async def talk(mode: str) -> list[Any]:
        parameters = StdioServerParameters(command=COMMAND[0], args=[*COMMAND[1:], *told["args"]], env=environment)
        async with Client(parameters, mode=mode) as client:
            tools = await client.list_tools()
            answer = await client.call_tool("ask", {"question": QUESTION})
            wrong = await client.call_tool("ask", {"question": "x" * 500_000})
            return [[tool.name for tool in tools.tools], answer, wrong]

    for mode in ("legacy", "auto"):
        names, answer, wrong = asyncio.run(talk(mode))
        assert names == ["search", "ask", "get_document"]
        assert answer.structured_content["mode"] == "extractive"
        assert "HK$40" in answer.content[0].text
        assert wrong.is_error
        # It let go of the data folder when the client went.
        listed = subprocess.run([*COMMAND, "documents", "list"], env=environment, capture_output=True, text=True)
        assert listed.returncode == 0, listed.stderr


def asked(identity: int, method: str, **params: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": identity, "method": method, "params": params}) + "\n"


HELLO = asked(
    1,
    "initialize",
    protocolVersion="2025-06-18",
    capabilities={},
    clientInfo={"name": "test", "version": "1"},
)


def test_nothing_but_the_protocol_is_on_standard_output(environment: dict[str, str], tmp_path: Path) -> None:
    broken = '{\n\n[1]\n"x"\n\xff\n' + "[" * 50_000 + "\n"
    search = asked(2, "tools/call", name="search", arguments={"query": "parking fee"})
    none = asked(3, "tools/call", name="nothing", arguments={})
    answers: dict[int, Any] = {}
    pipe, log = subprocess.PIPE, tmp_path / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen([*COMMAND, "-v", "mcp"], env=environment, stdin=pipe, stdout=pipe, stderr=errors) as process,
    ):
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write((HELLO + broken + search + none).encode("latin-1"))
        process.stdin.flush()
        while not {1, 2, 3} <= set(answers):
            said = json.loads(process.stdout.readline())
            assert said["jsonrpc"] == "2.0"
            answers[said.get("id")] = said
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait(60) == 0
    assert answers[1]["result"]["serverInfo"]["name"] == "lionrock"
    assert "HK$40" in answers[2]["result"]["structuredContent"]["hits"][0]["text"]
    assert "there are search, ask, get_document" in answers[3]["error"]["message"]
    assert "Traceback" not in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told(environment: dict[str, str], number: signal.Signals) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*COMMAND, "mcp"], env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(HELLO)
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        process.send_signal(number)
        # Its input stays open: what ends it is the signal.
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_data_folder_in_use_is_told_with_the_address_to_take(environment: dict[str, str], address: str) -> None:
    result = subprocess.run(
        [*COMMAND, "mcp"], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert "http://127.0.0.1:8321/mcp" in line
    assert result.stdout == ""


def test_without_models_it_says_which_command_brings_them(environment: dict[str, str], tmp_path: Path) -> None:
    bare = {**environment, "LIONROCK_MODELS": str(tmp_path / "none")}
    result = subprocess.run([*COMMAND, "mcp"], env=bare, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (4, "")
    assert "lionrock models fetch" in result.stderr
