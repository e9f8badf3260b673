"""From a parsed document to what is stored and indexed: passages with their vectors, as rows and as points."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from pathlib import PurePath

import numpy as np

from lionrock.errors import EmptyDocumentError
from lionrock.index.lexical import pack, passage_vector, unpack
from lionrock.index.port import Point
from lionrock.ingest.chunk import Chunk, chunk
from lionrock.ingest.series import stated_date
from lionrock.models.ports import Embed
from lionrock.records import (
    Classification,
    FloatArray,
    Language,
    ParsedDocument,
    Passage,
    SparseVector,
    pool_of,
)
from lionrock.storage import passages
from lionrock.storage.phrases import phrase_space
from lionrock.storage.versions import NewPassage, NewVersion
from lionrock.text.language import detect
from lionrock.text.plain import plain_words

__all__ = ["Preparer", "in_context", "pair_key_from", "point_of", "title_from", "word_vectors"]

_LEXICAL = "lexical"
_HEADING = "heading"
_EMBED_BATCH = 64
_LANGUAGE_SUFFIX = re.compile(
    r"(?P<mark>[._\- (]+(?:en|eng|english|tc|sc|zh|chi|chinese|zh-hant|zh-hans|zh-hk|zh-cn|e|c|中文|英文|中文版|英文版|繁體|简体))\)?$",
    re.IGNORECASE,
)


class Preparer:
    """Cuts, embeds and counts; keeps nothing."""

    def __init__(self, embedders: Sequence[Embed]) -> None:
        self._embedders = embedders

    def prepare(
        self, parsed: ParsedDocument, name: str, encoding: str | None = None
    ) -> tuple[NewVersion, list[NewPassage]]:
        """What is stored of a document; `encoding` is the one asked for. Raises `EmptyDocumentError` when it has no words."""
        chunks = chunk(parsed)
        if not chunks:
            raise EmptyDocumentError
        title = parsed.title or title_from(name)
        language = parsed.language or detect(parsed.text)
        prepared = NewVersion(
            title=title,
            language=language,
            pages=parsed.pages,
            encoding=encoding or parsed.encoding,
            version_date=parsed.version_date or stated_date(parsed.text),
            pair_key=parsed.pair_key or pair_key_from(name),
            text=parsed.text,
        )
        rows: list[NewPassage] = []
        told: set[str | None] = set()
        for start in range(0, len(chunks), _EMBED_BATCH):
            rows += self._embedded(parsed.text, prepared, chunks[start : start + _EMBED_BATCH], told)
        return prepared, rows

    def _embedded(
        self, text: str, version: NewVersion, chunks: Sequence[Chunk], told: set[str | None]
    ) -> list[NewPassage]:
        """`told` grows by the anchors whose plain words were embedded: the first passage of a provision holds them."""
        plain = [plain_words(version.pair_key, item.anchor, pool_of(item.language)) for item in chunks]
        shown = [in_context(version.title, item.heading, text[item.start : item.end]) for item in chunks]
        spaces: Mapping[str, FloatArray] = {e.name: e.embed_passages(shown) for e in self._embedders}
        rows = []
        for at, item in enumerate(chunks):
            stored = {name: values[at].astype("<f4").tobytes() for name, values in spaces.items()}
            counted = in_context(version.title, item.heading, text[item.start : item.end], plain[at])
            stored |= word_vectors(counted, item.heading, plain[at], item.language)
            if plain[at] and item.anchor not in told:
                told.add(item.anchor)
                stored |= self._phrase_vectors(plain[at].split("\n"))
            rows.append(
                NewPassage(
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

    def _phrase_vectors(self, phrases: Sequence[str]) -> dict[str, bytes]:
        """Each phrase has a vector of its own: in one text with the passage they would dilute the passage's."""
        return {phrase_space(e.name): e.embed_passages(phrases).astype("<f2").tobytes() for e in self._embedders}

    def point(self, row: NewPassage, document_id: str, department: str, classification: Classification) -> Point:
        """The index point of a row."""
        dense = {e.name: np.frombuffer(row.vectors[e.name], "<f4") for e in self._embedders}
        return Point(
            row.id, document_id, department, classification, row.language, dense, unpack(row.vectors[_LEXICAL])
        )


def in_context(title: str, heading: Sequence[str], text: str, plain: str = "") -> str:
    """A passage's text below its title and headings, as it is embedded; with its plain words, as it is counted."""
    above = [part for part in (title, *heading) if part and not text.startswith(part)]
    return "\n".join(part for part in (" | ".join(dict.fromkeys(above)), plain, text) if part)


def word_vectors(shown: str, heading: Sequence[str], plain: str, language: Language) -> dict[str, bytes]:
    """The packed lexical vectors of a passage, by space; `shown` is its text in context, with its plain words."""
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
        passage.id, passage.document_id, passage.department, passage.classification, passage.language, dense, sparse
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
