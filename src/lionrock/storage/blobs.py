"""Originals, kept by SHA-256 in a folder: written aside, flushed, then renamed, so that a name means a whole file."""

from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path

from lionrock.errors import NotFoundError, StorageError

__all__ = ["Blobs"]


class Blobs:
    """A folder of originals."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Keep `data`; returns its SHA-256. Durable when it returns. Raises `StorageError` when the disk is full."""
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path(sha256)
        if target.exists() and target.stat().st_size == len(data):
            return sha256
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.parent / f".{uuid.uuid4().hex}.part"
            try:
                with temporary.open("wb") as file:
                    file.write(data)
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
        return sha256

    def get(self, sha256: str) -> bytes:
        """The original's bytes. Raises `NotFoundError`."""
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFoundError("The original is not in the data folder any more; restore it from a backup.") from None

    def path(self, sha256: str) -> Path:
        """Where an original lies."""
        return self._folder / sha256[:2] / sha256
