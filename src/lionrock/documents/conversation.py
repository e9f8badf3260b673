"""A conversation as plain values, and the blocks of text that every file of it consists of.

The writers of formats know blocks only, so that all formats say the same. Text of documents is data: it is carried in
`Run.text` as it is, and each writer makes it harmless in its own format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from lionrock.documents.words import FileLanguage, say, when

__all__ = ["Block", "Conversation", "Role", "Run", "Style", "Turn", "blocks_of", "short"]

Style: TypeAlias = Literal[
    "title", "byline", "question", "asked", "mode", "answer", "notice", "sources", "source", "place", "quote", "note"
]
Role: TypeAlias = Literal["text", "mark", "verdict", "link"]

_MOST_TITLE = 200
_MOST_HEADING = 120
_BLANK = re.compile(r"[\s\x00-\x1f]+")
_ADDRESS = re.compile(r"https?://[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]{3,2000}")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, its answer and the evidence, as the JSON objects of the contract."""

    question: str
    answer: Mapping[str, Any] | None = None
    """The object of `ask --json`; None where there is none, or where it may not be shown."""
    evidence: Sequence[Mapping[str, Any]] = ()
    """Hits; the headings of cited passages are taken from them."""
    asked_at: datetime | None = None
    note: str = ""
    """A sentence in the place of an answer that may not be shown."""
    unchecked: frozenset[str] = frozenset()
    """Passages whose quotes could not be found in the documents."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is exported."""

    title: str
    turns: Sequence[Turn]
    date: datetime
    person: str = ""
    """Who made it; empty: it is not said."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text of one kind."""

    text: str
    role: Role = "text"
    target: str = ""
    """`#NAME` of another run, or an http address that is safe to be a link as it is."""
    anchor: str = ""
    """Its own name: letters, digits and hyphens, unique in the file."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph. Line breaks in its runs stay line breaks."""

    style: Style
    runs: tuple[Run, ...]


@dataclass(slots=True)
class _Source:
    """What one number of an answer stands for."""

    citation: Mapping[str, Any]
    mark: str
    quotes: list[str] = field(default_factory=list)


def short(text: str, most: int) -> str:
    """The text in one line of at most `most` characters."""
    line = _BLANK.sub(" ", text[: 4 * most]).strip()
    return line if len(line) <= most and len(text) <= 4 * most else line[: most - 1].rstrip() + "…"


def blocks_of(conversation: Conversation, language: FileLanguage) -> list[Block]:
    """All paragraphs in order."""
    title = short(conversation.title, _MOST_TITLE) or say("untitled", language)
    blocks = [_block("title", title), _block("byline", say("date", language, date=when(conversation.date, language)))]
    if conversation.person:
        blocks.append(_block("byline", say("person", language, name=short(conversation.person, _MOST_TITLE))))
    for number, turn in enumerate(conversation.turns, 1):
        # A title that is the question need not be followed by it.
        headed = len(conversation.turns) > 1 or title != short(turn.question, _MOST_TITLE)
        blocks += _turn(number, turn, language, headed=headed)
    if not conversation.turns:
        blocks.append(_block("notice", say("empty", language)))
    if any(run.role == "verdict" for block in blocks for run in block.runs):
        blocks.append(_block("note", say("unverified", language)))
    return blocks


def _block(style: Style, text: str) -> Block:
    return Block(style, (Run(text),))


def _turn(number: int, turn: Turn, language: FileLanguage, *, headed: bool) -> Iterator[Block]:
    heading = short(turn.question, _MOST_HEADING if headed else _MOST_TITLE)
    if headed:
        yield Block("question", (Run(f"{number}. "), Run(heading)))
    if heading != turn.question.strip():
        yield _block("answer", turn.question.strip())
    if turn.asked_at is not None:
        yield _block("asked", say("asked", language, date=when(turn.asked_at, language)))
    if turn.note:
        yield _block("notice", turn.note)
    if turn.answer is None:
        if not turn.note:
            yield _block("notice", say("no_answer", language))
        return
    yield from _answer(number, turn, turn.answer, language)


def _answer(number: int, turn: Turn, answer: Mapping[str, Any], language: FileLanguage) -> Iterator[Block]:
    sentences = answer["sentences"]
    sources: dict[int, _Source] = {}
    if sentences:
        yield _block("mode", say("worded" if answer["mode"] == "generated" else "quoted", language))
        for place, sentence in enumerate(sentences, 1):
            yield Block("answer", tuple(_sentence(f"{number}-{place}", number, sentence, sources, language)))
    else:
        yield _block("answer", str(answer["answer"]).strip() or say("no_answer", language))
    for notice in answer["notices"]:
        yield _block("notice", notice)
    if sources:
        yield _block("sources", say("sources", language))
        headings = {hit["passage_id"]: hit["heading"] for hit in turn.evidence}
        for index in sorted(sources):
            yield from _cited(number, index, sources[index], headings, turn.unchecked, language)
    elif answer["abstained"] and turn.evidence:
        yield _block("sources", say("nearest", language))
        for hit in turn.evidence:
            yield _block("source", short(hit["title"], _MOST_TITLE))
            yield Block("place", tuple(_place(hit, hit["heading"], language)))


def _sentence(
    place: str, turn: int, sentence: Mapping[str, Any], sources: dict[int, _Source], language: FileLanguage
) -> Iterator[Run]:
    yield Run(str(sentence["text"]).strip())
    marked: set[int] = set()
    for citation in sentence["citations"]:
        index = citation["number"]
        anchor = f"mark-{place}-{index}"
        source = sources.setdefault(index, _Source(citation, anchor))
        if citation["quote"] not in source.quotes:
            source.quotes.append(citation["quote"])
        if index not in marked:
            marked.add(index)
            yield Run(f"[{index}]", "mark", f"#source-{turn}-{index}", anchor)
    verdict = sentence["verdict"]
    if verdict != "supported":
        told = say("partly" if verdict == "partly" else "unsupported", language)
        reasons = say("between_reasons", language).join(sentence["reasons"])
        key = "with_reason" if reasons else "without_reason"
        yield Run(say(key, language, verdict=told, reasons=reasons), "verdict")


def _cited(
    turn: int,
    index: int,
    source: _Source,
    headings: Mapping[str, Sequence[str]],
    unchecked: frozenset[str],
    language: FileLanguage,
) -> Iterator[Block]:
    citation = source.citation
    number = Run(f"[{index}]", "mark", f"#{source.mark}", f"source-{turn}-{index}")
    yield Block("source", (number, Run(" " + short(citation["title"], _MOST_TITLE))))
    where = tuple(_place(citation, headings.get(citation["passage_id"], ()), language))
    if where:
        yield Block("place", where)
    for quote in source.quotes:
        yield _block("quote", quote)
    if citation["passage_id"] in unchecked:
        yield Block("place", (Run(say("unchecked", language), "verdict"),))


def _place(item: Mapping[str, Any], heading: Sequence[str], language: FileLanguage) -> Iterator[Run]:
    """Headings, page or anchor, then the file's name or the address."""
    parts = [" › ".join(short(title, _MOST_TITLE) for title in heading)]
    if item["page"] is not None:
        parts.append(say("page", language, n=item["page"]))
    elif item["anchor"]:
        parts.append(say("place", language, anchor=short(item["anchor"], _MOST_TITLE)))
    source = item["source"]
    is_address = _ADDRESS.fullmatch(source) is not None
    if not is_address:
        # The folders above it are the office's own affair.
        parts.append(short(re.split(r"[/\\]", source)[-1], _MOST_TITLE))
    told = " · ".join(part for part in parts if part)
    if told:
        yield Run(told + (" · " if is_address else ""))
    if is_address:
        yield Run(source, "link", source)
