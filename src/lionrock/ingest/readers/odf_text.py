"""The blocks of OpenDocument text: paragraphs, headings, lists, tables, frames, notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lionrock.errors import BrokenDocumentError
from lionrock.ingest.readers.docx_pages import ASKED, RENDERED
from lionrock.ingest.readers.odf_styles import Lists, Styles, whole
from lionrock.ingest.readers.office_archive import Members
from lionrock.ingest.readers.office_look import Look, concealed, symbols
from lionrock.ingest.readers.office_package import first, kids, short, value
from lionrock.ingest.readers.office_tables import Cell, row_texts
from lionrock.records import BlockKind, Hidden

__all__ = ["Facts", "Sink", "Story", "plain_text"]

Sink = Callable[[BlockKind, str, int], None]
_LONGEST_HEADING = 300
_WIDEST = 200
_MOST_REPEATED = 1000
_LONGEST_REPEATED = 500
_MOST_BLANKS = 1000
_BLANKS = re.compile(r"[ \t\r\n]+")
_TABS = re.compile("\t+")
_MARKS = re.compile(f"[{RENDERED}{ASKED}]")
_SILENT = frozenset(
    {
        "text:bookmark",
        "text:tracked-changes",
        "text:sequence-decls",
        "text:variable-decls",
        "text:user-field-decls",
        "text:script",
        "text:placeholder",
        "text:ruby-text",
        "office:forms",
        "office:event-listeners",
        "office:annotation-end",
        "svg:title",
        "svg:desc",
        "draw:glue-point",
        "draw:enhanced-geometry",
        "draw:image-map",
        "text:index-title-template",
        "text:table-of-content-source",
    }
)
_PAGE_FIELDS = frozenset({"text:page-number", "text:page-count", "text:page-continuation"})
_SHAPES = frozenset(
    {
        "draw:frame",
        "draw:custom-shape",
        "draw:rect",
        "draw:ellipse",
        "draw:circle",
        "draw:line",
        "draw:polygon",
        "draw:polyline",
        "draw:path",
        "draw:connector",
        "draw:measure",
        "draw:caption",
        "draw:g",
        "draw:a",
        "draw:text-box",
    }
)


def plain_text(node: Any) -> str:
    """All words below an element, its paragraphs parted by blanks."""
    paragraphs = (part for part in node.iter() if short(part.tag) in ("text:p", "text:h"))
    return " ".join(filter(None, (" ".join("".join(part.itertext()).split()) for part in paragraphs)))


@dataclass
class Facts:
    """What the parts of one document have in common while they are read."""

    members: Members
    styles: Styles
    lists: Lists
    hidden: list[Hidden] = field(default_factory=list)
    ruby: bool = False
    embedded: int = 0
    notes: int = 0

    def hide(self, where: str, words: str) -> None:
        """Keep words apart that a reader does not see."""
        words = " ".join(_MARKS.sub("", words).split())
        if words:
            self.hidden.append(Hidden(where, words))


@dataclass
class _Line:
    shown: list[str] = field(default_factory=list)
    concealed: list[tuple[str, list[str]]] = field(default_factory=list)
    boxes: list[tuple[Any, str]] = field(default_factory=list)
    notes: list[tuple[str, Any, bool]] = field(default_factory=list)

    def add(self, text: str, why: str | None) -> None:
        if why is None:
            self.shown.append(text)
        elif self.concealed and self.concealed[-1][0] == why:
            self.concealed[-1][1].append(text)
        else:
            self.concealed.append((why, [text]))


class Story:
    """One run of text: the body, a header, a text box of a slide."""

    def __init__(self, facts: Facts, sink: Sink, *, ground: str = "FFFFFF", furniture: bool = False) -> None:
        """`furniture`: a header or footer, whose page numbers are no words of the document."""
        self._facts = facts
        self._styles = facts.styles
        self._sink = sink
        self._ground = ground
        self._furniture = furniture
        self._cells = 0
        self._waiting: list[tuple[str, Any]] = []
        self._ends: list[tuple[str, Any]] = []

    def blocks(self, node: Any, ground: str | None = None) -> None:
        """All blocks below a container."""
        ground = self._ground if ground is None else ground
        for child in node:
            name = short(child.tag)
            if name in ("text:p", "text:h"):
                self._paragraph(child, ground, "")
                self._footnotes()
            elif name == "text:list":
                self._list(child, ground, 1, None, "")
                self._footnotes()
            elif name == "table:table":
                self._table(child, ground)
                self._footnotes()
            elif name == "text:section" and (
                value(child, "text:display") == "none" or value(child, "text:is-hidden") == "true"
            ):
                self._facts.hide("hidden section", plain_text(child))
            elif name == "text:soft-page-break":
                self._sink("paragraph", RENDERED, 0)
            elif name == "office:annotation":
                self._facts.hide("comment", plain_text(child))
            elif name in _SHAPES:
                self.shape(child, ground)
            elif name and name not in _SILENT:
                self.blocks(child, ground)

    def endnotes(self) -> None:
        """The endnotes that were met, in their order."""
        for mark, body in self._ends:
            self._note(mark, body)
        self._ends.clear()

    def shape(self, node: Any, ground: str) -> None:
        """What stands in a frame or shape; the words that stand for a picture are kept apart."""
        for name in ("svg:title", "svg:desc"):
            for child in kids(node, name):
                self._facts.hide("alternative text", "".join(child.itertext()))
        ground = self._styles.shape_ground(value(node, "draw:style-name"), ground)
        drawn = first(node, "draw:object")
        if drawn is not None:
            self._object(drawn)
        elif short(node.tag) == "draw:frame" and first(node, "draw:object-ole") is not None:
            self._facts.embedded += 1
        else:
            self.blocks(node, ground)

    def _object(self, node: Any) -> None:
        """An object in a file of its own: the words of a chart, a formula; other kinds are not read."""
        root = first(node, "math:math")
        if root is None:
            part = (value(node, "xlink:href") or "").removeprefix("./").rstrip("/") + "/content.xml"
            try:
                root = self._facts.members.xml(part)
            except BrokenDocumentError:
                root = None
        if root is None:
            self._facts.embedded += 1
        elif short(root.tag) == "math:math":
            signs = [
                n.text or "" for n in root.iter() if short(n.tag) in ("math:mi", "math:mn", "math:mo", "math:mtext")
            ]
            self._sink("paragraph", "".join(signs), 0)
        elif any(short(n.tag) == "chart:chart" for n in root.iter()):
            for part in root.iter():
                if short(part.tag) in ("chart:title", "chart:subtitle"):
                    self._sink("paragraph", plain_text(part), 0)
            cells = (n for n in root.iter() if short(n.tag) == "table:table-cell")
            names = [plain_text(cell) for cell in cells if value(cell, "office:value-type") == "string"]
            self._sink("paragraph", " | ".join(dict.fromkeys(filter(None, names))), 0)
        else:
            self._facts.embedded += 1

    def _list(self, node: Any, ground: str, level: int, style: str | None, key: str) -> None:
        style = value(node, "text:style-name") or style
        key = key or self._facts.lists.begin(node, style)
        for item in node:
            name = short(item.tag)
            if name not in ("text:list-item", "text:list-header"):
                continue
            numbered = name == "text:list-item"
            for child in item:
                found = short(child.tag)
                if found == "text:list":
                    self._list(child, ground, level + 1, style, key)
                elif found in ("text:p", "text:h"):
                    label = (
                        self._facts.lists.label(key, style, level, value(item, "text:start-value")) if numbered else ""
                    )
                    numbered = False
                    self._paragraph(child, ground, label, level=level)
                elif found == "text:soft-page-break":
                    self._sink("paragraph", RENDERED, 0)

    def _paragraph(self, node: Any, ground: str, label: str, *, level: int = 0) -> None:
        """A paragraph or heading, then what hangs on it. `level` of a list item counts from 1."""
        style = value(node, "text:style-name")
        line = _Line()
        look = self._styles.look("paragraph", style)
        behind = self._styles.ground("paragraph", style, "paragraph-properties") or ground
        unseen = next((n for n in node.iter() if short(n.tag) == "text:hidden-paragraph"), None)
        if unseen is not None and value(unseen, "text:is-hidden") == "true":
            self._facts.hide("hidden text", "".join(node.itertext()))
            return
        self._walk(node, line, look, behind)
        text = _TABS.sub(" ", "".join(line.shown))
        heading = short(node.tag) == "text:h"
        outline = whole(value(node, "text:outline-level"), 10)
        if heading and not level and value(node, "text:is-list-header") != "true":
            label = self._facts.lists.label("", "", outline)
        if text.strip() and label:
            text = label + text.lstrip(" ")
        if self._styles.stated("paragraph", style, "paragraph-properties", "fo:break-before") == "page":
            text = ASKED + text
        titled = not level and self._styles.is_called("paragraph", style, "Title")
        if (heading or titled) and len(text) <= _LONGEST_HEADING:
            self._sink("heading", text.replace("\n", " "), outline + 1 if heading else 1)
        elif level:
            self._sink("list_item", text, level - 1)
        else:
            self._sink("paragraph", text, 0)
        for why, pieces in line.concealed:
            self._facts.hide(why, "".join(pieces))
        for box, under in line.boxes:
            self.shape(box, under)
        for mark, body, is_end in line.notes:
            (self._ends if is_end else self._waiting).append((mark, body))

    def _walk(self, node: Any, line: _Line, look: Look, ground: str) -> None:
        self._say(node.text, line, look, ground)
        for child in node:
            name = short(child.tag)
            match name:
                case "text:span":
                    own = self._styles.look("text", value(child, "text:style-name"))
                    self._walk(child, line, look.under(own), ground)
                case "text:s":
                    line.add(" " * whole(value(child, "text:c"), _MOST_BLANKS), None)
                case "text:tab":
                    line.add("\t", None)
                case "text:line-break":
                    line.add("\n", None)
                case "text:soft-page-break":
                    line.add(RENDERED, None)
                case "text:note":
                    self._mark(child, line)
                case "office:annotation":
                    self._facts.hide("comment", plain_text(child))
                case "text:hidden-text":
                    self._facts.hide("hidden text", value(child, "text:string-value") or "".join(child.itertext()))
                case "text:ruby":
                    self._facts.ruby = True
                    self._walk(child, line, look, ground)
                case _ if name in _SHAPES:
                    line.boxes.append((child, ground))
                case _ if name and name not in _SILENT and not (self._furniture and name in _PAGE_FIELDS):
                    self._walk(child, line, look, ground)
            self._say(child.tail, line, look, ground)

    def _say(self, text: str | None, line: _Line, look: Look, ground: str) -> None:
        if text:
            words = _BLANKS.sub(" ", text).replace("\u00ad", "")
            line.add(symbols(look.font, words), concealed(look, ground))

    def _mark(self, node: Any, line: _Line) -> None:
        self._facts.notes += 1
        citation = first(node, "text:note-citation")
        told = "".join(citation.itertext()).strip() if citation is not None else ""
        mark = f"[{told or self._facts.notes}]"
        line.add(mark, None)
        body = first(node, "text:note-body")
        if body is not None:
            line.notes.append((mark, body, value(node, "text:note-class") == "endnote"))

    def _footnotes(self) -> None:
        if self._cells:
            return
        waiting, self._waiting = self._waiting, []
        for mark, body in waiting:
            self._note(mark, body)

    def _note(self, mark: str, body: Any) -> None:
        pieces: list[str] = []
        Story(self._facts, lambda kind, text, level: pieces.append(text), ground=self._ground).blocks(body)
        words = " ".join(_MARKS.sub("", " ".join(pieces)).split())
        if words:
            self._sink("paragraph", f"{mark} {words}", 0)

    def _table(self, node: Any, ground: str) -> None:
        """Rows with the names of their columns; a table of one column is a frame, read as it stands."""
        ground = self._styles.ground("table", value(node, "table:style-name"), "table-properties") or ground
        rows = list(_rows(node))
        cells = [[cell for cell in row if short(cell.tag) == "table:table-cell"] for row, _, _ in rows]
        single = all(len(row) == 1 and value(row[0], "table:number-columns-repeated") in (None, "1") for row in cells)
        if cells and single and not self._cells:
            for row in cells:
                self.blocks(row[0], self._cell_ground(row[0], ground))
            return
        told: list[list[Cell]] = []
        heads = 0
        below: dict[int, tuple[int, int]] = {}
        for row, repeated, is_head in rows:
            line = self._row(row, ground, below)
            if 0 < sum(len(cell.text) for cell in line) <= _LONGEST_REPEATED:
                told += [line] * repeated
                heads += repeated if is_head else 0
            else:
                told.append(line)
                heads += is_head
        if self._cells:
            for line in told:
                self._sink("paragraph", " ".join(cell.text for cell in line if cell.text), 0)
            return
        for line, text in zip(told, row_texts(told, heads or None), strict=True):
            marks = "".join(_MARKS.findall(" ".join(cell.text for cell in line)))
            self._sink("table_row", marks + _MARKS.sub("", text), 0)

    def _row(self, row: Any, ground: str, below: dict[int, tuple[int, int]]) -> list[Cell]:
        """The cells of a row. `below`: column to (rows that are still covered from above, columns)."""
        line: list[Cell] = []
        column = 0
        for node in row:
            name = short(node.tag)
            if name not in ("table:table-cell", "table:covered-table-cell") or column >= _WIDEST:
                continue
            repeated = whole(value(node, "table:number-columns-repeated"), _WIDEST - column)
            if name == "table:covered-table-cell":
                for at in range(column, column + repeated):
                    left, wide = below.get(at, (0, 1))
                    if left:
                        line.append(Cell("", wide, True))
                        below[at] = (left - 1, wide)
                column += repeated
                continue
            wide = whole(value(node, "table:number-columns-spanned"), _WIDEST)
            high = whole(value(node, "table:number-rows-spanned"), 1_000_000)
            text = self._cell(node, self._cell_ground(node, ground))
            for at in range(column, column + repeated):
                below[at] = (high - 1, wide)
            line += [Cell(text, wide)] + [Cell(text if len(text) <= _LONGEST_REPEATED else "", wide)] * (repeated - 1)
            column += repeated
        while line and not line[-1].text and not line[-1].goes_on:
            line.pop()
        return line

    def _cell_ground(self, node: Any, ground: str) -> str:
        return self._styles.ground("table-cell", value(node, "table:style-name"), "table-cell-properties") or ground

    def _cell(self, node: Any, ground: str) -> str:
        pieces: list[str] = []
        sink, self._sink = self._sink, lambda kind, text, level: pieces.append(text)
        self._cells += 1
        try:
            self.blocks(node, ground)
        finally:
            self._sink = sink
            self._cells -= 1
        return " ".join(filter(None, pieces))


def _rows(node: Any, is_head: bool = False) -> Iterator[tuple[Any, int, bool]]:
    """(row, how often it stands, is it a heading) of a table, without what is folded away."""
    for child in node:
        name = short(child.tag)
        if name == "table:table-row":
            if value(child, "table:visibility") not in ("collapse", "filter"):
                yield child, whole(value(child, "table:number-rows-repeated"), _MOST_REPEATED), is_head
        elif name in ("table:table-header-rows", "table:table-rows", "table:table-row-group"):
            yield from _rows(child, is_head or name == "table:table-header-rows")
