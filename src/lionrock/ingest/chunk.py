"""Passages that follow the structure of a document.

Small neighbouring blocks under one heading and anchor are put together up to the target size; a block above it is cut
between sentences (or lines), and only a sentence longer than the hard limit is cut inside. Sizes are weights: one for
an ideograph, and for other words a third of their characters, so that 480 is about 480 ideographs or 230 English words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lionrock.records import Block, Language, ParsedDocument, ProvisionStatus, Span
from lionrock.text.fold import is_han
from lionrock.text.language import detect
from lionrock.text.sentences import sentence_spans

__all__ = ["Chunk", "chunk"]

_TARGET = 420.0
_HARD = 640.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage to be: a slice of the document's text with its place."""

    start: int
    end: int
    heading: tuple[str, ...]
    language: Language
    page: int | None = None
    anchor: str | None = None
    status: ProvisionStatus | None = None
    status_reason: str | None = None
    version_date: str | None = None


def weight(text: str) -> float:
    """Size of a text in ideographs."""
    han = sum(map(is_han, text))
    return han + (len(text) - han) / 3


def chunk(document: ParsedDocument) -> list[Chunk]:
    """Chunks in order; they do not overlap, and every block's words lie in one.

    A heading joins the block after it, so that a passage shows the title that it stands under.
    """
    language = document.language or detect(document.text)
    chunks: list[Chunk] = []
    for group in _groups(document):
        span = Span(group[0].start, group[-1].end)
        lead = next((block for block in group if block.kind != "heading"), group[0])
        for part in _split(document.text, span):
            chunks.append(
                Chunk(
                    part.start,
                    part.end,
                    lead.heading if lead.kind != "heading" else (*lead.heading,),
                    lead.language or _language_of(part.of(document.text), language),
                    _page(group, part),
                    lead.anchor,
                    lead.status,
                    lead.status_reason,
                    lead.version_date,
                )
            )
    return chunks


def _language_of(text: str, fallback: Language) -> Language:
    """A passage's own language where it is long enough to tell (a bilingual file holds both)."""
    return detect(text) if weight(text) >= 20 else fallback


def _page(group: list[Block], part: Span) -> int | None:
    for block in group:
        if block.end > part.start:
            return block.page
    return group[-1].page


def _groups(document: ParsedDocument) -> Iterator[list[Block]]:
    """Blocks that belong in one passage."""
    group: list[Block] = []
    size = 0.0
    for block in document.blocks:
        length = weight(document.text[block.start : block.end])
        if group and not _belongs(group, block, size + length):
            yield group
            group, size = [], 0.0
        group.append(block)
        size += length
    if group:
        yield group


def _belongs(group: list[Block], block: Block, size: float) -> bool:
    last = group[-1]
    if size > _TARGET and not (last.kind == "heading" and all(b.kind == "heading" for b in group)):
        return False
    if last.kind == "heading":
        # Headings join what follows, also a deeper heading directly below.
        return block.kind != "heading" or block.level > last.level
    if block.kind == "heading" or block.anchor != last.anchor:
        return False
    return block.heading == last.heading


def _split(text: str, span: Span) -> Iterator[Span]:
    """Cut a span that is too large between sentences."""
    if weight(span.of(text)) <= _HARD:
        yield span
        return
    start = end = None
    size = 0.0
    for piece in _pieces(text, span):
        length = weight(piece.of(text))
        if start is not None and end is not None and size + length > _TARGET:
            yield Span(start, end)
            start, size = None, 0.0
        if start is None:
            start = piece.start
        end = piece.end
        size += length
    if start is not None and end is not None:
        yield Span(start, end)


def _pieces(text: str, span: Span) -> Iterator[Span]:
    """Sentences of the span; one beyond the hard limit is cut at blanks or, failing these, anywhere."""
    for sentence in sentence_spans(span.of(text)):
        start, end = span.start + sentence.start, span.start + sentence.end
        while end - start > 0 and weight(text[start:end]) > _HARD:
            cut = start + int(_HARD)
            while cut < end and weight(text[start:cut]) < _TARGET:
                cut += 50
            cut = min(cut, end)
            blank = max(text.rfind(mark, start + int(_HARD) // 2, cut) for mark in " ,\uff0c、;\uff1b")
            cut = blank + 1 if blank > start else cut
            piece = Span(start, cut)
            if piece.of(text).strip():
                yield piece
            start = cut
            while start < end and text[start].isspace():
                start += 1
        if start < end:
            yield Span(start, end)
