"""The document viewer: pages, their pictures, where quotes stand on them, and passages among what is around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from lionrock.app.library import Library, Original
from lionrock.app.view import View, ViewKind, view_of
from lionrock.errors import NotFoundError, UsageError
from lionrock.ingest.readers.formats import FORMATS
from lionrock.ingest.render import Drawer, PageKind, Quoted
from lionrock.ingest.sandbox import Limits
from lionrock.records import Passage, Scope, Span
from lionrock.settings import Settings
from lionrock.storage import passages, versions_history, viewing
from lionrock.storage.database import Database
from lionrock.storage.viewing import Piece

__all__ = ["Boxes", "DocumentKind", "LineBox", "PageSize", "Pages", "Picture", "Viewer"]

DocumentKind = Literal["pdf", "image", "legislation", "text", "table"]
_SECONDS = 30.0
"""Longest time for one answer; a page that takes longer is not worth the wait."""
_BY_READER: Mapping[str, ViewKind] = {
    "pdf": "pdf",
    "image": "image",
    "hklm": "legislation",
    "spreadsheet": "table",
    "delimited": "table",
    "eml": "mail",
    "msg": "mail",
}
_KINDS: Mapping[str, ViewKind] = {
    form.media_type: _BY_READER[form.module] for form in FORMATS.values() if form.module in _BY_READER
}
_MISSES = {
    "absent": "The words were not found on page {page} as it is drawn.",
    "several": "The words stand on page {page} more than once, and nothing tells which are meant.",
    "recognised": "Page {page} was read by text recognition; where its lines stand is not kept.",
}


@dataclass(frozen=True, slots=True)
class PageSize:
    """A page, and its size in points where it is drawn."""

    number: int
    width: float | None
    height: float | None
    drawn: bool


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a version."""

    document_id: str
    version: int
    kind: DocumentKind
    pages: tuple[PageSize, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A page that can be drawn."""

    original: Original
    kind: PageKind
    page: int

    def tag(self, width: int) -> str:
        """A text that differs whenever two pictures differ."""
        return f"{self.original.sha256}-{self.page}-{width}"


@dataclass(frozen=True, slots=True)
class LineBox:
    """A line of a quote, in parts of the page from its left and upper edge."""

    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Boxes:
    """Where a quote stands."""

    passage: Passage
    boxes: tuple[LineBox, ...]
    reason: str | None
    """Why not all of it has a box."""


class Viewer:
    """What a person looks at. Every method may be called from several threads; what draws may wait for others."""

    def __init__(self, settings: Settings, database: Database, library: Library) -> None:
        self._database = database
        self._library = library
        self._drawer = Drawer(Limits(min(_SECONDS, settings.parse_seconds), settings.parse_memory_bytes))

    def pages(self, document_id: str, scope: Scope, version: int | None = None) -> Pages:
        """The pages of a version (of the one that search shows if none is named). Raises `NotFoundError`, `DocumentError`."""
        original = self._library.original(document_id, scope, version)
        kind = _kind(original)
        found: list[PageSize] = []
        if kind == "pdf" or kind == "image":
            for number, (wide, high) in enumerate(self._drawer.sizes(original.sha256, original.path, kind), 1):
                found.append(PageSize(number, round(wide, 2), round(high, 2), wide > 0))
        else:
            with self._database.connect() as connection:
                count = viewing.page_count(connection, document_id, original.version, scope) or 0
            found += [PageSize(number, None, None, False) for number in range(1, count + 1)]
        told: DocumentKind = "text" if kind == "mail" else kind
        return Pages(document_id, original.version, told, tuple(found))

    def picture(self, document_id: str, scope: Scope, page: int, version: int | None = None) -> Picture:
        """What is to be drawn. Raises `NotFoundError`, also for a format whose pages are not drawn."""
        original = self._library.original(document_id, scope, version)
        kind = _kind(original)
        if kind == "pdf" or kind == "image":
            return Picture(original, kind, page)
        raise NotFoundError("Only pages of PDF files and images are drawn; read the text, or open the original.")

    def kept(self, picture: Picture, width: int) -> bytes | None:
        """The picture, if it was drawn not long ago."""
        return self._drawer.kept(picture.original.sha256, picture.page, width)

    def draw(self, picture: Picture, width: int) -> bytes:
        """The page as WebP, at most `width` pixels wide. Raises `NotFoundError` where there is no such page, and a
        `DocumentError` where it cannot be drawn."""
        original = picture.original
        return self._drawer.draw(original.sha256, original.path, picture.kind, picture.page, width)

    def boxes(self, passage_id: str, scope: Scope, start: int | None = None, end: int | None = None) -> Boxes:
        """Where a span of a passage stands on the pages of its PDF. Raises `NotFoundError`, `UsageError`, `DocumentError`."""
        with self._database.connect() as connection:
            passage = passages.passage_by_id(connection, passage_id, scope)
            span = _checked(passage, start, end)
            parts = _by_page(passage, span)
            near = viewing.on_pages(connection, passage, scope, [page for page, _ in parts]) if parts else []
        original = self._library.original(passage.document_id, scope, passage.version)
        kind = _kind(original)
        if kind == "image":
            return Boxes(passage, (), _MISSES["recognised"].format(page=parts[0][0] if parts else 1))
        if kind != "pdf" or not parts:
            return Boxes(passage, (), "Only the pages of PDF files have places for words.")
        quotes = [_quoted(passage, page, part, near) for page, part in parts]
        found: list[LineBox] = []
        missed: list[str] = []
        for (page, _), (lines, miss) in zip(parts, self._drawer.places(original.path, quotes), strict=True):
            found += [LineBox(page, *line) for line in lines]
            if miss is not None and not (lines and miss == "absent"):
                missed.append(_MISSES[miss].format(page=page))
            elif miss is not None:
                missed.append(f"Some of the words were not found on page {page} as it is drawn.")
        return Boxes(passage, tuple(found), " ".join(missed) or None)

    def view(self, passage_id: str, scope: Scope, start: int | None = None, end: int | None = None) -> View:
        """A passage among what is around it. Raises `NotFoundError`, `UsageError`."""
        with self._database.connect() as connection:
            passage = passages.passage_by_id(connection, passage_id, scope)
            span = _checked(passage, start, end)
            file = versions_history.version_file(connection, passage.document_id, scope, passage.version)
            return view_of(connection, passage, span, scope, _KINDS.get(file.media_type, "text"))

    def close(self) -> None:
        """Let go of the children."""
        self._drawer.close()


def _kind(original: Original) -> ViewKind:
    return _KINDS.get(original.media_type, "text")


def _checked(passage: Passage, start: int | None, end: int | None) -> Span:
    """The span asked for, else the whole passage. Raises `UsageError`."""
    length = len(passage.text)
    span = Span(0 if start is None else start, length if end is None else end)
    if not 0 <= span.start < span.end <= length:
        raise UsageError(f"The span must lie in the passage, which has {length:,} characters, and must not be empty.")
    return span


def _by_page(passage: Passage, span: Span) -> list[tuple[int, Span]]:
    """The span in parts of one page each; nothing where the passage has no pages."""
    cuts = [span.start, *(at for at, _ in passage.page_breaks if span.start < at < span.end), span.end]
    found = []
    for start, end in pairwise(cuts):
        page = passage.page_at(start)
        if page is not None and passage.text[start:end].strip():
            found.append((page, Span(start, end)))
    return found


def _quoted(passage: Passage, page: int, span: Span, near: Sequence[Piece]) -> Quoted:
    """A quote with what the page says before and after it."""
    before = [_on(piece, page) for piece in near if piece.ordinal < passage.ordinal]
    after = [_on(piece, page) for piece in near if piece.ordinal > passage.ordinal]
    own = next((_span_on(piece, page) for piece in near if piece.id == passage.id), Span(0, len(passage.text)))
    before.append(passage.text[min(own.start, span.start) : span.start])
    after.insert(0, passage.text[span.end : max(own.end, span.end)])
    return page, "\n".join(before), span.of(passage.text), "\n".join(after)


def _on(piece: Piece, page: int) -> str:
    return _span_on(piece, page).of(piece.text)


def _span_on(piece: Piece, page: int) -> Span:
    """The part of a passage that stands on a page; empty where none does."""
    if not piece.page_breaks:
        return Span(0, len(piece.text) if piece.page == page else 0)
    starts = [at for at, _ in piece.page_breaks] + [len(piece.text)]
    for (start, number), end in zip(piece.page_breaks, starts[1:], strict=True):
        if number == page:
            return Span(start, end)
    return Span(0, 0)
