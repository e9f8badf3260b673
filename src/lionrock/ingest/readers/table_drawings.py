"""What floats above the cells of an XLSX sheet: text boxes, pictures and charts; and the comments on cells."""

from __future__ import annotations

from typing import Any, NamedTuple

from lionrock.ingest.readers.table_grid import squeezed
from lionrock.ingest.readers.table_xlsx import words_of
from lionrock.ingest.readers.table_xml import local
from lionrock.records import Hidden

__all__ = ["Drawn", "read_comments", "read_drawing"]


class Drawn(NamedTuple):
    """What a drawing holds."""

    boxes: list[tuple[int, int, str]]
    """Row and column of a text box's corner, and its words, a paragraph a line."""
    hidden: list[Hidden]
    pictures: int
    charts: int


def read_drawing(root: Any) -> Drawn:
    """The text boxes of a drawing, and how many pictures and charts it has."""
    boxes: list[tuple[int, int, str]] = []
    hidden: list[Hidden] = []
    pictures = charts = 0
    for anchor in root:
        row, column = _corner(anchor)
        for element in _seen(anchor):
            match local(element):
                case "cNvPr":
                    words = squeezed(element.get("descr") or "")
                    hidden += [Hidden("alternative text", words)] if words else []
                case "pic":
                    pictures += 1
                case "chart":
                    charts += 1
                case "sp":
                    words = _box(element)
                    gone = any(local(e) == "cNvPr" and e.get("hidden") in ("1", "true") for e in element.iter())
                    if words and gone:
                        hidden.append(Hidden("hidden shape", words))
                    elif words:
                        boxes.append((row, column, words))
    return Drawn(boxes, hidden, pictures, charts)


def _seen(anchor: Any) -> list[Any]:
    """All elements below, without those for programs that do not know the first form of them."""
    skipped = {id(e) for fallback in anchor.iter() if local(fallback) == "Fallback" for e in fallback.iter()}
    return [element for element in anchor.iter() if id(element) not in skipped]


def _corner(anchor: Any) -> tuple[int, int]:
    """Row and column, from 1."""
    found = {"row": 1, "col": 1}
    for child in anchor:
        if local(child) == "from":
            for part in child:
                told = (part.text or "").strip()
                if local(part) in found and told.isdecimal() and len(told) < 8:
                    found[local(part)] = int(told) + 1
    return found["row"], found["col"]


def _box(shape: Any) -> str:
    lines = []
    for body in shape:
        if local(body) == "txBody":
            for paragraph in body:
                if local(paragraph) == "p":
                    lines.append(squeezed("".join(e.text or "" for e in paragraph.iter() if local(e) == "t")))
    return "\n".join(filter(None, lines))


def read_comments(root: Any, sheet: str) -> list[Hidden]:
    """The comments on cells, each with its cell's address."""
    found = []
    for comment in root.iter():
        if local(comment) == "comment":
            words = " ".join(words_of(text) for text in comment if local(text) == "text")
            if words.strip():
                found.append(Hidden("comment", f"{sheet}!{comment.get('ref')}: {words.strip()}"))
    return found
