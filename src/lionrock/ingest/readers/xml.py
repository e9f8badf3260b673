"""XML of any kind: the text of its elements in order, with the names of elements that group others as headings.

No document type is honoured: entities are neither expanded nor fetched, and a file that declares any is refused.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from lxml import etree

from lionrock.errors import BrokenDocumentError, EmptyDocumentError
from lionrock.ingest.readers import html
from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.html import decode_page
from lionrock.ingest.readers.html_walk import Unseen, is_sentence
from lionrock.ingest.readers.plain import paragraphs
from lionrock.records import ParsedDocument

__all__ = ["read"]

_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>")
_PAGE = re.compile(r"\s*(?:<!--.{0,2000}?-->\s*)?(?:<!DOCTYPE\s+html|<html\b)", re.IGNORECASE | re.DOTALL)
_BARE_ROOTS = frozenset(["root", "xml", "document", "doc", "html"])
_DEEPEST = 6
_MOST_NAME = 80
_MOST_INLINE = 200
"""Elements in a paragraph up to which words beside them make it one running text."""
_HOSTILE = "The file declares XML entities, which hostile files do; save it without its document type and add it again."


def read(data: bytes, *, name: str) -> ParsedDocument:
    """Headings from elements that group others, paragraphs from those that hold text."""
    text, encoding = decode_page(data)
    text = _DECLARED.sub("", text.lstrip("\ufeff")).replace("\x00", "\ufffd")
    if not text.strip():
        raise EmptyDocumentError("The file holds no text.")
    if "<!ENTITY" in text or _declares(text):
        raise BrokenDocumentError(_HOSTILE)
    if _PAGE.match(text[:5_000]):
        return html.read(text.encode("utf-8", "replace"), name=name)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True, encoding="utf-8"
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BrokenDocumentError("The file is not well-formed XML; is its name's ending right?") from error
    if root is None:
        raise BrokenDocumentError("The file is not well-formed XML; is its name's ending right?")
    walker = _Walker(root)
    walker.run()
    if all(block.kind == "heading" for block in walker.builder.blocks):
        raise EmptyDocumentError("The file holds no text beside the names of its elements.")
    fault = next((error for error in parser.error_log if error.level >= etree.ErrorLevels.FATAL), None)
    notices: tuple[str, ...] = ()
    if fault is not None:
        notices = (f"The file is not well-formed XML from line {fault.line} on; words after it may be missing.",)
    title = next((words for item in islice(root.iter("{*}title"), 5) if (words := _words(item))), None)
    return walker.builder.document(title=title, encoding=encoding, notices=notices, hidden=tuple(walker.unseen.items))


def _declares(text: str) -> bool:
    """Whether the document type has declarations of its own."""
    at = text.find("<!DOCTYPE")
    return at >= 0 and bool(re.match(r"<!DOCTYPE[^>\[]{0,2000}\[", text[at : at + 3_000]))


def _words(element: Any) -> str:
    return " ".join("".join(element.itertext(etree.Element)).split())


class _Walker:
    """One walk over the elements, in order."""

    def __init__(self, root: Any) -> None:
        self.builder = TextBuilder()
        self.unseen = Unseen()
        self._root = root
        self._depth = 0

    def run(self) -> None:
        for before in (True, False):
            for comment in self._root.itersiblings(etree.Comment, preceding=before):
                self._comment(comment)
        events = etree.iterwalk(self._root, events=("start", "end", "comment", "pi"))
        skipped: Any = None
        for event, element in events:
            if event == "start":
                self._attributes(element)
                self._depth += 1
                if not self._start(element):
                    skipped = element
                    events.skip_subtree()
                continue
            if event == "comment" and skipped is None:
                self._comment(element)
            if event == "end":
                self._depth -= 1
                skipped = None if element is skipped else skipped
            if skipped is None and element is not self._root and element.tail and element.tail.strip():
                self._add(element.tail)

    def _comment(self, comment: Any) -> None:
        if is_sentence(comment.text or ""):
            self.unseen.add("comment", comment.text)

    def _start(self, element: Any) -> bool:
        """Tell what an element says; False when all that is in it has been told with it."""
        name = element.tag.rpartition("}")[2]
        if not len(element):
            words = (element.text or "").strip()
            if words and len(words) <= _MOST_NAME and "\n" not in words and not is_sentence(words):
                self.builder.add("paragraph", f"{_readable(name)}: {words}")
            else:
                self._add(words)
            return False
        if _is_running(element):
            self._add(_words(element))
            for comment in element.iter(etree.Comment):
                self._comment(comment)
            return False
        if self._depth > 1 or name.lower() not in _BARE_ROOTS:
            self.builder.heading(_readable(name), min(self._depth, _DEEPEST))
        self._add(element.text or "")
        return True

    def _add(self, text: str) -> None:
        for start, end in paragraphs(text):
            lines = [" ".join(line.split()) for line in text[start:end].split("\n")]
            self.builder.add("paragraph", " ".join(filter(None, lines)))

    def _attributes(self, element: Any) -> None:
        for value in element.attrib.values():
            if is_sentence(value):
                self.unseen.add("attribute", value)


def _is_running(element: Any) -> bool:
    """Whether an element holds words beside a few others, as a paragraph with emphasis does."""
    if sum(1 for _ in islice(element.iter(), _MOST_INLINE + 1)) > _MOST_INLINE:
        return False
    return any(text and text.strip() for text in (element.text, *(child.tail for child in element)))


def _readable(name: str) -> str:
    """`publicationDate` as people write it: publication date."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_.:-]+", " ", name)
    return (parted if parted.isupper() else parted.lower())[:_MOST_NAME].strip() or name[:_MOST_NAME]
