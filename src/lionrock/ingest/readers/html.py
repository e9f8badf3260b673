"""HTML: what a person sees of a page, in the order of its source, without scripts and menus beside its main content."""

from __future__ import annotations

import re
from typing import Any

import lxml.html
from lxml import etree

from lionrock.errors import BrokenDocumentError, EmptyDocumentError
from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.charsets import known
from lionrock.ingest.readers.html_style import Sheet
from lionrock.ingest.readers.html_walk import Unseen, squeeze, walk
from lionrock.ingest.readers.plain import decode
from lionrock.records import ParsedDocument

__all__ = ["decode_page", "fill", "parse_page", "read"]

_CHARSET = re.compile(
    rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w-]+)|<\?xml[^>]{0,100}encoding=[\"']([\w-]+)", re.IGNORECASE
)
_UTF8 = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{1,3}")
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_NOTED = 200
_TOLD = frozenset(["description", "keywords", "subject", "abstract", "og:description", "twitter:description"])
_SHORT = 80


def decode_page(data: bytes, said: str | None = None) -> tuple[str, str]:
    """(text, encoding). `said`: the character set that whoever sent the page names.

    A mark at the start counts most. Bytes that are UTF-8 throughout are UTF-8, whatever is declared; then comes what
    is declared, if the bytes can be read so; then what they look like.
    """
    if not data.startswith(_MARKS):
        found = _CHARSET.search(data[:4096])
        declared = known((found[1] or found[2]).decode("ascii", "replace")) if found else None
        for name in (known(said), declared):
            if name is None or name.startswith(("utf-16", "utf-32")):
                continue
            if name not in ("utf-8", "iso-2022-jp", "utf-7", "hz") and len(_UTF8.findall(data[:65_536])) >= 3:
                try:
                    return data.decode("utf-8"), "utf-8"
                except UnicodeDecodeError:
                    pass
            try:
                return data.decode(name), name
            except (UnicodeDecodeError, LookupError):
                continue
    return decode(data)


def parse_page(text: str) -> tuple[Any, tuple[str, ...]]:
    """(root element, notices) of a page. Raises a `DocumentError` where there is none."""
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.replace("\x00", "").lstrip("\ufeff"))
    if not text.strip():
        raise EmptyDocumentError("The file holds no text.")
    source = text.encode("utf-8", "replace")
    root, parser = _parsed(source)
    if any("xcessive depth" in error.message for error in parser.error_log):
        # What lies deeper would be lost: words count more than their arrangement.
        root, parser = _parsed(re.sub(rb"</?(?!script|style|title|p\b|h[1-6]\b|!)[a-zA-Z][^<>]*>", b" ", source))
        return root, ("The page is nested too deeply; its words were read without its lists and tables.",)
    return root, ()


def _parsed(source: bytes) -> tuple[Any, Any]:
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True)
    try:
        return lxml.html.document_fromstring(source, parser=parser), parser
    except etree.ParserError as error:
        raise EmptyDocumentError("The page holds no text.") from error
    except (etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise BrokenDocumentError(f"The page could not be read ({error}).") from error


def fill(
    root: Any,
    builder: TextBuilder,
    unseen: Unseen,
    *,
    main_only: bool = False,
    prefix: str | None = "",
    below: int = 0,
) -> None:
    """Add a page's blocks to the builder; `prefix` and `below` as in `walk`.

    `main_only`: without what stands beside its main content.
    """
    linked = any("stylesheet" in (link.get("rel") or "").lower() for link in root.iter("link"))
    sheet = Sheet(("".join(style.itertext()) for style in root.iter("style")), others=linked)
    for meta in root.iter("meta"):
        if (meta.get("name") or meta.get("property") or "").lower() in _TOLD:
            unseen.add("metadata", meta.get("content") or "")
    body = root.find("body")
    part = _main(root) if main_only else None
    if part is None:
        # What stands outside the body is shown with it; browsers move it there.
        part = body if body is not None and root.tag == "html" and len(root) <= 2 else root
    walk(part, builder, sheet, unseen, prefix=prefix, below=below)


def _main(root: Any) -> Any:
    """The element that the page calls its main content; None if it is not clear."""
    for path in ("//main | //*[@role='main']", "//article[not(ancestor::article)]"):
        found = root.xpath(path)
        if found and len(found[0].text_content().strip()) > _SHORT and (len(found) == 1 or "main" in path):
            return found[0]
    return None


def read(data: bytes, *, name: str) -> ParsedDocument:
    """Headings, paragraphs, list items and table rows; what the page hides is told apart."""
    text, encoding = decode_page(data)
    root, notices = parse_page(text)
    builder, unseen = TextBuilder(), Unseen()
    fill(root, builder, unseen, main_only=True)
    if unseen.styled > _NOTED:
        notices += (f"{unseen.styled} characters that the page does not show were left out.",)
    heading = next((text for h in root.iter("h1") if (text := squeeze("".join(h.itertext(etree.Element))))), None)
    titled = next((text for t in root.iter("title") if (text := squeeze(t.text_content()))), None)
    return builder.document(
        title=heading or titled,
        encoding=encoding,
        metadata={"lang": root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""},
        notices=notices,
        hidden=tuple(unseen.items),
    )
