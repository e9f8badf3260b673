"""From a question to a checked answer, as a stream of events.

1. evidence at once                                             -> EvidenceEvent
2. does the evidence answer?  If not: abstain                    -> AnswerEvent
3. without a chat model: the best sentences, quoted              -> SentenceEvent …, AnswerEvent
4. with one: its words as they come                              -> TokenEvent …
5. each sentence of it checked against what it cites             -> SentenceEvent …
6. if nothing passes: the quotes of 3 instead                    -> AnswerEvent
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from lionrock.answer import abstain
from lionrock.answer.extract import Quote, best_sentences
from lionrock.answer.near import Nearness
from lionrock.answer.prompts import NO_ANSWER, build_messages
from lionrock.answer.wording import say
from lionrock.cite.mark import claims_of
from lionrock.cite.verify import Meaning, attribute, cite
from lionrock.errors import EndpointError, MissingError
from lionrock.index.statistics import Statistics
from lionrock.models.ports import Chat, Embed
from lionrock.records import (
    EVERYTHING,
    Answer,
    Hit,
    Language,
    Narrowing,
    Passage,
    Scope,
    Searched,
    Sentence,
    Suggestion,
)
from lionrock.retrieve.exact import of_named_year
from lionrock.retrieve.retriever import Retrieved, Retriever
from lionrock.text.fold import to_simplified, to_traditional_hk

__all__ = ["AnswerEvent", "Answerer", "Event", "EvidenceEvent", "SentenceEvent", "TokenEvent"]

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class EvidenceEvent:
    """The passages found."""

    language: Language
    hits: tuple[Hit, ...]
    took_ms: float


@dataclass(frozen=True, slots=True)
class TokenEvent:
    """A piece of a model's reply, not yet checked."""

    text: str


@dataclass(frozen=True, slots=True)
class SentenceEvent:
    """A sentence of the answer with its verdict."""

    sentence: Sentence


@dataclass(frozen=True, slots=True)
class AnswerEvent:
    """The whole answer; always the last event."""

    answer: Answer


Event: TypeAlias = EvidenceEvent | TokenEvent | SentenceEvent | AnswerEvent


@dataclass(frozen=True, slots=True)
class _Run:
    """What is known of one question while it is answered."""

    started: float
    retrieve_ms: float
    scope: Scope
    narrowing: Narrowing
    first_token_ms: float | None = None
    chance: float = 1.0
    """Chance that the evidence answers."""
    notices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Passage id -> what must be said of it when it is cited."""

    def timings(self) -> dict[str, float]:
        timings = {"retrieve_ms": self.retrieve_ms, "total_ms": (time.perf_counter() - self.started) * 1000}
        if self.first_token_ms is not None:
            timings["first_token_ms"] = self.first_token_ms
        return timings


class Answerer:
    """The pipeline with its ports."""

    def __init__(
        self,
        retriever: Retriever,
        statistics: Statistics,
        embedders: Sequence[Embed],
        meaning: Meaning,
        chat: Callable[[str | None], Chat | None],
        title: Callable[[str, Scope], str | None],
        searched: Callable[[Scope, Narrowing], Searched],
        *,
        most_passages: int = 3,
        most_tokens: int = 320,
    ) -> None:
        self._retriever = retriever
        self._statistics = statistics
        self._nearness = Nearness(embedders)
        self._meaning = meaning
        self._chat = chat
        self._title = title
        self._searched = searched
        self._most_passages = most_passages
        self._most_tokens = most_tokens
        # Fifty who ask at once would embed fifty batches of sentences at once, which takes memory and makes all of them
        # wait; searches, whose evidence is shown first, keep the other half of the processors.
        self._turns = threading.BoundedSemaphore(max(1, (os.cpu_count() or 1) // 2))

    def answer(
        self,
        question: str,
        scope: Scope,
        *,
        language: Language | None = None,
        chat: str | None = None,
        narrowing: Narrowing = EVERYTHING,
    ) -> Iterator[Event]:
        """Answer a question. `language` is the answer's (None: the question's); `chat` names a model or `none`."""
        started = time.perf_counter()
        retrieved = self._retriever.search(question, scope, limit=_SHOWN, narrowing=narrowing)
        spoken = language or retrieved.query.language
        run = _Run(started, retrieved.took_ms, scope, narrowing)
        yield EvidenceEvent(retrieved.query.language, retrieved.hits, retrieved.took_ms)
        if not retrieved.hits:
            yield self._abstained(question, spoken, "empty" if narrowing.is_empty else "nowhere", run)
            return
        with self._turns:
            chance = self._chance(retrieved)
        if chance < abstain.THRESHOLD:
            yield self._abstained(question, spoken, "abstained", run)
            return
        evidence = self._evidence(retrieved)
        run = replace(run, chance=chance, notices=self._status(evidence, spoken, scope))
        model = self._chat(chat)
        if model is None:
            yield from self._extractive(retrieved, evidence, spoken, run, ())
        else:
            yield from self._generated(model, retrieved, evidence, spoken, run)

    def _chance(self, retrieved: Retrieved) -> float:
        """Chance that the passages found answer. Where only a name was given, what bears the name is the answer."""
        if retrieved.query.named.bare and any(hit.exact for hit in retrieved.hits):
            return 1.0
        if not abstain.says_anything(retrieved.query, self._statistics):
            return 0.0
        return abstain.probability(abstain.features(retrieved, self._statistics, self._nearness))

    def _evidence(self, retrieved: Retrieved) -> list[Passage]:
        """The passages to answer from: one language version of each place, no old edition beside its new one."""
        chosen: list[Passage] = []
        skipped: set[str] = set()
        found = {hit.passage.document_id for hit in retrieved.hits}
        exact = [hit for hit in retrieved.hits if hit.exact]
        for hit in exact if exact and retrieved.query.named.bare else retrieved.hits:
            replaced = hit.passage.superseded_by in found and not hit.exact
            if hit.passage.id in skipped or (replaced and not of_named_year(hit.passage, retrieved.query)):
                continue
            if hit.paired_with:
                skipped.add(hit.paired_with)
            chosen.append(hit.passage)
        return chosen[: self._most_passages]

    def _status(self, evidence: Sequence[Passage], language: Language, scope: Scope) -> Mapping[str, tuple[str, ...]]:
        """What must be said of passages that are not in force or that a newer edition replaces."""
        notices: dict[str, tuple[str, ...]] = {}
        for passage in evidence:
            said = []
            if passage.status in ("pending", "repealed", "omitted", "expired"):
                where = f"{passage.title} {passage.heading[-1] if passage.heading else passage.anchor or ''}".strip()
                said.append(say(passage.status, language, where=where))
            newer = self._title(passage.superseded_by, scope) if passage.superseded_by else None
            if newer is not None:
                said.append(say("superseded", language, where=passage.title, newer=newer))
            notices[passage.id] = tuple(said)
        return notices

    def _extractive(
        self,
        retrieved: Retrieved,
        evidence: Sequence[Passage],
        language: Language,
        run: _Run,
        notices: tuple[str, ...],
    ) -> Iterator[Event]:
        with self._turns:
            sentences = self._quoted(retrieved, evidence)
        for sentence in sentences:
            yield SentenceEvent(sentence)
        yield AnswerEvent(_composed(retrieved, language, "extractive", sentences, evidence, notices, run))

    def _quoted(self, retrieved: Retrieved, evidence: Sequence[Passage]) -> list[Sentence]:
        ids = {passage.id: number for number, passage in enumerate(evidence, 1)}
        hits = [hit for hit in retrieved.hits if hit.passage.id in ids]
        quotes: list[Quote] = best_sentences(retrieved.query, hits, self._statistics, self._nearness)
        return [
            Sentence(
                quote.span.of(quote.hit.passage.text),
                "supported",
                (),
                (cite(ids[quote.hit.passage.id], quote.hit.passage, quote.span),),
            )
            for quote in quotes
        ]

    def _abstained(self, question: str, language: Language, key: str, run: _Run) -> AnswerEvent:
        """No answer, and what was searched in vain: counted only here, so that no answer waits for it."""
        searched = self._searched(run.scope, run.narrowing)
        answer = Answer(
            question=question,
            language=language,
            mode="extractive",
            abstained=True,
            answer=say(key, language),
            sentences=(),
            notices=(say("nearest", language),) if key == "abstained" else (),
            timings=run.timings(),
            searched=searched,
            suggestions=_suggestions(searched, run.narrowing),
        )
        return AnswerEvent(answer)

    def _generated(
        self, model: Chat, retrieved: Retrieved, evidence: Sequence[Passage], language: Language, run: _Run
    ) -> Iterator[Event]:
        spans = {hit.passage.id: hit.spans for hit in retrieved.hits}
        messages = build_messages(retrieved.query.question, evidence, language, spans)
        pieces: list[str] = []
        try:
            for piece in model.stream(messages, max_tokens=self._most_tokens):
                if run.first_token_ms is None:
                    run = replace(run, first_token_ms=(time.perf_counter() - run.started) * 1000)
                pieces.append(piece)
                yield TokenEvent(_in_script(piece, language))
        except (EndpointError, MissingError) as error:
            notice = say("no_chat", language, where=error.message)
            yield from self._extractive(retrieved, evidence, language, run, (notice,))
            return
        reply = _in_script("".join(pieces), language)
        if NO_ANSWER.lower() in reply.lower():
            if run.chance < abstain.SURE:
                yield self._abstained(retrieved.query.question, language, "abstained", run)
                return
            yield from self._extractive(retrieved, evidence, language, run, (say("refused", language),))
            return
        sentences = [attribute(claim, evidence, self._meaning) for claim in claims_of(reply)]
        if not any(sentence.verdict == "supported" for sentence in sentences):
            yield from self._extractive(retrieved, evidence, language, run, (say("unverified", language),))
            return
        for sentence in sentences:
            yield SentenceEvent(sentence)
        marked = any(sentence.verdict == "unsupported" for sentence in sentences)
        notices = (say("marked", language),) if marked else ()
        yield AnswerEvent(_composed(retrieved, language, "generated", sentences, evidence, notices, run))


def _in_script(text: str, language: Language) -> str:
    """A model's words in the script that was asked; small models mix the two."""
    if language == "en":
        return text
    return to_simplified(text) if language == "zh-Hans" else to_traditional_hk(text)


def _suggestions(searched: Searched, narrowing: Narrowing) -> tuple[Suggestion, ...]:
    """What to try next, the most hopeful first."""
    widen: tuple[Suggestion, ...] = () if narrowing.is_empty else ("widen_scope",)
    # Other words find nothing where there is nothing to find.
    words: tuple[Suggestion, ...] = ("other_words",) if searched.passages else ()
    return (*widen, *words, "add_documents", "ask_colleague")


def _composed(
    retrieved: Retrieved,
    language: Language,
    mode: str,
    sentences: Sequence[Sentence],
    evidence: Sequence[Passage],
    notices: tuple[str, ...],
    run: _Run,
) -> Answer:
    """The answer's text is made of sentences that passed; one that failed stays in the list, marked."""
    passed = [sentence for sentence in sentences if sentence.verdict != "unsupported"]
    joint = "\n" if mode == "extractive" else ("" if language != "en" else " ")
    text = joint.join(
        sentence.text + "".join(f"[{citation.number}]" for citation in sentence.citations) for sentence in passed
    )
    cited = {citation.passage_id for sentence in sentences for citation in sentence.citations}
    status = [note for passage in evidence if passage.id in cited for note in run.notices.get(passage.id, ())]
    if retrieved.query.named.bare:
        # Whether a provision is in force may be the very question: it is said before any of its words.
        text = "\n".join((*dict.fromkeys(status), text))
    return Answer(
        question=retrieved.query.question,
        language=language,
        mode="generated" if mode == "generated" else "extractive",
        abstained=False,
        answer=text,
        sentences=tuple(sentences),
        notices=(*dict.fromkeys(status), *notices),
        timings=run.timings(),
    )
