"""What commands print: results on standard output, progress and messages on standard error."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lionrock.records import Answer, Hit

if TYPE_CHECKING:
    from lionrock.contract import IngestResult

__all__ = ["note", "progress_bar", "say", "say_json", "show_answer", "show_hits", "show_result"]

_MARKS = {"supported": "✓", "partly": "~", "unsupported": "✗"}


def say(text: str = "") -> None:
    """A line of the result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say_json(value: Any) -> None:
    """One JSON value on one line."""
    say(json.dumps(value, ensure_ascii=False))


def note(text: str) -> None:
    """A line beside the result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def progress_bar(what: str, done: int, total: int) -> None:
    """Progress: a line that rewrites itself on a terminal, a line now and then elsewhere."""
    if sys.stderr.isatty():
        share = f"{100 * done // total:3d}%" if total else "   …"
        sys.stderr.write(f"\r\x1b[K{share} {what}" + ("\n" if total and done >= total else ""))
        sys.stderr.flush()
    elif total and done >= total:
        note(f"done {what}")


def show_result(result: IngestResult) -> None:
    """What became of a file: of one that was taken in its name and size, of any other its whole path and why."""
    if result.status in ("failed", "quarantined"):
        say(f"{result.status:<12}{result.file}")
    else:
        say(f"{result.status:<12}{Path(result.file).name}  ({result.passages} passages)")
    if result.reason:
        say(f"{'':<12}{result.reason}")


def show_hits(hits: tuple[Hit, ...]) -> None:
    """Hits for a person: rank, place, and the passage with its matches between brackets."""
    for hit in hits:
        passage = hit.passage
        page = f", p. {passage.page}" if passage.page else ""
        path = " › ".join(dict.fromkeys((passage.title, *passage.heading[-2:])))
        say(f"{hit.rank:2d}. {path}{page}  ({passage.source})")
        say("    " + " ".join(_marked(passage.text, hit).split())[:400])


def _marked(text: str, hit: Hit) -> str:
    pieces, at = [], 0
    for span in hit.spans:
        pieces += [text[at : span.start], "[", text[span.start : span.end], "]"]
        at = span.end
    return "".join((*pieces, text[at:]))


def show_answer(answer: Answer) -> None:
    """An answer for a person: sentences with verdicts, then the sources that they quote."""
    if answer.abstained:
        say(answer.answer)
    for sentence in answer.sentences:
        numbers = "".join(f"[{citation.number}]" for citation in sentence.citations)
        say(f"{_MARKS[sentence.verdict]} {' '.join(sentence.text.split())} {numbers}")
        for reason in sentence.reasons:
            say(f"    {reason}")
    seen = set()
    for citation in (c for sentence in answer.sentences for c in sentence.citations):
        if (citation.number, citation.start) in seen:
            continue
        seen.add((citation.number, citation.start))
        page = f", p. {citation.page}" if citation.page else ""
        anchor = f", {citation.anchor}" if citation.anchor else ""
        quote = " ".join(citation.quote.split())
        say(f"  [{citation.number}] {citation.title}{page}{anchor} ({citation.source}): 「{quote[:200]}」")
    for notice in answer.notices:
        say(f"! {notice}")
