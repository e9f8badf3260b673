"""Writing that people do not see, or cannot read, in a text that looks ordinary.

Tag characters and variation selectors that spell letters, passages turned around by direction overrides, Base64, Latin
words with look-alike letters of other scripts. Zero-width characters need no decoding: folding drops them.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Concealed", "concealed", "look_alikes_as_latin"]

_TAGS = re.compile("[\U000e0020-\U000e007f]{3,}+")
_FLAG = "\U0001f3f4"
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}+")
_TURNED = re.compile("[\u202e\u2067]([^\u202c\u2069\n\u202d\u202e\u2066-\u2068]{4,2000})")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{24,}+={0,2}(?![A-Za-z0-9+/=])")
_LONGEST_BASE64 = 8_000
_MOST = 2_000
"""Pieces of each kind that are decoded."""
_READABLE = 0.95

_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝАВЕКМНОРСТУХІЈЅαορνικτγΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhqwABEKMHOPCTYXIJSaopviktyABEZHIKMNOPTYX",
)
_MIXED_WORD = re.compile("[A-Za-z][A-Za-z]{0,40}[\u0370-\u052f]|[\u0370-\u052f][\u0370-\u052f]{0,40}[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Concealed:
    """A decoded piece and where it stands (code points of the text, end exclusive)."""

    text: str
    start: int
    end: int
    how: str
    """`in invisible tag characters` and the like, to follow "text written"."""


def concealed(text: str) -> Iterator[Concealed]:
    """What can be decoded, by kind and in order. The tags of a flag's emoji say nothing and are left out."""
    for item in itertools.islice(_TAGS.finditer(text), _MOST):
        if item.start() == 0 or text[item.start() - 1] != _FLAG:
            letters = "".join(chr(ord(char) - 0xE0000) for char in item[0] if char != "\U000e007f")
            yield Concealed(letters, item.start(), item.end(), "in invisible tag characters")
    for item in itertools.islice(_SELECTORS.finditer(text), _MOST):
        codes = map(ord, item[0])
        raw = bytes(code - 0xFE00 if code < 0xE0100 else code - 0xE0100 + 16 for code in codes)
        yield Concealed(raw.decode("utf-8", "replace"), item.start(), item.end(), "in invisible variation selectors")
    for item in itertools.islice(_TURNED.finditer(text), _MOST):
        yield Concealed(item[1][::-1], item.start(), item.end(), "backwards between direction marks")
    for item in itertools.islice(_BASE64.finditer(text), _MOST):
        words = _decoded(item[0][:_LONGEST_BASE64])
        if words:
            yield Concealed(words, item.start(), item.end(), "in Base64")


def _decoded(run: str) -> str | None:
    """The text behind a run of Base64; None where it holds anything else."""
    run = run.rstrip("=")
    run = run[: len(run) - (len(run) % 4 == 1)]
    try:
        raw = base64.b64decode(run + "=" * (-len(run) % 4), validate=True)
        words = raw.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    shown = sum(char.isprintable() or char.isspace() for char in words)
    return words if shown >= _READABLE * len(words) else None


def look_alikes_as_latin(text: str) -> str | None:
    """The text with Greek and Cyrillic look-alikes as Latin letters, of the same length; None where no word mixes them."""
    if text.isascii() or not _MIXED_WORD.search(text):
        return None
    return text.translate(_LOOK_ALIKES)
