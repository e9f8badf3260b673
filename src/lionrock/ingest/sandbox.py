"""Read files in a child process under limits of time, memory and output: a parser that dies costs one file.

The child is a fresh interpreter that imports readers only. It lives on for the next file and is replaced after a
failure or after many files. What comes back is JSON of bounded size, never pickled objects.

The limit of address space is the first bound of memory. Text recognition reserves far more addresses than it uses, so
its module may lift the limit by `recognition_bytes`; the memory that a child really holds is watched from outside. A
child says which page it has recognised, and the time for the next page counts from there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import selectors
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import lionrock.errors as errors
from lionrock.errors import BrokenDocumentError, DocumentError, NotFoundError, ParserLimitError
from lionrock.records import Attachment, Block, Hidden, ParsedDocument

__all__ = ["PROGRESS", "Limits", "Progress", "ReaderPool", "dump", "load"]

Progress = Callable[[int, int], None]
"""Called with the pages recognised so far and the pages to recognise."""

PROGRESS = "progress"
"""Kind of a frame that holds two numbers, pages done and pages to do; an answer follows later."""

_HEADER = struct.Struct("<II")
_LENGTH = struct.Struct("<I")
_BLOCK = tuple(field.name for field in dataclasses.fields(Block))
_FILES_A_CHILD = 500
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LOOK = 0.25
"""Seconds between two looks at a child's memory."""
_KEPT = 0.3
"""Share of the memory that a child may hold between two files."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take."""

    seconds: float = 120.0
    """For the file, and again for each page that is recognised."""
    memory_bytes: int = 1_000_000_000
    output_bytes: int = 400_000_000
    recognition_bytes: int = 2_500_000_000
    """Addresses, not memory, that text recognition may reserve beyond `memory_bytes`."""
    longest_seconds: float = 4 * 3_600.0
    """For a file however many of its pages are recognised."""


def dump(document: ParsedDocument) -> bytes:
    """A parsed document as JSON, its length before it, the bytes of attachments after it."""
    fields = {field.name: getattr(document, field.name) for field in dataclasses.fields(document)}
    fields |= {
        "metadata": dict(document.metadata),
        "blocks": [[getattr(block, name) for name in _BLOCK] for block in document.blocks],
        "hidden": [asdict(item) for item in document.hidden],
        "attachments": [(item.name, len(item.data)) for item in document.attachments],
    }
    told = json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return b"".join((_LENGTH.pack(len(told)), told, *(item.data for item in document.attachments)))


def load(data: bytes) -> ParsedDocument:
    """The document back from `dump`."""
    (length,) = _LENGTH.unpack_from(data)
    at = _LENGTH.size + length
    fields: dict[str, Any] = json.loads(data[_LENGTH.size : at].decode("utf-8", "surrogatepass"))
    # A document may have a million blocks: their fields come by place, which is many times quicker than by name.
    path = _BLOCK.index("heading")
    rows: list[list[Any]] = fields["blocks"]
    for row in rows:
        row[path] = tuple(row[path])
    fields["blocks"] = tuple(itertools.starmap(Block, rows))
    fields["notices"] = tuple(fields["notices"])
    fields["page_starts"] = tuple(fields["page_starts"])
    fields["hidden"] = tuple(Hidden(**item) for item in fields["hidden"])
    attachments = []
    for name, size in fields["attachments"]:
        attachments.append(Attachment(name, data[at : at + size]))
        at += size
    return ParsedDocument(**{**fields, "attachments": tuple(attachments)})


class _Child:
    """One worker process and its pipes."""

    def __init__(self, limits: Limits, program: str) -> None:
        self.files = 0
        environment = {key: value for key, value in os.environ.items() if not key.startswith("LIONROCK_")}
        numbers = (limits.memory_bytes, int(limits.seconds) + 5, limits.recognition_bytes)
        self._limits = limits
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", program, *map(str, numbers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._stdin: IO[bytes] = self._process.stdin
        self._stdout: IO[bytes] = self._process.stdout

    def ask(self, data: bytes, name: str, progress: Progress | None) -> tuple[str, bytes]:
        """("ok", document) or (error class, message). Raises `ParserLimitError` when a limit was met."""
        self.files += 1
        started = time.monotonic()
        deadline = started + self._limits.seconds
        encoded = name.encode("utf-8", "surrogateescape")
        try:
            self._stdin.write(_HEADER.pack(len(encoded), len(data)) + encoded)
            self._stdin.write(data)
            self._stdin.flush()
        except BrokenPipeError:
            raise ParserLimitError("The program that reads this kind of file stopped; try again.") from None
        while True:
            kind, payload = self._frame(deadline)
            if kind != PROGRESS:
                return kind, payload
            deadline = min(time.monotonic() + self._limits.seconds, started + self._limits.longest_seconds)
            if progress is not None:
                done, of = payload.split()
                progress(int(done), int(of))

    def _frame(self, deadline: float) -> tuple[str, bytes]:
        kind_size, size = _HEADER.unpack(self._receive(_HEADER.size, deadline))
        if size > self._limits.output_bytes:
            raise ParserLimitError("The file holds more text than is allowed; split it into smaller files.")
        kind = self._receive(kind_size, deadline).decode("ascii")
        return kind, self._receive(size, deadline)

    def _receive(self, count: int, deadline: float) -> bytes:
        pieces: list[bytes] = []
        missing = count
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdout, selectors.EVENT_READ)
            while missing:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise ParserLimitError
                if not selector.select(min(left, _LOOK)):
                    if self.memory() > self._limits.memory_bytes:
                        raise ParserLimitError("Reading the file took more memory than is allowed; split it.")
                    continue
                piece = os.read(self._stdout.fileno(), min(missing, 1 << 20))
                if not piece:
                    raise ParserLimitError("Reading the file took more memory than is allowed, or its parser crashed.")
                pieces.append(piece)
                missing -= len(piece)
        return b"".join(pieces)

    def memory(self) -> int:
        """Bytes that the child holds for itself; 0 where the system does not tell."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text("ascii").split()
        except OSError:
            return 0
        return (int(pages[1]) - int(pages[2])) * _PAGE if len(pages) > 2 else 0

    def stop(self) -> None:
        self._process.kill()
        with contextlib.suppress(OSError):
            self._stdin.close()
        self._stdout.close()
        self._process.wait()


class ReaderPool:
    """Reads files, one at a time a child; several threads may call at once, each gets a child of its own.

    `program` is the module that the children run.
    """

    def __init__(self, limits: Limits | None = None, program: str = "lionrock.ingest.child") -> None:
        self._limits = limits or Limits()
        self._program = program
        self._idle: list[_Child] = []
        self._lock = threading.Lock()
        self._closed = False

    def read(self, data: bytes, name: str, progress: Progress | None = None) -> ParsedDocument:
        """The parsed document. Raises the `DocumentError` that says why not.

        `progress` is called in this thread after each page whose text is recognised.
        """
        return load(self.ask(data, name, progress))

    def ask(self, data: bytes, name: str, progress: Progress | None = None) -> bytes:
        """What a child makes of the data, as its program writes it. Raises the `DocumentError` that says why not."""
        with self._child() as child:
            kind, payload = child.ask(data, name, progress)
        if kind == "ok":
            return payload
        error = getattr(errors, kind, BrokenDocumentError)
        if not (isinstance(error, type) and issubclass(error, DocumentError | NotFoundError)):
            error = BrokenDocumentError
        raise error(payload.decode("utf-8", "replace") or None)

    @contextlib.contextmanager
    def _child(self) -> Iterator[_Child]:
        with self._lock:
            child = self._idle.pop() if self._idle else None
        child = child or _Child(self._limits, self._program)
        healthy = False
        try:
            yield child
            healthy = True
        finally:
            with self._lock:
                small = child.memory() <= _KEPT * self._limits.memory_bytes
                keep = healthy and small and not self._closed and child.files < _FILES_A_CHILD
                if keep:
                    self._idle.append(child)
            if not keep:
                child.stop()

    def close(self) -> None:
        """Stop all children."""
        with self._lock:
            self._closed = True
            children, self._idle = self._idle, []
        for child in children:
            child.stop()
