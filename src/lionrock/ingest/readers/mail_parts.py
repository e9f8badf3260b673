"""What every kind of mail has in common: people and dates as they are shown, the best version of the text, attachments."""

from __future__ import annotations

import email.utils
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePosixPath

from lionrock.errors import DocumentError, EncryptedDocumentError
from lionrock.ingest.readers.builder import TextBuilder
from lionrock.ingest.readers.html import fill, parse_page
from lionrock.ingest.readers.html_walk import Unseen
from lionrock.ingest.readers.plain import paragraphs
from lionrock.records import Attachment, Hidden, ParsedDocument

__all__ = [
    "SEALED",
    "Body",
    "File",
    "Letter",
    "calendar_text",
    "iso_date",
    "signed_content",
    "size_of",
    "written",
]

SEALED = "The message is encrypted; open it where it can be read, save it without encryption and add it again."
_MOST_FILES = 1_000
_MOST_NAMED = 4_000
_LOGO = 50_000
"""Bytes below which a picture inside a message is taken for a logo or a mark of tracking."""
_STUB = 300
_ARMOUR = re.compile(r"\s*-----BEGIN PGP MESSAGE-----")
_TOKENS = re.compile(r"[^\W\d_]{2,}|[\u3400-\u9fff]")
_ENDINGS = {
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/csv": ".csv",
    "text/calendar": ".ics",
    "message/rfc822": ".eml",
}


@dataclass(frozen=True, slots=True)
class Body:
    """One piece of a message's text in the versions that it came in."""

    plain: str | None = None
    page: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """What a message carries."""

    name: str
    data: bytes
    media_type: str = "application/octet-stream"
    content_id: str = ""


@dataclass(slots=True)
class Letter:
    """A message of any format, before it is written down."""

    subject: str = ""
    people: list[tuple[str, str]] = field(default_factory=list)
    """(label, names) as shown, in order."""
    date: str = ""
    bodies: list[Body] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    hidden: list[Hidden] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    message_id: str = ""
    encoding: str | None = None


def written(letter: Letter) -> ParsedDocument:
    """The letter as a document: subject, people, date, text, the names of what it carries; and its attachments."""
    builder, unseen = TextBuilder(), Unseen()
    builder.heading(" ".join(letter.subject.split()), 1)
    for label, names in (*letter.people, ("Date", letter.date)):
        names = " ".join(names.split())
        if len(names) > _MOST_NAMED:
            letter.notices.append(f"The list of names under {label} is very long; its end was left out.")
            names = names[:_MOST_NAMED] + " …"
        if names:
            builder.add("paragraph", f"{label}: {names}")
    for body in letter.bodies:
        _add_body(body, builder, unseen, letter)
    attachments = _attachments(letter)
    if attachments:
        said = ", ".join(f"{item.name} ({size_of(len(item.data))})" for item in attachments)
        if len(said) > _MOST_NAMED:
            said = said[:_MOST_NAMED] + " …"
        builder.add("paragraph", f"Attachments: {said}")
    return builder.document(
        title=letter.subject or None,
        encoding=letter.encoding,
        version_date=iso_date(letter.date),
        metadata={"message_id": letter.message_id} if letter.message_id else {},
        notices=tuple(dict.fromkeys(letter.notices)),
        hidden=(*letter.hidden, *unseen.items),
        attachments=attachments,
    )


def _add_body(body: Body, builder: TextBuilder, unseen: Unseen, letter: Letter) -> None:
    """The plain version where it is one; else the page."""
    plain = body.plain if body.plain and body.plain.strip() else None
    if plain is not None and _ARMOUR.match(plain):
        raise EncryptedDocumentError(SEALED)
    root = None
    if body.page and body.page.strip():
        try:
            root, notices = parse_page(body.page)
            letter.notices += notices
        except DocumentError:
            root = None
    if root is None:
        _add_plain(plain or "", builder)
        return
    scratch = TextBuilder()
    fill(root, scratch, unseen, prefix=None)
    shown = scratch.document().text if scratch.blocks else ""
    if plain is None or _is_stub(plain, shown):
        fill(root, builder, Unseen(), prefix=None, below=1)
        unseen.add("the message's other version", plain or "")
        return
    _add_plain(plain, builder)
    if _differ(plain, shown):
        letter.notices.append("The message came in two versions that say different things; its plain text was read.")
        unseen.add("the message's other version", shown)


def _add_plain(text: str, builder: TextBuilder) -> None:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for start, end in paragraphs(text):
        builder.add("paragraph", text[start:end])


def _is_stub(plain: str, shown: str) -> bool:
    """Whether a plain version only says that there is another one."""
    return len(plain.strip()) < _STUB and len(shown) > 3 * len(plain.strip()) + _STUB


def _differ(plain: str, shown: str) -> bool:
    one, two = (set(_TOKENS.findall(text.lower())) for text in (plain, shown))
    smaller = min(len(one), len(two))
    return smaller >= 8 and len(one & two) < 0.5 * smaller


def _attachments(letter: Letter) -> tuple[Attachment, ...]:
    """What becomes documents: not the logos that a page shows. Names are those shown, without folders, none twice."""
    pages = " ".join(body.page or "" for body in letter.bodies)
    shown = set(re.findall(r"cid:([^\s\"'<>)&]{1,200})", pages, re.IGNORECASE))
    kept: list[Attachment] = []
    taken: set[str] = set()
    logos = 0
    for file in letter.files:
        is_shown = bool(file.content_id) and file.content_id in shown and file.media_type.startswith("image/")
        if is_shown and len(file.data) < _LOGO:
            logos += 1
            continue
        if not file.data:
            letter.notices.append(f"The attachment {file.name or 'without a name'} is empty.")
            continue
        if len(kept) >= _MOST_FILES:
            letter.notices.append(f"The message has more than {_MOST_FILES} attachments; the others were left out.")
            break
        kept.append(Attachment(_name_of(file, len(kept) + 1, taken), file.data))
    if logos:
        letter.notices.append(f"Small pictures inside the text (logos and the like) were left out: {logos}.")
    return tuple(kept)


def _name_of(file: File, number: int, taken: set[str]) -> str:
    shown = "".join(char for char in file.name if unicodedata.category(char) not in ("Cc", "Cs"))
    shown = " ".join(shown.replace("\\", "/").rpartition("/")[2].split()).strip(". ")[:200]
    if not shown:
        shown = f"attachment {number}" + _ENDINGS.get(file.media_type, "")
    path, count = PurePosixPath(shown), 1
    name = shown
    while name.casefold() in taken:
        count += 1
        name = f"{path.stem} ({count}){path.suffix}"
    taken.add(name.casefold())
    return name


def size_of(count: int) -> str:
    """A number of bytes as people write it."""
    if count < 1_000:
        return f"{count} bytes"
    return f"{count / 1_000:.0f} KB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def iso_date(said: str) -> str | None:
    """The day of a date as mail states it, in the writer's own time; None where it is not one."""
    day: date | None = None
    try:
        day = email.utils.parsedate_to_datetime(said).date()
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        found = re.match(r"\s*(\d{4}-\d{2}-\d{2})(?:[T ]|\s*$)", said)
        if found:
            try:
                day = datetime.fromisoformat(found[1]).date()
            except ValueError:
                day = None
    return day.isoformat() if day is not None and 1970 <= day.year <= 2100 else None


_FIELDS = (
    ("SUMMARY", "Event"),
    ("DTSTART", "Start"),
    ("DTEND", "End"),
    ("LOCATION", "Place"),
    ("ORGANIZER", "Organizer"),
    ("ATTENDEE", "Invited"),
    ("RRULE", "Repeats"),
    ("DESCRIPTION", "Description"),
)
_MOST_EVENTS = 500
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")


def calendar_text(text: str) -> str:
    """The events of a calendar file (iCalendar) as lines of text; empty where there are none."""
    events: list[str] = []
    lines: list[str] | None = None
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        mark = line.strip().upper()
        if mark == "BEGIN:VEVENT":
            lines = []
        elif mark == "END:VEVENT" and lines is not None:
            events.append(_event(lines))
            lines = None
        elif lines is not None:
            lines.append(line)
        if len(events) >= _MOST_EVENTS:
            break
    return "\n\n".join(filter(None, events))


def _event(source: Sequence[str]) -> str:
    said: dict[str, list[str]] = {}
    for line in source:
        # A colon inside quotes belongs to a parameter.
        found = re.match(r"([\w-]+)((?:;(?:\"[^\"]*\"|[^:\"])*)?):(.*)", line)
        if found:
            said.setdefault(found[1].upper(), []).append(_field(found[1].upper(), found[2], found[3]))
    lines: list[str] = []
    for name, label in _FIELDS:
        if values := [value for value in said.get(name, []) if value][:200]:
            lines.append(f"{label}: {', '.join(values)}")
    return "\n".join(lines)


def _field(name: str, parameters: str, value: str) -> str:
    if name in ("DTSTART", "DTEND") and (found := _STAMP.match(value)):
        zone = re.search(r"TZID=\"?([^;\":]+)", parameters)
        clock = f" {found[4]}:{found[5]}" if found[4] else ""
        return f"{found[1]}-{found[2]}-{found[3]}{clock}" + (" UTC" if found[6] else f" ({zone[1]})" if zone else "")
    if name in ("ORGANIZER", "ATTENDEE"):
        named = re.search(r"CN=(?:\"([^\"]*)\"|([^;:]*))", parameters)
        shown = (named[1] or named[2] or "") if named else ""
        address = re.sub(r"^mailto:", "", value, flags=re.IGNORECASE)
        return f"{shown} <{address}>" if shown and shown != address else address
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


_SIGNED = bytes.fromhex("06092a864886f70d010702")


def signed_content(data: bytes) -> bytes | None:
    """What a signed message in one piece (CMS SignedData) holds; None where it is encrypted or is none."""
    if _SIGNED not in data[:60]:
        return None
    at = data.find(_SIGNED) + len(_SIGNED)
    try:
        # [0] { SEQUENCE { version, SET of digests, SEQUENCE { type, [0] { OCTET STRING } } } }
        _, at, _ = _head(data, at)
        _, at, _ = _head(data, at)
        for _ in range(2):
            at = _end_of(data, at)
        _, at, _ = _head(data, at)
        at = _end_of(data, at)
        tag, at, end = _head(data, at)
        if tag != 0xA0:
            return None
        return b"".join(_octets(data, at, end if end is not None else len(data), 0)) or None
    except (IndexError, ValueError):
        return None


def _head(data: bytes, at: int) -> tuple[int, int, int | None]:
    """(tag, start of the content, its end; None where the end is marked instead of counted)."""
    tag, size = data[at], data[at + 1]
    at += 2
    if size == 0x80:
        return tag, at, None
    if size > 0x80:
        count = size & 0x7F
        if count > 8:
            raise ValueError("a length of more than eight bytes")
        size = int.from_bytes(data[at : at + count], "big")
        at += count
    return tag, at, at + size


def _end_of(data: bytes, at: int, depth: int = 0) -> int:
    tag, at, end = _head(data, at)
    if end is not None:
        return end
    if depth > 20 or not tag & 0x20:
        raise ValueError("a value without an end")
    while data[at : at + 2] != b"\0\0":
        at = _end_of(data, at, depth + 1)
    return at + 2


def _octets(data: bytes, at: int, end: int, depth: int) -> Iterator[bytes]:
    """The pieces of an octet string that may be cut into several."""
    while at < end and data[at : at + 2] != b"\0\0" and depth < 20:
        tag, start, stop = _head(data, at)
        if tag == 0x04 and stop is not None:
            yield data[start : min(stop, end)]
            at = stop
        elif tag in (0x24, 0xA0):
            yield from _octets(data, start, stop if stop is not None else end, depth + 1)
            at = _end_of(data, at)
        else:
            return
