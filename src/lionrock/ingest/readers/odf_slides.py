"""Slides of an OpenDocument presentation: a page each, the title its heading, then its shapes and its notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lionrock.ingest.readers.odf_styles import length
from lionrock.ingest.readers.odf_text import Facts, Story, plain_text
from lionrock.ingest.readers.office_look import ANY_GROUND
from lionrock.ingest.readers.office_package import first, kids, short, value
from lionrock.ingest.readers.pptx_shapes import Box, Shape, SlideText, reading_order
from lionrock.records import BlockKind

__all__ = ["SlideStory"]

_LEFT_OUT = ("page-number", "date-time", "header", "footer")
_NO_SHAPES = frozenset({"presentation:notes", "office:annotation", "office:forms", "office:event-listeners", ""})


class SlideStory:
    """Reads slides into a builder."""

    def __init__(self, facts: Facts, builder: SlideText, show: Any, looks: Any | None) -> None:
        """`show`: the presentation, for its footers; `looks`: the root of the styles, for the size of the slides."""
        footers = (node for node in show if short(node.tag) == "presentation:footer-decl")
        self._footers = {
            value(node, "presentation:name"): " ".join("".join(node.itertext()).split()) for node in footers
        }
        self._facts = facts
        self._builder = builder
        self._number = 0
        self._shown = True
        layouts = (
            node
            for node in (looks.iter() if looks is not None else ())
            if short(node.tag) == "style:page-layout-properties"
        )
        sizes = [(length(value(node, "fo:page-width")), length(value(node, "fo:page-height"))) for node in layouts]
        self._wide = max((wide for wide, _ in sizes if wide), default=None)
        self._high = max((high for _, high in sizes if high), default=None)

    def slide(self, page: Any, number: int) -> bool:
        """Read a slide; False for one that the show leaves out, whose words are hidden."""
        self._number = number
        style = value(page, "draw:style-name")
        visible = self._facts.styles.stated("drawing-page", style, "drawing-page-properties", "presentation:visibility")
        self._shown = visible != "hidden"
        for note in kids(page, "office:annotation"):
            self._facts.hide("comment", plain_text(note))
        shapes = list(self._shapes(page))
        titles = [shape for shape in shapes if value(shape.node, "presentation:class") == "title"][:1]
        for shape in titles:
            if value(shape.node, "presentation:placeholder") != "true":
                self._say("heading", self._words(shape.node), 1)
        self._told([shape for shape in shapes if shape not in titles])
        self._say("paragraph", self._footers.pop(value(page, "presentation:use-footer-name"), ""), 0)
        self._notes(page)
        return self._shown

    def _shapes(self, node: Any) -> Iterator[Shape]:
        for child in node:
            if short(child.tag) in _NO_SHAPES:
                continue
            inside = tuple(self._shapes(child)) if short(child.tag) in ("draw:g", "draw:a") else ()
            box = _box(child)
            places = [shape.box for shape in inside if shape.box is not None]
            if box is None and places:
                left, top = min(place.left for place in places), min(place.top for place in places)
                right, bottom = max(place.right for place in places), max(place.bottom for place in places)
                box = Box(left, top, right - left, bottom - top)
            yield Shape(child, box, inside)

    def _told(self, shapes: list[Shape]) -> None:
        for shape in reading_order(shapes):
            node = shape.node
            kind = value(node, "presentation:class")
            if kind in _LEFT_OUT or value(node, "presentation:placeholder") == "true":
                continue
            if shape.box is not None and self._is_off(shape.box):
                self._facts.hide("off the slide", plain_text(node))
            elif shape.inside:
                self._told(list(shape.inside))
            else:
                story = Story(self._facts, self._say, ground=ANY_GROUND)
                story.shape(node, ANY_GROUND)
                story.endnotes()

    def _is_off(self, box: Box) -> bool:
        if self._wide is None or self._high is None:
            return False
        return box.right < 0 or box.bottom < 0 or box.left > self._wide or box.top > self._high

    def _words(self, node: Any) -> str:
        pieces: list[str] = []
        Story(self._facts, lambda kind, text, level: pieces.append(text), ground=ANY_GROUND).shape(node, ANY_GROUND)
        return " ".join(" ".join(pieces).split())

    def _say(self, kind: BlockKind, text: str, level: int) -> None:
        text = text.replace("\f", "").replace("\v", "").strip()
        if not text:
            return
        if not self._shown:
            self._facts.hide("hidden slide", text)
        elif kind == "heading":
            self._builder.heading(text, level, page=self._number)
        else:
            self._builder.add(kind, text, level=level, page=self._number)

    def _notes(self, page: Any) -> None:
        """What the speaker reads beside the slide."""
        lines: list[str] = []
        notes = first(page, "presentation:notes")
        for node in notes if notes is not None else ():
            if value(node, "presentation:class") == "notes" and value(node, "presentation:placeholder") != "true":
                story = Story(self._facts, lambda kind, text, level: lines.append(text), ground=ANY_GROUND)
                story.shape(node, ANY_GROUND)
        if any(line.strip() for line in lines):
            self._say("heading", "Notes", 2)
            for line in lines:
                self._say("paragraph", line, 0)


def _box(node: Any) -> Box | None:
    left, top = length(value(node, "svg:x")), length(value(node, "svg:y"))
    if left is None or top is None:
        return None
    return Box(left, top, length(value(node, "svg:width")) or 0.0, length(value(node, "svg:height")) or 0.0)
