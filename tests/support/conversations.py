"""Conversations to export: answers and hits in the form of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from lionrock.documents.conversation import Conversation, Turn

DAY = datetime(2024, 3, 5, 1, 30, tzinfo=UTC)
"""Half past nine in the morning in Hong Kong."""


def citation(number: int, quote: str, **values: Any) -> dict[str, Any]:
    """A citation of passage `p<number>`."""
    return {
        "number": number,
        "document_id": f"d{number}",
        "passage_id": f"p{number}",
        "title": f"Document {number}",
        "source": f"/srv/share/personnel/document-{number}.pdf",
        "page": 3,
        "anchor": None,
        "quote": quote,
        "start": 0,
        "end": len(quote),
        **values,
    }


def sentence(text: str, *citations: dict[str, Any], verdict: str = "supported", reasons: Sequence[str] = ()) -> Any:
    return {"text": text, "verdict": verdict, "reasons": list(reasons), "citations": list(citations)}


def answer(*sentences: Any, **values: Any) -> dict[str, Any]:
    return {
        "question": "q",
        "language": "en",
        "mode": "generated",
        "abstained": False,
        "answer": " ".join(item["text"] for item in sentences),
        "sentences": list(sentences),
        "notices": [],
        "timings": {},
        **values,
    }


def hit(number: int, *heading: str, **values: Any) -> dict[str, Any]:
    """The hit of passage `p<number>`."""
    made = citation(number, "")
    return {key: made[key] for key in ("passage_id", "title", "source", "page", "anchor")} | {
        "heading": list(heading),
        **values,
    }


def conversation(*turns: Turn, title: str = "Annual leave", person: str = "") -> Conversation:
    return Conversation(title, turns, DAY, person)


def chinese() -> Conversation:
    """Two turns: one checked with a sentence that fails and characters beyond the BMP, one without an answer."""
    leave = citation(
        1,
        "僱員連續工作滿12個月，可享有薪年假7天；其後每滿一年遞增一天，最多14天。",
        title="《人事手冊》2024年版",
        source="/srv/share/personnel/人事手冊2024.pdf",
    )
    lift = citation(
        2,
        "灣仔辦事處的𨋢（升降機）於星期日停用，訪客請往𠮷祥大廈正門登記。\n查詢電話：2123 4567",
        title="大廈管理通告第3號",
        source="https://intranet.example.hk/notices/2024/building-management-notice-no-3.html",
        page=None,
        anchor="sec-2",
    )
    first = answer(
        sentence("入職滿一年的員工每年有7天有薪年假，其後每年增加一天，最多14天。", leave),
        sentence("年假可以累積三年。", leave, verdict="unsupported", reasons=["「三年」不在所引的來源內"]),
        sentence("星期日𨋢停用，訪客要到𠮷祥大廈正門登記。", lift, leave),
        language="zh-Hant",
        notices=["有句子未能在來源中核實，已作標記，不應作準。"],
    )
    second = answer(
        answer="文件庫中沒有找到能夠回答這條問題的內容。", language="zh-Hant", mode="extractive", abstained=True
    )
    return Conversation(
        "年假與辦事處安排",
        (
            Turn(
                "我返咗工一年，有幾多日年假？星期日去灣仔辦事處要點入？",
                first,
                [hit(1, "第四章 假期", "4.2 年假"), hit(2)],
                DAY,
            ),
            Turn("公司車可以借嚟搬屋嗎？", second, [hit(1, "第九章 車輛", title="《行政守則》")], DAY),
        ),
        DAY,
        "陳大文",
    )


def english() -> Conversation:
    """Three turns: a table's row, an address, an answer that may not be shown."""
    fee = citation(
        1,
        "Parking fee | HK$40 an hour | Staff HK$10",
        title="Car park rules",
        source="/srv/share/estates/car-park-rules.docx",
        page=None,
    )
    section = citation(
        2,
        "A data user shall not transfer personal data to a place outside Hong Kong unless one of the conditions in "
        "subsection (2) is met.",
        title="Personal Data (Privacy) Ordinance (Cap. 486)",
        source="https://www.example.gov.hk/hk/cap486!en/s33?" + "edition=consolidated&" * 6,
        page=None,
        anchor="s33",
    )
    return Conversation(
        "Parking fees and sending personal data abroad",
        (
            Turn(
                "What does an hour of parking cost?",
                answer(sentence("Visitors pay HK$40 an hour; staff pay HK$10.", fee), mode="extractive"),
                [hit(1, "Fees", "Hourly rates")],
                DAY,
            ),
            Turn(
                "May we send our customers' records to a contractor in Singapore, and is section 33 already in force?",
                answer(
                    sentence("Transfers outside Hong Kong are restricted to listed conditions.", section),
                    sentence(
                        "The section came into force in 1996.",
                        section,
                        verdict="partly",
                        reasons=["1996 is not in the source"],
                    ),
                    notices=["Cap. 486 s. 33 is not yet in operation."],
                ),
                [hit(2, "Part 6", "Section 33")],
                DAY,
            ),
            Turn(
                "What did the Board decide about bonuses?", note="This answer is withheld: you may not see its sources."
            ),
        ),
        DAY,
        "Mary Wong",
    )
