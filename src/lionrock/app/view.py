"""A passage among what is around it: its provision, its table, its message, or the text before and after it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from lionrock.ingest.readers.table_address import Range, parse_range, quoted, row_address
from lionrock.records import Passage, Scope, Span
from lionrock.storage import passages, viewing
from lionrock.storage.viewing import Piece

__all__ = ["MailHeader", "OtherLanguage", "Provision", "Row", "Table", "View", "ViewKind", "view_of"]

ViewKind = Literal["pdf", "image", "legislation", "text", "table", "mail"]
_AROUND = 2_000
"""Characters before and after a passage."""
_LONGEST = 20_000
"""Characters of a provision; of a longer one, what is around the passage."""
_REACH = 12
_MOST_PASSAGES = 60
_OPENING = 6_000
_CELLS = " | "
_SECTION = re.compile(r"\s*((?:Schedule|附表)?\s*\d+[A-Z]*)(?=[.\s(]|$)")
_HEADERS = ("From", "To", "Cc", "Date")


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """The same provision in the other language."""

    passage_id: str
    document_id: str
    language: str
    title: str
    version_date: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Provision:
    """The provision that a passage belongs to; its text is the view's."""

    anchor: str | None
    number: str | None
    status: str | None
    status_reason: str | None
    version_date: str | None
    previous: str | None
    """Id of the first passage of the provision before."""
    next: str | None
    other: OtherLanguage | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: offsets into the view's text."""

    address: str
    start: int
    end: int
    cited: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Rows around those that the span stands in."""

    address: str | None
    """Of the first row of the span."""
    header: str | None
    """The row that names the columns, as it is stored."""
    header_address: str | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class MailHeader:
    """A line at the head of a message."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class View:
    """A part of a version's stored text with a passage in it. `passage_at` and `span` are offsets into `text`."""

    kind: ViewKind
    passage: Passage
    text: str
    start: int
    """Where `text` stands in the stored text."""
    passage_at: Span
    span: Span
    truncated: bool = False
    provision: Provision | None = None
    table: Table | None = None
    mail: tuple[MailHeader, ...] = ()


def view_of(connection: sa.Connection, passage: Passage, span: Span, scope: Scope, kind: ViewKind) -> View:
    """What a viewer shows for a span of a passage."""
    if kind == "legislation":
        return _of_provision(connection, passage, span, scope)
    view = _with_text(connection, passage, span, scope, kind, passage.start - _AROUND, passage.end + _AROUND)
    if kind == "table":
        return _of_table(connection, view, scope)
    if kind == "mail":
        opening = viewing.stored_text(connection, passage.document_id, passage.version, scope, 0, _OPENING)
        return _changed(view, mail=tuple(_headers(opening)))
    return view


def _changed(view: View, *, table: Table | None = None, mail: tuple[MailHeader, ...] = ()) -> View:
    return View(view.kind, view.passage, view.text, view.start, view.passage_at, view.span, table=table, mail=mail)


def _with_text(
    connection: sa.Connection, passage: Passage, span: Span, scope: Scope, kind: ViewKind, start: int, end: int
) -> View:
    start = max(0, start)
    text = viewing.stored_text(connection, passage.document_id, passage.version, scope, start, end)
    at = passage.start - start
    return View(kind, passage, text, start, Span(at, at + len(passage.text)), Span(at + span.start, at + span.end))


# -- legislation


def _of_provision(connection: sa.Connection, passage: Passage, span: Span, scope: Scope) -> View:
    first, last = passage.ordinal, passage.ordinal
    if passage.anchor is not None:
        first, last = viewing.ordinals_of_anchor(connection, passage, passage.anchor)
    near = viewing.from_ordinal(
        connection,
        passage,
        scope,
        max(first - 1, passage.ordinal - _MOST_PASSAGES),
        min(last + 1, passage.ordinal + _MOST_PASSAGES),
    )
    own = [piece for piece in near if first <= piece.ordinal <= last]
    start = max(own[0].start, passage.start - _LONGEST // 2)
    end = min(own[-1].end, passage.end + _LONGEST // 2)
    view = _with_text(connection, passage, span, scope, "legislation", start, end)
    whole = (own[0].ordinal, own[-1].ordinal) == (first, last) and (own[0].start, own[-1].end) == (start, end)
    before = next((piece for piece in near if piece.ordinal == first - 1), None)
    after = next((piece for piece in near if piece.ordinal == last + 1), None)
    provision = Provision(
        passage.anchor,
        _number(passage),
        passage.status,
        passage.status_reason,
        passage.version_date,
        _first_of(connection, passage, scope, before),
        after.id if after is not None else None,
        _other(connection, passage, scope),
    )
    return View(
        "legislation", passage, view.text, view.start, view.passage_at, view.span, not whole, provision=provision
    )


def _first_of(connection: sa.Connection, passage: Passage, scope: Scope, piece: Piece | None) -> str | None:
    """Id of the first passage of the provision that a piece ends."""
    if piece is None or piece.anchor is None:
        return piece.id if piece is not None else None
    first, _ = viewing.ordinals_of_anchor(connection, passage, piece.anchor)
    found = viewing.from_ordinal(connection, passage, scope, first, first)
    return found[0].id if found else piece.id


def _number(passage: Passage) -> str | None:
    """The section's number, which its heading begins with."""
    found = _SECTION.match(passage.heading[-1]) if passage.heading else None
    return found[1] if found is not None else None


def _other(connection: sa.Connection, passage: Passage, scope: Scope) -> OtherLanguage | None:
    if passage.pair_key is None or passage.anchor is None:
        return None
    same = passages.passages_by_anchor(connection, scope, pair_key=passage.pair_key, anchors=[passage.anchor])
    other = [item for item in same if item.pool != passage.pool]
    if not other:
        return None
    # Of several, the text of the same day, and the Chinese that is law.
    other.sort(
        key=lambda item: (item.version_date != passage.version_date, item.language == "zh-Hans", item.document_id)
    )
    first = min((item for item in other if item.document_id == other[0].document_id), key=lambda item: item.ordinal)
    end = max(item.end for item in other if item.document_id == first.document_id)
    end = min(end, first.start + _LONGEST)
    text = viewing.stored_text(connection, first.document_id, first.version, scope, first.start, end)
    return OtherLanguage(first.id, first.document_id, first.language, first.title, first.version_date, text)


# -- tables


def _of_table(connection: sa.Connection, view: View, scope: Scope) -> View:
    passage = view.passage
    near = viewing.around(connection, passage, scope, _REACH)
    rows = _rows(view, near, _lines_to_end(connection, view.passage, scope, near))
    cited = next((row for row in rows if row.cited), None)
    header = address = None
    if cited is not None:
        names = _names(view.text[cited.start : cited.end])
        place = parse_range(cited.address)
        above = [piece for piece in near if piece.start < view.start + cited.start]
        prefix = "" if place is None or place.sheet is None else f"{quoted(place.sheet)}!"
        opening = viewing.first_with_anchor(connection, passage, scope, prefix, 3)
        sheet = place.sheet if place is not None else None
        for piece in (*reversed(above), *opening):
            header, address = _header(piece, sheet, names, before=view.start + cited.start)
            if header is not None:
                break
    table = Table(cited.address if cited is not None else None, header, address, tuple(rows))
    return _changed(view, table=table)


def _lines_to_end(
    connection: sa.Connection, passage: Passage, scope: Scope, near: Sequence[Piece]
) -> Callable[[Piece, int], int]:
    """How many lines follow an offset of the stored text up to the end of the range that its passage stands in."""
    ends = {piece.anchor: piece.end for piece in near}
    edge = near[-1]
    if edge.anchor is not None:
        # One long row may fill more passages than are at hand.
        _, last = viewing.ordinals_of_anchor(connection, passage, edge.anchor)
        for piece in viewing.from_ordinal(connection, passage, scope, last, last):
            ends[edge.anchor] = piece.end
    first = near[0].start
    text = viewing.stored_text(connection, passage.document_id, passage.version, scope, first, max(ends.values()))
    return lambda piece, start: text.count("\n", start - first, ends[piece.anchor] - first)


def _rows(view: View, near: Sequence[Piece], lines_to_end: Callable[[Piece, int], int]) -> list[Row]:
    """The whole lines of the view that are rows, by the ranges of the passages that they stand in."""
    rows = []
    for found in re.finditer(r"[^\n]+", view.text):
        start = view.start + found.start()
        piece = next((item for item in near if item.start <= start < item.end), None)
        place = parse_range(piece.anchor or "") if piece is not None else None
        if piece is None or place is None:
            continue
        row = place.last_row - lines_to_end(piece, start)
        # Above the first row of the range stand headings.
        if row < place.first_row or _is_cut(view, piece, found.span()):
            continue
        address = str(Range(place.sheet, row, row, place.first_column, place.last_column))
        cited = found.start() < view.span.end and view.span.start < found.end()
        rows.append(Row(address, found.start(), found.end(), cited))
    return rows


def _is_cut(view: View, piece: Piece, line: tuple[int, int]) -> bool:
    """Whether a view may begin or end in the middle of a line."""
    start, end = line[0] + view.start - piece.start, line[1] + view.start - piece.start
    return (line[0] == 0 and start > 0) or (line[1] == len(view.text) and piece.text[end : end + 1] not in ("", "\n"))


def _names(row: str) -> list[str]:
    return [part.partition(": ")[0] for part in row.split(_CELLS) if ": " in part]


def _header(piece: Piece, sheet: str | None, names: Sequence[str], *, before: int) -> tuple[str | None, str | None]:
    """(the row of a passage that has the names of all columns, its address)."""
    place = parse_range(piece.anchor or "")
    if not names or place is None or place.sheet != sheet:
        return None, None
    wanted = {name.rpartition(" / ")[2] for name in names}
    for found in reversed(list(re.finditer(r"[^\n]+", piece.text))):
        if piece.start + found.start() < before and wanted <= set(found[0].split(_CELLS)):
            return found[0], row_address(piece.anchor or "", piece.text, found.start())
    return None, None


# -- mail


def _headers(opening: str) -> list[MailHeader]:
    """The lines that the stored text of a message begins with."""
    found: list[MailHeader] = []
    for at, line in enumerate(opening.split("\n")[: len(_HEADERS) + 1]):
        name, parted, value = line.partition(": ")
        if parted and name in _HEADERS:
            found.append(MailHeader(name, value))
        elif at == 0:
            found.append(MailHeader("Subject", line))
        else:
            break
    return found
