"""Builds a stored text and its blocks together, so that every block is a slice of the text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lionrock.errors import EmptyDocumentError
from lionrock.records import Block, BlockKind, ParsedDocument

__all__ = ["TextBuilder"]


class TextBuilder:
    """Append blocks in reading order. Headings keep a path: a heading closes those of its level and below."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._path: list[tuple[int, str]] = []
        self.blocks: list[Block] = []

    def heading(self, text: str, level: int, **place: Any) -> None:
        """A heading; it becomes part of the path of what follows."""
        text = text.strip()
        if not text:
            return
        self._path = [item for item in self._path if item[0] < level]
        self.add("heading", text, level=level, **place)
        self._path.append((level, text))

    def add(self, kind: BlockKind, text: str, *, separator: str = "\n", **place: Any) -> None:
        """A block of text; blank ones are left out."""
        text = text.strip("\n").rstrip()
        if not text.strip():
            return
        if self._pieces:
            self._pieces.append(separator)
            self._length += len(separator)
        start = self._length
        self._pieces.append(text)
        self._length += len(text)
        path = place.pop("heading", None)
        self.blocks.append(
            Block(kind, start, self._length, heading=path or tuple(text for _, text in self._path), **place)
        )

    def row(self, cells: list[str], header: list[str] | None, **place: Any) -> None:
        """A table row. With a header each cell is told with its column's name; repeats of merged cells fall away."""
        cells = [" ".join(cell.split()) for cell in cells]
        if header and len(header) == len(cells) and any(header):
            parts = [
                f"{name}: {cell}" if name and name != cell else cell
                for name, cell in zip(header, cells, strict=True)
                if cell
            ]
        else:
            parts = [cell for at, cell in enumerate(cells) if cell and (at == 0 or cell != cells[at - 1])]
        self.add("table_row", " | ".join(parts), **place)

    def table(self, rows: list[list[str]], *, has_header: bool = True, **place: Any) -> None:
        """Rows of cells; the first row names the columns where it is a header."""
        header = [" ".join(cell.split()) for cell in rows[0]] if rows and has_header and len(rows) > 1 else None
        for at, cells in enumerate(rows):
            self.row(cells, header if at else None, **place)

    def document(self, *, empty: str | None = None, **facts: Any) -> ParsedDocument:
        """The finished document. Raises `EmptyDocumentError`, with the sentence `empty`, when there is no text."""
        if not any(block.end > block.start for block in self.blocks):
            raise EmptyDocumentError(empty)
        title = facts.pop("title", None) or next((self._text_of(b) for b in self.blocks if b.kind == "heading"), None)
        parsed = ParsedDocument("".join(self._pieces), tuple(self.blocks), **facts)
        return replace(parsed, title=" ".join(title.split())[:300] if title else None)

    def _text_of(self, block: Block) -> str:
        return "".join(self._pieces)[block.start : block.end]
