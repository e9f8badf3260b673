"""What the runs of all kinds of sources share: their tools, what they tell, and the way of files into the pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lionrock.app.intake import Upload
from lionrock.contract import IngestResult, Line
from lionrock.errors import DocumentError, UnsupportedFormatError
from lionrock.ingest.readers.formats import ENDINGS, FORMATS
from lionrock.ingest.readers.sniff import ending_of, kind_of
from lionrock.records import Placement
from lionrock.storage.database import Database
from lionrock.storage.sources import Source, living

__all__ = ["Basket", "Tools", "delete_all", "now", "placed", "too_many_gone", "unread"]

_MOST_FILES = 25
_MOST_BYTES = 8_000_000
_SURE_BELOW = 20


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run works with."""

    database: Database
    ingest: Callable[[Sequence[Upload], Placement], Iterator[IngestResult]]
    delete: Callable[[Sequence[str]], object]
    """Deletes documents that are there."""
    most_bytes: int
    stopping: Callable[[], bool]
    told: Callable[[Line], None]
    progress: Callable[[int, int], None]
    confirmed: bool = False
    """Whether somebody said that many deletions are meant."""
    retry: bool = False
    """Whether items that failed are to be tried again although they did not change."""


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def placed(source: Source, *, known: bool = False, encoding: str | None = None) -> Placement:
    """Where the documents of a source belong. What people changed about a document that is there stays."""
    return Placement(
        department=source.department,
        classification=source.classification,
        collection_id=source.collection_id if not known else None,
        encoding=encoding,
        at_least=True,
        anywhere=known,
    )


def unread(data: bytes, name: str) -> str | None:
    """Why a file is of a kind that is not read; None if it is, or if reading it will tell."""
    try:
        kind = kind_of(data, name)
    except UnsupportedFormatError as error:
        return error.message
    except DocumentError:
        return None
    return None if kind in FORMATS or ending_of(name) in ENDINGS else f"Files of this kind ({kind}) are not read."


def too_many_gone(gone: int, all_of_them: int) -> bool:
    """Whether so many items are gone at once that a mistake is more likely than a wish."""
    return all_of_them > _SURE_BELOW and gone * 2 > all_of_them


def delete_all(tools: Tools, ids: Sequence[str]) -> int:
    """Delete those of the documents that are there; returns how many."""
    with tools.database.connect() as connection:
        found = living(connection, ids)
    if found:
        tools.delete(found)
    return len(found)


class Basket:
    """Files on their way in. A few go together: the work that follows every call is shared, and memory is bounded."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._waiting: list[tuple[Upload, Placement, Callable[[IngestResult], None]]] = []
        self._bytes = 0

    def add(self, upload: Upload, placement: Placement, done: Callable[[IngestResult], None]) -> None:
        """Put a file in; `done` is called with its result, now or later."""
        self._waiting.append((upload, placement, done))
        self._bytes += len(upload.data or b"")
        if len(self._waiting) >= _MOST_FILES or self._bytes >= _MOST_BYTES:
            self.flush()

    def flush(self) -> None:
        """Take in what is in the basket."""
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        for placement in dict.fromkeys(placement for _, placement, _ in waiting):
            uploads = [upload for upload, where, _ in waiting if where == placement]
            calls = {upload.source: done for upload, where, done in waiting if where == placement}
            for result in self._tools.ingest(uploads, placement):
                done = calls.pop(result.file, None)
                if done is not None:
                    done(result)
                elif result.status == "failed":
                    self._tools.told(Line(result.file, "failed", result.reason, result.document_id))
