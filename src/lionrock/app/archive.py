"""The file in which documents travel from one installation to another: a ZIP of originals and what is known of them.

`docs/exchange.md` describes it. Whoever reads one trusts nothing in it: names, sizes, ways of compression and every field
are checked before anything is taken, and originals are compared with their SHA-256 as they are copied.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from lionrock.app.manifest import (
    FORMAT,
    SCHEMA,
    Coming,
    Manifest,
    collection_row,
    document_of,
    document_row,
    manifest_of,
    member_of,
)
from lionrock.errors import BrokenDocumentError, LionrockError, NotFoundError, StorageError, UsageError
from lionrock.storage.blobs import Blobs
from lionrock.storage.collections import Collection
from lionrock.storage.exchange import KeptDocument

__all__ = ["Archive", "Exported", "write_archive"]

_MANIFEST = "manifest.json"
_DOCUMENTS = "documents.jsonl"
_PIECE = 1 << 20
_MOST_MANIFEST = 16_000_000
_LONGEST_LINE = 4_000_000
_MOST_DESCRIBED = 200_000_000
"""Bytes of the list of documents, which is held in memory as it is checked."""
_MOST_DIRECTORY = 200_000_000
"""Bytes of the ZIP's own directory, which is held in memory."""
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    struct.error,
)
"""What reading a damaged or hostile ZIP raises."""
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")


@dataclass(frozen=True, slots=True)
class Exported:
    """What went into an archive."""

    documents: int
    versions: int
    originals: int
    bytes: int
    """Of the originals."""


def write_archive(
    target: Path, collections: Sequence[Collection], coming: Iterable[KeptDocument], blobs: Blobs, **told: Any
) -> Exported:
    """Write documents with their originals; the file takes its name when it is whole. Raises `StorageError`.

    `told` goes into the manifest. Nothing is held in memory but one document's description and a list of hashes.
    """
    if target.exists():
        raise UsageError(f"There is a file {target} already; name another one, or remove it first.")
    part = target.with_name(target.name + ".part")
    try:
        # For the owner's eyes alone: what is in it may be confidential.
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                exported = _Writer(archive, blobs).write(collections, coming, told)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise StorageError(f"{target} cannot be written ({error.strerror or error}).") from error
    finally:
        part.unlink(missing_ok=True)
    return exported


class _Writer:
    def __init__(self, archive: zipfile.ZipFile, blobs: Blobs) -> None:
        self._archive = archive
        self._blobs = blobs
        self._members: dict[str, tuple[str, int]] = {}
        """SHA-256 -> (member, size): the same bytes are kept once."""

    def write(
        self, collections: Sequence[Collection], coming: Iterable[KeptDocument], told: dict[str, Any]
    ) -> Exported:
        documents = versions = 0
        # A ZIP is written one member after another, so the descriptions wait beside it.
        with tempfile.TemporaryFile("w+b") as lines:
            for item in coming:
                originals = {kept.version: self._original(item, kept.sha256, kept.version) for kept in item.versions}
                row = document_row(item, originals)
                lines.write(json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n")
                documents += 1
                versions += len(item.versions)
            lines.seek(0)
            with self._archive.open(_DOCUMENTS, "w", force_zip64=True) as member:
                shutil.copyfileobj(lines, member, _PIECE)
        size = sum(size for _, size in self._members.values())
        facts = {"documents": documents, "versions": versions, "originals": len(self._members), "bytes": size}
        made = {"format": FORMAT, "schema": SCHEMA, **told, **facts, "collections": [*map(collection_row, collections)]}
        self._archive.writestr(_MANIFEST, json.dumps(made, ensure_ascii=False, indent=1))
        return Exported(documents, versions, len(self._members), size)

    def _original(self, item: KeptDocument, sha256: str, version: int) -> tuple[str, int]:
        """(member, size) of an original, which is written if it was not yet. Raises `StorageError` if it is damaged."""
        if sha256 in self._members:
            return self._members[sha256]
        name, size, digest = member_of(item.id, version), 0, hashlib.sha256()
        try:
            with self._blobs.path(sha256).open("rb") as file, self._archive.open(name, "w", force_zip64=True) as member:
                while piece := file.read(_PIECE):
                    digest.update(piece)
                    member.write(piece)
                    size += len(piece)
        except FileNotFoundError:
            raise StorageError(f"The original of {item.source} is not in the data folder any more.") from None
        if digest.hexdigest() != sha256:
            raise StorageError(f"The original of {item.source} is damaged; restore it from a backup.")
        self._members[sha256] = (name, size)
        return name, size


class Archive:
    """An archive that is read. Opened as a context; raises `BrokenDocumentError` for whatever is wrong with it."""

    def __init__(self, path: Path, *, largest: int) -> None:
        self._largest = largest
        self._stack = contextlib.ExitStack()
        with self._stack, _told():
            try:
                file = self._stack.enter_context(path.open("rb"))
            except FileNotFoundError:
                raise NotFoundError(f"There is no file {path}.") from None
            except OSError as error:
                raise StorageError(f"{path} cannot be read ({error.strerror}).") from error
            _bounded(file)
            self._zip = self._stack.enter_context(zipfile.ZipFile(file))
            self._infos = self._checked_members(file.seek(0, os.SEEK_END))
            self.manifest = self._manifest()
            self._stack = self._stack.pop_all()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def _checked_members(self, size: int) -> dict[str, zipfile.ZipInfo]:
        """The members by name, after a look at what the directory says of them."""
        infos = self._zip.infolist()
        found = {info.filename: info for info in infos}
        if len(found) != len(infos):
            raise BrokenDocumentError("It holds two files of one name.")
        if not {_MANIFEST, _DOCUMENTS} <= found.keys():
            raise BrokenDocumentError("It is a ZIP file, but no export of Lionrock: it has no manifest.")
        for info in infos:
            if info.flag_bits & 0x1:
                raise BrokenDocumentError("It is protected by a password.")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise BrokenDocumentError("It is compressed in a way that is not used here.")
            if info.filename not in (_MANIFEST, _DOCUMENTS) and info.file_size > self._largest:
                raise BrokenDocumentError(
                    f"It holds a file of {info.file_size:,} bytes; at most {self._largest:,} are accepted here."
                )
        # Members that lie over one another would let a small file hold any amount.
        if sum(info.compress_size for info in infos) > size:
            raise BrokenDocumentError("Its files lie over one another.")
        return found

    def _manifest(self) -> Manifest:
        info = self._infos[_MANIFEST]
        if info.file_size > _MOST_MANIFEST:
            raise BrokenDocumentError("Its manifest is too long.")
        return manifest_of(_json(self._zip.read(info), _MANIFEST))

    def documents(self) -> list[Coming]:
        """What is known of each document, checked; every member belongs to one."""
        found: list[Coming] = []
        with _told():
            if self._infos[_DOCUMENTS].file_size > _MOST_DESCRIBED:
                raise BrokenDocumentError("Its list of documents is too long.")
        with _told(), self._zip.open(self._infos[_DOCUMENTS]) as lines:
            while line := lines.readline(_LONGEST_LINE + 1):
                if len(line) > _LONGEST_LINE:
                    raise BrokenDocumentError(f"Line {len(found) + 1} of its list of documents is too long.")
                found.append(document_of(_json(line, f"line {len(found) + 1} of {_DOCUMENTS}"), len(found) + 1))
        with _told():
            self._complete(found)
        return found

    def _complete(self, found: Sequence[Coming]) -> None:
        named: dict[str, tuple[str, int]] = {}
        for item in found:
            for kept in item.document.versions:
                member, size = item.originals[kept.version]
                if named.setdefault(member, (kept.sha256, size)) != (kept.sha256, size):
                    raise BrokenDocumentError(f"{member} is said to be two files.")
                if member not in self._infos or self._infos[member].file_size != size:
                    raise BrokenDocumentError(f"{member} is missing, or not as long as it is said to be.")
        more = self._infos.keys() - named.keys() - {_MANIFEST, _DOCUMENTS}
        if more:
            raise BrokenDocumentError(f"It holds {len(more)} files that belong to no document, such as {min(more)!r}.")
        if len(found) != self.manifest.documents:
            raise BrokenDocumentError(f"It holds {len(found)} documents; its manifest says {self.manifest.documents}.")

    @contextlib.contextmanager
    def original(self, member: str) -> Iterator[IO[bytes]]:
        """An original, to be read a piece at a time."""
        with _told(), self._zip.open(self._infos[member]) as stream:
            yield _Stream(stream)  # type: ignore[misc]


class _Stream:
    """A member whose faults are those of the archive, whoever reads it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        with _told():
            return self._stream.read(size)


def _bounded(file: IO[bytes]) -> None:
    """Look at the end of a ZIP for the length of its directory, before that is read into memory."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - 65_557)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise BrokenDocumentError("It is not a ZIP file, or it was cut short.")
    _, _, _, _, _, length, _, _ = _END.unpack_from(tail, at)
    if length == 0xFFFFFFFF and at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        (where,) = struct.unpack_from("<Q", tail, at - 12)
        file.seek(where)
        length = _END_64.unpack(file.read(_END_64.size))[8]
    if length > _MOST_DIRECTORY:
        raise BrokenDocumentError("It holds more files than are accepted here.")
    file.seek(0)


def _json(data: bytes, where: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BrokenDocumentError(f"{where} is no JSON ({error}).") from error


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Every fault as one sentence that says that nothing was taken in."""
    try:
        yield
    except BrokenDocumentError as error:
        if error.message.endswith(_NOTHING):
            raise
        raise BrokenDocumentError(f"{error.message} {_NOTHING}") from error
    except LionrockError:
        raise
    except _FAULTS as error:
        raise BrokenDocumentError(f"It is damaged ({error}). {_NOTHING}") from error


_NOTHING = "Nothing of this export was taken in."
