"""Which sentences of a passage are quoted."""

from __future__ import annotations

import numpy as np
import pytest

from lionrock.answer.extract import best_sentences
from lionrock.answer.near import Nearness
from lionrock.index.lexical import passage_vector
from lionrock.index.statistics import Statistics
from lionrock.models.fakes import FakeEmbed
from lionrock.records import FloatArray, Hit, Passage, pool_of
from lionrock.retrieve.query import understand
from lionrock.text.crosslingual import Bilingual


def quotes(question: str, text: str, *, heading: tuple[str, ...] = (), ordinal: int = 1, title: str = "") -> list[str]:
    passage = Passage("p", "d", 1, ordinal, text, 0, len(text), "en", title, "x.md", heading)
    statistics = Statistics()
    statistics.count([(pool_of("en"), passage_vector(text, "en"))])
    query = understand(question, Bilingual({}, {}))
    found = best_sentences(query, [Hit(1, 1.0, passage)], statistics, Nearness([FakeEmbed(64)]))
    return [quote.span.of(text) for quote in found]


def test_the_sentence_with_the_quantity_asked_for_comes_first() -> None:
    text = "The parking fee is paid at the gate. The fee for parking is HK$40 an hour. Dogs are not admitted."
    assert quotes("How much is the parking fee?", text)[0] == "The fee for parking is HK$40 an hour."


def test_a_heading_is_no_answer() -> None:
    text = "2. Parking fees\nVisitors pay HK$40 an hour."
    assert quotes("How much are parking fees?", text, heading=("2. Parking fees",)) == ["Visitors pay HK$40 an hour."]


def test_title_department_and_date_are_no_answer() -> None:
    text = "Parking rules\nHarbour Department\n1 May 2026\nThe parking fee is HK$40 an hour."
    assert quotes("What is the parking fee?", text, ordinal=0) == ["The parking fee is HK$40 an hour."]


def test_a_list_stays_with_the_line_that_leads_into_it() -> None:
    text = "A user shall not transfer data unless—\n(a) the place is listed;\n(b) the person agrees.\nFees are HK$5."
    assert "unless—\n(a) the place is listed;\n(b) the person agrees." in quotes("transfer data unless listed", text)[0]


def test_a_table_below_a_head_with_the_currency_holds_sums() -> None:
    text = "Item Fee (HK$)\nNew licence 4,860\nOpening hours are 9 to 5."
    assert quotes("How much is a new licence?", text)[0] == "New licence 4,860"


def test_what_is_added_to_the_best_sentence_reads_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lionrock.answer.extract._KEEP", 0.0)
    text = "Parking at night costs HK$40. Parking at night for staff costs HK$10. Parking at night costs HK$40 a car."
    found = quotes("What does parking at night cost?", text)
    assert len(found) == 3
    assert text.index(found[1]) < text.index(found[2])


def test_sentences_are_embedded_once() -> None:
    class Counting(FakeEmbed):
        seen = 0

        def embed_passages(self, texts: list[str]) -> FloatArray:  # type: ignore[override]
            Counting.seen += sum(text != "q" for text in texts)
            return super().embed_passages(texts)

    near = Nearness([Counting(32), FakeEmbed(16)])
    first = near.of("q", ["a one", "b two", "a one"])
    assert first.shape == (3, 2)
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(near.of("q", ["a one", "b two"]), first[:2])
    assert Counting.seen == 2
    assert near.of("q", []).shape == (0, 2)
