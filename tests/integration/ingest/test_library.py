"""Collections, changes of many documents and lists of them, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lionrock.access import Actor, scope_for
from lionrock.app import Upload
from lionrock.errors import BusyError, EndpointError, NotFoundError, UsageError
from lionrock.ingest import inspection, pipeline
from lionrock.records import Classification, Placement
from lionrock.storage import documents
from lionrock.storage.changes import Change, notes_of_moved
from lionrock.storage.listing import NO_FILTER, Filters
from lionrock.storage.tables import versions

OPEN, RESTRICTED, CONFIDENTIAL = Classification
FINANCE = scope_for(Actor("f", frozenset({"finance"}), CONFIDENTIAL))
WORKS = scope_for(Actor("w", frozenset({"works"}), RESTRICTED))
FUTURE = "2999-12-31"


def test_a_collection_gives_its_documents_their_place(office: Any) -> None:
    app = office.app
    owner = app.owner_scope()
    values = Change(
        department="finance",
        classification=RESTRICTED,
        owner="Ms Chan 陳",
        retain_until=FUTURE,
        source_url="https://example.hk/預算",
        licence="CC0",
        add_tags=("budget", "預算"),
    )
    made = app.library.create_collection(" 預算 2024 ", owner, values)
    assert (made.name, made.department, made.classification) == ("預算 2024", "finance", RESTRICTED)
    assert (made.owner, made.retain_until, made.tags) == ("Ms Chan 陳", FUTURE, ("budget", "預算"))
    assert (made.source_url, made.licence, made.documents) == ("https://example.hk/預算", "CC0", 0)
    placement = app.library.placement(owner, collection="預算 2024")
    document_id = office.note("a.md", placement=placement)
    shown = app.document(document_id, owner).document
    assert (shown.department, shown.classification, shown.collection_id) == ("finance", RESTRICTED, made.id)
    explicit = app.library.placement(owner, collection=made.id, department="works", classification=OPEN)
    other = app.document(office.note("b.md", placement=explicit), owner).document
    assert (other.department, other.classification, other.collection_id) == ("works", OPEN, made.id)
    assert [c.documents for c in app.library.collections(owner)] == [2]
    # Each sees of it what he may see.
    assert [c.documents for c in app.library.collections(FINANCE)] == [1]
    assert app.library.collections(WORKS) == []
    with pytest.raises(NotFoundError):
        app.library.collection(made.id, WORKS)


def test_names_of_collections(office: Any) -> None:
    app = office.app
    owner = app.owner_scope()
    library = app.library
    first = library.create_collection("Rules", owner, Change(department="a"))
    with pytest.raises(UsageError, match="already"):
        library.create_collection("Rules", owner, Change(department="a"))
    second = library.create_collection("Rules", owner, Change(department="b"))
    with pytest.raises(UsageError, match=first.id):
        library.collection("Rules", owner)
    assert library.change_collection(second.id, owner, Change(), new_name="Regulations")[0].name == "Regulations"
    assert library.collection("Rules", owner).id == first.id
    with pytest.raises(UsageError, match="already"):
        library.change_collection("Regulations", owner, Change(department="a"), new_name="Rules")
    for wrong in ("", "  ", "none", "None", "a\nb", "x" * 201, "\ud800"):
        with pytest.raises(UsageError):
            library.create_collection(wrong, owner)
    with pytest.raises(NotFoundError):
        library.collection("nothing", owner)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change(retain_until="2024-13-01"), "not a date"),
        (Change(retain_until="20290101"), "not a date"),
        (Change(retain_until="tomorrow"), "not a date"),
        (Change(retain_until="٢٠٢٩-٠١-٠١"), "not a date"),
        (Change(retain_until="2001-01-01"), "has passed"),
        (Change(source_url="javascript:alert(1)"), "http"),
        (Change(source_url="https://[broken"), "http"),
        (Change(owner="a\x00b"), "cannot be shown"),
        (Change(add_tags=("",)), "empty"),
        (Change(add_tags=tuple(f"t{n}" for n in range(51))), "50 tags"),
        (Change(department=" "), "empty"),
    ],
)
def test_what_is_said_wrongly_is_refused(open_office: Callable[..., Any], change: Change, said: str) -> None:
    office = open_office()
    app = office.app
    document_id = office.note("a.md")
    for call in (
        lambda: app.library.create_collection("C", app.owner_scope(), change),
        lambda: app.library.change([document_id], Filters(), change, app.owner_scope()),
    ):
        with pytest.raises(UsageError, match=said):
            call()
    assert app.library.collections(app.owner_scope()) == []


def test_a_past_date_is_taken_when_it_is_meant(open_office: Callable[..., Any]) -> None:
    office = open_office()
    app = office.app
    owner = app.owner_scope()
    made = app.library.create_collection("Old", owner, Change(retain_until="2001-01-01"), force=True)
    assert made.retain_until == "2001-01-01"
    with pytest.raises(UsageError, match="has passed"):
        app.library.placement(owner, collection="Old")
    document_id = office.note("a.md")
    into = Change(collection_id="Old")
    with pytest.raises(UsageError, match="has passed"):
        app.library.change([document_id], Filters(), into, owner)
    assert app.library.change([document_id], Filters(), into, owner, force=True).documents == (document_id,)


def test_a_change_of_many_reaches_search_at_once(office: Any) -> None:
    app = office.app
    owner = app.owner_scope()
    ids = [office.note(f"{number}.md", number, department="finance") for number in range(1, 6)]
    assert office.seen(FINANCE) == set(ids)
    assert office.seen(WORKS) == set()
    changed = app.library.change(ids[:3], Filters(), Change(department="works", classification=RESTRICTED), owner)
    assert (set(changed.documents), changed.moved) == (set(ids[:3]), 3)
    assert office.seen(WORKS) == set(ids[:3])
    assert office.seen(FINANCE) == set(ids[3:])
    app.library.change([], Filters(department="works"), Change(classification=CONFIDENTIAL), owner)
    assert office.seen(WORKS) == set()
    office.in_step()
    app.close()


def test_a_change_that_is_cut_off_shows_nothing_to_the_wrong_people(
    open_office: Callable[..., Any], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = open_office(database_url)
    app = office.app
    owner = app.owner_scope()
    ids = [office.note(f"{number}.md", number, department="finance") for number in range(1, 4)]
    calls: list[int] = []

    def fall(points: Any) -> None:
        calls.append(len(points))
        # The database has the new rule already: neither those who may not see it any more find it, nor, through an
        # index that still has the old rule, those who may now.
        assert office.seen(FINANCE) == set()
        assert office.seen(WORKS) == set()
        assert office.seen(owner) == set(ids)
        raise EndpointError("The search server does not answer.")

    monkeypatch.setattr(app.index(), "upsert", fall)
    with pytest.raises(EndpointError):
        app.library.change(ids, Filters(), Change(department="works"), owner)
    assert calls
    monkeypatch.undo()
    with app._database.connect() as connection:
        assert [set(left) for left in notes_of_moved(connection).values()] == [set(ids)]
    app.close()
    office = open_office(database_url)
    again = office.app
    assert office.seen(WORKS) == set(ids)
    assert office.seen(FINANCE) == set()
    with again._database.connect() as connection:
        assert notes_of_moved(connection) == {}
    office.in_step()


def test_a_change_is_of_all_or_none(office: Any) -> None:
    app = office.app
    owner = app.owner_scope()
    first, second = office.note("a.md", department="a"), office.note("b.md", department="a")
    office.note("a.md", department="b")
    for ids, error in (([first, second], UsageError), ([second, "no such"], NotFoundError)):
        with pytest.raises(error):
            app.library.change(ids, Filters(), Change(department="b", owner="X"), owner)
        for document_id in (first, second):
            document = app.document(document_id, owner).document
            assert (document.department, document.owner) == ("a", None)
    with pytest.raises(UsageError, match="ids"):
        app.library.change([], Filters(), Change(owner="X"), owner)
    with pytest.raises(UsageError, match="changed"):
        app.library.change([first], Filters(), Change(), owner)
    # A document of another department is as if it were not there.
    with pytest.raises(NotFoundError):
        app.library.change([first], Filters(), Change(owner="X"), FINANCE)
    mine = office.note("c.md", department="finance")
    with pytest.raises(UsageError, match="could not see"):
        app.library.change([mine], Filters(), Change(department="works"), FINANCE)


def test_facts_are_set_and_taken_away_and_tags_added(office: Any) -> None:
    app = office.app
    owner = app.owner_scope()
    ids = [office.note(name) for name in ("Docs/a.md", "docs/b.md", "docs/c.md")]
    app.library.change([], Filters(source="docs/"), Change(add_tags=("x", "年報"), owner="O", licence="L"), owner)
    tagged = [app.document(i, owner).document for i in ids]
    assert [(d.tags, d.owner, d.licence) for d in tagged] == [((), None, None), *[(("x", "年報"), "O", "L")] * 2]
    app.library.change([ids[1]], Filters(), Change(remove_tags=("x",), owner="", add_tags=("y",)), owner)
    document = app.document(ids[1], owner).document
    assert (document.tags, document.owner, document.licence) == (("年報", "y"), None, "L")
    found = app.library.documents(owner, Filters(tag="年報"))
    assert ({d.id for d in found.documents}, found.total) == (set(ids[1:]), 2)
    trial = app.library.change([], Filters(tag="年報"), Change(owner="P"), owner, dry_run=True)
    assert set(trial.documents) == set(ids[1:])
    assert app.document(ids[2], owner).document.owner == "O"
    app.library.change(ids, Filters(), Change(add_tags=tuple(f"t{n}" for n in range(48))), owner)
    with pytest.raises(UsageError, match="50 tags"):
        app.library.change(ids, Filters(), Change(add_tags=("one", "more", "tag")), owner)


def test_what_is_inside_a_document_follows_it(office: Any, boxes: None) -> None:
    app = office.app
    owner = app.owner_scope()
    inner = json.dumps({"deep.md": "# Deep\n\nThe pier deep closes at 4 o'clock.\n"})
    data = json.dumps({"in.md": "# In\n\nThe pier in closes at 3 o'clock.\n", "more.box": inner})
    results = list(app.ingest([Upload("all.box", "all.box", data=data.encode())], department="finance"))
    assert [r.status for r in results] == ["indexed"] * 4
    box, *inside = (str(r.document_id) for r in results)
    assert office.seen(FINANCE) == {box, *inside}
    changed = app.library.change([box], Filters(), Change(department="works", add_tags=("t",)), owner)
    assert set(changed.documents) == {box, *inside}
    assert office.seen(FINANCE) == set()
    assert office.seen(WORKS) == {box, *inside}
    assert all(app.document(i, owner).document.tags == ("t",) for i in inside)
    with pytest.raises(UsageError, match="came inside"):
        app.library.change([inside[0]], Filters(), Change(classification=CONFIDENTIAL), owner)
    app.library.change([inside[0]], Filters(), Change(owner="mine alone"), owner)
    app.delete(box, owner)
    assert office.seen(WORKS) == set()
    office.in_step()
    app.library.removal.undelete(box, owner)
    assert office.seen(WORKS) == {box, *inside}
    office.in_step()
    app.delete(inside[0], owner)
    app.library.change([box], Filters(), Change(classification=CONFIDENTIAL), owner)
    app.delete(box, owner)
    app.library.removal.undelete(box, owner)
    # What was gone before stays gone; brought back later it belongs where its container belongs by then.
    assert office.seen(owner) == {box, *inside[1:]}
    assert app.library.removal.undelete(inside[0], owner).classification == CONFIDENTIAL
    assert office.seen(WORKS) == set()
    office.in_step()


def test_moving_into_a_collection_never_lowers(office: Any) -> None:
    app = office.app
    owner = app.owner_scope()
    library = app.library
    library.create_collection("C", owner, Change(department="works", classification=RESTRICTED))
    low, high = office.note("l.md"), office.note("h.md", classification=CONFIDENTIAL)
    library.change([low, high], Filters(), Change(collection_id="C"), owner)
    found = [app.document(i, owner).document for i in (low, high)]
    assert [(d.department, d.classification) for d in found] == [("works", RESTRICTED), ("works", CONFIDENTIAL)]
    library.change([high], Filters(), Change(classification=OPEN), owner)
    assert app.document(high, owner).document.classification == OPEN
    # A collection that rises takes with it what is below; one that falls leaves what is in it.
    _, changed = library.change_collection("C", owner, Change(classification=CONFIDENTIAL))
    assert set(changed.documents) == {low, high}
    assert office.seen(WORKS) == set()
    library.change_collection("C", owner, Change(classification=OPEN))
    assert office.seen(WORKS) == set()
    library.change([], Filters(collection_id="C"), Change(classification=OPEN), owner)
    assert office.seen(WORKS) == {low, high}
    # Documents of its department go with it to another.
    library.change([low], Filters(), Change(department="elsewhere"), owner)
    library.change_collection("C", owner, Change(department="finance"))
    assert office.seen(FINANCE) == {high}
    library.change([high], Filters(), Change(collection_id="none"), owner)
    assert app.document(high, owner).document.collection_id is None
    office.in_step()


def test_a_collection_goes_when_it_is_empty_or_told_what_becomes_of_it(office: Any) -> None:
    app = office.app
    owner = app.owner_scope()
    library = app.library
    for name in ("A", "B"):
        library.create_collection(name, owner, Change(department="works", classification=RESTRICTED))
    ids = [office.note(f"{n}.md", placement=library.placement(owner, collection="A")) for n in "123"]
    with pytest.raises(UsageError, match="3 documents"):
        library.delete_collection("A", owner)
    with pytest.raises(UsageError, match="deleted"):
        library.delete_collection("A", owner, move_to="A")
    assert library.delete_collection("A", owner, move_to="B") == 3
    assert {app.document(i, owner).document.collection_id for i in ids} == {library.collection("B", owner).id}
    library.change([ids[0]], Filters(), Change(classification=CONFIDENTIAL), owner)
    with pytest.raises(UsageError, match="may not see"):
        library.delete_collection("B", WORKS, with_documents=True)
    assert library.delete_collection("B", owner, with_documents=True) == 3
    assert library.collections(owner) == []
    assert office.seen(owner) == set()
    office.in_step()
    assert app.library.removal.undelete(ids[1], owner).collection_id is None


def test_a_file_that_comes_again_is_not_lowered_and_not_doubled(office: Any) -> None:
    app = office.app
    owner = app.owner_scope()
    document_id = office.note("/srv/a.md", placement=app.library.placement(owner, anywhere=True))
    app.library.change([document_id], Filters(), Change(department="finance", classification=CONFIDENTIAL), owner)
    said_nothing = app.library.placement(owner, anywhere=True)
    assert (
        office.add("/srv/a.md", "# Pier\n\nNew words of the pier.\n", placement=said_nothing).document_id == document_id
    )
    found = app.document(document_id, owner).document
    assert (found.department, found.classification, found.version) == ("finance", CONFIDENTIAL, 2)
    # Named, it is done as it was said.
    lower = app.library.placement(owner, department="finance", classification=OPEN)
    office.add("/srv/a.md", "# Pier\n\nNewer words of the pier.\n", placement=lower)
    assert app.document(document_id, owner).document.classification == OPEN
    elsewhere = app.library.placement(owner, department="works", anywhere=True)
    assert office.add("/srv/a.md", "# Pier\n\nWords.\n", placement=elsewhere).document_id != document_id


def test_a_version_that_waits_comes_in_at_the_new_level(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app = office.app
    owner = app.owner_scope()
    document_id = office.note("a.md", department="works")
    monkeypatch.setattr(inspection, "held_back", lambda findings: "Something was found.")
    assert office.add("a.md", "# Pier\n\nThe pier closes never.\n", department="works").status == "quarantined"
    app.library.change([document_id], Filters(), Change(classification=CONFIDENTIAL), owner)
    result = app.release(document_id, owner)
    assert result is not None and result.status == "indexed"
    assert app.document(document_id, owner).document.classification == CONFIDENTIAL
    assert office.seen(WORKS) == set()


def test_a_document_that_is_being_taken_in_is_not_moved(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app = office.app
    owner = app.owner_scope()
    document_id = office.note("a.md", department="works")
    told: list[str] = []
    real = pipeline.Ingestor._publish

    def publish(self: Any, *arguments: Any) -> None:
        with pytest.raises(BusyError) as caught:
            app.library.change([document_id], Filters(), Change(department="finance"), owner)
        told.append(caught.value.message)
        app.library.change([document_id], Filters(), Change(owner="may change"), owner)
        real(self, *arguments)

    monkeypatch.setattr(pipeline.Ingestor, "_publish", publish)
    assert office.add("a.md", "# Pier\n\nThe pier a closes late.\n", department="works").status == "indexed"
    assert len(told) == 1
    assert "a.md" in told[0]
    assert app.document(document_id, owner).document.owner == "may change"


def test_lists_with_filters_in_order(office: Any) -> None:
    app = office.app
    owner = app.owner_scope()
    app.library.create_collection("C", owner)
    inside = app.library.placement(owner, collection="C")
    names = ["b 報告.md", "A.md", "c_100%.md", "a.md", "d.md"]
    ids = {name: office.note(name, placement=inside if name == "d.md" else Placement("works")) for name in names}
    office.add("broken.pdf", "%PDF-1.7 nothing")

    def listed(sort: Any, limit: int, filters: Filters = NO_FILTER) -> list[str]:
        found: list[str] = []
        after = None
        while page := app.library.documents(owner, filters, sort=sort, limit=limit, after=after).documents:
            found += [document.source for document in page]
            after = page[-1].id
        return found

    for limit in (1, 2, 100):
        titles = listed("title", limit)
        assert len(titles) == 6
        assert titles[0] == "broken.pdf"
        assert sorted(titles[1:3]) == ["A.md", "a.md"]
        assert titles[3:] == ["b 報告.md", "c_100%.md", "d.md"]
        assert listed("date", limit) == ["broken.pdf", "d.md", "a.md", "c_100%.md", "A.md", "b 報告.md"]
        assert len(listed("id", limit)) == 6
    assert listed("title", 9, Filters(department="works")) == titles[1:5]
    assert listed("id", 9, Filters(collection_id="C")) == ["d.md"]
    assert len(listed("id", 9, Filters(collection_id="none"))) == 5
    assert listed("id", 9, Filters(status="failed")) == ["broken.pdf"]
    assert len(listed("id", 9, Filters(status="indexed"))) == 5
    assert listed("id", 9, Filters(text="報告")) == ["b 報告.md"]
    assert listed("id", 9, Filters(text="0%")) == ["c_100%.md"]
    assert listed("id", 9, Filters(text="BROKEN")) == ["broken.pdf"]
    assert listed("id", 9, Filters(finding="personal")) == []
    assert app.library.documents(FINANCE, Filters()).total == 0
    with pytest.raises(NotFoundError):
        app.library.documents(owner, sort="title", after="nothing")
    with pytest.raises(NotFoundError):
        app.library.documents(owner, Filters(collection_id="nothing"))
    # A page goes on from a document that was deleted meanwhile.
    app.delete(ids["b 報告.md"], owner)
    rest = app.library.documents(owner, sort="title", after=ids["b 報告.md"]).documents
    assert [d.source for d in rest] == ["c_100%.md", "d.md"]


def test_ten_thousand_documents_are_listed_and_changed_quickly(office: Any) -> None:
    app = office.app
    now = datetime.now(UTC)
    number = 10_000
    rows, texts = [], []
    for n in range(number):
        document_id = f"{n:036d}"
        rows.append({"id": document_id, "source": f"/srv/{n}.md", "department": "d", "classification": n % 3})
        rows[-1] |= {"media_type": "text/plain", "current_version": 1, "created_at": now}
        rows[-1] |= {"updated_at": now + timedelta(seconds=n % 977), "tags": ["t"] if n % 5 == 0 else None}
        texts.append({"document_id": document_id, "version": 1, "sha256": "0" * 64, "name": f"{n}.md"})
        texts[-1] |= {"status": "indexed", "title": f"Title {n * 7919 % number}", "text": "x" * 2_000}
        texts[-1] |= {"created_at": now, "passage_count": 0}
    with app._database.begin() as connection:
        connection.execute(documents.documents.insert(), rows)
        connection.execute(versions.insert(), texts)
    owner = app.owner_scope()
    start = time.monotonic()
    for sort in ("id", "title", "date"):
        page = app.library.documents(owner, Filters(), sort=sort, limit=100)  # type: ignore[arg-type]
        again = app.library.documents(owner, sort=sort, limit=100, after=page.documents[-1].id)  # type: ignore[arg-type]
        assert (len(again.documents), again.total) == (100, number)
    assert app.library.documents(owner, Filters(tag="t"), sort="title", limit=50).total == 2_000
    assert app.library.documents(owner, Filters(text="title 99", status="indexed"), sort="date").total > 100
    assert time.monotonic() - start < 15
    start = time.monotonic()
    changed = app.library.change([], Filters(tag="t"), Change(department="e", add_tags=("u",)), owner)
    assert changed.moved == 2_000
    assert time.monotonic() - start < 60
