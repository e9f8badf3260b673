"""Large ZIP files, member by member, from the disk: never unpacked whole, and read as far as possible when cut short.

Where the directory at the end is missing (a download that broke off), the headers in front of the members are followed.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from lionrock.errors import BrokenDocumentError, DocumentError, EncryptedDocumentError, TooLargeError
from lionrock.ingest.readers.office_archive import ARCHIVE_FAULTS

__all__ = ["BulkZip", "Member"]

_CHUNK = 1 << 16
_MOST_DIRECTORY = 128_000_000
_MOST_MEMBERS = 500_000
_MOST_RATIO = 200
_SMALL = 10_000_000
_LOCAL = struct.Struct("<4s5H3I2H")
_MARK = b"PK\x03\x04"
_ENDS = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06")
_DESCRIPTOR = b"PK\x07\x08"
_IN_ZIP64 = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the archive."""

    name: str
    """Its path with forward slashes. It names, it is never a place on a disk."""
    size: int
    """What the archive says that it unpacks to, in bytes."""
    packed: int
    crc: int
    info: zipfile.ZipInfo | None = None
    """What the directory says; None when there is no directory."""
    start: int = 0
    """Where its bytes begin, when there is no directory."""
    method: int = zipfile.ZIP_DEFLATED
    encrypted: bool = False

    @property
    def base(self) -> str:
        """The last part of its name."""
        return self.name.rstrip("/").rsplit("/", 1)[-1]


class BulkZip:
    """An archive on the disk. Close it, or use it in a `with`."""

    def __init__(self, path: Path) -> None:
        """Raises `BrokenDocumentError` when it is no ZIP, `OSError` when it cannot be read."""
        self._file: BinaryIO = path.open("rb")
        self._archive: zipfile.ZipFile | None = None
        self.cut: str | None = None
        """Why the directory could not be used, if it could not."""
        try:
            self.members = self._listed()
        except BaseException:  # nobody has the object yet who could close it
            self.close()
            raise

    def __enter__(self) -> BulkZip:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._archive is not None:
            self._archive.close()
        self._file.close()

    def _listed(self) -> list[Member]:
        if self._file.read(4) not in (_MARK, *_ENDS):
            raise BrokenDocumentError("The file is no ZIP archive.")
        size = _directory_size(self._file)
        if size is not None and size > _MOST_DIRECTORY:
            raise TooLargeError("The archive lists far more members than any collection of laws has; it is refused.")
        try:
            self._archive = zipfile.ZipFile(self._file)
            # A later member of the same name stands for the earlier one, as when an archive was updated.
            found = [_member(info) for info in self._archive.infolist() if not info.filename.endswith(("/", "\\"))]
        except ARCHIVE_FAULTS as error:
            self.cut = _said(error)
            found = list(self._walked())
            if not found:
                raise BrokenDocumentError(
                    f"The archive is damaged or cut short; no member is whole ({self.cut})."
                ) from error
        if len(found) > _MOST_MEMBERS:
            raise TooLargeError(f"The archive has more than {_MOST_MEMBERS:,} members; it is refused.")
        return found

    def head(self, member: Member, count: int) -> bytes:
        """The first bytes of a member. Raises a `DocumentError`."""
        found = bytearray()
        with contextlib.closing(self._pieces(member)) as pieces:
            for piece in pieces:
                found += piece
                if len(found) >= count:
                    break
        return bytes(found[:count])

    def read(self, member: Member, most: int) -> bytes:
        """A whole member. Raises a `DocumentError` where it is too large, encrypted or damaged."""
        if member.size > most:
            raise TooLargeError(f"The member has {member.size:,} bytes; at most {most:,} are accepted here.")
        if member.size > _SMALL and member.size > _MOST_RATIO * max(1, member.packed):
            raise TooLargeError("The member unpacks to far more than its size allows (a zip bomb?); it is refused.")
        found = bytearray()
        for piece in self._pieces(member):
            found += piece
            if len(found) > most:
                raise TooLargeError(f"The member has more than {most:,} bytes; it is refused.")
        if zlib.crc32(found) != member.crc:
            raise BrokenDocumentError("The member is damaged (its checksum is wrong).")
        return bytes(found)

    def _pieces(self, member: Member) -> Generator[bytes, None, None]:
        if member.encrypted:
            raise EncryptedDocumentError("The member is protected by a password; unpack it and add it by itself.")
        try:
            if member.info is not None and self._archive is not None:
                with self._archive.open(member.info) as file:
                    while piece := file.read(_CHUNK):
                        yield piece
            else:
                yield from self._unpacked(member.start, member.method, member.packed)
        except NotImplementedError as error:
            raise BrokenDocumentError("The member is packed in a way that is not read; pack it anew.") from error
        except ARCHIVE_FAULTS as error:
            raise BrokenDocumentError(f"The member is damaged ({_said(error)}).") from error

    # -- without a directory

    def _walked(self) -> Iterator[Member]:
        """The members that are whole, by the headers in front of them."""
        end = self._file.seek(0, os.SEEK_END)
        at, count = 0, 0
        while count <= _MOST_MEMBERS:
            found = self._header(at)
            if found is None:
                return
            member, streamed = found
            if streamed:
                try:
                    member, at = self._measured(member)
                except (DocumentError, *ARCHIVE_FAULTS):
                    return  # Where the next one begins is not known.
            else:
                at = member.start + member.packed
                if at > end:
                    return
            if not member.name.endswith("/"):
                count += 1
                yield member

    def _header(self, at: int) -> tuple[Member, bool] | None:
        """The member whose header begins at `at`, and whether its sizes come only behind it; None if there is none."""
        self._file.seek(at)
        head = self._file.read(_LOCAL.size)
        if len(head) < _LOCAL.size or not head.startswith(_MARK):
            return None
        _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack(head)
        name, extra = self._file.read(name_length), self._file.read(extra_length)
        if _IN_ZIP64 in (packed, size):
            size, packed = _zip64(extra, size, packed)
        text = name.decode("utf-8" if flags & 0x800 else "cp437", "replace")
        start = at + _LOCAL.size + name_length + extra_length
        member = Member(_plain(text), size, packed, crc, None, start, method, bool(flags & 1))
        return member, bool(flags & 8) and packed == 0

    def _measured(self, member: Member) -> tuple[Member, int]:
        """A member whose sizes stand behind it, and where the next one begins. Raises what `zlib` raises, `EOFError`."""
        if member.method != zipfile.ZIP_DEFLATED or member.encrypted:
            raise BrokenDocumentError("Its end is not known.")
        crc, size = 0, 0
        for piece in self._unpacked(member.start, member.method, None):
            crc, size = zlib.crc32(piece, crc), size + len(piece)
            if size > _SMALL and size > _MOST_RATIO * (self._file.tell() - member.start):
                raise TooLargeError("The member unpacks to far more than its size allows.")
        packed = self._end - member.start
        self._file.seek(self._end)
        tail = self._file.read(24)
        tail, marked = (tail[4:], 4) if tail.startswith(_DESCRIPTOR) else (tail, 0)
        # Sizes behind the checksum have four bytes each, or eight; a file may end before them.
        narrow = (packed & _IN_ZIP64).to_bytes(4, "little") + (size & _IN_ZIP64).to_bytes(4, "little")
        behind = 12 if tail[4:12] == narrow else 20
        told = int.from_bytes(tail[:4], "little") if len(tail) >= 4 else crc
        found = Member(member.name, size, packed, told, None, member.start, member.method)
        return found, self._end + marked + behind

    _end = 0

    def _unpacked(self, start: int, method: int, packed: int | None) -> Iterator[bytes]:
        """The bytes of a member; `packed` None: up to where the packing itself ends, which `_end` tells then."""
        if method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError
        engine = zlib.decompressobj(-15)
        at = start
        while packed is None or at < start + packed:
            self._file.seek(at)
            piece = self._file.read(_CHUNK if packed is None else min(_CHUNK, start + packed - at))
            if not piece:
                raise EOFError("it is cut short")
            at += len(piece)
            if method == zipfile.ZIP_STORED:
                yield piece
                continue
            while piece and not engine.eof:
                yield engine.decompress(piece, 16 * _CHUNK)
                piece = engine.unconsumed_tail
            if engine.eof:
                self._end = at - len(engine.unused_data)
                return
        if method == zipfile.ZIP_DEFLATED:
            raise EOFError("it is cut short")


def _member(info: zipfile.ZipInfo) -> Member:
    return Member(
        _plain(info.filename),
        info.file_size,
        info.compress_size,
        info.CRC,
        info,
        encrypted=bool(info.flag_bits & 1),
    )


def _plain(name: str) -> str:
    """A member's name with forward slashes and nothing in it that a terminal would obey."""
    return "".join(char if char.isprintable() else "\ufffd" for char in name.replace("\\", "/"))


def _zip64(extra: bytes, size: int, packed: int) -> tuple[int, int]:
    """Sizes that have no room in a header stand in its extra field 1, unpacked size first."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        field = extra[at + 4 : at + 4 + length]
        if kind == 1:
            values = iter(struct.unpack(f"<{len(field) // 8}Q", field[: len(field) // 8 * 8]))
            size = next(values, size) if size == _IN_ZIP64 else size
            packed = next(values, packed) if packed == _IN_ZIP64 else packed
        at += 4 + length
    return size, packed


def _directory_size(file: BinaryIO) -> int | None:
    """Bytes of the directory, as the end of the archive tells it; None when it tells nothing."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - 66_000))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 16 > len(tail):
        return None
    size = int.from_bytes(tail[at + 12 : at + 16], "little")
    if size == _IN_ZIP64 and at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        file.seek(min(end, int.from_bytes(tail[at - 12 : at - 4], "little")))
        size = int.from_bytes(file.read(56)[40:48], "little")
    return size


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
