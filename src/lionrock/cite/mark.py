"""Split a model's reply into sentences and read the numbers that it cites, such as `[1]`, `[1][3]`, `[1, 2]` or `【2】`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lionrock.text.sentences import sentence_spans

__all__ = ["Claim", "claims_of", "without_marks"]

_MARK = re.compile(r"\s*[\[【［]\s*(\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)\s*[\]】］]")
_ONLY_MARKS = re.compile(rf"^(?:{_MARK.pattern}|[\s。．.,，;；!！?？])+$")


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence that asserts something, and the evidence numbers written beside it."""

    text: str
    numbers: tuple[int, ...]


def without_marks(text: str) -> str:
    """The text with its citation marks taken out."""
    return _MARK.sub("", text).strip()


def claims_of(reply: str) -> list[Claim]:
    """Sentences of a reply in order. Marks that stand after a sentence's full stop belong to that sentence."""
    claims: list[Claim] = []
    for span in sentence_spans(reply):
        piece = span.of(reply)
        if claims and _ONLY_MARKS.match(piece):
            claims[-1] = Claim(claims[-1].text, _merged(claims[-1].numbers, _numbers(piece)))
            continue
        leading = _leading_marks(piece)
        if claims and leading:
            claims[-1] = Claim(claims[-1].text, _merged(claims[-1].numbers, _numbers(leading)))
            piece = piece[len(leading) :]
        text = without_marks(piece)
        if text:
            claims.append(Claim(text, _numbers(piece)))
    return claims


def _leading_marks(piece: str) -> str:
    end = 0
    while found := _MARK.match(piece, end):
        end = found.end()
    return piece[:end]


def _numbers(text: str) -> tuple[int, ...]:
    found = (int(n) for group in _MARK.findall(text) for n in re.findall(r"\d+", group))
    return tuple(dict.fromkeys(found))


def _merged(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys((*first, *second)))
