"""ODS sheets: the file keeps, beside each value, the words that its program showed; these are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from lionrock.ingest.readers.office_look import ANY_GROUND, Look, concealed
from lionrock.ingest.readers.table_address import MOST_COLUMNS, MOST_ROWS, Range
from lionrock.ingest.readers.table_grid import Cell, CellKind, Row, Sheet, Spent, squeezed
from lionrock.ingest.readers.table_xml import local, stream
from lionrock.records import Hidden

__all__ = ["read_sheets"]

_KINDS: dict[str, CellKind] = {
    "float": "number",
    "percentage": "number",
    "currency": "number",
    "date": "date",
    "time": "date",
    "boolean": "other",
}
_ELEMENTS = ("style", "table-column", "table-cell", "covered-table-cell", "table-row", "shapes", "table")
_MOST_DEPTH = 60


class _Style(NamedTuple):
    strong: bool = False
    unseen: str = ""
    shows_sheet: bool = True


_PLAIN = _Style()


def _get(element: Any, name: str) -> str | None:
    """An attribute by its name without namespace."""
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def _times(element: Any, name: str, most: int) -> int:
    told = _get(element, name)
    return min(int(told), most) if told and told.isdecimal() and len(told) < 10 and int(told) else 1


def read_sheets(source: IO[bytes], spent: Spent) -> Iterator[Sheet]:
    """The sheets of `content.xml`, each when it has been read. Raises `lxml.etree.XMLSyntaxError`."""
    reader = _Reader(spent)
    for _, element in stream(source, *_ELEMENTS):
        match local(element):
            case "style":
                reader.style(element)
            case "table-column":
                reader.columns(element)
            case "table-cell" | "covered-table-cell":
                reader.cell(element)
            case "table-row":
                reader.row(element)
            case "shapes":
                reader.shapes(element)
            case "table" if local(element.getparent()) == "spreadsheet":
                yield reader.sheet(element)


class _Reader:
    def __init__(self, spent: Spent) -> None:
        self._spent = spent
        self._styles: dict[str, _Style] = {}
        self._start()

    def _start(self) -> None:
        self._sheet = Sheet("")
        self._row, self._column, self._at_column = 0, 0, 0
        self._cells: list[Cell] = []
        self._hidden_columns: set[int] = set()
        self._unseen: dict[str, list[str]] = {}
        self._hidden_rows = self._pictures = self._comments = self._no_result = 0
        self._left_out_from: int | None = None

    def style(self, element: Any) -> None:
        strong, colour, ground, points, shows = False, None, "none", None, True
        for child in element:
            match local(child):
                case "text-properties":
                    strong = strong or _get(child, "font-weight") == "bold"
                    colour = (_get(child, "color") or "").removeprefix("#") or None
                    size = _get(child, "font-size") or ""
                    points = float(size[:-2]) if size.endswith("pt") and size[:-2].isdecimal() else None
                case "table-cell-properties":
                    told = _get(child, "background-color")
                    ground = "none" if told in (None, "transparent") else str(told).removeprefix("#")
                case "table-properties":
                    shows = _get(child, "display") != "false"
        if ground != "none" and len(ground) != 6:
            ground = ANY_GROUND
        unseen = concealed(Look(colour=colour, points=points, ground=ground), "FFFFFF") or ""
        strong = strong or ground.lower() not in ("none", "ffffff")
        self._styles[_get(element, "name") or ""] = _Style(strong, unseen, shows)

    def columns(self, element: Any) -> None:
        count = _times(element, "number-columns-repeated", MOST_COLUMNS)
        if _get(element, "visibility") in ("collapse", "filter"):
            self._hidden_columns.update(range(self._at_column + 1, min(self._at_column + count, MOST_COLUMNS) + 1))
        self._at_column += count

    def cell(self, element: Any) -> None:
        count = _times(element, "number-columns-repeated", MOST_COLUMNS)
        first = self._column + 1
        self._column += count
        if len(element) == 0 and _get(element, "formula") is None:
            return
        text = self._words(element, first)
        if not text:
            return
        style = self._styles.get(_get(element, "style-name") or "", _PLAIN)
        if local(element) == "covered-table-cell":
            self._hide("cell under a merged one", text)
        elif style.unseen:
            self._hide(style.unseen, text)
        else:
            kind = _KINDS.get(_get(element, "value-type") or "", "text")
            self._merge(element, first)
            for column in range(first, min(first + count, MOST_COLUMNS + 1)):
                if column in self._hidden_columns:
                    self._hide("hidden column", text)
                else:
                    self._cells.append(Cell(column, text, kind, style.strong))

    def _words(self, element: Any, column: int) -> str:
        """What the cell shows; its comment is put aside."""
        pieces = []
        for child in element:
            match local(child):
                case "p":
                    pieces.append(_flat(child))
                case "annotation":
                    words = squeezed(" ".join(_flat(part) for part in child.iter() if local(part) == "p"))
                    self._comment(f"{Range(None, self._row + 1, self._row + 1, column, column)}: {words}")
                case "frame" | "custom-shape":
                    self._float(child)
        text = squeezed(" ".join(pieces))
        formula = _get(element, "formula")
        if not text and formula is not None and _get(element, "value-type") is None:
            self._no_result += 1
            return squeezed("=" + formula.partition("=")[2])
        return text

    def _comment(self, words: str) -> None:
        self._comments += 1
        if self._spent.hide(words):
            self._sheet.hidden.append(Hidden("comment", words))

    def _merge(self, element: Any, column: int) -> None:
        wide = _times(element, "number-columns-spanned", MOST_COLUMNS)
        high = _times(element, "number-rows-spanned", MOST_ROWS)
        if wide > 1 or high > 1:
            row = self._row + 1
            self._sheet.merges.setdefault(row, []).append((row, row + high - 1, column, column + wide - 1))

    def _hide(self, where: str, text: str) -> None:
        words = self._unseen.setdefault(where, [])
        words.append(text if self._spent.hide(text) else "")

    def row(self, element: Any) -> None:
        count = _times(element, "number-rows-repeated", MOST_ROWS)
        cells, self._cells, self._column = self._cells, [], 0
        first = self._row + 1
        self._row += count
        if not cells or self._left_out_from is not None:
            return
        if _get(element, "visibility") == "collapse":
            self._hidden_rows += count
            self._sheet.hidden_rows.update(range(first, first + min(count, 1000)))
            self._hide("hidden row", f"{first}: " + " | ".join(cell.text for cell in cells))
            return
        for number in range(first, first + count):
            if not self._spent.row(cells):
                self._left_out_from = number
                return
            self._sheet.rows.append(Row(number, cells))

    def shapes(self, element: Any) -> None:
        for child in element:
            self._float(child)

    def _float(self, element: Any) -> None:
        """A text box's words; of pictures and charts it is told that they are left out."""
        words = "\n".join(filter(None, (squeezed(_flat(part)) for part in element.iter() if local(part) == "p")))
        if words:
            self._sheet.floating.append((self._row + 1, max(1, self._column), words))
        self._pictures += any(local(part) in ("image", "object") for part in element.iter())
        for part in element.iter():
            if local(part) in ("title", "desc") and (part.text or "").strip() and self._spent.hide(part.text):
                self._sheet.hidden.append(Hidden("alternative text", squeezed(part.text)))

    def sheet(self, element: Any) -> Sheet:
        sheet = self._sheet
        sheet.name = _get(element, "name") or "Sheet"
        sheet.visible = self._styles.get(_get(element, "style-name") or "", _PLAIN).shows_sheet
        for where, words in self._unseen.items():
            sheet.hidden.append(Hidden(where, " | ".join(filter(None, words))))
        sheet.notices += self._told()
        self._start()
        return sheet

    def _told(self) -> Iterator[str]:
        """Sentences about what was left out."""
        if self._left_out_from is not None:
            row = self._left_out_from
            yield f"The sheet is too large to be read whole: row {row} and all below are left out; split the file."
        if self._hidden_rows:
            yield f"{self._hidden_rows} hidden rows are left out."
        if "hidden column" in self._unseen:
            yield "What stands in hidden columns is left out."
        faint = sum(len(words) for where, words in self._unseen.items() if not where.startswith("hidden"))
        if faint:
            yield f"{faint} cells whose words cannot be seen are left out."
        if self._no_result:
            yield f"{self._no_result} formulas have no result in the file; open it in its program and save it to have them."
        if self._comments:
            yield f"{self._comments} comments on cells are left out."
        if self._pictures:
            yield f"{self._pictures} pictures or charts are left out."


def _flat(element: Any, depth: int = 0) -> str:
    """The words of a paragraph, with its blanks and line breaks."""
    pieces = [element.text or ""]
    for child in element:
        match local(child):
            case "s":
                pieces.append(" ")
            case "tab" | "line-break":
                pieces.append(" ")
            case "annotation" | "note" | "":
                pass
            case _ if depth < _MOST_DEPTH:
                pieces.append(_flat(child, depth + 1))
        pieces.append(child.tail or "")
    return "".join(pieces)
