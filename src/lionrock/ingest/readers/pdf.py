"""PDF through PDFium, page by page.

Where a page's text layer is good, the stored text keeps its glyphs as PDFium gives them, in the order of `pdf_layout`.
A page that is a picture, or whose characters are unusable, is drawn and its text recognised. What a person does not see
is hidden text (`pdf_hidden`), and so are comments and the document's subject and keywords. What stands in form fields
is read where it stands.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from lionrock.errors import (
    BrokenDocumentError,
    DocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
)
from lionrock.ingest.readers.ocr import Recognised, recognise
from lionrock.ingest.readers.pdf_hidden import Sight, examined
from lionrock.ingest.readers.pdf_layout import Placed, characters, layout
from lionrock.ingest.readers.pdf_scan import Scans, placed, ranges
from lionrock.ingest.readers.pdf_text import written
from lionrock.ingest.readers.progress import tell
from lionrock.records import Attachment, Hidden, ParsedDocument

__all__ = ["flat_page", "opened", "read"]

_MOST_PAGES = 20_000
_MOST_RECOGNISED = 1_000
_DOTS = 200 / 72
"""Pixels a point: 200 dots an inch."""
_SIDES = (1_000, 2_400)
"""Least and most length of the longer side of a page that is recognised, in pixels."""
_PLAIN = 24
"""Contrast of a page on which nothing is drawn, of 255."""
_LEAST_SURE = 0.8
"""Confidence that recognition needs before it takes the place of a text layer that looks unusable."""
_DRAWN = frozenset({raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP})
"""Annotations whose words stand on the page."""
_MOST_NOTES = 1_000
_MOST_HIDDEN = 5_000
_MOST_FILES = 200
_MOST_FILE_BYTES = 100_000_000


def read(data: bytes, *, name: str) -> ParsedDocument:
    """All pages. Raises `EncryptedDocumentError`, `BrokenDocumentError`, or `EmptyDocumentError`."""
    document = opened(data)
    try:
        return _read(document)
    except pdfium.PdfiumError as error:
        raise BrokenDocumentError(f"The PDF is damaged ({error}).") from error
    finally:
        document.close()


def opened(source: bytes | Path) -> pdfium.PdfDocument:
    """The document; of a path no more is read than is needed. Raises `EncryptedDocumentError`, `BrokenDocumentError`."""
    try:
        return pdfium.PdfDocument(source)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise EncryptedDocumentError from error
        raise BrokenDocumentError(f"The PDF is damaged ({error}).") from error


def flat_page(document: pdfium.PdfDocument, at: int) -> tuple[pdfium.PdfPage, list[tuple[int, str]]]:
    """A page with what stands in its form fields as part of it, and the (kind, words) of its annotations."""
    page = document[at]
    notes = list(_notes(page))
    if any(kind in _DRAWN for kind, _ in notes) and raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == 1:
        page.close()
        page = document[at]
    return page, notes


def _read(document: pdfium.PdfDocument) -> ParsedDocument:
    total = len(document)
    pages = _Pages(document, min(total, _MOST_PAGES))
    pages.look()
    scans = pages.recognise()
    told = [item for number in range(1, len(pages.placed) + 1) for item in pages.hidden.get(number, [])]
    builder, starts = written(pages.placed)
    if not builder.blocks:
        raise pages.fault or EmptyDocumentError(
            "The PDF has no text, and none could be recognised."
            if pages.wanted
            else "The PDF has no text; its pages are blank."
        )
    facts = document.get_metadata_dict()
    title = facts.get("Title", "").strip()
    if any(block.kind == "heading" for block in builder.blocks):
        told += [Hidden("metadata", title[:_MOST_HIDDEN])] if title else []
        title = ""
    about = [facts.get(key, "").strip()[:_MOST_HIDDEN] for key in ("Subject", "Keywords", "Author")]
    if total > _MOST_PAGES:
        pages.notices.append(f"The PDF has {total:,} pages; the first {_MOST_PAGES:,} were read.")
    return builder.document(
        title=title or None,
        pages=len(pages.placed),
        page_starts=starts,
        notices=(*scans.notices(), *pages.notices),
        hidden=(*told, *(Hidden("metadata", text) for text in about if text), *scans.hidden()),
        attachments=tuple(_attachments(document)),
    )


@dataclass(slots=True)
class _Pages:
    """The pages of a document: first what their text layers say, then what is recognised."""

    document: pdfium.PdfDocument
    count: int
    placed: list[Placed] = field(default_factory=list)
    hidden: dict[int, list[Hidden]] = field(default_factory=dict)
    """By number of page, from 1."""
    wanted: list[int] = field(default_factory=list)
    """Numbers of the pages to recognise."""
    notices: list[str] = field(default_factory=list)
    fault: DocumentError | None = None
    """Why recognition stopped."""

    def look(self) -> None:
        """Read the text layers."""
        unread = []
        for at in range(self.count):
            try:
                page, sight = self._page(at)
            except pdfium.PdfiumError:
                # One page of a damaged file; the others are read.
                self.placed.append(Placed(()))
                unread.append(at + 1)
                continue
            self.placed.append(page)
            if sight.hidden:
                self.hidden[at + 1] = sight.hidden
            if sight.recognise:
                self.wanted.append(at + 1)
        if unread and len(unread) == self.count:
            raise BrokenDocumentError("The PDF is damaged: none of its pages can be opened.")
        if unread:
            self.notices.append(f"{ranges(unread)} could not be opened: the PDF is damaged there.")

    def _page(self, at: int) -> tuple[Placed, Sight]:
        page, notes = flat_page(self.document, at)
        textpage = page.get_textpage()
        try:
            text = characters(textpage)
            sight = examined(page, textpage, text)
            plain = "".join(text.split())
            for kind, words in notes:
                if kind != raw.FPDF_ANNOT_WIDGET and "".join(words.split()) not in plain:
                    sight.hidden.append(Hidden("comment", words[:_MOST_HIDDEN]))
            return layout(page, textpage, at + 1, text, sight.away), sight
        finally:
            textpage.close()
            page.close()

    def recognise(self) -> Scans:
        """Recognise the pages that need it."""
        found: list[tuple[int, Recognised]] = []
        wanted = self.wanted[:_MOST_RECOGNISED]
        for done, number in enumerate(wanted, 1):
            try:
                seen, scale = self._recognised(number)
            except DocumentError as error:
                self.fault = error
                self.notices.append(f"{ranges(self.wanted[done - 1 :])} could not be recognised: {error.message}")
                break
            tell(done, len(wanted))
            layer = self.placed[number - 1].items
            if seen is None or (layer and (not seen.lines or seen.confidence < _LEAST_SURE)):
                continue
            found.append((number, seen))
            self.placed[number - 1] = placed(seen, number, 1 / scale)
        if len(self.wanted) > _MOST_RECOGNISED:
            left = ranges(self.wanted[_MOST_RECOGNISED:])
            self.notices.append(f"{left} need text recognition; it stops after {_MOST_RECOGNISED:,} pages of a file.")
        return Scans(found)

    def _recognised(self, number: int) -> tuple[Recognised | None, float]:
        """(what is seen on a page, pixels a point); None for a blank page."""
        page = self.document[number - 1]
        try:
            longer = max(page.get_size())
            if not 1 <= longer < 1e5:
                return None, 1.0
            scale = min(max(_DOTS, _SIDES[0] / longer), _SIDES[1] / longer)
            bitmap = page.render(scale=scale)
            picture = bitmap.to_pil().convert("RGB")
            bitmap.close()
        except (pdfium.PdfiumError, ValueError):
            return None, 1.0
        finally:
            page.close()
        if int(np.ptp(np.asarray(picture.convert("L").reduce(4)))) < _PLAIN:
            return None, scale
        return recognise(picture), scale


def _notes(page: pdfium.PdfPage) -> Iterator[tuple[int, str]]:
    """(kind, words) of the annotations of a page."""
    for at in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_NOTES)):
        note = raw.FPDFPage_GetAnnot(page, at)
        if not note:
            continue
        try:
            kind = int(raw.FPDFAnnot_GetSubtype(note))
            words = _string(note, b"Contents")
            if words or kind in _DRAWN:
                yield kind, words
        finally:
            raw.FPDFPage_CloseAnnot(note)


def _string(note: object, key: bytes) -> str:
    size = raw.FPDFAnnot_GetStringValue(note, key, None, 0)
    if not 2 < size < 1_000_000:
        return ""
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFAnnot_GetStringValue(note, key, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace").strip()


def _attachments(document: pdfium.PdfDocument) -> Iterator[Attachment]:
    """Files inside the PDF."""
    left = _MOST_FILE_BYTES
    for at in range(min(document.count_attachments(), _MOST_FILES)):
        try:
            inner = document.get_attachment(at)
            name, data = inner.get_name(), bytes(inner.get_data())
        except pdfium.PdfiumError:
            continue
        left -= len(data)
        if left < 0:
            return
        yield Attachment(name.replace("\\", "/") or f"attachment {at + 1}", data)
