"""Sentences and the numbers they cite."""

from __future__ import annotations

import pytest

from lionrock.cite.mark import Claim, claims_of, without_marks


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("A locker costs HK$40 [1]. Bring the key [2].", [("A locker costs HK$40.", (1,)), ("Bring the key.", (2,))]),
        ("每次可借五本[1]。借期21日【2】。", [("每次可借五本。", (1,)), ("借期21日。", (2,))]),
        ("年假可累積。[1][3] 病假不可。[2]", [("年假可累積。", (1, 3)), ("病假不可。", (2,))]),
        ("Both apply [1, 2].", [("Both apply.", (1, 2))]),
        ("No source here.", [("No source here.", ())]),
        ("Twice [1] in one [1].", [("Twice in one.", (1,))]),
        ("First line.\n[1]\nSecond line [2]", [("First line.", (1,)), ("Second line", (2,))]),
        ("[1]", []),
        ("", []),
        ("Section [33] is a number of a source [33].", [("Section is a number of a source.", (33,))]),
    ],
)
def test_claims(reply: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert claims_of(reply) == [Claim(text, numbers) for text, numbers in expected]


def test_marks_are_taken_out() -> None:
    assert without_marks("費用為$250[1]。") == "費用為$250。"
