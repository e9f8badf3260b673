"""ZIP archives: what is in them becomes documents of their own. Sizes are measured while unpacking, as headers may lie."""

from __future__ import annotations

import io
import lzma
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from lionrock.errors import (
    BrokenDocumentError,
    DocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
    TooLargeError,
)
from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.charsets import likeliest
from lionrock.ingest.readers.mail_parts import size_of
from lionrock.ingest.readers.office_archive import ARCHIVE_FAULTS, fault_of
from lionrock.records import Attachment, ParsedDocument

__all__ = ["Unpacking", "opened", "read"]

_MOST_MEMBERS = 2_000
_MOST_ENTRIES = 100_000
_MOST_UNPACKED = 400_000_000
_MOST_RATIO = 200
_FREE = 10_000_000
"""Bytes up to which a member may be any number of times its packed size."""
_STEP = 1 << 20
_MOST_NOTICES = 20
_HEAD = 30
"""Bytes before the name of a member in front of its data."""
_QUIET = re.compile(r"(?:^|/)(?:__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._[^/]*$)", re.IGNORECASE)
_NAMES = {"utf-8": 0.0, "big5hkscs": 0.0, "gb18030": 1.0, "cp437": 2.0, "cp932": 8.0}
_FAULTS = (*ARCHIVE_FAULTS, lzma.LZMAError)


def opened(data: bytes) -> zipfile.ZipFile:
    """The archive. Raises `BrokenDocumentError`, or `TooLargeError` where its list alone is too long."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _FAULTS as error:
        raise BrokenDocumentError(f"The archive is damaged ({fault_of(error)}); pack it again.") from error
    if len(archive.filelist) > _MOST_ENTRIES:
        raise TooLargeError(f"The archive lists more than {_MOST_ENTRIES} files; it is refused.")
    return archive


class Unpacking:
    """Unpacks members and keeps count: all in all no more than 400 MB, and none that swells like a bomb."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive = archive
        self._left = _MOST_UNPACKED
        self._overlapping = _overlapping(archive.filelist, size)

    def member(self, info: zipfile.ZipInfo) -> bytes:
        """The bytes of a member.

        Raises `BrokenDocumentError` (damaged, or it shares its bytes with another), `EncryptedDocumentError`, and
        `TooLargeError`, after which nothing more of the archive may be read.
        """
        if info.flag_bits & 1:
            raise EncryptedDocumentError
        if info.header_offset in self._overlapping:
            raise BrokenDocumentError("it shares its bytes with another file")
        out = io.BytesIO()
        try:
            with self._archive.open(info) as file:
                while piece := file.read(_STEP):
                    out.write(piece)
                    self._left -= len(piece)
                    if self._left < 0:
                        raise TooLargeError(
                            "The archive unpacks to more than 400 MB; split it, or add its files alone."
                        )
                    if out.tell() > max(_FREE, _MOST_RATIO * info.compress_size):
                        raise TooLargeError("A file in the archive unpacks to far more than its size allows; refused.")
        except _FAULTS as error:
            raise BrokenDocumentError(fault_of(error)) from error
        return out.getvalue()


def _overlapping(members: Sequence[zipfile.ZipInfo], size: int) -> frozenset[int]:
    """Where members start that run into the next one or beyond the file: two names may not share their data."""
    found = set()
    order = sorted(members, key=lambda member: member.header_offset)
    for at, one in enumerate(order):
        two = order[at + 1] if at + 1 < len(order) else None
        end = one.header_offset + _HEAD + one.compress_size
        if end > (two.header_offset if two is not None else size) and (one.compress_size or two is None):
            found.add(one.header_offset)
            if two is not None and two.header_offset == one.header_offset:
                found.add(two.header_offset)
    return frozenset(found)


def read(data: bytes, *, name: str) -> ParsedDocument:
    """A list of what the archive holds; the files themselves are attachments."""
    archive = opened(data)
    unpacking = Unpacking(archive, len(data))
    builder = TextBuilder()
    builder.heading(PurePosixPath(name.replace("\\", "/")).name or "Archive", 1)
    kept: list[Attachment] = []
    notices: list[str] = []
    encrypted = 0
    taken: set[str] = set()
    for info, shown in _members(archive.filelist):
        if len(kept) >= _MOST_MEMBERS:
            notices.append(f"The archive holds more than {_MOST_MEMBERS} files; the others were left out.")
            break
        why = _refused(info, shown)
        if why is None:
            try:
                if content := unpacking.member(info):
                    kept.append(Attachment(_unique(shown, taken), content))
                    continue
                why = "it is empty"
            except EncryptedDocumentError:
                encrypted += 1
                why = "it is protected by a password"
            except TooLargeError:
                raise
            except DocumentError as error:
                why = f"it cannot be unpacked ({error.message})"
        notices.append(f"{shown[:150]} was left out: {why}.")
    if not kept:
        if encrypted:
            raise EncryptedDocumentError
        raise EmptyDocumentError("The archive holds no files that can be read." + "".join(f" {n}" for n in notices[:3]))
    for item in kept:
        builder.add("list_item", f"{item.name} ({size_of(len(item.data))})", level=1)
    if len(notices) > _MOST_NOTICES:
        notices[_MOST_NOTICES:] = [f"{len(notices) - _MOST_NOTICES} more files were left out."]
    return builder.document(notices=tuple(notices), attachments=tuple(kept))


def _members(members: Sequence[zipfile.ZipInfo]) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    """Members that are files, with their names as their writer saw them; without what systems add for themselves."""
    raw = [_raw_name(info) for info in members]
    guess = likeliest(b"\n".join(item for item in raw if item is not None)[:65_536], _NAMES)[0]
    for info, item in zip(members, raw, strict=True):
        shown = info.orig_filename if item is None else (_unicode_path(info, item) or item.decode(guess, "replace"))
        shown = shown.split("\x00")[0].replace("\\", "/")
        shown = "".join(char for char in shown if unicodedata.category(char) not in ("Cc", "Cs"))
        if not shown.endswith("/") and not _QUIET.search(shown):
            yield info, shown


def _raw_name(info: zipfile.ZipInfo) -> bytes | None:
    """The bytes of a name in an encoding that is not told; None where the archive says that it is UTF-8."""
    if info.flag_bits & 0x800:
        return None
    try:
        return info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return None


def _unicode_path(info: zipfile.ZipInfo, raw: bytes) -> str | None:
    """The name in UTF-8 that may stand beside the other one; it counts only if it belongs to it."""
    at = 0
    while at + 4 <= len(info.extra):
        kind, size = struct.unpack_from("<HH", info.extra, at)
        body = info.extra[at + 4 : at + 4 + size]
        if kind == 0x7075 and len(body) > 5 and body[0] == 1:
            told = int(struct.unpack_from("<I", body, 1)[0])
            return body[5:].decode("utf-8", "replace") if told == zlib.crc32(raw) else None
        at += 4 + size
    return None


def _refused(info: zipfile.ZipInfo, shown: str) -> str | None:
    """Why a member is not unpacked; None if it may be."""
    if shown.startswith("/") or re.match(r"[A-Za-z]:", shown) or ".." in shown.split("/"):
        return "its name points outside of the archive"
    if not shown.strip("/ ."):
        return "it has no name"
    # The upper half of these attributes is the file's mode on Unix.
    if (info.external_attr >> 28) == 0xA:
        return "it is only a link to another file"
    return None


def _unique(shown: str, taken: set[str]) -> str:
    """Names are told apart by a number where an archive holds one twice."""
    path, count, name = PurePosixPath(shown), 1, shown
    while name.casefold() in taken:
        count += 1
        name = str(path.with_name(f"{path.stem} ({count}){path.suffix}"))
    taken.add(name.casefold())
    return name
