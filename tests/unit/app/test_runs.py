"""What is kept of an answer in the making is bounded, and titles are cut at words."""

from __future__ import annotations

import threading

import pytest

from lionrock.app.conversations import title_of
from lionrock.app.runs import Run
from lionrock.records import Scope


def run() -> Run:
    return Run("t", "c", "ann", "q", Scope())


@pytest.mark.parametrize(("piece", "most"), [("x", 4_000), ("x" * 1_000, 200)])
def test_a_draft_without_end_is_cut_and_the_answer_still_told(piece: str, most: int) -> None:
    made = run()
    made.tell("evidence", {})
    for _ in range(10_000):
        made.tell("token", {"text": piece})
    made.tell("sentence", {})
    made.close("answer", {})
    events, closed = made.since(0)
    assert (len(events), closed) == (most + 3, True)
    assert [event.name for event in events[-2:]] == ["sentence", "answer"]
    assert [event.id for event in events] == list(range(1, len(events) + 1))


def test_nothing_is_told_behind_the_last_event() -> None:
    made = run()
    made.close("stopped", {})
    made.tell("token", {"text": "late"})
    made.close("answer", {})
    assert [event.name for event in made.since(0)[0]] == ["stopped"]


def test_whoever_watches_is_woken_until_they_go() -> None:
    made, woken = run(), []
    unwatch = made.watch(lambda: woken.append(made.count))
    made.tell("turn", {})
    unwatch()
    made.tell("evidence", {})
    assert woken == [1]
    assert [event.name for event in made.since(1)[0]] == ["evidence"]
    assert made.since(5) == ([], False)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What is\n  the fee?", "What is the fee?"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        ("word " * 30, ("word " * 16).strip() + "…"),
        ("年假" * 60, "年假" * 39 + "年…"),
        ("短", "短"),
        ("a" * 78 + " " + "b" * 40, "a" * 78 + "…"),
        ("a" * 79 + " " + "b" * 40, "a" * 79 + "…"),
        ("ab " + "c" * 100, "ab " + "c" * 76 + "…"),
    ],
)
def test_titles_are_cut_at_a_word(question: str, title: str) -> None:
    assert title_of(question) == title
    assert len(title_of(question)) <= 80


def test_followers_do_not_wait_while_the_end_is_written_down() -> None:
    made = run()
    made.tell("turn", {})
    heard: list[int] = []
    follower = threading.Thread(target=lambda: heard.append(len(made.since(0)[0])), daemon=True)
    with made.ending:
        follower.start()
        follower.join(5)
    assert heard == [1]
