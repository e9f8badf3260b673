"""Collections and the life of documents on the command line, with the real models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.weights

RULES = "# Locker rental\n\nA locker costs HK$40 a month. The deposit is HK$100.\n"
BUDGET = "# 預算\n\n停車場的預算是三百萬元。\n"


class Lionrock:
    """Runs commands on one data folder."""

    def __init__(self, home: Path, models: Path) -> None:
        self.environment = {**os.environ, "LIONROCK_HOME": str(home), "LIONROCK_MODELS": str(models)}

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lionrock.cli.main", *arguments]
        result = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, encoding="utf-8", timeout=300
        )
        assert result.returncode == code, result.stderr
        assert "Traceback" not in result.stderr
        return result

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)

    def titles(self, query: str) -> set[str]:
        return {hit["title"] for hit in self.json("search", query)["hits"]}


def test_a_collection_from_its_making_to_another_installation(tmp_path: Path, weights: Path) -> None:
    lionrock = Lionrock(tmp_path / "home", weights)
    rules, budget = tmp_path / "lockers.md", tmp_path / "預算 2024.md"
    rules.write_text(RULES, encoding="utf-8")
    budget.write_text(BUDGET, encoding="utf-8")
    made = lionrock.json(
        "collections",
        "create",
        "財務",
        "--department",
        "finance",
        "--classification",
        "restricted",
        "--add-tag",
        "年度",
    )
    assert (made["department"], made["classification"], made["documents"]) == ("finance", "restricted", 0)
    taken = lionrock.json("ingest", str(budget), "--collection", "財務")
    other = lionrock.json("ingest", str(rules))
    shown = lionrock.json("documents", "show", taken["document_id"])
    assert (shown["department"], shown["classification"]) == ("finance", "restricted")
    assert shown["collection_id"] == made["collection_id"]
    assert "finance" in lionrock.run("documents", "who", taken["document_id"]).stdout
    [listed] = lionrock.json("documents", "list", "--collection", "財務", "--sort", "title")
    assert listed["document_id"] == taken["document_id"]

    # A change of many, seen before it is made; a file that comes again is not lowered by it.
    change = ("documents", "change", "--source-prefix", str(tmp_path), "--owner", "陳女士")
    assert len(lionrock.json(*change, "--dry-run")["documents"]) == 2
    assert lionrock.json(*change)["changed"] == 2
    lionrock.run("documents", "change", other["document_id"], "--classification", "confidential")
    rules.write_text(RULES.replace("40", "45"), encoding="utf-8")
    lionrock.run("ingest", str(rules))
    again = lionrock.json("documents", "show", other["document_id"])
    assert (again["classification"], again["owner"], again["version"]) == ("confidential", "陳女士", 2)

    # Versions, undo, the original.
    difference = lionrock.json("documents", "diff", other["document_id"])["differences"][0]
    assert "HK$40" in difference["removed"][0]["text"]
    assert "+A locker costs HK$45 a month." in lionrock.run("documents", "diff", other["document_id"]).stdout
    assert lionrock.json("documents", "restore", other["document_id"], "1")["status"] == "indexed"
    assert [v["version"] for v in lionrock.json("documents", "versions", other["document_id"])["versions"]] == [3, 2, 1]
    lionrock.run("documents", "original", taken["document_id"], "-o", str(tmp_path / "home"))
    assert (tmp_path / "home" / budget.name).read_text(encoding="utf-8") == BUDGET
    lionrock.run("documents", "delete", other["document_id"])
    assert "Locker rental" not in lionrock.titles("locker deposit")
    assert len(lionrock.json("documents", "list", "--status", "deleted")) == 1
    lionrock.run("documents", "undelete", other["document_id"])
    assert "Locker rental" in lionrock.titles("locker deposit")

    # To another installation.
    archive = tmp_path / "財務.zip"
    assert lionrock.json("collections", "export", "財務", str(archive))["documents"] == 1
    lionrock.run("collections", "export", "財務", str(archive), code=2)
    elsewhere = Lionrock(tmp_path / "elsewhere", weights)
    [line] = elsewhere.run("collections", "import", str(archive), "--json").stdout.splitlines()
    assert json.loads(line)["status"] == "indexed"
    assert elsewhere.titles("停車場預算") == {"預算"}
    [collection] = elsewhere.json("collections", "list")
    assert {**collection, "created_at": "", "updated_at": ""} == {
        **made,
        "documents": 1,
        "created_at": "",
        "updated_at": "",
    }
    (tmp_path / "bad.zip").write_bytes(archive.read_bytes()[:-50])
    assert "Nothing" in elsewhere.run("collections", "import", str(tmp_path / "bad.zip"), code=1).stderr

    # The end: a day that has passed, then for good.
    lionrock.run("collections", "delete", "財務", code=2)
    lionrock.run("documents", "change", taken["document_id"], "--retain-until", "2001-01-01", code=2)
    lionrock.run("documents", "change", taken["document_id"], "--retain-until", "2001-01-01", "--force")
    [due] = lionrock.json("documents", "expire", "--dry-run")["documents"]
    assert (due["document_id"], due["title"]) == (taken["document_id"], "預算")
    said = lionrock.run("ingest", str(rules)).stderr
    assert "預算" in said
    assert "2001-01-01" in said
    lionrock.run("documents", "show", taken["document_id"], code=3)
    told = lionrock.json("documents", "purge", "--older-than", "0")
    assert (told["documents"], told["originals"]) == (1, 1)
    lionrock.run("documents", "undelete", taken["document_id"], code=3)
    assert lionrock.json("collections", "delete", "財務") == {
        "collection_id": made["collection_id"],
        "deleted": True,
        "documents": 0,
    }
