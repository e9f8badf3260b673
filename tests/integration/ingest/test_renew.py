"""Vectors of words are made anew after a change of folding, from the texts alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lionrock.app import App, Upload
from lionrock.ingest import renew
from lionrock.storage import documents, passages
from lionrock.storage.database import Database, open_database

TEXT = "# 泊車規則\n\n泊車費為每小時40元。\n\n## 時間\n\n上午九時開放。\n"


def spoiled(database: Database) -> None:
    with database.begin() as connection:
        ids = passages.all_current_ids(connection)
        passages.replace_vectors(connection, {i: {"lexical": b"", "heading": b""} for i in ids})
        documents.set_meta(connection, "lexical_version", "0")


def test_words_of_another_version_are_made_anew_at_the_start(
    make_app: Callable[..., App], tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(url=database_url)
    list(app.ingest([Upload("p.md", "p.md", data=TEXT.encode())]))
    database = open_database(database_url)
    with database.connect() as connection:
        ids = sorted(passages.all_current_ids(connection))
        before = passages.load_vectors(connection, ids)
    app.close()
    spoiled(database)
    again = make_app(url=database_url)
    monkeypatch.setattr(type(again._embedders[0]), "embed_passages", None)
    assert again.index().ids() == set(ids)
    with database.connect() as connection:
        assert passages.load_vectors(connection, ids) == before
        assert documents.get_meta(connection, "lexical_version") == str(renew.VERSION)
    database.close()


def test_words_of_this_version_are_left_alone(database: Database) -> None:
    told: list[tuple[int, int]] = []
    assert renew.renew_words(database, lambda done, total: told.append((done, total))) == 0
    assert renew.renew_words(database) == 0
    assert told == []
