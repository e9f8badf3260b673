"""What an export says of documents and collections: the rows that are written, and their checks when they are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from lionrock.app.fields import checked, checked_name
from lionrock.errors import BrokenDocumentError, UsageError
from lionrock.ingest.encodings import known_encoding
from lionrock.records import Classification
from lionrock.storage.changes import Change
from lionrock.storage.collections import Collection
from lionrock.storage.exchange import KeptDocument, KeptVersion
from lionrock.text.names import storable_name

__all__ = [
    "FORMAT",
    "SCHEMA",
    "Coming",
    "ComingCollection",
    "Manifest",
    "collection_row",
    "document_of",
    "document_row",
    "manifest_of",
    "member_of",
]

FORMAT = "lionrock-exchange"
SCHEMA = 1
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,49}/[\w.+-]{1,50}", re.ASCII)
_LONGEST = 32_000
_MOST_VERSIONS = 5_000
_STATES = frozenset({"accepted", "staged", "indexed", "quarantined", "failed"})
_LEVELS: Mapping[str, Classification] = {level.label: level for level in Classification}


@dataclass(frozen=True, slots=True)
class ComingCollection:
    """A collection that an export names."""

    id: str
    name: str
    department: str
    classification: Classification
    values: Change
    """What else is said of it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The head of an export."""

    collections: tuple[ComingCollection, ...]
    documents: int


@dataclass(frozen=True, slots=True)
class Coming:
    """A document that an export holds."""

    document: KeptDocument
    originals: Mapping[int, tuple[str, int]]
    """Version -> (member of the archive, size in bytes)."""


def member_of(document_id: str, version: int) -> str:
    """Where the original of a version lies in the archive."""
    return f"originals/{document_id}/{version}"


def collection_row(collection: Collection) -> dict[str, Any]:
    """A collection in the manifest."""
    return {
        "collection_id": collection.id,
        "name": collection.name,
        "department": collection.department,
        "classification": collection.classification.label,
        "owner": collection.owner,
        "retain_until": collection.retain_until,
        "tags": list(collection.tags),
        "source_url": collection.source_url,
        "licence": collection.licence,
    }


def document_row(item: KeptDocument, originals: Mapping[int, tuple[str, int]]) -> dict[str, Any]:
    """A line of `documents.jsonl`; `originals` is version -> (member, size)."""
    return {
        "document_id": item.id,
        "parent_id": item.parent_id,
        "source": item.source,
        "department": item.department,
        "classification": item.classification.label,
        "media_type": item.media_type,
        "collection_id": item.collection_id,
        "owner": item.owner,
        "retain_until": item.retain_until,
        "tags": list(item.tags),
        "source_url": item.source_url,
        "licence": item.licence,
        "created_at": item.created_at.isoformat(),
        "versions": [
            {
                "version": kept.version,
                "name": kept.name,
                "sha256": kept.sha256,
                "original": originals[kept.version][0],
                "size": originals[kept.version][1],
                "status": kept.status,
                "reason": kept.reason,
                "encoding_asked": kept.encoding_asked,
                "created_at": kept.created_at.isoformat(),
                "released_at": None if kept.released_at is None else kept.released_at.isoformat(),
                "released_by": kept.released_by,
            }
            for kept in item.versions
        ],
    }


class _Row:
    """An object of the export, whose fields are asked for one by one."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise BrokenDocumentError(f"{where} is not an object.")
        self._value = value
        self._where = where

    def _wrong(self, name: str, what: str) -> BrokenDocumentError:
        return BrokenDocumentError(f"“{name}” in {self._where} is {what}.")

    def text(self, name: str, longest: int = _LONGEST) -> str:
        found = self.maybe(name, longest)
        if found is None:
            raise self._wrong(name, "missing or empty")
        return found

    def maybe(self, name: str, longest: int = _LONGEST) -> str | None:
        """A text that can be stored; None where it is absent or empty."""
        found = self._value.get(name)
        if found is None or found == "":
            return None
        if not isinstance(found, str) or len(found) > longest or storable_name(found) != found:
            raise self._wrong(name, f"not a text of at most {longest:,} characters")
        return found

    def like(self, name: str, pattern: re.Pattern[str]) -> str:
        found = self.text(name)
        if not pattern.fullmatch(found):
            raise self._wrong(name, f"not as it should be ({found[:80]!r})")
        return found

    def maybe_id(self, name: str) -> str | None:
        return None if self._value.get(name) is None else self.like(name, _UUID)

    def number(self, name: str, least: int, most: int) -> int:
        found = self._value.get(name)
        if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
            raise self._wrong(name, f"not a number from {least:,} to {most:,}")
        return found

    def level(self) -> Classification:
        found = self._value.get("classification")
        if not isinstance(found, str) or found not in _LEVELS:
            raise self._wrong("classification", "none of open, restricted, confidential")
        return _LEVELS[found]

    def time(self, name: str) -> datetime:
        try:
            found = datetime.fromisoformat(self.text(name, 40))
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self._wrong(name, "not a time") from None

    def items(self, name: str, most: int) -> list[object]:
        found = self._value.get(name, [])
        if not isinstance(found, list) or len(found) > most:
            raise self._wrong(name, f"not a list of at most {most:,}")
        return found

    def facts(self) -> Change:
        """Department, owner, date, tags, URL and licence, by the rules that hold for people too."""
        tags = tuple(str(tag) if isinstance(tag, str) else "" for tag in self.items("tags", 50))
        said = Change(
            department=self.text("department", 100),
            owner=self.maybe("owner", 200),
            retain_until=self.maybe("retain_until", 10),
            source_url=self.maybe("source_url", 4_000),
            licence=self.maybe("licence", 2_000),
            add_tags=tags,
        )
        try:
            return checked(said, today=date.today(), force=True)
        except UsageError as error:
            raise BrokenDocumentError(f"{self._where}: {error.message}") from error


def manifest_of(value: object) -> Manifest:
    """The checked head of an export. Raises `BrokenDocumentError`."""
    row = _Row(value, "the manifest")
    if row.maybe("format", 100) != FORMAT:
        raise BrokenDocumentError("It is a ZIP file, but no export of Lionrock.")
    if row.number("schema", 1, 1_000_000) != SCHEMA:
        raise BrokenDocumentError("It was written by a newer Lionrock, in a form that this one does not know.")
    found = [_collection(_Row(item, "a collection")) for item in row.items("collections", 100_000)]
    if len({item.id for item in found}) != len(found):
        raise BrokenDocumentError("It names a collection twice.")
    return Manifest(tuple(found), row.number("documents", 0, 10**9))


def _collection(row: _Row) -> ComingCollection:
    said = row.facts()
    try:
        name = checked_name(row.text("name", 200))
    except UsageError as error:
        raise BrokenDocumentError(f"A collection cannot be named so: {error.message}") from error
    return ComingCollection(row.like("collection_id", _UUID), name, str(said.department), row.level(), said)


def document_of(value: object, number: int) -> Coming:
    """The checked document of a line, counted from 1. Raises `BrokenDocumentError`."""
    row = _Row(value, f"document {number}")
    said = row.facts()
    rows = [_Row(item, f"a version of document {number}") for item in row.items("versions", _MOST_VERSIONS)]
    kept = tuple(_version(item) for item in rows)
    numbers = [item.version for item in kept]
    if not numbers or numbers != sorted(set(numbers)):
        raise BrokenDocumentError(f"The versions of document {number} are not in order, or it has none.")
    document = KeptDocument(
        id=row.like("document_id", _UUID),
        parent_id=row.maybe_id("parent_id"),
        source=row.text("source"),
        department=str(said.department),
        classification=row.level(),
        media_type=row.like("media_type", _MEDIA_TYPE),
        collection_id=row.maybe_id("collection_id"),
        owner=said.owner,
        retain_until=said.retain_until,
        tags=said.add_tags,
        source_url=said.source_url,
        licence=said.licence,
        created_at=row.time("created_at"),
        versions=kept,
    )
    places = {
        item.version: (at.text("original", 200), at.number("size", 0, 2**62))
        for item, at in zip(kept, rows, strict=True)
    }
    return Coming(document, places)


def _version(row: _Row) -> KeptVersion:
    status = row.text("status", 20)
    if status not in _STATES:
        raise BrokenDocumentError(f"A version is said to be {status!r}, which is no state of one.")
    encoding = row.maybe("encoding_asked", 40)
    try:
        asked = None if encoding is None else known_encoding(encoding)
    except UsageError as error:
        raise BrokenDocumentError(error.message) from error
    released = row.maybe("released_at", 40)
    return KeptVersion(
        version=row.number("version", 1, 1_000_000),
        name=row.text("name"),
        sha256=row.like("sha256", _SHA256),
        status=status,
        reason=row.maybe("reason"),
        encoding_asked=asked,
        created_at=row.time("created_at"),
        released_at=None if released is None else row.time("released_at"),
        released_by=row.maybe("released_by", 200),
    )
