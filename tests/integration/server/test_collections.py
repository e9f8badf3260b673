"""Collections and the life of documents over HTTP."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from fastapi.testclient import TestClient

from lionrock.app import App, Upload
from lionrock.server.asgi import create_api
from lionrock.storage.changes import Change
from lionrock.storage.listing import Filters

RULES = "# Parking rules\n\nThe parking fee is HK$40 an hour. Staff pay HK$10.\n"
NEWER = "# Parking rules\n\nThe parking fee is HK$45 an hour. Staff pay HK$10.\n"


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    return make_app()


@pytest.fixture
def client(app: App) -> Iterator[TestClient]:
    with TestClient(create_api(app), base_url="http://127.0.0.1:8321") as made:
        yield made


def put(client: TestClient, name: str = "parking.md", text: str | bytes = RULES, **fields: str) -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    response = client.post("/api/v1/ingest", files={"files": (name, data)}, data=fields)
    assert response.status_code == 200, response.text
    return response.json()["results"][0]


def test_a_collection_from_making_to_taking_away(client: TestClient) -> None:
    body = {"name": "預算", "department": "finance", "classification": "restricted", "add_tags": ["年"]}
    made = client.post("/api/v1/collections", json=body).json()
    assert (made["name"], made["department"], made["classification"], made["tags"]) == (
        "預算",
        "finance",
        "restricted",
        ["年"],
    )
    document_id = put(client, collection="預算")["document_id"]
    document = client.get(f"/api/v1/documents/{document_id}").json()
    assert (document["department"], document["classification"]) == ("finance", "restricted")
    assert document["collection_id"] == made["collection_id"]
    assert client.get("/api/v1/collections").json()["collections"][0]["documents"] == 1
    path = f"/api/v1/collections/{made['collection_id']}"
    changed = client.post(f"{path}/change", json={"name": "決算", "classification": "confidential"}).json()
    assert (changed["name"], changed["moved"]) == ("決算", 1)
    assert client.get("/api/v1/collections/決算").json()["collection_id"] == made["collection_id"]
    assert client.get(f"/api/v1/documents/{document_id}").json()["classification"] == "confidential"
    refused = client.delete(path)
    assert (refused.status_code, "1 documents" in refused.json()["error"]["message"]) == (422, True)
    assert client.delete(path, params={"move_to": "none"}).json()["documents"] == 1
    assert client.get(path).status_code == 404
    assert client.get(f"/api/v1/documents/{document_id}").json()["collection_id"] is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "none"},
        {"name": "a\u0000b"},
        {"name": "x", "retain_until": "2001-01-01"},
        {"name": "x", "retain_until": "soon"},
        {"name": "x", "classification": "secret"},
        {"name": "x", "source_url": "file:///etc/passwd"},
    ],
)
def test_wrong_collections_are_refused(client: TestClient, body: dict[str, str]) -> None:
    response = client.post("/api/v1/collections", json=body)
    assert response.status_code == 422
    assert response.json()["error"]["message"]
    assert client.get("/api/v1/collections").json() == {"collections": []}


def test_many_are_changed_and_listed(client: TestClient) -> None:
    ids = [put(client, f"{n}.md", RULES.replace("40", str(n)))["document_id"] for n in range(5)]
    told = client.post("/api/v1/documents/change", json={"ids": ids[:2], "department": "x", "add_tags": ["t"]}).json()
    assert told == {"documents": sorted(ids[:2]), "changed": 2, "moved": 2} or set(told["documents"]) == set(ids[:2])
    page = client.get("/api/v1/documents", params={"tag": "t", "limit": 1, "sort": "title"}).json()
    assert (len(page["documents"]), page["total"]) == (1, 2)
    rest = client.get(
        "/api/v1/documents", params={"tag": "t", "limit": 1, "sort": "title", "after": page["next"]}
    ).json()
    assert {d["document_id"] for d in (*page["documents"], *rest["documents"])} == set(ids[:2])
    last = client.get("/api/v1/documents", params={"tag": "t", "after": rest["documents"][0]["document_id"]}).json()
    assert last["next"] is None
    for query in ({"sort": "size"}, {"status": "lost"}):
        assert client.get("/api/v1/documents", params=query).status_code == 422
    trial = {"source_prefix": "3", "owner": "O", "dry_run": True}
    assert client.post("/api/v1/documents/change", json=trial).json()["changed"] == 0
    for wrong, status in (({}, 422), ({"ids": ids}, 422), ({"owner": "O"}, 422), ({"ids": ["x"], "owner": "O"}, 404)):
        assert client.post("/api/v1/documents/change", json=wrong).status_code == status


def test_versions_differences_restoring_and_undeleting(client: TestClient) -> None:
    document_id = put(client)["document_id"]
    path = f"/api/v1/documents/{document_id}"
    assert client.get(f"{path}/diff").status_code == 404
    put(client, text=NEWER)
    versions = client.get(f"{path}/versions").json()["versions"]
    assert [(v["version"], v["current"]) for v in versions] == [(2, True), (1, False)]
    diff = client.get(f"{path}/diff").json()
    [difference] = diff["differences"]
    assert [s["text"] for s in difference["removed"]] == ["The parking fee is HK$40 an hour."]
    for which, number in (("removed", 1), ("added", 2)):
        text = client.get(f"{path}/text", params={"version": number}).json()["text"]
        assert all(text[s["start"] : s["end"]] == s["text"] for s in difference[which])
    assert (diff["old"], diff["new"], diff["identical"], diff["exact"], diff["truncated"]) == (1, 2, False, True, False)
    assert client.get(f"{path}/diff", params={"old": 1, "new": 1}).json()["identical"] is True
    assert client.post(f"{path}/restore", json={"version": 1}).json()["status"] == "indexed"
    assert client.get(f"{path}/text").json()["text"] == RULES
    assert client.post(f"{path}/restore", json={"version": 9}).status_code == 404
    assert client.get(f"{path}/who").json()["people"] == ["owner"]
    assert client.delete(path).status_code == 200
    for lost in ("versions", "diff", "who", "original"):
        assert client.get(f"{path}/{lost}").status_code == 404
    assert client.post(f"{path}/undelete", json={}).json()["document_id"] == document_id
    assert client.post("/api/v1/search", json={"query": "parking fee"}).json()["hits"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("五月/會議 記錄.md", "會議 記錄.md"),
        ('😀 "a"; b.md', '😀 "a"; b.md'),
        ("two\nlines.md", "two\nlines.md"),
        (b"caf\xe9.md".decode("utf-8", "surrogateescape"), b"caf\xe9.md"),
    ],
)
def test_an_original_comes_back_to_the_byte(client: TestClient, app: App, name: str, kept: str | bytes) -> None:
    data = "# 停車\n\n停車場收費。\n".encode("big5hkscs")
    [result] = app.ingest([Upload(name, name, data=data)])
    assert result.status == "indexed"
    response = client.get(f"/api/v1/documents/{result.document_id}/original")
    assert response.content == data
    assert response.headers["content-type"] == "text/markdown"
    assert response.headers["x-content-type-options"] == "nosniff"
    told = response.headers["content-disposition"]
    assert told.startswith("attachment; ")
    wanted = kept if isinstance(kept, bytes) else kept.encode()
    assert unquote_to_bytes(told.split("filename*=UTF-8''")[1]) == wanted


def test_a_page_is_never_shown_from_here(client: TestClient) -> None:
    page = b"<!doctype html><html><title>T</title><body><script>alert(1)</script><p>Parking is free.</p></body></html>"
    document_id = put(client, "x.html", page)["document_id"]
    response = client.get(f"/api/v1/documents/{document_id}/original", params={"version": 1})
    assert response.content == page
    assert response.headers["content-disposition"].startswith("attachment;")
    assert response.headers.get_list("x-content-type-options") == ["nosniff"]


def test_an_original_that_is_gone_is_told(client: TestClient, app: App) -> None:
    document_id = put(client)["document_id"]
    app.library.original(document_id, app.owner_scope()).path.unlink()
    response = client.get(f"/api/v1/documents/{document_id}/original")
    assert (response.status_code, "backup" in response.json()["error"]["message"]) == (404, True)
    put(client, text=NEWER)
    assert client.post(f"/api/v1/documents/{document_id}/restore", json={"version": 1}).status_code == 404


def test_a_level_that_is_not_named_is_not_lowered(client: TestClient) -> None:
    document_id = put(client, classification="confidential")["document_id"]
    put(client, text=NEWER)
    assert client.get(f"/api/v1/documents/{document_id}").json()["classification"] == "confidential"
    put(client, text=NEWER, classification="open")
    assert client.get(f"/api/v1/documents/{document_id}").json()["classification"] == "open"


def test_taking_in_keeps_dates(client: TestClient, app: App) -> None:
    document_id = put(client)["document_id"]
    app.library.change([document_id], Filters(), Change(retain_until="2001-01-01"), app.owner_scope(), force=True)
    app.library.removal._looked = None
    put(client, "other.md", NEWER)
    assert client.get(f"/api/v1/documents/{document_id}").status_code == 404


def test_a_file_whose_name_is_no_text_is_taken_in(app: App, tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/\xb0\xb1.md"
    path = Path(os.fsdecode(raw))
    try:
        path.write_text(RULES, encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes names of text only")
    for status in ("indexed", "unchanged"):
        [result] = app.ingest([Upload(path.name, str(path), path=path)])
        assert result.status == status
    original = app.library.original(str(result.document_id), app.owner_scope())
    assert original.name == "\ufffdB0\ufffdB1.md"
