"""Editions of one text, and which replaces which."""

from __future__ import annotations

from lionrock.ingest.series import Edition, replaced, series_of, stated_date


def edition(name: str, title: str, date: str | None, department: str = "d", language: str = "en") -> Edition:
    return Edition(name, title, date, department, language)


def test_the_newest_edition_replaces_the_others() -> None:
    found = replaced(
        [
            edition("a", "Annual leave rules", "2026-01-01"),
            edition("b", "Annual leave rules (2023)", "2023-01-01"),
            edition("c", "年假規則（2023年版）", "2023-01-01", language="zh-Hant"),
            edition("d", "年假規則", "2026-01-01", language="zh-Hant"),
        ]
    )
    assert found == {"a": None, "b": "a", "c": "d", "d": None}


def test_doubt_leaves_both_as_they_are() -> None:
    assert set(
        replaced(
            [
                edition("a", "Annual leave rules", None),
                edition("b", "Annual leave rules 2023", "2023-01-01"),
                edition("c", "Sick leave rules", "2026-01-01"),
                edition("d", "Annual leave rules", "2026-01-01", department="other"),
                edition("e", "2024", "2024-01-01"),
                edition("f", "2025", "2025-01-01"),
            ]
        ).values()
    ) == {None}


def test_series_and_dates() -> None:
    assert series_of("碼頭牌照申請指南（2024年版）") == series_of("碼頭牌照申請指南")
    assert series_of("Hall charges 2022") != series_of("Hall rules 2022")
    assert stated_date("標題\n二〇二六年一月一日起生效") == "2026-01-01"
    assert stated_date("no date here") is None
