"""Markdown: the stored text is the source as it is; blocks are slices of it, found by markdown-it's line numbers."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

from lionrock.errors import EmptyDocumentError
from lionrock.ingest.readers.plain import decode
from lionrock.records import Block, BlockKind, Hidden, ParsedDocument

__all__ = ["read"]

_KINDS: dict[str, BlockKind] = {
    "paragraph_open": "paragraph",
    "fence": "code",
    "code_block": "code",
    "tr_open": "table_row",
    "html_block": "paragraph",
}
_COMMENT = re.compile(r"\s*<!--((?:(?!-->).)*)-->\s*", re.DOTALL)
"""What no one sees where the file is shown as Markdown; it stays in the text and is no passage."""
_LINE_END = re.compile(r"\r\n?|\n")
"""Where markdown-it ends a line; a lone carriage return counts."""


def read(data: bytes, *, name: str) -> ParsedDocument:
    """Headings, paragraphs, list items, table rows and code."""
    text, encoding = decode(data)
    if not text.strip():
        raise EmptyDocumentError("The file holds no text.")
    starts = [0, *(found.end() for found in _LINE_END.finditer(text)), len(text)]
    skip = _front_matter(text)
    path: list[tuple[int, str]] = []
    blocks: list[Block] = []
    hidden: list[Hidden] = []
    items = 0
    parser = MarkdownIt("commonmark", {"maxNesting": 20}).enable("table")
    for token in parser.parse(text):
        items += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)
        if token.map is None or token.map[0] < skip:
            continue
        start, end = starts[token.map[0]], min(starts[token.map[1]], len(text))
        while end > start and text[end - 1].isspace():
            end -= 1
        if blocks and start < blocks[-1].end:
            continue
        if token.type == "html_block" and (comment := _COMMENT.fullmatch(text[start:end])):
            if comment[1].strip():
                hidden.append(Hidden("comment", comment[1].strip()))
        elif token.type == "heading_open":
            level = int(token.tag[1:])
            path = [item for item in path if item[0] < level]
            blocks.append(Block("heading", start, end, tuple(title for _, title in path), level))
            path.append((level, text[start:end].strip("# \n=-")))
        elif token.type in _KINDS and end > start:
            kind: BlockKind = "list_item" if items and token.type == "paragraph_open" else _KINDS[token.type]
            blocks.append(Block(kind, start, end, tuple(title for _, title in path), items if items else 0))
    if not blocks:
        raise EmptyDocumentError("The file holds no text.")
    first = next((b for b in blocks if b.kind == "heading"), None)
    title = text[first.start : first.end].strip("# \n=-") if first else None
    return ParsedDocument(text, tuple(blocks), title=title, encoding=encoding, hidden=tuple(hidden))


def _front_matter(text: str) -> int:
    """Number of lines of YAML front matter at the top."""
    lines = text.split("\n")
    if lines[0].strip() != "---":
        return 0
    for at, line in enumerate(lines[1:200], 1):
        if line.strip() == "---":
            return at + 1
    return 0
