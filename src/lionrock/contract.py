"""Records as the JSON objects of the public contract. The command line and HTTP send the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lionrock.access import Audience
from lionrock.records import Answer, Citation, Document, Finding, Hit, Language, Passage, Searched, Sentence, Span
from lionrock.storage.collections import Collection
from lionrock.storage.jobs import Batch
from lionrock.storage.removal import Expired
from lionrock.storage.sources import Source
from lionrock.storage.versions_history import Version
from lionrock.text.compare import Comparison
from lionrock.text.repair import repaired

__all__ = [
    "MOST_SENTENCES",
    "IngestResult",
    "Line",
    "Newest",
    "SearchResult",
    "Shown",
    "Synced",
    "answer_json",
    "audience_json",
    "batch_json",
    "citation_json",
    "collection_json",
    "comparison_json",
    "document_json",
    "expired_json",
    "finding_json",
    "hit_json",
    "ingest_json",
    "job_json",
    "line_json",
    "passage_json",
    "search_json",
    "searched_json",
    "sentence_json",
    "shown_json",
    "source_json",
    "synced_json",
    "timings_json",
    "version_json",
]


MOST_SENTENCES = 2_000
"""Of a comparison, so many sentences are given; `truncated` says when there are more."""


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of one file."""

    file: str
    status: Literal["indexed", "unchanged", "quarantined", "failed"]
    document_id: str | None = None
    passages: int = 0
    pages: int | None = None
    language: Language | None = None
    reason: str | None = None
    """Why it failed; for one that was indexed, which earlier version it replaces."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a run of a source did with one item; items that are as they were are not told of."""

    item: str
    what: Literal["added", "changed", "moved", "deleted", "held back", "failed", "left out", "kept"]
    reason: str | None = None
    document_id: str | None = None


@dataclass(slots=True)
class Synced:
    """What one run of a source came to."""

    source_id: str
    added: int = 0
    changed: int = 0
    moved: int = 0
    deleted: int = 0
    unchanged: int = 0
    held_back: int = 0
    failed: int = 0
    left_out: int = 0
    notices: list[str] = field(default_factory=list)
    """Sentences on the run itself."""
    fault: str | None = None
    """Why the run could not do all that it should; nothing is deleted then that might be there."""
    finished: bool = True
    """False when the next run goes on where this one stopped."""

    def sentence(self) -> str:
        """The run in one line."""
        names = ("added", "changed", "moved", "deleted", "unchanged", "held_back", "failed", "left_out")
        counts = ", ".join(f"{getattr(self, n):,} {n.replace('_', ' ')}" for n in names if getattr(self, n))
        parts = [counts or "nothing to do", *([] if self.finished else ["not finished; the next run goes on"])]
        return "; ".join((*parts, *([self.fault] if self.fault else [])))


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, best first."""

    query: str
    language: Language
    took_ms: float
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest version of a document, which search may not show: it failed, waits or is held back."""

    version: int
    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A document with all that is told about it."""

    document: Document
    newest: Newest
    findings: tuple[Finding, ...]
    passages: tuple[Passage, ...]


def batch_json(batch: Batch) -> dict[str, Any]:
    """A batch of files and how far it is."""
    return {
        "batch_id": batch.id,
        "label": batch.label,
        "created_at": batch.created_at.isoformat(),
        "created_by": batch.created_by,
        "paused": batch.paused,
        "cancelled": batch.cancelled,
        "total": batch.total,
        "open": batch.open,
        "counts": dict(batch.counts),
    }


def job_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """A file of a batch; `detail` says how far a running one is, or why a waiting one waits."""
    outcome = row["outcome"] or {}
    return {
        "source": row["source"],
        "state": row["state"],
        "attempts": row["attempts"],
        "detail": row["detail"] or None,
        "document_id": row["document_id"] or None,
        "status": outcome.get("status"),
        "reason": outcome.get("reason"),
    }


def ingest_json(result: IngestResult) -> dict[str, Any]:
    """One line of `ingest --json`."""
    return {
        "file": result.file,
        "status": result.status,
        "document_id": result.document_id,
        "passages": result.passages,
        "pages": result.pages,
        "language": result.language,
        "reason": result.reason,
    }


def search_json(result: SearchResult) -> dict[str, Any]:
    """The object of `search --json`."""
    return {
        "query": result.query,
        "language": result.language,
        "took_ms": round(result.took_ms, 1),
        "hits": [hit_json(hit) for hit in result.hits],
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    """One hit: its place, its passage and the spans in the passage's text that match."""
    return {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        **passage_json(hit.passage),
        "spans": [[span.start, span.end] for span in hit.spans],
        "paired_with": hit.paired_with,
        "exact": hit.exact,
    }


def passage_json(passage: Passage) -> dict[str, Any]:
    """A passage with its place. `start` is its offset in the document's stored text.

    `repaired` is the text with plain ideographs for the compatibility forms of old PDFs, offset by offset; null if it
    has none.
    """
    return {
        "document_id": passage.document_id,
        "passage_id": passage.id,
        "title": passage.title,
        "source": passage.source,
        "page": passage.page,
        "anchor": passage.anchor,
        "heading": list(passage.heading),
        "language": passage.language,
        "text": passage.text,
        "start": passage.start,
        "version": passage.version,
        "status": passage.status,
        "version_date": passage.version_date,
        "superseded_by": passage.superseded_by,
        "department": passage.department,
        "repaired": repaired(passage.text),
    }


def answer_json(answer: Answer) -> dict[str, Any]:
    """The object of `ask --json`."""
    return {
        "question": answer.question,
        "language": answer.language,
        "mode": answer.mode,
        "abstained": answer.abstained,
        "answer": answer.answer,
        "sentences": [sentence_json(sentence) for sentence in answer.sentences],
        "notices": list(answer.notices),
        "timings": timings_json(answer.timings),
        "searched": None if answer.searched is None else searched_json(answer.searched),
        "suggestions": list(answer.suggestions),
    }


def searched_json(searched: Searched) -> dict[str, Any]:
    """What was searched in vain; empty lists and null where nothing was chosen."""
    return {
        "documents": searched.documents,
        "passages": searched.passages,
        "collections": list(searched.collections),
        "languages": list(searched.languages),
        "since": searched.since,
        "until": searched.until,
    }


def timings_json(timings: Mapping[str, float]) -> dict[str, float | None]:
    """Milliseconds. All three are always there; without a model's words there is no first one, hence null."""
    found = {name: timings.get(name) for name in ("retrieve_ms", "first_token_ms", "total_ms")}
    return {name: None if value is None else round(value, 1) for name, value in found.items()}


def sentence_json(sentence: Sentence) -> dict[str, Any]:
    """A sentence, its verdict and its citations."""
    return {
        "text": sentence.text,
        "verdict": sentence.verdict,
        "reasons": list(sentence.reasons),
        "citations": [citation_json(citation) for citation in sentence.citations],
    }


def citation_json(citation: Citation) -> dict[str, Any]:
    """A citation: always `passage text[start:end] == quote`."""
    return {
        "number": citation.number,
        "document_id": citation.document_id,
        "passage_id": citation.passage_id,
        "title": citation.title,
        "source": citation.source,
        "page": citation.page,
        "anchor": citation.anchor,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
    }


def document_json(document: Document) -> dict[str, Any]:
    """A document of the knowledge base."""
    return {
        "document_id": document.id,
        "title": document.title,
        "source": document.source,
        "media_type": document.media_type,
        "language": document.language,
        "department": document.department,
        "classification": document.classification.label,
        "version": document.version,
        "sha256": document.sha256,
        "status": document.status,
        "passages": document.passages,
        "pages": document.pages,
        "reason": document.reason,
        "superseded_by": document.superseded_by,
        "created_at": document.created_at.isoformat(),
        "updated_at": document.updated_at.isoformat(),
        "name": document.name,
        "encoding": document.encoding,
        "collection_id": document.collection_id,
        "parent_id": document.parent_id,
        "owner": document.owner,
        "retain_until": document.retain_until,
        "tags": list(document.tags),
        "source_url": document.source_url,
        "licence": document.licence,
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """What was found about a document; `start` and `end` are offsets into its stored text, null where it is not there."""
    return {
        "kind": finding.kind,
        "level": finding.level,
        "detail": finding.detail,
        "start": finding.start,
        "end": finding.end,
        "excerpt": finding.excerpt,
    }


def shown_json(shown: Shown) -> dict[str, Any]:
    """The object of `documents show --json`."""
    return {
        **document_json(shown.document),
        "newest": {"version": shown.newest.version, "status": shown.newest.status, "reason": shown.newest.reason},
        "findings": [finding_json(finding) for finding in shown.findings],
        "content": [passage_json(passage) for passage in shown.passages],
    }


def collection_json(collection: Collection) -> dict[str, Any]:
    """A collection; `documents` counts those that the asker sees."""
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
        "documents": collection.documents,
        "created_at": collection.created_at.isoformat(),
        "updated_at": collection.updated_at.isoformat(),
    }


def version_json(version: Version) -> dict[str, Any]:
    """A version of a document; `current` is the one that search shows."""
    return {
        "version": version.version,
        "status": version.status,
        "current": version.current,
        "title": version.title,
        "name": version.name,
        "sha256": version.sha256,
        "language": version.language,
        "pages": version.pages,
        "passages": version.passages,
        "encoding": version.encoding,
        "reason": version.reason,
        "created_at": version.created_at.isoformat(),
        "released_at": None if version.released_at is None else version.released_at.isoformat(),
        "released_by": version.released_by,
    }


def comparison_json(
    document_id: str, numbers: tuple[int, int], texts: tuple[str, str], found: Comparison
) -> dict[str, Any]:
    """Two versions beside each other, old then new; offsets are into the stored text of each."""
    left = MOST_SENTENCES
    shown: list[dict[str, Any]] = []
    for item in found.differences:
        removed, added = item.removed[:left], item.added[: max(0, left - len(item.removed))]
        left -= len(removed) + len(added)
        if removed or added:
            shown.append({"removed": _sentences(texts[0], removed), "added": _sentences(texts[1], added)})
    return {
        "document_id": document_id,
        "old": numbers[0],
        "new": numbers[1],
        "identical": texts[0] == texts[1],
        "exact": found.exact,
        "same": found.same,
        "removed": found.removed,
        "added": found.added,
        "truncated": found.removed + found.added > MOST_SENTENCES,
        "differences": shown,
    }


def _sentences(text: str, spans: Sequence[Span]) -> list[dict[str, Any]]:
    return [{"text": span.of(text), "start": span.start, "end": span.end} for span in spans]


def audience_json(document_id: str, audience: Audience) -> dict[str, Any]:
    """Who can see a document."""
    return {
        "document_id": document_id,
        "department": audience.department,
        "classification": audience.classification.label,
        "people": list(audience.people),
        "rule": audience.rule,
    }


def expired_json(expired: Expired) -> dict[str, Any]:
    """A document whose day has come."""
    return {
        "document_id": expired.document_id,
        "title": expired.title,
        "retain_until": expired.retain_until,
        "reason": expired.why,
    }


def source_json(source: Source, items: Mapping[str, int]) -> dict[str, Any]:
    """A source; `items` has a number for each state of its files or pages."""
    return {
        "source_id": source.id,
        "kind": source.kind,
        "address": source.address,
        "department": source.department,
        "classification": source.classification.label,
        "collection_id": source.collection_id,
        "every_seconds": source.every_seconds,
        "paused": source.paused,
        "last_run_at": source.last_run_at.isoformat() if source.last_run_at else None,
        "last_result": source.last_result,
        "items": dict(items),
        "created_at": source.created_at.isoformat(),
    }


def line_json(line: Line) -> dict[str, Any]:
    """What a run of a source did with one item."""
    return {"item": line.item, "what": line.what, "reason": line.reason, "document_id": line.document_id}


def synced_json(result: Synced, lines: Sequence[Line]) -> dict[str, Any]:
    """What a run of a source came to."""
    return {
        "source_id": result.source_id,
        "added": result.added,
        "changed": result.changed,
        "moved": result.moved,
        "deleted": result.deleted,
        "unchanged": result.unchanged,
        "held_back": result.held_back,
        "failed": result.failed,
        "left_out": result.left_out,
        "finished": result.finished,
        "fault": result.fault,
        "notices": list(result.notices),
        "items": [line_json(line) for line in lines],
    }
