"""Searches and answers narrowed on the command line, with the real models."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Commands

pytestmark = pytest.mark.weights

FILES = {
    "fees-2019.md": "# Locker fees\n\n2019-06-30\n\nA locker costs HK$30 a month.\n",
    "fees.md": "# Cabinet fees\n\nA cabinet costs HK$45 a month.\n",
    "leave.md": "# Leave\n\nStaff have 14 days of leave a year.\n",
}


def test_collections_and_dates_narrow_search_and_answers(tmp_path: Path, weights: Path) -> None:
    lionrock = Commands(tmp_path / "home", weights)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    lionrock.run("collections", "create", "Fees")
    lionrock.run("ingest", str(tmp_path / "fees-2019.md"), str(tmp_path / "fees.md"), "--collection", "Fees")
    lionrock.run("ingest", str(tmp_path / "leave.md"))

    def titles(*options: str) -> set[str]:
        return {hit["title"] for hit in lionrock.json("search", "What does it cost a month?", *options)["hits"]}

    assert titles() == {"Locker fees", "Cabinet fees", "Leave"}
    assert titles("--collection", "Fees") == {"Locker fees", "Cabinet fees"}
    assert titles("--collection", "Fees", "--until", "2019-06-30") == {"Locker fees"}
    assert titles("--collection", "Fees", "--since", "2019-07-01") == {"Cabinet fees"}
    answer = lionrock.json("ask", "What does a locker cost a month?", "--chat", "none", "--collection", "Fees")
    assert "HK$30" in answer["answer"] and answer["searched"] is None
    asked = ("ask", "How many days of leave have staff?", "--chat", "none", "--collection", "Fees")
    answer = lionrock.json(*asked)
    assert answer["abstained"] is True
    assert (answer["searched"]["documents"], answer["searched"]["collections"]) == (2, ["Fees"])
    assert answer["suggestions"][0] == "widen_scope"
    assert "searched 2 documents, 2 passages" in lionrock.run(*asked).stderr
    assert "Nothing was found in what you chose." in lionrock.run("search", "fee", "--since", "9999-01-01").stderr
    assert "is not a date" in lionrock.run("search", "fee", "--since", "yesterday", code=2).stderr
    assert "There is no collection" in lionrock.run("ask", "fee?", "--collection", "Nowhere", code=3).stderr
