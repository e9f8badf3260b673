"""The child process of `sandbox.ReaderPool`: files in on standard input, JSON out on standard output.

Run by the pool: python -m lionrock.ingest.child MEMORY_BYTES SECONDS RECOGNITION_BYTES
"""

from __future__ import annotations

import os
import resource
import struct
import sys
from collections.abc import Callable
from typing import IO

from lionrock.errors import BrokenDocumentError, DocumentError, NotFoundError
from lionrock.ingest.readers.progress import listener
from lionrock.ingest.readers.registry import read_document
from lionrock.ingest.sandbox import PROGRESS, dump

__all__ = ["answer_all", "main"]

_HEADER = struct.Struct("<II")
_PROCESSORS = 2
"""Processors that reading a page may use at once."""


def _answer(work: Callable[[bytes, str], bytes], data: bytes, name: str) -> tuple[str, bytes]:
    try:
        return "ok", work(data, name)
    except (DocumentError, NotFoundError) as error:
        return type(error).__name__, error.message.encode("utf-8", "replace")
    except MemoryError:
        return "ParserLimitError", b"Reading the file took more memory than is allowed; split it into smaller files."
    except RecursionError:
        return "BrokenDocumentError", b"The file is nested too deeply to be a document; it is refused."
    except Exception as error:  # noqa: BLE001  the edge of a job: an unknown fault of a parser costs this file only
        said = f"{BrokenDocumentError.__doc__ or ''} ({type(error).__name__})"
        return "BrokenDocumentError", said.encode("utf-8", "replace")


def _more_time(seconds: int) -> None:
    """So much time of the processors from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + _PROCESSORS * seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def main() -> None:
    """Read files until standard input ends."""
    answer_all(lambda data, name: dump(read_document(data, name)))


def answer_all(work: Callable[[bytes, str], bytes]) -> None:
    """Give `work` what comes with its name, and send back what it makes of it, until standard input ends."""
    memory, seconds, more = (int(value) for value in sys.argv[1:4])
    # The module of text recognition lifts the soft limit to the hard one; the parent watches what is really held.
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory + more))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source = sys.stdin.buffer
    # Parsers may print; only our own frames may reach the parent.
    sink: IO[bytes] = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def send(kind: str, payload: bytes) -> None:
        sink.write(_HEADER.pack(len(kind), len(payload)) + kind.encode("ascii") + payload)
        sink.flush()

    def progress(done: int, of: int) -> None:
        _more_time(seconds)
        send(PROGRESS, b"%d %d" % (done, of))

    listener.set(progress)
    while header := source.read(_HEADER.size):
        name_size, size = _HEADER.unpack(header)
        name = source.read(name_size).decode("utf-8", "surrogateescape")
        data = source.read(size)
        _more_time(seconds)
        send(*_answer(work, data, name))


if __name__ == "__main__":
    main()
