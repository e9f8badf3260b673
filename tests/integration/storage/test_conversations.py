"""Conversations, turns and prompts on SQLite and PostgreSQL: whose they are, what is found, what is withheld."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from lionrock.access import LOCAL_OWNER, NOTHING, Actor, scope_for
from lionrock.errors import ConflictError, NotFoundError, UsageError
from lionrock.records import Classification, Placement, Scope
from lionrock.storage import conversations as stored
from lionrock.storage import prompts, removal, turns, versions
from lionrock.storage.conversations import Listing
from lionrock.storage.database import Database
from lionrock.storage.tables import metadata
from lionrock.storage.turns import Basis, Ended, NewTurn, Rating

ANN = Actor("ann", frozenset({"parks"}), Classification.CONFIDENTIAL)
BEN = Actor("ben", frozenset({"parks", "roads"}), Classification.OPEN)
CAT = Actor("cat", frozenset({"roads"}), Classification.CONFIDENTIAL)
EVERYTHING = scope_for(LOCAL_OWNER)


def begin(database: Database, actor: Actor = ANN, title: str = "", folder: str = "", department: str = "parks") -> str:
    with database.begin() as connection:
        return stored.create_conversation(connection, actor, department=department, title=title, folder=folder)


def ask(database: Database, conversation: str, question: str, revision: int, **more: Any) -> turns.Turn:
    new = NewTurn(str(uuid.uuid4()), question, None, {"language": "auto"}, "server", **more)
    with database.begin() as connection:
        return turns.add_turn(connection, conversation, revision, new, question[:20])


def finish(database: Database, turn: turns.Turn, words: str, basis: Sequence[Basis] = ()) -> bool:
    hits = [{"document_id": item.document_id} for item in basis]
    ended = Ended("done", None, None, {"hits": hits}, {"answer": words, "sentences": []}, 5, basis)
    with database.begin() as connection:
        return turns.finish_turn(connection, turn.id, ended)


def put(database: Database, department: str = "parks", level: Classification = Classification.OPEN) -> Basis:
    """A document without text: only where it belongs counts here."""
    with database.begin() as connection:
        source = uuid.uuid4().hex
        made = versions.accept(
            connection,
            source=source,
            name=source,
            placement=Placement(department, level),
            sha256=source * 2,
            media_type="text/plain",
        )
    return Basis(made.document_id, department, int(level))


def read(database: Database, conversation: str, scope: Scope, **options: Any) -> list[turns.Turn]:
    with database.connect() as connection:
        return turns.turns_of(connection, conversation, scope, **options)


def titles(database: Database, actor: Actor, scope: Scope | None = None, **wanted: Any) -> list[str]:
    with database.connect() as connection:
        found = stored.find_conversations(connection, actor, scope or scope_for(actor), Listing(**wanted), limit=50)
        return [item.title for item in found]


def test_what_was_asked_and_answered_comes_back_to_the_letter(database: Database) -> None:
    conversation = begin(database)
    words = "第十九條 𠮷野家 😀 e\u0301 'quoted' \u202e"
    turn = ask(database, conversation, words, 0)
    assert (turn.ordinal, turn.status, turn.answer) == (1, "running", None)
    assert finish(database, turn, words, [put(database)])
    [found] = read(database, conversation, EVERYTHING)
    assert (found.question, found.status, found.last_event, found.withheld) == (words, "done", 5, False)
    assert found.answer is not None and found.answer["answer"] == words
    assert found.finished_at is not None
    assert not finish(database, turn, "again"), "it ends once"
    assert read(database, conversation, EVERYTHING)[0].answer == found.answer


def test_a_conversation_is_its_owners_until_it_is_shared(database: Database) -> None:
    conversation = begin(database, title="Benches")
    with database.connect() as connection:
        assert stored.readable_conversation(connection, conversation, ANN).title == "Benches"
        for actor in (BEN, CAT, LOCAL_OWNER):
            with pytest.raises(NotFoundError):
                stored.readable_conversation(connection, conversation, actor)
    with database.begin() as connection:
        stored.change_conversation(connection, conversation, shared=True)
    assert titles(database, BEN, shared=True) == titles(database, LOCAL_OWNER, shared=True) == ["Benches"]
    assert titles(database, BEN) == titles(database, ANN, shared=True) == titles(database, CAT, shared=True) == []
    with database.connect() as connection:
        assert stored.readable_conversation(connection, conversation, BEN).owner == "ann"
        for actor, way in ((CAT, stored.readable_conversation), (BEN, stored.owned_conversation)):
            with pytest.raises(NotFoundError):
                way(connection, conversation, actor)


def test_of_two_questions_in_one_revision_only_one_is_kept(database: Database) -> None:
    conversation = begin(database)
    ask(database, conversation, "one", 0)
    with pytest.raises(ConflictError):
        ask(database, conversation, "two", 0)
    ask(database, conversation, "three", 1)
    assert [(t.ordinal, t.question) for t in read(database, conversation, EVERYTHING)] == [(1, "one"), (2, "three")]
    with database.connect() as connection:
        found = stored.owned_conversation(connection, conversation, ANN)
    assert (found.title, found.revision, found.turns) == ("one", 2, 2)


def test_a_question_asked_anew_replaces_itself_and_what_came_after(database: Database) -> None:
    conversation = begin(database)
    first, second = ask(database, conversation, "a", 0), ask(database, conversation, "b", 1)
    ask(database, conversation, "c", 2)
    with database.connect() as connection:
        assert turns.earlier_questions(connection, conversation, before=second.id) == ["a"]
    ask(database, conversation, "b2", 3, replaces=second.id)
    assert [t.question for t in read(database, conversation, EVERYTHING)] == ["a", "b2"]
    kept = read(database, conversation, EVERYTHING, replaced=True)
    assert [(t.question, t.replaced) for t in kept] == [("a", False), ("b", True), ("c", True), ("b2", False)]
    other = begin(database)
    elsewhere = ask(database, other, "x", 0)
    for wrong in (second.id, elsewhere.id, str(uuid.uuid4())):
        with pytest.raises(NotFoundError):
            ask(database, conversation, "d", 4, replaces=wrong)
    with database.connect() as connection:
        assert stored.owned_conversation(connection, conversation, ANN).revision == 4, "nothing by half"
        assert turns.replaced_turns(connection, [first.id, second.id]) == {second.id}


def test_a_turn_is_withheld_from_whoever_may_not_see_what_it_rests_on(database: Database) -> None:
    conversation = begin(database)
    open_one, secret = put(database), put(database, level=Classification.CONFIDENTIAL)
    finish(database, ask(database, conversation, "plain", 0), "seen", [open_one])
    finish(database, ask(database, conversation, "mixed", 1), "hidden", [open_one, secret])
    finish(database, ask(database, conversation, "nothing found", 2), "none")
    shown = [(t.question, t.withheld, t.answer is None) for t in read(database, conversation, scope_for(BEN))]
    assert shown == [("plain", False, False), ("mixed", True, True), ("nothing found", False, False)]
    assert not any(t.withheld for t in read(database, conversation, scope_for(ANN)))
    assert [t.withheld for t in read(database, conversation, NOTHING)] == [True, True, False]


def test_rights_are_those_of_the_reading_also_for_the_owner_and_for_deleted_documents(database: Database) -> None:
    conversation = begin(database)
    secret = put(database, level=Classification.CONFIDENTIAL)
    finish(database, ask(database, conversation, "q", 0), "words", [secret])
    lower = scope_for(Actor("ann", frozenset({"parks"}), Classification.OPEN))

    def withheld() -> list[bool]:
        return [read(database, conversation, scope)[0].withheld for scope in (scope_for(ANN), lower, scope_for(CAT))]

    assert withheld() == [False, True, True]
    with database.begin() as connection:
        removal.remove(connection, [secret.document_id])
    assert withheld() == [False, True, True]
    assert read(database, conversation, scope_for(ANN))[0].deleted == {secret.document_id}
    with database.begin() as connection:
        removal.purge(connection, [secret.document_id])
    assert withheld() == [False, True, True], "a purged document keeps the place that it had"
    assert read(database, conversation, scope_for(ANN))[0].deleted == {secret.document_id}


def test_a_document_that_moved_counts_where_it_is_now(database: Database) -> None:
    conversation = begin(database)
    moved = put(database)
    finish(database, ask(database, conversation, "q", 0), "words", [moved])
    table = metadata.tables["documents"]
    with database.begin() as connection:
        connection.execute(table.update().where(table.c.id == moved.document_id).values(department="roads"))
    scopes = [scope_for(actor) for actor in (ANN, CAT, LOCAL_OWNER)]
    assert [read(database, conversation, scope)[0].withheld for scope in scopes] == [True, False, False]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("學校", True), ("学校", True), ("ANNUAL leave", True), ("Ｌｅａｖｅ", True), ("leave annual", True),
        ("學 校", True), ("pier", False), ("leave pier", False), ("%", False), ("_", False), ("", True),
    ],
)  # fmt: skip
def test_search_folds_and_takes_all_words(database: Database, words: str, found: bool) -> None:
    conversation = begin(database, title="Title")
    finish(database, ask(database, conversation, "學校嘅 annual leave?", 0), "Fourteen days")
    begin(database, title="Another")
    shown = titles(database, ANN, words=words)
    assert ("Title" in shown) == found
    assert ("Another" in shown) == (words == "")


def test_search_reads_titles_questions_and_answers_that_are_shown(database: Database) -> None:
    conversation = begin(database, title="Piers")
    old = ask(database, conversation, "lighthouse", 0)
    finish(database, ask(database, conversation, "harbour", 1, replaces=old.id), "Queen")
    assert [titles(database, ANN, words=w) for w in ("piers", "harbour", "queen", "lighthouse")] == [
        ["Piers"], ["Piers"], ["Piers"], [],
    ]  # fmt: skip


def test_search_does_not_tell_the_words_of_a_withheld_answer(database: Database) -> None:
    conversation = begin(database, title="T")
    finish(database, ask(database, conversation, "who?", 0), "Cheung", [put(database, level=Classification.RESTRICTED)])
    with database.begin() as connection:
        stored.change_conversation(connection, conversation, shared=True)
    assert titles(database, ANN, words="cheung") == ["T"]
    assert titles(database, BEN, shared=True, words="who") == ["T"]
    assert titles(database, BEN, shared=True, words="cheung") == []
    assert titles(database, ANN, NOTHING, words="cheung") == []


def test_pages_go_on_where_the_last_one_ended(database: Database) -> None:
    made = [begin(database, title=f"n{number}") for number in range(7)]
    table = metadata.tables["conversations"]
    with database.begin() as connection:
        # Three of the same moment: their ids decide.
        same = table.c.id.in_(made[2:5])
        connection.execute(table.update().where(same).values(updated_at=datetime(2030, 1, 1, 1, 2, 3, 4, tzinfo=UTC)))
    seen: list[str] = []
    after = None
    with database.connect() as connection:
        while True:
            page = stored.find_conversations(connection, ANN, EVERYTHING, Listing(), limit=2, after=after)
            seen += [item.title for item in page]
            if len(page) < 2:
                break
            after = stored.cursor_of(page[-1])
        assert sorted(seen) == [f"n{number}" for number in range(7)]
        assert set(seen[:3]) == {"n2", "n3", "n4"}
        assert seen[3:] == ["n6", "n5", "n1", "n0"]
        for wrong in ("x", "", ".", "9" * 40 + ".a"):
            with pytest.raises(UsageError):
                stored.find_conversations(connection, ANN, EVERYTHING, Listing(), limit=2, after=wrong)


def test_folders_are_counted_and_listed(database: Database) -> None:
    for title, folder in (("a", "Leave"), ("b", "Leave"), ("c", "合約"), ("d", "")):
        begin(database, title=title, folder=folder)
    begin(database, BEN, title="e", folder="Leave")
    with database.connect() as connection:
        assert sorted(stored.folders_of(connection, ANN)) == [("Leave", 2), ("合約", 1)]
    assert sorted(titles(database, ANN, folder="Leave")) == ["a", "b"]
    assert titles(database, ANN, folder="") == ["d"]


def test_a_deleted_conversation_leaves_no_row(database: Database) -> None:
    kept = begin(database, title="kept")
    finish(database, ask(database, kept, "q", 0), "a", [put(database)])
    gone = begin(database)
    turn = ask(database, gone, "secret question", 0)
    finish(database, turn, "secret answer", [put(database)])
    running = ask(database, gone, "more", 1)
    with database.begin() as connection:
        assert sorted(stored.drop_conversation(connection, gone)) == sorted([turn.id, running.id])
    with database.connect() as connection:
        counts = {
            name: connection.execute(sa.select(sa.func.count()).select_from(metadata.tables[name])).scalar_one()
            for name in ("conversations", "turns", "turn_documents")
        }
    assert counts == {"conversations": 1, "turns": 1, "turn_documents": 1}
    assert not finish(database, running, "too late")


def test_turns_that_a_server_left_are_told_as_stopped(database: Database) -> None:
    conversation = begin(database)
    done, lost = ask(database, conversation, "a", 0), ask(database, conversation, "b", 1)
    finish(database, done, "words")
    with database.begin() as connection:
        assert turns.stop_unfinished(connection, "other", "why", before=datetime.now(UTC) - timedelta(hours=1)) == 0
        assert turns.stop_unfinished(connection, "server", "why", before=datetime.now(UTC) - timedelta(hours=1)) == 1
    told = [(t.status, t.reason) for t in read(database, conversation, EVERYTHING)]
    assert told == [("done", None), ("stopped", "why")]
    again = ask(database, conversation, "c", 2)
    with database.begin() as connection:
        assert turns.stop_unfinished(connection, "other", "old", before=datetime.now(UTC) + timedelta(hours=1)) == 1
    assert {lost.id, again.id} == {t.id for t in read(database, conversation, EVERYTHING) if t.status == "stopped"}


def test_a_rating_is_kept_and_taken_back(database: Database) -> None:
    conversation = begin(database)
    turn = ask(database, conversation, "q", 0)
    for rating, kept in ((Rating(-1, ("wrong",), "no"), Rating(-1, ("wrong",), "no")), (Rating(0, (), ""), None)):
        with database.begin() as connection:
            turns.rate_turn(connection, turn.id, rating)
        assert read(database, conversation, EVERYTHING)[0].rating == kept


def test_prompts_are_ones_own_or_shared_with_the_department(database: Database) -> None:
    with database.begin() as connection:
        for actor, name, shared in ((ANN, "mine", False), (BEN, "shared", True), (BEN, "private", False)):
            prompts.add_prompt(connection, actor, department="parks", name=name, text="To {name}", shared=shared)
        assert [p.name for p in prompts.all_prompts(connection, ANN)] == ["mine", "shared"]
        assert [p.name for p in prompts.all_prompts(connection, CAT)] == []
        assert [p.name for p in prompts.all_prompts(connection, LOCAL_OWNER)] == ["shared"]
        [_, shared_one] = prompts.all_prompts(connection, ANN)
        with pytest.raises(NotFoundError):
            prompts.owned_prompt(connection, shared_one.id, ANN)
        prompts.change_prompt(connection, shared_one.id, text="new", shared=False)
        assert prompts.owned_prompt(connection, shared_one.id, BEN).text == "new"
        with pytest.raises(NotFoundError):
            prompts.readable_prompt(connection, shared_one.id, ANN)
        prompts.drop_prompt(connection, shared_one.id)
        assert [p.name for p in prompts.all_prompts(connection, BEN)] == ["private"]
