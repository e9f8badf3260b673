"""Signatures of near duplicates: how near the estimate is, what counts as equal, and what the bands let through."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.text.similar import SIGNATURE_BYTES, bands, shingles, signature, similarity

NOTICE = "各部門須於每月五日前把上月的加班紀錄交到人事組，並由主管簽署核實；逾期遞交的紀錄會在下一個月處理。"


def words(rng: random.Random, count: int) -> list[str]:
    return [f"w{rng.randrange(10**9)}" for _ in range(count)]


@given(st.integers(0, 2**32), st.integers(20, 400), st.floats(0, 1), st.integers(0, 400))
def test_the_estimate_is_near_the_true_share(seed: int, length: int, kept: float, added: int) -> None:
    rng = random.Random(seed)
    first = words(rng, length)
    second = first[: int(kept * length)] + words(rng, added)
    a, b = " ".join(first), " ".join(second)
    one, two = shingles(a), shingles(b)
    true = len(one & two) / len(one | two)
    # Five standard errors of sqrt(1/4/240).
    assert abs(similarity(signature(a), signature(b)) - true) < 0.165


def test_the_error_over_many_pairs_is_as_stated() -> None:
    rng = random.Random(7)
    errors = []
    for _ in range(200):
        first = words(rng, 200)
        second = first[: rng.randrange(200)] + words(rng, rng.randrange(200))
        a, b = " ".join(first), " ".join(second)
        true = len(shingles(a) & shingles(b)) / len(shingles(a) | shingles(b))
        errors.append(similarity(signature(a), signature(b)) - true)
    assert (sum(error * error for error in errors) / len(errors)) ** 0.5 < 0.033
    assert sum(abs(error) > 0.1 for error in errors) <= 3


@given(st.text(max_size=200))
def test_a_signature_has_one_size_and_is_that_of_its_own_text(text: str) -> None:
    made = signature(text)
    assert len(made) == SIGNATURE_BYTES == 962
    assert made == signature(text)
    assert similarity(made, made) == (1.0 if shingles(text) else 0.0)
    assert len(bands(made)) == (30 if shingles(text) else 0)
    assert all(-(2**63) <= key < 2**63 for key in bands(made))


def test_script_case_spacing_and_punctuation_make_no_difference() -> None:
    assert signature("檔案管理，須知") == signature("档案管理 须知")
    assert signature("Records  Management: Guide") == signature("records management guide")


def test_a_changed_date_leaves_most_in_common_and_another_text_nothing() -> None:
    page = NOTICE + "查詢請聯絡行政組。" + NOTICE.replace("每月", "每季")
    near = similarity(signature(page), signature(page.replace("五日", "六日", 1)))
    assert near > 0.8
    assert set(bands(signature(page))) & set(bands(signature(page.replace("五日", "六日", 1))))
    other = "A notice to all visitors of the computing centre about the lifts that are out of order until Friday."
    assert similarity(signature(page), signature(other)) == 0.0
    assert not set(bands(signature(page))) & set(bands(signature(other)))


@pytest.mark.parametrize(("share", "least", "most"), [(0.85, 0.98, 1.0), (0.3, 0.0, 0.05)])
def test_bands_meet_for_near_duplicates_and_seldom_for_others(share: float, least: float, most: float) -> None:
    rng = random.Random(3)
    met = 0
    for _ in range(150):
        # Of 2n-k distinct words' runs k are common when k / (2n - k) = share.
        common = int(2 * 300 * share / (1 + share))
        first = words(rng, common)
        a = signature(" ".join(first + words(rng, 300 - common)))
        b = signature(" ".join(first + words(rng, 300 - common)))
        met += bool(set(bands(a)) & set(bands(b)))
    assert least <= met / 150 <= most


def test_signatures_of_other_rules_are_refused() -> None:
    made = signature(NOTICE)
    with pytest.raises(ValueError, match="other rules"):
        similarity(made, b"\x09" + made[1:])
    with pytest.raises(ValueError, match="other rules"):
        bands(made[:-4])


def test_texts_without_words_have_nothing_in_common() -> None:
    assert similarity(signature("…！"), signature("")) == 0.0
