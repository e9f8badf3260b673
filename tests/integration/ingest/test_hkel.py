"""Bulk files of laws through the whole pipeline: real provisions of Cap. 486, and small laws of our own."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lionrock.app import App
from lionrock.app.feeds import BulkRequest, BulkResult
from lionrock.contract import IngestResult
from lionrock.errors import BrokenDocumentError, NotFoundError
from lionrock.records import Document, Placement

LAW = (
    '<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="http://www.xml.gov.hk/schemas/hklm/1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xml:lang="{language}"><meta><docName>{name}</docName>'
    "<dc:identifier>/hk/cap{cap}!{language}</dc:identifier><dc:date>{date}</dc:date>"
    "<dc:language>{language}</dc:language></meta><main><docTitle>{title}</docTitle>"
    '<section temporalId="s1" name="s1" status="operational"><num value="1">1.</num><heading>{heading}</heading>'
    "<content>{text}</content></section></main></{root}>"
)


def law(cap: str, date: str, text: str, *, folder: str, **told: str) -> tuple[str, bytes]:
    root = "ordinance" if cap.isdigit() else "subLeg"
    body = LAW.format(root=root, cap=cap, date=date, text=text, **told)
    return f"cap_{cap}_{folder}\\cap_{cap}_{date.replace('-', '')}000000_{folder}.xml", body.encode()


def english(cap: str, date: str, text: str) -> tuple[str, bytes]:
    told = {"language": "en", "name": f"Cap. {cap}", "title": f"Lantern Rules {cap}", "heading": "Fees"}
    return law(cap, date, text, folder="en_c", **told)


def chinese(cap: str, date: str, text: str) -> tuple[str, bytes]:
    told = {"language": "zh-Hant-HK", "name": f"第{cap}章", "title": f"《燈籠規則{cap}》", "heading": "費用"}
    return law(cap, date, text, folder="zh-Hant_c", **told)


def bulk(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members:
            info = zipfile.ZipInfo("x")
            info.filename, info.compress_type = name, zipfile.ZIP_DEFLATED
            out.writestr(info, data)
    return path


class Library:
    def __init__(self, app: App) -> None:
        self.app = app
        self.told = BulkResult()
        self.progress: list[tuple[int, int]] = []

    def take(self, path: Path, **wanted: Any) -> list[IngestResult]:
        request = BulkRequest(path, Placement("general"), **wanted)
        results: list[IngestResult] = []
        self.progress = []
        for item in self.app.feeds.import_bulk(request, progress=lambda *told: self.progress.append(told)):
            if isinstance(item, BulkResult):
                self.told = item
            else:
                results.append(item)
        return results

    def documents(self) -> dict[str, Document]:
        return {d.source: d for d in self.app.documents(self.app.owner_scope(), limit=500)}


@pytest.fixture
def library(make_app: Callable[..., App]) -> Library:
    return Library(make_app())


def statuses(results: list[IngestResult]) -> list[tuple[str, str]]:
    return [(result.file, result.status) for result in results]


def test_laws_in_two_languages_are_documents_and_newer_files_bring_new_versions(
    make_app: Callable[..., App], database_url: str, tmp_path: Path
) -> None:
    library = Library(make_app(database_url))
    first = bulk(
        tmp_path / "2023.zip",
        english("9001", "2020-01-01", "A lantern costs $5."),
        english("9001", "2023-01-01", "A lantern costs $6."),
        chinese("9001", "2023-01-01", "每個燈籠收費$6。"),
        english("9001A", "2021-01-01", "A candle costs $1."),
    )
    results = library.take(first)
    assert statuses(results) == [
        ("hkel:/hk/cap9001!en", "indexed"),
        ("hkel:/hk/cap9001!zh-Hant-HK", "indexed"),
        ("hkel:/hk/cap9001A!en", "indexed"),
    ]
    assert library.told.older == 1
    assert library.progress == [(1, 3), (2, 3), (3, 3)]
    before = library.documents()
    law = before["hkel:/hk/cap9001!en"]
    assert (law.title, law.pair_key, law.department) == ("Lantern Rules 9001 (Cap. 9001)", "/hk/cap9001", "general")
    assert before["hkel:/hk/cap9001!zh-Hant-HK"].pair_key == law.pair_key
    assert law.source_url == "https://www.elegislation.gov.hk/hk/cap9001!en"
    assert law.licence == "DATA.GOV.HK terms of use"
    assert law.name == "cap_9001_20230101000000_en_c.xml"
    hits = library.app.search("What does a lantern cost?", library.app.owner_scope()).hits
    assert any("$6" in hit.passage.text for hit in hits)
    assert not any("$5" in hit.passage.text for hit in hits)
    # The same file again changes nothing; a newer one brings a new version; an older one does not come back.
    assert {s for _, s in statuses(library.take(first))} == {"unchanged"}
    newer = bulk(tmp_path / "2025.zip", english("9001", "2025-01-01", "A lantern costs $9."))
    assert statuses(library.take(newer)) == [("hkel:/hk/cap9001!en", "indexed")]
    after = library.documents()["hkel:/hk/cap9001!en"]
    assert (after.id, after.version) == (law.id, 2)
    again = library.take(first)
    assert [file for file, _ in statuses(again)] == ["hkel:/hk/cap9001!zh-Hant-HK", "hkel:/hk/cap9001A!en"]
    assert library.told.older == 2
    assert library.documents()["hkel:/hk/cap9001!en"].version == 2


def test_all_versions_in_order_of_date(library: Library, tmp_path: Path) -> None:
    path = bulk(
        tmp_path / "a.zip",
        english("9002", "2023-01-01", "The fee is $3."),
        english("9002", "2019-01-01", "The fee is $1."),
        english("9002", "2021-01-01", "The fee is $2."),
        english("9003", "2020-01-01", "Another fee is $8."),
    )
    results = library.take(path, all_versions=True)
    assert [status for _, status in statuses(results)] == ["indexed"] * 4
    law = library.documents()["hkel:/hk/cap9002!en"]
    texts = [library.app.document_text(law.id, library.app.owner_scope(), version=n) for n in (1, 2, 3)]
    assert [f"${number}." in text for number, text in zip((1, 2, 3), texts, strict=True)] == [True] * 3
    assert law.version == 3
    assert {status for _, status in statuses(library.take(path, all_versions=True))} == {"unchanged"}
    assert library.documents()["hkel:/hk/cap9002!en"].version == 3


def test_only_some_chapters_in_one_language(library: Library, tmp_path: Path) -> None:
    path = bulk(
        tmp_path / "a.zip",
        english("9001", "2020-01-01", "One."),
        chinese("9001", "2020-01-01", "一。"),
        english("9001A", "2020-01-01", "One A."),
        english("9002", "2020-01-01", "Two."),
    )
    results = library.take(path, caps=frozenset({"9001", "9001A"}), language="en")
    assert [file for file, _ in statuses(results)] == ["hkel:/hk/cap9001!en", "hkel:/hk/cap9001A!en"]
    assert library.told.not_asked == 2
    assert library.take(path, caps=frozenset({"1"})) == []


def test_members_that_cannot_be_read_are_told_and_the_others_come(library: Library, tmp_path: Path) -> None:
    good, bad = english("9001", "2020-01-01", "Good."), english("9002", "2020-01-01", "Bad.")
    dtd = b'<!DOCTYPE ordinance [<!ENTITY a "b">]>'
    hostile = (bad[0].replace("9002", "9003"), bad[1].replace(b"?><", b"?>" + dtd + b"<", 1).replace(b"9002", b"9003"))
    path = bulk(tmp_path / "a.zip", (bad[0], bad[1][:-20]), hostile, ("readme.txt", b"x"), good)
    results = library.take(path)
    assert [(result.status, bool(result.reason)) for result in results] == [
        ("failed", True),
        ("failed", True),
        ("indexed", False),
    ]
    assert library.told.no_laws == 1
    # Mended in a later file, it is there.
    assert [s for _, s in statuses(library.take(bulk(tmp_path / "b.zip", bad)))] == ["indexed"]


def test_a_file_that_broke_off(library: Library, tmp_path: Path) -> None:
    path = bulk(tmp_path / "a.zip", *(english(f"900{n}", "2020-01-01", f"Law {n}. " * 50) for n in range(6)))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    results = library.take(path)
    assert 1 <= len(results) < 6
    assert {status for _, status in statuses(results)} == {"indexed"}
    assert "cut short" in library.told.notices[0]
    # The whole file later brings what was missing.
    path.write_bytes(data)
    assert [s for _, s in statuses(library.take(path))].count("unchanged") == len(results)
    assert len(library.documents()) == 6


def test_no_archive_at_all(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with pytest.raises(NotFoundError):
        library.take(path)
    path.write_bytes(b"<html>Please sign in</html>")
    with pytest.raises(BrokenDocumentError):
        library.take(path)


def test_an_import_that_stops_is_taken_up_again(library: Library, tmp_path: Path, make_app: Callable[..., App]) -> None:
    path = bulk(tmp_path / "a.zip", *(english(f"91{n:02}", "2020-01-01", f"Law {n}.") for n in range(60)))
    coming = library.app.feeds.import_bulk(BulkRequest(path, Placement("general")))
    for _ in range(5):
        next(coming)
    coming.close()  # type: ignore[attr-defined]
    library.app.close()
    again = Library(make_app())
    results = again.take(path)
    assert len(results) == 60
    assert [s for _, s in statuses(results)].count("unchanged") >= 4
    assert len(again.documents()) == 60


def test_the_privacy_ordinance_in_both_languages(library: Library, tmp_path: Path, shared: Path) -> None:
    folder = shared / "data" / "hkel_pdpo" / "data" / "v2" / "source-snapshots"
    sources = {
        "en": folder / "hk-pdpo-cap486-20221001-en.xml",
        "zh-Hant": folder / "hk-pdpo-cap486-20221001-zh-Hant-HK.xml",
    }
    members = [
        (f"cap_486_{code}_c\\cap_486_20221001000000_{code}_c.xml", path.read_bytes()) for code, path in sources.items()
    ]
    older = (
        members[0][0].replace("20221001", "20181001"),
        members[0][1].replace(b"2022-10-01</dc:date>", b"2018-10-01</dc:date>"),
    )
    results = library.take(
        bulk(tmp_path / "a.zip", older, english("9001A", "2020-01-01", "A candle costs $1."), *members)
    )
    assert statuses(results) == [
        ("hkel:/hk/cap486!en", "indexed"),
        ("hkel:/hk/cap9001A!en", "indexed"),
        ("hkel:/hk/cap486!zh-Hant-HK", "indexed"),
    ]
    assert library.told.older == 1
    found = library.documents()
    assert {d.pair_key for source, d in found.items() if "486" in source} == {"/hk/cap486"}
    assert found["hkel:/hk/cap486!en"].title == "Personal Data (Privacy) Ordinance (Cap. 486)"
    hits = library.app.search("Cap. 486 section 33", library.app.owner_scope()).hits
    assert hits[0].passage.anchor == "s33"
    assert hits[0].passage.status == "pending"
