"""Marked text, hits beside their other language, answers as plain text."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from lionrock.server.sse import event
from lionrock.web.shell import as_text, environment, marked, paired


def test_spans_count_code_points_and_words_are_escaped() -> None:
    assert marked("𠮷<b>假</b>期", [[4, 5]]) == "𠮷&lt;b&gt;<mark>假</mark>&lt;/b&gt;期"


def test_spans_that_overlap_or_lie_outside_are_cut() -> None:
    assert marked("abcdef", [[3, 99], [1, 4], [-5, 0], [2, 2]]) == "a<mark>bcd</mark><mark>ef</mark>"


@given(st.text(), st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50))))
def test_marking_never_changes_the_words(text: str, spans: list[tuple[int, int]]) -> None:
    made = str(marked(text, spans))
    assert made.replace("<mark>", "").replace("</mark>", "") == str(escape(text))
    assert made.count("<mark>") == made.count("</mark>")


def hit(name: str, other: str | None = None) -> dict[str, Any]:
    return {"passage_id": name, "paired_with": other}


def test_language_versions_stand_together_and_five_are_shown() -> None:
    hits = [hit("a", "b"), hit("b", "a"), hit("c", "gone"), *(hit(name) for name in "defgh")]
    found = [(one["passage_id"], other and other["passage_id"]) for one, other in paired(hits)]
    assert found == [("a", "b"), ("c", None), ("d", None), ("e", None), ("f", None)]


def test_an_answer_as_text_carries_its_sources() -> None:
    cited = {"number": 2, "title": "Leave", "page": 3, "anchor": None, "quote": "14 days"}
    answer = {
        "sentences": [
            {"text": "You may carry 14 days.", "citations": [cited]},
            {"text": "No more.", "citations": [{**cited, "number": 1, "page": None, "anchor": "s2", "quote": "none"}]},
        ]
    }
    assert as_text(answer) == "You may carry 14 days.[2]\nNo more.[1]\n\n[1] Leave, s2: none\n[2] Leave, 3: 14 days"


def test_an_event_is_one_line_of_data() -> None:
    assert event("turn", {"html": "a\nb"}, 3) == 'id: 3\nevent: turn\ndata: {"html": "a\\nb"}\n\n'


def test_templates_escape_and_refuse_unknown_names() -> None:
    made = environment()
    assert made.autoescape
    assert made.from_string("{{ name }}").render(name="<script>") == "&lt;script&gt;"
