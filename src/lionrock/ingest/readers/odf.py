"""OpenDocument text and presentations (ODT, ODP): what a person reads, in its order; the rest told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lionrock.errors import BrokenDocumentError, EncryptedDocumentError
from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.docx_pages import PagedText
from lionrock.ingest.readers.odf_slides import SlideStory
from lionrock.ingest.readers.odf_styles import Lists, Styles
from lionrock.ingest.readers.odf_text import Facts, Story, plain_text
from lionrock.ingest.readers.office_archive import Members, check_archive
from lionrock.ingest.readers.office_look import ANY_GROUND
from lionrock.ingest.readers.office_package import MACRO_NOTICE, NO_WORDS, first, kids, proper_title, short, value
from lionrock.ingest.readers.pptx_shapes import SlideText
from lionrock.records import Hidden, ParsedDocument

__all__ = ["read"]

_MACROS = ("Basic/", "Scripts/")
_METADATA = ("dc:subject", "dc:description", "meta:keyword", "dc:title")
_FURNITURE = (
    "style:header",
    "style:header-left",
    "style:header-first",
    "style:footer",
    "style:footer-left",
    "style:footer-first",
)


def read(data: bytes, *, name: str) -> ParsedDocument:
    """The document's text and blocks. Raises a `DocumentError`."""
    check_archive(data, doctype=True)
    try:
        return _Document(data).parsed()
    except RecursionError as error:
        raise BrokenDocumentError("The file is nested too deeply to be a document; it is refused.") from error


class _Document:
    def __init__(self, data: bytes) -> None:
        self.members = Members(data)
        self.notices: list[str] = []
        manifest = self._optional("META-INF/manifest.xml")
        if any(
            short(node.tag) == "manifest:encryption-data" for node in (manifest.iter() if manifest is not None else ())
        ):
            raise EncryptedDocumentError
        content = self.members.xml("content.xml")
        body = first(content, "office:body")
        if content is None or body is None:
            raise BrokenDocumentError("The file is damaged (it has no content).")
        self.content, self.body = content, body
        self.looks = self._optional("styles.xml")
        roots = [root for root in (content, self.looks) if root is not None]
        self.facts = Facts(self.members, Styles(roots), Lists(roots))
        if any(
            member.startswith(_MACROS) and member.endswith((".xml", ".xba", ".js", ".py", ".bsh"))
            for member in self.members.names
        ):
            self.notices.append(MACRO_NOTICE)

    def _optional(self, part: str) -> Any | None:
        try:
            return self.members.xml(part)
        except BrokenDocumentError:
            self.notices.append(f"A part of the file ({part}) is damaged and was left out.")
            return None

    def parsed(self) -> ParsedDocument:
        """Read the body: slides of a presentation, else text (or what else there is, as text)."""
        show = first(self.body, "office:presentation")
        builder: TextBuilder
        builder, facts = self._slides(show) if show is not None else self._text()
        title, metadata = self._metadata()
        headed = any(block.kind == "heading" for block in builder.blocks)
        if self.facts.ruby:
            self.notices.append("Readings above the characters were left out.")
        if self.facts.embedded:
            self.notices.append(f"Files embedded in the document were not read: {self.facts.embedded}.")
        return builder.document(
            empty=NO_WORDS,
            title=None if headed else proper_title(title),
            hidden=(*self.facts.hidden, *metadata),
            notices=tuple(dict.fromkeys(self.notices)),
            **facts,
        )

    def _text(self) -> tuple[TextBuilder, dict[str, Any]]:
        out = PagedText()
        for changes in (node for node in self.body.iter() if short(node.tag) == "text:tracked-changes"):
            if len(changes):
                self.notices.append("The document has tracked changes; it was read as if all of them were accepted.")
            for node in changes.iter():
                if short(node.tag) == "text:deletion":
                    self.facts.hide("deleted text", plain_text(node))
        story = Story(self.facts, out.add, ground=self._ground())
        story.blocks(self.body)
        story.endnotes()
        seen: set[str] = set()
        for node in self._furniture():
            lines: list[str] = []
            sink = _into(lines)
            Story(self.facts, sink, furniture=True).blocks(node)
            for words in (" ".join(line.split()) for line in lines):
                if re.sub(r"[\d\W]+", "", words) and words not in seen:
                    seen.add(words)
                    out.add("paragraph", words)
                    out.builder.blocks[-1] = replace(out.builder.blocks[-1], heading=(), page=None)
        return out.builder, out.facts(self._pages())

    def _ground(self) -> str:
        """The colour of the paper."""
        for root in (self.content, self.looks):
            for node in root.iter() if root is not None else ():
                if short(node.tag) == "style:page-layout-properties":
                    told = value(node, "fo:background-color") or ""
                    if told.startswith("#") and told.lower() != "#ffffff":
                        return ANY_GROUND
        return "FFFFFF"

    def _furniture(self) -> Iterator[Any]:
        """Headers, then footers, of the page styles that the document uses."""
        used = {
            value(node, "style:master-page-name") for node in self.content.iter() if short(node.tag) == "style:style"
        }
        pages = list(kids(first(self.looks, "office:master-styles"), "style:master-page"))
        used |= {"Standard"} | {value(page, "style:name") for page in pages[:1]}
        used |= {value(page, "style:next-style-name") for page in pages if value(page, "style:name") in used}
        for name in _FURNITURE:
            for page in pages:
                if value(page, "style:name") in used:
                    yield from (node for node in kids(page, name) if value(node, "style:display") != "false")

    def _slides(self, show: Any) -> tuple[TextBuilder, dict[str, Any]]:
        builder = SlideText()
        story = SlideStory(self.facts, builder, show, self.looks)
        pages = list(kids(show, "draw:page"))
        unshown = []
        for number, page in enumerate(pages, 1):
            builder.begin()
            if not story.slide(page, number):
                unshown.append(str(number))
        if unshown:
            self.notices.append(f"Slides that the show leaves out were left out here too: {', '.join(unshown)}.")
        return builder, {"pages": len(pages), "page_starts": builder.starts()}

    def _meta(self) -> Any:
        meta = self._optional("meta.xml")
        return first(meta, "office:meta")

    def _pages(self) -> int | None:
        told = value(first(self._meta(), "meta:document-statistic"), "meta:page-count")
        return int(told) if told and told.isdecimal() and len(told) < 7 else None

    def _metadata(self) -> tuple[str | None, list[Hidden]]:
        title = None
        hidden = []
        meta = self._meta()
        for node in meta if meta is not None else ():
            words = " ".join((node.text or "").split())
            if short(node.tag) == "dc:title":
                title = words or None
            if words and (short(node.tag) in _METADATA or (short(node.tag) == "meta:user-defined" and " " in words)):
                hidden.append(Hidden("metadata", words))
        return title, hidden


def _into(lines: list[str]) -> Any:
    return lambda kind, text, level: lines.append(text)
