"""The command line as a user meets it, with the real models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.weights

LEAVE = """# 年假規則

## 累積

職員最多可將十四日年假帶到下一年度。超出部分在3月31日後作廢。

## 申請

申請年假須在放假前七個工作天提出。
"""
LOCKERS = """# Locker rental

A locker costs HK$40 a month. The deposit is HK$100 and is returned with the key.
"""


class Lionrock:
    """Runs commands on one data folder."""

    def __init__(self, home: Path, models: Path) -> None:
        self.environment = {**os.environ, "LIONROCK_HOME": str(home), "LIONROCK_MODELS": str(models)}

    def run(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lionrock.cli.main", *arguments]
        return subprocess.run(
            command, env=self.environment, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=300
        )

    def json(self, *arguments: str) -> Any:
        result = self.run(*arguments, "--json")
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)


@pytest.fixture
def lionrock(tmp_path: Path, weights: Path) -> Lionrock:
    return Lionrock(tmp_path / "home", weights)


@pytest.fixture
def office(lionrock: Lionrock, tmp_path: Path) -> Lionrock:
    folder = tmp_path / "office"
    folder.mkdir()
    (folder / "年假規則.md").write_text(LEAVE, encoding="utf-8")
    (folder / "lockers.md").write_text(LOCKERS, encoding="utf-8")
    result = lionrock.run("ingest", str(folder), "--json")
    assert result.returncode == 0, result.stderr
    assert [json.loads(line)["status"] for line in result.stdout.splitlines()] == ["indexed", "indexed"]
    return lionrock


def test_ask_in_cantonese_quotes_the_rule(office: Lionrock) -> None:
    answer = office.json("ask", "年假最多可以帶幾多日去下年?", "--chat", "none")
    assert (answer["language"], answer["mode"], answer["abstained"]) == ("yue", "extractive", False)
    assert "十四日" in answer["answer"]
    for sentence in answer["sentences"]:
        for citation in sentence["citations"]:
            document = office.json("documents", "show", citation["document_id"])
            passage = next(p for p in document["content"] if p["passage_id"] == citation["passage_id"])
            assert passage["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_search_across_scripts_and_languages(office: Lionrock) -> None:
    assert office.json("search", "年假可以累积吗")["hits"][0]["title"] == "年假規則"
    assert office.json("search", "儲物櫃按金幾多錢")["hits"][0]["title"] == "Locker rental"
    hit = office.json("search", "locker deposit", "--limit", "1")["hits"][0]
    assert any("deposit" in hit["text"][start:end] for start, end in hit["spans"])


def test_the_same_bytes_are_unchanged_and_new_ones_replace(office: Lionrock, tmp_path: Path) -> None:
    rules = tmp_path / "office" / "年假規則.md"
    same = office.json("ingest", str(rules))
    assert (same["status"], same["reason"]) == ("unchanged", None)
    rules.write_text(LEAVE.replace("十四日", "二十日"), encoding="utf-8")
    newer = office.json("ingest", str(rules))
    assert newer["status"] == "indexed"
    assert "new version 2 of “年假規則”" in newer["reason"]
    rules.write_text(LEAVE.replace("十四日", "二十日") + "\n", encoding="utf-8")
    assert "new version 3 of “年假規則”" in office.run("ingest", str(rules)).stdout
    texts = [hit["text"] for hit in office.json("search", "年假帶到下一年度")["hits"]]
    assert any("二十日" in text for text in texts)
    assert not any("十四日" in text for text in texts)


def test_the_list_of_documents_is_one_json_value(office: Lionrock) -> None:
    assert {document["title"] for document in office.json("documents", "list")} == {"年假規則", "Locker rental"}


def test_delete_disappears_at_once(office: Lionrock) -> None:
    hit = office.json("search", "locker")["hits"][0]
    assert office.run("documents", "delete", hit["document_id"]).returncode == 0
    assert all(h["document_id"] != hit["document_id"] for h in office.json("search", "locker")["hits"])
    assert office.run("documents", "show", hit["document_id"]).returncode == 3


def test_reindex_keeps_everything(office: Lionrock) -> None:
    before = [hit["passage_id"] for hit in office.json("search", "locker deposit")["hits"]]
    assert office.json("documents", "reindex")["passages"] >= 2
    assert [hit["passage_id"] for hit in office.json("search", "locker deposit")["hits"]] == before


def test_a_missing_index_is_rebuilt_by_itself(office: Lionrock, tmp_path: Path) -> None:
    import shutil

    shutil.rmtree(tmp_path / "home" / "index")
    assert office.json("search", "locker deposit")["hits"][0]["title"] == "Locker rental"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.md", b" \n\t ", "empty"),
        ("broken.docx", b"PK\x03\x04 not a zip", "damaged"),
        ("broken.pdf", b"%PDF-1.7 nothing", "damaged"),
        ("program.exe", b"MZ\x90\x00" + bytes(100), "program"),
        ("nul.txt", b"\x00\x01\x02\x03" * 50, "binary"),
    ],
)
def test_bad_files_fail_with_a_reason(lionrock: Lionrock, tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)
    result = lionrock.run("ingest", str(tmp_path / name), "--json")
    line = json.loads(result.stdout)
    assert (result.returncode, line["status"]) == (1, "failed")
    assert said in line["reason"]
    assert "Traceback" not in result.stderr


def test_exit_codes(lionrock: Lionrock, tmp_path: Path) -> None:
    assert lionrock.run("ingest", str(tmp_path / "nowhere")).returncode == 3
    assert lionrock.run("search").returncode == 2
    assert lionrock.run("ask", "   ").returncode == 2
    assert lionrock.run("ask", "x" * 20_000).returncode == 2
    assert lionrock.run("nonsense").returncode == 2
    lionrock.environment["LIONROCK_MODELS"] = str(tmp_path / "none")
    result = lionrock.run("search", "anything")
    assert (result.returncode, "models fetch" in result.stderr) == (4, True)


@pytest.mark.parametrize(
    "question", ["😀😀😀", "'; DROP TABLE documents; --", "<script>alert(1)</script>", "¿Dónde está?"]
)
def test_odd_questions_are_answered_or_declined(office: Lionrock, question: str) -> None:
    answer = office.json("ask", question, "--chat", "none")
    assert answer["question"] == question


def test_batch_is_one_object_a_line(office: Lionrock) -> None:
    result = office.run("search", "--batch", "-", stdin="locker\n年假\n")
    assert [json.loads(line)["query"] for line in result.stdout.splitlines()] == ["locker", "年假"]


def test_an_empty_knowledge_base_says_so(lionrock: Lionrock) -> None:
    answer = lionrock.json("ask", "有冇人?", "--chat", "none")
    assert (answer["abstained"], answer["sentences"]) == (True, [])
