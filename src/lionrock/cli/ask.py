"""`lionrock ask`: answer a question from the documents."""

from __future__ import annotations

from typing import cast

import click

from lionrock.answer.pipeline import AnswerEvent, EvidenceEvent
from lionrock.app import App, Choice, LanguageChoice
from lionrock.cli.output import note, say, say_json, show_answer, show_hits
from lionrock.cli.search import LANGUAGES, lines_of, narrowed
from lionrock.cli.session import opened
from lionrock.contract import answer_json
from lionrock.errors import LionrockError, UsageError
from lionrock.records import Answer, Hit, Narrowing

__all__ = ["command"]

_NEAREST = 3


def _answer(
    app: App, question: str, language: str, chat: str | None, within: Narrowing
) -> tuple[Answer, tuple[Hit, ...]]:
    """The answer, and the passages found for it."""
    hits: tuple[Hit, ...] = ()
    spoken = cast(LanguageChoice, language)
    for event in app.ask(question, app.owner_scope(), language=spoken, chat=chat, narrowing=within):
        if isinstance(event, EvidenceEvent):
            hits = event.hits
            note(f"{len(hits)} passages found in {event.took_ms:.0f} ms")
        if isinstance(event, AnswerEvent):
            return event.answer, hits
    raise AssertionError("an answer is always the last event")


@click.command("ask")
@click.argument("question", required=False)
@click.option("--language", type=click.Choice(LANGUAGES), default="auto", help="Language of the answer.")
@narrowed
@click.option("--chat", help="The chat model; `none` quotes the documents only.")
@click.option("--batch", help="A file with one question a line; prints one JSON object a line.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def command(
    question: str | None,
    language: str,
    collections: tuple[str, ...],
    since: str | None,
    until: str | None,
    chat: str | None,
    batch: str | None,
    as_json: bool,
) -> int:
    """Answer QUESTION from your documents; every sentence shows the words that it rests on."""
    if (question is None) == (batch is None):
        raise UsageError("Give a question, or --batch with a file of questions.")
    with opened(load=True) as app:
        within = app.narrowing(Choice(collections=collections, since=since, until=until), app.owner_scope())
        if batch is None:
            answer, hits = _answer(app, question or "", language, chat, within)
            if as_json:
                say_json(answer_json(answer))
            else:
                say(f"Q: {answer.question}")
                show_answer(answer)
                if answer.searched is not None:
                    note(f"searched {answer.searched.documents:,} documents, {answer.searched.passages:,} passages")
                show_hits(hits[:_NEAREST] if answer.abstained else ())
            return 0
        failed = 0
        for line in lines_of(batch):
            try:
                say_json(answer_json(_answer(app, line, language, chat, within)[0]))
            except LionrockError as error:
                failed = 1
                say_json({"question": line, "error": error.message})
        return failed
