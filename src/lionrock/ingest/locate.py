"""Where a quote stands on a page, by the page's own characters.

A reader joins lines, leaves out furniture, takes columns and cells in the order in which people read them, and tells
each row of a table with the names of its columns. So a quote is looked for without its blanks: whole, else block by block,
a row by its cells, and text in the longest pieces that stand on the page. Where a piece stands there several times, what
is before and after it decides, and its number among those that the text has. What stays in doubt gets no place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from lionrock.text.fold import is_han

__all__ = ["Box", "Miss", "Page", "Wanted", "lines_of", "locate"]

Miss = Literal["absent", "several"]
"""Not on the page as it was read, or on it more than once with nothing that tells which one is meant."""

_MASK = "█"
"""In the place of a letter or digit of personal data."""
_CELLS = " | "
_SURE = 8
"""Weight of a piece that stands for itself."""
_LEAST = 2
"""Weight of a piece that is looked for at all."""
_ALONE = 4
"""Weight of a row's only cell."""
_FOUND = 0.75
"""Share of a block's weight that must have a place."""
_MARGIN = 8
"""Letters of context by which a place must win over the next one, where nothing else speaks for it."""
_CONTEXT = 400
_NEAR = 3.0
"""Heights of type between a short piece and the one that it goes on from."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; points from the left and upper edge of the page as it is shown."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def height(self) -> float:
        """From the upper to the lower edge."""
        return self.y1 - self.y0

    @property
    def width(self) -> float:
        """From the left to the right edge."""
        return self.x1 - self.x0

    def with_(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A quote from the stored text of one page, with the rest of the page's stored text on both sides."""

    before: str
    quote: str
    after: str


class Page:
    """The characters of a page in the order in which it draws them. Those at the indices `away` are not read."""

    def __init__(self, text: str, box: Callable[[int], Box | None], away: frozenset[int] = frozenset()) -> None:
        self.text = text
        self.box = box
        self.at = [at for at, char in enumerate(text) if at not in away and not _is_blank(char)]
        """Index on the page of each of `letters`."""
        self.letters = "".join(text[at] for at in self.at)

    def around(self, start: int, end: int) -> Box | None:
        """The box around these letters."""
        found: Box | None = None
        for at in self.at[start:end]:
            box = self.box(at)
            found = box if found is None else found if box is None else found.with_(box)
        return found

    def is_whole(self, start: int, end: int) -> bool:
        """Whether these letters do not begin or end inside a word or number."""
        return not any(
            0 < cut < len(self.at)
            and self.at[cut] == self.at[cut - 1] + 1
            and _is_wordlike(self.letters[cut - 1])
            and _is_wordlike(self.letters[cut])
            for cut in (start, end)
        )


def locate(page: Page, wanted: Wanted) -> tuple[list[int], Miss | None]:
    """(indices of the quote's characters on the page, in its order, why some or all of them have no place)."""
    quote = _letters(wanted.quote)
    if not quote:
        return [], None
    before, after = _letters(wanted.before), _letters(wanted.after)
    found, miss = _whole(page, before, quote, after)
    if miss is None:
        return _places(page, [found]), None
    if miss == "several":
        return [], miss
    return _by_blocks(page, wanted)


def _by_blocks(page: Page, wanted: Wanted) -> tuple[list[int], Miss | None]:
    """Paragraphs and rows of the quote, each for itself."""
    places: list[int] = []
    missed: Miss | None = None
    for found in re.finditer(r"[^\n]+", wanted.quote):
        before = wanted.before + wanted.quote[: found.start()]
        after = wanted.quote[found.end() :] + wanted.after
        spans, miss = _block(page, before, found[0], after)
        places += _places(page, spans)
        missed = missed or miss
    return list(dict.fromkeys(places)), missed


def _block(page: Page, before: str, block: str, after: str) -> tuple[list[tuple[int, int]], Miss | None]:
    letters, ahead, behind = _letters(block), _letters(before), _letters(after)
    if not letters:
        return [], None
    found, miss = _whole(page, ahead, letters, behind)
    if miss is None:
        return [found], None
    if miss == "several":
        return [], miss
    is_row = _CELLS in block
    spans, miss = _row(page, before, block, after) if is_row else _pieces(page, ahead, letters, behind)
    if miss == "absent" and not is_row and ": " in block:
        spans, miss = _row(page, before, block, after)
    return spans, miss


def _whole(page: Page, before: str, quote: str, after: str) -> tuple[tuple[int, int], Miss | None]:
    """The place of a text that stands on the page as it is."""
    found = list(_occurrences(page.letters, quote))
    if not found:
        return (0, 0), "absent"
    stored = [at for at in _occurrences(before + quote + after, quote) if at <= len(before)]
    total = sum(1 for _ in _occurrences(before + quote + after, quote))
    scores = [_context(page.letters, at, at + len(quote), before, after) for at in found]
    best = max(range(len(found)), key=scores.__getitem__)
    others = [score for at, score in enumerate(scores) if at != best]
    if not others:
        # Of a few letters, the one place may be inside other words, while the quote stands there in pieces.
        sure = _weight(quote) >= _SURE or total == 1 or scores[0] > 0
        return (found[0], found[0] + len(quote)), None if sure else "absent"
    if scores[best] < max(others) + _MARGIN:
        numbered = len(stored) - 1 if total == len(found) else None
        if numbered is None or scores[numbered] < scores[best]:
            return (0, 0), "several"
        best = numbered
    return (found[best], found[best] + len(quote)), None


def _context(letters: str, start: int, end: int, before: str, after: str) -> int:
    """How many letters on both sides are the same."""
    ahead, behind = letters[max(0, start - _CONTEXT) : start], letters[end : end + _CONTEXT]
    left = next((at for at, (a, b) in enumerate(zip(reversed(ahead), reversed(before), strict=False)) if a != b), None)
    right = next((at for at, (a, b) in enumerate(zip(behind, after, strict=False)) if a != b), None)
    return (min(len(ahead), len(before)) if left is None else left) + (
        min(len(behind), len(after)) if right is None else right
    )


def _pieces(page: Page, before: str, quote: str, after: str) -> tuple[list[tuple[int, int]], Miss | None]:
    """A text that the page draws in another order or with something between its lines."""
    cut = list(_cut(page.letters, quote))
    if sum(_weight(quote[a:b]) for a, b in cut) < _FOUND * _weight(quote):
        return [], "absent"
    placed: dict[int, tuple[int, int]] = {}
    missed: Miss = "absent"
    for number, (a, b) in enumerate(cut):
        if _weight(quote[a:b]) >= _SURE:
            span, miss = _whole(page, before + quote[:a], quote[a:b], quote[b:] + after)
            if miss is None:
                placed[number] = span
            else:
                missed = miss
    sure = dict(placed)
    for number, (a, b) in enumerate(cut):
        neighbours = [sure[at] for at in (number - 1, number + 1) if at in sure]
        if number not in sure and neighbours:
            near = _nearest(page, quote[a:b], neighbours)
            if near is not None:
                placed[number] = near
    weight = sum(_weight(quote[a:b]) for number, (a, b) in enumerate(cut) if number in placed)
    ordered = [placed[number] for number in sorted(placed)]
    return (ordered, None) if weight >= _FOUND * _weight(quote) else ([], missed)


def _cut(letters: str, quote: str) -> Iterator[tuple[int, int]]:
    """The quote in the longest pieces that the letters hold, from its start on; what they do not hold is left out."""
    start = 0
    while start < len(quote):
        low, high = 0, 1
        while start + high <= len(quote) and quote[start : start + high] in letters:
            low, high = high, high * 2
        high = min(high, len(quote) - start + 1)
        while high - low > 1:
            middle = (low + high) // 2
            if quote[start : start + middle] in letters:
                low = middle
            else:
                high = middle
        if _weight(quote[start : start + low]) >= _LEAST:
            yield start, start + low
            start += low
        else:
            start += 1


def _nearest(page: Page, text: str, neighbours: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """The place of a short piece that stands clearly nearer to its neighbours than any other."""
    around = [box for start, end in neighbours if (box := page.around(start, end))]
    ways: list[tuple[float, int]] = []
    for at in _occurrences(page.letters, text):
        box = page.around(at, at + len(text))
        if box is not None and around:
            height = max(1.0, box.height if box.height < box.width else box.width)
            ways.append((min(_distance(box, other) for other in around) / height, at))
    ways.sort()
    if not ways or ways[0][0] > _NEAR or (len(ways) > 1 and ways[1][0] < 2 * ways[0][0] + 1):
        return None
    return ways[0][1], ways[0][1] + len(text)


def _distance(one: Box, other: Box) -> float:
    across = max(0.0, one.x0 - other.x1, other.x0 - one.x1)
    down = max(0.0, one.y0 - other.y1, other.y0 - one.y1)
    return across + down


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell's letters, and where they stand on the page as whole words."""

    letters: str
    places: tuple[tuple[int, int, Box], ...]


def _row(page: Page, before: str, block: str, after: str) -> tuple[list[tuple[int, int]], Miss | None]:
    """A row of a table by its cells, which stand at one height. The names of its columns stand elsewhere."""
    parts = [part for part in block.split(_CELLS) if part.strip()]
    cells = [cell for part in parts if (cell := _cell(page, part)) is not None]
    told = sum(_weight(_letters(part.rpartition(": ")[2])) for part in parts)
    if not cells or sum(_weight(cell.letters) for cell in cells) < _FOUND * told:
        return [], "absent"
    if len(cells) == 1 and _weight(cells[0].letters) < _ALONE:
        return [], "absent"
    rarest = min(cells, key=lambda cell: (len(cell.places), -_weight(cell.letters)))
    rows = [row for _, _, box in rarest.places if (row := _at_height(cells, rarest, box)) is not None]
    rows = [row for at, row in enumerate(rows) if row not in rows[:at]]
    if len(rows) == 1:
        return rows[0], None
    if not rows:
        return [], "absent"
    lines = [*before.split("\n"), block, *after.split("\n")]
    number = before.split("\n").count(block)
    if lines.count(block) == len(rows):
        rows.sort(key=lambda row: box.y0 if (box := page.around(*row[0])) else 0.0)
        return rows[number], None
    return [], "several"


def _cell(page: Page, part: str) -> _Cell | None:
    """What a part of a row says after the name of its column, as much of it as the page has in one place."""
    told = part
    while told:
        letters = _letters(told)
        spans = [(at, at + len(letters)) for at in _occurrences(page.letters, letters)] if letters else []
        found = [(a, b, box) for a, b in spans if page.is_whole(a, b) and (box := page.around(a, b)) is not None]
        if found:
            return _Cell(letters, tuple(found))
        told = told.partition(": ")[2]
    return None


def _at_height(cells: Sequence[_Cell], rarest: _Cell, band: Box) -> list[tuple[int, int]] | None:
    """One place of each cell in the row that `band` is in, from the left to the right; None where one has none there."""
    row: list[tuple[int, int]] = []
    edge = float("-inf")
    for cell in cells:
        inside = [
            (box.x0, a, b)
            for a, b, box in cell.places
            if box.x0 > edge and (box == band if cell is rarest else _level(box, band))
        ]
        if not inside:
            return None
        edge, a, b = min(inside)
        row.append((a, b))
    return row


def _level(one: Box, other: Box) -> bool:
    """Whether one of two boxes has the other's middle beside it."""
    middle, across = (one.y0 + one.y1) / 2, (other.y0 + other.y1) / 2
    return other.y0 <= middle <= other.y1 or one.y0 <= across <= one.y1


def _places(page: Page, spans: Sequence[tuple[int, int]]) -> list[int]:
    return list(dict.fromkeys(at for start, end in spans for at in page.at[start:end]))


def _occurrences(letters: str, text: str) -> Iterator[int]:
    """Where a text stands; one letter of it may be masked."""
    if _MASK in text:
        masked = ".".join(re.escape(part) for part in text.split(_MASK))
        yield from (found.start() for found in re.finditer(f"(?={masked})", letters, re.DOTALL))
        return
    at = letters.find(text)
    while at >= 0:
        yield at
        at = letters.find(text, at + 1)


def _letters(text: str) -> str:
    return "".join(char for char in text if not _is_blank(char))


def _is_blank(char: str) -> bool:
    return char.isspace() or char == "\x00"


def _is_wordlike(char: str) -> bool:
    return char.isalnum() and not is_han(char)


def _weight(text: str) -> int:
    return sum(2 if is_han(char) else 1 for char in text)


def lines_of(boxes: Sequence[Box | None]) -> list[Box]:
    """One box a line, or a column of text that runs downwards, for the boxes of characters that follow each other.

    None parts what does not follow.
    """
    lines: list[Box] = []
    flat: bool | None = None
    for last, box in pairwise((None, *boxes)):
        if box is None:
            continue
        goes_on = _way(last, box) if last is not None else None
        if goes_on is None or (flat is not None and goes_on != flat):
            lines.append(box)
            flat = None
        else:
            lines[-1] = lines[-1].with_(box)
            flat = goes_on
    return _joined(lines)


def _way(last: Box, box: Box) -> bool | None:
    """True where a character goes on in the line of the last one, False where it does in its column, else None."""
    over = min(last.y1, box.y1) - max(last.y0, box.y0)
    beside = min(last.x1, box.x1) - max(last.x0, box.x0)
    em = max(last.height, box.height, 1.0)
    if over > 0.5 * min(last.height, box.height) and abs(box.x0 - last.x1) < 2 * em:
        return True
    wide = max(last.width, box.width, 1.0)
    away = max(box.y0 - last.y1, last.y0 - box.y1)
    return False if beside > 0.5 * min(last.width, box.width) and away < 0.6 * wide else None


def _joined(lines: list[Box]) -> list[Box]:
    """Pieces of one line that touch as one box."""
    out: list[Box] = []
    for box in lines:
        last = out[-1] if out else None
        level = last is not None and min(last.y1, box.y1) - max(last.y0, box.y0) > 0.6 * min(last.height, box.height)
        if last is not None and level and -0.5 * box.height < box.x0 - last.x1 < 0.6 * box.height:
            out[-1] = last.with_(box)
        else:
            out.append(box)
    return out
