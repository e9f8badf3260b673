"""Which reader takes a file, and the one way to read it."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

from lionrock.errors import DocumentError, UnsupportedFormatError
from lionrock.ingest.readers.formats import ENDINGS, FORMATS
from lionrock.ingest.readers.port import Reader
from lionrock.ingest.readers.sniff import ending_of, kind_of
from lionrock.records import ParsedDocument

__all__ = ["media_type_of", "read_document"]


def media_type_of(data: bytes, name: str) -> str:
    """The media type that is recorded; `application/octet-stream` for what no reader takes."""
    try:
        return FORMATS[kind_of(data, name)].media_type
    except (DocumentError, KeyError):
        return "application/octet-stream"


def read_document(data: bytes, name: str) -> ParsedDocument:
    """Read a file with the reader that fits. Raises a `DocumentError`."""
    kind = kind_of(data, name)
    if kind not in FORMATS:
        raise UnsupportedFormatError(f"Files of this kind ({kind}) are not read yet; save it as DOCX, PDF or text.")
    reader: Reader = import_module(f"lionrock.ingest.readers.{FORMATS[kind].module}").read
    parsed = reader(data, name=name)
    expected = ENDINGS.get(ending_of(name))
    if expected in (kind, None) or expected == "hklm" or FORMATS[kind].module == FORMATS[str(expected)].module:
        return parsed
    notice = f"The name ends like {expected}, the content is {kind}; it was read as {kind}."
    return replace(parsed, notices=(*parsed.notices, notice))
