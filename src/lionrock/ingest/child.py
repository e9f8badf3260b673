"""The child process of `sandbox.ReaderPool`: files in on standard input, JSON out on standard output.

Run by the pool: python -m lionrock.ingest.child MEMORY_BYTES CPU_SECONDS
"""

from __future__ import annotations

import os
import resource
import struct
import sys
from typing import IO

from lionrock.errors import BrokenDocumentError, DocumentError
from lionrock.ingest.readers.registry import read_document
from lionrock.ingest.sandbox import dump

__all__ = ["main"]

_HEADER = struct.Struct("<II")


def _answer(data: bytes, name: str) -> tuple[str, bytes]:
    try:
        return "ok", dump(read_document(data, name))
    except DocumentError as error:
        return type(error).__name__, error.message.encode("utf-8", "replace")
    except MemoryError:
        return "ParserLimitError", b"Reading the file took more memory than is allowed; split it into smaller files."
    except RecursionError:
        return "BrokenDocumentError", b"The file is nested too deeply to be a document; it is refused."
    except Exception as error:  # noqa: BLE001  the edge of a job: an unknown fault of a parser costs this file only
        said = f"{BrokenDocumentError.__doc__ or ''} ({type(error).__name__})"
        return "BrokenDocumentError", said.encode("utf-8", "replace")


def main() -> None:
    """Answer files until standard input ends."""
    memory, seconds = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source = sys.stdin.buffer
    # Parsers may print; only our own frames may reach the parent.
    sink: IO[bytes] = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    while header := source.read(_HEADER.size):
        name_size, size = _HEADER.unpack(header)
        name = source.read(name_size).decode("utf-8", "surrogateescape")
        data = source.read(size)
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        kind, payload = _answer(data, name)
        sink.write(_HEADER.pack(len(kind), len(payload)) + kind.encode("ascii") + payload)
        sink.flush()


if __name__ == "__main__":
    main()
