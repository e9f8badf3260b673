"""A PDF as it is shown: sizes of its pages, one page drawn, and where quotes stand on it.

The file is opened by its path: PDFium reads the parts of it that a page needs.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from lionrock.errors import BrokenDocumentError, NotFoundError
from lionrock.ingest.locate import Box, Miss, Page, Wanted, lines_of, locate
from lionrock.ingest.readers.pdf import flat_page, opened
from lionrock.ingest.readers.pdf_hidden import examined
from lionrock.ingest.readers.pdf_layout import characters

__all__ = ["Found", "draw", "places", "sizes"]

_MOST_PAGES = 20_000
_MOST_PIXELS = 12_000_000
_MOST_SIDE = 16_000
_FINE = 1_000
"""Steps a point, in which PDFium gives places on the page."""

Found = tuple[list[tuple[float, float, float, float]], Miss | str | None]
"""((left, top, width, height) of each line in parts of the page, why not all has a place)."""


@contextmanager
def _document(path: Path) -> Iterator[pdfium.PdfDocument]:
    document = opened(path)
    try:
        yield document
    except pdfium.PdfiumError as error:
        raise BrokenDocumentError(f"The PDF is damaged there ({error}); the original can still be kept.") from error
    finally:
        document.close()


def sizes(path: Path) -> list[tuple[float, float]]:
    """(width, height) of each page in points; zeros where a page cannot be opened. Raises `BrokenDocumentError`."""
    with _document(path) as document:
        return [_size(document, at) for at in range(min(len(document), _MOST_PAGES))]


def _size(document: pdfium.PdfDocument, at: int) -> tuple[float, float]:
    try:
        width, height = document.get_page_size(at)
    except pdfium.PdfiumError:
        return 0.0, 0.0
    return (width, height) if 0 < width < 1e6 and 0 < height < 1e6 else (0.0, 0.0)


def draw(path: Path, number: int, width: int) -> Image.Image:
    """A page, `width` pixels wide, or narrower where it would be too long. Raises `NotFoundError`, `BrokenDocumentError`."""
    with _document(path) as document:
        wide, high = _checked(document, number)
        scale = min(width / wide, (_MOST_PIXELS / (wide * high)) ** 0.5, _MOST_SIDE / high)
        page, _ = flat_page(document, number - 1)
        try:
            bitmap = page.render(scale=scale)
            picture: Image.Image = bitmap.to_pil().convert("RGB")
            bitmap.close()
            return picture
        except ValueError as error:
            raise BrokenDocumentError("The page has a size that cannot be drawn; look at the original.") from error
        finally:
            page.close()


def _checked(document: pdfium.PdfDocument, number: int) -> tuple[float, float]:
    count = min(len(document), _MOST_PAGES)
    if number > count:
        raise NotFoundError(f"There is no page {number}: the document has {count:,}.")
    wide, high = _size(document, number - 1)
    if not wide:
        raise BrokenDocumentError(f"Page {number} cannot be opened: the PDF is damaged there.")
    return wide, high


def places(path: Path, wanted: Sequence[tuple[int, Wanted]]) -> list[Found]:
    """For each (page, quote on it), where its lines stand. Raises `BrokenDocumentError`."""
    with _document(path) as document:
        return [_places(document, number, quote) for number, quote in wanted]


def _places(document: pdfium.PdfDocument, number: int, wanted: Wanted) -> Found:
    wide, high = _checked(document, number)
    page, _ = flat_page(document, number - 1)
    textpage = page.get_textpage()
    try:
        text = characters(textpage)
        sight = examined(page, textpage, text)
        boxes = _Boxes(page, textpage, wide, high)
        found, miss = locate(Page(text, boxes.of, sight.away), wanted)
        if not found:
            return [], "recognised" if miss and sight.recognise else miss
        return [_part(box, wide, high) for box in lines_of(list(_parted(found, text, boxes)))], miss
    finally:
        textpage.close()
        page.close()


def _parted(found: Sequence[int], text: str, boxes: _Boxes) -> Iterator[Box | None]:
    """Boxes of characters, with None where something else stands between two of them."""
    last: int | None = None
    for at in found:
        if last is not None and (at < last or text[last + 1 : at].strip(" \r\n\t\x00\u3000\u00a0")):
            yield None
        yield boxes.of(at)
        last = at


def _part(box: Box, wide: float, high: float) -> tuple[float, float, float, float]:
    """Left, top, width and height in parts of the page."""
    left, top, right, low = box.x0 / wide, box.y0 / high, box.x1 / wide, box.y1 / high
    return round(left, 5), round(top, 5), round(right - left, 5), round(low - top, 5)


class _Boxes:
    """Boxes of characters on the page as it is shown, turned and cut as it is."""

    def __init__(self, page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, wide: float, high: float) -> None:
        self._page, self._textpage = page, textpage
        self._wide, self._high = wide, high
        self._known: dict[int, Box | None] = {}

    def of(self, at: int) -> Box | None:
        """The box of a character; None where it takes no room, or none on the page."""
        if at not in self._known:
            self._known[at] = self._box(at)
        return self._known[at]

    def _box(self, at: int) -> Box | None:
        loose = raw.FS_RECTF()
        raw.FPDFText_GetLooseCharBox(self._textpage, at, loose)
        corners = (loose.left, loose.top, loose.right, loose.bottom)
        if loose.right <= loose.left or loose.top <= loose.bottom:
            edges = [ctypes.c_double() for _ in range(4)]
            raw.FPDFText_GetCharBox(self._textpage, at, *edges)
            left, right, bottom, top = (edge.value for edge in edges)
            corners = (left, top, right, bottom)
        one, other = self._shown(*corners[:2]), self._shown(*corners[2:])
        x0, x1 = sorted((min(max(one[0], 0.0), self._wide), min(max(other[0], 0.0), self._wide)))
        y0, y1 = sorted((min(max(one[1], 0.0), self._high), min(max(other[1], 0.0), self._high)))
        return Box(x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None

    def _shown(self, x: float, y: float) -> tuple[float, float]:
        across, down = ctypes.c_int(), ctypes.c_int()
        sides = (round(self._wide * _FINE), round(self._high * _FINE))
        raw.FPDF_PageToDevice(self._page, 0, 0, *sides, 0, x, y, across, down)
        return across.value / _FINE, down.value / _FINE
