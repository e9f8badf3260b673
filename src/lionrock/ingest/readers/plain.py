"""Plain text in any of the encodings that Hong Kong offices meet. The stored text is the decoded file as it is."""

from __future__ import annotations

import codecs
import contextlib
import re

from charset_normalizer import from_bytes

from lionrock.errors import BrokenDocumentError, EmptyDocumentError
from lionrock.records import Block, ParsedDocument

__all__ = ["decode", "read"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 65_536
_STRAY_NULS = 0.001
"""The share of NUL bytes up to which a file is a text in which a few characters were lost; a single one always may."""
_SHORTEST = 16
"""Below so many bytes a NUL may as well be half of a UTF-16 character."""
_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?!\s*\n)[^\n]+)*")
_COMMON = frozenset(
    "的一是不在有人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定行學法所民得經十三之進著等部度家電力里如水化高自二理起小物現實加量都兩體制機當使點從業本去把性好應開它合還因由其些然前外天政四日那社義事平形相全表間樣與關各重新線內數正心反你明看原又麼利比或但質氣第向道命此變條只沒結解問意建月公無系軍很情者最立代想已通並提直題黨程展五果料象員革位入常文總次品式活設及管特件長求老頭基資邊流路級少圖山統接知較將組見計別她手角期根論運農指幾九區強放決西被幹做必戰先回則任取據處理世"
)


def decode(data: bytes) -> tuple[str, str]:
    """(text, encoding). Raises `BrokenDocumentError` for bytes that are not text.

    A stray NUL becomes U+FFFD, as not every database takes a NUL in a text.
    """
    text, encoding = _told(data)
    return text.replace("\x00", "\ufffd"), encoding


def _told(data: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(data, encoding)
    nuls = data.count(0)
    stray = nuls <= max(1, _STRAY_NULS * len(data)) and len(data) >= _SHORTEST
    if nuls == 0 or stray:
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode("utf-8"), "utf-8"
    if nuls > 0:
        wide = _wide(data[:_SAMPLE])
        if wide is not None:
            return _decoded(data, wide)
        if not stray:
            raise BrokenDocumentError("The file holds binary data, not text; is its name's ending right?")
    return _legacy(data)


def _decoded(data: bytes, encoding: str) -> tuple[str, str]:
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        raise BrokenDocumentError(f"The file is not whole {encoding} text ({error.reason}).") from error


def _wide(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, by where the zero bytes stand."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    units = len(sample) // 2
    if units == 0:
        return None
    if len(sample) >= 8 and len(sample) % 4 == 0:
        for encoding in ("utf-32-le", "utf-32-be"):
            try:
                text = sample.decode(encoding)
            except UnicodeDecodeError:
                continue
            if _readable(text):
                return encoding
    order = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = sample[: len(sample) // 2 * 2].decode(order, "ignore")
    except UnicodeDecodeError:
        return None
    return order if _readable(text) else None


def _readable(text: str) -> bool:
    """Whether decoded text looks like writing: nearly all printable, most of it in blocks of living scripts."""
    printable = sum(char.isprintable() or char.isspace() for char in text)
    living = sum(_living(ord(char)) for char in text)
    return bool(text) and "\x00" not in text and printable > 0.95 * len(text) and living > 0.8 * len(text)


def _living(code: int) -> bool:
    """Latin to Armenian, punctuation to ideographs, full-width forms, emoji, ideographs beyond the first plane."""
    return (
        code < 0x600
        or 0x2000 <= code < 0xA000
        or 0xFF00 <= code < 0x10000
        or 0x1F000 <= code < 0x1FB00
        or 0x20000 <= code < 0x32400
    )


def _legacy(data: bytes) -> tuple[str, str]:
    """Big5-HKSCS, GB18030 or a Western code page: the one whose text has most everyday characters."""
    sample = data[:_SAMPLE]
    best: tuple[float, str] | None = None
    for encoding in ("big5hkscs", "gb18030"):
        text = sample.decode(encoding, "replace")
        foreign = sum(ord(char) > 127 for char in text) or 1
        bad = text.count("\ufffd") / foreign
        score = sum(char in _COMMON or char in "\uff0c。、「」\uff08\uff09" for char in text) / foreign - 3 * bad
        if bad < 0.02 and (best is None or score > best[0]):
            best = (score, encoding)
    if best is not None and best[0] > 0.1:
        return data.decode(best[1], "replace"), best[1]
    guess = from_bytes(sample).best()
    encoding = guess.encoding if guess is not None else "cp1252"
    return data.decode(encoding, "replace"), encoding


def read(data: bytes, *, name: str) -> ParsedDocument:
    """Paragraphs are parted by blank lines."""
    text, encoding = decode(data)
    if not text.strip():
        raise EmptyDocumentError("The file holds no text.")
    blocks = tuple(
        Block("paragraph", found.start(), found.end()) for found in _PARAGRAPH.finditer(text) if found[0].strip()
    )
    first = text.lstrip().splitlines()[0].strip()
    lost = 0 if encoding.startswith(("utf-16", "utf-32")) else data.count(0)
    notices = (f"{lost} NUL characters in the file stand as \ufffd in the text.",) if lost else ()
    title = first[:120] if len(first) <= 120 else None
    return ParsedDocument(text, blocks, title=title, encoding=encoding, notices=notices)
