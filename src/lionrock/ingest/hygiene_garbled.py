"""Text that cannot be read: wrong decoding, characters lost on the way, letters that recognition of a scan made up.

Wrong decoding is proved by undoing it: the bytes are made again and read in the other encoding, and what comes out has to
be ordinary Chinese. What is merely unusual (names, old texts, other languages) is not called garbled.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lionrock.ingest.hygiene_place import quoted
from lionrock.ingest.hygiene_words import load_words, segment
from lionrock.records import Finding
from lionrock.text.fold import fold_text

__all__ = ["garbled", "undone"]

_LOST = re.compile("[\ufffd\x80-\x84\x86-\x9f\ufffe\uffff]")
# But for the stretch where fonts of symbols keep their bullets.
_PRIVATE = re.compile("[\ue000-\uefff\uf100-\uf8ff\U000f0000-\U0010fffd]")
_LEAST_PRIVATE = 4
"""Fewer different ones are dashes, bullets or icons of somebody's font."""
_LEAST_LOST, _SHARE_LOST = 5, 0.002

_TAIL = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_AS_LATIN = re.compile(f"(?:[\xc2-\xdf][{_TAIL}]|[\xe0-\xef][{_TAIL}]{{2}}|[\xf0-\xf4][{_TAIL}]{{3}})+")
_LEAST_AS_LATIN = 3
_AS_BYTES = {
    ord(bytes([code]).decode("cp1252")): code
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
} | {code: code for code in range(0x80, 0x100)}

_NOT_ASCII = re.compile("[^\x00-\x7f]+")
_HAN_RUN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_SAMPLE = 3_000
_SAMPLES = 8
_LEAST_HAN = 20
_EVERYDAY = 5
"""Class of words from 8 in a million on."""
_ORDINARY, _STRANGE = 0.3, 0.12
"""Share of a Chinese text's ideographs that stand in everyday words of two and more: .4 to .8 in honest texts, names lists
and old texts less; below .12 in what was read in the wrong encoding."""
_MADE_UP, _LEAST_MADE_UP = 0.35, 40
"""Share and least number of ideographs that no word of the table has, in recognition gone wrong."""
_MISTAKES = (
    ("gb18030", "utf-8"),
    ("big5hkscs", "utf-8"),
    ("gb18030", "big5hkscs"),
    ("big5hkscs", "gb18030"),
    ("cp1252", "big5hkscs"),
    ("cp1252", "gb18030"),
    ("latin-1", "big5hkscs"),
    ("latin-1", "gb18030"),
)
"""(taken for, really)."""
_NAMES = {"utf-8": "UTF-8", "gb18030": "GB 18030", "big5hkscs": "Big5"} | dict.fromkeys(
    ("cp1252", "latin-1"), "a Western code page"
)

_WORD = re.compile(r"[A-Za-z]+")
_ODD = re.compile(r"[^aeiouy\W\d_]{5}|(.)\1{3}", re.IGNORECASE)
_VOWEL = re.compile("[aeiouy]", re.IGNORECASE)
_LEAST_WORDS, _SHARE_ODD = 40, 0.25
_SHORTEST, _MOST_ABBREVIATION = 4, 6
"""Shorter words, shorter words in capitals and names of programs' things (`rowCount`) prove nothing."""
_MOST = 0.5
"""The share of unreadable characters from which a text is held back."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Unreadable characters of one kind."""

    characters: int
    start: int | None
    end: int | None
    what: str


def garbled(text: str) -> list[Finding]:
    """At most one finding of kind `garbled`; it is a `quarantine` when most of the text cannot be read."""
    parts = [part for find in _FINDERS for part in find(text)]
    if not parts:
        return []
    readable = sum(not char.isspace() for char in text) or 1
    share = min(1.0, sum(part.characters for part in parts) / readable)
    first = max(parts, key=lambda part: part.characters)
    whole = "Most of the text" if share >= _MOST else "Part of the text"
    detail = f"{whole} cannot be read: {'; '.join(part.what for part in parts)}. Ask for the original file, or save it again as Unicode (UTF-8)."
    excerpt = "" if first.start is None or first.end is None else quoted(text, max(0, first.start - 20), first.end + 60)
    return [Finding("garbled", "quarantine" if share >= _MOST else "warning", detail, first.start, first.end, excerpt)]


def _lost(text: str) -> Iterator[_Part]:
    count = len(_LOST.findall(text))
    private = _PRIVATE.findall(text)
    pattern = _LOST
    if len(set(private)) >= _LEAST_PRIVATE:
        count += len(private)
        pattern = _LOST if count > 2 * len(private) else _PRIVATE
    first = pattern.search(text)
    if first and count >= max(_LEAST_LOST, _SHARE_LOST * len(text)):
        yield _Part(count, first.start(), first.end(), f"{count:,} characters were lost or stand for nothing")


def _wrongly_decoded(text: str) -> Iterator[_Part]:
    chinese = list(_as_chinese(text))
    yield from chinese or _as_latin(text)


def _as_latin(text: str) -> Iterator[_Part]:
    """UTF-8 that was read as a Western code page: `æˆ‘` for 我, `â€™` for an apostrophe."""
    count, size, first = 0, 0, None
    for found in _AS_LATIN.finditer(text):
        raw = bytes(_AS_BYTES[ord(char)] for char in found[0])
        if _decodes(raw):
            count, size, first = count + 1, size + len(found[0]), first or found
    if first and (count >= _LEAST_AS_LATIN or size >= 3 * _LEAST_AS_LATIN):
        yield _Part(size, first.start(), first.end(), "UTF-8 was read as a Western code page")


def _decodes(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _as_chinese(text: str) -> Iterator[_Part]:
    """Another encoding taken for a Chinese one, and the other way round; then ideographs that make no words at all."""
    for start, end in _samples(text):
        sample = text[start:end]
        foreign = "".join(_NOT_ASCII.findall(sample))
        if len(foreign) < _LEAST_HAN or _ordinary(foreign) >= _STRANGE:
            continue
        size = sum(map(len, _NOT_ASCII.findall(text)))
        for taken, really in _MISTAKES:
            western = taken in ("cp1252", "latin-1")
            # Half of a double-byte character may be an ASCII one.
            if _ordinary(undone(sample if western else foreign, taken, really)) >= _ORDINARY:
                what = f"{_NAMES[really]} was read as {_NAMES[taken]}"
                yield _Part(2 * size if western else size, start, min(end, start + 100), what)
                return
        ideographs = "".join(_HAN_RUN.findall(sample))
        unknown = sum(char not in _known_characters() for char in fold_text(ideographs))
        if unknown >= _LEAST_MADE_UP and unknown >= _MADE_UP * len(ideographs):
            yield _Part(size, start, min(end, start + 100), "its ideographs make no words")
            return


def undone(text: str, taken: str, really: str) -> str:
    """What a text says that was written in the encoding `really` and read as `taken`; characters lost on the way are left out."""
    return text.encode(taken, "ignore").decode(really, "ignore")


def _samples(text: str) -> Iterator[tuple[int, int]]:
    """Up to eight stretches, spread evenly."""
    step = max(_SAMPLE, len(text) // _SAMPLES)
    for start in range(0, len(text), step):
        yield start, min(len(text), start + _SAMPLE)


def _ordinary(text: str) -> float:
    """The share of characters that stand in everyday Chinese words of two and more."""
    runs = _HAN_RUN.findall(fold_text(text))
    size = sum(map(len, runs))
    if size < _LEAST_HAN / 2:
        return 0.0
    classes = load_words().classes
    words = (word for run in runs for word in segment(run, classes))
    everyday = sum(len(word) for word in words if len(word) > 1 and classes[word] >= _EVERYDAY)
    return everyday / max(size, 1)


@functools.cache
def _known_characters() -> frozenset[str]:
    return frozenset("".join(word for word, level in load_words().classes.items() if level >= 1))


def _odd_words(text: str) -> Iterator[_Part]:
    """Latin words without vowels, with runs of consonants, with digits inside: scans that were not recognised."""
    words: dict[str, re.Match[str]] = {}
    letters = 0
    for found in _WORD.finditer(text):
        letters += len(found[0])
        word = found[0]
        is_name = (word.isupper() and len(word) <= _MOST_ABBREVIATION) or not (word.isupper() or word[1:].islower())
        if len(word) >= _SHORTEST and not is_name:
            words.setdefault(word.lower(), found)
    odd = [found for word, found in words.items() if _ODD.search(word) or 5 * len(_VOWEL.findall(word)) < len(word)]
    if len(words) >= _LEAST_WORDS and len(odd) >= _SHARE_ODD * len(words):
        # Where so many words are none, the other letters cannot be trusted either.
        size = letters if len(odd) >= 2 * _SHARE_ODD * len(words) else sum(len(found[0]) for found in odd)
        what = f"{len(odd):,} of {len(words):,} different Latin words are no words of any language"
        yield _Part(size, odd[0].start(), odd[0].end(), what)


_FINDERS: Iterable[Callable[[str], Iterator[_Part]]] = (_lost, _wrongly_decoded, _odd_words)
