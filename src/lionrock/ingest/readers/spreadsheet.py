"""Workbooks: XLSX and XLSM, ODS, and the older XLS and XLSB. Each sheet is a heading, each row a line of text.

Cells show as a person sees them in the program, each with its column's name; formulas are never evaluated, the result
that the file keeps for them is shown. What a person does not see (hidden sheets, rows and columns, white text) is put
apart, as are comments, which are remarks about the cells. Charts, pictures and macros are left out, and the notices
say so. Rows are cited by their address, see `table_address`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from lionrock.errors import BrokenDocumentError, EmptyDocumentError, EncryptedDocumentError, TooLargeError
from lionrock.ingest.readers import table_calamine, table_ods
from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.office_archive import Members, check_archive
from lionrock.ingest.readers.office_package import Package
from lionrock.ingest.readers.table_address import parse_range, quoted
from lionrock.ingest.readers.table_drawings import read_comments, read_drawing
from lionrock.ingest.readers.table_grid import Limits, Sheet, Spent
from lionrock.ingest.readers.table_layout import lay_out
from lionrock.ingest.readers.table_styles import CellStyle, read_styles
from lionrock.ingest.readers.table_xlsx import Book, Table, read_sheet, shared_strings
from lionrock.ingest.readers.table_xml import Parts, damage_told, local
from lionrock.records import Attachment, Hidden, ParsedDocument

__all__ = ["read"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIN = "xl/workbook.xml"
_TOO_WIDE = "The first row alone holds more than is read of a table; split the file."
_NO_TITLES = frozenset(
    ("", "untitled", "workbook", "book1", "sheet1", "microsoft excel", "excel workbook", "工作簿1", "活頁簿1")
)
_MOST_SHEETS = 2_000
_MOST_ATTACHED = 100
_ATTACHED = (".docx", ".xlsx", ".pptx", ".pdf", ".docm", ".xlsm", ".odt", ".ods", ".odp")


def read(data: bytes, *, name: str, limits: Limits | None = None) -> ParsedDocument:
    """The visible sheets in their order. Raises a `DocumentError`."""
    book = _Workbook(Spent(limits or Limits()))
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise EncryptedDocumentError
        sheets = table_calamine.read_sheets(data, book.spent, book.notices)
    else:
        check_archive(data, doctype=True)
        members = Members(data)
        if "content.xml" in members:
            sheets = book.open_document(data, members)
        elif "xl/workbook.bin" in members:
            sheets = table_calamine.read_sheets(data, book.spent, book.notices)
        else:
            sheets = book.office(data)
    with damage_told():
        for sheet in sheets:
            book.add(sheet)
    return book.document(name)


class _Workbook:
    """The document as it grows, sheet by sheet."""

    def __init__(self, spent: Spent) -> None:
        self.spent = spent
        self.notices: list[str] = []
        self._builder = TextBuilder()
        self._hidden: list[Hidden] = []
        self._attached: list[Attachment] = []
        self._left = spent.limits.characters
        self._aside = Spent(spent.limits)
        self._title: str | None = None

    def add(self, sheet: Sheet) -> None:
        """Write a sheet; one that is hidden is put apart."""
        name = sheet.name or ""
        if not sheet.visible:
            rows = (" | ".join(cell.text for cell in row.cells) for row in sheet.rows)
            words = "\n".join(row for row in rows if self.spent.hide(row))
            if words or sheet.hidden:
                self._hidden += [Hidden("hidden sheet", f"{name}: {words}"), *sheet.hidden]
            self.notices.append(f"The sheet “{name}” is hidden and is left out.")
            return
        self._hidden += sheet.hidden
        self.notices += [f"Sheet “{name}”: {notice}" for notice in sheet.notices]
        if not sheet.rows and not sheet.floating:
            return
        self._builder.heading(" ".join(name.split()), 1)
        written, full_at = lay_out(sheet, self._builder, self._left)
        self._left -= written
        if full_at is not None:
            self.notices.append(
                f"Sheet “{name}”: there is more text than is kept; row {full_at} and all below are left out; split the file."
            )

    def document(self, name: str) -> ParsedDocument:
        """The finished document. Raises `EmptyDocumentError`."""
        if all(block.kind == "heading" and block.level == 1 for block in self._builder.blocks):
            if self.spent.over:
                raise TooLargeError(_TOO_WIDE)
            why = " that a person sees" if self._hidden else ""
            raise EmptyDocumentError(
                f"The workbook has no cells with words or numbers{why}; check that it is the right one."
            )
        if max(self.spent.hidden, self._aside.hidden) > self.spent.limits.hidden:
            self.notices.append("The file holds more hidden text than is examined.")
        title = None if (self._title or "").lower() in _NO_TITLES else self._title
        return self._builder.document(
            title=title or PurePath(name.replace("\\", "/")).stem or None,
            notices=tuple(dict.fromkeys(self.notices)),
            hidden=tuple(self._hidden),
            attachments=tuple(self._attached),
        )

    def open_document(self, data: bytes, members: Members) -> Iterator[Sheet]:
        """The sheets of an ODS file."""
        if "META-INF/manifest.xml" in members and b"encryption-data" in members.read("META-INF/manifest.xml"):
            raise EncryptedDocumentError
        meta = members.xml("meta.xml") if "meta.xml" in members else None
        for node in meta.iter() if meta is not None else ():
            words = " ".join((node.text or "").split())
            if local(node) == "title" and words:
                self._title = words
            if local(node) in ("title", "subject", "description", "keyword", "user-defined") and words:
                self._hidden.append(Hidden("metadata", words))
        if any(member.lower().startswith(("basic/", "scripts/")) for member in members.names):
            self.notices.append("The file holds macros, which Lionrock neither reads nor runs.")
        with Parts(data).open("content.xml") as source:
            yield from table_ods.read_sheets(source, self.spent)

    def office(self, data: bytes) -> Iterator[Sheet]:
        """The sheets of an XLSX file."""
        package = Package(data, _MAIN)
        root = package.members.xml(package.main)
        if root is None or local(root) != "workbook":
            raise BrokenDocumentError("The file is not a workbook, or its list of sheets is missing.")
        self._title, hidden = package.properties()
        self._hidden += hidden
        parts = Parts(data)
        book = _shared(parts, package, root)
        entries = [element for element in root.iter() if local(element) == "sheet"]
        if len(entries) > _MOST_SHEETS:
            self.notices.append(f"It has {len(entries)} sheets; the first {_MOST_SHEETS} are read.")
        for entry in entries[:_MOST_SHEETS]:
            yield from self._office_sheet(parts, package, book, entry)
        self.notices += package.notices
        for member in package.members.names:
            if "/embeddings/" in member.lower() and member.lower().endswith(_ATTACHED):
                if len(self._attached) < _MOST_ATTACHED:
                    self._attached.append(Attachment(PurePath(member).name, package.members.read(member)))
            elif "/embeddings/" in member.lower():
                self.notices.append(f"The embedded object {PurePath(member).name} is left out.")

    def _office_sheet(self, parts: Parts, package: Package, book: Book, entry: Any) -> Iterator[Sheet]:
        attributes = {key.rpartition("}")[2]: value for key, value in entry.attrib.items()}
        name = attributes.get("name") or "Sheet"
        relation = package.relations(package.main).get(attributes.get("id") or "")
        if relation is None or relation.target not in package.members:
            self.notices.append(f"The sheet “{name}” is missing in the file.")
            return
        if relation.kind != "worksheet":
            self.notices.append(f"The sheet “{name}” is no table (a chart or macros) and is left out.")
            return
        tables = [table for part in package.related(relation.target, "table") for table in _table(package, part)]
        visible = attributes.get("state") not in ("hidden", "veryHidden")
        # What hidden sheets hold does not count against what is read of the others.
        with parts.open(relation.target) as source:
            sheet = read_sheet(source, name, book, self.spent if visible else self._aside, tables)
        sheet.visible = visible
        self._around(package, relation.target, sheet)
        yield sheet

    def _around(self, package: Package, part: str, sheet: Sheet) -> None:
        """Text boxes, comments, and what is left out of a sheet."""
        pictures = charts = 0
        for target in package.related(part, "drawing"):
            root = package.optional(target)
            if root is not None:
                drawn = read_drawing(root)
                sheet.floating += drawn.boxes
                sheet.hidden += [item for item in drawn.hidden if self.spent.hide(item.text)]
                pictures, charts = pictures + drawn.pictures, charts + drawn.charts
        comments: list[Hidden] = []
        for target in package.related(part, "comments"):
            root = package.optional(target)
            comments += read_comments(root, quoted(sheet.name or "")) if root is not None else []
        sheet.hidden += [item for item in comments if self.spent.hide(item.text)]
        counts = (("comments on cells", len(comments)), ("pictures", pictures), ("charts", charts))
        told = [f"{what} ({count})" for what, count in counts if count]
        if told:
            sheet.notices.append(f"left out: {', '.join(told)}.")


def _shared(parts: Parts, package: Package, root: Any) -> Book:
    """Texts, styles and the epoch of a workbook."""
    strings: list[str] = []
    styles: list[CellStyle] = []
    for target in package.related(package.main, "sharedStrings")[:1]:
        with parts.open(target) as source:
            strings = shared_strings(source)
    for target in package.related(package.main, "styles")[:1]:
        with parts.open(target) as source:
            styles = read_styles(source)
    since_1904 = any(
        local(element) == "workbookPr" and element.get("date1904") in ("1", "true") for element in root.iter()
    )
    return Book(strings, styles, since_1904)


def _table(package: Package, part: str) -> Iterator[Table]:
    root = package.optional(part)
    place = parse_range(root.get("ref") or "") if root is not None else None
    if root is not None and place is not None:
        yield Table(place, root.get("headerRowCount") != "0")
