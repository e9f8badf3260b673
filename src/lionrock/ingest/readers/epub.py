"""Books (EPUB): the chapters in the order in which they are read."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from lxml import etree

from lionrock.errors import (
    BrokenDocumentError,
    DocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
    TooLargeError,
)
from lionrock.ingest.readers.archive import Unpacking, opened
from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.html import decode_page, fill, parse_page
from lionrock.ingest.readers.html_walk import Unseen
from lionrock.records import Hidden, ParsedDocument

__all__ = ["read"]

_PAGES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")
_ENDINGS = (".xhtml", ".html", ".htm")
_MOST_CHAPTERS = 5_000
_MOST_XML = 20_000_000
_MOST_NOTICES = 20


class _Book:
    """The archive of a book and its members by name."""

    def __init__(self, data: bytes) -> None:
        self._archive: zipfile.ZipFile = opened(data)
        self._unpacking = Unpacking(self._archive, len(data))
        self._members = {info.filename: info for info in self._archive.filelist}
        self._folded = {name.lower(): info for name, info in self._members.items()}

    @property
    def names(self) -> list[str]:
        return list(self._members)

    def has(self, name: str) -> bool:
        return name in self._members or name.lower() in self._folded

    def member(self, name: str) -> bytes:
        """The bytes of a member. Raises a `DocumentError`; `BrokenDocumentError` where there is none of this name."""
        info = self._members.get(name) or self._folded.get(name.lower())
        if info is None:
            raise BrokenDocumentError(f"it has no part {name[:100]}")
        return self._unpacking.member(info)

    def xml(self, name: str) -> Any:
        data = self.member(name)
        if len(data) > _MOST_XML or b"<!ENTITY" in data:
            raise BrokenDocumentError("The book's list of contents is not one that book programs write; it is refused.")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise BrokenDocumentError("The book's list of contents is damaged.") from error
        if root is None:
            raise BrokenDocumentError("The book's list of contents is empty.")
        return root


def read(data: bytes, *, name: str) -> ParsedDocument:
    """All chapters of the book; its table of contents is not repeated."""
    book = _Book(data)
    notices: list[str] = []
    facts: dict[str, str] = {}
    try:
        chapters = _spine(book, facts)
    except (TooLargeError, EncryptedDocumentError):
        raise
    except DocumentError:
        chapters = []
    if not chapters:
        chapters = sorted(entry for entry in book.names if entry.lower().endswith(_ENDINGS))
        if chapters:
            notices.append(
                "The book does not say in which order it is read; its parts stand in the order of their names."
            )
    _refuse_locked(book, chapters)
    builder, unseen = TextBuilder(), Unseen()
    encoding = None
    for chapter in chapters[:_MOST_CHAPTERS]:
        try:
            text, encoding = decode_page(book.member(chapter), "utf-8")
            root, said = parse_page(text)
            notices += said
        except (TooLargeError, EncryptedDocumentError):
            raise
        except EmptyDocumentError:
            continue
        except DocumentError as error:
            notices.append(f"A chapter ({posixpath.basename(chapter)[:100]}) was left out: {error.message}")
            continue
        fill(root, builder, unseen, prefix=posixpath.basename(chapter) + "#")
    for field in ("description", "subject"):
        if facts.get(field):
            unseen.items.append(Hidden("metadata", facts[field]))
    return builder.document(
        title=facts.get("title"),
        encoding=encoding,
        metadata={"lang": facts.get("language", ""), "creator": facts.get("creator", "")},
        notices=tuple(dict.fromkeys(notices))[:_MOST_NOTICES],
        hidden=tuple(unseen.items),
    )


def _texts(root: Any, name: str) -> Iterator[str]:
    for element in root.iter("{*}" + name):
        if text := " ".join("".join(element.itertext()).split()):
            yield text


def _spine(book: _Book, facts: dict[str, str]) -> list[str]:
    """Names of the chapters in reading order; what the book says of itself goes to `facts`."""
    container = book.xml("META-INF/container.xml")
    path = next((item.get("full-path") for item in container.iter("{*}rootfile") if item.get("full-path")), None)
    if path is None:
        return []
    package = book.xml(path)
    metadata = next(package.iter("{*}metadata"), package)
    for name in ("title", "language", "creator", "description", "subject"):
        if text := "; ".join(list(_texts(metadata, name))[: 1 if name in ("title", "language") else 50]):
            facts[name] = text[:20_000]
    items: dict[str, Mapping[str, str]] = {item.get("id", ""): item.attrib for item in package.iter("{*}item")}
    chapters = []
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref", ""))
        if item is None or "nav" in item.get("properties", "").split():
            continue
        href = unquote(item.get("href", "").partition("#")[0])
        kind = item.get("media-type", "").lower()
        if href and (kind in _PAGES or (not kind and href.lower().endswith(_ENDINGS))):
            chapters.append(posixpath.normpath(posixpath.join(posixpath.dirname(path), href)))
    return list(dict.fromkeys(chapters))


def _refuse_locked(book: _Book, chapters: list[str]) -> None:
    """Raise `EncryptedDocumentError` where the text is under digital rights management; hidden fonts do not count."""
    locked = "The book is locked by digital rights management; only its publisher can give out a copy without it."
    if not book.has("META-INF/encryption.xml"):
        return
    wanted = set(chapters)
    for reference in book.xml("META-INF/encryption.xml").iter("{*}CipherReference"):
        target = posixpath.normpath(unquote(reference.get("URI", "")).lstrip("/"))
        if target in wanted or target.lower().endswith(_ENDINGS):
            raise EncryptedDocumentError(locked)
