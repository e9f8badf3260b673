"""Instructions that are aimed at a language model, in plain sight or concealed.

Patterns find wordings that address a model; a plain request ("describe the life of a butterfly") reads the same whether it
was meant for a person or a model, and no pattern tells them apart. What no person sees weighs more: there, a request of
any kind is reason to hold the document back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lionrock.ingest.hygiene_concealed import concealed, look_alikes_as_latin
from lionrock.ingest.hygiene_patterns import ADDRESSED, ASKED, Pattern
from lionrock.ingest.hygiene_place import places, quoted
from lionrock.records import Finding, FindingLevel, Hidden
from lionrock.text.fold import Folded, fold

__all__ = ["hidden_text", "instructions", "is_everyday"]

_INVISIBLE = re.compile("[\u200b-\u200f\u2060-\u2064\u180e\ufeff\U000e0000-\U000e007f\u202a-\u202e\u2066-\u2069]")
_FEW_INVISIBLE = 2
_EVERYDAY = re.compile(r"comment|alternative|alt text|metadata|note|tracked|deleted", re.IGNORECASE)
"""Requests in such text are ordinary."""
_ENOUGH = 80
_ENOUGH_EVERYDAY = 2_000
_ENOUGH_DECODED = 8


def is_everyday(where: str) -> bool:
    """Whether hidden text of this sort is what programs offer people to write for people: comments, metadata and so on."""
    return _EVERYDAY.search(where) is not None


@dataclass(frozen=True, slots=True)
class _Match:
    says: str
    start: int
    end: int
    words: tuple[str, int, int]
    """The text that says it and where in it: decoded where the original's characters say nothing."""
    how: str | None
    """How it is concealed; None where people can read it."""


def instructions(text: str, folded: Folded, hidden: Iterable[Hidden]) -> list[Finding]:
    """Findings of kind `instructions`, each wording once per way of concealment, with its first place."""
    grouped: dict[tuple[str, str | None], list[_Match]] = {}
    for match in _matches(text, folded):
        grouped.setdefault((match.says, match.how), []).append(match)
    found = [_finding(group) for group in grouped.values()]
    seen: set[tuple[str, str]] = set()
    for item in hidden:
        for says, words in _asked_unseen(item):
            if (says, item.where) not in seen:
                seen.add((says, item.where))
                found.append(_unseen(says, item.where, quoted(*words)))
    return found


def hidden_text(text: str, hidden: Iterable[Hidden]) -> list[Finding]:
    """Findings of kind `hidden`: text that people do not see, where there is enough of it to matter."""
    lengths: dict[str, int] = {}
    for item in hidden:
        lengths[item.where] = lengths.get(item.where, 0) + len("".join(item.text.split()))
    found = []
    for where, length in lengths.items():
        if length >= (_ENOUGH_EVERYDAY if is_everyday(where) else _ENOUGH):
            detail = f"The file holds {length:,} characters that a person who opens it does not see ({where}); they are left out of answers."
            found.append(Finding("hidden", "notice", detail))
    for piece in concealed(text):
        if piece.how != "in Base64" and len(piece.text) >= _ENOUGH_DECODED:
            detail = f"The text holds writing {piece.how}, which nobody sees who reads it."
            words = quoted(piece.text, 0, len(piece.text))
            found.append(Finding("hidden", "warning", detail, piece.start, piece.end, words))
            break
    return found


def _matches(text: str, folded: Folded) -> Iterator[_Match]:
    for says, start, end in _search(ADDRESSED, folded):
        inside = len(_INVISIBLE.findall(text, start, end))
        how = "with invisible characters between its letters" if inside >= _FEW_INVISIBLE else None
        yield _Match(says, start, end, (text, start, end), how)
    latin = look_alikes_as_latin(text)
    if latin is not None:
        for says, start, end in _search(ADDRESSED, fold(latin)):
            if latin[start:end] != text[start:end]:
                yield _Match(says, start, end, (text, start, end), "with look-alike letters of another script")
    for item in concealed(text):
        for says, start, end in _search((*ADDRESSED, *ASKED), fold(item.text)):
            yield _Match(says, item.start, item.end, (item.text, start, end), item.how)


def _search(patterns: Iterable[Pattern], folded: Folded) -> Iterator[tuple[str, int, int]]:
    """(what it says, original start, original end) of each match."""
    for pattern in patterns:
        if any(need in folded.text for need in pattern.needs):
            for match in pattern.wording.finditer(folded.text):
                blank = len(match[0]) - len(match[0].lstrip())
                span = folded.original_span(match.start() + blank, match.end())
                yield pattern.says, span.start, span.end


def _asked_unseen(item: Hidden) -> Iterator[tuple[str, tuple[str, int, int]]]:
    """(what it says, the words) of the requests in a text that people do not see."""
    folded = fold(item.text)
    patterns = ADDRESSED if is_everyday(item.where) else (*ADDRESSED, *ASKED)
    for says, start, end in _search(patterns, folded):
        yield says, (item.text, start, end)
    for match in _matches(item.text, folded):
        if match.how is not None:
            yield match.says, match.words


def _finding(group: list[_Match]) -> Finding:
    first = group[0]
    level: FindingLevel = "warning" if first.how is None else "quarantine"
    written = f"Text written {first.how}" if first.how else "The text"
    detail = f"{written} tells a language model {first.says}{places(len(group))}. It is never obeyed here, but someone may have planted it."
    return Finding("instructions", level, detail, first.start, first.end, quoted(*first.words))


def _unseen(says: str, where: str, excerpt: str) -> Finding:
    detail = f"Text that people who open the file do not see ({where}) tells a language model {says}."
    return Finding("instructions", "quarantine", detail, excerpt=excerpt)
