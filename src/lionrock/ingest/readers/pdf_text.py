"""Pages of lines and tables to a text: furniture left out, lines joined into paragraphs, headings by their type.

Lines of one paragraph are joined: with nothing between two ideographs, with a blank otherwise; a hyphen at a line's end
is kept. Lines that repeat at the top or bottom of most pages are furniture and are left out. Larger type makes a
heading; rows of tables are told with the names of their columns.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.pdf_layout import Line, Placed
from lionrock.ingest.readers.pdf_tables import Table, in_brackets
from lionrock.text.fold import is_han

__all__ = ["written"]

_SENTENCE_END = re.compile(r"[。\uff01\uff1f!?;\uff1b:\uff1a.…」』”]$")
_LIST_START = re.compile(
    r"^(?:[•●○▪■◆‧·*–-]\s*"
    r"|\(?[0-9]{1,3}[.)、)](?![0-9])\s*"
    # A number of a section; "2.30 pm" at the start of a line is not one.
    r"|[0-9]{1,2}(?:\.[0-9]{1,2}){1,3}[.:]?\s+(?=[A-Z\u3400-\u9fff])"
    r"|[\uff08(](?:[a-zA-Z]|[ivxIVX]{1,4}|[0-9]{1,2}[a-zA-Z]?|[一二三四五六七八九十]{1,3})[\uff09)]"
    r"|[一二三四五六七八九十]{1,3}[、.])"
)
_DIGITS = re.compile(r"\d+")
_HEADING_RATIO = 1.1
_MOST_HEADING = 80
_HEADING_STEP = 1.7
_WIDEST_STEP = 2.6
"""From line to line of one paragraph, in heights of type."""


def written(pages: list[Placed]) -> tuple[TextBuilder, tuple[int, ...]]:
    """The text of the pages, and where in it each page starts. The builder is empty where no page has words."""
    builder = TextBuilder()
    starts = _Build(builder, _Measure.of(pages)).all(_without_furniture(pages))
    end = builder.blocks[-1].end if builder.blocks else 0
    return builder, _page_starts(starts, len(pages), end)


def _page_starts(starts: dict[int, int], count: int, end: int) -> tuple[int, ...]:
    """Where each of `count` pages starts; a page without text starts where the next one does."""
    found = []
    for page in range(count, 0, -1):
        end = starts.get(page, end)
        found.append(end)
    # What stands before the first page's first words is on the first page.
    return (0, *found[-2::-1])


def _without_furniture(pages: list[Placed]) -> list[list[Line | Table]]:
    """Drop lines at the top and foot that stand on every page or every second one, apart from the page's number."""
    seen: Counter[str] = Counter()
    for number, page in enumerate(pages, 1):
        seen.update({key for line in _edges(page) for key in _keys(line, number)})
    # One or two pages tell nothing of what repeats; left and right pages may take turns.
    most = max(2.0, 0.4 * len(pages))
    repeated = {key for key, times in seen.items() if times > most}
    kept = []
    for number, page in enumerate(pages, 1):
        away = {id(line) for line in _edges(page) if _is_number(line, number) or repeated & _keys(line, number)}
        inner = [item for item in page.items if id(item) not in away]
        # A page of nothing else has no furniture: its lines are all that it says.
        kept.append(inner or list(page.items))
    return kept


def _edges(page: Placed) -> list[Line]:
    return [item for item in page.items if isinstance(item, Line) and item.y in (*page.top, *page.bottom)]


def _is_number(line: Line, page: int) -> bool:
    """Whether a line is the number of its page; it need not count from the first."""
    found = re.fullmatch(r"[-–—\s]*(\d{1,4})[-–—\s]*", line.text)
    return found is not None and found[1] == str(page)


def _keys(line: Line, page: int) -> set[str]:
    """What a line says, each number of it as it is or as so many before or after the number of the page.

    A sentence with a number that differs from page to page is text.
    """
    numbers = list(_DIGITS.finditer(line.text))[:3]
    keys = {line.text}
    if _SENTENCE_END.search(line.text):
        return keys
    for found in numbers:
        away = f"\x00{int(found[0][:9]) - page}\x00"
        keys |= {line.text[: found.start()] + away + line.text[found.end() :]}
    return keys


@dataclass(frozen=True, slots=True)
class _Measure:
    """What is usual in a document: size of type, edges of the text, and the step from line to line."""

    body: float
    left: float
    right: float
    step: float

    @classmethod
    def of(cls, pages: list[Placed]) -> _Measure:
        lines = [[item for item in page.items if isinstance(item, Line)] for page in pages]
        every = [line for page in lines for line in page]
        sizes = [line.size for line in every for _ in range(max(1, len(line.text) // 10))]
        steps = [
            (a.y - b.y) / a.em
            for page in lines
            for a, b in pairwise(page)
            if a.size == b.size and 0 < a.y - b.y < 4 * a.em
        ]
        # What does not stand level is of no size, and tells nothing of edges.
        wide = [line for line in every if line.column is None and line.size] or every
        return cls(
            median(sizes) if sizes else 0.0,
            min((line.x0 for line in wide), default=0.0),
            max((line.x1 for line in wide), default=0.0),
            median(steps) if steps else 0.0,
        )

    def filled(self, line: Line) -> float:
        """How much of its column a line fills, from the left edge of the column to the line's end."""
        left, right = line.column or (self.left, self.right)
        return (line.x1 - left) / max(1.0, right - left)


@dataclass(slots=True)
class _Build:
    """Puts lines into paragraphs, and all into the text."""

    builder: TextBuilder
    usual: _Measure
    starts: dict[int, int] = field(default_factory=dict)
    """Where in the text the first words of each page stand."""
    paragraph: list[Line] = field(default_factory=list)
    level: int = 0
    """Of the heading that `paragraph` holds; 0 for text."""
    header: tuple[str, ...] = ()
    """The columns of the table that ends the page before."""

    def all(self, pages: list[list[Line | Table]]) -> dict[int, int]:
        """Add what stands on the pages; returns `starts`."""
        larger = {
            item.size
            for page in pages
            for item in page
            if isinstance(item, Line) and item.size > self.usual.body * _HEADING_RATIO
        }
        sizes = sorted(larger, reverse=True)[:4]
        for number, page in enumerate(pages, 1):
            for at, item in enumerate(page):
                if isinstance(item, Table):
                    self._flush()
                    self._table(item, number, goes_on=at == 0)
                elif item.size in sizes and len(item.text) <= _MOST_HEADING:
                    self._heading(item, sizes.index(item.size) + 1)
                else:
                    self._line(item)
        self._flush()
        return self.starts

    def _heading(self, line: Line, level: int) -> None:
        """A line of a heading; one that fills its column goes on in the next."""
        last = self.paragraph[-1] if self.paragraph and self.level == level else None
        step = (last.y - line.y) / line.em if last and last.page == line.page else 0.0
        if (
            last is None
            or not 0 < step < _HEADING_STEP
            or self.usual.filled(last) < 0.75
            or _LIST_START.match(line.text)
        ):
            self._flush()
        self.header = ()
        self.level = level
        self.paragraph.append(line)

    def _line(self, line: Line) -> None:
        self.header = ()
        if self.level:
            self._flush()
        if self.paragraph and (_LIST_START.match(line.text) or self._closed(self.paragraph[-1], line)):
            self._flush()
        self.paragraph.append(line)

    def _flush(self) -> None:
        if self.paragraph:
            kind = "list_item" if _LIST_START.match(self.paragraph[0].text) else "paragraph"
            text, turns = _joined(self.paragraph)
            if self.level:
                self.builder.heading(text, self.level, page=self.paragraph[0].page)
            else:
                self.builder.add(kind, text, page=self.paragraph[0].page)  # type: ignore[arg-type]
            for page, offset in turns.items():
                self._started(page, offset)
            self.paragraph.clear()
            self.level = 0

    def _started(self, page: int, offset: int = 0) -> None:
        self.starts.setdefault(page, self.builder.blocks[-1].start + offset)

    def _table(self, table: Table, page: int, *, goes_on: bool) -> None:
        """A row of a table says what its columns are; a table that runs over the page's end keeps its header."""
        if table.caption:
            self.builder.add("paragraph", table.caption, page=page)
            self._started(page)
        header = table.rows[0] if table.header else ()
        if not header and goes_on and len(self.header) == len(table.rows[0]):
            header = self.header
        rows = table.rows[1:] if table.header else table.rows
        unsaid = any(name and not any(row[at] for row in rows) for at, name in enumerate(header))
        if table.header and unsaid:
            self._row(header, (), page)
        for row in rows:
            self._row(row, header, page)
        self.header = header

    def _row(self, cells: tuple[str, ...], header: tuple[str, ...], page: int) -> None:
        if header:
            self.builder.row(list(cells), list(header), page=page)
        else:
            self.builder.add("table_row", " | ".join(cell for cell in cells if cell), page=page)
        self._started(page)

    def _closed(self, last: Line, line: Line) -> bool:
        """Whether a paragraph ends between two lines; at the end of a page or column a whole sentence is enough."""
        ended = bool(_SENTENCE_END.search(last.text))
        filled = self.usual.filled(last)
        if filled < 0.6 or (filled < 0.88 and ended) or abs(last.size - line.size) > 0.12 * last.size:
            return True
        if line.page != last.page or line.y >= last.y:
            return ended
        return (last.y - line.y) / last.em > min(1.3 * self.usual.step, _WIDEST_STEP)


def _joined(lines: list[Line]) -> tuple[str, dict[int, int]]:
    """The text of a paragraph, and where in it each page's first line starts."""
    text = ""
    turns: dict[int, int] = {}
    for line in lines:
        if text and not (text.endswith("-") or _as_one(text[-1], line.text[0])):
            text += " "
        turns.setdefault(line.page, len(text))
        text += line.text
    return text, turns


def _as_one(before: str, after: str) -> bool:
    return (_is_wide(before) and _is_wide(after)) or in_brackets(before, after)


def _is_wide(char: str) -> bool:
    return is_han(char) or "\u2e80" <= char <= "\u31ff" or "\uff00" <= char <= "\uffef"
