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
        ("At 5 p.m. the office closes.", 1),
        ("At 5p.m. the office closes.", 1),
        ("The office closes at 5 p.m. Staff leave at 6 p.m.", 2),
        ("The office closes at 5 p.m. “Staff” leave.", 2),
        ("Open from 9 a.m. Monday to Friday.", 1),
        ("It closes at 5 p.m. Many leave.", 2),
        ("Open till 5 p.m. Hong Kong time.", 1),
        ("Fees in U.S. dollars are refused.", 1),
        ("The U.S. Department of State replied.", 1),
        ("He moved to the U.S. The office was told.", 2),
        ("She works for Chan & Co. Ltd. The company moved.", 2),
        ("Bring pens, paper, etc. They are not provided.", 2),
        ("他說……然後離開。", 2),
        ("他說：「可以。」她說：「不可以！」", 2),
        ("真的嗎？！是。", 2),
        ("（見附件。）完。", 2),
        ("“It is open.” He left.", 2),
        ("No. 5, Cap. 486 and s. 3 apply.", 1),
        ("See No. A5 and s. (3) of Cap. AB.", 1),
        ("The answer is no. The form is refused.", 2),
        ("Roe v. The King was cited.", 1),
        ("Call Mr. Ho at ext. 12.", 1),
    ],
)
def test_counts(text: str, count: int) -> None:
    assert len(sentence_spans(text)) == count
