"""E-mail as Outlook saves it (MSG): a compound file with a stream for every property."""

from __future__ import annotations

import datetime as dt
import email
import email.utils
import hashlib
import io
import re
import struct
from base64 import encodebytes
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from olefile import OleFileIO
from oxmsg.domain.encodings import encoding_from_codepage
from oxmsg.domain.model import UnrecognizedCodePageError, UnsupportedEncodingError
from oxmsg.storage import Storage

from lionrock.errors import BrokenDocumentError, DocumentError, EncryptedDocumentError
from lionrock.ingest.readers import rtf
from lionrock.ingest.readers.charsets import known
from lionrock.ingest.readers.eml import gather
from lionrock.ingest.readers.html import decode_page
from lionrock.ingest.readers.mail_headers import RAW, decoded, shown
from lionrock.ingest.readers.mail_parts import SEALED, Body, File, Letter, signed_content, written
from lionrock.ingest.readers.office_archive import fault_of
from lionrock.records import Hidden, ParsedDocument

__all__ = ["read", "unpacked_rtf"]

_SUBJECT, _CLASS, _BODY, _HTML, _RTF, _HEADERS = 0x0037, 0x001A, 0x1000, 0x1013, 0x1009, 0x007D
_SENDER, _SENDER_ADDRESS, _SENDER_SMTP, _MESSAGE_ID = 0x0C1A, 0x0C1F, 0x5D01, 0x1035
_SHOWN_TO, _SHOWN_CC, _SHOWN_BCC = 0x0E04, 0x0E03, 0x0E02
_NAME, _ADDRESS, _SMTP, _ROLE = 0x3001, 0x3003, 0x39FE, 0x0C15
_LONG_NAME, _SHORT_NAME, _DATA, _MIME, _CONTENT_ID = 0x3707, 0x3704, 0x3701, 0x370E, 0x3712
_SENT, _ARRIVED, _CODEPAGE, _BODY_CODEPAGE, _STARTS, _ENDS = 0x0039, 0x0E06, 0x3FFD, 0x3FDE, 0x0060, 0x0061
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
_ROLES = {1: "To", 2: "Cc", 3: "Bcc"}
_DEEPEST = 15
_MOST_ENTRIES = 50_000
_FAULTS = (
    OSError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    struct.error,
    RecursionError,
)


def read(data: bytes, *, name: str) -> ParsedDocument:
    """Subject, people, date, text and attachments of a message; a message inside it is an attachment of its own."""
    return written(_letter(_Item(_storage(data), top=True), 0))


def _storage(data: bytes) -> Storage:
    """The tree of streams. Refused are files whose streams claim more than the file holds."""
    if not _is_sound(data):
        raise BrokenDocumentError("The message is damaged: its parts claim more room than the file has.")
    try:
        with OleFileIO(io.BytesIO(data)) as ole:
            # The first is the root, whose stream holds the small ones of all others.
            entries = [entry for entry in ole.direntries if entry is not None]
            streams = sum(entry.size for entry in entries[1:])
            if len(entries) > _MOST_ENTRIES or max(entries[0].size, streams) > len(data):
                raise BrokenDocumentError("The message is damaged: its parts claim more room than the file has.")
            return Storage.from_ole(ole)
    except _FAULTS as error:
        raise BrokenDocumentError(f"The message is damaged ({fault_of(error)}).") from error


def _is_sound(data: bytes) -> bool:
    """Whether the head of the compound file counts no more sectors than there are: chains of sectors may run in rings."""
    if len(data) < 512:
        return False
    shift, small = struct.unpack_from("<HH", data, 30)
    tables = struct.unpack_from("<I", data, 44)[0], *struct.unpack_from("<I4xI", data, 64)
    return shift in (9, 12) and small == 6 and all(count << shift <= len(data) for count in tables)


@dataclass(slots=True)
class _Item:
    """Properties of one storage: a message, a recipient or an attachment."""

    storage: Storage
    top: bool = False
    inner: bool = False
    """A message inside a message, whose table of properties has a shorter head."""
    codec: str | None = None

    def stream(self, pid: int, kind: int) -> bytes | None:
        wanted = f"__substg1.0_{pid:04X}{kind:04X}"
        return next((stream.bytes_ for stream in self.storage.streams if stream.name.upper() == wanted.upper()), None)

    def text(self, pid: int) -> str:
        """A text property, Unicode or in the message's code page; empty where there is none."""
        wide = self.stream(pid, 0x001F)
        if wide is not None:
            return wide.decode("utf-16-le", "replace").rstrip("\x00").replace("\x00", "\ufffd")
        narrow = self.stream(pid, 0x001E)
        return decoded(narrow.rstrip(b"\x00"), self.codec).replace("\x00", "\ufffd") if narrow else ""

    def fixed(self, pid: int) -> bytes | None:
        """The eight bytes of a property of fixed length."""
        table = next((s.bytes_ for s in self.storage.streams if s.name == "__properties_version1.0"), b"")
        for at in range(32 if self.top else 24 if self.inner else 8, len(table) - 15, 16):
            if struct.unpack_from("<H", table, at + 2)[0] == pid:
                return table[at + 8 : at + 16]
        return None

    def number(self, pid: int) -> int | None:
        raw = self.fixed(pid)
        return None if raw is None else int(struct.unpack("<I", raw[:4])[0])

    def time(self, pid: int) -> dt.datetime | None:
        raw = self.fixed(pid)
        ticks = struct.unpack("<Q", raw)[0] if raw is not None else 0
        try:
            return _EPOCH + dt.timedelta(seconds=ticks // 10_000_000) if ticks else None
        except OverflowError:
            return None

    def page(self, pid: int) -> str | None:
        """The codec of a code page that a property names."""
        number = self.number(pid)
        if number is None:
            return None
        try:
            return known(encoding_from_codepage(number))
        except (UnrecognizedCodePageError, UnsupportedEncodingError):
            return None

    def below(self, mark: str) -> Iterator[_Item]:
        """Recipients or attachments."""
        for storage in self.storage.storages:
            if storage.name.lower().startswith(mark):
                yield _Item(storage, codec=self.codec)


def _letter(item: _Item, depth: int) -> Letter:
    item.codec = item.page(_CODEPAGE) or item.page(_BODY_CODEPAGE)
    kind = item.text(_CLASS).upper()
    files = _files(item, depth)
    if "SMIME" in kind:
        letter = _smime(files, kind)
        letter.subject = letter.subject or item.text(_SUBJECT)
    else:
        letter = Letter(subject=item.text(_SUBJECT), files=files, bodies=[_body(item)], encoding=item.codec)
        _refuse_sealed(item, letter, kind)
    headers = email.message_from_string(item.text(_HEADERS), policy=RAW)
    if not any(names for _, names in letter.people):
        letter.people = _people(item, letter, shown(str(headers.get("from") or "")))
    sent = item.time(_SENT) or item.time(_ARRIVED)
    letter.date = letter.date or shown(str(headers.get("date") or "")) or (_told(sent) if sent else "")
    letter.message_id = letter.message_id or item.text(_MESSAGE_ID)[:300]
    starts, ends = item.time(_STARTS), item.time(_ENDS)
    if (starts and "APPOINTMENT" in kind) or (starts and "MEETING" in kind):
        letter.people.append(("Start", f"{starts:%Y-%m-%d %H:%M} UTC"))
        if ends:
            letter.people.append(("End", f"{ends:%Y-%m-%d %H:%M} UTC"))
    return letter


def _told(sent: dt.datetime) -> str:
    return email.utils.format_datetime(sent)


def _people(item: _Item, letter: Letter, sender: str) -> list[tuple[str, str]]:
    if not sender:
        address = item.text(_SENDER_SMTP) or item.text(_SENDER_ADDRESS)
        sender = _named(item.text(_SENDER), address)
    found: dict[str, list[str]] = {"To": [], "Cc": [], "Bcc": []}
    for recipient in item.below("__recip_version1.0_#"):
        role = _ROLES.get((recipient.number(_ROLE) or 1) & 0xF, "To")
        address = recipient.text(_SMTP) or recipient.text(_ADDRESS)
        found[role].append(_named(recipient.text(_NAME), address))
    for role, pid in (("To", _SHOWN_TO), ("Cc", _SHOWN_CC), ("Bcc", _SHOWN_BCC)):
        if not found[role] and (listed := item.text(pid)):
            found[role] = [listed]
    if found["Bcc"]:
        letter.hidden.append(Hidden("metadata", "Bcc: " + ", ".join(found["Bcc"])))
    return [("From", sender), ("To", ", ".join(found["To"])), ("Cc", ", ".join(found["Cc"]))]


def _named(name: str, address: str) -> str:
    # An address inside an organisation's own directory (/O=...) says nothing to people.
    if "@" not in address:
        address = ""
    if not name or name == address:
        return address
    return f"{name} <{address}>" if address else name


def _body(item: _Item) -> Body:
    plain = item.text(_BODY).replace("\r\n", "\n")
    page: str | None = None
    raw = item.stream(_HTML, 0x0102)
    if raw:
        page = decode_page(raw, item.page(_BODY_CODEPAGE))[0]
    elif said := item.text(_HTML):
        page = said
    if not plain.strip() and not (page and page.strip()) and (packed := item.stream(_RTF, 0x0102)):
        plain = _rtf_text(packed)
    return Body(plain, page)


def _rtf_text(packed: bytes) -> str:
    try:
        return rtf.read(unpacked_rtf(packed), name="body.rtf").text
    except (DocumentError, ValueError):
        # A body that cannot be read leaves the headers and what is attached.
        return ""


_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbol"
    rb"ArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_MOST_RTF = 50_000_000


def unpacked_rtf(data: bytes) -> bytes:
    """RTF as Outlook packs it: references into a ring of 4,096 bytes, which starts with words that RTF is made of."""
    if len(data) < 16:
        return b""
    size, kind = struct.unpack_from("<4xI4s", data)
    if kind == b"MELA":
        return data[16 : 16 + size]
    if kind != b"LZFu":
        return b""
    ring = bytearray(4096)
    ring[: len(_DICTIONARY)] = _DICTIONARY
    at, place = 16, len(_DICTIONARY)
    out = bytearray()
    while at < len(data) and len(out) < min(size, _MOST_RTF):
        flags = data[at]
        at += 1
        for bit in range(8):
            if flags >> bit & 1:
                if at + 1 >= len(data):
                    return bytes(out)
                pair = data[at] << 8 | data[at + 1]
                at += 2
                start, count = pair >> 4, (pair & 15) + 2
                if start == place:
                    return bytes(out[:size])
                piece = [0] * count
                for step in range(count):
                    piece[step] = ring[place] = ring[(start + step) % 4096]
                    place = (place + 1) % 4096
                out += bytes(piece)
            elif at < len(data):
                out.append(data[at])
                ring[place] = data[at]
                place = (place + 1) % 4096
                at += 1
    return bytes(out[:size])


def _files(item: _Item, depth: int) -> list[File]:
    files = []
    for attached in item.below("__attach_version1.0_#"):
        named = attached.text(_LONG_NAME) or attached.text(_SHORT_NAME) or attached.text(_NAME)
        data = attached.stream(_DATA, 0x0102)
        kind = attached.text(_MIME).lower() or "application/octet-stream"
        inner = next((s for s in attached.storage.storages if s.name.upper() == "__SUBSTG1.0_3701000D"), None)
        if data is not None:
            files.append(File(named, data, kind, attached.text(_CONTENT_ID).strip("<>")))
        elif inner is not None and any(stream.name == "__properties_version1.0" for stream in inner.streams):
            files.append(_message_file(inner, named, depth))
    return files


def _message_file(storage: Storage, named: str, depth: int) -> File:
    """A message inside the message, as a file of the common kind: the compound file has it in pieces only."""
    if depth >= _DEEPEST:
        return File(f"{named or 'message'}.txt", b"This message is nested too deeply; it was left out.", "text/plain")
    try:
        letter = _letter(_Item(storage, inner=True), depth + 1)
        data = _eml(letter)
    except EncryptedDocumentError as error:
        data = f"Subject: {_line(named)}\n\n{error.message}".encode("utf-8", "replace")
        return File(f"{named or 'message'}.eml", data, "message/rfc822")
    named = named or letter.subject[:120].replace("/", "-")
    named = re.sub(r"\.msg$", "", named, flags=re.IGNORECASE)
    return File(f"{named or 'message'}.eml", data, "message/rfc822")


def _line(text: str) -> str:
    return " ".join(text.split())


def _eml(letter: Letter) -> bytes:
    """A letter as MIME. Its boundary is made of its contents, so that the same message gives the same bytes."""
    parts = []
    for body in letter.bodies:
        for text, kind in ((body.plain, "plain"), (body.page, "html")):
            if text and text.strip():
                head = f"Content-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
                parts.append(head.encode() + encodebytes(text.encode("utf-8", "replace")))
    versions = _joined("alternative", parts) if len(parts) > 1 else parts[0] if parts else b"\n"
    rest = [versions]
    for file in letter.files:
        named = quote(file.name, safe="", errors="replace")
        place = f"Content-Disposition: attachment; filename*=utf-8''{named}\n"
        if file.content_id:
            place += f"Content-ID: <{_line(file.content_id)}>\n"
        if file.media_type == "message/rfc822":
            rest.append(f"Content-Type: message/rfc822\n{place}\n".encode("utf-8", "replace") + file.data)
        else:
            kind = (
                file.media_type if re.fullmatch(r"[\w.+-]+/[\w.+-]+", file.media_type) else "application/octet-stream"
            )
            head = f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n{place}\n"
            rest.append(head.encode("utf-8", "replace") + encodebytes(file.data))
    lines = [("Subject", letter.subject), *letter.people, ("Date", letter.date), ("Message-ID", letter.message_id)]
    lines += [(item.text.partition(": ")[0], item.text.partition(": ")[2]) for item in letter.hidden]
    head = "".join(f"{label}: {_line(value)}\n" for label, value in lines if value) + "MIME-Version: 1.0\n"
    return head.encode("utf-8", "replace") + (_joined("mixed", rest) if letter.files else versions)


def _joined(kind: str, parts: list[bytes]) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    mark = b"=_" + digest.hexdigest()[:40].encode()
    inside = b"".join(b"--" + mark + b"\n" + part + b"\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{mark.decode()}"\n\n'.encode() + inside + b"--" + mark + b"--\n"


def _refuse_sealed(item: _Item, letter: Letter, kind: str) -> None:
    """Encrypted messages of other makes: their text is an attachment that cannot be read."""
    headers = item.text(_HEADERS)[:20_000].lower()
    protected = "multipart/encrypted" in headers or any(
        file.media_type == "application/pgp-encrypted" or file.name.lower().endswith(".rpmsg") for file in letter.files
    )
    said = any((body.plain or body.page or "").strip() for body in letter.bodies)
    if "RPMSG" in kind or (protected and (not said or any(f.name.lower().endswith(".rpmsg") for f in letter.files))):
        raise EncryptedDocumentError(SEALED)


def _smime(files: list[File], kind: str) -> Letter:
    """A signed or encrypted message stands whole in its only attachment."""
    for file in files:
        if "MULTIPARTSIGNED" in kind or b"multipart/signed" in file.data[:4_000].lower():
            return gather(email.message_from_bytes(file.data.lstrip(), policy=RAW))
        if (content := signed_content(file.data)) is not None:
            return gather(email.message_from_bytes(content, policy=RAW))
    raise EncryptedDocumentError(SEALED)
