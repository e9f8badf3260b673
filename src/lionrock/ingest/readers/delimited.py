"""CSV and TSV: the separator is found by the lines' agreement, quotes and line breaks inside them are kept together.

Rows count as a spreadsheet program that opens the file counts them: a record with a line break in a quoted cell is one
row, a blank line is one too, and a first line `sep=;` is none. Cells stand as they are in the file.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePath

from lionrock.errors import BrokenDocumentError, EmptyDocumentError, TooLargeError
from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.plain import decode
from lionrock.ingest.readers.table_grid import Cell, CellKind, Limits, Row, Sheet, Spent, squeezed
from lionrock.ingest.readers.table_layout import lay_out
from lionrock.records import ParsedDocument

__all__ = ["read", "separator_of"]

_SEPARATORS = ("\t", ";", ",", "|")
_SAMPLE_ROWS = 300
_SAMPLE = 200_000
_LONGEST_QUOTED = 100_000
"""A quoted cell of so many characters is a quotation mark that was never closed."""
_HINT = re.compile(r"\s*\"?sep=(.)\"?\s*(?:\r\n|\r|\n|\Z)", re.IGNORECASE)
_NUMBER = re.compile(
    r"[(+\-−]?\s*(?:[A-Z]{0,3}[$€£¥])?\s*[+\-−]?\d{1,3}(?:[,' \u00a0]?\d{3})*(?:[.,]\d+)?(?:[eE][+-]?\d+)?\s*[%)]?"
    r"|[+\-−]?\.\d+"
)
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|\d{4}年\d{1,2}月(?:\d{1,2}日)?|\d{1,2}:\d{2}(?::\d{2})?"
)
_BLANK = ' \t\r\n\u3000,;|"'
_WORDS = frozenset(("true", "false"))


def read(data: bytes, *, name: str, limits: Limits | None = None) -> ParsedDocument:
    """The rows of the file. Raises `EmptyDocumentError`, or `BrokenDocumentError` for bytes that are not text."""
    text, encoding = decode(data)
    text = text.removeprefix("\ufeff")
    hint = _HINT.match(text)
    body = text[hint.end() :] if hint else text
    separator = hint[1] if hint and not hint[1].isalnum() else separator_of(body, name)
    notices: list[str] = []
    spent = Spent(limits or Limits())
    sheet = Sheet(None, named_columns=True)
    for number, values in enumerate(_records(body, separator, notices), 1):
        cells = [_cell(at, words) for at, value in enumerate(values, 1) if (words := squeezed(value))]
        if not cells:
            continue
        if not spent.row(cells):
            notices.append(
                f"The file is too large to be read whole: row {number} and all below are left out; split it."
            )
            break
        sheet.rows.append(Row(number, cells))
    if not sheet.rows and spent.over:
        raise TooLargeError("The first row alone holds more than is read of a table; split the file.")
    if not sheet.rows or not text.strip(_BLANK):
        raise EmptyDocumentError("The file holds no words or numbers.")
    builder = TextBuilder()
    _, full_at = lay_out(sheet, builder, spent.limits.characters, level=1)
    if full_at is not None:
        notices.append(f"There is more text than is kept: row {full_at} and all below are left out; split the file.")
    title = PurePath(name.replace("\\", "/")).stem or None
    return builder.document(title=title, encoding=encoding, notices=tuple(dict.fromkeys(notices)))


def separator_of(text: str, name: str = "") -> str:
    """What parts the cells: a tab, semicolon, comma or bar; a tab where nothing does, as in a list of one column.

    Counted is in how many records a separator stands, and in how many it makes the same number of cells.
    """
    sample = text[:_SAMPLE]
    best = (0.0, "")
    for separator in _SEPARATORS:
        if separator not in sample:
            continue
        score = _agreement(sample, separator, whole=len(text) <= _SAMPLE)
        if (separator == "\t") == name.lower().endswith((".tsv", ".tab")):
            score += 0.1
        if separator == "," and _decimal_commas(sample):
            score -= 0.5
        best = max(best, (score, separator), key=lambda item: item[0])
    return best[1] if best[0] >= 1.0 else "\t"


def _agreement(sample: str, separator: str, *, whole: bool) -> float:
    """From 0 to 2: the share of records that the separator parts, and the share that it parts alike."""
    records = itertools.islice(_parsed(sample, separator, quoting=True), _SAMPLE_ROWS)
    widths = [len(record) for record in records if any(map(str.strip, record))]
    if not whole and len(widths) > 1:
        widths.pop()  # It may be cut.
    if not widths:
        return 0.0
    parted = [width for width in widths if width > 1]
    if not parted:
        return 0.0
    same = Counter(parted).most_common(1)[0][1]
    coverage = len(parted) / len(widths)
    return (coverage + same / len(widths)) if coverage >= 0.6 else 0.0


def _decimal_commas(sample: str) -> bool:
    """Whether nearly all commas stand between two digits, and something else may part the cells."""
    commas = sample.count(",")
    between = len(re.findall(r"\d,\d", sample))
    return between >= 0.8 * commas and any(sign in sample for sign in ";\t|")


def _records(text: str, separator: str, notices: list[str]) -> Iterator[list[str]]:
    """The records. A quotation mark that is never closed would swallow all that follows: then marks are just marks."""
    if '"' not in text:
        return _parsed(text, separator, quoting=False)
    mark = "\ue000end\ue000"
    longest, last = 0, [""]
    for last in _parsed(f"{text}\n{mark}", separator, quoting=True):
        longest = max(longest, max((len(value) for value in last if "\n" in value or "\r" in value), default=0))
    if last == [mark] and longest <= _LONGEST_QUOTED:
        return _parsed(text, separator, quoting=True)
    notices.append("A quotation mark is not closed in this file; its lines were read as they are, marks included.")
    return _parsed(text, separator, quoting=False)


def _parsed(text: str, separator: str, *, quoting: bool) -> Iterator[list[str]]:
    before = csv.field_size_limit(max(len(text) + 1, 1))
    try:
        yield from csv.reader(
            io.StringIO(text, newline=""),
            delimiter=separator,
            quoting=csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE,
            skipinitialspace=False,
        )
    except csv.Error as error:
        raise BrokenDocumentError(f"The file is no table of lines and cells ({error}).") from error
    finally:
        csv.field_size_limit(before)


def _cell(column: int, words: str) -> Cell:
    kind: CellKind = "text"
    if len(words) <= 40:
        if _DATE.fullmatch(words):
            kind = "date"
        elif _NUMBER.fullmatch(words):
            kind = "number"
        elif words.lower() in _WORDS:
            kind = "other"
    return Cell(column, words, kind)
