"""The life of a document through the whole pipeline with fake models, on SQLite and PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lionrock.access import Actor, scope_for
from lionrock.app import App, Upload
from lionrock.errors import NotFoundError, UsageError
from lionrock.records import Classification

LEAVE = "# Annual leave\n\n## Carrying over\n\nAn officer may carry over at most {n} days of leave.\n"


def add(app: App, name: str, text: str, **where: Any) -> Any:
    [result] = app.ingest([Upload(name, name, data=text.encode())], **where)
    return result


def found(app: App, query: str) -> list[str]:
    return [hit.passage.text for hit in app.search(query, app.owner_scope()).hits]


def test_versions_and_deletion(make_app: Callable[..., App], database_url: str) -> None:
    app = make_app(database_url)
    first = add(app, "leave.md", LEAVE.format(n=14))
    assert (first.status, first.passages > 0) == ("indexed", True)
    assert add(app, "leave.md", LEAVE.format(n=14)).status == "unchanged"
    assert any("14 days" in text for text in found(app, "carry over leave days"))
    old = app.search("carry over leave", app.owner_scope()).hits[0].passage
    second = add(app, "leave.md", LEAVE.format(n=10))
    assert (second.status, second.document_id) == ("indexed", first.document_id)
    texts = found(app, "carry over leave days")
    assert any("10 days" in text for text in texts)
    assert not any("14 days" in text for text in texts)
    # What an answer cited once can still be opened.
    assert "14 days" in app.passage_in_context(old.id, app.owner_scope())[0].text
    app.delete(first.document_id, app.owner_scope())
    assert found(app, "carry over leave days") == []
    with pytest.raises(NotFoundError):
        app.document(first.document_id, app.owner_scope())
    assert add(app, "leave.md", LEAVE.format(n=14)).status == "indexed"


def test_a_bad_file_does_not_stop_the_others(make_app: Callable[..., App]) -> None:
    app = make_app()
    uploads = [
        Upload("a.md", "a.md", data=b"# A\n\nGood words here.\n"),
        Upload("b.docx", "b.docx", data=b"PK\x03\x04 broken"),
        Upload("c.md", "c.md", path=Path("/nowhere/c.md")),
        Upload("d.md", "d.md", data=b"# D\n\nMore good words.\n"),
    ]
    results = list(app.ingest(uploads))
    assert [result.status for result in results] == ["indexed", "failed", "failed", "indexed"]
    assert all(result.reason for result in results[1:3])


def test_a_file_of_500_megabytes_is_refused_before_it_is_read(make_app: Callable[..., App], tmp_path: Path) -> None:
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as file:
        file.truncate(500_000_000)
    app = make_app()
    [result] = app.ingest([Upload(huge.name, str(huge), path=huge)])
    assert (result.status, "500,000,000" in (result.reason or "")) == ("failed", True)


def test_scopes_hold_through_the_whole_search(make_app: Callable[..., App]) -> None:
    app = make_app()
    for department in ("a", "b"):
        for level in Classification:
            text = f"# Rules\n\nThe parking fee for team {department}{level} is {level} dollars.\n"
            add(app, f"{department}{int(level)}.md", text, department=department, classification=level)
    for own in (frozenset("a"), frozenset("b"), frozenset("ab"), frozenset[str]()):
        for ceiling in Classification:
            scope = scope_for(Actor("x", own, ceiling))
            hits = app.search("parking fee", scope).hits
            assert {(h.passage.department, h.passage.classification) for h in hits} == {
                (department, level) for department in own for level in Classification if level <= ceiling
            }


def test_the_cache_never_crosses_scopes(make_app: Callable[..., App]) -> None:
    app = make_app()
    add(app, "a.md", "# A\n\nThe secret fee is nine dollars.\n", department="a")
    outsider = scope_for(Actor("x", frozenset("b")))
    for _ in range(2):
        assert app.search("secret fee", app.owner_scope()).hits
        assert app.search("secret fee", outsider).hits == ()


def test_an_index_that_is_lost_or_out_of_step_is_mended_at_start(make_app: Callable[..., App], tmp_path: Path) -> None:
    app = make_app()
    add(app, "a.md", "# A\n\nThe ferry leaves at nine.\n")
    document = add(app, "b.md", "# B\n\nThe bus leaves at ten.\n")
    app.close()
    index = tmp_path / "home" / "index"
    shutil.copytree(index, tmp_path / "older")
    again = make_app()
    again.delete(document.document_id, again.owner_scope())
    again.close()
    shutil.rmtree(index)
    shutil.copytree(tmp_path / "older", index)
    mended = make_app()
    assert found(mended, "bus leaves") == found(mended, "ferry leaves") != []
    assert not any("bus" in text for text in found(mended, "bus leaves"))
    mended.close()
    for lost in (index, index / "edge"):
        shutil.rmtree(lost)
        whole = make_app()
        assert any("ferry" in text for text in found(whole, "ferry leaves"))
        whole.close()


def test_reindex_embeds_nothing_anew(make_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    for number in range(5):
        add(app, f"{number}.md", f"# Notice {number}\n\nPier {number} is closed on Sunday.\n")
    before = found(app, "pier 3 closed")

    def never(texts: object) -> None:
        raise AssertionError("embedded again")

    told: list[tuple[int, int]] = []
    for embedder in app._embedders:
        monkeypatch.setattr(type(embedder), "embed_passages", lambda self, texts: never(texts))
        break
    total = app.reindex(lambda done, of: told.append((done, of)))
    monkeypatch.undo()
    assert told[-1] == (total, total)
    assert found(app, "pier 3 closed") == before


@pytest.mark.parametrize("question", ["", " \n ", "長" * 20_000])
def test_wrong_questions_are_refused(make_app: Callable[..., App], question: str) -> None:
    app = make_app()
    with pytest.raises(UsageError):
        app.search(question, app.owner_scope())
    with pytest.raises(UsageError):
        app.ask(question, app.owner_scope())
