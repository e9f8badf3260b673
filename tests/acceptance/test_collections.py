"""Collections and the life of documents on the command line, with the real models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Commands

pytestmark = pytest.mark.weights

RULES = "# Locker rental\n\nA locker costs HK$40 a month. The deposit is HK$100.\n"
BUDGET = "# 預算\n\n停車場的預算是三百萬元。\n"


class Lionrock(Commands):
    """Runs commands on one data folder."""

    def titles(self, query: str) -> set[str]:
        return {hit["title"] for hit in self.json("search", query)["hits"]}


class Office:
    """A collection with a document, and a document beside it."""

    def __init__(self, folder: Path, weights: Path) -> None:
        self.folder = folder
        self.lionrock = Lionrock(folder / "home", weights)
        self.rules, self.budget = folder / "lockers.md", folder / "預算 2024.md"
        self.rules.write_text(RULES, encoding="utf-8")
        self.budget.write_text(BUDGET, encoding="utf-8")
        level = ("--department", "finance", "--classification", "restricted")
        self.collection = self.lionrock.json("collections", "create", "財務", *level, "--add-tag", "年度")
        self.taken = self.lionrock.json("ingest", str(self.budget), "--collection", "財務")["document_id"]
        self.other = self.lionrock.json("ingest", str(self.rules))["document_id"]


@pytest.fixture
def office(tmp_path: Path, weights: Path) -> Office:
    return Office(tmp_path, weights)


def test_a_collection_gives_its_place_and_a_change_of_many_stays(office: Office) -> None:
    lionrock = office.lionrock
    shown = lionrock.json("documents", "show", office.taken)
    assert (shown["department"], shown["classification"]) == ("finance", "restricted")
    assert shown["collection_id"] == office.collection["collection_id"]
    assert "finance" in lionrock.run("documents", "who", office.taken).stdout
    [listed] = lionrock.json("documents", "list", "--collection", "財務", "--sort", "title")
    assert listed["document_id"] == office.taken
    change = ("documents", "change", "--source-prefix", str(office.folder), "--owner", "陳女士")
    assert len(lionrock.json(*change, "--dry-run")["documents"]) == 2
    assert lionrock.json(*change)["changed"] == 2
    lionrock.run("documents", "change", office.other, "--classification", "confidential")
    # A file that comes again is not lowered by it.
    office.rules.write_text(RULES.replace("40", "45"), encoding="utf-8")
    lionrock.run("ingest", str(office.rules))
    again = lionrock.json("documents", "show", office.other)
    assert (again["classification"], again["owner"], again["version"]) == ("confidential", "陳女士", 2)


def test_versions_undo_and_originals(office: Office) -> None:
    lionrock, other = office.lionrock, office.other
    office.rules.write_text(RULES.replace("40", "45"), encoding="utf-8")
    lionrock.run("ingest", str(office.rules))
    difference = lionrock.json("documents", "diff", other)["differences"][0]
    assert "HK$40" in difference["removed"][0]["text"]
    assert "+A locker costs HK$45 a month." in lionrock.run("documents", "diff", other).stdout
    assert lionrock.json("documents", "restore", other, "1")["status"] == "indexed"
    assert [v["version"] for v in lionrock.json("documents", "versions", other)["versions"]] == [3, 2, 1]
    home = office.folder / "home"
    lionrock.run("documents", "original", office.taken, "-o", str(home))
    assert (home / office.budget.name).read_text(encoding="utf-8") == BUDGET
    lionrock.run("documents", "delete", other)
    assert "Locker rental" not in lionrock.titles("locker deposit")
    assert len(lionrock.json("documents", "list", "--status", "deleted")) == 1
    lionrock.run("documents", "undelete", other)
    assert "Locker rental" in lionrock.titles("locker deposit")


def test_to_another_installation(office: Office, weights: Path) -> None:
    archive = office.folder / "財務.zip"
    assert office.lionrock.json("collections", "export", "財務", str(archive))["documents"] == 1
    office.lionrock.run("collections", "export", "財務", str(archive), code=2)
    everything = office.lionrock.json("collections", "export", "--all", str(office.folder / "all.zip"))
    assert everything["documents"] == 2
    elsewhere = Lionrock(office.folder / "elsewhere", weights)
    [line] = elsewhere.run("collections", "import", str(archive), "--json").stdout.splitlines()
    assert json.loads(line)["status"] == "indexed"
    assert elsewhere.titles("停車場預算") == {"預算"}
    [collection] = elsewhere.json("collections", "list")
    left = {"documents": 1, "created_at": "", "updated_at": ""}
    assert {**collection, **left} == {**office.collection, **left}
    bad = office.folder / "bad.zip"
    bad.write_bytes(archive.read_bytes()[:-50])
    assert "Nothing" in elsewhere.run("collections", "import", str(bad), code=1).stderr
    elsewhere.run("collections", "import", str(office.folder / "nothing.zip"), code=3)


def test_the_end_of_a_document(office: Office) -> None:
    lionrock, taken = office.lionrock, office.taken
    lionrock.run("collections", "delete", "財務", code=2)
    lionrock.run("documents", "change", taken, "--retain-until", "2001-01-01", code=2)
    lionrock.run("documents", "change", taken, "--retain-until", "2001-01-01", "--force")
    [due] = lionrock.json("documents", "expire", "--dry-run")["documents"]
    assert (due["document_id"], due["title"]) == (taken, "預算")
    said = lionrock.run("ingest", str(office.rules)).stderr
    assert "預算" in said
    assert "2001-01-01" in said
    lionrock.run("documents", "show", taken, code=3)
    told = lionrock.json("documents", "purge", "--older-than", "0")
    assert (told["documents"], told["originals"]) == (1, 1)
    lionrock.run("documents", "undelete", taken, code=3)
    gone = {"collection_id": office.collection["collection_id"], "deleted": True, "documents": 0}
    assert lionrock.json("collections", "delete", "財務") == gone
