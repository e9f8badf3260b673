"""Documents travel from one installation to another: nothing is lost, and of what is damaged nothing is taken."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lionrock.access import Actor, scope_for
from lionrock.app import App, Upload
from lionrock.errors import NotFoundError, StorageError, UsageError
from lionrock.ingest import inspection
from lionrock.records import Classification, Finding, Placement
from lionrock.storage.changes import Change
from lionrock.storage.listing import Filters
from lionrock.storage.tables import collections, documents, findings, passages, versions

OPEN, RESTRICTED, CONFIDENTIAL = Classification
WORKS = scope_for(Actor("w", frozenset({"works"}), RESTRICTED))
ODD = b"caf\xe9 \xa4\xa4.md".decode("utf-8", "surrogateescape")


def box(**inside: str) -> str:
    return json.dumps({name.replace("_", "."): text for name, text in inside.items()})


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """What says HELD is held back."""
    real = inspection.inspected

    def inspected(parsed: Any, policy: Any) -> Any:
        made = real(parsed, policy)
        if "HELD" not in parsed.text:
            return made
        return replace(made, findings=(*made.findings, Finding("test", "quarantine", "Something was found.")))

    monkeypatch.setattr(inspection, "inspected", inspected)


@pytest.fixture
def furnished(office: Any, boxes: None, held: None) -> Any:
    """An office with everything that may be lost on the way."""
    library, owner = office.app.library, office.app.owner_scope()
    facts = Change(
        department="works",
        classification=RESTRICTED,
        owner="陳女士",
        retain_until="2999-12-31",
        source_url="https://example.hk/工程",
        licence="CC0",
        add_tags=("年報", "x"),
    )
    library.create_collection("工程 “2024”", owner, facts)
    library.create_collection("Empty", owner, Change(department="works"))
    inside = library.placement(owner, collection="工程 “2024”")
    plain = office.note("路/五月 😀.md", placement=inside)
    office.add("路/五月 😀.md", "# Pier\n\nThe pier closes HELD.\n", placement=inside)
    library.change([plain], Filters(), Change(owner="Mr X", retain_until="2998-01-02", add_tags=("own",)), owner)
    released = office.add("released.md", "# Pier\n\nThe pier one HELD closes.\n", placement=inside).document_id
    office.app.release(released, owner, by="Ms Chan")
    office.add("released.md", "# Pier\n\nThe pier two closes.\n", placement=inside)
    office.add(ODD, "# Pier\n\nThe pier of bytes closes.\n", placement=inside)
    office.add("broken.pdf", "%PDF-1.7 nothing", placement=inside)
    big5 = replace(inside, encoding="big5hkscs")
    office.add("big5.txt", "碼頭 pier 關閉。", placement=Placement("works"))
    [result] = office.app.ingest([upload("b5.txt", "碼頭 pier closes 關閉。".encode("big5hkscs"))], placement=big5)
    assert result.status == "indexed"
    fill_boxes(office, inside)
    office.note("elsewhere.md", department="finance")
    return office


def fill_boxes(office: Any, inside: Placement) -> None:
    """Files inside files, in two versions; one that is gone from the second, and one that somebody deleted."""
    library, owner = office.app.library, office.app.owner_scope()
    gone = "# Gone\n\nThe pier gone closes at 2 o'clock.\n"
    office.add("a.box", box(in_md="# In\n\nThe pier in closes at 3 o'clock.\n", gone_md=gone), placement=inside)
    deep = box(deep_md="# Deep\n\nThe pier deep closes.\n")
    newer = box(in_md="# In\n\nThe pier in closes at 4 o'clock.\n", deep_box=deep)
    container = office.add("a.box", newer, placement=inside).document_id
    [deleted] = [d.id for d in library.documents(owner, Filters(text="deep.md")).documents]
    office.app.delete(deleted, owner)
    library.change([container], Filters(), Change(add_tags=("box",)), owner)


def upload(name: str, data: bytes) -> Any:
    return Upload(name, name, data=data)


def everything(app: App, *, department: str | None = None) -> dict[str, Any]:
    """All that two installations with the same documents have in common."""
    d, v, p, f = documents.c, versions.c, passages.c, findings.c
    told: dict[str, Any] = {}
    with app._database.connect() as connection:
        names = {row.id: (row.name, row.department) for row in connection.execute(sa.select(collections))}
        sources = {row.id: row.source for row in connection.execute(sa.select(documents))}
        for row in connection.execute(sa.select(collections)):
            facts = (row.classification, row.owner, row.retain_until, row.tags, row.source_url, row.licence)
            told[f"collection {row.department} {row.name}"] = facts
        columns = [d.department, d.classification, d.media_type, d.current_version, d.owner, d.retain_until, d.tags]
        columns += [d.source_url, d.licence, d.created_at]
        query = sa.select(d.id, d.source, d.parent_id, d.collection_id, *columns).where(d.deleted_at.is_(None))
        for row in connection.execute(query):
            if department is not None and row.department != department:
                continue
            place = (sources.get(row.parent_id), names.get(row.collection_id))
            kept: list[Any] = []
            for version in connection.execute(sa.select(versions).where(v.document_id == row.id).order_by(v.version)):
                said = {key: plain(value) for key, value in version._mapping.items() if key not in LEFT}
                this = (p.document_id == row.id, p.version == version.version)
                texts = connection.execute(sa.select(p.text, p.heading, p.page).where(*this).order_by(p.ordinal)).all()
                found = sa.select(f.kind, f.level, f.detail).where(
                    f.document_id == row.id, f.version == version.version
                )
                original = app.library._blobs.path(version.sha256).read_bytes()
                kept.append((said, texts, sorted(map(tuple, connection.execute(found))), original))
            told[f"document {row.source}"] = (place, [plain(value) for value in tuple(row)[4:]], kept)
    return told


def plain(value: object) -> object:
    """A time as every database gives it."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


LEFT = ("document_id", "inside_given", "classification")


def test_a_round_trip_loses_nothing(
    furnished: Any, open_office: Callable[..., Any], tmp_path: Path, boxes: None
) -> None:
    owner = furnished.app.owner_scope()
    out = tmp_path / "all 全部.zip"
    told = furnished.app.library.exchange.export(out, owner, None)
    before = everything(furnished.app)
    assert told.documents == sum(name.startswith("document") for name in before) == 10
    assert told.versions == 14
    assert oct(out.stat().st_mode & 0o777) == "0o600"
    other = open_office(home=tmp_path / "other")
    results = list(other.app.library.exchange.take_in(out, owner, "me"))
    # The version that failed is not read again.
    assert len(results) == told.versions - 1
    assert {r.status for r in results} == {"indexed", "quarantined"}
    assert everything(other.app) == before
    assert other.seen(owner) == furnished.seen(owner)
    assert other.seen(WORKS) == furnished.seen(WORKS)
    other.in_step()
    again = list(other.app.library.exchange.take_in(out, owner, "me"))
    assert [r.status for r in again] == ["unchanged"] * 10
    assert everything(other.app) == before
    # And back: the second export holds the same.
    second = tmp_path / "second.zip"
    assert other.app.library.exchange.export(second, owner, None) == told
    with zipfile.ZipFile(out) as one, zipfile.ZipFile(second) as two:
        assert one.read("documents.jsonl") == two.read("documents.jsonl")
        assert sorted(one.namelist()) == sorted(two.namelist())


def test_a_collection_alone_and_current_versions_alone(
    furnished: Any, open_office: Callable[..., Any], tmp_path: Path, boxes: None
) -> None:
    owner = furnished.app.owner_scope()
    exchange = furnished.app.library.exchange
    assert exchange.export(tmp_path / "c.zip", owner, "工程 “2024”").documents == 8
    told = exchange.export(tmp_path / "n.zip", owner, "工程 “2024”", current_only=True)
    assert (told.documents, told.versions) == (8, 8)
    other = open_office(home=tmp_path / "other")
    list(other.app.library.exchange.take_in(tmp_path / "n.zip", owner, "me"))
    assert other.seen(owner) <= furnished.seen(owner)
    for document in other.app.library.documents(owner).documents:
        same = furnished.app.document(document.id, owner).document
        assert (document.version, document.sha256, document.status) == (same.version, same.sha256, same.status)
        assert (document.owner, document.tags, document.collection_id) == (same.owner, same.tags, same.collection_id)
    [made] = other.app.library.collections(owner)
    assert made.name == "工程 “2024”"
    other.in_step()


def test_an_export_holds_what_one_may_see(furnished: Any, tmp_path: Path) -> None:
    exchange = furnished.app.library.exchange
    nobody = scope_for(Actor("n", frozenset({"finance"})))
    assert exchange.export(tmp_path / "f.zip", nobody, None).documents == 1
    with pytest.raises(NotFoundError):
        exchange.export(tmp_path / "x.zip", nobody, "工程 “2024”")
    with pytest.raises(UsageError, match="already"):
        exchange.export(tmp_path / "f.zip", nobody, None)
    with pytest.raises(StorageError):
        exchange.export(tmp_path / "no" / "x.zip", nobody, None)
    assert sorted(path.name for path in tmp_path.glob("*.zip*")) == ["f.zip"]
    with pytest.raises(UsageError, match="could not see"):
        next(exchange.take_in(tmp_path / "f.zip", WORKS, "me"))


def test_into_another_department_or_collection(
    furnished: Any, open_office: Callable[..., Any], tmp_path: Path, boxes: None
) -> None:
    owner = furnished.app.owner_scope()
    furnished.app.library.exchange.export(tmp_path / "c.zip", owner, "工程 “2024”")
    other = open_office(home=tmp_path / "other")
    library = other.app.library
    list(library.exchange.take_in(tmp_path / "c.zip", owner, "me", department="law"))
    assert {(d.department, d.classification) for d in library.documents(owner).documents} == {("law", RESTRICTED)}
    assert [(c.name, c.department) for c in library.collections(owner)] == [("工程 “2024”", "law")]
    library.create_collection("Secret", owner, Change(department="spy", classification=CONFIDENTIAL))
    results = list(library.exchange.take_in(tmp_path / "c.zip", owner, "me", collection="Secret"))
    assert {r.status for r in results} == {"indexed", "quarantined"}
    inside = library.documents(owner, Filters(collection_id="Secret"))
    assert inside.total == 8
    assert {(d.department, d.classification) for d in inside.documents} == {("spy", CONFIDENTIAL)}
    # The first ones have the ids, so these have new ones; what is inside a container is below the new container.
    children = [d for d in inside.documents if d.parent_id is not None]
    assert {d.parent_id for d in children} <= {d.id for d in inside.documents}
    other.in_step()


def test_what_is_there_stays_as_it_is(
    furnished: Any, open_office: Callable[..., Any], tmp_path: Path, boxes: None
) -> None:
    owner = furnished.app.owner_scope()
    furnished.app.library.exchange.export(tmp_path / "c.zip", owner, "工程 “2024”")
    other = open_office(home=tmp_path / "other")
    other.add("released.md", "# Pier\n\nAnother pier closes.\n", department="works")
    other.add("a.box", box(in_md="# In\n\nThe pier in closes another day.\n"), department="works")
    results = {r.file: r for r in other.app.library.exchange.take_in(tmp_path / "c.zip", owner, "me")}
    left = {name for name, result in results.items() if result.status == "failed"}
    assert left == {"released.md", "a.box", "a.box!/in.md", "a.box!/deep.box"}
    assert all("left out" in str(results[name].reason) for name in left)
    texts = {
        d.source: other.app.document_text(d.id, owner)
        for d in other.app.library.documents(owner).documents
        if d.status == "indexed"
    }
    assert "Another pier" in texts["released.md"]
    assert "a.box!/deep.box" not in texts
    other.in_step()


def test_a_stop_in_the_midst_of_an_import_loses_nothing(
    furnished: Any, open_office: Callable[..., Any], tmp_path: Path, boxes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = furnished.app.owner_scope()
    furnished.app.library.exchange.export(tmp_path / "all.zip", owner, None)
    before = everything(furnished.app)
    other = open_office(home=tmp_path / "other")
    results = other.app.library.exchange.take_in(tmp_path / "all.zip", owner, "me")
    next(results)
    results.close()
    other.app.close()
    again = open_office(home=tmp_path / "other")
    assert everything(again.app) == before
    again.in_step()
