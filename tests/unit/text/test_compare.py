"""Two texts beside each other, sentence by sentence."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.text.compare import compare, unified
from lionrock.text.sentences import sentence_spans

OLD = "Leave is 14 days. Apply a week before. Keep the form.\n\n年假十四日。須於七日前申請。"
NEW = "Leave is 10 days. Apply a week before. Keep the form. Ask your head.\n\n年假十四日。"


def test_what_was_taken_and_what_was_put() -> None:
    found = compare(OLD, NEW)
    assert [[span.of(OLD) for span in item.removed] for item in found.differences] == [
        ["Leave is 14 days."],
        [],
        ["須於七日前申請。"],
    ]
    assert [[span.of(NEW) for span in item.added] for item in found.differences] == [
        ["Leave is 10 days."],
        ["Ask your head."],
        [],
    ]
    assert (found.removed, found.added, found.same, found.exact) == (2, 2, 3, True)
    assert list(unified(OLD, NEW, found)) == [
        "@@ 0–17 → 0–17 @@",
        "-Leave is 14 days.",
        "+Leave is 10 days.",
        " Apply a week before.",
        " Keep the form.",
        "@@ nothing → 54–68 @@",
        " Apply a week before.",
        " Keep the form.",
        "+Ask your head.",
        " 年假十四日。",
        "@@ 61–69 → nothing @@",
        " Ask your head.",
        " 年假十四日。",
        "-須於七日前申請。",
    ]


@pytest.mark.parametrize(
    ("old", "new", "numbers"), [("", "", (0, 0)), ("", "A new one.", (0, 1)), ("One. Two.", "", (2, 0))]
)
def test_empty_texts(old: str, new: str, numbers: tuple[int, int]) -> None:
    found = compare(old, new)
    assert (found.removed, found.added) == numbers


def test_equal_texts_have_no_differences() -> None:
    assert compare(OLD, OLD).differences == ()


words = st.lists(st.sampled_from(["one", "two", "three", "四"]), max_size=30).map(
    lambda w: "".join(f"{x}。" for x in w)
)


@given(words, words)
def test_the_new_text_is_the_old_one_with_the_differences(old: str, new: str) -> None:
    found = compare(old, new)
    assert found.exact
    gone = {span for item in found.differences for span in item.removed}
    came = {span for item in found.differences for span in item.added}
    kept_old = [span.of(old) for span in sentence_spans(old) if span not in gone]
    kept_new = [span.of(new) for span in sentence_spans(new) if span not in came]
    assert kept_old == kept_new
    assert len(kept_new) == found.same


def test_large_and_repetitive_texts_take_bounded_time() -> None:
    rng = random.Random(3)
    for size, kinds in ((2_000, 2), (20_000, 40_000), (300, 2)):
        old, new = ("\n".join(f"x{rng.randrange(kinds)}." for _ in range(size)) for _ in range(2))
        start = time.monotonic()
        found = compare(old, new)
        assert time.monotonic() - start < 20
        assert found.exact == (size == 300)
        assert found.added + found.same == size
