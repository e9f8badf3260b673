"""How good whole answers are on our own questions over the demo documents and Cap. 486, a third of them unanswerable.

Run: .venv/bin/python benchmarks/answers.py [--half dev|heldout] [--chat none|auto|NAME] [--most 40]
Right: an answer with a sentence that rests on a passage that answers. Wrong place: an answer that rests on others only.
A question without an answer is asked in the documents that it was written for; an answer to it is a false one.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter

import numpy as np

from lionrock.answer.pipeline import AnswerEvent
from lionrock.app import App
from lionrock.records import Answer
from office import Question, knowledge_base, load, scope_of


def asked(app: App, question: Question, chat: str) -> Answer:
    *_, last = app.ask(question.text, scope_of(question), chat=chat)
    assert isinstance(last, AnswerEvent)
    return last.answer


def judged(app: App, question: Question, answer: Answer) -> str:
    if answer.abstained:
        return "abstained"
    if not question.answerable:
        return "false answer"
    scope = scope_of(question)
    cited = {c.passage_id for s in answer.sentences if s.verdict != "unsupported" for c in s.citations}
    passages = [app.passage_in_context(passage_id, scope)[0] for passage_id in cited]
    return "right" if any(question.answered_by(passage) for passage in passages) else "wrong place"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", default="dev", choices=("dev", "heldout"))
    parser.add_argument("--chat", default="none")
    parser.add_argument("--most", type=int, default=1000, help="ask a random sample of so many questions")
    choice = parser.parse_args()
    questions = load(choice.half)
    questions = random.Random(7).sample(questions, min(choice.most, len(questions)))
    table: Counter[tuple[str, str]] = Counter()
    modes: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    times: list[float] = []
    with knowledge_base() as app:
        for question in questions:
            started = time.perf_counter()
            answer = asked(app, question, choice.chat)
            times.append(time.perf_counter() - started)
            row = f"{question.base} {question.language}" if question.answerable else f"unanswerable, {question.kind}"
            table[row, judged(app, question, answer)] += 1
            table[row, "n"] += 1
            if not answer.abstained:
                modes[answer.mode] += 1
                verdicts.update(sentence.verdict for sentence in answer.sentences)
    outcomes = ("right", "wrong place", "abstained", "false answer")
    print(f"\n{choice.half} half, chat {choice.chat}\n{'':28}   n  " + "  ".join(f"{name:12}" for name in outcomes))
    rows = sorted({row for row, _ in table})
    for row in rows:
        n = table[row, "n"]
        print(f"{row:28} {n:3}  " + "  ".join(f"{table[row, name] / n:12.2f}" for name in outcomes))
    answerable = [row for row in rows if not row.startswith("un")]
    answered = sum(table[row, name] for row in rows for name in ("right", "wrong place", "false answer"))
    right = sum(table[row, "right"] for row in answerable)
    print(f"answers that cite a right passage: {right}/{answered} = {right / max(answered, 1):.2f}")
    print(f"modes {dict(modes)}, verdicts of sentences {dict(verdicts)}")
    print(f"seconds an answer: p50 {np.percentile(times, 50):.1f}, p95 {np.percentile(times, 95):.1f}")


if __name__ == "__main__":
    main()
