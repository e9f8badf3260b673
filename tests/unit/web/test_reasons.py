"""Reasons of the check in the page's language."""

from __future__ import annotations

import pytest

from lionrock.cite.mark import Claim
from lionrock.cite.verify import verify
from lionrock.records import Passage
from lionrock.web.messages import translator
from lionrock.web.reasons import reason_words

SOURCE = "Staff may carry 14 days of leave. The fee is HK$40 and must be paid within 5 working days, not later than 30 June 2026."


def reasons(text: str, *, numbers: tuple[int, ...] = (1,), shared: float = 1.0) -> list[str]:
    passage = Passage("p", "d", 1, 0, SOURCE, 0, len(SOURCE), "en", "Leave", "leave.md")
    return list(verify(Claim(text, numbers), [passage], lambda one, other: shared).reasons)


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("Staff may carry 15 days of leave.", {}, "出處沒有此數字：15 days"),
        ("The fee for staff is HK$90.", {}, "出處沒有此金額：HK$90"),
        ("Staff may carry 14 days of leave until 1 May 2025.", {}, "出處沒有此日期：1 May 2025"),
        ("Staff may carry leave.", {"numbers": (7,)}, "出處中沒有 [7]"),
        ("Staff may carry leave.", {"numbers": ()}, "沒有註明出處"),
        ("Staff may carry 14 days of leave.", {"shared": 0.0}, "內容大多不見於出處（0%）"),
        ("Staff may not carry 14 days of leave.", {}, "句子與出處一正一反，請比對"),
    ],
)
def test_what_the_check_says_is_put_into_chinese(text: str, options: dict[str, object], expected: str) -> None:
    found = reasons(text, **options)  # type: ignore[arg-type]
    assert expected in [reason_words(translator("zh-HK"), reason) for reason in found]


def test_what_is_not_known_stays_as_it_is() -> None:
    assert reason_words(translator("zh-HK"), "something new") == "something new"


def test_english_says_the_same() -> None:
    assert reason_words(translator("en"), "name not in the source: Ada {x}") == "name not in the source: Ada {x}"
