"""Tables of a PDF page: by their ruled lines, or by pieces of text that line up in columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from lionrock.ingest.readers.pdf_rules import TOUCH, Rule, connected

__all__ = ["Font", "Piece", "Table", "Word", "aligned", "grids", "in_brackets", "said", "strips_of"]

_MOST_CELL = 1_500
_MOST_REPEATED = 120
_STRIP = 0.8
_SAME_CELL = 1.12
_OPENING, _CLOSING = "（「『《〈【〔［｛", "）」』》〉】〕］｝，。、；："
_MARKER = re.compile(r"^(?:[^\w\s]|[\ue000-\uf8ff]|[(（]?[0-9a-zA-Z一二三四五六七八九十.]{1,6}[.)、）．:：]?)$")
_FAR = 1e9

Font = Callable[[int], tuple[str, int]]
"""Name and weight of the font of a character."""


@dataclass(slots=True)
class Word:
    """Characters next to each other. `y` is the line that they stand on, `em` the height of their type."""

    text: str
    x0: float
    x1: float
    y: float
    em: float
    size: float
    at: int
    """Index of the first character on the page."""
    order: int
    """Place among the words as the page draws them."""
    glued: bool
    """Whether no blank stands before it."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, all of one length; the first names the columns when `header`."""

    rows: tuple[tuple[str, ...], ...]
    header: bool
    y: float
    """Height of its upper edge."""
    caption: str = ""
    """What stands in it above the names of the columns, over its whole width."""


class Piece:
    """Words on one line without a gap between them, or a table that takes their place in the order."""

    __slots__ = ("em", "order", "size", "table", "text", "words", "x0", "x1", "y")

    def __init__(self, words: list[Word], table: Table | None = None) -> None:
        self.words = words
        self.x0, self.x1 = min(word.x0 for word in words), max(word.x1 for word in words)
        main = max(words, key=lambda word: word.em)
        self.y, self.em, self.size = main.y, main.em, main.size
        self.order = words[0].order
        self.table = table
        self.text = "" if table else said(words)
        if table:
            self.y = table.y


def said(words: Sequence[Word]) -> str:
    """The words of one cell or piece, with the blanks that the page has."""
    text = words[0].text if words else ""
    for last, word in pairwise(words):
        glued = word.glued and word.order == last.order + 1
        text += word.text if glued or _both_wide(last, word) else f" {word.text}"
    return text


def in_brackets(before: str, after: str) -> bool:
    """Whether one of two characters is a wide bracket that clasps the other: no blank stands between them."""
    return before in _OPENING or after in _CLOSING


def _both_wide(last: Word, word: Word) -> bool:
    """Whether a blank between two words would part ideographs, at a line's end or where a line goes on."""
    wide = all("\u2e80" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef" for char in (last.text[-1], word.text[0]))
    wide = wide or in_brackets(last.text[-1], word.text[0])
    turned = word.y < last.y - 0.5 * last.em
    return wide and (turned or (word.order != last.order + 1 and 0 <= word.x0 - last.x1 < 0.3 * word.em))


def grids(words: list[Word], rules: list[Rule], font: Font) -> tuple[list[Piece], list[Word]]:
    """Tables that ruled lines draw, and the words outside them."""
    found: list[Piece] = []
    for group in connected(rules):
        grid = _Grid.of(group)
        if grid is None:
            continue
        inside = [word for word in words if grid.holds(word)]
        table = None if grid.is_coarse(inside) else _table(grid.rows(inside), grid.ys[-1], font)
        if table is not None:
            taken = {id(word) for word in inside}
            words = [word for word in words if id(word) not in taken]
            found.append(Piece(inside, table))
    return found, words


def _places(values: list[float]) -> list[float]:
    """Sorted, those within a touch of each other as one."""
    out: list[float] = []
    for value in sorted(values):
        if not out or value - out[-1] > TOUCH:
            out.append(value)
    return out


@dataclass(frozen=True, slots=True)
class _Grid:
    """Cells between lines. Where a side is not drawn, two fields of the grid are one cell."""

    xs: list[float]
    ys: list[float]
    rules: list[Rule]

    @classmethod
    def of(cls, rules: list[Rule]) -> _Grid | None:
        flat, upright = [r for r in rules if r.flat], [r for r in rules if not r.flat]
        if len(flat) < 2 or not upright:
            return None
        xs = _places([r.at for r in upright] + [min(r.low for r in flat), max(r.high for r in flat)])
        ys = _places([r.at for r in flat] + [min(r.low for r in upright), max(r.high for r in upright)])
        return cls(xs, ys, rules) if len(xs) >= 3 and len(ys) >= 3 else None

    def holds(self, word: Word) -> bool:
        """Whether a word stands inside."""
        x, y = (word.x0 + word.x1) / 2, word.y + 0.3 * word.em
        return self.xs[0] <= x <= self.xs[-1] and self.ys[0] <= y <= self.ys[-1]

    def is_coarse(self, words: list[Word]) -> bool:
        """Whether several rows or columns stand between two lines, so that the lines do not tell the cells.

        A line of a cell would not have ended where the first word of the next one still had room.
        """
        loose = tight = gaps = single = 0
        cells, filled = self._filled(words)
        for number, cell in filled.items():
            across = [at for row in cells for at, value in enumerate(row) if value == number]
            room = self.xs[max(across) + 1] - self.xs[min(across)]
            lines = _lines(cell)
            for a, b in pairwise(lines):
                ended = b[0].x1 - b[0].x0 + a[-1].x1 - a[0].x0 < 0.75 * room - a[0].em
                loose, tight = loose + ended, tight + (not ended)
            wide = sum(any(y.x0 - x.x1 > 1.2 * x.em for x, y in pairwise(line)) for line in lines)
            gaps, single = gaps + wide, single + len(lines) - wide
        return (loose > 2 * tight and loose > len(filled)) or gaps > single

    def rows(self, words: list[Word]) -> list[list[list[Word]]]:
        """The words of each cell, row by row from the top; a short one over several rows is told in each."""
        cells, filled = self._filled(words)
        said_once: set[int] = set()
        rows: list[list[list[Word]]] = []
        for numbers in cells:
            row: list[list[Word]] = []
            for column, number in enumerate(numbers):
                inside = filled.get(number, [])
                goes_on = column > 0 and numbers[column - 1] == number
                long = sum(len(word.text) for word in inside) > _MOST_REPEATED
                row.append([] if goes_on or (long and number in said_once) else inside)
            said_once.update(numbers)
            rows.append(row)
        return rows

    def _filled(self, words: list[Word]) -> tuple[list[list[int]], dict[int, list[Word]]]:
        """(the number of the cell that each field belongs to, the words of each cell)."""
        down, across = len(self.ys) - 1, len(self.xs) - 1
        cells = self._cells(down, across)
        filled: dict[int, list[Word]] = {}
        for word in words:
            column = _between(self.xs, (word.x0 + word.x1) / 2)
            row = down - 1 - _between(self.ys, word.y + 0.3 * word.em)
            filled.setdefault(cells[row][column], []).append(word)
        return cells, filled

    def _cells(self, down: int, across: int) -> list[list[int]]:
        """A number for each field; fields of one cell have the same."""
        cell = [[row * across + column for column in range(across)] for row in range(down)]

        def join(old: int, new: int) -> None:
            for row in cell:
                row[:] = [new if value == old else value for value in row]

        for row in range(down):
            low, high = self.ys[down - 1 - row], self.ys[down - row]
            for column in range(across):
                middle = (self.xs[column] + self.xs[column + 1]) / 2
                if column and not self._drawn(False, self.xs[column], (low + high) / 2):
                    join(cell[row][column], cell[row][column - 1])
                if row and not self._drawn(True, high, middle):
                    join(cell[row][column], cell[row - 1][column])
        return cell

    def _drawn(self, flat: bool, at: float, place: float) -> bool:
        return any(r.flat == flat and abs(r.at - at) <= TOUCH + 1 and r.low <= place <= r.high for r in self.rules)


def _between(edges: list[float], value: float) -> int:
    return max(0, min(len(edges) - 2, sum(edge <= value for edge in edges) - 1))


def _table(rows: list[list[list[Word]]], top: float, font: Font) -> Table | None:
    """The table of these cells; None when they are a frame around text."""
    rows = [row for row in rows if any(row)]
    if len(rows) < 2:
        return None
    columns = [at for at in range(len(rows[0])) if any(row[at] for row in rows)]
    rows = [[row[at] for at in columns] for row in rows]
    texts = [tuple(said([word for line in _lines(cell) for word in line]) for cell in row) for row in rows]
    filled = sum(bool(text) for row in texts for text in row)
    longest = max(len(text) for row in texts for text in row)
    if len(columns) < 2 or filled < 4 or longest > _MOST_CELL:
        return None
    caption = ""
    if sum(map(bool, texts[0])) == 1 and len(rows) > 2:
        caption = "".join(texts[0])
        rows, texts = rows[1:], texts[1:]
    return Table(tuple(texts), _has_header(rows, texts, font, captioned=bool(caption)), top, caption)


def _lines(cell: list[Word]) -> list[list[Word]]:
    """The words of a cell line by line."""
    lines: list[list[Word]] = []
    for word in sorted(cell, key=lambda word: (-word.y, word.x0)):
        if lines and lines[-1][0].y - word.y <= 0.45 * max(word.em, lines[-1][0].em):
            lines[-1].append(word)
        else:
            lines.append([word])
    for line in lines:
        line.sort(key=lambda word: word.x0)
    return lines


def _has_header(rows: list[list[list[Word]]], texts: list[tuple[str, ...]], font: Font, *, captioned: bool) -> bool:
    """Whether the first row names the columns: it is set in another type, or words stand above numbers."""
    first, rest = texts[0], texts[1:]
    if not rest or sum(map(bool, first)) < max(2, len(first) - 1) or max(map(len, first)) > 80:
        return False
    fonts = [{font(cell[0].at) for cell in row if cell} for row in rows]
    if fonts[0].isdisjoint(set().union(*fonts[1:])):
        return True
    if any(text.endswith((":", "：")) for text in first[:1]):
        return False

    def number(text: str) -> bool:
        return sum(map(str.isdigit, text)) > 0.4 * len(text.strip("$%HK* "))

    if any(map(number, first)):
        return False
    numeric = [sum(number(row[at]) for row in rest if row[at]) for at in range(len(first))]
    short = max(map(len, first)) <= 30 and len("".join(first)) <= median(len("".join(row)) for row in rest)
    return any(2 * count > len(rest) for count in numeric) or (
        len(first) >= 3 and len(rest) >= 2 and all(first) and short and not captioned
    )


def strips_of(row: Sequence[Piece], within: list[tuple[float, float]] | None) -> list[tuple[float, float]]:
    """Gaps of a row that are wide enough to part columns, as far as they lie in those of the rows above."""
    least = _STRIP * max(piece.em for piece in row)
    edges = [-_FAR, *(edge for piece in row for edge in (piece.x0, piece.x1)), _FAR]
    gaps = [(edges[at], edges[at + 1]) for at in range(0, len(edges), 2)]
    if within is None:
        return [gap for gap in gaps if gap[1] - gap[0] >= least]
    both = ((max(a, c), min(b, d)) for a, b in within for c, d in gaps)
    return [(a, b) for a, b in both if b - a >= least]


def aligned(rows: list[list[Piece]], rules: list[Rule], font: Font) -> Iterator[list[Piece] | Table]:
    """Rows as they are, and tables in the place of those that line up in columns."""
    at = 0
    while at < len(rows):
        run = _run(rows, at)
        table = run.table(rules, font) if run else None
        if run is None or table is None:
            yield rows[at]
            at += 1
        else:
            yield table
            at += len(run.rows)


@dataclass(frozen=True, slots=True)
class _Run:
    """Rows between which gaps go down from the first to the last."""

    rows: list[list[Piece]]
    columns: list[tuple[float, float]] = field(default_factory=list)

    def table(self, rules: list[Rule], font: Font) -> Table | None:
        """The table that these rows make; None when they are not one."""
        if not (self._drawn_by_rows() and self._lined_up()) or self._is_list():
            return None
        cells = self._by_spacing(rules) or self._by_lines(rules)
        return _table(cells, self.rows[0][0].y, font)

    def _by_spacing(self, rules: list[Rule]) -> list[list[list[Word]]]:
        """Cells whose lines stand closer than rows do, put beside those at their height; nothing if that is unclear."""
        columns = [
            _lines([word for row in self.rows for word in self._fields(row)[at]]) for at in range(len(self.columns))
        ]
        steps = [a[0].y - b[0].y for lines in columns for a, b in pairwise(lines) if a[0].y - b[0].y > 0.8 * b[0].em]
        if not steps:
            return []
        cells: list[tuple[int, list[list[Word]]]] = []
        for at, lines in enumerate(columns):
            for line in lines:
                last = cells[-1][1][-1] if cells and cells[-1][0] == at else None
                if (
                    last
                    and last[0].y - line[0].y <= _SAME_CELL * min(steps)
                    and not self._ruled(last[0], line[0], rules)
                ):
                    cells[-1][1].append(line)
                else:
                    cells.append((at, [line]))
        rows: list[list[list[Word]]] = []
        beside: list[list[list[list[Word]]]] = []
        floor = _FAR
        for at, lines in sorted(cells, key=lambda cell: -cell[1][0][0].y):
            if lines[0][0].y + 0.5 * lines[0][0].em < floor:
                rows.append([[] for _ in columns])
                beside.append([])
                floor = lines[-1][0].y
            if rows[-1][at]:
                return []
            rows[-1][at] = [word for line in lines for word in line]
            beside[-1].append(lines)
            floor = min(floor, lines[-1][0].y)
        return rows if len(rows) > 1 and not any(map(_is_several, beside)) else []

    def _ruled(self, above: Word | Piece, below: Word | Piece, rules: list[Rule]) -> bool:
        """Whether a line is drawn between two lines of text."""
        high, low = above.y, below.y + 0.5 * below.em
        width = self.columns[-1][1] - self.columns[0][0]
        return any(low <= rule.at <= high and rule.high - rule.low > 0.5 * width for rule in rules)

    def _by_lines(self, rules: list[Rule]) -> list[list[list[Word]]]:
        """Every row of pieces a row of the table, unless it goes on with the one above."""
        cells: list[list[list[Word]]] = []
        pitches = [a[0].y - b[0].y for a, b in pairwise(self.rows)]
        last: list[Piece] | None = None
        for row in self.rows:
            fields = self._fields(row)
            if last is not None and self._goes_on(fields, last, row, rules, pitches):
                for cell, more in zip(cells[-1], fields, strict=True):
                    cell += more
            else:
                cells.append(fields)
            last = row
        return cells

    def _fields(self, row: list[Piece]) -> list[list[Word]]:
        return [
            [word for piece in row if left <= (piece.x0 + piece.x1) / 2 <= right for word in piece.words]
            for left, right in self.columns
        ]

    def _goes_on(
        self, fields: list[list[Word]], last: list[Piece], row: list[Piece], rules: list[Rule], pitches: list[float]
    ) -> bool:
        """Whether a row is the next line of the cells above it."""
        if self._ruled(last[0], row[0], rules):
            return False
        if all(fields):
            return False
        if not fields[0]:
            return True
        tight = last[0].y - row[0].y <= _SAME_CELL * min(pitches)
        return tight and max(pitches) > 1.3 * min(pitches) and max(pitches) < 4 * min(pitches)

    def _drawn_by_rows(self) -> bool:
        """Whether the page draws row after row: what is drawn column by column is read so."""
        many = [row for row in self.rows if len(row) > 1]
        inside = sum(all(a.order < b.order for a, b in pairwise(row)) for row in many)
        follow = sum(a[0].order < b[0].order for a, b in pairwise(many))
        return inside >= 0.8 * len(many) and follow >= 0.8 * (len(many) - 1)

    def _lined_up(self) -> bool:
        """Whether the pieces of each column share their left, right or middle."""
        for left, right in self.columns:
            inside = [p for row in self.rows for p in row if left <= (p.x0 + p.x1) / 2 <= right]
            slack = 0.6 * inside[0].em
            edges = ([p.x0 for p in inside], [p.x1 for p in inside], [(p.x0 + p.x1) / 2 for p in inside])
            if not any(
                max(sum(abs(v - w) <= slack for v in edge) for w in edge) >= 0.7 * len(inside) for edge in edges
            ):
                return False
        return True

    def _is_list(self) -> bool:
        """Whether the first of two columns holds nothing but bullets or numbers of paragraphs."""
        first = ["".join(word.text for word in self._fields(row)[0]) for row in self.rows]
        return len(self.columns) == 2 and all(_MARKER.match(text) for text in first if text)


def _is_several(cells: list[list[list[Word]]]) -> bool:
    """Whether cells beside each other, each of as many lines, are rather rows that stand close."""
    count = len(cells[0])
    if len(cells) < 2 or count < 2 or any(len(lines) != count for lines in cells):
        return False
    figures = sum(any(char.isdigit() for word in lines[-1] for char in word.text) for lines in cells)
    return count > 2 or 2 * figures > len(cells)


def _run(rows: list[list[Piece]], start: int) -> _Run | None:
    """The longest table that can begin at a row: at least two rows of several pieces with a gap through all."""
    if len(rows[start]) < 2 or any(piece.table for piece in rows[start]):
        return None
    strips: list[tuple[float, float]] | None = None
    taken: list[list[Piece]] = []
    for row in rows[start:]:
        if taken and any(piece.table or _other_size(piece, rows[start][0]) for piece in row):
            break
        if taken and taken[-1][0].y - row[0].y > 3.5 * row[0].em:
            break
        left = strips_of(row, strips)
        inner = _inner(left, [*taken, row])
        if not inner:
            break
        strips = left
        taken.append(row)
    while taken and len(taken[-1]) < 2 and not _below(taken):
        taken.pop()
    if sum(len(row) > 1 for row in taken) < 2 or strips is None:
        return None
    return _Run(taken, _columns(taken, _inner(strips, taken)))


def _other_size(piece: Piece, first: Piece) -> bool:
    """Whether a piece is set in larger or smaller type, more than a mark above the line is."""
    return len(piece.text) > 3 and abs(piece.size - first.size) > 0.12 * first.size


def _below(taken: list[list[Piece]]) -> bool:
    """Whether a last row of one piece may be the second line of a cell: not one of the first column."""
    return len(taken) > 1 and taken[-1][0].x0 > min(p.x1 for row in taken[:-1] for p in row if p is row[0])


def _inner(strips: list[tuple[float, float]], rows: list[list[Piece]]) -> list[tuple[float, float]]:
    """Gaps with something on both sides of them."""
    low, high = min(p.x0 for row in rows for p in row), max(p.x1 for row in rows for p in row)
    return [(a, b) for a, b in strips if a > low and b < high]


def _columns(rows: list[list[Piece]], strips: list[tuple[float, float]]) -> list[tuple[float, float]]:
    low, high = min(p.x0 for row in rows for p in row), max(p.x1 for row in rows for p in row)
    middles = sorted((a + b) / 2 for a, b in strips)
    return list(pairwise([low - 1, *middles, high + 1]))
