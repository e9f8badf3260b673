"""From the bytes of a file to passages that search finds. The steps, in an order that survives a crash at any moment:

1. keep the original and record that it was accepted    (from here on nothing is lost)
2. read it in a child process, cut it into passages, embed them
3. stage: text, passages and vectors in one transaction (still invisible)
4. put the points into the index                        (invisible: search shows current versions only)
5. publish: the document's current version moves        (visible, the old one gone, in one transaction)
6. take the old version's points out of the index

`recover` finishes at the next start what a crash left between 1 and 5; a mismatch left after 4 or 5 is seen when the
index is compared with the database at the start.
"""

from __future__ import annotations

import logging
import re
import unicodedata
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from lionrock.errors import DocumentError, EmptyDocumentError, TooLargeError
from lionrock.index.lexical import pack, passage_vector, unpack
from lionrock.index.port import Index, Point
from lionrock.index.statistics import Statistics
from lionrock.ingest.chunk import Chunk, chunk
from lionrock.ingest.readers.registry import media_type_of
from lionrock.ingest.sandbox import ReaderPool
from lionrock.ingest.series import Edition, replaced, stated_date
from lionrock.models.ports import Embed
from lionrock.records import Classification, FloatArray, Language, ParsedDocument, Passage, SparseVector, pool_of
from lionrock.storage import documents, passages
from lionrock.storage.blobs import Blobs
from lionrock.storage.database import Database
from lionrock.text.language import detect
from lionrock.text.plain import plain_words

__all__ = ["Ingestor", "Outcome", "in_context", "pair_key_from", "point_of", "title_from", "word_vectors"]

_log = logging.getLogger(__name__)
_LEXICAL = "lexical"
_HEADING = "heading"
_EMBED_BATCH = 64
_LANGUAGE_SUFFIX = re.compile(
    r"(?P<mark>[._\- (]+(?:en|eng|english|tc|sc|zh|chi|chinese|zh-hant|zh-hans|zh-hk|zh-cn|e|c|中文|英文|中文版|英文版|繁體|简体))\)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    document_id: str | None
    status: str
    passages: int = 0
    pages: int | None = None
    language: Language | None = None
    reason: str | None = None


class Ingestor:
    """The pipeline with its ports. `ingest` may be called from several threads."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        index: Callable[[], Index],
        statistics: Statistics,
        readers: ReaderPool,
        embedders: Sequence[Embed],
        *,
        largest: int,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._index = index
        self._statistics = statistics
        self._readers = readers
        self._embedders = embedders
        self._largest = largest

    def ingest(
        self, data: bytes, *, name: str, source: str, department: str, classification: Classification
    ) -> Outcome:
        """Take one file in. A file that cannot be read is recorded as failed, with the reason."""
        if len(data) > self._largest:
            reason = f"The file has {len(data):,} bytes; at most {self._largest:,} are accepted here. Split it."
            return Outcome(None, "failed", reason=TooLargeError(reason).message)
        if not data.strip(b" \t\r\n\x00"):
            return Outcome(None, "failed", reason=EmptyDocumentError("The file is empty.").message)
        sha256 = self._blobs.put(data)
        with self._database.begin() as connection:
            accepted = documents.accept(
                connection,
                source=source,
                name=name,
                department=department,
                classification=classification,
                sha256=sha256,
                media_type=media_type_of(data, name),
            )
        if accepted.unchanged:
            return self._unchanged(accepted.document_id, accepted.version)
        return self._process(data, accepted.document_id, accepted.version, name, department, classification)

    def recover(self) -> int:
        """Finish what an earlier run left half done; returns how many files."""
        with self._database.connect() as connection:
            left = documents.pending(connection)
        for item in left:
            data = self._blobs.get(item.sha256)
            _log.info("finishing %s", item.name)
            self._process(data, item.document_id, item.version, item.name, item.department, item.classification)
        return len(left)

    def link_editions(self) -> None:
        """Mark the older editions of a text as replaced by the newest, and take back marks that no longer hold."""
        with self._database.begin() as connection:
            rows = documents.editions(connection)
            known = {row.document_id: row.superseded_by for row in rows}
            found = replaced(
                Edition(row.document_id, row.title, row.date, row.department, row.language) for row in rows
            )
            for document_id, newer in found.items():
                if known[document_id] != newer:
                    documents.mark_superseded(connection, document_id, newer)

    def _unchanged(self, document_id: str, version: int) -> Outcome:
        facts = self._facts(document_id, version)
        return Outcome(document_id, "unchanged", *facts)

    def _facts(self, document_id: str, version: int) -> tuple[int, int | None, Language | None]:
        with self._database.connect() as connection:
            return documents.version_facts(connection, document_id, version)

    def _process(
        self, data: bytes, document_id: str, version: int, name: str, department: str, classification: Classification
    ) -> Outcome:
        try:
            parsed = self._readers.read(data, name)
            prepared, rows = self._prepare(parsed, name)
        except DocumentError as error:
            with self._database.begin() as connection:
                documents.fail(connection, document_id, version, error.message)
            return Outcome(document_id, "failed", reason=error.message)
        with self._database.begin() as connection:
            documents.stage(connection, document_id, version, prepared, rows)
        points = [self._point(row, document_id, department, classification) for row in rows]
        self._index().upsert(points)
        with self._database.begin() as connection:
            old = documents.publish(connection, document_id, version, classification)
            gone = passages.lexical_of(connection, old)
        self._index().delete(old)
        self._statistics.count((point.pool, point.sparse) for point in points)
        self._statistics.count(((pool_of(language), unpack(value)) for language, value in gone), -1)
        return Outcome(document_id, "indexed", len(rows), prepared.pages, prepared.language)

    def _prepare(self, parsed: ParsedDocument, name: str) -> tuple[documents.NewVersion, list[documents.NewPassage]]:
        chunks = chunk(parsed)
        if not chunks:
            raise EmptyDocumentError
        title = parsed.title or title_from(name)
        language = parsed.language or detect(parsed.text)
        prepared = documents.NewVersion(
            title=title,
            language=language,
            pages=parsed.pages,
            encoding=parsed.encoding,
            version_date=parsed.version_date or stated_date(parsed.text),
            pair_key=parsed.pair_key or pair_key_from(name),
            text=parsed.text,
        )
        rows: list[documents.NewPassage] = []
        for start in range(0, len(chunks), _EMBED_BATCH):
            rows += self._embedded(parsed.text, prepared, chunks[start : start + _EMBED_BATCH])
        return prepared, rows

    def _embedded(
        self, text: str, version: documents.NewVersion, chunks: Sequence[Chunk]
    ) -> list[documents.NewPassage]:
        plain = [plain_words(version.pair_key, item.anchor, pool_of(item.language)) for item in chunks]
        shown = [
            in_context(version.title, item.heading, text[item.start : item.end], words)
            for item, words in zip(chunks, plain, strict=True)
        ]
        spaces: Mapping[str, FloatArray] = {e.name: e.embed_passages(shown) for e in self._embedders}
        rows = []
        for at, item in enumerate(chunks):
            stored = {name: values[at].astype("<f4").tobytes() for name, values in spaces.items()}
            stored |= word_vectors(shown[at], item.heading, plain[at], item.language)
            rows.append(
                documents.NewPassage(
                    id=str(uuid.uuid4()),
                    start=item.start,
                    end=item.end,
                    text=text[item.start : item.end],
                    heading=item.heading,
                    page=item.page,
                    anchor=item.anchor,
                    language=item.language,
                    status=item.status,
                    status_reason=item.status_reason,
                    version_date=item.version_date,
                    vectors=stored,
                    page_breaks=item.page_breaks,
                )
            )
        return rows

    def _point(
        self, row: documents.NewPassage, document_id: str, department: str, classification: Classification
    ) -> Point:
        dense = {e.name: np.frombuffer(row.vectors[e.name], "<f4") for e in self._embedders}
        return Point(
            row.id, document_id, department, classification, pool_of(row.language), dense, unpack(row.vectors[_LEXICAL])
        )


def in_context(title: str, heading: Sequence[str], text: str, plain: str = "") -> str:
    """A passage's text below its title, its headings and its plain words, as it is embedded and counted."""
    above = [part for part in (title, *heading) if part and not text.startswith(part)]
    return "\n".join(part for part in (" | ".join(dict.fromkeys(above)), plain, text) if part)


def word_vectors(shown: str, heading: Sequence[str], plain: str, language: Language) -> dict[str, bytes]:
    """The packed lexical vectors of a passage, by space; `shown` is its text in context."""
    pool = pool_of(language)
    return {
        _LEXICAL: pack(passage_vector(shown, pool)),
        # A leg of its own: the nearest heading says in few words what its provision or section is about.
        _HEADING: pack(passage_vector("\n".join((*heading[-1:], plain)), pool)),
    }


def point_of(stored: passages.StoredPoint, spaces: Sequence[str]) -> Point | None:
    """The index point of a stored passage; None when a vector is missing."""
    passage: Passage = stored.passage
    if any(name not in stored.vectors for name in (*spaces, _LEXICAL)):
        return None
    dense = {name: np.frombuffer(stored.vectors[name], "<f4") for name in spaces}
    sparse: SparseVector = unpack(stored.vectors[_LEXICAL])
    return Point(
        passage.id, passage.document_id, passage.department, passage.classification, passage.pool, dense, sparse
    )


def title_from(name: str) -> str:
    """A title of last resort: the file's name without folder, ending and underscores."""
    stem = PurePath(name.replace("\\", "/")).stem
    return unicodedata.normalize("NFC", stem.replace("_", " ")).strip() or name


def pair_key_from(name: str) -> str | None:
    """`leave-rules.en.docx` and `leave-rules_tc.pdf` are language versions of `leave-rules`."""
    stem = PurePath(name.replace("\\", "/")).stem
    found = _LANGUAGE_SUFFIX.search(stem)
    return "file:" + stem[: found.start()].casefold() if found and found.start() > 0 else None
