"""Passages that follow the structure of a document.

Small neighbouring blocks under one heading and anchor are put together up to the target size; a block above it is cut
between sentences (or lines), and only a sentence longer than the hard limit is cut inside. Sizes are weights: one for
an ideograph, and for other words a third of their characters, so that 480 is about 480 ideographs or 230 English words.

What stands below a document's title - who wrote it, and when - goes with its first section.
A passage ends where its page ends, unless a sentence runs on: what is quoted from it can then be looked up on one page.
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
_FAIR = 140.0
_OPENING = 90.0
_SENTENCE_ENDS = ("。", ".", "!", "?", "\uff01", "\uff1f", ";", "\uff1b")


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
    page_breaks: tuple[tuple[int, int], ...] = ()


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
        words = [block for block in group if block.kind != "heading"]
        # What opens a document stands above its first section, and is told with it.
        lead = next((block for block in words if block.heading == words[-1].heading), group[0])
        for part in _split(document, span):
            chunks.append(
                Chunk(
                    part.start,
                    part.end,
                    lead.heading if lead.kind != "heading" else (*lead.heading,),
                    lead.language or _language_of(part.of(document.text), language),
                    _page(document, group, part),
                    lead.anchor,
                    lead.status,
                    lead.status_reason,
                    lead.version_date,
                    _page_breaks(document, part),
                )
            )
    return chunks


def _language_of(text: str, fallback: Language) -> Language:
    """A passage's own language where it is long enough to tell (a bilingual file holds both)."""
    return detect(text) if weight(text) >= 20 else fallback


def _page(document: ParsedDocument, group: list[Block], part: Span) -> int | None:
    """The page of the part's first words that are not a heading."""
    inside = [block for block in group if block.end > part.start and block.start < part.end]
    block = next((block for block in inside if block.kind != "heading"), group[-1])
    return document.page_at(max(block.start, part.start)) or block.page


def _page_breaks(document: ParsedDocument, part: Span) -> tuple[tuple[int, int], ...]:
    """(offset in the part, page), where the part stands on more than one page."""
    first, last = document.page_at(part.start), document.page_at(part.end - 1)
    if first is None or last is None or first == last:
        return ()
    turns = (document.page_starts[page - 1] - part.start for page in range(first + 1, last + 1))
    # Of pages that start at one place, all but the last are empty.
    pages = dict(zip(turns, range(first + 1, last + 1), strict=True))
    return ((0, first), *pages.items())


def _groups(document: ParsedDocument) -> Iterator[list[Block]]:
    """Blocks that belong in one passage."""
    group: list[Block] = []
    size = 0.0
    for block in document.blocks:
        length = weight(document.text[block.start : block.end])
        if group and not _belongs(document, group, block, size + length):
            yield group
            group, size = [], 0.0
        group.append(block)
        size += length
    if group:
        yield group


def _belongs(document: ParsedDocument, group: list[Block], block: Block, size: float) -> bool:
    last = group[-1]
    bare = _is_bare(document, group)
    if size > _TARGET and not bare:
        return False
    if last.kind == "heading":
        # Headings join what follows, also a deeper heading directly below.
        return block.kind != "heading" or block.level > last.level
    if block.kind == "heading":
        return bare and block.level > group[0].level and not _turns(document, last, block)
    if block.anchor != last.anchor:
        return False
    return block.heading == last.heading and not _turns(document, last, block)


def _is_bare(document: ParsedDocument, group: list[Block]) -> bool:
    """Whether a group has only headings yet, or what stands below a document's title: who wrote it, and when.

    Alone that answers nothing, and it would be found for every question that holds words of the title.
    """
    lines = [block for block in group if block.kind != "heading"]
    if not lines:
        return True
    if group[0] is not document.blocks[0] or group[0].kind != "heading":
        return False
    if any(block.kind != "paragraph" or block.heading != lines[0].heading for block in lines):
        return False
    texts = [document.text[block.start : block.end].rstrip() for block in lines]
    return sum(map(weight, texts)) <= _OPENING and not any(text.endswith(_SENTENCE_ENDS) for text in texts)


def _turns(document: ParsedDocument, last: Block, block: Block) -> bool:
    """Whether a page ends between two blocks; a block that runs over the page's end goes with both pages."""
    if document.page_starts:
        return document.page_at(last.end - 1) != document.page_at(block.start)
    return last.page != block.page


def _split(document: ParsedDocument, span: Span) -> Iterator[Span]:
    """Cut a span that is too large between sentences, rather at a page's end than in the middle of a page."""
    text = document.text
    if weight(span.of(text)) <= _HARD:
        yield span
        return
    start = end = None
    size = 0.0
    for piece in _pieces(text, span):
        length = weight(piece.of(text))
        if start is not None and end is not None:
            turned = size >= _FAIR and document.page_at(end - 1) != document.page_at(piece.start)
            if turned or size + length > _TARGET:
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
