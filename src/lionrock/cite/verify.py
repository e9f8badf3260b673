"""Check one sentence against the passages that it cites. The model is not asked: this is plain comparison.

A sentence is *supported* when it cites a passage of the evidence, every fact of it (`facts.py`) stands there, and
enough of its meaning is shared. It is *partly* supported when no number contradicts but a name, a quoted word or part
of the meaning is not found. Otherwise it is *unsupported*. Each shortfall is a reason that a person can read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lionrock.cite.facts import Fact, facts_of, holds
from lionrock.cite.mark import Claim
from lionrock.records import Citation, Passage, Sentence, Span, Verdict
from lionrock.text.fold import is_han
from lionrock.text.sentences import sentence_spans

__all__ = ["ENOUGH_MEANING", "LITTLE_MEANING", "Meaning", "attribute", "cite", "verify"]

Meaning = Callable[[str, str], float]
"""(claim, source) -> share of the claim's content that the source carries, 0 to 1."""

ENOUGH_MEANING = 0.5
LITTLE_MEANING = 0.3
_LEAST_IDEOGRAPHS = 4
_LEAST_WORDS = 2
_HARD = {"number": "number", "date": "date", "sum": "sum of money", "reference": "legal reference"}
_SOFT = {"name": "name", "quote": "quoted wording"}
_WORD = re.compile(r"[A-Za-z]{3,}")
_NEGATION = re.compile(
    r"不(?!同|但|僅|仅|論|论|過|过|斷|断|時|时|少|足)|未|無(?!論)|无(?!论)|毋|勿|沒有|没有|\b(?:not|no|never|cannot|without|unless)\b|n't",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Source:
    """A cited passage with the words around it that count as said by it: its title and headings."""

    number: int
    passage: Passage

    @property
    def words(self) -> str:
        return "\n".join((self.passage.title, *self.passage.heading, self.passage.text))


def cite(number: int, passage: Passage, span: Span) -> Citation:
    """A citation of the words `span` of the passage."""
    return Citation(
        number=number,
        document_id=passage.document_id,
        passage_id=passage.id,
        title=passage.title,
        source=passage.source,
        page=passage.page_at(span.start),
        anchor=passage.anchor,
        quote=span.of(passage.text),
        start=span.start,
        end=span.end,
    )


def attribute(claim: Claim, evidence: Sequence[Passage], meaning: Meaning) -> Sentence:
    """Judge a claim; where its own citation does not bear it out, look for a passage of the evidence that does.

    Small models word a sentence rightly more often than they number it. What is shown is the passage that code found.
    """
    own = verify(claim, evidence, meaning)
    if own.verdict == "supported":
        return own
    others = [n for n in range(1, len(evidence) + 1) if n not in claim.numbers]
    for number in others:
        other = verify(replace(claim, numbers=(number,)), evidence, meaning)
        if other.verdict == "supported":
            return other
    return own


def verify(claim: Claim, evidence: Sequence[Passage], meaning: Meaning) -> Sentence:
    """Judge a claim. `evidence` is numbered from 1 in its order; `meaning` compares two texts."""
    cited = [_Source(n, evidence[n - 1]) for n in claim.numbers if 1 <= n <= len(evidence)]
    reasons = [f"cites [{n}], which is not among the sources" for n in claim.numbers if not 1 <= n <= len(evidence)]
    if not cited:
        return Sentence(claim.text, "unsupported", (*reasons, "cites no source"))
    missing = _missing(claim.text, cited)
    shared = max(meaning(claim.text, source.words) for source in cited)
    verdict, why = _judged(missing, shared)
    reasons += why
    citations = tuple(_citation(claim.text, source, meaning) for source in cited)
    if verdict == "supported" and _polarity_differs(claim.text, citations):
        verdict = "partly"
        reasons.append("one of sentence and source is negative, the other is not: compare them")
    if verdict == "supported" and _is_fragment(claim.text):
        reasons.append("too short to be checked: it does not say what it is about")
    if verdict == "supported" and reasons:
        verdict = "partly"
    return Sentence(claim.text, verdict, tuple(reasons), citations)


def _is_fragment(text: str) -> bool:
    """Whether a claim says little beside its facts: "3 days" is found in many places and means nothing alone."""
    for fact in facts_of(text):
        text = text.replace(fact.text, " ")
    ideographs = sum(map(is_han, text))
    words = len(_WORD.findall(text))
    return ideographs < _LEAST_IDEOGRAPHS and words < _LEAST_WORDS


def _missing(text: str, cited: Sequence[_Source]) -> list[Fact]:
    stated = [(source.words, frozenset((f.kind, f.key) for f in facts_of(source.words))) for source in cited]
    return [fact for fact in facts_of(text) if not any(holds(fact, words, keys) for words, keys in stated)]


def _judged(missing: Sequence[Fact], shared: float) -> tuple[Verdict, list[str]]:
    reasons = [f"{(_HARD | _SOFT)[fact.kind]} not in the source: {fact.text.strip()}" for fact in missing]
    if any(fact.kind in _HARD for fact in missing):
        return "unsupported", reasons
    if shared < LITTLE_MEANING:
        return "unsupported", [*reasons, f"shares too little with the source ({shared:.0%})"]
    if shared < ENOUGH_MEANING:
        return "partly", [*reasons, f"shares only part of its meaning with the source ({shared:.0%})"]
    return ("partly" if missing else "supported"), reasons


def _citation(text: str, source: _Source, meaning: Meaning) -> Citation:
    """Quote the sentence of the passage that carries most of the claim: its facts first, then its meaning."""
    wanted = facts_of(text)

    def worth(span: Span) -> tuple[int, float]:
        words = span.of(source.passage.text)
        keys = frozenset((f.kind, f.key) for f in facts_of(words))
        return sum(holds(fact, words, keys) for fact in wanted), meaning(text, words)

    spans = sentence_spans(source.passage.text) or [Span(0, len(source.passage.text))]
    return cite(source.number, source.passage, max(spans, key=worth))


def _polarity_differs(text: str, citations: Sequence[Citation]) -> bool:
    negative = bool(_NEGATION.search(text))
    return all(bool(_NEGATION.search(citation.quote)) != negative for citation in citations)
