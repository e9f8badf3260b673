"""What DOCX and PPTX have in common: parts and their relations, properties, charts and diagrams, alternative contents."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lionrock.errors import BrokenDocumentError
from lionrock.ingest.readers.office_archive import Members, check_archive
from lionrock.records import Hidden

__all__ = [
    "MACRO_NOTICE",
    "NO_WORDS",
    "Package",
    "Relation",
    "chart_lines",
    "diagram_lines",
    "first",
    "kids",
    "short",
    "text_in",
    "value",
]

_OPEN = "http://schemas.openxmlformats.org/"
_STRICT = "http://purl.oclc.org/ooxml/"
_NAMESPACES = {
    _OPEN + "wordprocessingml/2006/main": "w",
    _STRICT + "wordprocessingml/main": "w",
    _OPEN + "presentationml/2006/main": "p",
    _STRICT + "presentationml/main": "p",
    _OPEN + "drawingml/2006/main": "a",
    _STRICT + "drawingml/main": "a",
    _OPEN + "drawingml/2006/chart": "c",
    _STRICT + "drawingml/chart": "c",
    _OPEN + "drawingml/2006/diagram": "dgm",
    _STRICT + "drawingml/diagram": "dgm",
    _OPEN + "drawingml/2006/wordprocessingDrawing": "wp",
    _STRICT + "drawingml/wordprocessingDrawing": "wp",
    _OPEN + "drawingml/2006/picture": "pic",
    _STRICT + "drawingml/picture": "pic",
    _OPEN + "officeDocument/2006/math": "m",
    _STRICT + "officeDocument/math": "m",
    _OPEN + "officeDocument/2006/relationships": "r",
    _STRICT + "officeDocument/relationships": "r",
    _OPEN + "markup-compatibility/2006": "mc",
    "http://schemas.microsoft.com/office/word/2010/wordprocessingShape": "wps",
    "http://schemas.microsoft.com/office/word/2010/wordml": "w14",
    "http://schemas.microsoft.com/office/powerpoint/2018/8/main": "p188",
    "urn:schemas-microsoft-com:vml": "v",
    "urn:schemas-microsoft-com:office:office": "o",
}
_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMESPACES |= {
    _OASIS + f"{name}:1.0": name
    for name in ("office", "text", "table", "style", "presentation", "chart", "meta", "manifest")
}
_NAMESPACES |= {
    _OASIS + "drawing:1.0": "draw",
    _OASIS + "xsl-fo-compatible:1.0": "fo",
    _OASIS + "svg-compatible:1.0": "svg",
    "http://www.w3.org/1999/xlink": "xlink",
    "http://www.w3.org/XML/1998/namespace": "xml",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://www.w3.org/1998/Math/MathML": "math",
}
_SHORT: dict[Any, str] = {}
_METADATA = ("subject", "keywords", "description", "category", "contentStatus")
_MACROS = re.compile(r"vbaProject\.bin\Z|/(?:macrosheets|dialogsheets)/", re.IGNORECASE)
_UNNAMED = re.compile(
    r"(?:(?:microsoft )?(?:powerpoint|word)\b.*|document\d*|slide ?\d+|untitled|presentation\d*|簡報\d*|文件\d*|演示文稿\d*)\Z",
    re.IGNORECASE,
)
MACRO_NOTICE = "The file holds macros, which Lionrock neither reads nor runs."
NO_WORDS = (
    "The file holds no text; if its words are in pictures, save it as PDF and add that: its pages are then recognised."
)
"""Pictures inside office files are not recognised; whole pages without text are."""


def short(tag: Any) -> str:
    """`w:p` for a tag or attribute in full; the same for the transitional and the strict form. Empty for no name."""
    found = _SHORT.get(tag)
    if found is None:
        found = ""
        if isinstance(tag, str):
            space, _, name = tag.rpartition("}")
            prefix = _NAMESPACES.get(space[1:])
            found = f"{prefix}:{name}" if prefix else "" if space else name
        if found and len(_SHORT) < 10_000:
            _SHORT[tag] = found
    return found


def kids(element: Any, name: str) -> Iterator[Any]:
    """The children of that short name; none where there is no element."""
    if element is not None:
        for child in element:
            if short(child.tag) == name:
                yield child


def first(element: Any, *path: str) -> Any | None:
    """The first child, and on along the path; None where one is missing."""
    for name in path:
        if element is None:
            return None
        for child in element:
            if short(child.tag) == name:
                element = child
                break
        else:
            return None
    return element


def value(element: Any, name: str = "w:val") -> str | None:
    """An attribute by its short name; None where the element or the attribute is missing."""
    if element is None:
        return None
    return next((str(told) for key, told in element.attrib.items() if short(key) == name), None)


def text_in(element: Any, name: str) -> str:
    """The words of all elements of that short name below, put together."""
    return "".join(node.text or "" for node in element.iter() if short(node.tag) == name)


@dataclass(frozen=True, slots=True)
class Relation:
    """What one part says of another: `header`, `slide`, `image` and so on."""

    kind: str
    target: str
    outside: bool


class Package:
    """An office document as parts with relations. Raises `DocumentError`s for what `check_archive` refuses."""

    def __init__(self, data: bytes, fallback: str) -> None:
        """`fallback` is where the main part stands if the file does not say."""
        check_archive(data)
        self.members = Members(data)
        self.notices: list[str] = []
        self._relations: dict[str, dict[str, Relation]] = {}
        said = next((rel.target for rel in self.relations("").values() if rel.kind == "officeDocument"), fallback)
        self.main = said if said in self.members else fallback
        if any(_MACROS.search(name) for name in self.members.names):
            self.notices.append(MACRO_NOTICE)

    def relations(self, part: str) -> dict[str, Relation]:
        """Relations of a part by their ids; of the file itself for the empty name."""
        if part not in self._relations:
            folder, base = posixpath.split(part)
            root = self.optional(posixpath.join(folder, "_rels", f"{base}.rels"))
            self._relations[part] = {
                str(rel.get("Id")): Relation(
                    str(rel.get("Type", "")).rpartition("/")[2],
                    _resolved(folder, str(rel.get("Target", ""))),
                    rel.get("TargetMode") == "External",
                )
                for rel in (root if root is not None else ())
                if isinstance(rel.tag, str)
            }
        return self._relations[part]

    def related(self, part: str, kind: str) -> list[str]:
        """The parts of a kind that a part names and that are there, in its order."""
        return [
            rel.target
            for rel in self.relations(part).values()
            if rel.kind == kind and not rel.outside and rel.target in self.members
        ]

    def target(self, part: str, relation: str | None) -> str | None:
        """The part that a relation's id stands for; None where there is none."""
        rel = self.relations(part).get(relation or "")
        return rel.target if rel is not None and not rel.outside and rel.target in self.members else None

    def optional(self, part: str | None) -> Any | None:
        """The root of a part that the document can do without; a damaged one is left out with a notice."""
        if part is None:
            return None
        try:
            return self.members.xml(part)
        except BrokenDocumentError:
            self.notices.append(f"A part of the file ({posixpath.basename(part)}) is damaged and was left out.")
            return None

    def one(self, part: str, kind: str, fallback: str) -> Any | None:
        """The root of the one part of a kind, else of the one of its usual name."""
        found = self.related(part, kind)
        return self.optional(found[0] if found else fallback)

    def properties(self) -> tuple[str | None, list[Hidden]]:
        """The title, and what else the file says of itself, which nobody sees who opens it."""
        title: str | None = None
        hidden: list[Hidden] = []
        for part in self.related("", "core-properties")[:1] or ["docProps/core.xml"]:
            root = self.optional(part)
            for node in root if root is not None else ():
                name = str(node.tag).rpartition("}")[2]
                words = " ".join(str(node.text or "").split())
                if name == "title":
                    title = words or None
                if words and name in (*_METADATA, "title"):
                    hidden.append(Hidden("metadata", words))
        for part in self.related("", "custom-properties")[:1]:
            root = self.optional(part)
            for node in root.iter() if root is not None else ():
                words = " ".join((node.text or "").split())
                # Identifiers of document systems are no words.
                if str(node.tag).endswith(("}lpwstr", "}lpstr", "}bstr")) and (" " in words or not words.isascii()):
                    hidden.append(Hidden("metadata", words))
        return title, hidden


def proper_title(title: str | None) -> str | None:
    """A title that somebody gave; None for what programs put in its place."""
    return None if title is None or _UNNAMED.match(title) else title


def _resolved(folder: str, target: str) -> str:
    target = target.partition("#")[0].replace("\\", "/")
    return posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")


def chart_lines(root: Any) -> list[str]:
    """What a chart says in words: its title, the titles of its axes, the names of its series, its categories."""
    lines: list[str] = []
    series: list[str] = []
    categories: list[str] = []
    for node in root.iter():
        match short(node.tag):
            case "c:title":
                lines.append(text_in(node, "a:t") or " ".join(_cached(node)))
            case "c:ser":
                series += _cached(first(node, "c:tx"))
                found = [word for word in _cached(first(node, "c:cat")) if not _is_number(word)]
                categories = max(categories, found, key=len)
    lines.append(" | ".join(series))
    lines.append(" | ".join(categories))
    return [" ".join(line.split()) for line in lines if line.strip()]


def _cached(element: Any) -> list[str]:
    if element is None:
        return []
    return [node.text.strip() for node in element.iter() if short(node.tag) == "c:v" and (node.text or "").strip()]


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def diagram_lines(root: Any) -> list[str]:
    """The words of a diagram's points, in their order; `root` is its data part."""
    lines = []
    for point in root.iter():
        if short(point.tag) == "dgm:pt" and point.get("type", "node") in ("node", "asst"):
            for paragraph in point.iter():
                if short(paragraph.tag) == "a:p":
                    lines.append(" ".join(text_in(paragraph, "a:t").split()))
    return [line for line in lines if line]
