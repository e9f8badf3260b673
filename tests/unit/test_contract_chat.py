"""The page on the contract names the keys of conversations, turns and prompts, and deleted evidence leaves its marks."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lionrock.contract_chat import WITHHELD, conversation_json, prompt_json, rating_json, told_events, turn_json
from lionrock.storage.conversations import Conversation
from lionrock.storage.prompts import Prompt
from lionrock.storage.turns import Rating, Turn

PAGE = (Path(__file__).parents[2] / "docs" / "contract.md").read_text(encoding="utf-8")
DAY = datetime(2026, 1, 1, tzinfo=UTC)


def sentence(text: str, *documents: str) -> dict[str, Any]:
    cited = [{"document_id": document, "quote": "q"} for document in documents]
    return {"text": text, "verdict": "supported", "reasons": [], "citations": cited}


TURN = Turn(
    id="t",
    conversation_id="c",
    ordinal=1,
    question="q",
    rewritten="r",
    settings={"language": "auto"},
    status="done",
    reason=None,
    fault=None,
    server="s",
    replaced=False,
    created_at=DAY,
    finished_at=DAY,
    evidence={"language": "en", "took_ms": 1.0, "hits": [{"document_id": "a"}, {"document_id": "b"}]},
    answer={
        "answer": "x",
        "sentences": [sentence("one", "a"), sentence("both", "a", "b")],
        "searched": {"passages": 3},
    },
    last_event=9,
    rating=Rating(-1, ("wrong",), "n"),
)


def keys_of(start: str) -> list[str]:
    item = re.search(rf"^- {re.escape(start)}(.*?)(?=^- |^$|^#)", PAGE, re.MULTILINE | re.DOTALL)
    assert item is not None, start
    return re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", item[1]).split(";")[0])


@pytest.mark.parametrize(
    ("start", "made"),
    [
        ("a conversation:", conversation_json(Conversation("i", "o", "d", "t", "", False, 0, DAY, DAY, 0), "o")),
        ("a turn:", turn_json(TURN, mine=True)),
        ("a rating:", rating_json(TURN)),
        ("a prompt:", prompt_json(Prompt("i", "o", "d", "n", "t", False, DAY, DAY), "o")),
    ],
)
def test_keys(start: str, made: dict[str, object]) -> None:
    assert keys_of(start) == list(made)


def test_deleted_evidence_is_dropped_counted_and_marked() -> None:
    made = turn_json(replace(TURN, deleted=frozenset("a")), mine=True)
    assert ([hit["document_id"] for hit in made["evidence"]["hits"]], made["deleted_evidence"]) == (["b"], 1)
    one, both = made["answer"]["sentences"]
    assert (one["verdict"], one["citations"]) == ("unsupported", [])
    assert "deleted" in one["reasons"][0]
    assert (both["verdict"], [c["document_id"] for c in both["citations"]]) == ("supported", ["b"])


def test_a_withheld_turn_is_its_question() -> None:
    made = turn_json(replace(TURN, withheld=True), mine=False)
    assert (made["evidence"], made["answer"], made["withheld_reason"]) == (None, None, WITHHELD)
    assert [(e.name, e.data.get("message")) for e in told_events(replace(TURN, withheld=True), 1)] == [
        ("turn", None),
        ("error", WITHHELD),
    ]


def test_what_the_asker_could_see_and_thought_is_not_told_to_others() -> None:
    made = turn_json(TURN, mine=False)
    assert (made["rating"], made["settings"], made["answer"]["searched"]) == (None, {}, None)
    failed = replace(TURN, status="failed", reason="http://10.0.0.1 did not answer")
    assert [turn_json(failed, mine=mine)["reason"] for mine in (True, False)] == [failed.reason, None]


def test_events_made_anew_keep_their_numbers() -> None:
    # Live they were: 1 turn, 2 evidence, 3 to 6 pieces of a draft, 7 and 8 sentences, 9 answer.
    assert [(e.id, e.name) for e in told_events(TURN, 1)] == [
        (1, "turn"),
        (2, "evidence"),
        (7, "sentence"),
        (8, "sentence"),
        (9, "answer"),
    ]
    assert [e.id for e in told_events(TURN, 1, after=5)] == [7, 8, 9]
    assert list(told_events(TURN, 1, after=9)) == []


def test_the_end_of_a_turn_that_a_stopped_server_left_comes_behind_all_that_was_told() -> None:
    lost = replace(TURN, status="stopped", reason="why", answer=None, evidence=None, last_event=None)
    assert [(e.id, e.name) for e in told_events(lost, 1)] == [(1, "turn"), (2, "stopped")]
    assert [(e.id, e.data) for e in told_events(lost, 1, after=57)] == [(58, {"reason": "why"})]


def test_variables_of_a_prompt_are_told_once_and_in_order() -> None:
    text = "Write to {recipient} about {topic} for {recipient}; {} and {a\nb} are none."
    assert prompt_json(Prompt("i", "o", "d", "n", text, False, DAY, DAY), "x")["variables"] == ["recipient", "topic"]
