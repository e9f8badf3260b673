"""E-mail as mail programs save it (EML): who wrote to whom and when, the text, and what came with it."""

from __future__ import annotations

import email
import email.message
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lionrock.errors import BrokenDocumentError, EncryptedDocumentError
from lionrock.ingest.readers import plain
from lionrock.ingest.readers.charsets import known
from lionrock.ingest.readers.html import decode_page
from lionrock.ingest.readers.mail_headers import RAW, bytes_of, decoded, field_of, file_name
from lionrock.ingest.readers.mail_parts import SEALED, Body, File, Letter, calendar_text, signed_content, written
from lionrock.records import Hidden, ParsedDocument

__all__ = ["gather", "read"]

_PEOPLE = (("From", "from"), ("To", "to"), ("Cc", "cc"))
_KNOWN = frozenset(
    "from to cc bcc subject date sender received return-path delivered-to message-id mime-version content-type"
    " content-transfer-encoding x-mailer reply-to".split()
)
_SIGNATURES = frozenset(
    [
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
    ]
)
_SMIME = frozenset(["application/pkcs7-mime", "application/x-pkcs7-mime"])
_REPORTS = frozenset(["message/delivery-status", "message/disposition-notification", "message/feedback-report"])
_DEEPEST = 40
_MOST_PARTS = 5_000


def read(data: bytes, *, name: str) -> ParsedDocument:
    """Subject, people, date, text and attachments of a message."""
    data, recoded = _narrow(data)
    try:
        message = email.message_from_bytes(data.lstrip(b"\xef\xbb\xbf \t\r\n"), policy=RAW)
    except RecursionError as error:
        raise BrokenDocumentError("The message is nested too deeply; it is refused.") from error
    if not any(key.lower() in _KNOWN for key in message.keys()):  # noqa: SIM118  a message has no iterator of keys
        parsed = plain.read(data, name=name)
        notice = "The file does not begin like an e-mail; it was read as plain text."
        return ParsedDocument(
            parsed.text, parsed.blocks, parsed.title, encoding=parsed.encoding, notices=(*parsed.notices, notice)
        )
    letter = gather(message, recoded=recoded)
    return written(letter)


def _narrow(data: bytes) -> tuple[bytes, bool]:
    """Mail saved as UTF-16 or UTF-32 text becomes UTF-8; True tells that the character sets in it are void."""
    head = data[:2_000]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or (len(head) > 16 and head.count(0) * 4 > len(head)):
        return plain.decode(data)[0].encode("utf-8", "replace"), True
    return data, False


def gather(message: email.message.Message, *, recoded: bool = False) -> Letter:
    """The letter that a parsed message is. Raises `EncryptedDocumentError` where its text cannot be read."""
    hint = "utf-8" if recoded else _charset_of(message)
    letter = Letter(
        subject=field_of(message, "subject", hint),
        people=[(label, field_of(message, name, hint)) for label, name in _PEOPLE],
        date=field_of(message, "date", hint),
        message_id=field_of(message, "message-id")[:300],
    )
    if blind := field_of(message, "bcc", hint):
        letter.hidden.append(Hidden("metadata", f"Bcc: {blind}"))
    parts = _Parts(letter, recoded, hint)
    try:
        parts.take(message, 0)
    except RecursionError as error:
        raise BrokenDocumentError("The message is nested too deeply; it is refused.") from error
    if parts.sealed and not any((body.plain or body.page or "").strip() for body in letter.bodies):
        raise EncryptedDocumentError(SEALED)
    if parts.sealed:
        letter.notices.append("A part of the message is encrypted; it was left out.")
    return letter


def _charset_of(message: email.message.Message) -> str | None:
    """The character set of the first part that names one."""
    for count, part in enumerate(message.walk()):
        said = _parameter(part, "charset")
        if said and said.lower() not in ("us-ascii", "ascii", "utf-8"):
            return said
        if count > 20:
            break
    return None


def _parameter(message: email.message.Message, name: str) -> str:
    try:
        value = message.get_param(name)
    except (ValueError, TypeError, LookupError, AttributeError):
        return ""
    return str(value[2] if isinstance(value, tuple) else value or "").strip().strip("'\"")


@dataclass(slots=True)
class _Parts:
    """Walks the parts of a message."""

    letter: Letter
    recoded: bool
    hint: str | None
    sealed: bool = False
    count: int = 0

    def take(self, message: email.message.Message, depth: int) -> None:
        """Sort one part, and those in it, into texts and files."""
        self.count += 1
        if depth > _DEEPEST or self.count > _MOST_PARTS:
            self.letter.notices.append("The message has too many parts or too deep ones; some were left out.")
            return
        kind = message.get_content_type()
        inner = message.get_payload() if message.is_multipart() else None
        if kind in ("multipart/encrypted", "application/pgp-encrypted"):
            self.sealed = True
        elif kind == "message/rfc822" and isinstance(inner, list):
            self._message(message, inner)
        elif kind in _REPORTS and isinstance(inner, list):
            self._report(inner)
        elif isinstance(inner, list):
            parts = [part for part in inner if isinstance(part, email.message.Message)]
            if kind == "multipart/alternative":
                self._alternative(parts, depth)
            else:
                for part in parts:
                    self.take(part, depth + 1)
        elif kind in _SMIME:
            self._sealed(message, depth)
        elif kind not in _SIGNATURES:
            self._leaf(message, kind)

    def _alternative(self, parts: list[email.message.Message], depth: int) -> None:
        """Versions of one text: the plain one and the page make one body; what comes with the page is kept."""
        before = len(self.letter.bodies)
        for part in parts:
            self.take(part, depth + 1)
        bodies = self.letter.bodies[before:]
        del self.letter.bodies[before:]
        texts = [body.plain for body in bodies if body.plain is not None]
        pages = [body.page for body in bodies if body.page is not None]
        if texts or pages:
            self.letter.bodies.append(Body(texts[0] if texts else None, pages[0] if pages else None))
        # Of an invitation the plain version often leaves out the time.
        self.letter.bodies += [Body(text) for text in texts[1:]] + [Body(None, page) for page in pages[1:]]

    def _leaf(self, message: email.message.Message, kind: str) -> None:
        named = file_name(message, self.hint)
        attached = str(message.get("content-disposition") or "").lstrip().lower().startswith("attachment")
        data = self._bytes(message)
        charset = "utf-8" if self.recoded and self._is_bare(message) else _parameter(message, "charset")
        if not attached and not named and kind in ("text/plain", "text/html", "text/enriched", "text/calendar"):
            self._text(data, kind, charset, message)
        elif kind == "text/calendar" and (text := calendar_text(decoded(data, charset))):
            self.letter.bodies.append(Body(text))
        else:
            content_id = str(message.get("content-id") or "").strip().strip("<>")
            if kind == "message/rfc822" and not named:
                named = "message.eml"
            self.letter.files.append(File(named, data, kind, content_id))

    def _text(self, data: bytes, kind: str, charset: str, message: email.message.Message) -> None:
        if kind == "text/html":
            text, encoding = decode_page(data, "utf-8" if self.recoded else charset)
            self.letter.bodies.append(Body(None, text))
        else:
            text = decoded(data, charset or self.hint).replace("\x00", "\ufffd")
            encoding = known(charset) or ""
            if kind == "text/calendar":
                text = calendar_text(text)
            elif kind == "text/enriched":
                text = re.sub(r"<[^<>]{1,100}>", "", text)
            elif _parameter(message, "format").lower() == "flowed":
                text = _unflowed(text, _parameter(message, "delsp").lower() == "yes")
            self.letter.bodies.append(Body(text))
        self.letter.encoding = self.letter.encoding or encoding or None

    def _message(self, message: email.message.Message, inner: Sequence[object]) -> None:
        """A message in a message becomes a document of its own."""
        part = inner[0] if inner else None
        if not isinstance(part, email.message.Message):
            return
        try:
            data = part.as_bytes(policy=RAW)
        except (ValueError, LookupError, TypeError, AttributeError):
            self.letter.notices.append("A message inside the message is damaged; it was left out.")
            return
        named = file_name(message, self.hint) or field_of(part, "subject", self.hint)[:120].replace("/", "-")
        if not named.lower().endswith(".eml"):
            named = f"{named or 'message'}.eml"
        self.letter.files.append(File(named, data, "message/rfc822"))

    def _report(self, inner: Sequence[object]) -> None:
        """What became of a message: its fields as lines."""
        lines = [
            f"{name}: {field_of(part, name)}"
            for part in inner[:100]
            if isinstance(part, email.message.Message)
            for name in part.keys()  # noqa: SIM118
        ]
        self.letter.bodies.append(Body("\n".join(lines)))

    def _sealed(self, message: email.message.Message, depth: int) -> None:
        content = signed_content(self._bytes(message))
        if content is None:
            self.sealed = True
            return
        self.take(email.message_from_bytes(content, policy=RAW), depth + 1)

    def _is_bare(self, message: email.message.Message) -> bool:
        """Whether the part's text stands in the file as it is."""
        coding = str(message.get("content-transfer-encoding") or "7bit").strip().lower()
        return coding not in ("base64", "quoted-printable")

    def _bytes(self, message: email.message.Message) -> bytes:
        try:
            data = message.get_payload(decode=True)
        except (ValueError, LookupError, TypeError, AttributeError):
            data = None
        if isinstance(data, bytes):
            return data
        payload = message.get_payload()
        return bytes_of(payload) if isinstance(payload, str) else b""


def _unflowed(text: str, delete: bool) -> str:
    """Lines that end in a blank run on (format=flowed), within one depth of quotation."""
    lines: list[list[str]] = []
    open_quote: str | None = None
    for line in text.replace("\r\n", "\n").split("\n"):
        depth = line[: len(line) - len(line.lstrip(">"))]
        words = line[len(depth) :]
        words = words[1:] if words.startswith(" ") else words
        flows = words.endswith(" ") and words != "-- "
        shown = words[:-1] if flows and delete else words
        if open_quote == depth and lines:
            lines[-1].append(shown)
        else:
            lines.append([f"{depth} " if depth else "", shown])
        open_quote = depth if flows else None
    return "\n".join("".join(pieces).rstrip() for pieces in lines)
