"""What a paragraph of a DOCX shows: its runs, fields, notes' marks, and what is drawn in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lionrock.ingest.readers.docx_math import math_text
from lionrock.ingest.readers.docx_numbering import numeral
from lionrock.ingest.readers.docx_pages import ASKED, RENDERED
from lionrock.ingest.readers.docx_styles import Styles, is_on, look_of, number_in
from lionrock.ingest.readers.office_look import ANY_GROUND, Look, concealed, symbol, symbols
from lionrock.ingest.readers.office_package import Package, chart_lines, diagram_lines, first, kids, short, value
from lionrock.records import Hidden

__all__ = ["Facts", "Inline", "Line", "branch"]

_CONTAINERS = frozenset({"w:hyperlink", "w:smartTag", "w:customXml", "w:dir", "w:bdo", "w:sdtContent", "w:rubyBase"})
_SIGNS = {"w:tab": "\t", "w:ptab": "\t", "w:cr": "\n", "w:noBreakHyphen": "-", "w:br": "\n"}
_PAGE_FIELD = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)
_VML_COLOUR = re.compile(r"#([0-9A-Fa-f]{6})\b")
_VML_UNSEEN = re.compile(r"(?:visibility:\s*hidden|display:\s*none)", re.IGNORECASE)
_MAIN_RUN = str.maketrans({"\u00ad": None, "\n": " ", "\r": " ", RENDERED: None, ASKED: None})


@dataclass
class Facts:
    """What the parts of one document have in common while they are read."""

    package: Package
    styles: Styles
    hidden: list[Hidden] = field(default_factory=list)
    notes: dict[tuple[str, str], str] = field(default_factory=dict)
    """(kind, id) of a footnote or endnote to its mark, in the order of the text."""
    _counts: dict[str, int] = field(default_factory=dict)
    tracked: bool = False
    ruby: bool = False
    embedded: int = 0

    def mark(self, kind: str, number: str) -> str:
        """The mark of a note: `[1]` for a footnote, `[i]` for an endnote."""
        if (kind, number) not in self.notes:
            self._counts[kind] = count = self._counts.get(kind, 0) + 1
            form = "decimal" if kind == "footnote" else "lowerRoman"
            self.notes[kind, number] = f"[{numeral(count, form)}]"
        return self.notes[kind, number]


@dataclass
class Line:
    """One paragraph: its words, and what goes with it."""

    shown: list[str] = field(default_factory=list)
    concealed: list[tuple[str, list[str]]] = field(default_factory=list)
    boxes: list[tuple[Any, str]] = field(default_factory=list)
    """Contents of text boxes and the colour that they stand on; the empty colour for one that is not shown."""
    drawn: list[str] = field(default_factory=list)
    """Words in charts, diagrams and drawn lettering."""
    notes: list[tuple[str, str]] = field(default_factory=list)
    described: set[str] = field(default_factory=set)
    """Words that stand for a picture, each once."""

    def add(self, text: str, why: str | None) -> None:
        """Words that are seen, or that are not, with the reason."""
        if why is None:
            self.shown.append(text)
        elif self.concealed and self.concealed[-1][0] == why:
            self.concealed[-1][1].append(text)
        else:
            self.concealed.append((why, [text]))


def branch(node: Any) -> Any:
    """The one of the alternative contents that today's programs show; empty where there is none."""
    found = first(node, "mc:Choice")
    if found is None:
        found = first(node, "mc:Fallback")
    return () if found is None else found


class Inline:
    """Reads the paragraphs of one part in order; a field may run over several of them."""

    def __init__(self, facts: Facts, part: str, root: Any, *, furniture: bool = False) -> None:
        """`furniture`: a header or footer, whose page numbers are no words of the document."""
        self._facts = facts
        self._part = part
        self._furniture = furniture
        self.over_picture = False
        """A picture lies behind the text from here on."""
        self._fields: list[tuple[str, list[str]]] = []
        marks = [value(node, "w:fldCharType") for node in root.iter() if short(node.tag) == "w:fldChar"]
        self._balanced = marks.count("begin") == marks.count("end")
        self._pieces: Mapping[str, Callable[[Any, Line, Look, str | None, str], None]] = {
            "w:ruby": self._ruby,
            "w:fldChar": self._field,
            "w:footnoteReference": self._note,
            "w:endnoteReference": self._note,
            "w:drawing": self._drawing,
            "w:pict": self._drawing,
            "w:object": self._object,
            "mc:AlternateContent": self._alternative,
        }

    def line(self, paragraph: Any, look: Look, ground: str) -> Line:
        """The paragraph's line; `look` is that of its style, `ground` the colour that it stands on."""
        line = Line()
        self._walk(paragraph, line, look, ground)
        return line

    def _walk(self, node: Any, line: Line, base: Look, ground: str) -> None:
        for child in node:
            name = short(child.tag)
            if name == "w:r":
                self._run(child, line, base, ground)
            elif name in _CONTAINERS:
                self._walk(child, line, base, ground)
            elif name in ("w:ins", "w:moveTo"):
                self._facts.tracked = True
                self._walk(child, line, base, ground)
            elif name in ("w:del", "w:moveFrom"):
                self._facts.tracked = True
                line.add("".join(_texts(child)), "deleted text")
            elif name == "w:sdt":
                if not is_on(first(child, "w:sdtPr", "w:showingPlcHdr")):
                    self._walk(child, line, base, ground)
            elif name == "w:fldSimple":
                if not (self._furniture and _PAGE_FIELD.match(value(child, "w:instr") or "")):
                    self._walk(child, line, base, ground)
            elif name in ("m:oMath", "m:oMathPara"):
                line.add(math_text(child), concealed(base, ground))
            elif name == "mc:AlternateContent":
                self._walk(branch(child), line, base, ground)

    def _run(self, run: Any, line: Line, base: Look, ground: str) -> None:
        properties = first(run, "w:rPr")
        look = base
        if properties is not None:
            style = value(first(properties, "w:rStyle"))
            look = base.under(self._facts.styles.character(style)).under(look_of(properties))
        why = concealed(look, ANY_GROUND if self.over_picture else ground)
        for child in run:
            self._piece(child, line, look, why, ground)

    def _piece(self, child: Any, line: Line, look: Look, why: str | None, ground: str) -> None:
        name = short(child.tag)
        if name == "w:instrText" and self._fields:
            self._fields[-1][1].append(child.text or "")
        elif name in self._pieces:
            self._pieces[name](child, line, look, why, ground)
        elif name == "w:lastRenderedPageBreak" or (name == "w:br" and value(child, "w:type") == "page"):
            self.over_picture = False  # what lies behind the text lies behind one page of it
            self._say(ASKED if name == "w:br" else RENDERED, line, None)
        elif name in _SIGNS:
            self._say(_SIGNS[name], line, why)
        elif name == "w:t":
            self._say(symbols(look.font, (child.text or "").translate(_MAIN_RUN)), line, why)
        elif name == "w:sym":
            try:
                self._say(symbol(value(child, "w:font"), int(value(child, "w:char") or "", 16)), line, why)
            except ValueError:
                self._say("\ufffd", line, why)

    def _say(self, text: str, line: Line, why: str | None) -> None:
        """Words, unless they stand in a field's code. A field that never ends has no code to be trusted."""
        if text and not (self._balanced and any(phase != "result" for phase, _ in self._fields)):
            line.add(text, why)

    def _field(self, node: Any, line: Line, look: Look, why: str | None, ground: str) -> None:
        match value(node, "w:fldCharType"):
            case "begin":
                self._say(_form_value(node), line, why)
                self._fields.append(("code", []))
            case "separate" if self._fields:
                code = self._fields[-1][1]
                dropped = self._furniture and _PAGE_FIELD.match("".join(code))
                self._fields[-1] = ("dropped" if dropped else "result", code)
            case "end" if self._fields:
                self._fields.pop()

    def _ruby(self, node: Any, line: Line, look: Look, why: str | None, ground: str) -> None:
        self._facts.ruby = True
        for part in kids(node, "w:rubyBase"):
            self._walk(part, line, look, ground)

    def _note(self, node: Any, line: Line, look: Look, why: str | None, ground: str) -> None:
        kind = "footnote" if short(node.tag) == "w:footnoteReference" else "endnote"
        number = value(node, "w:id") or ""
        if (value(node, "w:customMarkFollows") or "0") not in ("0", "false", "off"):
            self._facts.notes.setdefault((kind, number), "")
        else:
            self._say(self._facts.mark(kind, number), line, why)
        if why is None:
            line.notes.append((kind, number))

    def _alternative(self, node: Any, line: Line, look: Look, why: str | None, ground: str) -> None:
        for child in branch(node):
            self._piece(child, line, look, why, ground)

    def _object(self, node: Any, line: Line, look: Look, why: str | None, ground: str) -> None:
        self._facts.embedded += any(short(child.tag) == "o:OLEObject" for child in node)
        self._drawing(node, line, look, why, ground)

    def _drawing(self, node: Any, line: Line, look: Look, why: str | None, ground: str) -> None:
        self._draw(node, line, "" if why == "hidden text" else ANY_GROUND if self.over_picture else ground)

    def _draw(self, node: Any, line: Line, ground: str) -> None:
        """What is drawn: text boxes, charts, diagrams, lettering; and the words that stand for a picture."""
        if value(first(node, "wp:docPr"), "hidden") in ("1", "true"):
            ground = ""
        for child in node:
            name = short(child.tag)
            if name == "w:txbxContent":
                line.boxes.append((child, ground))
            elif name == "mc:AlternateContent":
                self._draw(branch(child), line, ground)
            elif name:
                if name == "wp:anchor" and value(child, "behindDoc") in ("1", "true"):
                    self.over_picture = True
                self._words(name, child, line)
                self._draw(child, line, ground and _ground_of(name, child, ground))

    def _words(self, name: str, node: Any, line: Line) -> None:
        if name in ("wp:docPr", "pic:cNvPr", "wps:cNvPr"):
            _alternative_text(line, node.get("title"), node.get("descr"))
        elif name == "v:textpath":
            line.drawn.append(node.get("string", ""))
        elif name.startswith("v:"):
            _alternative_text(line, node.get("alt"))
        elif name == "c:chart":
            self._part_words(value(node, "r:id"), chart_lines, line)
        elif name == "dgm:relIds":
            self._part_words(value(node, "r:dm"), diagram_lines, line)

    def _part_words(self, relation: str | None, lines_of: Callable[[Any], list[str]], line: Line) -> None:
        root = self._facts.package.optional(self._facts.package.target(self._part, relation))
        if root is not None:
            line.drawn += lines_of(root)


def _texts(node: Any) -> Iterator[str]:
    for child in node.iter():
        if short(child.tag) in ("w:delText", "w:t"):
            yield child.text or ""


def _form_value(node: Any) -> str:
    """What an old form field shows that has no text of its own: a box with or without a tick, the chosen entry."""
    box = first(node, "w:ffData", "w:checkBox")
    if box is not None:
        state = first(box, "w:checked")
        return "☑" if is_on(first(box, "w:default") if state is None else state) else "☐"
    chosen = first(node, "w:ffData", "w:ddList")
    entries = [value(entry) or "" for entry in kids(chosen, "w:listEntry")]
    at = number_in(first(chosen, "w:result")) or 0
    return entries[at] if 0 <= at < len(entries) else ""


def _ground_of(name: str, node: Any, ground: str) -> str:
    """The colour that the words in a shape stand on."""
    if name == "wps:wsp":
        properties = first(node, "wps:spPr")
        fill = value(first(properties, "a:solidFill", "a:srgbClr"), "val")
        if fill:
            return fill
        painted = any(
            first(properties, kind) is not None for kind in ("a:solidFill", "a:gradFill", "a:blipFill", "a:pattFill")
        )
        styled = first(node, "wps:style", "a:fillRef")
        if painted or (first(properties, "a:noFill") is None and value(styled, "idx") not in (None, "0")):
            return ANY_GROUND
    elif name.startswith("v:") and name not in ("v:textbox", "v:group"):
        if _VML_UNSEEN.search(node.get("style", "")):
            return ""
        if node.get("filled") in ("f", "false"):
            return ground
        found = _VML_COLOUR.match(node.get("fillcolor", "#FFFFFF"))
        return found[1] if found else "FFFFFF" if node.get("fillcolor", "").startswith("white") else ANY_GROUND
    return ground


def _alternative_text(line: Line, *texts: str | None) -> None:
    for text in texts:
        if text and text.strip() and text not in line.described:
            line.described.add(text)
            line.concealed += [("alternative text", [text]), ("", [])]
