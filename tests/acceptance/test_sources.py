"""Sources and bulk files of laws on the command line, as a user meets them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

RULE = "# {title}\n\nThe fee of the {title} is HK${fee}.\n"
LAW = (
    '<?xml version="1.0" encoding="UTF-8"?><subLeg xmlns="http://www.xml.gov.hk/schemas/hklm/1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><meta><docName>Cap. 9001A</docName>'
    "<dc:identifier>/hk/cap9001A!en</dc:identifier><dc:date>2024-01-01</dc:date><dc:language>en</dc:language></meta>"
    '<main><docTitle>Lantern Regulation</docTitle><section temporalId="s1"><num>1.</num><heading>Fee</heading>'
    "<content>A lantern costs $40.</content></section></main></subLeg>"
)


class Lionrock:
    """Runs commands on one data folder."""

    def __init__(self, home: Path, models: Path) -> None:
        self.environment = {**os.environ, "LIONROCK_HOME": str(home), "LIONROCK_MODELS": str(models)}

    def run(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lionrock.cli.main", *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=300
        )

    def json(self, *arguments: str, code: int = 0) -> Any:
        result = self.run(*arguments, "--json")
        assert result.returncode == code, result.stderr
        assert "Traceback" not in result.stderr
        return json.loads(result.stdout)


@pytest.fixture
def bare(tmp_path: Path) -> Lionrock:
    """Without models: enough for what reads no file."""
    return Lionrock(tmp_path / "home", tmp_path / "no-models")


@pytest.fixture
def lionrock(tmp_path: Path, weights: Path) -> Lionrock:
    return Lionrock(tmp_path / "home", weights)


@pytest.fixture
def share(tmp_path: Path) -> Path:
    folder = tmp_path / "share"
    folder.mkdir()
    (folder / "lockers.md").write_text(RULE.format(title="Lockers", fee=40), encoding="utf-8")
    (folder / "parking.md").write_text(RULE.format(title="Parking", fee=10), encoding="utf-8")
    return folder


def test_sources_are_noted_paused_and_removed(bare: Lionrock, share: Path) -> None:
    made = bare.json("sources", "add", str(share), "--department", "registry", "--classification", "restricted")
    assert (made["kind"], made["department"], made["classification"]) == ("folder", "registry", "restricted")
    assert (made["every_seconds"], made["paused"], made["last_run_at"]) == (300, False, None)
    web = bare.json(
        "sources", "add", "https://pages.example/sitemap.xml", "--every", "7200", "--host", "www.pages.example"
    )
    assert (web["kind"], web["paused"], web["every_seconds"]) == ("web", True, 7200)
    assert [source["source_id"] for source in bare.json("sources", "list")] == [made["source_id"], web["source_id"]]
    assert bare.json("sources", "pause", made["source_id"])["paused"] is True
    assert bare.json("sources", "resume", made["source_id"])["paused"] is False
    removed = bare.json("sources", "remove", made["source_id"], "--delete-documents")
    assert removed == {"source_id": made["source_id"], "removed": True, "deleted": 0}
    result = bare.run("sources", "sync")
    assert (result.returncode, "not paused" in result.stderr) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("sources", "add", "/no/such/folder"), 3),
        (("sources", "add", "https://a:b@pages.example/"), 2),
        (("sources", "add", "https://pages.example/", "--every", "5"), 2),
        (("sources", "sync", "none"), 3),
        (("sources", "pause", "none"), 3),
        (("sources", "remove", "none"), 3),
        (("sources", "add", "."), 0),
        (("ingest", "hkel", "--zip", "/no/such.zip"), 3),
        (("ingest", "hkel", "--zip", "x.zip", "--caps", "Cap. 1"), 2),
        (("ingest", "hkel"), 2),
        (("ingest", "./hkel"), 3),
    ],
)
def test_exit_codes(bare: Lionrock, tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    (tmp_path / "office").mkdir()
    result = bare.run(*arguments, cwd=tmp_path / "office")
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr


def test_help_of_both_forms(bare: Lionrock) -> None:
    assert "PATHS" in bare.run("ingest", "--help").stdout
    told = bare.run("ingest", "hkel", "--help").stdout
    assert "ingest hkel" in told
    assert "--all-versions" in told


@pytest.mark.weights
def test_a_folder_is_kept_in_step(lionrock: Lionrock, share: Path) -> None:
    source = lionrock.json("sources", "add", str(share))["source_id"]
    first = lionrock.json("sources", "sync")
    assert (first["added"], first["failed"], first["fault"]) == (2, 0, None)
    assert {item["what"] for item in first["items"]} == {"added"}
    before = {d["title"]: d["document_id"] for d in lionrock.json("documents", "list")}
    (share / "parking.md").rename(share / "car park.md")
    (share / "lockers.md").write_text(RULE.format(title="Lockers", fee=45), encoding="utf-8")
    (share / "ferry.md").write_text(RULE.format(title="Ferry", fee=7), encoding="utf-8")
    result = lionrock.run("sources", "sync", source)
    assert result.returncode == 0, result.stderr
    assert "1 added, 1 changed, 1 moved" in result.stderr
    found = {d["title"]: d for d in lionrock.json("documents", "list")}
    assert found["Parking"]["document_id"] == before["Parking"]
    assert found["Parking"]["source"] == str(share / "car park.md")
    assert found["Lockers"]["version"] == 2
    hit = lionrock.json("search", "What is the fee of the Lockers?", "--limit", "1")["hits"][0]
    assert "HK$45" in hit["text"]
    share.rename(share.parent / "elsewhere")
    gone = lionrock.json("sources", "sync", source, code=1)
    assert (gone["deleted"], "Nothing was deleted" in gone["fault"]) == (0, True)
    assert len(lionrock.json("documents", "list")) == 3


@pytest.mark.weights
def test_the_server_keeps_a_folder_in_step(lionrock: Lionrock, share: Path) -> None:
    lionrock.json("sources", "add", str(share), "--every", "10")
    command = [sys.executable, "-m", "lionrock.cli.main", "serve", "--port", "0"]
    with subprocess.Popen(command, env=lionrock.environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        assert any("is at http://" in line for line in lines)
        time.sleep(1)
        until = time.monotonic() + 120
        database = Path(lionrock.environment["LIONROCK_HOME"]) / "lionrock.db"
        while time.monotonic() < until and not _has_run(database):
            time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    [told] = lionrock.json("sources", "list")
    assert (told["last_result"], told["items"]) == ("2 added", {"done": 2})
    assert {d["title"] for d in lionrock.json("documents", "list")} == {"Lockers", "Parking"}


def _has_run(database: Path) -> bool:
    """Whether a run of a source has ended; read beside the server."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        [number] = connection.execute("select count(*) from sources where last_result is not null").fetchone()
        return bool(number)


@pytest.mark.weights
def test_a_bulk_file_of_laws(lionrock: Lionrock, tmp_path: Path) -> None:
    path = tmp_path / "hkel_c_leg_cap_601_cap_end_en.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        info = zipfile.ZipInfo("x")
        info.filename = "cap_9001A_en_c\\cap_9001A_20240101000000_en_c.xml"
        out.writestr(info, LAW)
    told = lionrock.json("ingest", "hkel", "--zip", str(path))
    assert (told["file"], told["status"]) == ("hkel:/hk/cap9001A!en", "indexed")
    again = lionrock.run("ingest", "hkel", "--zip", str(path), "--caps", "9001A", "--language", "en")
    assert (again.returncode, again.stdout, "1 unchanged" in again.stderr) == (0, "", True)
    [document] = lionrock.json("documents", "list")
    assert (document["title"], document["department"]) == ("Lantern Regulation (Cap. 9001A)", "general")
    assert document["source_url"] == "https://www.elegislation.gov.hk/hk/cap9001A!en"
    # A folder of that name is still a folder.
    folder = tmp_path / "hkel"
    folder.mkdir()
    (folder / "a.md").write_text(RULE.format(title="Kites", fee=3), encoding="utf-8")
    result = lionrock.run("ingest", "./hkel", cwd=tmp_path)
    assert (result.returncode, "a.md" in result.stdout) == (0, True)
