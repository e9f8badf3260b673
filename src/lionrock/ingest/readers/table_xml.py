"""The XML parts of a workbook, read element by element without keeping what has been read."""

from __future__ import annotations

import contextlib
import io
import lzma
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from lxml import etree

from lionrock.errors import BrokenDocumentError, ParserLimitError
from lionrock.ingest.readers.office_archive import ARCHIVE_FAULTS, fault_of

__all__ = ["Parts", "damage_told", "local", "stream"]


@contextlib.contextmanager
def damage_told() -> Iterator[None]:
    """What the ZIP and XML libraries raise for damaged bytes becomes a `BrokenDocumentError`."""
    try:
        yield
    except (*ARCHIVE_FAULTS, etree.LxmlError, lzma.LZMAError) as error:
        if isinstance(error, etree.LxmlError) and "allocation" in str(error):
            raise ParserLimitError from error
        raise BrokenDocumentError(f"The workbook is damaged ({fault_of(error)}).") from error


class Parts:
    """The parts of an archive as streams. Names are found whatever their case. Check the archive before."""

    def __init__(self, data: bytes) -> None:
        """Raises what `damage_told` takes care of."""
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._names = {_plain(name): name for name in reversed(self._archive.namelist())}

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._names

    def open(self, name: str) -> IO[bytes]:
        """A part to read from. Raises `KeyError` and what `zipfile` raises."""
        return self._archive.open(self._names[_plain(name)])


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def stream(source: IO[bytes], *names: str, events: tuple[str, ...] = ("end",)) -> Iterator[tuple[str, Any]]:
    """(event, element) for the elements with these local names; after its end was told, an element is emptied
    and what stands before it is dropped.

    Entities are not resolved and nothing is fetched. Raises `lxml.etree.XMLSyntaxError`.
    """
    parsed = etree.iterparse(
        source,
        events=events,
        tag=[f"{{*}}{name}" for name in names],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    for event, element in parsed:
        yield event, element
        if event == "end":
            element.clear(keep_tail=False)
            while (done := element.getprevious()) is not None:
                element.getparent().remove(done)


def local(element: Any) -> str:
    """An element's name without its namespace; empty for what is no element."""
    tag = element.tag if element is not None else None
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
