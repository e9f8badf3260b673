"""Check one sentence against the passages that it cites. The model is not asked: this is plain comparison.

A sentence is *supported* when it cites a passage of the evidence, every fact of it (`facts.py`) stands there, and
enough of its meaning is shared. It is *partly* supported when no number contradicts but a name, a quoted word or part
of the meaning is not found. Otherwise it is *unsupported*: also when it takes a limit the other way round (before for
after, at most for at least) or calls in force what its source shows as repealed. Each shortfall is a reason that a
person can read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lionrock.cite.facts import Bound, Fact, Stated, bounds_in, bounds_of, facts_of, holds, same_days, stated
from lionrock.cite.mark import Claim
from lionrock.ingest.readers.table_address import row_address
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


_LIMIT = re.compile(
    r"不(?:得|可|應|应|會|会)?(?:遲於|迟于|早於|早于|超過|超过|多於|多于|少於|少于|高於|高于|低於|低于|大於|大于|小於|小于|晚於|晚于|逾)|"
    r"\b(?:not|no|never)\s(?:be\s)?(?:more|later|longer|greater|higher|less|fewer|earlier|shorter|lower)\sthan\b|"
    r"\bnot\s(?:to\s)?exceed(?:ing)?\b|\bnot\s(?:before|after)\b|未滿|未满|\bno\.\s?\d",
    re.I,
)
"""Words that hold a negation and only set a limit."""
_REFUSED = re.compile(
    r"拒|駁回|驳回|逾期|取消|罰|罚|失效|作廢|作废|\b(?:refus|reject|late\b|lapse|disqualif|penal|fine[ds]?\b|void)",
    re.I,
)
_IN_FORCE = re.compile(
    r"(?<![未將将待再會会否非])(?:生效|(?:實施|实施|施行)(?=[中了。，,；;\s!！]|$))(?!日期|日)|"
    r"\b(?:is|are|remains?|was|were|been|now|currently|already)\s(?:\w+\s)?(?:in\s(?:operation|force|effect)|effective|operational)\b|"
    r"\b(?:has|have|took|takes|taken|came|come)\s(?:into\s)?(?:effect|operation|force)\b",
    re.I,
)
_NOT_IN_FORCE = re.compile(
    r"[未將将待]|不再|\b(?:not|no longer|never|will|shall|would|until|when|once|yet|repealed|expired|ceased?)\b", re.I
)
_PART = re.compile(r"[，；;。]|,(?!\d)")
_SAID: Mapping[Bound, str] = {
    "most": "an upper limit",
    "least": "a lower limit",
    "before": "time before",
    "after": "time after",
}
_OPPOSITE: Mapping[Bound, Bound] = {"most": "least", "least": "most", "before": "after", "after": "before"}
_STATUS: Mapping[str, str] = {
    "pending": "is not yet in operation",
    "repealed": "is repealed",
    "omitted": "is omitted",
    "expired": "has expired",
}


@dataclass(frozen=True, slots=True)
class _Source:
    """A cited passage with what its words, its title and its headings state."""

    number: int
    passage: Passage
    words: str
    stated: Stated

    @classmethod
    def of(cls, number: int, passage: Passage) -> _Source:
        words = "\n".join((passage.title, *passage.heading, passage.text))
        return cls(number, passage, words, stated(words))


def cite(number: int, passage: Passage, span: Span) -> Citation:
    """A citation of the words `span` of the passage. Of a table it names the row, not all rows of the passage."""
    row = row_address(passage.anchor, passage.text, span.start) if passage.anchor else None
    return Citation(
        number=number,
        document_id=passage.document_id,
        passage_id=passage.id,
        title=passage.title,
        source=passage.source,
        page=passage.page_at(span.start),
        anchor=row or passage.anchor,
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
    cited = [_Source.of(n, evidence[n - 1]) for n in claim.numbers if 1 <= n <= len(evidence)]
    reasons = [f"cites [{n}], which is not among the sources" for n in claim.numbers if not 1 <= n <= len(evidence)]
    if not cited:
        return Sentence(claim.text, "unsupported", (*reasons, "cites no source"))
    missing = _missing(claim.text, cited)
    shared = max(meaning(claim.text, source.words) for source in cited)
    verdict, why = _judged(missing, shared, cited)
    reasons += why
    citations = tuple(_citation(claim.text, source, meaning) for source in cited)
    turned = _polarity_differs(claim.text, citations)
    against = _not_in_force(claim.text, cited) or ([] if turned else _limits_turned(claim.text, cited, citations))
    if against:
        verdict = "unsupported"
        reasons += against
    if verdict == "supported" and turned:
        reasons.append("one of sentence and source is negative, the other is not: compare them")
    if verdict == "supported" and _is_fragment(claim.text):
        reasons.append("too short to be checked: it does not say what it is about")
    if verdict == "supported" and reasons:
        verdict = "partly"
    return Sentence(claim.text, verdict, tuple(reasons), citations)


def _is_fragment(text: str) -> bool:
    """Whether a claim says little beside its facts: "3 days" is found in many places and means nothing alone."""
    for fact in facts_of(text):
        if fact.kind != "name" or not any(map(is_han, fact.text)):
            text = text.replace(fact.text, " ")
    ideographs = sum(map(is_han, text))
    words = len(_WORD.findall(text))
    return ideographs < _LEAST_IDEOGRAPHS and words < _LEAST_WORDS


def _missing(text: str, cited: Sequence[_Source]) -> list[Fact]:
    return [fact for fact in facts_of(text) if not any(holds(fact, source.stated) for source in cited)]


def _judged(missing: Sequence[Fact], shared: float, cited: Sequence[_Source]) -> tuple[Verdict, list[str]]:
    days = [fact for fact in missing if any(same_days(fact, source.stated) for source in cited)]
    reasons = [_day_reason(fact) if fact in days else _reason(fact, cited) for fact in missing]
    if any(fact.kind in _HARD for fact in missing if fact not in days):
        return "unsupported", reasons
    if shared < LITTLE_MEANING:
        return "unsupported", [*reasons, f"shares too little with the source ({shared:.0%})"]
    if shared < ENOUGH_MEANING:
        return "partly", [*reasons, f"shares only part of its meaning with the source ({shared:.0%})"]
    return ("partly" if missing else "supported"), reasons


def _reason(fact: Fact, cited: Sequence[_Source]) -> str:
    """That a fact is missing, and what the source has in its place where the figure is the same."""
    told = fact.quantity
    others = [
        found.span.of(source.words).strip()
        for source in cited
        for found in source.stated.quantities
        if told is not None and found.value == told.value and found.kind in ("duration", "money", "percent")
    ]
    beside = f" (the source says {others[0]})" if others and fact.kind in ("number", "sum") else ""
    return f"{(_HARD | _SOFT)[fact.kind]} not in the source: {fact.text.strip()}{beside}"


def _day_reason(fact: Fact) -> str:
    working = fact.quantity is not None and fact.quantity.unit == "working day"
    here, there = ("working days", "days") if working else ("days", "working days")
    return f"the sentence counts {here}, the source {there}: {fact.text.strip()}"


def _limits_turned(text: str, cited: Sequence[_Source], citations: Sequence[Citation]) -> list[str]:
    """Limits that every mention in the sources takes the other way: before for after, at most for at least."""
    here = bounds_of(text)
    reasons = []
    for fact in facts_of(text):
        there = [bounds for source in cited if (bounds := bounds_in(fact, source.stated))]
        mine = here.get((fact.kind, fact.key), ())
        theirs = tuple(frozenset[Bound | None]().union(*of_one_sort) for of_one_sort in zip(*there, strict=True))
        turned = next((ours for ours, other in zip(mine, theirs, strict=False) if _turned(ours, other)), None)
        # What is late is refused: "not before" and "refused after" are one rule.
        if turned and _refuses(text, fact) == any(_refuses(citation.quote, fact) for citation in citations):
            for bound in [bound for bound in turned if bound]:
                said, other = _SAID[bound], _SAID[_OPPOSITE[bound]]
                reasons.append(f"the sentence takes {fact.text.strip()} as {said}, the source as {other}")
    return reasons


def _turned(ours: frozenset[Bound | None], theirs: frozenset[Bound | None]) -> bool:
    return None not in ours and theirs == {_OPPOSITE[bound] for bound in ours if bound} and len(ours) == 1


def _refuses(text: str, fact: Fact) -> bool:
    """Whether the part of a sentence that holds the fact tells of what is refused."""
    return any(
        _REFUSED.search(part) and any(fact.key == other.key for other in facts_of(part)) for part in _PART.split(text)
    )


def _not_in_force(text: str, cited: Sequence[_Source]) -> list[str]:
    """Whether a sentence says that something is in operation which each of its sources shows as not so."""
    if not _IN_FORCE.search(text) or _NOT_IN_FORCE.search(text):
        return []
    states = [_STATUS.get(source.passage.status or "") for source in cited]
    if not all(states):
        return []
    return [f"says that it is in operation, but the provision cited {states[0]}"]


def _citation(text: str, source: _Source, meaning: Meaning) -> Citation:
    """Quote the sentence of the passage that carries most of the claim: its facts first, then its meaning."""
    wanted = facts_of(text)

    def worth(span: Span) -> tuple[int, float]:
        words = span.of(source.passage.text)
        said = stated(words)
        return sum(holds(fact, said) for fact in wanted), meaning(text, words)

    spans = sentence_spans(source.passage.text) or [Span(0, len(source.passage.text))]
    return cite(source.number, source.passage, max(spans, key=worth))


def _polarity_differs(text: str, citations: Sequence[Citation]) -> bool:
    negative = _is_negative(text)
    return all(_is_negative(citation.quote) != negative for citation in citations)


def _is_negative(text: str) -> bool:
    return bool(_NEGATION.search(_LIMIT.sub(" ", text)))
