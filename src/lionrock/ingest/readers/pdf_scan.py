"""Recognised lines of a scan or an image as a page in reading order, and what is said about the recognition.

A line keeps its place, so columns, tables, headings and furniture are found as on a page with a text layer. Columns
written downwards are turned: the first, at the right, becomes the topmost line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from lionrock.ingest.readers.ocr import Recognised, Seen
from lionrock.ingest.readers.pdf_layout import Placed, arranged
from lionrock.ingest.readers.pdf_tables import Word
from lionrock.records import Hidden

__all__ = ["Scans", "placed", "ranges"]

_TYPE = 0.72
"""Height of type, in heights of a recognised line, which has a margin."""
_STEPS = (0.6, 1.0, 1.35, 1.7, 2.2, 3.0)
"""Sizes of type that are told apart, in sizes of most of the page: heights of recognised lines vary by a fifth."""
_LOW = 0.85
"""Mean confidence below which a page is named."""
_LEAST_HEADING = 2


def placed(found: Recognised, number: int, scale: float) -> Placed:
    """The lines in reading order; `scale` is points a pixel."""
    lines = [line for line in found.lines if not line.faint]
    if not lines:
        return Placed(())
    if not found.downwards:
        return arranged(_words([_Box.of(line, scale) for line in lines]), number)
    columns = [line for line in lines if line.y1 - line.y0 >= line.x1 - line.x0]
    level = [line for line in lines if line.y1 - line.y0 < line.x1 - line.x0]
    top = min((line.y0 for line in columns), default=0.0)
    above, below = [[line for line in level if (line.y0 < top) == side] for side in (True, False)]
    boxes = (
        [_Box.of(a, scale) for a in above],
        [_Box.down(a, scale) for a in columns],
        [_Box.of(a, scale) for a in below],
    )
    parts = [arranged(_words(part), number) for part in boxes if part]
    return Placed(tuple(item for part in parts for item in part.items), parts[0].top, parts[-1].bottom)


@dataclass(frozen=True, slots=True)
class _Box:
    """A line in points, heights growing upwards."""

    text: str
    x0: float
    x1: float
    middle: float
    height: float

    @classmethod
    def of(cls, line: Seen, scale: float) -> _Box:
        return cls(
            line.text, line.x0 * scale, line.x1 * scale, -(line.y0 + line.y1) / 2 * scale, (line.y1 - line.y0) * scale
        )

    @classmethod
    def down(cls, line: Seen, scale: float) -> _Box:
        """A column, laid so that what is read first stands at the top."""
        return cls(
            line.text, line.y0 * scale, line.y1 * scale, (line.x0 + line.x1) / 2 * scale, (line.x1 - line.x0) * scale
        )


def _words(boxes: list[_Box]) -> list[Word]:
    """Each line as a word, drawn row after row."""
    heights = [box.height for box in boxes for _ in box.text]
    usual = median(heights)
    em = _TYPE * usual
    rows: list[list[_Box]] = []
    for box in sorted(boxes, key=lambda box: -box.middle):
        if rows and rows[-1][0].middle - box.middle < 0.5 * em:
            rows[-1].append(box)
        else:
            rows.append([box])
    words: list[Word] = []
    for row in rows:
        # One height for all of a row: boxes of a line with and without descenders differ.
        middle = median(box.middle for box in row)
        for box in sorted(row, key=lambda box: box.x0):
            step = min(_STEPS, key=lambda step: abs(step - box.height / usual))
            if step > 1 and len(box.text) < _LEAST_HEADING:
                step = 1.0
            size = round(step * em, 1)
            words.append(Word(box.text, box.x0, box.x1, middle - 0.35 * em, max(em, size), size, 0, len(words), False))
    return words


@dataclass(frozen=True, slots=True)
class Scans:
    """The pages that were recognised: (number from 1, what was found on it)."""

    pages: Sequence[tuple[int, Recognised]]

    def notices(self, *, image: bool = False) -> list[str]:
        """What to know about the recognition; `image` where the file is one picture rather than pages."""
        read = [(number, found) for number, found in self.pages if found.lines]
        blank = [number for number, found in self.pages if not found.lines]
        told = []
        if read:
            count = sum(len(line.text) for _, found in read for line in found.lines)
            mean = sum(line.confidence * len(line.text) for _, found in read for line in found.lines) / count
            one = "The image was" if image else f"{ranges(number for number, _ in read)} had no usable text and"
            were = "" if image else (" was" if len(read) == 1 else " were")
            told.append(f"{one}{were} read by text recognition, with a mean confidence of {mean:.0%}; it may err.")
        low = [(number, found.confidence) for number, found in read if found.confidence < _LOW]
        if low and image:
            told.append("The confidence is low; check the text against the image.")
        elif low:
            named = ", ".join(f"{number} ({value:.0%})" for number, value in low[:20])
            more = f" and {len(low) - 20} more" if len(low) > 20 else ""
            told.append(f"Low confidence on page {named}{more}; check the text against the original.")
        if blank and not image:
            told.append(f"{ranges(blank)} showed no words that could be recognised.")
        return told

    def hidden(self) -> list[Hidden]:
        """Words too faint for a person."""
        return [
            Hidden("faint text in an image", line.text) for _, found in self.pages for line in found.lines if line.faint
        ]


def ranges(numbers: Iterable[int]) -> str:
    """`Page 3` or `Pages 1-3, 7`."""
    parts = []
    values = sorted(numbers)
    for _, run in groupby(enumerate(values), key=lambda item: item[1] - item[0]):
        found = [value for _, value in run]
        parts.append(str(found[0]) if len(found) == 1 else f"{found[0]}-{found[-1]}")
    return ("Page " if len(values) == 1 else "Pages ") + ", ".join(parts)
