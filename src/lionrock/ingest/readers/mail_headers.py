"""Header fields of mail as people see them: encoded words, raw bytes of any character set, names of attachments."""

from __future__ import annotations

import base64
import binascii
import email.message
import email.policy
import email.utils
import quopri
import re

from lionrock.ingest.readers.charsets import known
from lionrock.ingest.readers.plain import decode

__all__ = ["RAW", "bytes_of", "decoded", "field_of", "file_name", "shown"]

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_FOLD = re.compile(r"[\r\n]+[ \t]*")
_MOST = 100_000
_MOST_PARAMETERS = 8_000


class _Raw(email.policy.Compat32):
    """The tolerant policy of old, which gives header fields with their bytes as they stand in the file."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        # The library takes the parameters of these fields apart in a time that grows with their square.
        return value[:_MOST_PARAMETERS] if name.lower().startswith("content-") else value


RAW = _Raw(max_line_length=None, mangle_from_=False, cte_type="8bit", linesep="\n")
"""The newer policies parse addresses as well and fail on many that people do send."""


def bytes_of(text: str) -> bytes:
    """The bytes of a part of the file that the parser gave as text."""
    try:
        return text.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")


def decoded(data: bytes, said: str | None) -> str:
    """Text in the character set that is named, if it can be read so; else in the likeliest one. It holds no NUL."""
    return _text(data, said).replace("\x00", "\ufffd")


def _text(data: bytes, said: str | None) -> str:
    codec = known(said)
    plain = all(byte < 128 for byte in data[:65_536]) and b"\x1b" not in data
    if codec is not None and not (codec == "cp1252" and not plain):
        try:
            return data.decode(codec)
        except (UnicodeDecodeError, LookupError):
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if codec == "cp1252":
        # What is said in want of better; other sets are written under this name too.
        text, found = decode(data)
        return text if found != "cp1252" else data.decode("cp1252", "replace")
    if codec is not None and not codec.startswith("utf"):
        text = data.decode(codec, "replace")
        if text.count("\ufffd") <= max(1, len(text) // 200):
            return text
    return decode(data)[0]


def shown(raw: str, hint: str | None = None) -> str:
    """A field's text as a mail program shows it. `hint`: the character set of the message, for bytes without a name."""
    raw = _FOLD.sub(" ", raw[:_MOST]).strip()
    pieces: list[str] = []
    pending: list[tuple[str, bytes]] = []
    at = 0
    for found in _WORD.finditer(raw):
        between = raw[at : found.start()]
        if between.strip() or not pending:
            _close(pending, pieces)
            pieces.append(_plain(between, hint))
        pending.append((found[1].partition("*")[0].lower(), _bytes(found[2], found[3])))
        at = found.end()
    _close(pending, pieces)
    pieces.append(_plain(raw[at:], hint))
    return "".join(pieces).replace("\x00", "\ufffd").strip()


def _close(pending: list[tuple[str, bytes]], pieces: list[str]) -> None:
    """Neighbouring words of one set are put together first: many programs cut inside a character."""
    while pending:
        said = pending[0][0]
        count = next((n for n, (name, _) in enumerate(pending) if name != said), len(pending))
        pieces.append(decoded(b"".join(data for _, data in pending[:count]), said))
        del pending[:count]


def _bytes(kind: str, text: str) -> bytes:
    data = bytes_of(text)
    if kind in "qQ":
        return quopri.decodestring(data, header=True)
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        return data


def _plain(text: str, hint: str | None) -> str:
    data = bytes_of(text)
    if data.isascii():
        return text
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return decoded(data, hint)


def field_of(message: email.message.Message, name: str, hint: str | None = None) -> str:
    """A header field as shown; empty where there is none."""
    return shown(str(message.get(name) or ""), hint)


def file_name(message: email.message.Message, hint: str | None = None) -> str:
    """The name of an attachment as shown; empty where it has none."""
    try:
        value = message.get_param("filename", None, "content-disposition") or message.get_param("name")
    except (ValueError, TypeError, LookupError, AttributeError):
        return ""
    if isinstance(value, tuple):
        said, _, text = value
        return decoded(text.encode("latin-1", "replace"), said or "utf-8") if text else ""
    return shown(value, hint) if value else ""
