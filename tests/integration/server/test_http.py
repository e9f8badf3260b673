"""The HTTP interface with real storage and index and fake models."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lionrock.app import App
from lionrock.app.models import Chats
from lionrock.models.fakes import ScriptedChat
from lionrock.server.asgi import create_api
from lionrock.settings import Settings

RULES = "# Parking rules\n\n## Fee\n\nThe parking fee is HK$40 an hour. Staff pay HK$10.\n"
QUESTION = 'What is the "parking fee" an hour?'


@pytest.fixture
def client(make_app: Callable[..., App]) -> Iterator[TestClient]:
    app = make_app(chat=ScriptedChat("The parking fee is HK$40 an hour [1]. It was HK$99 in 1999 [1]."))
    with TestClient(create_api(app), base_url="http://127.0.0.1:8321") as made:
        yield made


def put(client: TestClient, name: str = "parking.md", text: str = RULES, **fields: str) -> Any:
    response = client.post("/api/v1/ingest", files={"files": (name, text.encode())}, data=fields)
    assert response.status_code == 200
    return response.json()["results"][0]


def events(text: str) -> list[tuple[str, Any]]:
    blocks = [block.split("\n") for block in text.split("\n\n") if block]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_ingest_search_show_and_delete(client: TestClient) -> None:
    result = put(client, department="parks")
    assert (result["status"], result["file"]) == ("indexed", "parking.md")
    assert put(client, department="parks")["status"] == "unchanged"
    hit = client.post("/api/v1/search", json={"query": "parking fee"}).json()["hits"][0]
    assert hit["document_id"] == result["document_id"]
    assert all(0 <= start < end <= len(hit["text"]) for start, end in hit["spans"])
    [listed] = client.get("/api/v1/documents").json()["documents"]
    assert (listed["department"], listed["title"]) == ("parks", "Parking rules")
    document = client.get(f"/api/v1/documents/{result['document_id']}").json()
    assert hit["passage_id"] in {passage["passage_id"] for passage in document["content"]}
    assert client.get(f"/api/v1/documents/{result['document_id']}/text").json()["text"] == RULES
    passage = client.get(f"/api/v1/passages/{hit['passage_id']}").json()
    assert passage["text"] == hit["text"]
    assert client.delete(f"/api/v1/documents/{result['document_id']}").status_code == 200
    assert client.post("/api/v1/search", json={"query": "parking fee"}).json()["hits"] == []
    assert client.get(f"/api/v1/documents/{result['document_id']}").status_code == 404


def test_an_answer_streams_evidence_first_and_marks_what_is_not_supported(client: TestClient) -> None:
    put(client)
    response = client.post("/api/v1/ask", json={"question": QUESTION, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    told = events(response.text)
    names = [name for name, _ in told]
    assert names[0] == "evidence"
    assert names[-1] == "answer"
    assert {"token", "sentence"} <= set(names)
    answer = told[-1][1]
    assert [s["verdict"] for s in answer["sentences"]] == ["supported", "unsupported"]
    assert "99" not in answer["answer"]
    [citation] = answer["sentences"][0]["citations"]
    passage = client.get(f"/api/v1/passages/{citation['passage_id']}").json()
    assert passage["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_an_answer_in_one_piece_quotes(client: TestClient) -> None:
    put(client)
    answer = client.post("/api/v1/ask", json={"question": QUESTION, "chat": "none"}).json()
    assert (answer["mode"], answer["abstained"]) == ("extractive", False)
    assert "HK$40" in answer["answer"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/v1/ask", {"question": ""}, 422),
        ("/api/v1/ask", {"question": "x" * 20_000}, 422),
        ("/api/v1/ask", {}, 422),
        ("/api/v1/search", {"query": "a", "limit": 0}, 422),
        ("/api/v1/search", {"query": "a", "language": "fr"}, 422),
    ],
)
def test_wrong_calls_are_told_so(client: TestClient, path: str, body: Any, status: int) -> None:
    response = client.post(path, json=body)
    assert response.status_code == status
    assert response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("search", '{"query": "\\ud800"}'),
        ("search", '{"query": "parking \\udfff fee"}'),
        ("ask", '{"question": "\\ud800"}'),
        ("ask", '{"question": "fee \\udc00\\ud800?", "stream": true}'),
        ("ask", '{"question": "fee?", "chat": "\\ud800"}'),
    ],
)
def test_half_a_character_is_a_wrong_call(client: TestClient, path: str, body: str) -> None:
    api: Any = client.app
    api.state.lionrock._chat = Chats(Settings())
    response = client.post(f"/api/v1/{path}", content=body, headers={"content-type": "application/json"})
    assert response.status_code == (404 if "chat" in body else 422)
    assert response.json()["error"]["message"]


@pytest.mark.parametrize(("chat", "status"), [("nomodel", 404), ("e5-small", 422), ("qwen2.5-coder-1.5b", 503)])
@pytest.mark.parametrize("question", [QUESTION, "zzz"])
def test_a_chat_model_is_judged_before_the_question(
    client: TestClient, tmp_path: Path, chat: str, status: int, question: str
) -> None:
    put(client)
    api: Any = client.app
    api.state.lionrock._chat = Chats(Settings(models=tmp_path))
    for stream in (False, True):
        response = client.post("/api/v1/ask", json={"question": question, "chat": chat, "stream": stream})
        assert response.status_code == status
        assert chat in response.json()["error"]["message"]


def test_timings_have_the_same_keys_with_and_without_a_model(client: TestClient) -> None:
    put(client)
    for chat, worded in ((None, True), ("none", False)):
        timings = client.post("/api/v1/ask", json={"question": QUESTION, "chat": chat}).json()["timings"]
        assert list(timings) == ["retrieve_ms", "first_token_ms", "total_ms"]
        assert (timings["first_token_ms"] is not None) == worded
        assert 0 < timings["retrieve_ms"] <= timings["total_ms"]


def test_a_file_of_the_same_name_is_a_new_version_and_says_so(client: TestClient) -> None:
    first = put(client, "report.md", "# Roads\n\nRoads are swept on Monday.\n", department="a")
    other = put(client, "report.md", "# Parks\n\nParks open at six.\n", department="b")
    assert (first["reason"], other["reason"]) == (None, None)
    assert put(client, "report.md", "# Roads\n\nRoads are swept on Monday.\n", department="a")["reason"] is None
    newer = put(client, "report.md", "# Bridges\n\nBridges are painted in May.\n", department="a")
    assert (newer["status"], newer["document_id"]) == ("indexed", first["document_id"])
    assert "new version 2 of “Roads”" in newer["reason"]
    assert len(client.get("/api/v1/documents").json()["documents"]) == 2


def test_a_version_that_failed_replaces_nothing(client: TestClient) -> None:
    assert client.post("/api/v1/ingest", files={"files": ("b.docx", b"PK\x03\x04")}).json()["results"][0]["reason"]
    good = put(client, "b.docx", "# B\n\nWords of a document.\n")
    assert (good["status"], good["reason"]) == ("indexed", None)


@pytest.mark.parametrize(
    "question", ["😀" * 50, "'; DROP TABLE passages; --", "<script>alert(1)</script>", "مرحبا", "\u202e\u0000x"]
)
def test_odd_questions_do_no_harm(client: TestClient, question: str) -> None:
    put(client)
    response = client.post("/api/v1/ask", json={"question": question, "chat": "none"})
    assert response.status_code == 200
    assert response.json()["question"] == question
    assert client.get("/api/v1/documents").json()["documents"]


def test_other_hosts_and_other_sites_are_refused(client: TestClient) -> None:
    assert client.get("/healthz", headers={"host": "evil.example"}).status_code == 421
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert client.post("/api/v1/search", json={"query": "a"}, headers=headers).status_code == 403
    assert client.post("/api/v1/search", json={"query": "a"}, headers={"origin": "http://127.0.0.1:8321"}).is_success
    assert client.post("/api/v1/ingest", headers={"content-length": "999999999999"}).status_code == 413


def test_headers_keep_scripts_of_others_out(client: TestClient) -> None:
    headers = client.get("/").headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_health_and_description(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["ready"] is True
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/v1/ingest", "/api/v1/search", "/api/v1/ask", "/api/v1/documents"} <= set(paths)


def test_nothing_is_found_under_an_unknown_id(client: TestClient) -> None:
    for path in ("documents/nothing", "passages/nothing", "documents/nothing/text"):
        response = client.get(f"/api/v1/{path}")
        assert response.status_code == 404
        assert "Traceback" not in response.text


def test_a_title_with_markup_is_text(client: TestClient) -> None:
    put(client, "x.md", "# <img src=x onerror=alert(1)>\n\nWords.\n")
    page = client.get("/documents").text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize(("lang", "words"), [("zh-HK", "文件"), ("zh-CN", "文件"), ("en", "Documents")])
def test_the_page_speaks_three_languages(client: TestClient, lang: str, words: str) -> None:
    page = client.get(f"/?lang={lang}")
    assert f'lang="{lang}"' in page.text
    assert words in page.text
    assert f'lang="{lang}"' in client.get("/").text
