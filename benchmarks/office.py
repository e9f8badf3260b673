"""The questions of our own over the demo documents and Cap. 486, and a knowledge base that holds both.

Each line of `questions/*.jsonl` has a question, its language and what answers it: provisions (`gold`), or a document and
words that a passage must hold (`documents`, `quotes`); or it is unanswerable, by a near miss or by topic.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lionrock.access import LOCAL_OWNER, scope_for
from lionrock.app import App, Upload, open_app
from lionrock.records import Actor, Passage, Scope
from lionrock.settings import settings_from

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "benchmarks" / "questions"
LAW = ROOT.parent / "shared" / "data" / "hkel_pdpo" / "data" / "v2" / "source-snapshots"
HOME = ROOT / ".lionrock" / "benchmarks"
BASES = ("cap486", "demo")


@dataclass(frozen=True)
class Question:
    id: str
    base: str
    language: str
    text: str
    answerable: bool
    kind: str
    gold: tuple[str, ...]
    documents: tuple[str, ...]
    quotes: tuple[str, ...]

    def answered_by(self, passage: Passage) -> bool:
        """Whether a passage is one that answers."""
        if self.base == "cap486":
            anchor = passage.anchor or ""
            return passage.pair_key == "/hk/cap486" and any(
                anchor == gold or anchor.startswith(gold + "_") for gold in self.gold
            )
        name = Path(passage.source).name.split(".")[0]
        words = "\n".join((passage.title, *passage.heading, passage.text))
        return name in self.documents and any(quote in words for quote in self.quotes)


def load(half: str, bases: tuple[str, ...] = BASES) -> list[Question]:
    """The questions of one half: `dev` or `heldout`."""
    found = []
    for base in bases:
        for path in sorted(QUESTIONS.glob(f"{base}*.{half}.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                item = json.loads(line)
                found.append(
                    Question(
                        item["id"],
                        base,
                        item["lang"],
                        item["question"],
                        item["answerable"],
                        item.get("kind", ""),
                        tuple(item.get("gold", ())),
                        tuple(item.get("documents", ())),
                        tuple(item.get("quotes", ())),
                    )
                )
    return found


def scope_of(question: Question, *, joint: bool = False) -> Scope:
    """Where a question is asked: in the documents that it was written for, or in all (`joint`).

    Many questions over Cap. 486 do not name it and have an answer of their own in the demo documents ("may I complain
    without my name?"), so that only the first is a fair measure; and one without an answer in the one may have one in
    the other.
    """
    if joint and question.answerable:
        return scope_for(LOCAL_OWNER)
    return scope_for(Actor("benchmark", frozenset({question.base})))


@contextmanager
def knowledge_base(home: Path = HOME) -> Iterator[App]:
    """The demo documents and both languages of Cap. 486, kept between runs."""
    app = open_app(settings_from(os.environ, home=home))
    try:
        paths = [*sorted((ROOT / "demo" / "documents").iterdir()), *sorted(LAW.glob("*.xml"))]
        for path in paths:
            department = "cap486" if path.suffix == ".xml" else "demo"
            for result in app.ingest([Upload(path.name, str(path), path=path)], department=department):
                if result.status == "failed":
                    print(f"{result.file}: {result.reason}", file=sys.stderr)
        yield app
    finally:
        app.close()
