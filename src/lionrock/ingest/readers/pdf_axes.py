"""Which way the text of a PDF page runs, and how its axes are laid so that lines are level and read from the left.

Most text is upright. Some is turned by a quarter or a half; Chinese may be written downwards, the first column at the
right: such a page is laid on its side, and its columns become lines from the top to the bottom.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from lionrock.ingest.readers.pdf_rules import Turn

__all__ = ["Axes", "axes_of"]

_SAMPLE = 400
_RUN = 20
"""Characters looked at on a page, in runs of so many."""
_LEAST = 4
"""Steps downwards from character to character that make a column."""


@dataclass(frozen=True, slots=True)
class Axes:
    """How a page is laid: from its own axes to those of the reader."""

    turn: Turn
    downwards: bool = False


_TURNS: dict[int, Turn] = {
    0: lambda x, y: (x, y),
    90: lambda x, y: (y, -x),
    180: lambda x, y: (-x, -y),
    270: lambda x, y: (-y, x),
}


def axes_of(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, text: str) -> Axes:
    """By the angle of most characters; `text` has one character for each index that PDFium counts."""
    angles: Counter[int] = Counter()
    down = level = 0
    last: tuple[int, float, float, float] | None = None
    x, y, box = ctypes.c_double(), ctypes.c_double(), raw.FS_RECTF()
    places = [at for at, char in enumerate(text) if not char.isspace() and char != "\0"]
    step = max(1, len(places) // _SAMPLE)
    places = [at for number, at in enumerate(places) if number // _RUN % step == 0]
    for at in places:
        # PDFium counts clockwise; a page that it turns by 90 degrees holds text that runs upwards.
        angle = -math.degrees(float(raw.FPDFText_GetCharAngle(textpage, at)))
        angles[round(angle / 90) * 90 % 360] += 1
        raw.FPDFText_GetCharOrigin(textpage, at, x, y)
        raw.FPDFText_GetLooseCharBox(textpage, at, box)
        em = max(abs(box.top - box.bottom), abs(box.right - box.left), 1.0)
        middle = (box.left + box.right) / 2
        if last is not None and last[0] == at - 1:
            across, up = middle - last[1], y.value - last[2]
            size = max(em, last[3])
            down += abs(across) < 0.35 * size and -1.9 * size < up < -0.5 * size
            level += abs(up) < 0.3 * size and across > 0
        last = (at, middle, y.value, em)
    if not places:
        return Axes(_TURNS[page.get_rotation()])
    angle, count = angles.most_common(1)[0]
    if angle == 0 and down > level and down >= _LEAST:
        return Axes(_TURNS[270], downwards=True)
    if 2 * count <= len(places):
        return Axes(_TURNS[page.get_rotation()])
    return Axes(_TURNS[angle])
