"""Originals, kept by SHA-256 in a folder: written aside, flushed, then renamed, so that a name means a whole file."""

from __future__ import annotations

import contextlib
import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from lionrock.errors import BrokenDocumentError, NotFoundError, StorageError

__all__ = ["Blobs"]

_PIECE = 1 << 20


class Blobs:
    """A folder of originals."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Keep `data`; returns its SHA-256. Durable when it returns. Raises `StorageError` when the disk is full."""
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path(sha256)
        if self._kept(target, len(data)):
            return sha256
        with self._beside(target) as file:
            file.write(data)
        return sha256

    def copy(self, stream: IO[bytes], sha256: str) -> bool:
        """Keep what a stream holds, a piece at a time, as the original `sha256`; True if it was not there before.

        Raises `BrokenDocumentError` if the stream holds something else, which is not kept then, and `StorageError`.
        """
        digest = hashlib.sha256()
        target = self.path(sha256)
        fresh = not target.exists()
        with self._beside(target) as file:
            while piece := stream.read(_PIECE):
                digest.update(piece)
                file.write(piece)
            if digest.hexdigest() != sha256:
                raise BrokenDocumentError(f"A file is not the one that it is said to be (SHA-256 {sha256}).")
        return fresh

    @contextlib.contextmanager
    def _beside(self, target: Path) -> Iterator[IO[bytes]]:
        """A file to write; it takes its place when all is written and flushed, and is dropped if anything is raised."""
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.parent / f".{uuid.uuid4().hex}.part"
            try:
                with temporary.open("wb") as file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
            folder = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise StorageError(f"The original could not be kept ({error.strerror}); check the disk.") from error

    @staticmethod
    def _kept(target: Path, size: int) -> bool:
        """Whether it lies there whole. It is touched then, so that `remove` sees that somebody needs it again."""
        try:
            with contextlib.suppress(PermissionError):
                os.utime(target)
            return target.stat().st_size == size
        except FileNotFoundError:
            return False

    def names(self) -> Iterator[list[str]]:
        """SHA-256 of everything that lies here, in portions."""
        if not self._folder.is_dir():
            return
        for part in sorted(self._folder.iterdir()):
            for aside in part.glob(".*.gone"):
                # A stop came in the midst of `remove`.
                aside.replace(part / aside.name.strip(".").removesuffix(".gone"))
            if part.is_dir() and (found := sorted(path.name for path in part.iterdir() if len(path.name) == 64)):
                yield found

    def remove(self, sha256: str, *, untouched_since: float) -> int:
        """Take an original away that nobody names any more; returns how many bytes are free now.

        One that was put after `untouched_since` (seconds of the epoch) stays: whoever puts it records it a moment later.
        """
        target = self.path(sha256)
        aside = target.with_name(f".{sha256}.gone")
        try:
            # Whoever puts it from now on does not find it, and writes it anew.
            target.replace(aside)
        except FileNotFoundError:
            return 0
        facts = aside.stat()
        if facts.st_mtime > untouched_since:
            aside.replace(target)
            return 0
        aside.unlink()
        return facts.st_size

    def get(self, sha256: str) -> bytes:
        """The original's bytes. Raises `NotFoundError`."""
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFoundError("The original is not in the data folder any more; restore it from a backup.") from None

    def path(self, sha256: str) -> Path:
        """Where an original lies."""
        return self._folder / sha256[:2] / sha256
