"""Searches and answers narrowed over HTTP, with real storage and index and fake models."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lionrock.app import App
from lionrock.server.asgi import create_api

RULES = "# Parking rules\n\n## Fee\n\nThe parking fee is HK$40 an hour. Staff pay HK$10.\n"
QUESTION = 'What is the "parking fee" an hour?'


@pytest.fixture
def client(make_app: Callable[..., App]) -> Iterator[TestClient]:
    here = ("127.0.0.1", 50000)
    with TestClient(create_api(make_app()), base_url="http://127.0.0.1:8321", client=here) as made:
        yield made


def put(client: TestClient, name: str = "parking.md", text: str = RULES, **fields: str) -> Any:
    response = client.post("/api/v1/ingest", files={"files": (name, text.encode())}, data=fields)
    assert response.status_code == 200, response.text
    return response.json()["results"][0]


def last_event(text: str) -> Any:
    *_, name, data = [line for line in text.split("\n") if line]
    assert name == "event: answer"
    return json.loads(data.removeprefix("data: "))


def test_a_choice_narrows_search_and_answers(client: TestClient) -> None:
    made = client.post("/api/v1/collections", json={"name": "Parks"}).json()
    parks, other = put(client, collection="Parks"), put(client, "lockers.md", "# Lockers\n\nA locker costs HK$30.\n")
    every = {"collections": ["Parks"], "documents": [parks["document_id"]], "languages": ["en"]}
    days = {"since": "2000-01-01", "until": "9999-12-31"}
    for chosen in ({"collections": [made["collection_id"]]}, {**every, **days}):
        found = client.post("/api/v1/search", json={"query": "What does it cost?", **chosen}).json()["hits"]
        assert {hit["document_id"] for hit in found} == {parks["document_id"]}
        answer = client.post("/api/v1/ask", json={"question": QUESTION, **chosen}).json()
        assert "HK$40" in answer["answer"]
        assert (answer["searched"], answer["suggestions"]) == (None, [])
    away = {"documents": [other["document_id"]], "collections": [made["collection_id"]]}
    answer = client.post("/api/v1/ask", json={"question": QUESTION, **away}).json()
    assert answer["abstained"] is True
    told = {"documents": 0, "passages": 0, "collections": ["Parks"], "languages": [], "since": None, "until": None}
    assert answer["searched"] == told
    assert answer["suggestions"] == ["widen_scope", "add_documents", "ask_colleague"]
    streamed = client.post("/api/v1/ask", json={"question": QUESTION, "stream": True, **away}).text
    assert last_event(streamed)["searched"] == told


@pytest.mark.parametrize("path", ["search", "ask"])
@pytest.mark.parametrize(
    ("chosen", "status", "said"),
    [
        ({"since": "31/03/2026"}, 422, "is not a date"),
        ({"until": "2026-02-30"}, 422, "is not a date"),
        ({"since": "2026-02-02", "until": "2026-02-01"}, 422, "is after the last one"),
        ({"languages": ["fr"]}, 422, "languages"),
        ({"collections": ["nowhere"]}, 404, "There is no collection “nowhere”, or you may not see it."),
        ({"documents": ["nowhere"]}, 404, "There is no document nowhere, or you may not see it."),
    ],
)
def test_a_choice_that_cannot_be_is_told(
    client: TestClient, path: str, chosen: dict[str, Any], status: int, said: str
) -> None:
    put(client)
    body = {"query": "fee", "question": QUESTION, "stream": True, **chosen}
    response = client.post(f"/api/v1/{path}", json=body)
    assert response.status_code == status
    assert said in response.json()["error"]["message"]
