"""DOCX: what a person reads in the document, in its order; what is in the file beside that is told apart.

Headings by style or outline level, list numbers as they are counted, tables as rows, text boxes after the paragraph
that they hang on, footnotes after the paragraph that names them, endnotes and then headers and footers at the end,
each once. Tracked changes are read as accepted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lionrock.errors import BrokenDocumentError, DocumentError, UnsupportedFormatError
from lionrock.ingest.readers.docx_inline import Facts, Inline, Line, branch
from lionrock.ingest.readers.docx_numbering import Numbering
from lionrock.ingest.readers.docx_pages import ASKED, ODD, RENDERED, PagedText
from lionrock.ingest.readers.docx_styles import Styles, is_on, number_in, shade_of
from lionrock.ingest.readers.office_look import ANY_GROUND
from lionrock.ingest.readers.office_package import NO_WORDS, Package, first, kids, proper_title, short, text_in, value
from lionrock.ingest.readers.office_tables import Cell, row_texts
from lionrock.ingest.readers.registry import read_document
from lionrock.ingest.readers.sniff import kind_of
from lionrock.records import BlockKind, Hidden, ParsedDocument

__all__ = ["read"]

_LONGEST_HEADING = 300
_WIDEST_SPAN = 200
_LAST_HEADING = 8
_WRAPPERS = frozenset({"w:sdtContent", "w:customXml", "w:ins", "w:moveTo"})
_CHUNKS = frozenset({"html", "plain", "rtf", "mhtml"})
_TABS = re.compile("\t+")
_NOT_IN_CELL = re.compile(f"[{RENDERED}{ASKED}{ODD}]")
_Sink = Callable[[BlockKind, str, int], None]


def read(data: bytes, *, name: str) -> ParsedDocument:
    """The document's text and blocks. Raises a `DocumentError`."""
    try:
        return _Document(data).parsed()
    except RecursionError as error:
        raise BrokenDocumentError("The file is nested too deeply to be a document; it is refused.") from error


class _Document:
    def __init__(self, data: bytes) -> None:
        self.package = Package(data, "word/document.xml")
        main = self.package.members.xml(self.package.main)
        body = first(main, "w:body")
        if body is None:
            raise BrokenDocumentError("The file is damaged (it has no body).")
        self.main, self.body = main, body
        styles = self.package.one(self.package.main, "styles", "word/styles.xml")
        self.facts = Facts(self.package, Styles(styles))
        self.numbering = Numbering(self.package.one(self.package.main, "numbering", "word/numbering.xml"), styles)
        self.out = PagedText()
        self.told: set[tuple[str, str]] = set()
        """Notes that were read, by kind and id."""
        self._notes: dict[str, tuple[str, dict[str, Any]]] = {}

    def parsed(self) -> ParsedDocument:
        """Read all parts."""
        page = value(first(self.main, "w:background"), "w:color")
        story = _Story(self, self.package.main, self.main, self.out.add, ground=page or "FFFFFF")
        story.blocks(self.body)
        story.endnotes()
        self._furniture()
        self._comments()
        title, metadata = self.package.properties()
        facts = self.out.facts(self._pages())
        builder = self.out.builder
        headed = any(block.kind == "heading" for block in builder.blocks)
        return builder.document(
            empty=NO_WORDS,
            title=None if headed else proper_title(title),
            hidden=(*self.facts.hidden, *metadata),
            notices=tuple(dict.fromkeys((*self.package.notices, *self._notices()))),
            **facts,
        )

    def note(self, kind: str, number: str) -> tuple[str, Any | None]:
        """The part of the footnotes or endnotes, and the element of one; None where it is missing."""
        if kind not in self._notes:
            part = next(iter(self.package.related(self.package.main, f"{kind}s")), f"word/{kind}s.xml")
            root = self.package.optional(part)
            self._notes[kind] = (part, {value(node, "w:id") or "": node for node in kids(root, f"w:{kind}")})
        part, notes = self._notes[kind]
        return part, notes.get(number)

    def _notices(self) -> Iterator[str]:
        if self.facts.tracked:
            yield "The document has tracked changes; it was read as if all of them were accepted."
        if self.facts.ruby:
            yield "Readings above the characters were left out."
        if self.facts.embedded:
            yield f"Files embedded in the document were not read: {self.facts.embedded}."

    def _pages(self) -> int | None:
        """How many pages the file states."""
        root = self.package.one("", "extended-properties", "docProps/app.xml")
        said = [node.text for node in (root if root is not None else ()) if str(node.tag).endswith("}Pages")]
        return int(said[0]) if said and (said[0] or "").isdecimal() and len(said[0]) < 7 else None

    def _furniture(self) -> None:
        """Headers and footers, each wording once, under no heading."""
        seen: set[str] = set()
        for kind in ("header", "footer"):
            for part in dict.fromkeys(self.package.related(self.package.main, kind)):
                root = self.package.optional(part)
                if root is None:
                    continue
                lines: list[str] = []
                _Story(self, part, root, _into(lines), furniture=True).blocks(root)
                for line in lines:
                    words = " ".join(_NOT_IN_CELL.sub("", line).split())
                    if re.sub(r"[\d\W]+", "", words) and words not in seen:
                        seen.add(words)
                        self.out.add("paragraph", words)
                        blocks = self.out.builder.blocks
                        blocks[-1] = replace(blocks[-1], heading=(), page=None)

    def _comments(self) -> None:
        for part in self.package.related(self.package.main, "comments"):
            root = self.package.optional(part)
            for comment in root if root is not None else ():
                words = " ".join(text_in(comment, "w:t").split())
                if words:
                    self.facts.hidden.append(Hidden("comment", words))


@dataclass(frozen=True, slots=True)
class _Paragraph:
    kind: BlockKind
    level: int
    text: str
    line: Line


class _Story:
    """One part of the document: its body, a header, the footnotes."""

    def __init__(
        self, document: _Document, part: str, root: Any, sink: _Sink, *, ground: str = "FFFFFF", furniture: bool = False
    ) -> None:
        self._document = document
        self._facts = document.facts
        self._part = part
        self._sink = sink
        self._ground = ground
        self._inline = Inline(document.facts, part, root, furniture=furniture)
        self._sections = [value(first(node, "w:type")) for node in root.iter() if short(node.tag) == "w:sectPr"][1:]
        self._carried = ""
        self._cells = 0
        """How many cells it is in."""
        self._waiting: list[tuple[str, str]] = []
        self._ends: list[tuple[str, str]] = []

    def blocks(self, node: Any, ground: str | None = None) -> None:
        """All blocks below a container."""
        ground = self._ground if ground is None else ground
        for child in node:
            name = short(child.tag)
            if name == "w:p":
                self._emit(self._paragraph(child, ground), ground)
            elif name == "w:tbl":
                self._table(child, ground)
                self._footnotes()
            elif name == "w:sdt":
                if not is_on(first(child, "w:sdtPr", "w:showingPlcHdr")):
                    self.blocks(child, ground)
            elif name in _WRAPPERS:
                self.blocks(child, ground)
            elif name == "mc:AlternateContent":
                self.blocks(branch(child), ground)
            elif name == "w:altChunk":
                self._chunk(value(child, "r:id"))

    def _paragraph(self, node: Any, ground: str) -> _Paragraph:
        """A paragraph's words with the number before them."""
        properties = first(node, "w:pPr")
        style = self._facts.styles.paragraph(value(first(properties, "w:pStyle")))
        shade = shade_of(first(properties, "w:shd")) or style.ground
        before = ASKED if style.breaks_before or is_on(first(properties, "w:pageBreakBefore")) else ""
        self._inline.over_picture = self._inline.over_picture and not before
        line = self._inline.line(node, style.look, shade if shade not in (None, "none") else ground)
        listed = first(properties, "w:numPr")
        list_id = value(first(listed, "w:numId")) or style.list_id
        depth = number_in(first(listed, "w:ilvl"))
        depth = (style.list_level if depth is None else depth) or 0
        label = self._document.numbering.label(list_id, depth)
        text = _TABS.sub(" ", self._carried + "".join(line.shown))
        self._carried = ""
        if (
            first(properties, "w:rPr", "w:del") is not None
        ):  # the end of the paragraph is deleted: the next one follows on
            self._facts.tracked = True
            self._carried, text = text, ""
        if label and _NOT_IN_CELL.sub("", text).strip():
            text = label + text.lstrip(" ")
        outline = number_in(first(properties, "w:outlineLvl"))
        level = style.level if outline is None else outline + 2 if 0 <= outline <= _LAST_HEADING else None
        text = before + text + self._section(properties)
        if level is not None and len(text) <= _LONGEST_HEADING:
            return _Paragraph("heading", level, text.replace("\n", " "), line)
        if label is not None or style.is_list:
            return _Paragraph("list_item", min(max(depth, 0), 8), text, line)
        return _Paragraph("paragraph", 0, text, line)

    def _section(self, properties: Any) -> str:
        """The mark for the new page that a section begins with."""
        if first(properties, "w:sectPr") is None or not self._sections:
            return ""
        kind = self._sections.pop(0)
        return {"continuous": "", "nextColumn": "", "oddPage": ODD}.get(kind or "nextPage", ASKED)

    def _emit(self, paragraph: _Paragraph, ground: str) -> None:
        line = paragraph.line
        self._sink(paragraph.kind, paragraph.text, paragraph.level)
        self._note_hidden(line)
        for content, behind in line.boxes:
            if behind:
                self.blocks(content, behind)
            elif words := " ".join(text_in(content, "w:t").split()):
                self._facts.hidden.append(Hidden("hidden shape", words))
        for words in line.drawn:
            self._sink("paragraph", words, 0)
        self._waiting += line.notes
        self._footnotes()

    def _note_hidden(self, line: Line) -> None:
        for why, pieces in line.concealed:
            words = " ".join(_NOT_IN_CELL.sub("", "".join(pieces)).split())
            if words:
                self._facts.hidden.append(Hidden(why, words))

    def _table(self, node: Any, ground: str) -> None:
        """Rows with the names of their columns. A table of one column is a frame: its contents are read as they are."""
        properties = first(node, "w:tblPr")
        shade = shade_of(first(properties, "w:shd"))
        if self._facts.styles.is_coloured(value(first(properties, "w:tblStyle"))):
            ground = ANY_GROUND
        ground = shade if shade not in (None, "none") else ground
        rows = [row for row in _wrapped(node, "w:tr") if not self._is_gone(row)]
        cells = [list(_wrapped(row, "w:tc")) for row in rows]
        if cells and all(len(row) == 1 and _span(row[0]) == 1 for row in cells):
            for row in cells:
                self.blocks(row[0], _cell_ground(row[0], ground))
            return
        heads = 0
        for row in rows:
            if not is_on(first(row, "w:trPr", "w:tblHeader")):
                break
            heads += 1
        if self._cells:  # a table in a cell: its words, as the cell's own
            for line in cells:
                self._sink("paragraph", " ".join(filter(None, (self._cell(node, ground) for node in line))), 0)
            return
        told = [self._row(row, line, ground) for row, line in zip(rows, cells, strict=True)]
        for (_, marks), text in zip(told, row_texts([row for row, _ in told], heads or None), strict=True):
            self._sink("table_row", marks + text, 0)

    def _is_gone(self, row: Any) -> bool:
        properties = first(row, "w:trPr")
        if first(properties, "w:ins") is not None:
            self._facts.tracked = True
        deleted = first(properties, "w:del") is not None
        hidden = is_on(first(properties, "w:hidden"))
        if deleted or hidden:
            self._facts.tracked = self._facts.tracked or deleted
            words = " ".join((text_in(row, "w:t") + text_in(row, "w:delText")).split())
            if words:
                self._facts.hidden.append(Hidden("deleted text" if deleted else "hidden text", words))
        return deleted or hidden

    def _row(self, row: Any, nodes: list[Any], ground: str) -> tuple[list[Cell], str]:
        """The cells of a row; and the page breaks in it, which count before it."""
        properties = first(row, "w:trPr")
        marks = ""
        cells = []
        before = min(max(number_in(first(properties, "w:gridBefore")) or 0, 0), _WIDEST_SPAN)
        if before:
            cells.append(Cell("", before))
        for node in nodes:
            text = self._cell(node, _cell_ground(node, ground))
            marks += "".join(_NOT_IN_CELL.findall(text))
            merged = first(node, "w:tcPr", "w:vMerge")
            goes_on = merged is not None and value(merged) != "restart"
            cells.append(Cell(_NOT_IN_CELL.sub("", text), _span(node), goes_on))
        return cells, marks

    def _cell(self, node: Any, ground: str) -> str:
        """All words of a cell, those of tables and boxes in it too; its notes wait for the end of the table."""
        pieces: list[str] = []
        sink, self._sink = self._sink, _into(pieces)
        self._cells += 1
        try:
            self.blocks(node, ground)
        finally:
            self._sink = sink
            self._cells -= 1
        return " ".join(piece for piece in pieces if piece)

    def _footnotes(self) -> None:
        """The notes that the last paragraph or table names; endnotes wait for the end."""
        if self._cells:
            return
        waiting, self._waiting = self._waiting, []
        for kind, number in waiting:
            if (kind, number) not in self._document.told:
                self._document.told.add((kind, number))
                if kind == "endnote":
                    self._ends.append((kind, number))
                else:
                    self._note(kind, number)

    def endnotes(self) -> None:
        """The endnotes that the part names, in their order."""
        for kind, number in self._ends:
            self._note(kind, number)

    def _note(self, kind: str, number: str) -> None:
        part, note = self._document.note(kind, number)
        if note is None:
            return
        pieces: list[str] = []
        _Story(self._document, part, note, _into(pieces), ground=self._ground).blocks(note)
        words = " ".join(_NOT_IN_CELL.sub("", " ".join(pieces)).split())
        if words:
            self._sink("paragraph", f"{self._facts.notes.get((kind, number), '')} {words}".strip(), 0)

    def _chunk(self, relation: str | None) -> None:
        """A page or a text that stands whole in the document, as programs write it that make documents from pages."""
        package = self._document.package
        part = package.target(self._part, relation)
        if part is None:
            return
        try:
            data = package.members.read(part)
            if kind_of(data, part) not in _CHUNKS:
                raise UnsupportedFormatError
            parsed = read_document(data, part)
        except DocumentError:
            package.notices.append("A file inserted into the document could not be read; its text is missing here.")
            return
        self._facts.hidden += parsed.hidden
        for block in parsed.blocks:
            self._sink(block.kind, parsed.text[block.start : block.end], block.level)


def _into(pieces: list[str]) -> _Sink:
    """A sink that keeps the words alone."""
    return lambda kind, text, level: pieces.append(text)


def _wrapped(node: Any, name: str) -> Iterator[Any]:
    """The rows of a table or the cells of a row, also those in content controls."""
    for child in node:
        found = short(child.tag)
        if found == name:
            yield child
        elif found in _WRAPPERS or found == "w:sdt":
            yield from _wrapped(child, name)


def _span(cell: Any) -> int:
    return min(max(number_in(first(cell, "w:tcPr", "w:gridSpan")) or 1, 1), _WIDEST_SPAN)


def _cell_ground(cell: Any, ground: str) -> str:
    shade = shade_of(first(cell, "w:tcPr", "w:shd"))
    return ground if shade is None or shade == "none" else shade
