"""Which reader takes a file: by its first bytes, then by its ending. What a file is counts more than its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import PurePath

from lionrock.errors import EmptyDocumentError, UnsupportedFormatError
from lionrock.ingest.readers.port import Reader
from lionrock.records import ParsedDocument

__all__ = ["MEDIA_TYPES", "kind_of", "media_type_of", "read_document"]

MEDIA_TYPES: Mapping[str, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "html": "text/html",
    "markdown": "text/markdown",
    "hklm": "application/xml",
    "plain": "text/plain",
}
_ENDINGS: Mapping[str, str] = {
    ".docx": "docx",
    ".pdf": "pdf",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "plain",
    ".text": "plain",
    ".log": "plain",
    ".xml": "hklm",
}
_BINARY = (
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "sound or an image"),
    (b"ID3", "sound"),
    (b"fLaC", "sound"),
    (b"OggS", "sound"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "an archive"),
    (b"Rar!", "an archive"),
    (b"{\\rtf", "RTF"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind_of(data: bytes, name: str) -> str:
    """The reader's name for a file. Raises `EmptyDocumentError` or `UnsupportedFormatError`."""
    if not data.strip():
        raise EmptyDocumentError("The file is empty.")
    ending = PurePath(name).suffix.lower()
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        if b"word/" in data or ending == ".docx":
            return "docx"
        raise UnsupportedFormatError("This kind of office file or archive is not supported yet.")
    if data.startswith(_OLE):
        if ending == ".docx":
            return "docx"
        raise UnsupportedFormatError("Files of the old Office formats are not supported; save it as DOCX.")
    for mark, what in _BINARY:
        if data.startswith(mark):
            raise UnsupportedFormatError(f"The file is {what}; Lionrock reads DOCX, PDF, HTML, Markdown and text.")
    return _text_kind(data, ending)


def _text_kind(data: bytes, ending: str) -> str:
    head = data[:4096].lstrip(b"\xef\xbb\xbf").lstrip().lower()
    if b"xml.gov.hk/schemas/hklm" in head:
        return "hklm"
    if head.startswith((b"<!doctype html", b"<html")) or (head.startswith(b"<?xml") and b"<html" in head):
        return "html"
    kind = _ENDINGS.get(ending)
    if kind in ("docx", "pdf"):
        return "plain"
    if kind == "hklm":
        raise UnsupportedFormatError("Only e-Legislation XML is supported; this is another kind of XML.")
    if kind is None:
        raise UnsupportedFormatError(
            f"Files ending in {ending or 'nothing'} are not supported; save it as DOCX, PDF, HTML, Markdown or text."
        )
    return kind


def media_type_of(data: bytes, name: str) -> str:
    """The media type that is recorded; `application/octet-stream` for what no reader takes."""
    try:
        return MEDIA_TYPES[kind_of(data, name)]
    except (EmptyDocumentError, UnsupportedFormatError):
        return "application/octet-stream"


def read_document(data: bytes, name: str) -> ParsedDocument:
    """Read a file with the reader that fits. Raises a `DocumentError`."""
    kind = kind_of(data, name)
    reader: Reader = import_module(f"lionrock.ingest.readers.{kind}").read
    parsed = reader(data, name=name)
    expected = _ENDINGS.get(PurePath(name).suffix.lower())
    if expected not in (kind, None) and expected != "hklm":
        notice = f"The name ends like {expected}, the content is {kind}; it was read as {kind}."
        parsed = replace(parsed, notices=(*parsed.notices, notice))
    return parsed
