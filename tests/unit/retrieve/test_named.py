"""What a question names to the letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.retrieve.named import named_in


@pytest.mark.parametrize(
    ("question", "cap", "anchors"),
    [
        ("Cap. 486", "486", ()),
        ("第486章", "486", ()),
        ("第四百八十六章", "486", ()),
        ("s. 3(1), Cap. 571", "571", ("s3",)),
        ("第三十三條生效未呀?", None, ("s33",)),
        ("第17A(2)條", None, ("s17A",)),
        ("What does section 66O say?", None, ("s66O",)),
        ("附表一", None, ("sch1",)),
        ("Schedule 2 of Cap 486", "486", ("sch2",)),
        ("第３３條", None, ("s33",)),
    ],
)
def test_provisions(question: str, cap: str | None, anchors: tuple[str, ...]) -> None:
    [provision] = named_in(question).provisions
    assert (provision.cap, provision.anchors) == (cap, anchors)


@pytest.mark.parametrize(
    "question", ["年假有幾多日？", "How many days?", "三十三日內", "Chapter house", "第三十三次會議"]
)
def test_no_provision(question: str) -> None:
    assert named_in(question).provisions == ()


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ("「結轉假期」是甚麼？", ("结转假期",)),
        ('what is the "parking fee"?', ("parking fee",)),
        ("ＨＡＤ／ＡＤＭ／１２－３", ("had/adm/12-3",)),
        ("檔案HAD/LIC/7-4講咩", ("had/lic/7-4",)),
        ("《年假規則》有冇講", ("年假规则",)),
        ("幾多錢", ()),
    ],
)
def test_phrases(question: str, phrases: tuple[str, ...]) -> None:
    assert named_in(question).phrases == phrases


@pytest.mark.parametrize(
    ("question", "bare"),
    [
        ("Cap. 486", True),
        ("第33條而家生效未呀？", True),
        ("Is section 33 of the Personal Data (Privacy) Ordinance in force?", True),
        ("HAD/LIC/7-4", True),
        ("What is the parking fine under Cap. 486 s. 33?", False),
        ("《年假規則》有冇講產假幾多日？", False),
        ("年假有幾多日？", False),
    ],
)
def test_whether_only_a_name_was_given(question: str, bare: bool) -> None:
    assert named_in(question).bare is bare


def test_years_are_read_but_not_sums() -> None:
    assert named_in("2023年版年假規則 HK$2,024 或 12024").years == ("2023",)


@given(st.text(max_size=300))
def test_never_fails_and_is_bare_only_where_something_is_named(question: str) -> None:
    named = named_in(question)
    assert not named.bare or named.phrases or named.provisions
