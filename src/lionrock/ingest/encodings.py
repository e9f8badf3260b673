"""Reading a text in the encoding that somebody names, when the guess was wrong."""

from __future__ import annotations

import codecs

from lionrock.errors import BrokenDocumentError, DocumentError, UsageError
from lionrock.ingest.readers.sniff import kind_of

__all__ = ["known_encoding", "recoded"]

_TEXTS = frozenset({"plain", "markdown", "html", "csv", "tsv", "subtitles", "outline"})
"""Formats that do not say for themselves how they are encoded, or say it wrongly."""


def known_encoding(name: str) -> str:
    """The encoding's name as Python spells it. Raises `UsageError`."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        raise UsageError(
            f"There is no encoding {name!r}; name one such as utf-8, utf-16, big5hkscs, gb18030 or cp1252."
        ) from None
    if not getattr(found, "_is_text_encoding", True):
        raise UsageError(f"{name!r} is no encoding of text; name one such as utf-8, big5hkscs or gb18030.")
    return found.name


def recoded(data: bytes, name: str, encoding: str | None) -> bytes:
    """The bytes of a text in UTF-8 with its mark, read in the encoding named; other files as they are.

    Raises `BrokenDocumentError` when the bytes are no text in it.
    """
    if encoding is None:
        return data
    try:
        kind = kind_of(data, name)
    except DocumentError:
        return data
    if kind not in _TEXTS:
        return data
    try:
        return codecs.BOM_UTF8 + data.decode(encoding).removeprefix("\ufeff").encode("utf-8")
    except (UnicodeError, ValueError) as error:
        raise BrokenDocumentError(
            f"The file is not text in {encoding} ({error}); add it again without naming an encoding."
        ) from error
