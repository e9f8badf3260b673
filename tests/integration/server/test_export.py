"""Conversations and answers saved as files over HTTP."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import docx
import pypdfium2
import pytest
from fastapi.testclient import TestClient

from lionrock.app import App
from lionrock.server.asgi import create_api
from office import Office

RULES = "# Parking rules\n\n## Fee\n\nThe parking fee is HK$40 an hour. Staff pay HK$10.\n"
QUESTION = 'What is the "parking fee" an hour?'
QUOTE = "The parking fee is HK$40 an hour."


@pytest.fixture
def client(make_app: Callable[..., App]) -> Iterator[TestClient]:
    with TestClient(create_api(make_app()), base_url="http://127.0.0.1:8321") as made:
        put(made)
        yield made


def put(client: TestClient, **fields: str) -> None:
    files = {"files": ("parking.md", RULES.encode())}
    response = client.post("/api/v1/ingest", files=files, data={"wait": "true", **fields})
    assert response.json()["results"][0]["status"] == "indexed"


def asked(client: TestClient, **fields: str) -> str:
    """The id of a conversation with one complete answer."""
    made = client.post("/api/v1/conversations", json=fields).json()["id"]
    body = {"question": QUESTION, "chat": "none", "revision": 0}
    assert "event: answer" in client.post(f"/api/v1/conversations/{made}/turns", json=body).text
    return str(made)


def text_of(form: str, data: bytes) -> str:
    if form == "docx":
        return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs)
    if form == "pdf":
        return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))
    return data.decode()


@pytest.mark.parametrize("form", ["docx", "pdf", "md", "txt"])
def test_a_conversation_is_saved_in_each_format(client: TestClient, form: str) -> None:
    made = asked(client, title="泊車／Parking")
    response = client.get(f"/api/v1/conversations/{made}/export", params={"format": form, "language": "en"})
    assert response.status_code == 200
    assert unquote(response.headers["content-disposition"]).endswith(f"filename*=UTF-8''泊車／Parking.{form}")
    assert response.headers["cache-control"] == "private, no-store"
    text = text_of(form, response.content)
    for expected in ("parking fee", "40 an hour", "Sources", "Parking rules", "Fee", "parking.md"):
        assert expected in text


def answered(client: TestClient) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/api/v1/ask", json={"question": QUESTION, "chat": "none"}).json()
    assert answer["sentences"][0]["citations"]
    return answer


def test_an_answer_is_saved_as_it_came(client: TestClient) -> None:
    answer = answered(client)
    response = client.post("/api/v1/export/answer", json={"answer": answer, "format": "txt"})
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert QUOTE in response.text and "parking.md" in response.text
    assert "could not be checked" not in response.text
    chinese = client.post("/api/v1/export/answer", json={"answer": answer, "format": "md", "language": "zh-CN"})
    assert "### 来源" in chinese.text


@pytest.mark.parametrize(
    "change",
    [{"quote": "The parking fee is HK$4 an hour."}, {"passage_id": "none"}, {"quote": "", "start": 0, "end": 0}],
)
def test_a_quote_that_is_not_in_the_documents_is_marked(client: TestClient, change: dict[str, Any]) -> None:
    answer = answered(client)
    answer["sentences"][0]["citations"][0].update(change)
    response = client.post("/api/v1/export/answer", json={"answer": answer, "format": "txt"})
    assert "the quote could not be checked" in response.text


def test_a_title_that_was_made_up_is_not_told_beside_a_real_quote(client: TestClient) -> None:
    answer = answered(client)
    for citation in answer["sentences"][0]["citations"]:
        citation["title"] = "Basic Law"
    response = client.post("/api/v1/export/answer", json={"answer": answer, "format": "txt"})
    assert "Basic Law" not in response.text and "Parking rules" in response.text


@pytest.mark.parametrize(
    "body",
    [
        {"format": "txt"},
        {"answer": {}, "format": "txt"},
        {"answer": {"question": "q", "mode": "x", "abstained": False, "answer": "", "sentences": []}, "format": "txt"},
        {
            "answer": {"question": "q", "mode": "extractive", "abstained": False, "answer": "", "sentences": []},
            "format": "exe",
        },
    ],
)
def test_what_is_no_answer_is_refused(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/api/v1/export/answer", json=body).status_code == 422


def test_a_conversation_that_is_not_there_is_not_found(client: TestClient) -> None:
    for name in ("x", "00000000-0000-4000-8000-000000000000"):
        assert client.get(f"/api/v1/conversations/{name}/export?format=pdf").status_code == 404


def test_without_a_font_the_answer_says_what_to_do(make_app: Callable[..., App]) -> None:
    with TestClient(create_api(make_app(font="/nowhere/font.ttf")), base_url="http://127.0.0.1:8321") as client:
        made = client.post("/api/v1/conversations", json={"title": "t"}).json()["id"]
        response = client.get(f"/api/v1/conversations/{made}/export?format=pdf")
        assert response.status_code == 503
        assert "LIONROCK_FONT" in response.json()["error"]["message"]
        assert client.get(f"/api/v1/conversations/{made}/export?format=docx").status_code == 200


@pytest.mark.parametrize("form", ["docx", "pdf", "md", "txt"])
def test_what_a_colleague_may_not_see_is_in_no_file(office: Office, form: str) -> None:
    office.add("chan", "finance", clearance="CONFIDENTIAL")
    admin, chan, wong = (office.signed_in(name) for name in ("admin", "chan", "wong"))
    put(admin, department="finance", classification="confidential")
    made = asked(chan, title="Fees", department="finance")
    address = f"/api/v1/conversations/{made}/export?format={form}&language=en"
    assert wong.get(address).status_code == 404
    assert chan.patch(f"/api/v1/conversations/{made}", json={"shared": True}).status_code == 200
    own, other = text_of(form, chan.get(address).content), text_of(form, wong.get(address).content)
    assert "40 an hour" in own and "chan" in own
    assert "40 an hour" not in other and "parking.md" not in other and "may not see" in " ".join(other.split())
