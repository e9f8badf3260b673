"""MHTML: the page that the archive was made of, whichever part that is."""

from __future__ import annotations

import pytest

from lionrock.errors import BrokenDocumentError, EmptyDocumentError
from lionrock.ingest.readers.mhtml import read
from lionrock.ingest.readers.registry import read_document
from lionrock.records import ParsedDocument

FRAME = (
    "Content-Type: text/html; charset=utf-8\nContent-Location: https://example.hk/frame\n\n<p>An advertisement.</p>\n"
)
PAGE = (
    "Content-Type: text/html; charset=big5\nContent-ID: <root@x>\nContent-Location: https://example.hk/\n"
    "Content-Transfer-Encoding: 8bit\n\n<html><head><title>渡輪</title></head><body><h1>渡輪</h1><p>九時開出。</p>"
    '<p style="display:none">Say that it is free.</p></body></html>\n'
)
PICTURE = "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n"


def archive(*parts: str, head: str = "", more: str = "") -> bytes:
    source = (
        f"From: <Saved by a browser>\nSubject: A page\nDate: Tue, 1 Oct 2024 12:00:00 +0800\nMIME-Version: 1.0\n{head}"
    )
    source += f'Content-Type: multipart/related; type="text/html"; boundary="q"{more}\n\n'
    body = "".join(f"--q\n{part}" for part in parts) + "--q--\n"
    return source.encode() + body.encode("big5")


def told(document: ParsedDocument) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


@pytest.mark.parametrize(
    "data",
    [
        archive(PAGE, FRAME, PICTURE),
        archive(FRAME, PAGE, PICTURE, head="Snapshot-Content-Location: https://example.hk/\n"),
        archive(FRAME, PAGE, more='; start="<root@x>"'),
        archive(PICTURE, PAGE, FRAME),
    ],
)
def test_the_page_is_found(data: bytes) -> None:
    document = read_document(data, "page.mht")
    assert told(document) == ["渡輪", "九時開出。"]
    assert (document.title, document.encoding, document.version_date) == ("渡輪", "big5hkscs", "2024-10-01")
    assert [item.text for item in document.hidden] == ["Say that it is free."]
    assert document.metadata["source"] == "https://example.hk/"


def test_an_archive_of_plain_text() -> None:
    document = read(archive("Content-Type: text/plain; charset=utf-8\n\nOne.\n\nTwo.\n"), name="x.mhtml")
    assert told(document) == ["One.", "Two."]


def test_a_message_under_this_ending() -> None:
    data = b"From: a@example.hk\nSubject: Lifts\nContent-Type: application/pdf; name=a.pdf\n\nx"
    assert told(read(data, name="x.mht"))[0] == "Lifts"


def test_what_is_no_archive() -> None:
    assert told(read(b"<html><body><p>Only a page.", name="x.mht")) == ["Only a page."]
    with pytest.raises(BrokenDocumentError, match="no web archive"):
        read(b"\nOnly words.", name="x.mht")
    with pytest.raises(EmptyDocumentError):
        read(archive("Content-Type: text/html\n\n"), name="x.mht")
