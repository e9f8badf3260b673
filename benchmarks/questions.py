"""Recall on our own questions over the demo documents and both languages of Cap. 486.

Run: .venv/bin/python benchmarks/questions.py [--half dev|heldout] [--joint] [--misses]
Each is asked in the documents that it was written for, or with --joint in all of them at once.
Beside the whole search stand its parts: dense alone, and BM25 on words between blanks, which knows no Chinese words.
"""

from __future__ import annotations

import argparse
import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from lionrock.access import may_see
from lionrock.app import App
from lionrock.records import Passage
from lionrock.text.fold import fold_text
from office import Question, knowledge_base, load, scope_of


class Blanks:
    """BM25 over words between blanks and punctuation marks, as default installations of search tools split them."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._words = [Counter(_split(" ".join((p.title, *p.heading, p.text)))) for p in passages]
        self._lengths = np.array([sum(words.values()) for words in self._words], float)
        self._frequency = Counter(word for words in self._words for word in words)

    def scores(self, question: str) -> np.ndarray:
        total = np.zeros(len(self._words))
        for word in set(_split(question)):
            count = self._frequency[word]
            if count:
                idf = math.log(1 + (len(self._words) - count + 0.5) / (count + 0.5))
                tf = np.array([words[word] for words in self._words], float)
                total += idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * self._lengths / self._lengths.mean()))
        return total


def _split(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,.;:?!()'\"\uff0c\u3002\uff1b\uff1a\uff1f]+", text.lower()) if word]


def first_right(question: Question, passages: Sequence[Passage]) -> int:
    """Place of the first right passage; the two language versions of one place stand together and count as one."""
    place = -1
    last: tuple[str, object] | None = None
    for passage in passages:
        key = (passage.pair_key, passage.anchor or passage.ordinal) if passage.pair_key else None
        place += key is None or key != last
        last = key
        if question.answered_by(passage):
            return place
    return 99


def everything(app: App) -> list[Passage]:
    scope = app.owner_scope()
    return [p for document in app.documents(scope, limit=1000) for p in app.document(document.id, scope).passages]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", default="dev", choices=("dev", "heldout"))
    parser.add_argument("--joint", action="store_true", help="ask all questions in all documents at once")
    parser.add_argument("--misses", action="store_true", help="print the questions of the dev half that went wrong")
    choice = parser.parse_args()
    rows: defaultdict[tuple[str, str], list[list[int]]] = defaultdict(list)
    with knowledge_base() as app:
        embedder = app._embedders[0]
        passages = everything(app)
        dense = embedder.embed_passages([f"{p.title}\n{p.text}" for p in passages])
        blanks = Blanks(passages)
        for question in load(choice.half):
            if not question.answerable:
                continue
            scope = scope_of(question, joint=choice.joint)
            found = [hit.passage for hit in app.search(question.text, scope, limit=12).hits]
            seen = np.array([may_see(scope, p.department, p.classification) for p in passages])
            near = np.where(seen, dense @ embedder.embed_queries([question.text])[0], -9)
            words = np.where(seen, blanks.scores(question.text), -9)
            places = [first_right(question, found)]
            places += [first_right(question, [passages[at] for at in np.argsort(-s)[:12]]) for s in (near, words)]
            rows[f"{question.base}{' (own)' if question.id.startswith('capb') else ''}", question.language].append(
                places
            )
            if choice.misses and choice.half == "dev" and places[0] > 0:
                print(f"{places[0]:3} {question.id} {question.text}  gold {question.gold or question.quotes}")
                for passage in found[:4]:
                    print(
                        "       ", passage.anchor, passage.title[:20], fold_text(passage.text[:60]).replace("\n", " ")
                    )
    print(f"\n{choice.half} half                 R@1/R@5    e5 alone   BM25 on blanks")
    for (base, language), places_ in sorted(rows.items()):
        table = np.array(places_)
        cells = [f"{(table[:, c] < 1).mean():.2f}/{(table[:, c] < 5).mean():.2f}" for c in range(3)]
        print(f"{base:13} {language:4} {len(table):3}     {'  '.join(f'{cell:10}' for cell in cells)}")


if __name__ == "__main__":
    main()
