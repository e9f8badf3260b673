"""The facts of a sentence that code can compare with a source: quantities, legal references, names, quoted words.

Each fact carries the words as written, for the reason shown to the reader, and a normal form that is equal in every
language: `港幣150萬元` and `HK$1.5 million` are the same sum, `第19條` and `section 19` the same provision.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

from lionrock.text.fold import fold_text
from lionrock.text.numbers import find_quantities

__all__ = ["Fact", "FactKind", "facts_of", "holds"]

FactKind = Literal["number", "date", "sum", "name", "reference", "quote"]

_CAP = re.compile(r"\bcap\.?\s*(\d{1,4}[a-z]{0,2})\b|第\s*(\d{1,4}[a-z]{0,2})\s*章")
_SECTION = re.compile(
    r"(?:\bsections?\s+|\bss?\.\s*)(\d{1,3}[a-z]{0,3})\b|第\s*(\d{1,3}[a-z]{0,3})(?:\([^)]{1,5}\))*\s*条"
)
_SCHEDULE = re.compile(r"\bschedule\s+(\d{1,2}[a-z]?)\b|附表\s*(\d{1,2}[a-z]?)")
_QUOTED = re.compile(r"[「『“\"]([^「」『』“”\"]{2,80})[」』”\"]|《([^《》]{2,80})》")
_ACRONYM = re.compile(r"\b[A-Z][A-Z0-9&-]+\b")
_PROPER = re.compile(r"\b[A-Z][a-z]+(?:\s+(?:of\s+|and\s+|for\s+)?(?:the\s+)?[A-Z][a-z]+)+")
_VERB_FIRST = re.compile(r"^[A-Z][a-z]+\s+(?:(?:of|and|for|the)\s+)+")
"""An opening word that is only capital because the sentence starts: `Pay the Lands Department`."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One checkable fact: what it is, the words, and the form in which it is compared."""

    kind: FactKind
    text: str
    key: Hashable


def facts_of(sentence: str) -> list[Fact]:
    """All facts of a sentence, in order of kind; the same fact twice counts once."""
    found: dict[tuple[FactKind, Hashable], Fact] = {}
    folded = fold_text(sentence)
    for fact in (*_references(folded), *_quantities(sentence), *_quotes(sentence), *_names(sentence)):
        found.setdefault((fact.kind, fact.key), fact)
    return list(found.values())


def holds(fact: Fact, source: str, source_facts: frozenset[tuple[FactKind, Hashable]]) -> bool:
    """Whether a source states the fact. `source_facts` are the (kind, key) of `facts_of(source)`."""
    if (fact.kind, fact.key) in source_facts:
        return True
    if fact.kind in ("name", "quote"):
        return _squeezed(str(fact.key)) in _squeezed(fold_text(source))
    if fact.kind in ("number", "sum"):
        # A sum may stand in the source as a bare number, and a number as a sum ("250,000" beside "$250,000").
        value = fact.key[-1] if isinstance(fact.key, tuple) else fact.key
        return any(
            kind in ("number", "sum") and (key[-1] if isinstance(key, tuple) else key) == value
            for kind, key in source_facts
        )
    return False


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _references(folded: str) -> list[Fact]:
    facts = []
    for label, pattern in (("cap", _CAP), ("section", _SECTION), ("schedule", _SCHEDULE)):
        for found in pattern.finditer(folded):
            number = found[1] or found[2]
            facts.append(Fact("reference", found[0], (label, number)))
    return facts


def _quantities(sentence: str) -> list[Fact]:
    facts = []
    for quantity in find_quantities(sentence):
        words = quantity.span.of(sentence)
        if quantity.kind == "date":
            facts.append(Fact("date", words, quantity.value))
        elif quantity.kind == "money":
            facts.append(Fact("sum", words, ("money", quantity.value)))
        else:
            facts.append(Fact("number", words, quantity.value))
    return facts


def _quotes(sentence: str) -> list[Fact]:
    return [Fact("quote", found[0], fold_text(found[1] or found[2])) for found in _QUOTED.finditer(sentence)]


def _names(sentence: str) -> list[Fact]:
    names = [found[0] for found in _ACRONYM.finditer(sentence)]
    for found in _PROPER.finditer(sentence):
        names.append(_VERB_FIRST.sub("", found[0]) if found.start() == 0 else found[0])
    return [Fact("name", name, fold_text(name)) for name in names]
