"""Web archives (MHTML): the page that a browser saved, without the files that only dress it."""

from __future__ import annotations

import email
import email.message
from collections.abc import Iterator
from dataclasses import replace

from lionrock.errors import BrokenDocumentError, EmptyDocumentError
from lionrock.ingest.readers import eml, html
from lionrock.ingest.readers.html import decode_page
from lionrock.ingest.readers.mail_headers import RAW, decoded, field_of
from lionrock.ingest.readers.mail_parts import iso_date
from lionrock.ingest.readers.plain import paragraphs
from lionrock.records import Block, ParsedDocument

__all__ = ["read"]

_PAGES = frozenset(["text/html", "application/xhtml+xml"])
_MOST_PARTS = 10_000


def read(data: bytes, *, name: str) -> ParsedDocument:
    """The page that the archive starts with."""
    try:
        message = email.message_from_bytes(data.lstrip(b"\xef\xbb\xbf \t\r\n"), policy=RAW)
        parts = list(_leaves(message))
    except RecursionError as error:
        raise BrokenDocumentError("The web archive is nested too deeply; it is refused.") from error
    if not message.keys():
        if b"<html" in data[:4096].lower():
            return html.read(data, name=name)
        raise BrokenDocumentError("The file is no web archive; open the page in a browser and save it again.")
    root = _root(message, parts)
    if root is None:
        # A message of another kind under this ending.
        return eml.read(data, name=name)
    content = root.get_payload(decode=True)
    if not isinstance(content, bytes) or not content.strip():
        raise EmptyDocumentError("The web archive holds no text.")
    charset = root.get_content_charset()
    subject = field_of(message, "subject")
    address = field_of(message, "snapshot-content-location") or field_of(root, "content-location")
    if root.get_content_type() not in _PAGES:
        text = decoded(content, charset)
        blocks = tuple(Block("paragraph", start, end) for start, end in paragraphs(text))
        return ParsedDocument(text, blocks, title=subject or None, version_date=iso_date(field_of(message, "date")))
    text, encoding = decode_page(content, charset)
    parsed = html.read(text.encode("utf-8", "replace"), name=name)
    metadata = {**parsed.metadata, **({"source": address[:2_000]} if address else {})}
    return replace(
        parsed,
        title=parsed.title or subject or None,
        encoding=encoding,
        metadata=metadata,
        version_date=iso_date(field_of(message, "date")),
    )


def _leaves(message: email.message.Message) -> Iterator[email.message.Message]:
    for count, part in enumerate(message.walk()):
        if count > _MOST_PARTS:
            return
        if not part.is_multipart():
            yield part


def _root(message: email.message.Message, parts: list[email.message.Message]) -> email.message.Message | None:
    """The part that is the page: named as the start, saved from the archive's own address, or the first page."""
    start = message.get_param("start")
    wanted = str(start).strip().strip("<>") if isinstance(start, str) else ""
    address = str(message.get("snapshot-content-location") or "").strip()
    for part in parts:
        if wanted and str(part.get("content-id") or "").strip().strip("<>") == wanted:
            return part
    for part in parts:
        if address and str(part.get("content-location") or "").strip() == address:
            return part
    kinds = (_PAGES, frozenset(["text/plain"]))
    return next((part for kind in kinds for part in parts if part.get_content_type() in kind), None)
