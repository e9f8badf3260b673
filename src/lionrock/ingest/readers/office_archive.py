"""Office documents are ZIP archives of XML: they are measured and looked at before anything in them is parsed.

Serves DOCX, PPTX, XLSX, ODF and EPUB. Nothing is written to disk; every member read is bounded by the size that its
archive declares, and the sum of these sizes is bounded here.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from lxml import etree

from lionrock.errors import BrokenDocumentError, EncryptedDocumentError, ParserLimitError, TooLargeError

__all__ = ["ARCHIVE_FAULTS", "Members", "check_archive", "fault_of", "parse_xml"]

ARCHIVE_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    OSError,
    EOFError,
    KeyError,
    IndexError,
    OverflowError,
    RuntimeError,
)
"""What `zipfile` raises for damaged archives (`NotImplementedError`, for unknown compression, is a `RuntimeError`)."""

_MOST_UNPACKED = 400_000_000
_MOST_MEMBERS = 10_000
_MOST_RATIO = 200
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = (".xml", ".rels", ".xhtml", ".html", ".htm", ".opf", ".ncx")
_HEAD = 65_536
_ROOT = re.compile(rb"<[A-Za-z_]")
_DOCTYPE = re.compile(rb"<!DOCTYPE[^>\[]*(\[)?", re.IGNORECASE)


def check_archive(data: bytes, *, doctype: bool = False) -> None:
    """Refuse what no office program writes, before anything is unpacked.

    Zip bombs, too many members, encrypted members, XML with entities. A document type without declarations of its own
    passes with `doctype=True` (EPUB and old OpenDocument files have one). Raises `BrokenDocumentError`,
    `EncryptedDocumentError` or `TooLargeError`.
    """
    if data.startswith(_OLE):
        raise EncryptedDocumentError
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _measure(members, len(data))
            for member in members:
                if member.filename.lower().endswith(_MARKUP):
                    with archive.open(member) as file:
                        _check_head(file.read(_HEAD), whole=member.file_size <= _HEAD, doctype=doctype)
    except ARCHIVE_FAULTS as error:
        raise BrokenDocumentError(f"The file is damaged ({fault_of(error)}).") from error


def fault_of(error: Exception) -> str:
    """What a library says of damaged bytes, in words: some of its errors have none."""
    if said := " ".join(str(error).split())[:200]:
        return said
    return "its data end too early" if isinstance(error, EOFError) else "its data make no sense"


def _measure(members: list[zipfile.ZipInfo], packed: int) -> None:
    if any(member.flag_bits & 1 for member in members):
        raise EncryptedDocumentError
    size = sum(member.file_size for member in members)
    if len(members) > _MOST_MEMBERS or size > _MOST_UNPACKED:
        raise TooLargeError("The file unpacks to far more than a document holds; it is refused.")
    if size > 10_000_000 and size > _MOST_RATIO * packed:
        raise TooLargeError("The file unpacks to far more than its size allows (a zip bomb?); it is refused.")


def _check_head(head: bytes, *, whole: bool, doctype: bool) -> None:
    """Declarations can only stand before the root element; where that does not come soon, something is hidden."""
    head = head.replace(b"\x00", b"")  # UTF-16 reads like ASCII then
    root = _ROOT.search(head)
    found = _DOCTYPE.search(head, 0, root.end() if root else len(head))
    if found and (found[1] or not doctype):
        raise BrokenDocumentError("The file declares XML entities, which no office program writes; it is refused.")
    if b"<!ENTITY" in head[: root.end() if root else None]:
        raise BrokenDocumentError("The file declares XML entities, which no office program writes; it is refused.")
    if root is None and not whole:
        raise BrokenDocumentError("A part of the file starts with no XML element, as no office program writes it.")


def parse_xml(data: bytes) -> Any:
    """The root element: no entities, no network, no DTD, bounded depth and text. Raises `BrokenDocumentError`."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if "allocation" in str(error):
            raise ParserLimitError from error
        raise BrokenDocumentError(f"A part of the file is damaged ({fault_of(error)}).") from error
    if root is None:
        raise BrokenDocumentError("A part of the file is damaged (it holds no element).")
    return root


class Members:
    """The members of a checked archive by their names, which office programs do not always spell in one case."""

    def __init__(self, data: bytes) -> None:
        """Raises `BrokenDocumentError`. Call `check_archive` first."""
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except ARCHIVE_FAULTS as error:
            raise BrokenDocumentError(f"The file is damaged ({fault_of(error)}).") from error
        self.names: tuple[str, ...] = tuple(self._archive.namelist())
        self._lower: Mapping[str, str] = {_plain(name): name for name in reversed(self.names)}

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._lower

    def read(self, name: str) -> bytes:
        """The bytes of a member. Raises `BrokenDocumentError` where it is missing or damaged."""
        try:
            return self._archive.read(self._lower[_plain(name)])
        except KeyError as error:
            raise BrokenDocumentError(f"The file is damaged (its part {name} is missing).") from error
        except ARCHIVE_FAULTS as error:
            raise BrokenDocumentError(f"The file is damaged ({fault_of(error)}).") from error

    def xml(self, name: str) -> Any | None:
        """The root element of a member; None where there is no such member. Raises `BrokenDocumentError`."""
        return parse_xml(self.read(name)) if name in self else None


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
