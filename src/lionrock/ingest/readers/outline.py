"""reStructuredText and Org: the stored text is the source as it is; headings by their underlines or stars."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lionrock.errors import EmptyDocumentError
from lionrock.ingest.readers.plain import decode, paragraphs
from lionrock.ingest.readers.sniff import ending_of
from lionrock.records import Block, BlockKind, ParsedDocument

__all__ = ["read"]

_RULE = re.compile(r"([=\-`:'\"~^_*+#<>.])\1{2,}\s*$")
_STARS = re.compile(r"(\*{1,8})[ \t]+(\S.*)")
_ITEM = re.compile(r"\s*(?:[-+*•]|\d{1,3}[.)]|\(?[a-zA-Z#][.)])[ \t]+\S")
_OPENS = re.compile(r"\s*#\+BEGIN_(\w+)", re.IGNORECASE)
_CLOSES = re.compile(r"\s*#\+END_(\w+)", re.IGNORECASE)
_ROW = re.compile(r"\s*\|.*\|\s*$")
_MOST_TITLE = 200
_MOST_CODE = 4_000


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str


def read(data: bytes, *, name: str) -> ParsedDocument:
    """Headings, paragraphs, list items and code."""
    text, encoding = decode(data)
    if not text.strip():
        raise EmptyDocumentError("The file holds no text.")
    lines = []
    at = 0
    for line in text.split("\n"):
        lines.append(_Line(at, at + len(line.rstrip("\r")), line.rstrip("\r")))
        at += len(line) + 1
    found = _org(lines) if ending_of(name) == ".org" else _rst(lines)
    path: list[tuple[int, str]] = []
    blocks: list[Block] = []
    title = None
    for kind, start, end, level, words in found:
        above = tuple(told for _, told in path)
        if kind == "heading":
            path = [item for item in path if item[0] < level]
            blocks.append(Block(kind, start, end, tuple(told for _, told in path), level))
            path.append((level, words))
            title = title or words
        else:
            whole = kind == "code" and end - start <= _MOST_CODE
            for first, last in [(0, end - start)] if whole else paragraphs(text[start:end]):
                blocks.append(Block(kind, start + first, start + last, above))
    if not blocks:
        raise EmptyDocumentError("The file holds no text.")
    return ParsedDocument(text, tuple(blocks), title=title, encoding=encoding)


def _org(lines: list[_Line]) -> Iterator[tuple[BlockKind, int, int, int, str]]:
    """(kind, start, end, level, words of a heading) of the parts of an Org file."""
    code: str | None = None
    group: list[_Line] = []
    for line in lines:
        if code is not None:
            group.append(line)
            closes = _CLOSES.match(line.text)
            if closes and closes[1].lower() == code:
                yield "code", group[0].start, line.end, 0, ""
                group, code = [], None
            continue
        heading = _STARS.match(line.text)
        opens = _OPENS.match(line.text)
        if heading or opens:
            yield from _flow(group)
            group = []
        if heading:
            yield "heading", line.start, line.end, len(heading[1]), heading[2].strip()[:_MOST_TITLE]
        else:
            group.append(line)
            code = opens[1].lower() if opens else None
    yield from _flow(group)


def _rst(lines: list[_Line]) -> Iterator[tuple[BlockKind, int, int, int, str]]:
    """(kind, start, end, level, words of a heading) of the parts of a reStructuredText file."""
    levels: list[str] = []
    group: list[_Line] = []
    at = 0
    while at < len(lines):
        size = _title_lines(lines, at)
        if not size:
            group.append(lines[at])
            at += 1
            continue
        yield from _flow(group)
        group = []
        # A rule above the title makes a kind of its own.
        style = lines[at].text[:1] * 2 if size == 3 else lines[at + 1].text[:1]
        if style not in levels:
            levels.append(style)
        words = lines[at + size - 2].text.strip()[:_MOST_TITLE]
        yield "heading", lines[at].start, lines[at + size - 1].end, min(levels.index(style) + 1, 9), words
        at += size
    yield from _flow(group)


def _title_lines(lines: list[_Line], at: int) -> int:
    """How many lines a title takes that starts here: 3 with a rule above it, 2 with one below only, or 0."""

    def is_rule(place: int) -> bool:
        return place < len(lines) and bool(_RULE.match(lines[place].text))

    def is_title(place: int) -> bool:
        if place >= len(lines) or is_rule(place):
            return False
        words = lines[place].text.strip()
        return 0 < len(words) <= _MOST_TITLE

    if is_rule(at) and is_title(at + 1) and is_rule(at + 2) and lines[at].text[:1] == lines[at + 2].text[:1]:
        return 3
    before = lines[at - 1].text.strip() if at else ""
    alone = not before or bool(_RULE.match(before))
    if alone and is_title(at) and is_rule(at + 1) and lines[at].text[:1].strip():
        # An underline is about as long as what it is under (an ideograph is two wide).
        return 2 if len(lines[at + 1].text.strip()) >= min(len(lines[at].text.strip()), 4) else 0
    return 0


def _flow(lines: list[_Line]) -> Iterator[tuple[BlockKind, int, int, int, str]]:
    """Paragraphs, list items and table rows of a stretch without headings."""
    group: list[_Line] = []
    kind: BlockKind = "paragraph"

    def closed() -> Iterator[tuple[BlockKind, int, int, int, str]]:
        if group and any(line.text.strip() for line in group):
            yield kind, group[0].start, group[-1].end, 0, ""

    for line in lines:
        blank = not line.text.strip()
        starts: BlockKind | None = None
        if _ROW.match(line.text):
            starts = "table_row"
        elif _ITEM.match(line.text) and (kind == "list_item" or not group):
            starts = "list_item"
        if blank or starts or (kind == "table_row" and group):
            yield from closed()
            group, kind = [], starts or "paragraph"
        if not blank:
            group.append(line)
    yield from closed()
