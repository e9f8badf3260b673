"""Recall within and across languages on public question sets, beside what other tools do with the same passages.

Run: .venv/bin/python benchmarks/retrieval.py [--questions 300]
Collections: the 240 paragraphs of XQuAD with 400 paragraphs of news (NTREX) as distractors, in English and in
Traditional Chinese (converted), and the 1,004 sentence pairs of Universal Dependencies Cantonese-HK / Chinese-HK.
Questions: XQuAD in English, Simplified, Traditional, and pseudo-Cantonese made by rules. Columns, as Recall@1/Recall@5:
the whole search; dense alone (e5); BM25 on characters and bigrams; BM25 on words between blanks; reciprocal rank
fusion of e5 with that BM25. The floor is what a prototype of the same fusion reached.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lionrock.access import scope_for
from lionrock.app import App, Upload, open_app
from lionrock.index.lexical import ScoringBatch, TermGroup, unpack
from lionrock.index.statistics import stack
from lionrock.records import Actor, Passage, Scope
from lionrock.settings import settings_from
from lionrock.storage import passages as stored
from lionrock.text.fold import fold_text, to_traditional_hk
from lionrock.text.tokens import index_tokens
from office import ROOT
from questions import Blanks

DATA = ROOT.parent / "shared" / "data"
RULES = (
    ("為什麼", "點解"), ("為何", "點解"), ("什麼時候", "幾時"), ("何時", "幾時"), ("什麼", "乜嘢"), ("哪裏", "邊度"), ("哪裡", "邊度"),
    ("誰", "邊個"), ("哪個", "邊個"), ("哪", "邊"), ("多少", "幾多"), ("怎麼", "點樣"), ("怎樣", "點樣"), ("如何", "點樣"),
    ("沒有", "冇"), ("他們", "佢哋"), ("他", "佢"), ("她", "佢"), ("是", "係"), ("在", "喺"), ("的", "嘅"), ("不", "唔"),
    ("了", "咗"), ("和", "同"), ("給", "畀"), ("看", "睇"), ("找", "搵"), ("這", "呢"), ("那", "嗰"),
)  # fmt: skip
FLOORS = {
    "en->hk": (0.82, 0.93), "hk->en": (0.83, 0.95), "zh->en": (0.82, 0.95), "yue*->en": (0.82, 0.95),
    "hk->hk": (0.93, 0.98), "zh->hk": (0.93, 0.98), "yue*->hk": (0.93, 0.98), "UD yue->zh": (0.92, 0.98),
    "en->en": (0.95, 0.99),
}  # fmt: skip
DISTRACTOR = 5


def pseudo_cantonese(text: str) -> str:
    for written, spoken in RULES:
        text = text.replace(written, spoken)
    return text


@dataclass
class Row:
    name: str
    questions: list[tuple[str, str]]
    """(question, source of its gold passage)"""
    department: str


def xquad(language: str) -> tuple[list[str], list[tuple[str, int]]]:
    """Paragraphs, and questions with the number of their paragraph."""
    data = json.loads((DATA / "xquad" / f"xquad.{language}.json").read_text(encoding="utf-8"))["data"]
    paragraphs, questions = [], []
    for article in data:
        for paragraph in article["paragraphs"]:
            questions += [(item["question"], len(paragraphs)) for item in paragraph["qas"]]
            paragraphs.append(paragraph["context"])
    return paragraphs, questions


def news(language: str) -> list[str]:
    name = {"en": "newstest2019-src.eng.txt", "hk": "newstest2019-ref.zho-TW.txt"}[language]
    lines = (DATA / "ntrex" / name).read_text(encoding="utf-8").splitlines()
    joint = " " if language == "en" else ""
    return [joint.join(lines[at : at + DISTRACTOR]) for at in range(0, len(lines), DISTRACTOR)][:400]


def treebank() -> tuple[list[str], list[str]]:
    def texts(name: str) -> dict[str, str]:
        content = (DATA / "ud_hk" / name).read_text(encoding="utf-8")
        return dict(re.findall(r"# parallel_id = (\S+)\n# text = (.*)", content))

    yue, zh = texts("yue_hk-ud-test.conllu"), texts("zh_hk-ud-test.conllu")
    keys = [key for key in yue if key in zh]
    return [yue[key] for key in keys], [zh[key] for key in keys]


def fill(app: App, department: str, texts: Iterable[str]) -> None:
    uploads = [
        Upload(f"{department}-{at}.txt", f"{department}/{at}", data=text.encode()) for at, text in enumerate(texts)
    ]
    for done, result in enumerate(app.ingest(uploads, department=department), 1):
        if result.status == "failed":
            print(result.file, result.reason, file=sys.stderr)
        if done % 200 == 0:
            print(f"  {department}: {done}/{len(uploads)}", file=sys.stderr, flush=True)


def sees(*departments: str) -> Scope:
    return scope_for(Actor("benchmark", frozenset(departments)))


class Peers:
    """Other ways to search the passages of one scope, exact over all of them."""

    def __init__(self, app: App, scope: Scope) -> None:
        self.passages: list[Passage] = []
        after = None
        while page := app.documents(scope, limit=500, after=after):
            after = page[-1].id
            self.passages += [p for document in page for p in app.document(document.id, scope).passages]
        with app._database.connect() as connection:
            data = stored.load_vectors(connection, [p.id for p in self.passages])
        self._e5 = app._embedders[0]
        self._dense = stack([data[p.id]["e5"] for p in self.passages], self._e5.dimension)
        self._batch = ScoringBatch([unpack(data[p.id]["lexical"]) for p in self.passages])
        self._frequencies = app._statistics.frequencies[self.passages[0].pool]
        self._blanks = Blanks(self.passages)

    def rankings(self, question: str) -> dict[str, list[str]]:
        dense = self._dense @ self._e5.embed_queries([question])[0]
        groups = [TermGroup.of(token) for token in dict.fromkeys(index_tokens(fold_text(question)))]
        bm25 = self._batch.score(groups, self._frequencies)
        fused = 1 / (60 + _ranks(dense)) + 1 / (60 + _ranks(bm25))
        blanks = self._blanks.scores(question)
        return {name: self._top(s) for name, s in (("e5", dense), ("bm25", bm25), ("blanks", blanks), ("rrf", fused))}

    def _top(self, scores: np.ndarray) -> list[str]:
        found = dict.fromkeys(self.passages[at].source for at in np.argsort(-scores, kind="stable")[:30])
        return list(found)[:5]


def _ranks(scores: np.ndarray) -> np.ndarray:
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return ranks


def whole(app: App, question: str, scope: Scope) -> list[str]:
    hits = app.search(question, scope, limit=10).hits
    return list(dict.fromkeys(hit.passage.source for hit in hits))[:5]


def measure(app: App, rows: Sequence[Row]) -> None:
    columns = ("whole", "e5", "bm25", "blanks", "rrf")
    print(f"\n{'':12}{'n':>4}  {'Lionrock':11}{'floor':11}{'e5':11}{'BM25':11}{'BM25 blanks':13}naive RRF")
    for row in rows:
        scope = sees(row.department)
        peers = Peers(app, scope)
        right: defaultdict[str, list[tuple[bool, bool]]] = defaultdict(list)
        for question, gold in row.questions:
            rankings = {"whole": whole(app, question, scope), **peers.rankings(question)}
            for name in columns:
                right[name].append((rankings[name][:1] == [gold], gold in rankings[name]))
        cells = [_cell(np.array(right[name]).mean(axis=0)) for name in columns]
        floor = _cell(FLOORS[row.name]) if row.name in FLOORS else ""
        order = [cells[0], floor, *cells[1:3], f"{cells[3]:13}", cells[4]]
        print(f"{row.name:12}{len(row.questions):4}  " + "".join(f"{cell:11}" for cell in order), flush=True)


def _cell(pair: Sequence[float]) -> str:
    return f"{pair[0]:.2f}/{pair[1]:.2f}"


def both_languages(app: App, questions: Sequence[tuple[str, str]], make: Callable[[str], str]) -> float:
    """Mean share of the two language versions of the right paragraph among the first five hits."""
    scope = sees("en", "hk")
    shares = []
    for question, source in questions:
        number = source.split("/")[1]
        hits = [hit.passage.source for hit in app.search(make(question), scope, limit=5).hits]
        shares.append(len({f"en/{number}", f"hk/{number}"} & set(hits)) / 2)
    return float(np.mean(shares))


def same(text: str) -> str:
    return text


def cantonese(text: str) -> str:
    return pseudo_cantonese(to_traditional_hk(text))


def paragraphs(app: App, count: int) -> None:
    """All rows over XQuAD."""
    english, asked = xquad("en")
    simplified, zh = xquad("zh")
    fill(app, "en", [*english, *news("en")])
    fill(app, "hk", [*map(to_traditional_hk, simplified), *news("hk")])
    chosen = sorted(random.Random(20).sample(range(len(asked)), count))

    def pick(questions: list[tuple[str, int]], department: str, make: Callable[[str], str]) -> list[tuple[str, str]]:
        return [(make(questions[at][0]), f"{department}/{questions[at][1]}") for at in chosen]

    rows = (
        ("en->hk", asked, "hk", same), ("hk->en", zh, "en", to_traditional_hk), ("zh->en", zh, "en", same),
        ("yue*->en", zh, "en", cantonese), ("hk->hk", zh, "hk", to_traditional_hk), ("zh->hk", zh, "hk", same),
        ("yue*->hk", zh, "hk", cantonese), ("en->en", asked, "en", same),
    )  # fmt: skip
    measure(app, [Row(name, pick(questions, place, make), place) for name, questions, place, make in rows])
    shares = [
        both_languages(app, pick(asked, "en", same), same),
        both_languages(app, pick(zh, "hk", same), to_traditional_hk),
    ]
    print("two-language pool, share of both versions in the first five (floor .89-.91):")
    print(f"  questions in English {shares[0]:.2f}, in Traditional Chinese {shares[1]:.2f}")


def sentences(app: App) -> None:
    """The row over the treebanks."""
    yue, written = treebank()
    fill(app, "ud", written)
    # A sentence that stands twice has two right places, one of a few characters nearly none: both are left out.
    often = Counter(fold_text(text) for text in written)
    kept = [at for at, text in enumerate(written) if often[fold_text(text)] == 1 and len(text) >= 8]
    measure(app, [Row("UD yue->zh", [(yue[at], f"ud/{at}") for at in kept], "ud")])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=300)
    count = parser.parse_args().questions
    started = time.monotonic()
    for name, run in (("retrieval", lambda app: paragraphs(app, count)), ("treebank", sentences)):
        app = open_app(settings_from(os.environ, home=ROOT / ".lionrock" / name))
        try:
            run(app)
        finally:
            app.close()
    print(f"\n{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
