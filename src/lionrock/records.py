"""Frozen records that travel between the stages.

Offsets everywhere are Unicode code points, end exclusive. A document has one stored text; a passage is a slice of it:
`passage.text == document_text[passage.start:passage.end]`, so a span inside a passage is found again in the document
by adding `passage.start`.
"""

from __future__ import annotations

import bisect
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "EVERYTHING",
    "HONG_KONG",
    "Actor",
    "Answer",
    "Attachment",
    "Block",
    "BlockKind",
    "Citation",
    "Classification",
    "Document",
    "Finding",
    "FindingLevel",
    "FloatArray",
    "Hidden",
    "Hit",
    "Language",
    "Narrowing",
    "ParsedDocument",
    "Passage",
    "Placement",
    "Pool",
    "ProvisionStatus",
    "Scope",
    "Searched",
    "Sentence",
    "Span",
    "SparseVector",
    "Suggestion",
    "Verdict",
    "pool_of",
]

FloatArray: TypeAlias = NDArray[np.float32]
HONG_KONG = timezone(timedelta(hours=8))
"""The time of Hong Kong, which has no summer time."""
Language: TypeAlias = Literal["yue", "zh-Hant", "zh-Hans", "en"]
Pool: TypeAlias = Literal["zh", "en"]
"""The two families of documents whose scores can be compared with each other."""
Verdict: TypeAlias = Literal["supported", "partly", "unsupported"]
BlockKind: TypeAlias = Literal["heading", "paragraph", "list_item", "table_row", "provision", "code"]
FindingLevel: TypeAlias = Literal["notice", "warning", "quarantine", "refuse"]
"""How much a finding weighs: only told; shown as a warning; held back until released; not taken in."""
ProvisionStatus: TypeAlias = Literal["operational", "pending", "repealed", "omitted", "expired", "unknown"]
Suggestion: TypeAlias = Literal["widen_scope", "other_words", "add_documents", "ask_colleague"]
"""What to try when nothing was found."""


def pool_of(language: Language) -> Pool:
    """The family of documents that a language belongs to."""
    return "en" if language == "en" else "zh"


class Classification(enum.IntEnum):
    """How confidential a document is; a scope sees everything up to its ceiling."""

    OPEN = 0
    RESTRICTED = 1
    CONFIDENTIAL = 2

    @property
    def label(self) -> str:
        """The word used on the command line and in JSON."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: built from a sign-in, or the local owner."""

    id: str
    departments: frozenset[str] = frozenset()
    clearance: Classification = Classification.OPEN
    is_owner: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search may see. Only `lionrock.access` builds one; the empty scope sees nothing.

    `every_department` is the local owner's view of his own machine; otherwise a document is visible when its
    department is in `departments` and its classification is at most `ceiling`.
    """

    departments: frozenset[str] = frozenset()
    ceiling: Classification = Classification.OPEN
    every_department: bool = False

    @property
    def is_empty(self) -> bool:
        """True when nothing can be visible."""
        return not self.every_department and not self.departments

    @property
    def key(self) -> str:
        """A text that differs whenever two scopes differ, for cache keys."""
        who = "*" if self.every_department else "\x1f".join(sorted(self.departments))
        return f"{int(self.ceiling)}\x1e{who}"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a person chose to search in, of what the scope sees: it takes away and never adds.

    A passage must satisfy every field that is not empty; of the values of one field any will do.
    """

    collections: frozenset[str] = frozenset()
    """Ids."""
    documents: frozenset[str] = frozenset()
    """Ids."""
    languages: frozenset[Language] = frozenset()
    """Of the passage. Cantonese is asked for where written Chinese of either script will do."""
    since: str | None = None
    """ISO date, the first day: of the document's own version date, else of the day when the document came in."""
    until: str | None = None
    """ISO date, the last day."""

    @property
    def is_empty(self) -> bool:
        """True when everything is searched."""
        return not self.languages and not self.by_document

    @property
    def by_document(self) -> bool:
        """True when some documents are left out as a whole."""
        return bool(self.collections or self.documents or self.since or self.until)

    @property
    def written(self) -> frozenset[Language]:
        """The languages that passages may be written in; empty for all."""
        chinese: frozenset[Language] = frozenset(("yue", "zh-Hant", "zh-Hans"))
        return self.languages | chinese if "yue" in self.languages else self.languages

    @property
    def key(self) -> str:
        """A text that differs whenever two narrowings differ, for cache keys."""
        chosen = (sorted(self.collections), sorted(self.documents), sorted(self.languages))
        return "\x1e".join((*("\x1f".join(part) for part in chosen), self.since or "", self.until or ""))


EVERYTHING = Narrowing()


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The words of this span in `text`."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Block:
    """One structural unit that a reader found: a slice of the document's stored text."""

    kind: BlockKind
    start: int
    end: int
    heading: tuple[str, ...] = ()
    """Titles from the outermost to the one directly above (for a heading block: not including itself)."""
    level: int = 0
    """Depth of a heading (1 = top); nesting depth of a list item; else 0."""
    page: int | None = None
    """First page, counted from 1; None where the format has no pages."""
    anchor: str | None = None
    """An address inside the document, unique in it (an element id, a provision's temporalId)."""
    language: Language | None = None
    status: ProvisionStatus | None = None
    status_reason: str | None = None
    version_date: str | None = None
    """ISO date of this text's version, where the format states one."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """Text in a file that a person who opens it does not see. It is examined, and never searched or shown as content."""

    where: str
    """`white text`, `off the page`, `comment`, `alternative text`, `metadata` and the like."""
    text: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a file: a member of an archive, what an e-mail carries."""

    name: str
    """Its path inside the container, with forward slashes, as the container spells it."""
    data: bytes


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a reader returns: the stored text and its structure. Blocks are in order and do not overlap."""

    text: str
    blocks: tuple[Block, ...]
    title: str | None = None
    language: Language | None = None
    pages: int | None = None
    encoding: str | None = None
    pair_key: str | None = None
    """Same key in two documents: they are language versions of one text (e-Legislation: `/hk/cap486`)."""
    version_date: str | None = None
    """ISO date that the document states as its own version date."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    page_starts: tuple[int, ...] = ()
    """Where each page starts in the text, page 1 first, ascending; empty where the format has no pages.

    An empty page starts where the next one does.
    """
    hidden: tuple[Hidden, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    """Files that become documents of their own, below this one."""

    def page_at(self, offset: int) -> int | None:
        """The page that the character at `offset` stands on, counted from 1."""
        return bisect.bisect_right(self.page_starts, offset) or None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a version of a document that whoever uses it should know."""

    kind: str
    """`reading`, `spun`, `spam`, `instructions`, `hidden`, `duplicate`, `boilerplate`, `garbled`, `personal`."""
    level: FindingLevel
    detail: str
    """A sentence for people: what was found, where, and what it means."""
    start: int | None = None
    """Where the words stand in the stored text (code points, end exclusive); None where they are not in it."""
    end: int | None = None
    excerpt: str = ""
    """The words, at most 200 characters; personal data are never repeated here."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a document belongs and what is known of it beside its content.

    Of a document that is already there, only what is given is changed.
    """

    department: str
    classification: Classification = Classification.OPEN
    collection_id: str | None = None
    parent_id: str | None = None
    owner: str | None = None
    retain_until: str | None = None
    """ISO date after which it is deleted."""
    tags: tuple[str, ...] | None = None
    source_url: str | None = None
    licence: str | None = None
    encoding: str | None = None
    """Read the text in this encoding, whatever it looks like."""
    at_least: bool = False
    """Nobody named the classification: a document that is there already keeps its own where that is higher."""
    anywhere: bool = False
    """Nobody named the department: the only document of this source is the one that is meant, wherever it is."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of the knowledge base, as its current version stands."""

    id: str
    title: str
    source: str
    """The path or address it came from."""
    media_type: str
    language: Language
    department: str
    classification: Classification
    version: int
    sha256: str
    status: Literal["accepted", "staged", "indexed", "quarantined", "failed", "deleted"]
    passages: int
    pages: int | None
    created_at: datetime
    updated_at: datetime
    pair_key: str | None = None
    reason: str | None = None
    superseded_by: str | None = None
    name: str = ""
    """The file's own name, as it came."""
    encoding: str | None = None
    """The encoding that its text was read in, where the format leaves that open."""
    collection_id: str | None = None
    parent_id: str | None = None
    """The archive or e-mail that it came in."""
    owner: str | None = None
    retain_until: str | None = None
    """ISO date after which it is deleted."""
    tags: tuple[str, ...] = ()
    source_url: str | None = None
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A unit of retrieval: a slice of one version of a document's stored text."""

    id: str
    document_id: str
    version: int
    ordinal: int
    text: str
    start: int
    end: int
    language: Language
    title: str
    source: str
    heading: tuple[str, ...] = ()
    page: int | None = None
    anchor: str | None = None
    status: ProvisionStatus | None = None
    status_reason: str | None = None
    version_date: str | None = None
    pair_key: str | None = None
    department: str = ""
    classification: Classification = Classification.OPEN
    superseded_by: str | None = None
    """Id of the document that replaces this passage's document."""
    page_breaks: tuple[tuple[int, int], ...] = ()
    """(offset in the passage's text, page that starts there), ascending; empty where it stands on one page.

    `page` is the page of its first words that are not a heading; a heading may stand at the foot of the page before.
    """

    def page_at(self, offset: int) -> int | None:
        """The page that the character at `offset` of the passage's text stands on."""
        at = bisect.bisect_right(self.page_breaks, offset, key=lambda item: item[0])
        return self.page_breaks[at - 1][1] if at else self.page

    @property
    def pool(self) -> Pool:
        """The family of documents it is scored among."""
        return pool_of(self.language)


@dataclass(frozen=True, slots=True)
class SparseVector:
    """A lexical vector: ascending unsigned 32-bit term ids and their weights."""

    indices: NDArray[np.uint32]
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query, with the spans in it that match."""

    rank: int
    score: float
    passage: Passage
    spans: tuple[Span, ...] = ()
    paired_with: str | None = None
    """Id of the passage that is the other language version of this one, when both were found."""
    exact: bool = False
    """True when it surfaced because of an exact reference, name or quoted phrase."""


@dataclass(frozen=True, slots=True)
class Citation:
    """The words that support a sentence. Always `passage.text[start:end] == quote`."""

    number: int
    document_id: str
    passage_id: str
    title: str
    source: str
    page: int | None
    anchor: str | None
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and what the check of it said."""

    text: str
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Searched:
    """What was searched in vain: how much the scope sees within the narrowing, and the narrowing itself."""

    documents: int
    passages: int
    collections: tuple[str, ...] = ()
    """Names of the chosen ones that the scope sees; empty for all."""
    languages: tuple[Language, ...] = ()
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    question: str
    language: Language
    mode: Literal["extractive", "generated"]
    abstained: bool
    answer: str
    sentences: tuple[Sentence, ...]
    notices: tuple[str, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds: `retrieve_ms`, `first_token_ms`, `total_ms`."""
    searched: Searched | None = None
    """Only of an abstention."""
    suggestions: tuple[Suggestion, ...] = ()
    """Of an abstention, the most hopeful first."""
