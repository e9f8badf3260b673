"""Text of a PDF page that a person does not see, and whether a page needs text recognition.

Characters are hidden when they are drawn invisibly, without opacity, smaller than a dot, or outside the page. Where a
light colour, something drawn over them or a ground of their own colour makes that likely, the page is drawn and looked
at: where nothing stands out at their place, they are hidden. Invisible words over a scan are its text layer as long as
something is drawn where they stand.
"""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from numpy.typing import NDArray

from lionrock.records import Hidden

__all__ = ["Sight", "examined", "is_garbled"]

_TINY = 1.5
"""Height of type in points; a page of office size is 842 high."""
_TINY_SHARE = 1 / 400
_LIGHT = 190
_CLEAR = 20
"""Opacity, of 255, below which nothing is seen."""
_ALIKE = 48
"""Two colours whose channels differ by less are hard to tell apart."""
_CONTRAST = 22
_UNSEEN = 0.7
"""Share of the characters of a piece of text that must be without contrast."""
_SCAN = 0.5
"""Share of the page that images cover on a scan."""
_MOST_OBJECTS = 6_000
_DEEPEST = 6
_FEW = 25
"""Characters; a page with fewer may be a scan with a stamp or a page number."""
_PICTURE = 0.3
_OUTLINES = 120
"""Shapes on a page whose words may be drawn as outlines."""
_GARBLED = 0.25
_ACCENTED = 0.4
_ODD = 0.05
"""Share of words with marks in them; a good text has less than 0.03."""
_MARKS = ".,;:()[]'\"“”‘’-–—!?*%$•"
_WORD = re.compile(
    r"[A-Za-z\u00c0-\u024f]+(?:[-'’/.@_&–]+[A-Za-z0-9\u00c0-\u024f]+)*|[\d.,:/–%$()-]+|[A-Za-z]*\d+[A-Za-z]*\d*"
)
_EVERY = 4
"""One character of so many is asked for its meaning."""
_MOST_HIDDEN = 5_000

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""
Matrix = tuple[float, float, float, float, float, float]


@dataclass(slots=True)
class Sight:
    """What a person sees of a page."""

    away: frozenset[int] = frozenset()
    """Indices of the characters that are not read."""
    hidden: list[Hidden] = field(default_factory=list)
    recognise: bool = False
    """Its words are in images or outlines, or its text layer is unusable."""


def examined(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, text: str) -> Sight:
    """Look at a page; `text` has one character for each index that PDFium counts."""
    drawn = _Drawn.of(page)
    found = _Characters(page, textpage, text, drawn)
    reasons = found.reasons()
    by_reason: dict[str, list[str]] = {}
    for reason, run in groupby(sorted(reasons.items()), key=lambda item: item[1]):
        by_reason.setdefault(reason, []).append(_told(text, [at for at, _ in run]))
    hidden = [
        Hidden(reason, said[:_MOST_HIDDEN]) for reason, parts in by_reason.items() if (said := " ".join(parts).strip())
    ]
    left = "".join(char for at, char in enumerate(text) if at not in reasons and not char.isspace() and char != "\0")
    few = len(left) < _FEW
    pictured = drawn.pictured >= _PICTURE or drawn.shapes >= _OUTLINES
    nothing = not left and (drawn.pictured > 0.01 or drawn.shapes > 0)
    garbled = is_garbled(left) or found.unmapped > _GARBLED * max(_FEW, len(left))
    layer = found.invisible > 0.5 * max(1, len(left)) and drawn.pictured >= _SCAN
    return Sight(frozenset(reasons), hidden, (few and pictured) or nothing or garbled or (layer and _is_poor(text)))


def is_garbled(text: str) -> bool:
    """Whether characters without a meaning, or letters of a wrong encoding, fill a text without blanks."""
    if len(text) < _FEW:
        return False
    bad = sum(unicodedata.category(char) in ("Co", "Cn", "Cc", "Cs") or char == "\ufffd" for char in text)
    accented = sum("\x80" <= char < "\u0250" for char in text)
    return bad > _GARBLED * len(text) or accented > _ACCENTED * len(text)


def _is_poor(text: str) -> bool:
    """Whether a scan's own text layer has marks among its letters, as poor recognition leaves them."""
    words = [word.strip(_MARKS) for word in text.split()]
    words = [word for word in words if len(word) > 2 and max(word) < "\u2e80"]
    wide = sum(char > "\u2e80" for char in text)
    odd = sum(_WORD.fullmatch(word) is None for word in words)
    few = sum(map(len, words)) + wide < 0.4 * sum(not char.isspace() for char in text)
    return few or odd > _ODD * max(10, len(words))


def _told(text: str, places: list[int]) -> str:
    """Characters at these places; those that do not follow each other are parted."""
    out: list[str] = []
    for before, at in zip([places[0] - 1, *places], places, strict=False):
        between = text[before + 1 : at]
        out.append((" " if between else "") + text[at])
    return "".join(out)


@dataclass(slots=True)
class _Drawn:
    """The objects of a page: where text objects stand in the order of drawing, and what may lie under or over them."""

    order: dict[int, int] = field(default_factory=dict)
    """Address of a text object to its place in the order."""
    texts: dict[int, Box] = field(default_factory=dict)
    """Address of a text object to where it stands on the page."""
    boxes: list[Box] = field(default_factory=list)
    """Images and filled shapes."""
    places: list[int] = field(default_factory=list)
    colours: list[tuple[int, int, int]] = field(default_factory=list)
    """Of the filled shapes; (-1, -1, -1) for an image."""
    pictured: float = 0.0
    """Share of the page that images cover."""
    shapes: int = 0
    count: int = 0

    @classmethod
    def of(cls, page: pdfium.PdfPage) -> _Drawn:
        drawn = cls()
        images: list[Box] = []
        for item, matrix in _objects(page):
            drawn._add(item, matrix, images)
        left, bottom, right, top = page.get_bbox()
        size = (right - left) * (top - bottom)
        if images and size > 0:
            # A coarse grid of the page: images may lie over each other.
            grid = np.zeros((50, 50), bool)
            for x0, y0, x1, y1 in images:
                across = slice(*_cells(x0, x1, left, right))
                grid[slice(*_cells(y0, y1, bottom, top)), across] = True
            drawn.pictured = float(grid.mean())
        return drawn

    def _add(self, item: Any, matrix: Matrix, images: list[Box]) -> None:
        self.count += 1
        kind = raw.FPDFPageObj_GetType(item)
        box = _bounds(item, matrix)
        if box is None:
            return
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            key = _address(item)
            self.order[key], self.texts[key] = self.count, box
        elif kind == raw.FPDF_PAGEOBJ_IMAGE:
            images.append(box)
            self._ground(box, (-1, -1, -1))
        elif kind == raw.FPDF_PAGEOBJ_PATH:
            self.shapes += 1
            mode, stroke = ctypes.c_int(), ctypes.c_int()
            if raw.FPDFPath_GetDrawMode(item, mode, stroke) and mode.value:
                red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
                if raw.FPDFPageObj_GetFillColor(item, red, green, blue, alpha) and alpha.value > _CLEAR:
                    self._ground(box, (red.value, green.value, blue.value))
        elif kind == raw.FPDF_PAGEOBJ_SHADING:
            self._ground(box, (-1, -1, -1))

    def _ground(self, box: Box, colour: tuple[int, int, int]) -> None:
        self.boxes.append(box)
        self.places.append(self.count)
        self.colours.append(colour)


def _cells(low: float, high: float, start: float, end: float) -> tuple[int, int]:
    scale = 50 / (end - start)
    return max(0, min(50, round((low - start) * scale))), max(0, min(50, round((high - start) * scale)))


def _objects(page: pdfium.PdfPage) -> Iterator[tuple[Any, Matrix]]:
    """Objects in the order of drawing, those inside forms too, and from whose axes to the page's."""
    budget = [_MOST_OBJECTS]

    def walk(count: int, get: Any, holder: Any, matrix: Matrix, depth: int) -> Iterator[tuple[Any, Matrix]]:
        for at in range(count):
            budget[0] -= 1
            if budget[0] < 0:
                return
            item = get(holder, at)
            if not item:
                continue
            if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_FORM:
                yield item, matrix
            elif depth < _DEEPEST:
                own = raw.FS_MATRIX()
                inner = matrix
                if raw.FPDFPageObj_GetMatrix(item, own):
                    inner = _times((own.a, own.b, own.c, own.d, own.e, own.f), matrix)
                yield from walk(raw.FPDFFormObj_CountObjects(item), raw.FPDFFormObj_GetObject, item, inner, depth + 1)

    count = raw.FPDFPage_CountObjects(page)
    yield from walk(count, raw.FPDFPage_GetObject, page, (1, 0, 0, 1, 0, 0), 0)


def _times(a: Matrix, b: Matrix) -> Matrix:
    """First `a`, then `b`."""
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _bounds(item: Any, matrix: Matrix) -> Box | None:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return None
    a, b, c, d, e, f = matrix
    corners = [(x, y) for x in (left.value, right.value) for y in (bottom.value, top.value)]
    xs = [a * x + c * y + e for x, y in corners]
    ys = [b * x + d * y + f for x, y in corners]
    if not all(abs(value) < 1e9 for value in (*xs, *ys)):
        return None
    return min(xs), min(ys), max(xs), max(ys)


def _address(item: Any) -> int:
    return ctypes.addressof(item.contents) if item else 0


class _Characters:
    """The characters of a page, and which of them nobody sees."""

    def __init__(self, page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, text: str, drawn: _Drawn) -> None:
        self._page, self._textpage, self._text, self._drawn = page, textpage, text, drawn
        self._box: Box = page.get_bbox()
        self._tiny = min(_TINY, _TINY_SHARE * max(abs(self._box[3] - self._box[1]), abs(self._box[2] - self._box[0])))
        self._grounds = np.array(drawn.boxes or np.zeros((0, 4)), np.float64)
        self.invisible = 0
        """Characters of a scan's text layer."""
        self.unmapped = 0
        """Characters whose meaning the file does not tell."""

    def reasons(self) -> dict[int, str]:
        """Index of each hidden character to why it is hidden."""
        found: dict[int, str] = {}
        objects: dict[int, str | None] = {}
        outside: set[int] = {0}
        suspects: dict[int, list[int]] = {}
        for at, char in enumerate(self._text):
            if char.isspace() or char == "\0":
                continue
            if at % _EVERY == 0:
                self.unmapped += _EVERY * (raw.FPDFText_HasUnicodeMapError(self._textpage, at) == 1)
            key = _address(item := raw.FPDFText_GetTextObject(self._textpage, at))
            if key not in objects:
                objects[key] = self._doubt(item, key, at) if key else None
                if not self._is_inside(key):
                    outside.add(key)
            reason = self._misplaced(at) if key in outside else None
            doubt = objects[key]
            if reason or doubt in ("invisible text", "transparent text"):
                found[at] = reason or str(doubt)
            elif doubt is not None:
                suspects.setdefault(key, []).append(at)
        self.invisible = sum(len(places) for key, places in suspects.items() if objects[key] == "layer")
        if suspects:
            found |= self._unseen(suspects, {key: objects[key] == "layer" for key in suspects})
        return found

    def _is_inside(self, key: int) -> bool:
        """Whether a whole piece of text stands on the page and is of a size that can be read."""
        box = self._drawn.texts.get(key)
        if box is None:
            return False
        left, bottom, right, top = self._box
        placed = left <= box[0] and box[2] <= right and bottom <= box[1] and box[3] <= top
        return placed and min(box[2] - box[0], box[3] - box[1]) >= self._tiny

    def _misplaced(self, at: int) -> str | None:
        """Whether one character stands off the page, or is too small to be seen."""
        box = raw.FS_RECTF()
        if not raw.FPDFText_GetLooseCharBox(self._textpage, at, box):
            return None
        left, bottom, right, top = self._box
        x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
        if not (left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1):
            return "off the page"
        return "tiny text" if max(abs(box.top - box.bottom), abs(box.right - box.left)) < self._tiny else None

    def _doubt(self, item: Any, key: int, at: int) -> str | None:
        """Why a piece of text may not be seen; None where it surely is."""
        mode = raw.FPDFTextObj_GetTextRenderMode(item)
        if mode in (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP):
            return "layer" if self._drawn.pictured >= _SCAN else "invisible text"
        red, green, blue, alpha = (ctypes.c_uint(255) for _ in range(4))
        stroked = mode in (raw.FPDF_TEXTRENDERMODE_STROKE, raw.FPDF_TEXTRENDERMODE_STROKE_CLIP)
        get = raw.FPDFText_GetStrokeColor if stroked else raw.FPDFText_GetFillColor
        get(self._textpage, at, red, green, blue, alpha)
        if alpha.value < _CLEAR:
            return "transparent text"
        colour = (red.value, green.value, blue.value)
        if min(colour) > _LIGHT:
            return "light"
        return "ground" if self._is_over_or_under(key, colour) else None

    def _is_over_or_under(self, key: int, colour: tuple[int, int, int]) -> bool:
        """Whether something is drawn over a piece of text, or it lies on its own colour."""
        if not len(self._grounds):
            return False
        box = self._drawn.texts.get(key)
        if box is None:
            return True
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        grounds = self._grounds
        inside = (grounds[:, 0] <= x) & (x <= grounds[:, 2]) & (grounds[:, 1] <= y) & (y <= grounds[:, 3])
        own = self._drawn.order.get(key, 0)
        for at in np.flatnonzero(inside).tolist():
            other = self._drawn.colours[at]
            if self._drawn.places[at] > own or max(abs(a - b) for a, b in zip(colour, other, strict=True)) < _ALIKE:
                return True
        return False

    def _unseen(self, suspects: dict[int, list[int]], layers: dict[int, bool]) -> dict[int, str]:
        """The suspects at whose place the drawn page shows nothing."""
        pixels = _pixels_of(self._page)
        if pixels is None:
            return {}
        found: dict[int, str] = {}
        for key, places in suspects.items():
            blank = [at for at in places if self._is_blank(pixels, at)]
            if layers[key]:
                # Each word of a layer stands where the scan shows one.
                found |= dict.fromkeys(blank, "invisible text") if len(blank) >= _UNSEEN * len(places) else {}
            elif len(blank) >= _UNSEEN * len(places):
                found |= dict.fromkeys(places, "text in the colour of its ground")
        return found

    def _is_blank(self, pixels: NDArray[np.uint8], at: int) -> bool:
        box = raw.FS_RECTF()
        raw.FPDFText_GetLooseCharBox(self._textpage, at, box)
        height, width = pixels.shape[:2]
        x, y = ctypes.c_int(), ctypes.c_int()
        corners = []
        for px, py in ((box.left, box.bottom), (box.right, box.top)):
            raw.FPDF_PageToDevice(self._page, 0, 0, width, height, 0, px, py, x, y)
            corners.append((x.value, y.value))
        (ax, ay), (bx, by) = corners
        low_x, high_x = sorted((max(0, min(width, ax)), max(0, min(width, bx))))
        low_y, high_y = sorted((max(0, min(height, ay)), max(0, min(height, by))))
        part = pixels[low_y : high_y + 1, low_x : high_x + 1]
        return part.size > 0 and int(np.ptp(part.reshape(-1, part.shape[-1]), axis=0).max()) < _CONTRAST


def _pixels_of(page: pdfium.PdfPage) -> NDArray[np.uint8] | None:
    """The page as it is drawn, about 144 dots an inch; None for a page without a size."""
    width, height = page.get_size()
    if not (1 <= width < 1e5 and 1 <= height < 1e5):
        return None
    bitmap = page.render(scale=min(2.0, 2_400 / max(width, height)))
    try:
        return np.array(bitmap.to_numpy()[:, :, :3])
    finally:
        bitmap.close()
