"""Other programs come in with an API key, and see what its person sees."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import openai
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from served import served

from lionrock.app import App, Upload
from lionrock.app.people import NewPerson
from lionrock.server.asgi import create_api

RULES = b"# Parking rules\n\n## Fee\n\nThe parking fee is HK$40 an hour. Staff pay HK$10.\n"
ASKED: list[Any] = [{"role": "user", "content": 'What is the "parking fee" an hour?'}]


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    made = make_app()
    [result] = made.ingest([Upload(name="parking.md", source="parking.md", data=RULES)], department="parks")
    assert result.status == "indexed"
    made.people.first_run(NewPerson("head", is_owner=True), "a long enough password", code=None)
    return made


def key(app: App, department: str, *scopes: str) -> str:
    person = app.people.add(NewPerson(department, departments=frozenset({department})), "a long enough password")
    return app.people.keys.create(person, "program", frozenset(scopes)).secret


def test_an_openai_client_sees_what_its_person_sees(app: App) -> None:
    keys = {name: key(app, name, "read", "ask") for name in ("parks", "roads")}
    found = {}
    with served(create_api(app)) as address:
        for name, secret in keys.items():
            with openai.OpenAI(base_url=f"{address}/v1", api_key=secret, max_retries=0) as client:
                assert client.models.retrieve("lionrock").id == "lionrock"
                found[name] = client.chat.completions.create(model="lionrock", messages=ASKED).model_extra
    assert found["parks"] is not None and found["roads"] is not None
    assert (found["parks"]["lionrock"]["abstained"], found["roads"]["lionrock"]["abstained"]) == (False, True)
    assert found["roads"]["lionrock"]["evidence"] == []


def test_without_a_right_key_the_client_is_told_in_its_own_form(app: App) -> None:
    reader = key(app, "parks", "read")
    with served(create_api(app)) as address:
        with (
            openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client,
            pytest.raises(openai.AuthenticationError) as caught,
        ):
            client.models.list()
        assert caught.value.type == "authentication_error"
        with (
            openai.OpenAI(base_url=f"{address}/v1", api_key=reader, max_retries=0) as client,
            pytest.raises(openai.PermissionDeniedError) as refused,
        ):
            client.chat.completions.create(model="lionrock", messages=ASKED)
        assert refused.value.type == "permission_error"


def test_an_mcp_client_sees_what_its_person_sees(app: App) -> None:
    async def search(address: str, secret: str) -> list[str]:
        headers = {"authorization": f"Bearer {secret}"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
        ):
            result = await client.call_tool("search", {"query": "parking fee"})
            return [hit["title"] for hit in result.structured_content["hits"]]

    keys = {name: key(app, name, "ask") for name in ("parks", "roads")}
    with served(create_api(app)) as address:
        assert asyncio.run(search(address, keys["parks"])) == ["Parking rules"]
        assert asyncio.run(search(address, keys["roads"])) == []
        assert httpx2.post(f"{address}/mcp", json={}).status_code == 401
