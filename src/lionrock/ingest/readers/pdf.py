"""Text PDF through PDFium, page by page.

The stored text keeps the glyphs as PDFium gives them. Lines of one paragraph are joined: with nothing between two
ideographs, with a blank otherwise; a hyphen at a line's end is kept. Lines that repeat at the top or bottom of most
pages are furniture and are left out. Larger type makes a heading.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from statistics import median

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw

from lionrock.errors import BrokenDocumentError, EmptyDocumentError, EncryptedDocumentError
from lionrock.ingest.readers.builder import TextBuilder
from lionrock.records import ParsedDocument
from lionrock.text.fold import is_han

__all__ = ["read"]

_SENTENCE_END = re.compile(r"[。\uff01\uff1f!?;\uff1b:\uff1a.…」』”]$")
_LIST_START = re.compile(
    r"^(?:[•●○▪■◆‧·*–-]\s*|\(?[0-9]{1,3}[.)、)]\s*|[\uff08(][a-zA-Z0-9一二三四五六七八九十]{1,4}[\uff09)]|[一二三四五六七八九十]{1,3}[、.])"
)
_DIGITS = re.compile(r"\d+")
_HEADING_RATIO = 1.1
_MOST_HEADING = 80
_MOST_PAGES = 20_000


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    size: float
    page: int


def read(data: bytes, *, name: str) -> ParsedDocument:
    """All pages. Raises `EncryptedDocumentError`, `BrokenDocumentError`, or `EmptyDocumentError` for a scan."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise EncryptedDocumentError from error
        raise BrokenDocumentError(f"The PDF is damaged ({error}).") from error
    try:
        count = min(len(document), _MOST_PAGES)
        pages = [_lines_of(document, at) for at in range(count)]
        title = document.get_metadata_dict().get("Title", "").strip()
    except pdfium.PdfiumError as error:
        raise BrokenDocumentError(f"The PDF is damaged ({error}).") from error
    finally:
        document.close()
    if not any(pages):
        raise EmptyDocumentError("The PDF has no text layer (a scan?); run text recognition over it first.")
    builder = TextBuilder()
    starts = _build(_without_furniture(pages), builder)
    heading = any(block.kind == "heading" for block in builder.blocks)
    return builder.document(
        title=None if heading or not title else title,
        pages=count,
        page_starts=_page_starts(starts, count, builder.blocks[-1].end),
    )


def _page_starts(starts: dict[int, int], count: int, end: int) -> tuple[int, ...]:
    """Where each of `count` pages starts; a page without text starts where the next one does."""
    found = []
    for page in range(count, 0, -1):
        end = starts.get(page, end)
        found.append(end)
    # What stands before the first page's first words is on the first page.
    return (0, *found[-2::-1])


def _lines_of(document: pdfium.PdfDocument, at: int) -> list[_Line]:
    page = document[at]
    textpage = page.get_textpage()
    try:
        text = textpage.get_text_bounded() if page.get_rotation() else textpage.get_text_range()
        lines = []
        offset = 0
        for raw in text.replace("\ufffe", "-").split("\n"):
            stripped = raw.strip("\r\x00 \t\u00a0")
            if stripped:
                size = float(pdfium_raw.FPDFText_GetFontSize(textpage, offset + raw.find(stripped[0])))
                lines.append(_Line(stripped, round(size, 1), at + 1))
            offset += len(raw) + 1
        return lines
    finally:
        textpage.close()
        page.close()


def _without_furniture(pages: list[list[_Line]]) -> list[_Line]:
    """Drop first and last lines that stand, apart from numbers, on more than half of the pages."""
    if len(pages) < 3:
        return [line for page in pages for line in page if not re.fullmatch(r"[-–—\s]*\d{1,4}[-–—\s]*", line.text)]
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({_DIGITS.sub("#", line.text) for line in (*page[:2], *page[-2:])})
    repeated = {key for key, times in seen.items() if times > len(pages) / 2}
    kept = []
    for page in pages:
        edges = {id(line) for line in (*page[:2], *page[-2:])}
        inner = [line for line in page if not (id(line) in edges and _DIGITS.sub("#", line.text) in repeated)]
        # A page of nothing else has no furniture: its lines are all that it says.
        kept += inner or page
    return kept


def _build(lines: list[_Line], builder: TextBuilder) -> dict[int, int]:
    """Add the lines as blocks; returns where in the text the first words of each page stand."""
    body = median([line.size for line in lines for _ in range(max(1, len(line.text) // 10))]) if lines else 0.0
    widest = max((_width(line.text) for line in lines), default=0)
    sizes = sorted({line.size for line in lines if line.size > body * _HEADING_RATIO}, reverse=True)[:4]
    paragraph: list[_Line] = []
    starts: dict[int, int] = {}

    def flush() -> None:
        if paragraph:
            kind = "list_item" if _LIST_START.match(paragraph[0].text) else "paragraph"
            text, turns = _joined(paragraph)
            builder.add(kind, text, page=paragraph[0].page)  # type: ignore[arg-type]
            for page, offset in turns.items():
                starts.setdefault(page, builder.blocks[-1].start + offset)
            paragraph.clear()

    for line in lines:
        if line.size in sizes and len(line.text) <= _MOST_HEADING:
            flush()
            builder.heading(line.text, sizes.index(line.size) + 1, page=line.page)
            starts.setdefault(line.page, builder.blocks[-1].start)
            continue
        if paragraph and (_LIST_START.match(line.text) or _closed(paragraph[-1], line, widest)):
            flush()
        paragraph.append(line)
    flush()
    return starts


def _width(text: str) -> int:
    return sum(2 if is_han(char) else 1 for char in text)


def _closed(last: _Line, line: _Line, widest: int) -> bool:
    """Whether a paragraph ends between two lines; at a page's end a whole sentence is enough."""
    turned = line.page != last.page and bool(_SENTENCE_END.search(last.text))
    return turned or _ends(last.text, widest)


def _ends(text: str, widest: int) -> bool:
    """Whether a line closes its paragraph: it is short, or it is shortish and ends a sentence."""
    width = _width(text)
    return width < 0.6 * widest or (width < 0.88 * widest and bool(_SENTENCE_END.search(text)))


def _joined(lines: list[_Line]) -> tuple[str, dict[int, int]]:
    """The text of a paragraph, and where in it each page's first line starts."""
    text = ""
    turns: dict[int, int] = {}
    for line in lines:
        if text and not (text.endswith("-") or (_is_wide(text[-1]) and _is_wide(line.text[0]))):
            text += " "
        turns.setdefault(line.page, len(text))
        text += line.text
    return text, turns


def _is_wide(char: str) -> bool:
    return is_han(char) or "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uffef"
