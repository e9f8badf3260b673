"""Pages drawn and quotes found on them, in child processes under the limits of reading: a file that breaks its parser
costs one answer. What was drawn is kept in memory up to a bound, and no more than a few pages are drawn at once.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from lionrock.errors import ParserLimitError
from lionrock.ingest.sandbox import Limits, ReaderPool

__all__ = ["AT_ONCE", "Drawer", "Kept", "PageKind", "Quoted"]

AT_ONCE = 2
"""Children that work side by side."""
_KEPT_BYTES = 64_000_000
_KEPT_SIZES = 200
_MOST_ANSWER = 30_000_000

PageKind = Literal["pdf", "image"]
Quoted = tuple[int, str, str, str]
"""Page, the page's stored text before a quote, the quote, the page's stored text after it."""


class Kept:
    """What was used last, up to so many bytes together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._items: OrderedDict[object, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object) -> bytes | None:
        """What was put under the key, if it is still there."""
        with self._lock:
            found = self._items.get(key)
            if found is not None:
                self._items.move_to_end(key)
            return found

    def put(self, key: object, data: bytes) -> None:
        """Keep it; what was used longest ago goes."""
        with self._lock:
            self._held += len(data) - len(self._items.pop(key, b""))
            self._items[key] = data
            while self._held > self._most:
                _, gone = self._items.popitem(last=False)
                self._held -= len(gone)


class Drawer:
    """Draws pages of files that are named by the hash of their content."""

    def __init__(self, limits: Limits, *, at_once: int = AT_ONCE, kept_bytes: int = _KEPT_BYTES) -> None:
        own = Limits(limits.seconds, limits.memory_bytes, _MOST_ANSWER)
        self._children = ReaderPool(own, "lionrock.ingest.page_child")
        self._room = threading.BoundedSemaphore(at_once)
        self._pictures = Kept(kept_bytes)
        self._sizes: OrderedDict[str, list[tuple[float, float]]] = OrderedDict()
        self._lock = threading.Lock()

    def sizes(self, sha256: str, path: Path, kind: PageKind) -> list[tuple[float, float]]:
        """(width, height) of each page in points; zeros where a page cannot be opened. Raises a `DocumentError`."""
        with self._lock:
            known = self._sizes.get(sha256)
        if known is not None:
            return known
        found = [(float(wide), float(high)) for wide, high in json.loads(self._ask(path, kind, want="sizes"))]
        with self._lock:
            self._sizes[sha256] = found
            while len(self._sizes) > _KEPT_SIZES:
                self._sizes.popitem(last=False)
        return found

    def kept(self, sha256: str, page: int, width: int) -> bytes | None:
        """A picture that was drawn not long ago."""
        return self._pictures.get((sha256, page, width))

    def draw(self, sha256: str, path: Path, kind: PageKind, page: int, width: int) -> bytes:
        """A page as WebP, at most `width` pixels wide. Raises `NotFoundError` for a page that there is none, or a
        `DocumentError`."""
        with self._room:
            # Somebody else may have waited for the same page.
            found = self.kept(sha256, page, width)
            if found is None:
                found = self._told(path, {"kind": kind, "want": "picture", "page": page, "width": width})
                self._pictures.put((sha256, page, width), found)
        return found

    def places(self, path: Path, quotes: Sequence[Quoted]) -> list[tuple[list[list[float]], str | None]]:
        """For each quote on a PDF, ([left, top, width, height] of each line in parts of the page, why not all is there).

        Raises a `DocumentError`.
        """
        return [(boxes, why) for boxes, why in json.loads(self._ask(path, "pdf", want="places", quotes=quotes))]

    def _ask(self, path: Path, kind: PageKind, **asked: Any) -> bytes:
        with self._room:
            return self._told(path, {"kind": kind, **asked})

    def _told(self, path: Path, asked: dict[str, Any]) -> bytes:
        try:
            return self._children.ask(json.dumps(asked).encode(), str(path))
        except ParserLimitError as error:
            raise ParserLimitError(
                "Drawing this took more time or memory than is allowed, or its parser crashed; look at the original."
            ) from error

    def close(self) -> None:
        """Stop the children."""
        self._children.close()
