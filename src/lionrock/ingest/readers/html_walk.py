"""One walk over a page, in the order of its source: blocks of what a person sees, and apart from them what he does not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.html_style import Look, Sheet
from lionrock.ingest.readers.html_tables import Cell, Rows, add_rows
from lionrock.ingest.readers.plain import paragraphs
from lionrock.records import BlockKind, Hidden

__all__ = ["Unseen", "is_sentence", "squeeze", "walk"]

_SKIPPED = frozenset(
    "script style head button select datalist iframe object embed applet audio video canvas map rp title".split()
)
_UNSEEN = {"noscript": "shown without scripts only", "template": "template", "dialog": "hidden by its style"}
_BLOCKS = frozenset(
    "p div section article main li td th tr table ul ol dl dt dd blockquote pre figure figcaption address center body"
    " details summary fieldset legend form header footer nav aside hgroup caption thead tbody tfoot hr textarea"
    " listing xmp plaintext marquee menu dir optgroup option dialog frameset noframes html".split()
)
_FURNITURE = frozenset(["header", "footer", "nav", "aside"])
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_PRE = frozenset(["pre", "listing", "xmp", "plaintext", "textarea"])
_LISTS = frozenset(["ul", "ol", "menu", "dir", "dl"])
_ITEMS = frozenset(["li", "dd"])
_BREAK = "\x0b"
_BLANK = re.compile(r"\s+")
_EMPTY_LINE = re.compile(_BREAK + r"[^\S\x0b]*" + _BREAK + r"\s*")
_EAST = re.compile("[\u2e80-\u303f\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U00032400]")
_CONDITION = re.compile(r"<[^<>]*>|\[if [^\]\n]{0,100}\]>?|<!\[endif\]")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_MOST_HIDDEN = 200_000
_MOST_ITEMS = 500
_MOST_FURNITURE = 5_000
_LAYOUT_PARTS = 6
"""So many paragraphs and list items in one cell make a table an arrangement of the page."""


def is_sentence(text: str) -> bool:
    """Whether there are words enough for something to be said."""
    return len(_WORDS.findall(text)) >= 4 or len(_EAST.findall(text)) >= 6


def squeeze(text: str) -> str:
    """White space as a browser shows it: one blank, none between ideographs where the source only turns its line."""
    lines = [_one_line(line) for line in text.split(_BREAK)]
    lines = [line for line in lines if line]
    if len(lines) > 2 and all(len(line) <= 2 and _EAST.match(line) for line in lines):
        # Characters set one below the other are one upright word.
        return "".join(lines)
    return " ".join(lines)


def _one_line(line: str) -> str:
    def blank(found: re.Match[str]) -> str:
        before, after = line[found.start() - 1 : found.start()], line[found.end() : found.end() + 1]
        turned = "\n" in found[0] and before and after and _EAST.match(before) and _EAST.match(after)
        return "" if turned else " "

    return _BLANK.sub(blank, line).strip()


@dataclass(slots=True)
class Unseen:
    """Gathers what a page holds and does not show."""

    items: list[Hidden] = field(default_factory=list)
    styled: int = 0
    """Characters of text that the page's styles hide."""
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _size: int = 0

    def add(self, where: str, text: str) -> None:
        """Keep a text once; beyond a bound nothing more is kept."""
        text = squeeze(text)
        if not text or (where, text) in self._seen or len(self.items) >= _MOST_ITEMS:
            return
        text = text[: _MOST_HIDDEN - self._size]
        if text:
            self._seen.add((where, text))
            self._size += len(text)
            self.items.append(Hidden(where, text))


@dataclass(slots=True)
class _Frame:
    """An open element."""

    tag: str
    look: Look
    anchor: str | None = None
    started: bool = False
    """Whether the hidden text of this element is gathered from here on."""
    data: Rows | None = None


def _layouts(root: Any) -> set[Any]:
    """Tables that arrange a page: with tables, headings or many paragraphs inside, or of one column."""
    found: set[Any] = set()
    open_tables: list[list[Any]] = []
    """[table, cells in the row, most cells in a row, parts in the cell]"""
    tags = ("table", "tr", "td", "th", *_HEADINGS, "p", "li", "blockquote", "pre")
    for event, element in etree.iterwalk(root, events=("start", "end"), tag=tags):
        tag = element.tag
        if tag == "table":
            if event == "start":
                if open_tables:
                    found.add(open_tables[-1][0])
                open_tables.append([element, 0, 0, 0])
            elif open_tables:
                table, _, most, _ = open_tables.pop()
                if most < 2 or element.get("role") in ("presentation", "none"):
                    found.add(table)
        elif event == "start" and open_tables:
            table = open_tables[-1]
            if tag == "tr":
                table[1] = 0
            elif tag in ("td", "th"):
                table[1] += 1
                table[2] = max(table[2], table[1] + (element.get("colspan", "1") not in ("1", "")))
                table[3] = 0
            else:
                table[3] += 1
                if tag in _HEADINGS or table[3] > _LAYOUT_PARTS:
                    found.add(table[0])
    return found


def walk(
    root: Any, builder: TextBuilder, sheet: Sheet, unseen: Unseen, *, prefix: str | None = "", below: int = 0
) -> None:
    """Add the blocks of `root` to the builder, its headings `below` so many levels.

    `prefix` goes before the addresses of elements; with None they have none.
    """
    walker = _Walker(root, builder, sheet, unseen, prefix)
    walker.below = below
    walker.run()


class _Walker:
    def __init__(self, root: Any, builder: TextBuilder, sheet: Sheet, unseen: Unseen, prefix: str | None) -> None:
        self._root, self._builder, self._sheet, self._unseen, self._prefix = root, builder, sheet, unseen, prefix
        self._layouts = _layouts(root)
        self._frames: list[_Frame] = [_Frame("", self._above(root))]
        self._inline: list[str] = []
        self._hidden: list[str] = []
        self._readings: list[str] = []
        self._ruby = 0
        self._pre = 0
        self._lists = 0
        self._items = 0
        self._heading: str | None = None
        self._rows: Rows | None = None
        self._cell: Cell | None = None
        self._furniture: set[str] = set()
        self._inside_furniture = 0
        self._anchors: set[str] = set()
        self._skip: Any = None
        self.below = 0

    def _above(self, root: Any) -> Look:
        """How the element looks that the walked part stands in."""
        look = self._sheet.start
        for element in reversed(list(root.iterancestors())):
            look = self._sheet.look(element, look)
        return look

    def run(self) -> None:
        events = etree.iterwalk(self._root, events=("start", "end", "comment", "pi"))
        for event, element in events:
            if event == "start":
                if not self._start(element):
                    self._skip = element
                    events.skip_subtree()
            elif event == "end":
                if element is self._skip:
                    self._skip = None
                else:
                    self._end(element)
                if element is not self._root:
                    self._put(element.tail)
            else:
                if event == "comment" and self._skip is None:
                    self._comment(element.text or "")
                self._put(element.tail)
        self._flush()

    def _comment(self, text: str) -> None:
        text = _CONDITION.sub(" ", text)
        if is_sentence(text):
            self._unseen.add("comment", text)

    def _put(self, text: str | None) -> None:
        if not text:
            return
        frame = self._frames[-1]
        if frame.look.unseen is not None:
            self._hidden.append(text)
        elif frame.tag == "rt" and self._ruby:
            self._readings.append(text)
        else:
            self._inline.append(text)

    def _start(self, element: Any) -> bool:
        """Open an element; False leaves it out with all that is in it."""
        tag = element.tag
        self._attributes(element, tag)
        if tag == "br":
            self._put("\n" if self._pre else _BREAK)
            return False
        if tag in _SKIPPED:
            return False
        if tag == "svg":
            self._drawing(element)
            return False
        if tag in _UNSEEN and not (tag == "dialog" and element.get("open") is not None):
            self._unseen.add(_UNSEEN[tag], " ".join(element.itertext(etree.Element)))
            return False
        if tag in _FURNITURE and self._is_repeated(element):
            return False
        above = self._frames[-1].look
        look = self._sheet.look(element, above)
        frame = _Frame(tag, look, self._anchor(element))
        if look.unseen is not None and above.unseen is None:
            self._flush_hidden()
            frame.started = True
        elif element.get("aria-hidden") == "true":
            self._unseen.add("not told to screen readers", _spoken(element))
        self._open(element, tag, frame)
        self._frames.append(frame)
        self._put(element.text)
        return True

    def _open(self, element: Any, tag: str, frame: _Frame) -> None:
        """What an element changes for the text inside it."""
        if tag in _BLOCKS or tag in _HEADINGS:
            if self._cell is not None or self._heading is not None:
                self._put(_BREAK)
            else:
                self._flush()
        if tag in _HEADINGS and self._cell is None and self._heading is None:
            self._heading = tag
        elif tag == "table" and self._rows is None and element not in self._layouts and self._heading is None:
            self._rows = frame.data = Rows(anchor=frame.anchor)
        elif self._rows is not None:
            self._open_in_table(element, tag, frame)
        elif tag in _PRE:
            self._pre += 1
        elif tag in _LISTS:
            self._lists += 1
        elif tag in _ITEMS:
            self._items += 1
        if tag == "ruby":
            self._ruby += 1
        self._inside_furniture += tag in _FURNITURE

    def _open_in_table(self, element: Any, tag: str, frame: _Frame) -> None:
        assert self._rows is not None
        if tag == "tr":
            self._rows.rows.append([])
            if self._frames[-1].tag == "thead":
                self._rows.heads = len(self._rows.rows)
        elif tag in ("td", "th") and self._cell is None and frame.look.gone is None:
            if not self._rows.rows:
                self._rows.rows.append([])
            self._inline.clear()
            self._cell = Cell("", _count(element, "colspan"), _count(element, "rowspan"), tag == "th")
            self._rows.rows[-1].append(self._cell)

    def _end(self, element: Any) -> None:
        frame = self._frames[-1]
        tag = frame.tag
        if frame.started:
            self._flush_hidden()
        if tag == "ruby":
            self._end_ruby()
        if tag in ("td", "th") and self._cell is not None and self._rows is not None:
            self._cell.text = squeeze("".join(self._inline))
            self._inline.clear()
            self._cell = None
        elif frame.data is not None:
            self._flush()
            self._rows = None
            add_rows(frame.data, self._builder)
        elif tag == self._heading:
            self._flush()
            self._heading = None
        elif tag in _BLOCKS or tag in _HEADINGS:
            if self._cell is not None or self._heading is not None:
                self._put(_BREAK)
            else:
                self._flush()
        if frame.data is None and self._rows is None:
            self._pre -= tag in _PRE
            self._lists -= tag in _LISTS
            self._items -= tag in _ITEMS
        self._inside_furniture -= tag in _FURNITURE
        self._frames.pop()

    def _end_ruby(self) -> None:
        self._ruby -= 1
        told = squeeze(" ".join(self._readings))
        self._readings.clear()
        if told:
            self._put(f"({told})")

    def _flush(self) -> None:
        """Write the gathered text as a block of the innermost open element."""
        if not self._inline:
            return
        text = "".join(self._inline)
        self._inline.clear()
        frame = self._frames[-1]
        if self._heading is not None:
            self._builder.heading(squeeze(text), _HEADINGS[self._heading] + self.below, anchor=frame.anchor)
            return
        kind: BlockKind = "list_item" if self._items else "paragraph"
        place: Mapping[str, Any] = {"anchor": frame.anchor, "level": self._lists if self._items else 0}
        if self._pre:
            text = text.replace(_BREAK, "\n").strip("\n")
            for start, end in paragraphs(text):
                self._builder.add(
                    "code" if kind == "paragraph" and frame.tag != "textarea" else kind, text[start:end], **place
                )
        else:
            # An empty line parts paragraphs.
            for part in _EMPTY_LINE.split(text) if len(text) > 1 else [text]:
                self._builder.add(kind, squeeze(part), **place)

    def _flush_hidden(self) -> None:
        look = self._frames[-1].look
        text = "".join(self._hidden)
        self._hidden.clear()
        self._unseen.styled += len(text.strip())
        if text.strip():
            self._unseen.add(look.unseen or "hidden by its style", text)

    def _attributes(self, element: Any, tag: str) -> None:
        """Texts that show only when a picture is missing or a pointer rests."""
        found = element.attrib
        if not found:
            return
        if tag in ("img", "area", "input") and (said := found.get("alt")):
            self._unseen.add("alternative text", said)
        for name in ("title", "aria-label", "placeholder"):
            if (said := found.get(name)) and is_sentence(said):
                self._unseen.add("tooltip" if name == "title" else "label for screen readers", said)

    def _anchor(self, element: Any) -> str | None:
        """The element's own address; the first of several elements that claim one has it."""
        named: str | None = element.get("id")
        if self._prefix is None or not named or len(named) > 200 or named in self._anchors:
            return None
        self._anchors.add(named)
        return self._prefix + named

    def _is_repeated(self, element: Any) -> bool:
        """Whether the same head, foot or menu stood before."""
        if self._inside_furniture:
            return False
        text = " ".join("".join(element.itertext(etree.Element)).split())
        if not 20 <= len(text) <= _MOST_FURNITURE:
            return False
        if text in self._furniture:
            return True
        self._furniture.add(text)
        return False

    def _drawing(self, element: Any) -> None:
        """Words in a drawing are seen; its title and description are not."""
        said = [squeeze("".join(text.itertext(etree.Element))) for text in element.iter("text", "{*}text")]
        if any(said):
            self._put(" " + " ".join(filter(None, said)) + " ")


def _spoken(element: Any) -> str:
    text: str = "".join(element.itertext(etree.Element))[:2_000]
    return text if is_sentence(text) else ""


def _count(element: Any, name: str) -> int:
    value = (element.get(name) or "1").strip()[:5]
    return max(1, int(value)) if value.isascii() and value.isdigit() else 1
