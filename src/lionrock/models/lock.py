"""One process at a time: an advisory lock on a file, let go of by the system when its holder dies."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from lionrock.errors import BusyError

__all__ = ["only_one"]

_POLL_S = 0.2


@contextlib.contextmanager
def only_one(path: Path, *, wait_s: float, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of `path` inside the block; the file stays. `waiting` is called once when another holds it.

    Raises `BusyError` when it is not free after `wait_s` seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_s
    with path.open("a+b") as file:
        told = False
        while not _taken(file):
            if not told:
                waiting()
                told = True
            if time.monotonic() >= deadline:
                raise BusyError(f"Another process holds {path.name}; wait for it to finish, or stop it.")
            time.sleep(_POLL_S)
        yield


def _taken(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
