"""Documents and passages on SQLite and PostgreSQL: versions, access, crash states."""

from __future__ import annotations

import itertools
import uuid

import pytest
import sqlalchemy as sa

from lionrock.access import LOCAL_OWNER, NOTHING, Actor, may_see, scope_for
from lionrock.errors import NotFoundError
from lionrock.records import Classification, Placement, Scope
from lionrock.storage import documents, passages, removal, versions
from lionrock.storage.database import Database

OWNER = scope_for(LOCAL_OWNER)


def new_passage(text: str, start: int = 0, breaks: tuple[tuple[int, int], ...] = ()) -> versions.NewPassage:
    return versions.NewPassage(
        id=str(uuid.uuid4()),
        start=start,
        end=start + len(text),
        text=text,
        heading=("A", "B"),
        page=1,
        anchor="s1",
        language="zh-Hant",
        status=None,
        status_reason=None,
        version_date=None,
        vectors={"e5": b"\x00\x01", "lexical": b""},
        page_breaks=breaks,
    )


def new_version(text: str, title: str = "T") -> versions.NewVersion:
    return versions.NewVersion(
        title=title, language="zh-Hant", pages=1, encoding=None, version_date=None, pair_key="file:x", text=text
    )


def take_in(
    database: Database,
    text: str,
    *,
    source: str = "a.txt",
    department: str = "d",
    level: Classification = Classification.OPEN,
    sha: str | None = None,
    breaks: tuple[tuple[int, int], ...] = (),
) -> tuple[str, int, list[str]]:
    with database.begin() as connection:
        accepted = versions.accept(
            connection,
            source=source,
            name=source,
            placement=Placement(department, level),
            sha256=sha or uuid.uuid4().hex * 2,
            media_type="text/plain",
        )
        row = new_passage(text, breaks=breaks)
        versions.stage(connection, accepted.document_id, accepted.version, new_version(text), [row])
        old = versions.publish(connection, accepted.document_id, accepted.version, level)
    return accepted.document_id, accepted.version, [row.id, *old]


def test_what_was_stored_comes_back_to_the_letter(database: Database) -> None:
    text = "第十九條 𠮷野家 \u0000".replace("\u0000", "") + "😀 e\u0301"
    document_id, _version, _ids = take_in(database, text)
    with database.connect() as connection:
        document = documents.get_document(connection, document_id, OWNER)
        assert (document.title, document.version, document.passages, document.status) == ("T", 1, 1, "indexed")
        assert documents.document_text(connection, document_id, OWNER) == text
        [passage] = passages.passages_of(connection, document_id, OWNER)
        assert (passage.text, passage.heading, passage.page, passage.anchor) == (text, ("A", "B"), 1, "s1")
        assert passages.load_vectors(connection, [passage.id])[passage.id] == {"e5": b"\x00\x01", "lexical": b""}


def test_page_breaks_come_back(database: Database) -> None:
    _, _, [with_breaks] = take_in(database, "two pages", source="b.pdf", breaks=((0, 3), (4, 5)))
    _, _, [without] = take_in(database, "one page")
    with database.connect() as connection:
        passage = passages.passage_by_id(connection, with_breaks, OWNER)
        assert passage.page_breaks == ((0, 3), (4, 5))
        assert [passage.page_at(at) for at in (0, 3, 4, 8)] == [3, 3, 5, 5]
        passage = passages.passage_by_id(connection, without, OWNER)
        assert (passage.page_breaks, passage.page_at(5)) == ((), 1)


def test_the_same_bytes_are_unchanged_until_something_else_changes(database: Database) -> None:
    take_in(database, "one", sha="a" * 64)

    def accept(sha: str, level: Classification = Classification.OPEN, department: str = "d") -> versions.Accepted:
        with database.begin() as connection:
            return versions.accept(
                connection,
                source="a.txt",
                name="a.txt",
                placement=Placement(department, level),
                sha256=sha,
                media_type="text/plain",
            )

    assert accept("a" * 64).state == "unchanged"
    assert accept("a" * 64, department="other").state == "new"
    assert accept("a" * 64, Classification.CONFIDENTIAL).state == "new"


def test_a_new_version_replaces_and_the_old_stays_for_citations(database: Database) -> None:
    document_id, _, [old_id] = take_in(database, "old words")
    again, version, ids = take_in(database, "new words")
    assert (again, version, old_id in ids) == (document_id, 2, True)
    with database.connect() as connection:
        assert [p.text for p in passages.passages_of(connection, document_id, OWNER)] == ["new words"]
        assert passages.all_current_ids(connection) == {ids[0]}
        assert passages.passage_by_id(connection, old_id, OWNER).text == "old words"
        assert documents.document_text(connection, document_id, OWNER, 1) == "old words"


def test_a_failed_version_leaves_the_one_before(database: Database) -> None:
    document_id, _, _ = take_in(database, "good")
    with database.begin() as connection:
        accepted = versions.accept(
            connection,
            source="a.txt",
            name="a.txt",
            placement=Placement("d", Classification.OPEN),
            sha256="f" * 64,
            media_type="text/plain",
        )
        versions.fail(connection, document_id, accepted.version, "broken")
    with database.connect() as connection:
        assert [p.text for p in passages.passages_of(connection, document_id, OWNER)] == ["good"]
        assert versions.pending(connection) == []


def test_what_is_deleted_is_gone_for_everyone(database: Database) -> None:
    document_id, _, ids = take_in(database, "gone")
    with database.begin() as connection:
        assert list(removal.remove_seen(connection, [document_id], OWNER).passages) == ids
    with database.connect() as connection:
        assert passages.all_current_ids(connection) == set()
        assert documents.list_documents(connection, OWNER, limit=10) == []
        with pytest.raises(NotFoundError):
            documents.get_document(connection, document_id, OWNER)
        with pytest.raises(NotFoundError):
            passages.passage_by_id(connection, ids[0], OWNER)


def remove_one(connection: sa.Connection, document_id: str, scope: Scope) -> removal.Removed:
    return removal.remove_seen(connection, [document_id], scope)


def test_every_read_keeps_to_the_rule_of_access(database: Database) -> None:
    """The SQL predicate against `may_see`, for every mix of department, level and scope."""
    made = {}
    for department, level in itertools.product(("a", "b"), Classification):
        document_id, _, [passage_id] = take_in(
            database, f"{department}{level}", source=f"{department}{level}", department=department, level=level
        )
        made[department, level] = (document_id, passage_id)
    scopes = [
        NOTHING,
        OWNER,
        *(
            scope_for(Actor("x", frozenset(own), level))
            for own in ((), ("a",), ("b",), ("a", "b"))
            for level in Classification
        ),
    ]
    with database.connect() as connection:
        for scope in scopes:
            wanted = {key for key in made if may_see(scope, *key)}
            listed = {d.id for d in documents.list_documents(connection, scope, limit=100)}
            found = passages.passages_by_ids(connection, [p for _, p in made.values()], scope)
            by_anchor = passages.passages_by_anchor(connection, scope, pair_key="file:x", anchors=("s1",))
            assert listed == {made[key][0] for key in wanted}
            assert {p.id for p in found} == {made[key][1] for key in wanted}
            assert {p.id for p in by_anchor} == {made[key][1] for key in wanted}
            assert documents.count_documents(connection, scope) == len(wanted)
            for key, (document_id, passage_id) in made.items():
                if key in wanted:
                    assert documents.document_text(connection, document_id, scope)
                else:
                    for call, wanted_id in (
                        (documents.get_document, document_id),
                        (documents.document_text, document_id),
                        (passages.passage_by_id, passage_id),
                        (remove_one, document_id),
                    ):
                        with pytest.raises(NotFoundError):
                            call(connection, wanted_id, scope)


def test_pages_of_documents_join_without_gaps(database: Database) -> None:
    for number in range(7):
        take_in(database, f"text {number}", source=f"{number}.txt")
    seen: list[str] = []
    after = None
    with database.connect() as connection:
        while page := documents.list_documents(connection, OWNER, limit=3, after=after):
            seen += [document.id for document in page]
            after = page[-1].id
    assert len(seen) == len(set(seen)) == 7


def test_migrations_may_run_again(database: Database) -> None:
    document_id, _, _ = take_in(database, "kept")
    database.migrate()
    with database.connect() as connection:
        assert documents.get_document(connection, document_id, OWNER).title == "T"
