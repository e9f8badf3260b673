"""Sentence spans: disjoint, in order, and nothing that is not blank is lost."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.text.sentences import sentence_spans

TEXTS = st.text(st.sampled_from(list("甲乙丙ab. .。！？；!?;…」』)\n 1𠮷😀Mr\u3000")), max_size=80) | st.text(
    max_size=80
)


@given(TEXTS)
def test_spans_hold_all_that_is_not_blank(text: str) -> None:
    spans = sentence_spans(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    covered = {at for span in spans for at in range(span.start, span.end)}
    assert all(at in covered for at, char in enumerate(text) if not char.isspace())
    assert all(span.of(text).strip() == span.of(text) != "" for span in spans)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("甲。乙！丙？丁", 4),
        ("「甲。」乙。", 2),
        ("第一項；第二項；第三項。", 3),
        ("See s. 19(1) of Cap. 486. It applies.", 2),
        ("Mr. Chan paid HK$1.50. He left.", 2),
        ("1. First item\n2. Second item", 2),
        ("No. 5 is closed. E.g. this one.", 2),
        ("金額為1.5億元。", 1),
    ],
)
def test_counts(text: str, count: int) -> None:
    assert len(sentence_spans(text)) == count
