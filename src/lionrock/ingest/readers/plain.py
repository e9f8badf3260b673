"""Plain text in any of the encodings that Hong Kong offices meet. The stored text is the decoded file as it is."""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes

from lionrock.errors import BrokenDocumentError, EmptyDocumentError
from lionrock.ingest.readers.charsets import EIGHT_BIT, WIDE, likeliest
from lionrock.records import Block, ParsedDocument

__all__ = ["decode", "paragraphs", "read"]

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
_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?![^\S\n]*(?:\n|\Z))[^\n]+)*")
_UNSET = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_TIMED = re.compile(r"^[ \t]*[\[(]((?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)[\])](?=[ \t]*\S)", re.MULTILINE)
_LINE = re.compile(r"^.*\S", re.MULTILINE)
_SPOKEN = 600
"""Characters of a transcript after which a paragraph ends before the next time."""
_LONGEST = 4_000
"""Characters of a paragraph; what runs on without a blank line is parted at the end of a line."""
_DEAREST = 11.0
"""What a reading may cost a character and still be a text."""


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
        if error.start >= len(data) - 3 and error.reason in ("truncated data", "unexpected end of data"):
            # The last character is cut in two; all others are whole.
            return data.decode(encoding, "replace"), encoding
        raise BrokenDocumentError(f"The file is not whole {encoding} text ({error.reason}).") from error


def _wide(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark; None where no reading of it looks like writing."""
    whole = sample[: len(sample) // 4 * 4 if len(sample) > 64 else len(sample)]
    encoding, _ = likeliest(whole, WIDE)
    width = 4 if encoding.startswith("utf-32") else 2
    if len(whole) % width:
        whole = whole[: len(whole) // width * width]
    return encoding if _readable(whole.decode(encoding, "ignore")) else None


def _readable(text: str) -> bool:
    """Whether decoded text looks like writing: nearly all printable, most of it in blocks of living scripts."""
    printable = sum(char.isprintable() or char.isspace() or "\ue000" <= char <= "\uf8ff" for char in text)
    living = sum(_living(ord(char)) for char in text)
    return bool(text) and "\x00" not in text and printable > 0.95 * len(text) and living > 0.8 * len(text)


def _living(code: int) -> bool:
    """Latin to Armenian, punctuation to ideographs, private signs, full-width forms, emoji, rare ideographs."""
    return (
        code < 0x600
        or 0x2000 <= code < 0xA000
        or 0xE000 <= code < 0xF900
        or 0xFF00 <= code < 0x10000
        or 0x1F000 <= code < 0x1FB00
        or 0x20000 <= code < 0x32400
    )


def _legacy(data: bytes) -> tuple[str, str]:
    """The reading that costs least; where all are dear, what a general detector says."""
    sample = data[:_SAMPLE]
    encoding, price = likeliest(sample, EIGHT_BIT)
    if price > _DEAREST:
        guess = from_bytes(sample).best()
        encoding = guess.encoding if guess is not None else encoding
    if encoding == "cp1252":
        # Five bytes have no sign there; they stand as in Latin-1, the set that it grew from.
        encoding = "cp1252" if not _UNSET.search(data) else "iso-8859-1"
    return data.decode(encoding, "replace"), encoding


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of the paragraphs of a text, which are parted by blank lines; none is longer than 4,000 characters."""
    for found in _PARAGRAPH.finditer(text):
        start, end = found.span()
        while end - start > _LONGEST:
            cut = text.rfind("\n", start + 1, start + _LONGEST)
            cut = cut if cut > 0 else max(text.rfind(" ", start + _LONGEST // 2, start + _LONGEST), 0)
            cut = cut or start + _LONGEST
            if text[start:cut].strip():
                yield start, cut
            start = cut + (text[cut] in "\n ")
        if text[start:end].strip():
            yield start, end


def read(data: bytes, *, name: str) -> ParsedDocument:
    """Paragraphs are parted by blank lines."""
    text, encoding = decode(data)
    if not text.strip():
        raise EmptyDocumentError("The file holds no text.")
    blocks = tuple(_blocks(text))
    first = text.lstrip().splitlines()[0].strip()
    notices: tuple[str, ...] = ()
    lost = 0 if encoding.startswith(("utf-16", "utf-32")) else data.count(0)
    if lost:
        notices = (f"{lost} NUL characters in the file stand as \ufffd in the text.",)
    elif (odd := text.count("\ufffd")) > data.count(b"\xef\xbf\xbd") and not encoding.startswith(("utf-16", "utf-32")):
        notices = (f"{odd} places in the file are no characters of {encoding}; they stand as \ufffd in the text.",)
    is_title = len(first) <= 120 and any(map(str.isalnum, first)) and not first.startswith(("{", "[", "<"))
    return ParsedDocument(text, blocks, title=first if is_title else None, encoding=encoding, notices=notices)


def _blocks(text: str) -> Iterator[Block]:
    """Paragraphs; those of a transcript end before a time, and have it as their address."""
    times = len(_TIMED.findall(text[:_SAMPLE]))
    if times < 3 or times * 3 < len(_LINE.findall(text[:_SAMPLE])):
        for start, end in paragraphs(text):
            yield Block("paragraph", start, end)
        return
    starts = [found.start() for found in _TIMED.finditer(text)]
    cuts = [0]
    for start in starts:
        if start - cuts[-1] >= _SPOKEN:
            cuts.append(start)
    seen: set[str] = set()
    for first, last in zip(cuts, [*cuts[1:], len(text)], strict=True):
        for start, end in paragraphs(text[first:last].rstrip("\n")):
            found = _TIMED.match(text, first + start)
            told = _clock(found[1]) if found else ""
            yield Block("paragraph", first + start, first + end, anchor=told if told and told not in seen else None)
            seen.add(told)


def _clock(said: str) -> str:
    """`1:02.5` as the address that readers of subtitles use: `t=00:01:02.500`."""
    seconds = 0.0
    for part in said.replace(",", ".").split(":"):
        seconds = seconds * 60 + float(part)
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"t={minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
