"""The document viewer over HTTP: pages, pictures, boxes and views, of those documents only that the caller may see."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pdf_files import pdf_of, ruled, words
from PIL import Image

from lionrock.app import App
from lionrock.errors import NotFoundError
from lionrock.records import Scope
from lionrock.server.asgi import create_api

PAGE = (Path(__file__).parents[3] / "docs" / "contract.md").read_text(encoding="utf-8")
SENTENCE = "The office is closed on Monday."
MAIL = (
    "From: Chan Tai Man <chan@example.hk>\r\nTo: lee@example.hk\r\nSubject: Leave\r\nMessage-ID: <1@example.hk>\r\n"
    "Date: Mon, 1 Jan 2024 10:00:00 +0800\r\nMIME-Version: 1.0\r\n\r\nDear Lee, the leave is fourteen days.\r\n"
)
LAW = """<?xml version="1.0" encoding="UTF-8"?>
<lawDoc xmlns="http://www.xml.gov.hk/schemas/hklm/1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xml:lang="{language}">
<meta><docName>Cap. 999</docName><dc:identifier>/hk/cap999!{language}</dc:identifier><dc:date>2022-10-01</dc:date>
<dc:language>{language}</dc:language></meta>
<main><part><num>Part 1</num><heading>{part}</heading>{sections}</part></main></lawDoc>"""
SECTION = (
    '<section temporalId="s{n}" status="operational" reason="inEffect" startPeriod="2022-10-01"><num>{n}.</num>'
    "<heading>{heading}</heading><content>{text}</content></section>"
)


@pytest.fixture
def client(make_app: Callable[..., App], database_url: str) -> Iterator[TestClient]:
    with TestClient(create_api(make_app(database_url)), base_url="http://127.0.0.1:8321") as made:
        yield made


def put(client: TestClient, name: str, data: bytes, **fields: str) -> str:
    [result] = client.post("/api/v1/ingest", files={"files": (name, data)}, data=fields).json()["results"]
    assert result["status"] == "indexed", result
    return str(result["document_id"])


def passages(client: TestClient, document_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/v1/documents/{document_id}").json()["content"]
    return found


def asked(client: TestClient, path: str, quote: str, found: list[dict[str, Any]]) -> Any:
    """What a route says of a quote in one of the passages."""
    passage = next(item for item in found if quote in item["text"])
    start = passage["text"].index(quote)
    response = client.get(f"/api/v1/passages/{passage['passage_id']}/{path}?start={start}&end={start + len(quote)}")
    assert response.status_code == 200, response.text
    return response.json()


def test_pages_and_pictures(client: TestClient) -> None:
    document = put(client, "rules.pdf", pdf_of(words(72, 760, SENTENCE), words(72, 760, "Fees are due.")))
    assert client.get(f"/api/v1/documents/{document}/pages").json() == {
        "document_id": document,
        "version": 1,
        "kind": "pdf",
        "pages": [{"number": number, "width": 595.0, "height": 842.0, "drawn": True} for number in (1, 2)],
    }
    response = client.get(f"/api/v1/documents/{document}/pages/1/image?width=1190")
    assert (response.status_code, response.headers["content-type"]) == (200, "image/webp")
    with Image.open(io.BytesIO(response.content)) as picture:
        assert picture.size == (1190, 1684)
    tag = response.headers["etag"]
    again = client.get(f"/api/v1/documents/{document}/pages/1/image?width=1190", headers={"if-none-match": f"W/{tag}"})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = client.get(f"/api/v1/documents/{document}/pages/1/image?width=900", headers={"if-none-match": tag})
    assert (other.status_code, other.headers["etag"] == tag) == (200, False)
    assert client.get(f"/api/v1/documents/{document}/pages/3/image").status_code == 404
    assert client.get(f"/api/v1/documents/{document}/pages/0/image").status_code == 422
    for width in (799, 2001):
        assert client.get(f"/api/v1/documents/{document}/pages/1/image?width={width}").status_code == 422


def test_a_browser_keeps_pictures_and_asks_again(client: TestClient) -> None:
    document = put(client, "rules.pdf", pdf_of(words(72, 760, SENTENCE)))
    response = client.get(f"/api/v1/documents/{document}/pages/1/image")
    assert response.headers["cache-control"] == "private, no-cache"


def test_versions_have_their_own_pages(client: TestClient) -> None:
    first = pdf_of(words(72, 760, SENTENCE))
    document = put(client, "rules.pdf", first)
    passage = passages(client, document)[0]
    assert put(client, "rules.pdf", pdf_of(words(72, 760, "Now it is open."), words(72, 760, "Fees."))) == document
    counts = [
        len(client.get(f"/api/v1/documents/{document}/pages{version}").json()["pages"])
        for version in ("", "?version=1", "?version=2")
    ]
    assert counts == [2, 1, 2]
    image = f"/api/v1/documents/{document}/pages/2/image"
    assert [client.get(f"{image}?version={version}").status_code for version in (1, 2, 3)] == [404, 200, 404]
    # A citation of the old version is shown where it stood there.
    boxes = client.get(f"/api/v1/passages/{passage['passage_id']}/boxes").json()
    assert (boxes["version"], len(boxes["boxes"]), boxes["reason"]) == (1, 1, None)


def test_boxes_of_a_sentence_that_stands_on_two_pages(client: TestClient) -> None:
    page = words(72, 700, f"Every reader of this page knows it: {SENTENCE} So much for the opening hours of it.")
    document = put(client, "rules.pdf", pdf_of(page, page, words(72, 760, "Fees are paid at the gate.")))
    for passage in passages(client, document)[:2]:
        found = asked(client, "boxes", SENTENCE, [passage])
        assert (found["document_id"], found["reason"]) == (document, None)
        [box] = found["boxes"]
        assert set(box) == {"page", "x", "y", "width", "height"}
        assert box["page"] == passage["page"]
        assert box["y"] < 1 - 700 / 842 < box["y"] + box["height"]
        assert box["x"] > 0.3


def test_spans_must_lie_in_the_passage(client: TestClient) -> None:
    document = put(client, "rules.pdf", pdf_of(words(72, 760, SENTENCE)))
    [passage] = passages(client, document)
    for route in ("boxes", "view"):
        for span in ("start=5&end=5", "start=9&end=3", "start=0&end=999", "start=-1"):
            response = client.get(f"/api/v1/passages/{passage['passage_id']}/{route}?{span}")
            assert (response.status_code, response.json()["error"]["type"]) == (422, "UsageError")
        assert client.get(f"/api/v1/passages/none/{route}").status_code == 404


def test_what_has_no_pages_says_so(client: TestClient) -> None:
    document = put(client, "rules.md", f"# Rules\n\n{SENTENCE}\n".encode())
    assert client.get(f"/api/v1/documents/{document}/pages").json()["pages"] == []
    response = client.get(f"/api/v1/documents/{document}/pages/1/image")
    assert (response.status_code, "open the original" in response.json()["error"]["message"]) == (404, True)
    found = asked(client, "boxes", SENTENCE, passages(client, document))
    assert (found["boxes"], "PDF" in found["reason"]) == ([], True)


def test_a_damaged_file_is_told_and_the_next_one_drawn(client: TestClient) -> None:
    [result] = client.post("/api/v1/ingest", files={"files": ("bad.pdf", b"%PDF-1.4 cut short")}).json()["results"]
    assert result["status"] == "failed"
    for path in ("pages", "pages/1/image"):
        response = client.get(f"/api/v1/documents/{result['document_id']}/{path}")
        assert (response.status_code, "damaged" in response.json()["error"]["message"]) == (422, True)
    document = put(client, "good.pdf", pdf_of(words(72, 760, SENTENCE)))
    assert client.get(f"/api/v1/documents/{document}/pages/1/image").status_code == 200


def test_only_what_the_caller_may_see(make_app: Callable[..., App], database_url: str) -> None:
    app = make_app(database_url)
    with TestClient(create_api(app), base_url="http://127.0.0.1:8321") as client:
        document = put(client, "rules.pdf", pdf_of(words(72, 760, SENTENCE)), department="registry")
        passage = passages(client, document)[0]["passage_id"]
    for scope in (Scope(), Scope(frozenset({"parks"}))):
        for call in (
            lambda scope=scope: app.viewer.pages(document, scope),
            lambda scope=scope: app.viewer.picture(document, scope, 1),
            lambda scope=scope: app.viewer.boxes(passage, scope),
            lambda scope=scope: app.viewer.view(passage, scope),
        ):
            with pytest.raises(NotFoundError):
                call()
    assert app.viewer.pages(document, Scope(frozenset({"registry"}))).kind == "pdf"


def test_deleted_documents_are_not_drawn_not_even_from_what_is_kept(client: TestClient) -> None:
    document = put(client, "rules.pdf", pdf_of(words(72, 760, SENTENCE)))
    passage = passages(client, document)[0]["passage_id"]
    tag = client.get(f"/api/v1/documents/{document}/pages/1/image").headers["etag"]
    client.delete(f"/api/v1/documents/{document}")
    headers = {"if-none-match": tag}
    assert client.get(f"/api/v1/documents/{document}/pages/1/image", headers=headers).status_code == 404
    assert client.get(f"/api/v1/documents/{document}/pages").status_code == 404
    for route in ("boxes", "view"):
        assert client.get(f"/api/v1/passages/{passage}/{route}").status_code == 404


def test_many_people_at_once(client: TestClient) -> None:
    document = put(client, "rules.pdf", pdf_of(*(words(72, 760, f"Page {n}") for n in range(5))))

    def opened(number: int) -> tuple[int, bytes]:
        response = client.get(f"/api/v1/documents/{document}/pages/{number % 5 + 1}/image?width=800")
        return response.status_code, response.content

    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(opened, range(50)))
    assert {status for status, _ in answers} == {200}
    assert len({content for _, content in answers}) == 5


def test_a_view_of_text_is_the_stored_text_around_the_passage(client: TestClient) -> None:
    parts = [f"## Part {n}\n\n" + f"段落{n}。𠮷 The {n}th rule of the house holds. " * 30 for n in range(12)]
    document = put(client, "rules.md", "\n\n".join(parts).encode())
    stored = client.get(f"/api/v1/documents/{document}/text").json()["text"]
    found = passages(client, document)
    passage = found[len(found) // 2]
    quote = passage["text"][40:60]
    view = client.get(f"/api/v1/passages/{passage['passage_id']}/view?start=40&end=60").json()
    assert (view["kind"], view["provision"], view["table"], view["mail"]) == ("text", None, None, [])
    assert view["text"] == stored[view["start"] : view["start"] + len(view["text"])]
    assert view["text"][slice(*view["passage"])] == passage["text"]
    assert view["text"][slice(*view["span"])] == quote
    assert (view["start"], len(view["text"])) == (passage["start"] - 2_000, len(passage["text"]) + 4_000)
    first = client.get(f"/api/v1/passages/{found[0]['passage_id']}/view").json()
    assert (first["start"], first["text"]) == (0, stored[: len(found[0]["text"]) + 2_000])


def test_a_view_of_a_table_has_addresses_and_the_header(client: TestClient) -> None:
    lines = ["Name,Days,Post"] + [f"Person {n},{n},Clerk {n}" for n in range(1, 200)]
    document = put(client, "staff.csv", "\n".join(lines).encode())
    view = asked(client, "view", "Person 120 | Days: 120", passages(client, document))
    table = view["table"]
    assert (view["kind"], table["address"], table["header"]) == ("table", "A121:C121", "Name | Days | Post")
    assert table["header_address"] == "A1:C1"
    told = {row["address"]: view["text"][row["start"] : row["end"]] for row in table["rows"]}
    for address, row in told.items():
        number = int(re.fullmatch(r"A(\d+):C\1", address)[1]) - 1  # type: ignore[index]
        assert row == f"Name: Person {number} | Days: {number} | Post: Clerk {number}"
    assert len(told) > 40
    assert [row["address"] for row in table["rows"] if row["cited"]] == ["A121:C121"]


def test_a_view_of_mail_has_its_head(client: TestClient) -> None:
    document = put(client, "leave.eml", MAIL.encode())
    view = asked(client, "view", "fourteen days", passages(client, document))
    assert view["kind"] == "mail"
    assert [(item["name"], item["value"]) for item in view["mail"]] == [
        ("Subject", "Leave"),
        ("From", "Chan Tai Man <chan@example.hk>"),
        ("To", "lee@example.hk"),
        ("Date", "Mon, 1 Jan 2024 10:00:00 +0800"),
    ]


def law(language: str, part: str, headings: list[str], texts: list[str]) -> bytes:
    sections = "".join(
        SECTION.format(n=number, heading=heading, text=text)
        for number, (heading, text) in enumerate(zip(headings, texts, strict=True), 1)
    )
    return LAW.format(language=language, part=part, sections=sections).encode()


def test_a_view_of_a_provision_has_its_neighbours_and_the_other_language(client: TestClient) -> None:
    long = "The Commissioner may exempt a person. " * 120
    english = put(
        client,
        "cap999.xml",
        law("en", "Duties", ["Title", "Exemption", "Offence"], ["It is cited so.", long, "A fine."]),
    )
    chinese = put(
        client,
        "cap999c.xml",
        law("zh-Hant", "責任", ["簡稱", "豁免", "罪行"], ["引稱如此。", "專員可豁免某人。", "罰款。"]),
    )
    found = passages(client, english)
    own = [item for item in found if item["anchor"] == "s2"]
    assert len(own) > 1
    view = asked(client, "view", "may exempt", own[1:])
    provision = view["provision"]
    assert (view["kind"], view["truncated"], provision["number"]) == ("legislation", False, "2")
    assert (provision["status"], provision["version_date"], provision["anchor"]) == ("operational", "2022-10-01", "s2")
    assert view["heading"] == ["Part 1 Duties", "2. Exemption"]
    assert view["text"].endswith(long.strip()) and "2. Exemption" in view["text"]
    assert view["text"][slice(*view["passage"])] == own[1]["text"]
    assert view["text"][slice(*view["span"])] == "may exempt"
    assert provision["previous"] == next(item["passage_id"] for item in found if item["anchor"] == "s1")
    assert provision["next"] == next(item["passage_id"] for item in found if item["anchor"] == "s3")
    other = provision["other"]
    assert (other["document_id"], other["language"]) == (chinese, "zh-Hant")
    assert other["text"].endswith("專員可豁免某人。")
    last = asked(client, "view", "A fine.", found)["provision"]
    assert (last["next"], last["previous"]) == (None, own[0]["passage_id"])


def test_a_view_of_a_pdf_says_the_page(client: TestClient) -> None:
    ys = [700, 670, 640]
    rows = (("Item", "Fee"), ("Licence", "400"))
    page = ruled([60, 250, 350], ys) + b"".join(
        words(x + 5, y - 20, cell)
        for y, row in zip(ys, rows, strict=False)
        for x, cell in zip((60, 250), row, strict=True)
    )
    document = put(client, "fees.pdf", pdf_of(words(72, 760, SENTENCE), page))
    found = passages(client, document)
    view = asked(client, "view", "Item: Licence | Fee: 400", found)
    assert (view["kind"], view["page"]) == ("pdf", 2)
    boxes = asked(client, "boxes", "Item: Licence | Fee: 400", found)["boxes"]
    assert [box["page"] for box in boxes] == [2, 2]
    assert boxes[0]["x"] < 0.2 < 0.4 < boxes[1]["x"]


def test_an_image_is_a_page(client: TestClient, shared: Path) -> None:
    data = (shared / "data/messy_docs/unstructured/img/DA-1p.png").read_bytes()
    document = put(client, "scan.png", data)
    [page] = client.get(f"/api/v1/documents/{document}/pages").json()["pages"]
    assert page["drawn"] and page["height"] > page["width"]
    response = client.get(f"/api/v1/documents/{document}/pages/1/image?width=2000")
    with Image.open(io.BytesIO(data)) as given, Image.open(io.BytesIO(response.content)) as drawn:
        assert drawn.size == (min(2000, given.width), drawn.height)
    found = client.get(f"/api/v1/passages/{passages(client, document)[0]['passage_id']}/boxes").json()
    assert (found["boxes"], "text recognition" in found["reason"]) == ([], True)


def test_the_page_of_the_contract_names_what_views_have(client: TestClient) -> None:
    document = put(client, "staff.csv", b"Name,Days\nChan,1\nLee,2\nHo,3\n")
    view = asked(client, "view", "Lee", passages(client, document))
    item = PAGE[PAGE.index("/view` (`start`, `end`)") :]
    told = re.findall(
        r"`(\w+)`", item[item.index("): ") : item.index("`text` is the part")].replace("(as of `pages`, or `mail`)", "")
    )
    assert told == list(view)
    row = re.findall(r"`(\w+)`", item[item.index("- `table`") : item.index("- `mail`")])
    assert [*view["table"], *view["table"]["rows"][0]] == [name for name in row if name not in ("table", "text")]
