"""What a reader does: bytes of one file in, stored text and its structure out. One reader a format."""

from __future__ import annotations

from typing import Protocol

from lionrock.records import ParsedDocument

__all__ = ["Reader"]


class Reader(Protocol):
    """Reads one family of formats. A reader is a plain function: no state, no settings, no network."""

    def __call__(self, data: bytes, *, name: str) -> ParsedDocument:
        """Parse `data`; `name` is the file's own name, for its ending and as a title of last resort.

        Raises a `DocumentError` (empty, broken, encrypted, unsupported) with what to do next.
        """
