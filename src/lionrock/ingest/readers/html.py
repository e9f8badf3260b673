"""HTML: the main content without navigation, scripts and page furniture."""

from __future__ import annotations

import re
from typing import Any

import lxml.html
from lxml import etree

from lionrock.errors import BrokenDocumentError, EmptyDocumentError
from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.plain import decode
from lionrock.records import ParsedDocument

__all__ = ["read"]

_DROPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "nav",
        "aside",
        "header",
        "footer",
        "form",
        "button",
        "svg",
        "iframe",
        "object",
        "head",
    ]
)
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "main",
        "li",
        "td",
        "th",
        "tr",
        "table",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "blockquote",
        "pre",
        "figure",
        "figcaption",
        "address",
        "center",
        "body",
        "details",
        "summary",
        "fieldset",
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?\s*([\w-]+)", re.IGNORECASE)
_MOST_DEPTH = 200


def _text_of(data: bytes) -> tuple[str, str]:
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = {"big5": "big5hkscs", "gb2312": "gb18030", "gbk": "gb18030"}.get(
            declared[1].decode("ascii").lower(), declared[1].decode("ascii").lower()
        )
        try:
            return data.decode(encoding), encoding
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def read(data: bytes, *, name: str) -> ParsedDocument:
    """Headings, paragraphs, list items and table rows of the main content."""
    text, encoding = _text_of(data)
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text).replace("\x00", "")
    if not text.strip():
        raise EmptyDocumentError("The file holds no text.")
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True, remove_comments=True)
    try:
        root = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise BrokenDocumentError(f"The page could not be read ({error}).") from error
    builder = TextBuilder()
    main = root.xpath("//main | //article | //*[@role='main']")
    body = main[0] if main and len(main[0].text_content().strip()) > 80 else root.find("body")
    _walk(body if body is not None else root, builder, 0)
    titles = [" ".join(t.text_content().split()) for t in root.xpath("//h1 | //title") if t.text_content().strip()]
    heading = next((" ".join(h.text_content().split()) for h in root.xpath("//h1") if h.text_content().strip()), None)
    return builder.document(
        title=heading or (titles[0] if titles else None),
        encoding=encoding,
        metadata={"lang": root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""},
    )


def _walk(element: Any, builder: TextBuilder, depth: int) -> None:
    """Visit blocks in order; text directly inside a block that also holds blocks becomes paragraphs of its own."""
    inline: list[str] = [element.text or ""]

    def flush() -> None:
        text = _squeeze("".join(inline))
        inline.clear()
        if text:
            builder.add("list_item" if element.tag in ("li", "dd") else "paragraph", text, anchor=element.get("id"))

    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag in _DROPPED or not tag or child.get("hidden") is not None:
            pass
        elif tag in _HEADINGS:
            flush()
            builder.heading(_squeeze(child.text_content()), _HEADINGS[tag], anchor=child.get("id"))
        elif tag == "table":
            flush()
            _table(child, builder)
        elif tag == "br":
            inline.append("\n")
        elif (tag in _BLOCKS or _has_blocks(child)) and depth < _MOST_DEPTH:
            flush()
            _walk(child, builder, depth + 1)
        else:
            inline.append(child.text_content())
        inline.append(child.tail or "")
    flush()


def _has_blocks(element: Any) -> bool:
    return any(isinstance(c.tag, str) and (c.tag in _BLOCKS or c.tag in _HEADINGS) for c in element)


def _squeeze(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return " ".join(line for line in lines if line)


def _table(table: Any, builder: TextBuilder) -> None:
    rows: list[list[str]] = []
    header = False
    for row in table.iter("tr"):
        cells = [_squeeze(cell.text_content()) for cell in row if cell.tag in ("td", "th")]
        if not rows:
            header = all(cell.tag == "th" for cell in row if cell.tag in ("td", "th"))
        if any(cells):
            rows.append(cells)
    builder.table(rows, has_header=header, anchor=table.get("id"))
