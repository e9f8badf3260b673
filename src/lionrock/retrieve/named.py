"""What a question names to the letter: quoted words, reference numbers, provisions of legislation, years of editions.

Named things are matched exactly and stand first. Whether they also answer is another matter: `bare` says that nothing
else of substance was asked, so that showing what was named is the answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lionrock.text.fold import fold_text
from lionrock.text.numbers import chinese_number

__all__ = ["Named", "Provision", "named_in"]

_CN = "零〇○一二两三四五六七八九十百千"
_NUMBER = rf"(?:\d{{1,4}}[a-z]{{0,3}}|[{_CN}]{{1,7}}[a-z]{{0,3}})"
_QUOTED = re.compile(r"[「『“\"]([^「」『』“”\"]{2,60})[」』”\"]|《([^《》]{2,60})》")
_REFERENCE = re.compile(
    r"(?<![a-z0-9-])(?=[a-z0-9/().-]*\d)(?=[a-z0-9/().-]*[a-z])[a-z0-9]+(?:[-/().][a-z0-9]+)+(?![a-z0-9-])"
)
_CAP = re.compile(rf"\bcap\.?\s*(\d{{1,4}}[a-z]{{0,2}})\b|第\s*({_NUMBER})\s*章")
_SECTION = re.compile(
    rf"(?:\bsections?\s*|\bss?\.?\s*)(\d{{1,3}}[a-z]{{0,3}})\b(?:\s*\([^)]{{1,5}}\))*"
    rf"|第\s*({_NUMBER})(?:\s*\([^)]{{1,5}}\))*\s*条"
)
_SCHEDULE = re.compile(rf"\bschedule\s*(\d{{1,2}}[a-z]?)\b|附表\s*(\d{{1,2}}[a-z]?|[{_CN}]{{1,3}})")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d|[,.]\d)")
_STATUS = re.compile(
    r"生效|实施|施行|废除|失效|\b(?:in|into) (?:force|operation|effect)\b|\brepealed\b|\bcommenced?\b|\bstill law\b"
)
_BARE_WORDS = re.compile(
    r"有冇|有没有|是否|而家|现在|目前|未|已经|讲乜嘢?|讲咩|讲什么|说什么|内容|条文|全文|系咩|系乜嘢?|是什么|香港法例|法例|条例|"
    r"\b(?:the|ordinance|section|chapter|what|does|say|is|are|in|of|it|show|me|read|tell|about|text|laws?|hong kong)\b|"
    r"[的嘅呢吗呀啊㗎喇了吧啦么是系请睇看咗过有没冇]"
)


@dataclass(frozen=True, slots=True)
class Provision:
    """A provision named in the question; either part may be missing."""

    cap: str | None
    anchors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What a question names."""

    phrases: tuple[str, ...] = ()
    """Folded phrases that stood in quotation marks, and reference numbers: an exact match must surface."""
    provisions: tuple[Provision, ...] = ()
    years: tuple[str, ...] = ()
    """Years in four digits; one may be that of an edition that was since replaced."""
    bare: bool = False
    """True when nothing else of substance is asked, at most whether a provision is in force."""


def named_in(question: str) -> Named:
    """Read the names in a question. Linear in its length; never fails."""
    folded = " ".join(fold_text(question).split())
    phrases = _phrases(question, folded)
    provisions = _provisions(folded)
    return Named(
        phrases, provisions, tuple(dict.fromkeys(_YEAR.findall(folded))), _is_bare(folded, phrases, provisions)
    )


def _phrases(question: str, folded: str) -> tuple[str, ...]:
    # Quotation marks are told apart before folding, references after it: offices write both with full-width letters.
    quoted = [fold_text(found[1] or found[2]).strip() for found in _QUOTED.finditer(question)]
    references = [found[0] for found in _REFERENCE.finditer(folded) if not _CAP.match(found[0])]
    return tuple(dict.fromkeys(phrase for phrase in (*quoted, *references) if phrase))


def _provisions(folded: str) -> tuple[Provision, ...]:
    caps = [_number(found[1] or found[2]) for found in _CAP.finditer(folded)]
    anchors = [f"s{_number(found[1] or found[2])}" for found in _SECTION.finditer(folded)]
    anchors += [f"sch{_number(found[1] or found[2])}" for found in _SCHEDULE.finditer(folded)]
    if not caps and not anchors:
        return ()
    return (Provision(caps[0] if caps else None, tuple(dict.fromkeys(anchors))),)


def _number(words: str) -> str:
    """The number as legislation anchors write it: `486`, `17A`; Chinese numerals are read."""
    found = re.match(rf"([{_CN}]+)(.*)", words)
    if found:
        value = chinese_number(found[1])
        words = f"{value}{found[2]}" if value is not None else words
    return words.upper()


def _is_bare(folded: str, phrases: tuple[str, ...], provisions: tuple[Provision, ...]) -> bool:
    if not phrases and not provisions:
        return False
    if provisions and _STATUS.search(folded):
        return True
    rest = folded
    for phrase in phrases:
        rest = rest.replace(phrase, " ")
    for pattern in (_CAP, _SECTION, _SCHEDULE):
        rest = pattern.sub(" ", rest)
    rest = _BARE_WORDS.sub(" ", re.sub(r"[^\w]+", " ", rest))
    return len("".join(rest.split())) <= 2
