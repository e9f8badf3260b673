"""What kind of quantity a question asks for."""

from __future__ import annotations

import pytest

from lionrock.answer.expect import expected_kinds, holds_expected


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("補領要幾多錢？", "money"),
        ("罰款是多少？", "money"),
        ("How much does a permit cost?", "money"),
        ("幾耐先有得攞？", "duration"),
        ("须在多少天内回复？", "duration"),
        ("How soon must they answer?", "duration"),
        ("幾時截止？", "date"),
        ("When does it close?", "date"),
        ("有幾多個職員？", "number"),
        ("How many seats are there?", "number"),
        ("要扣幾多個巴仙？", "percent"),
    ],
)
def test_kinds(question: str, kind: str) -> None:
    assert kind in expected_kinds(question)


@pytest.mark.parametrize("question", ["邊個負責？", "Why was it refused?", "可唔可以影相？"])
def test_no_quantity_is_asked_for(question: str) -> None:
    assert expected_kinds(question) == frozenset()
    assert holds_expected(question, ["anything"])


def test_a_passage_without_the_kind_does_not_answer() -> None:
    assert holds_expected("牌照幾多錢？", ["牌照費用為3,240元。"])
    assert not holds_expected("牌照幾多錢？", ["牌照須於六星期前續期。"])
