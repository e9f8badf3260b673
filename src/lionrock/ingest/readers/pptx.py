"""PPTX: a slide is a page, its title a heading; what stands on it in the order that a person reads it, then its notes.

Footers and fixed dates are told once; slide numbers and the date of the day not at all. Slides that the show leaves out,
comments, words that stand for pictures and text that nobody can see on its slide are told apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from lionrock.errors import BrokenDocumentError
from lionrock.ingest.readers.docx_inline import branch
from lionrock.ingest.readers.docx_numbering import chinese, letters, roman
from lionrock.ingest.readers.docx_styles import number_in
from lionrock.ingest.readers.office_look import Look, concealed, symbols
from lionrock.ingest.readers.office_package import (
    NO_WORDS,
    Package,
    chart_lines,
    diagram_lines,
    first,
    kids,
    proper_title,
    short,
    text_in,
    value,
)
from lionrock.ingest.readers.office_tables import Cell, row_texts
from lionrock.ingest.readers.pptx_shapes import (
    Box,
    Colours,
    Layout,
    Shape,
    SlideText,
    is_painted,
    placeholder,
    reading_order,
)
from lionrock.records import Hidden, ParsedDocument

__all__ = ["read"]

_TITLES = ("title", "ctrTitle")
_LEFT_OUT = ("sldNum", "sldImg")
_FURNITURE = ("ftr", "dt", "hdr")
_FIELDS = ("slidenum", "datetime")
_NUMBER = re.compile(r"(\d+)\.xml\Z")
_COUNTERS: dict[str, Callable[[int], str]] = {
    "arabic": str,
    "alphaLc": lambda number: letters(number).lower(),
    "alphaUc": letters,
    "romanLc": lambda number: roman(number).lower(),
    "romanUc": roman,
    "ea1Cht": chinese,
    "ea1Chs": chinese,
}
_AUTOMATIC = re.compile(r"([A-Za-z]+?(?:1Ch[ts])?)(Period|ParenR|ParenBoth|Plain)\Z")
_MOST_SPAN = 200
_MOST_LEVELS = 9
_MOST_PAINTED = 500
"""Beyond so many painted shapes on a slide nobody can tell cheaply what lies on what; all words count as seen then."""


def read(data: bytes, *, name: str) -> ParsedDocument:
    """The slides in the order of the show. Raises a `DocumentError`."""
    try:
        return _Deck(data).parsed()
    except RecursionError as error:
        raise BrokenDocumentError("The file is nested too deeply to be a document; it is refused.") from error


class _Deck:
    def __init__(self, data: bytes) -> None:
        self.package = Package(data, "ppt/presentation.xml")
        self.builder = SlideText()
        self.hidden: list[Hidden] = []
        self.footers: set[str] = set()
        self.embedded = 0
        self.unshown: list[str] = []
        self.size: Box | None = None

    def parsed(self) -> ParsedDocument:
        """Read all slides."""
        slides = self._slides()
        opening = None
        for number, part in enumerate(slides, 1):
            root = self.package.optional(part)
            self.builder.begin()
            if root is not None:
                _Slide(self, part, root, number).told()
            opening = opening or (self.builder.blocks[0] if number == 1 and self.builder.blocks else None)
        title, metadata = self.package.properties()
        headed = opening is not None and opening.kind == "heading"
        notices = list(self.package.notices)
        if self.unshown:
            notices.append(f"Slides that the show leaves out were left out here too: {', '.join(self.unshown)}.")
        if self.embedded:
            notices.append(f"Files embedded in the slides were not read: {self.embedded}.")
        return self.builder.document(
            empty=NO_WORDS,
            title=None if headed else proper_title(title),
            pages=len(slides),
            page_starts=self.builder.starts(),
            hidden=(*self.hidden, *metadata),
            notices=tuple(dict.fromkeys(notices)),
        )

    def _slides(self) -> list[str]:
        """The parts of the slides: in the order of the show, else by their numbers."""
        root = self.package.optional(self.package.main)
        size = first(root, "p:sldSz")
        wide, high = number_in(size, "cx"), number_in(size, "cy")
        if wide and high:
            self.size = Box(0.0, 0.0, float(wide), float(high))
        listed = [
            part
            for node in kids(first(root, "p:sldIdLst"), "p:sldId")
            if (part := self.package.target(self.package.main, value(node, "r:id")))
        ]
        found = [name for name in self.package.members.names if re.fullmatch(r"ppt/slides/slide\d+\.xml", name)]
        slides = listed or sorted(found, key=lambda name: int(_NUMBER.findall(name)[0]))
        if not slides:
            raise BrokenDocumentError("The file is damaged (it has no slides).")
        return list(dict.fromkeys(slides))


class _Slide:
    """One slide: its shapes, its notes and its comments."""

    def __init__(self, deck: _Deck, part: str, root: Any, number: int) -> None:
        self._deck = deck
        self._package = deck.package
        self._part = part
        self._root = root
        self._number = number
        self._unshown = root.get("show") in ("0", "false")
        layout_part = next(iter(self._package.related(part, "slideLayout")), None)
        master_part = next(iter(self._package.related(layout_part or "", "slideMaster")), None) if layout_part else None
        layout, master = self._package.optional(layout_part), self._package.optional(master_part)
        theme = next(iter(self._package.related(master_part, "theme")), None) if master_part else None
        above = [found for found in (layout, master) if found is not None]
        self._layout = Layout(above)
        self._colours = Colours(self._package.optional(theme), master)
        self._background = self._colours.background([root, *above])
        self._painted: list[Box] = []

    def told(self) -> None:
        """Add the slide to the deck's text."""
        if self._unshown:
            self._deck.unshown.append(str(self._number))
        tree = first(self._root, "p:cSld", "p:spTree")
        shapes = self._layout.shapes(tree) if tree is not None else ()
        self._grounds = dict(self._find_grounds(shapes))
        titles = [shape for shape in shapes if (placeholder(shape.node) or ("",))[0] in _TITLES]
        for shape in titles[:1]:
            self._title(shape)
        self._told([shape for shape in shapes if shape not in titles[:1]])
        self._notes()
        self._comments()

    def _find_grounds(self, shapes: Sequence[Shape]) -> Iterator[tuple[int, str]]:
        """The colour below each shape: unknown where it lies on a picture or on a shape painted before."""
        for shape in shapes:
            above = self._layout.above(kind) if (kind := placeholder(shape.node)) else []
            crowded = len(self._painted) > _MOST_PAINTED
            covered = (
                crowded
                or shape.box is None
                or any(shape.box.meets(box) for box in (*self._layout.painted, *self._painted))
            )
            yield id(shape.node), self._colours.ground(shape.node, above, "any" if covered else self._background)
            if shape.box is not None and is_painted(shape.node):
                self._painted.append(shape.box)
            yield from self._find_grounds(shape.inside)

    def _say(self, kind: Any, text: str, level: int = 0) -> None:
        """Words of the slide; those of a slide that is not shown are hidden."""
        if not text.strip():
            return
        if self._unshown:
            self._deck.hidden.append(Hidden("hidden slide", " ".join(text.split())))
        elif kind == "heading":
            self._deck.builder.heading(text, level, page=self._number)
        else:
            self._deck.builder.add(kind, text, level=level, page=self._number)

    def _title(self, shape: Shape) -> None:
        self._alternative_text(shape)
        texts = [text for _, _, text in self._paragraphs(shape)]
        if self._seen(shape, texts):
            self._say("heading", " ".join(" ".join(texts).split()), 1)

    def _seen(self, shape: Shape, texts: Sequence[str]) -> bool:
        """Whether a shape is shown at all; if not, its words are kept apart."""
        away = shape.box is not None and self._deck.size is not None and not self._meets_slide(shape.box)
        if not (shape.hidden or away):
            return True
        words = " ".join(" ".join(texts).split())
        if words:
            self._deck.hidden.append(Hidden("off the slide" if away else "hidden shape", words))
        return False

    def _meets_slide(self, box: Box) -> bool:
        size = self._deck.size
        assert size is not None
        return box.left < size.right and box.right > 0 and box.top < size.bottom and box.bottom > 0

    def _told(self, shapes: Sequence[Shape]) -> None:
        for shape in reading_order(shapes):
            self._alternative_text(shape)
            kind = placeholder(shape.node)
            name = short(shape.node.tag)
            if kind is not None and kind[0] in _LEFT_OUT:
                continue
            if name == "p:grpSp":
                if self._seen(shape, [text_in(shape.node, "a:t")]):
                    self._told(shape.inside)
            elif name == "p:graphicFrame":
                self._frame(shape)
            else:
                self._text(shape, kind)

    def _text(self, shape: Shape, kind: tuple[str, str] | None) -> None:
        told = list(self._paragraphs(shape))
        if not self._seen(shape, [text for _, _, text in told]):
            return
        for listed, level, text in told:
            if kind is not None and kind[0] in _FURNITURE:
                words = " ".join(text.split())
                if words in self._deck.footers:
                    continue
                self._deck.footers.add(words)
            self._say("list_item" if listed else "paragraph", text, level if listed else 0)

    def _alternative_text(self, shape: Shape) -> None:
        for holder in shape.node:
            properties = first(holder, "p:cNvPr")
            if properties is not None:
                for text in dict.fromkeys((properties.get("title"), properties.get("descr"))):
                    if text and text.strip():
                        self._deck.hidden.append(Hidden("alternative text", " ".join(text.split())))

    def _paragraphs(self, shape: Shape) -> Iterator[tuple[bool, int, str]]:
        """(is it a list item, its level, its words) of a text frame."""
        kind = placeholder(shape.node)
        bulleted = kind is not None and kind[0] in ("body", "obj", "")
        counts: list[int] = [0] * _MOST_LEVELS
        for node in kids(first(shape.node, "p:txBody"), "a:p"):
            properties = first(node, "a:pPr")
            level = min(max(number_in(properties, "lvl") or 0, 0), _MOST_LEVELS - 1)
            text = self._words(node, self._grounds.get(id(shape.node), "any"))
            label = _label(first(properties, "a:buAutoNum"), counts, level) if text.strip() else ""
            listed = (
                bool(label) or first(properties, "a:buChar") is not None or first(properties, "a:buBlip") is not None
            )
            if bulleted and first(properties, "a:buNone") is None:
                listed = True
            yield listed, level, label + text

    def _words(self, paragraph: Any, ground: str) -> str:
        """What a paragraph shows; what it does not is kept apart."""
        pieces: list[str] = []
        for node in paragraph:
            name = short(node.tag)
            if name == "a:br":
                pieces.append("\n")
            elif name == "mc:AlternateContent":
                pieces += (text_in(part, "a:t") or text_in(part, "m:t") for part in branch(node))
            elif name in ("a:r", "a:fld") and not node.get("type", "").startswith(_FIELDS):
                look = self._look(first(node, "a:rPr"))
                text = "".join(part.text or "" for part in kids(node, "a:t")).replace("\u00ad", "").replace("\n", " ")
                text = symbols(look.font, text.replace("\t", " ").replace("\r", " "))
                why = concealed(look, ground)
                if why is None:
                    pieces.append(text)
                elif text.strip():
                    self._deck.hidden.append(Hidden(why, " ".join(text.split())))
        return "".join(pieces).strip()

    def _look(self, properties: Any) -> Look:
        if properties is None:
            return Look()
        size = number_in(properties, "sz")
        colour = self._colours.of(first(properties, "a:solidFill"))
        clear = first(properties, "a:noFill") is not None or colour == "clear"
        outlined = first(properties, "a:ln", "a:solidFill") is not None
        marked = first(properties, "a:highlight")
        return Look(
            colour=None if colour == "clear" else colour,
            points=None if size is None else size / 100,
            ground=None if marked is None else self._colours.of(marked) or "any",
            clear=clear and not outlined,
            font=value(first(properties, "a:sym"), "typeface") or value(first(properties, "a:latin"), "typeface"),
        )

    def _frame(self, shape: Shape) -> None:
        """A table, a chart, a diagram, or a file embedded in the slide."""
        if not self._seen(shape, [text_in(shape.node, "a:t")]):
            return
        for node in shape.node.iter():
            match short(node.tag):
                case "a:tbl":
                    self._table(node)
                case "c:chart":
                    root = self._package.optional(self._package.target(self._part, value(node, "r:id")))
                    for line in chart_lines(root) if root is not None else ():
                        self._say("paragraph", line)
                case "dgm:relIds":
                    root = self._package.optional(self._package.target(self._part, value(node, "r:dm")))
                    for line in diagram_lines(root) if root is not None else ():
                        self._say("list_item", line)
                case "p:oleObj":
                    self._deck.embedded += first(node, "p:embed") is not None

    def _table(self, node: Any) -> None:
        rows = []
        for row in kids(node, "a:tr"):
            cells = []
            for cell in kids(row, "a:tc"):
                if cell.get("hMerge") in ("1", "true"):
                    continue
                text = " ".join(self._words(part, "any") for part in kids(first(cell, "a:txBody"), "a:p"))
                span = min(max(number_in(cell, "gridSpan") or 1, 1), _MOST_SPAN)
                cells.append(Cell(text, span, cell.get("vMerge") in ("1", "true")))
            rows.append(cells)
        said = first(node, "a:tblPr")
        header = 1 if said is not None and said.get("firstRow") in ("1", "true") else None
        for text in row_texts(rows, header):
            self._say("table_row", text)

    def _notes(self) -> None:
        """What the speaker reads beside the slide."""
        lines = []
        for part in self._package.related(self._part, "notesSlide")[:1]:
            root = self._package.optional(part)
            for node in root.iter() if root is not None else ():
                kind = placeholder(node) if short(node.tag) == "p:sp" else None
                if short(node.tag) == "p:sp" and (kind is None or kind[0] not in (*_LEFT_OUT, *_FURNITURE)):
                    lines += [self._words(paragraph, "any") for paragraph in kids(first(node, "p:txBody"), "a:p")]
        if any(lines):
            self._say("heading", "Notes", 2)
            for line in lines:
                self._say("paragraph", line)

    def _comments(self) -> None:
        for part in self._package.related(self._part, "comments"):
            root = self._package.optional(part)
            for node in root.iter() if root is not None else ():
                words = node.text if short(node.tag) == "p:text" else None
                if short(node.tag) in ("p188:txBody",):
                    words = text_in(node, "a:t")
                if words and words.strip():
                    self._deck.hidden.append(Hidden("comment", " ".join(words.split())))


def _label(numbering: Any, counts: list[int], level: int) -> str:
    """The number that the program writes before a paragraph, with the blank after it."""
    if numbering is None:
        counts[level:] = [0] * (len(counts) - level)
        return ""
    start = number_in(numbering, "startAt") or 1
    counts[level] = start if counts[level] == 0 else counts[level] + 1
    counts[level + 1 :] = [0] * (len(counts) - level - 1)
    found = _AUTOMATIC.match(numbering.get("type", "arabicPeriod"))
    counter = _COUNTERS.get(found[1], str) if found else str
    before, after = {"ParenR": ("", ")"), "ParenBoth": ("(", ")"), "Plain": ("", "")}.get(
        found[2] if found else "", ("", ".")
    )
    return f"{before}{counter(counts[level])}{after} "
