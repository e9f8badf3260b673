"""Expiry, deletion and its undoing, purging; versions, their differences and restoring; on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from lionrock.access import Actor, scope_for
from lionrock.app import Upload
from lionrock.errors import NotFoundError, UsageError
from lionrock.ingest import inspection
from lionrock.records import Classification
from lionrock.storage.changes import Change
from lionrock.storage.listing import Filters
from lionrock.storage.tables import versions

OPEN, RESTRICTED, CONFIDENTIAL = Classification
FINANCE = scope_for(Actor("f", frozenset({"finance"}), CONFIDENTIAL))
WORKS = scope_for(Actor("w", frozenset({"works"}), RESTRICTED))
FUTURE = "2999-12-31"


def test_documents_expire_after_their_day(office: Any) -> None:
    app = office.app
    owner = app.owner_scope()
    library = app.library
    library.create_collection("C", owner, Change(retain_until="2990-01-01"))
    inside = library.placement(owner, collection="C")
    ids = {name: office.note(f"{name}.md", placement=inside) for name in ("theirs", "own", "later")}
    ids["free"] = office.note("free.md")
    library.change([ids["own"]], Filters(), Change(retain_until="2980-05-05"), owner)
    library.change([ids["later"]], Filters(), Change(retain_until="2999-01-01"), owner)
    removal = library.removal
    assert removal.expire(date(2980, 5, 5)) == []
    [first] = removal.expired(date(2980, 5, 6))
    assert (first.document_id, first.title, first.retain_until) == (ids["own"], "Pier own.md", "2980-05-05")
    assert first.why == "It was to be kept until 2980-05-05."
    assert office.seen(owner) == set(ids.values())
    assert removal.expire(date(2980, 5, 6)) == [first]
    [second] = removal.expire(date(2990, 1, 2))
    assert second.document_id == ids["theirs"]
    assert "“C”" in second.why
    assert office.seen(owner) == {ids["later"], ids["free"]}
    office.in_step()
    # It would go again at once, so it takes a new date to come back.
    with pytest.raises(UsageError, match="new date"):
        removal.undelete(ids["own"], owner, today=date(2991, 1, 1))
    with pytest.raises(UsageError, match="has passed"):
        removal.undelete(ids["own"], owner, retain_until="2990-12-31", today=date(2991, 1, 1))
    back = removal.undelete(ids["own"], owner, retain_until="2995-01-01", today=date(2991, 1, 1))
    assert back.retain_until == "2995-01-01"
    assert removal.expire(date(2991, 1, 1)) == []


def test_a_server_looks_once_a_day(open_office: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    office = open_office()
    app = office.app
    document_id = office.note("a.md")
    app.library.change([document_id], Filters(), Change(retain_until="2001-01-01"), app.owner_scope(), force=True)
    app.library.removal._looked = None
    app.library.removal.expire_once_a_day()
    assert office.seen(app.owner_scope()) == set()
    # The log names documents by their ids: it holds no names of files.
    assert f"the document {document_id} is deleted" in caplog.text
    assert "Pier a.md" not in caplog.text
    app.library.removal.undelete(document_id, app.owner_scope(), retain_until=FUTURE)
    app.library.removal.expire_once_a_day()


def test_undelete(office: Any) -> None:
    app = office.app
    owner = app.owner_scope()
    removal = app.library.removal
    document_id = office.note("a.md", department="works")
    with pytest.raises(NotFoundError):
        removal.undelete(document_id, owner)
    app.delete(document_id, owner)
    [gone] = app.library.documents(owner, Filters(status="deleted")).documents
    assert (gone.id, gone.status) == (document_id, "deleted")
    assert app.library.documents(FINANCE, Filters(status="deleted")).total == 0
    with pytest.raises(NotFoundError):
        removal.undelete(document_id, FINANCE)
    assert removal.undelete(document_id, WORKS).id == document_id
    assert office.seen(WORKS) == {document_id}
    office.in_step()
    app.delete(document_id, owner)
    other = office.note("a.md", department="works")
    with pytest.raises(UsageError, match=other):
        removal.undelete(document_id, owner)


def test_a_purge_takes_rows_and_originals_for_good(office: Any, boxes: None) -> None:
    app = office.app
    owner = app.owner_scope()
    removal = app.library.removal
    data = json.dumps({"in.md": "# In\n\nThe pier in closes at 3 o'clock.\n"})
    box, inner = (str(r.document_id) for r in app.ingest([Upload("a.box", "a.box", data=data.encode())]))
    kept, same = office.note("kept.md"), office.note("kept.md", department="works")
    office.add("kept.md", "# Pier\n\nThe pier kept closes again.\n")
    folder = app.settings.home / "originals"
    assert len(list(folder.glob("??/*"))) == 4
    for document_id in (box, same):
        app.delete(document_id, owner)
    assert removal.purge(1) == type(removal.purge(1))(0, 0, 0)
    assert removal.purge(0, dry_run=True).documents == 3
    told = removal.purge(0)
    # The bytes that another document has had stay.
    assert (told.documents, told.originals) == (3, 2)
    assert told.bytes == len(data) + len("# In\n\nThe pier in closes at 3 o'clock.\n")
    assert len(list(folder.glob("??/*"))) == 2
    with pytest.raises(NotFoundError):
        removal.undelete(box, owner)
    with app._database.connect() as connection:
        left = set(connection.execute(sa.select(versions.c.document_id)).scalars())
    assert left == {kept}
    # Versions that are not current stay.
    assert "closes at 1" in app.document_text(kept, owner, version=1)
    assert app.library.original(kept, owner, 1).path.read_bytes().startswith(b"# Pier kept.md")
    office.in_step()
    with pytest.raises(UsageError):
        removal.purge(-1)
    assert removal.purge(10**12).documents == 0
    assert inner not in left


def test_an_original_that_is_put_again_meanwhile_is_not_purged(open_office: Callable[..., Any]) -> None:
    office = open_office()
    app = office.app
    document_id = office.note("a.md")
    original = app.library.original(document_id, app.owner_scope())
    data = original.path.read_bytes()
    app.delete(document_id, app.owner_scope())
    time.sleep(0.02)
    app.library._blobs.put(data)
    assert app.library.removal.purge(0).originals == 0
    assert original.path.read_bytes() == data
    # Nobody recorded it: an hour later it goes.
    assert app.library._blobs.remove(original.sha256, untouched_since=time.time() + 1) == len(data)
    assert app.library._blobs.remove(original.sha256, untouched_since=time.time() + 1) == 0


def test_versions_differences_and_restoring(office: Any) -> None:
    app = office.app
    owner = app.owner_scope()
    old = "# Leave\n\nLeave is 14 days. Apply early.\n"
    new = "# Leave\n\nLeave is 10 days. Apply early. Ask first.\n"
    document_id = str(office.add("leave.md", old).document_id)
    with pytest.raises(NotFoundError, match="two versions"):
        app.library.compare(document_id, owner)
    office.add("leave.md", new)
    told = app.library.versions(document_id, owner)
    assert [(v.version, v.current, v.status) for v in told] == [(2, True, "indexed"), (1, False, "indexed")]
    beside = app.library.compare(document_id, owner)
    assert (beside.old, beside.new) == (1, 2)
    removed = [span.of(beside.old_text) for item in beside.found.differences for span in item.removed]
    added = [span.of(beside.new_text) for item in beside.found.differences for span in item.added]
    assert (removed, added) == (["Leave is 14 days."], ["Leave is 10 days.", "Ask first."])
    backwards = app.library.compare(document_id, owner, 2, 1)
    assert (backwards.found.removed, backwards.found.added) == (2, 1)
    result = app.library.restore(document_id, 1, owner)
    assert result.status == "indexed"
    assert app.document_text(document_id, owner) == old
    assert app.document(document_id, owner).document.version == 3
    assert app.library.restore(document_id, 1, owner).status == "unchanged"
    assert app.library.compare(document_id, owner, 1).new == 3
    for call in (
        lambda: app.library.versions(document_id, FINANCE),
        lambda: app.library.compare(document_id, FINANCE),
        lambda: app.library.compare(document_id, owner, 1, 9),
        lambda: app.library.restore(document_id, 9, owner),
        lambda: app.library.restore(document_id, 1, FINANCE),
        lambda: app.library.original(document_id, FINANCE),
        lambda: app.library.original(document_id, owner, 9),
        lambda: app.library.who(document_id, FINANCE),
    ):
        with pytest.raises(NotFoundError):
            call()
    office.in_step()


def test_what_was_let_in_once_is_restored_without_asking_again(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app = office.app
    owner = app.owner_scope()
    monkeypatch.setattr(inspection, "held_back", lambda findings: "Something was found.")
    document_id = str(office.add("a.md", "# Pier\n\nThe pier one closes.\n").document_id)
    assert app.release(document_id, owner, by="Ms Chan") is not None
    office.add("a.md", "# Pier\n\nThe pier two closes.\n")
    app.release(document_id, owner)
    result = app.library.restore(document_id, 1, owner)
    assert result.status == "indexed"
    newest = app.library.versions(document_id, owner)[0]
    assert (newest.version, newest.current, newest.released_by) == (3, True, "Ms Chan")


def test_who_can_see(office: Any) -> None:
    app = office.app
    document_id = office.note("a.md", department="finance", classification=RESTRICTED)
    audience = app.library.who(document_id, app.owner_scope())
    assert (audience.department, audience.classification, audience.people) == ("finance", RESTRICTED, ("owner",))
