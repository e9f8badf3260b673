"""DOCX: headings by style, lists, tables as rows, footnotes at the end."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

from lionrock.errors import BrokenDocumentError
from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.office_archive import check_archive
from lionrock.records import ParsedDocument

__all__ = ["read"]

_HEADING = re.compile(r"^(?:heading|標題|标题)\s*(\d)", re.IGNORECASE)


def read(data: bytes, *, name: str) -> ParsedDocument:
    """Paragraphs, headings, list items and table rows in the order of the body."""
    check_archive(data)
    try:
        document = docx.Document(io.BytesIO(data))
        builder = TextBuilder()
        for item in document.iter_inner_content():
            if isinstance(item, Table):
                _table(item, builder)
            else:
                _paragraph(item, builder)
        _notes(document, builder)
        title = document.core_properties.title
    except (
        PackageNotFoundError,
        KeyError,
        ValueError,
        etree.XMLSyntaxError,
        zipfile.BadZipFile,
        EOFError,
        AttributeError,
    ) as error:
        raise BrokenDocumentError(f"The document is damaged ({error}).") from error
    named = title if title and title.lower() not in ("word document", "document", "untitled") else None
    heading = next((b for b in builder.blocks if b.kind == "heading"), None)
    return builder.document(title=None if heading else named)


def _style(paragraph: Paragraph) -> str:
    style = paragraph.style
    return (style.name or "") if style is not None else ""


def _paragraph(paragraph: Paragraph, builder: TextBuilder) -> None:
    text = paragraph.text.replace("\t", " ").strip()
    if not text:
        return
    style = _style(paragraph)
    found = _HEADING.match(style)
    if style == "Title":
        builder.heading(text, 1)
    elif found:
        builder.heading(text, int(found[1]) + 1)
    elif style.startswith(("List", "清單")) or paragraph._p.find(f".//{qn('w:numPr')}") is not None:
        builder.add("list_item", text)
    else:
        builder.add("paragraph", text)


def _table(table: Table, builder: TextBuilder) -> None:
    rows = []
    for row in table.rows:
        seen: list[Any] = []
        cells: list[str] = []
        for cell in row.cells:
            if cell._tc in seen:
                continue
            seen.append(cell._tc)
            cells.append(" ".join(_cell_texts(cell)))
        if any(cells):
            rows.append(cells)
    builder.table(rows)


def _cell_texts(cell: Any) -> Iterator[str]:
    for item in cell.iter_inner_content():
        if isinstance(item, Table):
            yield from (" ".join(_cell_texts(inner)) for row in item.rows for inner in row.cells)
        else:
            yield item.text


def _notes(document: Any, builder: TextBuilder) -> None:
    for part in document.part.package.iter_parts():
        if str(part.partname) == "/word/footnotes.xml":
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
            for note in etree.fromstring(part.blob, parser).iter(qn("w:footnote")):
                builder.add("paragraph", "".join(node.text or "" for node in note.iter(qn("w:t"))))
