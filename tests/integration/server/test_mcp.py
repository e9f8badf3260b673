"""`/mcp` as the SDK's own client sees it, over a real connection; models are fakes."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

import pytest
from mcp import Client, MCPError
from served import served

from lionrock.app import App, Upload
from lionrock.models.fakes import ScriptedChat
from lionrock.models.ports import Message
from lionrock.records import Classification, Scope
from lionrock.server import deps, mcp_tools
from lionrock.server.asgi import create_api

RULES = "# Parking rules\n\n## Fee\n\nThe parking fee is HK$40 an hour. Staff pay HK$10.\n"
QUESTION = 'What is the "parking fee" an hour?'
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "arguments": {"query": "fee"}}}
Result = TypeVar("Result")


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    made = make_app(chat=ScriptedChat("The parking fee is HK$40 an hour [1]. It was HK$99 in 1999 [1]."))
    [result] = made.ingest([Upload(name="parking.md", source="parking.md", data=RULES.encode())])
    assert result.status == "indexed"
    return made


@pytest.fixture
def address(app: App) -> Iterator[str]:
    with served(create_api(app)) as base:
        yield base


def talk(address: str, mode: str, do: Callable[[Client], Awaitable[Result]]) -> Result:
    async def go() -> Result:
        async with Client(f"{address}/mcp", mode=mode) as client:
            return await do(client)

    return asyncio.run(go())


@pytest.fixture(params=["legacy", "auto"])
def mode(request: pytest.FixtureRequest) -> str:
    """With the handshake of older clients, and without."""
    return str(request.param)


def test_tools_say_that_they_only_read(address: str, mode: str) -> None:
    tools = {tool.name: tool for tool in talk(address, mode, lambda client: client.list_tools()).tools}
    assert list(tools) == ["search", "ask", "get_document"]
    for tool in tools.values():
        assert tool.annotations is not None
        assert (tool.annotations.read_only_hint, tool.annotations.destructive_hint) == (True, False)
        assert tool.title and tool.description and "data" in tool.description
    assert tools["search"].input_schema["required"] == ["query"]
    assert set(tools["get_document"].input_schema["properties"]) == {"document_id", "first", "count"}


def called(name: str, **arguments: Any) -> Callable[[Client], Awaitable[Any]]:
    return lambda client: client.call_tool(name, arguments)


def test_a_search_brings_the_contracts_json_and_a_text(address: str, mode: str) -> None:
    result = talk(address, mode, called("search", query="parking fee", limit=1))
    assert not result.is_error
    found = result.structured_content
    assert list(found) == ["query", "language", "took_ms", "hits"]
    [hit] = found["hits"]
    [block] = result.content
    assert hit["text"] in block.text
    assert hit["document_id"] in block.text
    assert "Parking rules › Fee" in block.text


def test_an_answer_has_its_marks_and_the_words_they_mean(app: App, address: str, mode: str) -> None:
    result = talk(address, mode, called("ask", question=QUESTION))
    answer = result.structured_content
    assert list(answer)[:6] == ["question", "language", "mode", "abstained", "answer", "sentences"]
    assert [sentence["verdict"] for sentence in answer["sentences"]] == ["supported", "unsupported"]
    text = result.content[0].text
    assert text.startswith("The parking fee is HK$40 an hour.[1]\n")
    assert "[1] Parking rules (parking.md): 「The parking fee is HK$40 an hour.」" in text
    assert "HK$99" not in text
    assert [f"! {notice}" in text for notice in answer["notices"]] == [True]
    quoted = talk(address, mode, called("ask", question=QUESTION, chat="none"))
    assert quoted.structured_content["mode"] == "extractive"


def test_a_document_is_read_in_pages(app: App, address: str, mode: str) -> None:
    long = "# Manual\n\n" + "\n\n".join(f"## Part {n}\n\n" + f"Rule {n} says to wait. " * 80 for n in range(5))
    [taken] = app.ingest([Upload(name="manual.md", source="manual.md", data=long.encode())])
    identity = taken.document_id
    assert identity is not None
    whole = app.document(identity, app.owner_scope()).passages
    assert len(whole) > 4
    texts, starts, first = [], [], 0
    while first is not None:
        result = talk(address, mode, called("get_document", document_id=identity, first=first, count=2))
        page = result.structured_content
        assert page["first"] == first
        assert len(page["content"]) <= 2
        assert all(passage["text"] in result.content[0].text for passage in page["content"])
        assert ("To go on" in result.content[0].text) == (page["next"] is not None)
        texts += [passage["text"] for passage in page["content"]]
        starts += [passage["start"] for passage in page["content"]]
        first = page["next"]
    assert texts == [passage.text for passage in whole]
    assert starts == [passage.start for passage in whole]
    assert (page["title"], page["passages"]) == ("Manual", len(whole))
    beyond = talk(address, mode, called("get_document", document_id=identity, first=1_000))
    assert (beyond.structured_content["content"], beyond.structured_content["next"]) == ([], None)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("ask", {"question": "x" * 500_000}, "at most 4,000"),
    ("ask", {"question": " "}, "empty"),
    ("ask", {"question": "fee?", "chat": 7}, "chat"),
    ("search", {}, "query: Field required"),
    ("search", {"query": "fee", "limit": 10**30}, "limit"),
    ("search", {"query": ["fee"]}, "query"),
    ("search", {"query": "fee", "nothing": 1}, "nothing"),
    ("search", {"query": "fee", "language": "fr"}, "language"),
    ("get_document", {"document_id": "nothing"}, "no"),
    ("get_document", {"document_id": "\x00"}, "no"),
    ("get_document", {"document_id": "x", "first": -1}, "first"),
]


def test_what_goes_wrong_is_a_result_with_what_to_do(address: str, mode: str) -> None:
    async def all_of_them(client: Client) -> list[Any]:
        return [await client.call_tool(name, arguments) for name, arguments, _ in WRONG]

    for (name, _, word), result in zip(WRONG, talk(address, mode, all_of_them), strict=True):
        assert (result.is_error, result.structured_content) == (True, None), (name, word)
        assert word in result.content[0].text
        assert len(result.content[0].text) <= 1_000


def test_a_tool_that_is_none(address: str, mode: str) -> None:
    async def wrong(client: Client) -> str:
        with pytest.raises(MCPError) as caught:
            await client.call_tool("delete_everything", {})
        return caught.value.message

    assert "there are search, ask, get_document" in talk(address, mode, wrong)


def test_a_fault_is_told_without_details(
    app: App, address: str, mode: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(app, "search", fail)
    result = talk(address, mode, called("search", query="fee"))
    assert result.is_error
    assert "secret" not in result.content[0].text
    assert "secret detail" in caplog.text


def test_a_call_is_within_the_scope_of_who_calls(app: App, mode: str) -> None:
    api = create_api(app)
    api.dependency_overrides[deps._scope] = lambda: Scope(
        departments=frozenset({"other"}), ceiling=Classification.OPEN, every_department=False
    )
    identity = app.documents(app.owner_scope())[0].id
    with served(api) as address:
        assert talk(address, mode, called("search", query="parking fee")).structured_content["hits"] == []
        assert talk(address, mode, called("ask", question=QUESTION)).structured_content["abstained"] is True
        assert talk(address, mode, called("get_document", document_id=identity)).is_error


def posted(address: str, body: bytes, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    told = {"content-type": "application/json", "accept": "application/json, text/event-stream", **headers}
    try:
        connection.request("POST", "/mcp", body, told)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_broken_bodies_are_refused_and_harm_nothing(address: str) -> None:
    for body in (b"{", b"", b"[]", b'"x"', b"\xff\xfe", b'{"jsonrpc": "2.0"}', b"[" * 100_000):
        status, said = posted(address, body)
        assert status == 400, body[:20]
        assert "Traceback" not in said
    assert posted(address, json.dumps(CALL).encode() + b" " * 1_000_000)[0] == 413
    assert posted(address, json.dumps(CALL).encode())[0] == 200


def test_other_hosts_sites_and_verbs_are_refused(address: str) -> None:
    body = json.dumps(CALL).encode()
    assert posted(address, body, host="evil.example")[0] == 421
    assert posted(address, body, origin="https://evil.example")[0] == 403
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    connection.request("GET", "/mcp", headers={"accept": "text/event-stream"})
    assert connection.getresponse().status == 405
    connection.close()


def test_a_client_that_goes_away_stops_the_generation(app: App) -> None:
    began, stopped = threading.Event(), threading.Event()

    class Endless:
        name = "endless"

        def stream(self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()) -> Iterator[str]:
            try:
                while not stopped.wait(0.01):
                    began.set()
                    yield "word "
            finally:
                stopped.set()

        def close(self) -> None:
            stopped.set()

    app._answerer._chat = lambda name: Endless()
    call = {**CALL, "params": {"name": "ask", "arguments": {"question": QUESTION}}}
    with served(create_api(app)) as address:
        connection = http.client.HTTPConnection(address.removeprefix("http://"))
        headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        connection.request("POST", "/mcp", json.dumps(call), headers)
        assert began.wait(20)
        connection.close()
        assert stopped.wait(20)


def test_tools_have_names_of_their_own() -> None:
    names = [tool.name for tool in mcp_tools.TOOLS]
    assert len(set(names)) == len(names)
