"""Where the text of a PDF page stands: characters to words, pieces of lines, columns and lines in reading order.

PDFium gives characters in the order in which the page draws them, with their places. Words next to each other on one
line make a piece; pieces at one height make a row. Ruled tables are taken out first (`pdf_tables`); where a gutter runs
down a page of prose the left side is read before the right; rows whose pieces line up in columns are a table; and
all other rows are lines from the top to the bottom. A page whose text is turned, or written downwards in columns from
the right, is laid so that its lines are level (`pdf_axes`); what stands otherwise on a page is left as PDFium gives it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from lionrock.ingest.readers.pdf_axes import Axes, axes_of
from lionrock.ingest.readers.pdf_rules import Rule, rules_of
from lionrock.ingest.readers.pdf_tables import Font, Piece, Table, Word, aligned, grids, said, strips_of
from lionrock.text.fold import is_han

__all__ = ["Line", "Placed", "arranged", "characters", "layout"]

_NOTHING = "\x00"
"""What PDFium gives for a character without a meaning."""
_HYPHENS = str.maketrans({"\ufffe": "-", "\x02": "-"})
_WORD_GAP = 0.45
_PIECE_GAP = 0.95
_SAME_LINE = 0.4
_RAISED = 0.6
"""How far above or below its line a mark may stand that is drawn right after the word before it."""
_LEAST_COLUMN = 0.18
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text and where it stands; heights grow upwards."""

    text: str
    size: float
    page: int
    x0: float
    x1: float
    y: float
    em: float
    column: tuple[float, float] | None = None
    """Left and right edge of its column, on a page of several."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What stands on a page in reading order, and the heights of its topmost and bottommost lines."""

    items: tuple[Line | Table, ...]
    top: tuple[float, ...] = ()
    bottom: tuple[float, ...] = ()


def layout(
    page: pdfium.PdfPage,
    textpage: pdfium.PdfTextPage,
    number: int,
    text: str | None = None,
    away: frozenset[int] = frozenset(),
) -> Placed:
    """Lines and tables of a page in the order in which a person reads them.

    `text` are its `characters`; those at the indices `away` are left out.
    """
    text = characters(textpage) if text is None else text
    if away:
        text = "".join(" " if at in away and char != "\n" else char for at, char in enumerate(text))
    axes = axes_of(page, textpage, text)
    words = list(_words(textpage, text, axes))
    if axes.downwards:
        words = _renumbered(words)
    if not words:
        return Placed(())
    if sum(len(word.text) for word in words if not word.size) > sum(len(word.text) for word in words if word.size):
        # A page written downwards or laid on its side.
        return Placed(tuple(_Flow(number, []).lines(Piece([word]) for word in words)))
    return arranged(words, number, rules_of(page, axes.turn), lambda at: _font(textpage, at))


def arranged(words: list[Word], number: int, rules: Sequence[Rule] = (), font: Font = lambda at: ("", 0)) -> Placed:
    """Words of a page that stands upright as lines and tables in reading order."""
    tables, words = grids(words, list(rules), font)
    pieces = [*_pieces(words), *tables]
    flow = _Flow(number, [rule for rule in rules if rule.flat], font)
    items = tuple(flow.read(pieces, None, 0))
    heights = sorted({item.y for item in items})
    return Placed(items, tuple(heights[-2:]), tuple(heights[:2]))


def _font(textpage: pdfium.PdfTextPage, at: int) -> tuple[str, int]:
    """Name and weight of the font of a character."""
    buffer = ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(textpage, at, buffer, 128, None)
    return buffer.value.decode("utf-8", "replace"), int(raw.FPDFText_GetFontWeight(textpage, at))


def characters(textpage: pdfium.PdfTextPage) -> str:
    """The text with one character for each place that PDFium counts."""
    count = textpage.count_chars()
    text = str(textpage.get_text_range())
    if len(text) != count:
        text = "".join(chr(raw.FPDFText_GetUnicode(textpage, at)) for at in range(count))
    return text.translate(_HYPHENS)


def _words(textpage: pdfium.PdfTextPage, text: str, axes: Axes) -> Iterator[Word]:
    """Words in the order in which they are drawn, line by line as PDFium parts lines."""
    start = order = 0
    for line in text.split("\n"):
        found, breaks, count = _words_of_line(textpage, line, start, order, axes)
        if breaks > 0.4 * count and (count >= 4 or (axes.downwards and count > 1)):
            # Sideways, downwards or from right to left: its places say nothing about its order.
            found = [_whole(found, line)]
        yield from found
        order += len(found)
        start += len(line) + 1


def _words_of_line(
    textpage: pdfium.PdfTextPage, line: str, start: int, order: int, axes: Axes
) -> tuple[list[Word], int, int]:
    """(words, breaks inside what PDFium takes for a word, characters)."""
    box, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    words: list[Word] = []
    breaks = count = 0
    blank = True
    for at, char in enumerate(line, start):
        if char in _NOTHING or char.isspace():
            blank = True
            continue
        count += 1
        raw.FPDFText_GetLooseCharBox(textpage, at, box)
        raw.FPDFText_GetCharOrigin(textpage, at, x, y)
        left, low = axes.turn(box.left, box.bottom)
        right, high = axes.turn(box.right, box.top)
        left, right = min(left, right), max(left, right)
        _, base = axes.turn(x.value, y.value)
        em = max(abs(high - low), 0.5 * (right - left), 1.0)
        last = words[-1] if words else None
        near = False
        if last is not None and not blank:
            near = -0.9 * last.em < left - last.x1 < _WORD_GAP * max(em, last.em)
            if near and abs(base - last.y) < _SAME_LINE * max(em, last.em):
                last.text += char
                last.x0, last.x1, last.em = min(last.x0, left), max(last.x1, right), max(last.em, em)
                continue
            breaks += 1
        size = round(float(raw.FPDFText_GetFontSize(textpage, at)), 1)
        words.append(Word(char, left, right, base, em, size, at, order + len(words), near))
        blank = False
    return words, breaks, count


def _whole(words: Sequence[Word], line: str) -> Word:
    """A line as one word, as PDFium gives it. One that is not level stands where it ends, and is of no size."""
    first = words[0]
    low, high = min(word.y for word in words), max(word.y for word in words)
    left, right = min(word.x0 for word in words), max(word.x1 for word in words)
    level = high - low < 1.5 * first.em
    text = " ".join(line.replace("\x00", " ").split())
    return Word(text, left, right, low, first.em, first.size if level else 0.0, first.at, first.order, False)


def _renumbered(words: list[Word]) -> list[Word]:
    """Columns in the order in which they are read: PDFium gives them from the left."""
    rows = _rows(Piece([word]) for word in words)
    ordered = [piece.words[0] for row in rows for piece in row]
    for at, word in enumerate(ordered):
        word.order = at
    return ordered


def _pieces(words: Iterable[Word]) -> Iterator[Piece]:
    """Words that follow each other on one line without a gap."""
    run: list[Word] = []
    for word in words:
        if run:
            em = max(word.em, run[-1].em)
            near = -0.6 * em < word.x0 - run[-1].x1 < _PIECE_GAP * em
            if not near or abs(word.y - run[0].y) > _RAISED * max(em, run[0].em):
                yield Piece(run)
                run = []
        run.append(word)
    if run:
        yield Piece(run)


def _rows(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces at one height, from the top to the bottom, each row from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: (-piece.y, piece.x0)):
        if rows and rows[-1][0].y - piece.y <= _SAME_LINE * max(rows[-1][0].em, piece.em):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    for row in rows:
        row.sort(key=lambda piece: piece.x0)
    return rows


@dataclass(frozen=True, slots=True)
class _Flow:
    """Reads the pieces of a page, or of one of its columns."""

    page: int
    rules: list[Rule]
    font: Font = lambda at: ("", 0)

    def lines(self, pieces: Iterable[Piece]) -> Iterator[Line]:
        """Each piece as a line, in the order given."""
        return (self._line([piece], None) for piece in pieces)

    def read(self, pieces: Sequence[Piece], column: tuple[float, float] | None, depth: int) -> Iterator[Line | Table]:
        """Bands of columns one column after the other, everything else row by row."""
        rows = _rows(pieces)
        width = max(p.x1 for p in pieces) - min(p.x0 for p in pieces)
        plain: list[list[Piece]] = []
        at = 0
        while at < len(rows):
            end, gutter = _band(rows, at, width) if depth < _DEEPEST else (at, None)
            if gutter is None:
                plain.append(rows[at])
                at += 1
                continue
            yield from self._plain(plain, column)
            plain = []
            sides: tuple[list[Piece], list[Piece]] = ([], [])
            for piece in (piece for row in rows[at:end] for piece in row):
                sides[piece.x0 >= gutter].append(piece)
            for side in sides:
                edges = (min(p.x0 for p in side), max(p.x1 for p in side))
                yield from self.read(side, edges, depth + 1)
            at = end
        yield from self._plain(plain, column)

    def _plain(self, rows: list[list[Piece]], column: tuple[float, float] | None) -> Iterator[Line | Table]:
        """Lines and tables of rows that are read from the top to the bottom."""
        run: list[list[Piece]] = []
        for item in aligned(rows, self.rules, self.font):
            if isinstance(item, Table):
                yield from (self._line(row, column) for row in _in_doubt(run))
                yield item
                run = []
                continue
            tables = [piece for piece in item if piece.table]
            run.append([piece for piece in item if not piece.table])
            if tables:
                yield from (self._line(row, column) for row in _in_doubt(run))
                yield from (piece.table for piece in tables if piece.table)
                run = []
        yield from (self._line(row, column) for row in _in_doubt(run))

    def _line(self, row: Sequence[Piece], column: tuple[float, float] | None) -> Line:
        main = max(row, key=lambda piece: len(piece.text))
        text = said([word for piece in row for word in piece.words])
        return Line(text, main.size, self.page, row[0].x0, row[-1].x1, main.y, main.em, column)


def _in_doubt(rows: list[list[Piece]]) -> Iterator[list[Piece]]:
    """Rows as they stand; but where texts stand side by side that the page draws apart, in the order of drawing."""
    rows = [row for row in rows if row]
    sequence = [(at, piece) for at, row in enumerate(rows) for piece in row]
    doubtful: set[int] = set()
    for (at, a), (below, b) in pairwise(sequence):
        beside = max(b.x0 - a.x1, a.x0 - b.x1) > _PIECE_GAP * max(a.em, b.em) and min(len(a.text), len(b.text)) > 3
        if beside and b.order != a.order + len(a.words) and rows[at][0].y - rows[below][0].y < 2 * max(a.em, b.em):
            doubtful |= {at, below}
    start = 0
    while start < len(rows):
        if start not in doubtful:
            yield rows[start]
            start += 1
            continue
        end = start + 1
        while end < len(rows) and any(at in doubtful for at in range(end, end + 3)):
            end += 1
        yield from _as_drawn([piece for row in rows[start:end] for piece in row])
        start = end


def _as_drawn(pieces: list[Piece]) -> Iterator[list[Piece]]:
    row: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: piece.order):
        if row:
            last = row[-1]
            follows = piece.order == last.order + len(last.words) and piece.x0 > last.x0
            if not follows or abs(piece.y - last.y) > _SAME_LINE * max(piece.em, last.em):
                yield row
                row = []
        row.append(piece)
    if row:
        yield row


def _band(rows: list[list[Piece]], start: int, width: float) -> tuple[int, float | None]:
    """(end, gutter) of the rows from `start` that stand in two columns of prose; no gutter where they do not."""
    strips: list[tuple[float, float]] | None = None
    inner: list[tuple[float, float]] = []
    end = start
    low, high = rows[start][0].x0, rows[start][-1].x1
    for row in rows[start:]:
        left = strips_of(row, strips)
        low, high = min(low, row[0].x0), max(high, max(piece.x1 for piece in row))
        found = [(a, b) for a, b in left if a > low and b < high]
        if not found and (inner or high - low > 0.6 * width):
            break
        strips, inner = left, found
        end += 1
    for a, b in sorted(inner, key=lambda strip: strip[0] - strip[1]):
        gutter = (a + b) / 2
        if _is_gutter(rows[start:end], gutter, width):
            return _last_of_both(rows, start, end, gutter), gutter
    return start, None


def _last_of_both(rows: list[list[Piece]], start: int, end: int, gutter: float) -> int:
    """The band ends below the last row of its shorter column, or where the longer one goes on without a wide gap."""
    last = min(
        max(at for at in range(start, end) if any((piece.x0 >= gutter) == side for piece in rows[at]))
        for side in (False, True)
    )
    while last + 1 < end and rows[last][0].y - rows[last + 1][0].y < 2.5 * rows[last + 1][0].em:
        last += 1
    return last + 1


def _is_gutter(rows: list[list[Piece]], gutter: float, width: float) -> bool:
    """Whether what stands on both sides is read one side after the other.

    It is so when the page draws it so, or when both sides are filled with running text, line by line.
    """
    pieces = sorted((piece for row in rows for piece in row), key=lambda piece: piece.order)
    left, right = ([p for p in pieces if (p.x0 >= gutter) == side] for side in (False, True))
    if not left or not right:
        return False
    widths = [max(p.x1 for p in side) - min(p.x0 for p in side) for side in (left, right)]
    low = max(min(p.y for p in side) for side in (left, right))
    high = min(max(p.y for p in side) for side in (left, right))
    both = min(len({p.y for p in side if low <= p.y <= high}) for side in (left, right))
    crossings = sum((a.x0 >= gutter) != (b.x0 >= gutter) for a, b in pairwise(pieces))
    if both >= 3 and crossings <= max(2, 0.15 * both):
        return True
    if both < 6 or min(widths) < _LEAST_COLUMN * width:
        return False
    filled = all(
        median(p.x1 - p.x0 for p in side) > 0.7 * wide and median(_weight(p.text) for p in side) > 18
        for side, wide in zip((left, right), widths, strict=True)
    )
    return filled and crossings >= 1.6 * both


def _weight(text: str) -> int:
    return sum(2 if is_han(char) else 1 for char in text)
