"""Searches narrowed to collections, documents, languages and dates: found as if nothing else existed, never more seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, get_args

import hypothesis
import pytest
from hypothesis import strategies as st

from lionrock.access import scope_for
from lionrock.answer.pipeline import AnswerEvent
from lionrock.app import App, Choice, Upload
from lionrock.errors import NotFoundError, UsageError
from lionrock.records import (
    EVERYTHING,
    Actor,
    Answer,
    Classification,
    Document,
    Language,
    Narrowing,
    Passage,
    Placement,
    Scope,
)
from lionrock.storage.changes import Change
from lionrock.text.plain import load_plain

Make = Callable[..., App]
LANGUAGES: tuple[Language, ...] = get_args(Language)
TODAY = date.today()
TEXTS = {
    "zh-Hant": "停車場的收費是每小時四十元。員工的收費較低，須出示證件。",
    "zh-Hans": "停车场的收费是每小时四十元。员工的收费较低，须出示证件。",
    "en": "The parking fee is HK$40 an hour. Staff pay less and show their card.",
}


def collection(app: App, name: str, department: str = "general", level: Classification = Classification.OPEN) -> str:
    change = Change(department=department, classification=level)
    return app.library.create_collection(name, app.owner_scope(), change).id


def add(app: App, name: str, text: str, department: str = "general", **where: Any) -> str:
    [result] = app.ingest([Upload(name, name, data=text.encode())], placement=Placement(department, **where))
    assert result.status == "indexed", result.reason
    return str(result.document_id)


def only(collection_id: str) -> Narrowing:
    return Narrowing(collections=frozenset((collection_id,)))


def sees(*departments: str, clearance: Classification = Classification.OPEN) -> Scope:
    return scope_for(Actor("someone", frozenset(departments), clearance))


def answered(app: App, question: str, **options: Any) -> Answer:
    *_, last = app.ask(question, app.owner_scope(), **options)
    assert isinstance(last, AnswerEvent)
    return last.answer


@dataclass(frozen=True)
class Office:
    """Documents of three departments, three levels, two collections, three languages, with and without a date."""

    app: App
    collections: Sequence[str]
    documents: Sequence[Document]

    def dated(self, document: Document) -> str:
        """The year stands in the source; those of the year 0 state no date."""
        year = document.source.split("-")[0]
        return f"{year}-06-30" if year != "0" else document.created_at.astimezone().date().isoformat()

    def fits(self, passage: Passage, narrowing: Narrowing) -> bool:
        document = next(d for d in self.documents if d.id == passage.document_id)
        written = {"yue", "zh-Hant", "zh-Hans"} if "yue" in narrowing.languages else set[str]()
        return (
            (not narrowing.collections or document.collection_id in narrowing.collections)
            and (not narrowing.documents or document.id in narrowing.documents)
            and (not narrowing.languages or passage.language in narrowing.languages | written)
            and (narrowing.since is None or self.dated(document) >= narrowing.since)
            and (narrowing.until is None or self.dated(document) <= narrowing.until)
        )


@pytest.fixture
def office(make_app: Make, database_url: str) -> Office:
    app = make_app(database_url)
    made = [collection(app, "One"), collection(app, "Two")]
    for at in range(36):
        language = ("zh-Hant", "zh-Hans", "en")[at % 3]
        year = (0, 2019, 2023)[at // 3 % 3]
        stated = f"{year}-06-30\n\n" if year else ""
        text = f"# {at} {language}\n\n{stated}{TEXTS[language]}\n\n## {at * 7}\n\n{TEXTS[language]} {at} {at * at}.\n"
        where = (None, made[0], made[1])[at // 9 % 3]
        level = Classification(at % 2)
        add(app, f"{year}-{at}.md", text, f"d{at % 4}", classification=level, collection_id=where)
    return Office(app, made, app.documents(app.owner_scope()))


def narrowings(office: Office) -> st.SearchStrategy[Narrowing]:
    day = st.one_of(st.none(), st.sampled_from(["2019-06-30", "2019-07-01", "2023-06-30", TODAY.isoformat()]))
    return st.builds(
        Narrowing,
        collections=st.frozensets(st.sampled_from([*office.collections, "unknown"]), max_size=2),
        documents=st.frozensets(st.sampled_from([*(d.id for d in office.documents), "unknown"]), max_size=6),
        languages=st.frozensets(st.sampled_from(LANGUAGES), max_size=2),
        since=day,
        until=day,
    )


SCOPES = st.builds(
    lambda departments, level: sees(*departments, clearance=Classification(level)),
    st.frozensets(st.sampled_from(["d0", "d1", "d2", "d3", "general"]), max_size=4),
    st.integers(0, 2),
)


def test_a_narrowing_only_takes_away_and_takes_all_else_away(office: Office) -> None:
    questions = st.sampled_from(["What is the parking fee?", "停車場收費", "“四十元”", "停车场"])

    @hypothesis.settings(max_examples=40, deadline=None)
    @hypothesis.given(SCOPES, narrowings(office), questions)
    def holds(scope: Scope, narrowing: Narrowing, question: str) -> None:
        hits = office.app.search(question, scope, limit=20, narrowing=narrowing).hits
        visible = {document.id for document in office.app.documents(scope)}
        assert {hit.passage.document_id for hit in hits} <= visible
        assert all(office.fits(hit.passage, narrowing) for hit in hits)
        there = [p for d in visible for p in office.app.document(d, scope).passages if office.fits(p, narrowing)]
        assert bool(hits) == bool(there)
        told = office.app._searched(scope, narrowing)
        assert (told.documents, told.passages) == (len({p.document_id for p in there}), len(there))

    holds()


def test_nothing_chosen_is_everything(office: Office) -> None:
    app, scope = office.app, office.app.owner_scope()
    assert app.narrowing(Choice(), scope) == EVERYTHING
    plain, narrowed = app.search("parking fee", scope), app.search("parking fee", scope, narrowing=Narrowing())
    assert [hit.passage.id for hit in plain.hits] == [hit.passage.id for hit in narrowed.hits]


def test_one_small_collection_is_searched_as_if_nothing_else_existed(make_app: Make, database_url: str) -> None:
    app = make_app(database_url)
    small = collection(app, "Small")
    wanted = add(app, "wanted.md", "# Cabinets\n\nSpare openers: see Mr Wu.\n", collection_id=small)
    other = add(app, "other.md", "# Bicycles\n\nBicycles stand in the yard.\n", collection_id=small)
    # Far more than the candidates of a leg come nearer to the question, in words and in vectors.
    question = "Which porter keeps the keys of the lockers?"
    crowd = "\n".join(f"## {at}\n\n{f'{question} {at * at} ' * 5}{'abcdefghij'[at % 10] * 9}\n" for at in range(150))
    add(app, "crowd.md", f"# Questions\n\n{crowd}")
    assert wanted not in {hit.passage.document_id for hit in app.search(question, app.owner_scope(), limit=40).hits}
    found = app.search(question, app.owner_scope(), narrowing=only(small)).hits
    assert {hit.passage.document_id for hit in found} == {wanted, other}


def test_a_language_is_searched_as_if_there_were_no_other(make_app: Make) -> None:
    app = make_app()
    question = "停車場收費多少"
    wanted = add(app, "wanted.md", "# 停车场\n\n停车场收费四十元。员工的收费较低，须出示证件。\n")
    crowd = "\n".join(f"## {at}\n\n{question}？{question}！第{at * at}號、{at * 31}。\n" for at in range(300))
    add(app, "crowd.md", f"# 問題\n\n{crowd}")
    assert wanted not in {hit.passage.document_id for hit in app.search(question, app.owner_scope(), limit=40).hits}
    for options in ({"language": "zh-Hans"}, {"narrowing": Narrowing(languages=frozenset(("zh-Hans",)))}):
        found = app.search(question, app.owner_scope(), **options).hits
        assert {hit.passage.document_id for hit in found} == {wanted}


def law(cap: int, word: str) -> str:
    body = "".join(
        f'<section temporalId="s{n}" status="operational"><num value="{n}">{n}.</num>'
        f"<heading>{word}</heading><content>Zq{n} zv{n} zk{n}.</content></section>"
        for n in range(1, 31)
    )
    return (
        '<ordinance xmlns="http://www.xml.gov.hk/schemas/hklm/1.0" xml:lang="en"><meta>'
        f"<docName>Cap. {cap}</docName><identifier>/hk/cap{cap}!en</identifier><date>2024-01-02</date>"
        f"<language>en</language></meta><main>{body}</main></ordinance>"
    )


def test_exact_references_and_plain_words_keep_to_it(make_app: Make, database_url: str) -> None:
    app = make_app(database_url)
    laws, notes = collection(app, "Laws"), collection(app, "Notes")
    ordinance = add(app, "law.xml", law(486, "Wharf"), collection_id=laws)
    other = add(app, "other.xml", law(57, "Quay"), collection_id=laws)
    add(app, "notes.md", "# Notes\n\nThe kettle is in the pantry. File AB-12/34.\n", collection_id=notes)
    plain = load_plain()["/hk/cap486", "s20"]["en"][0]
    scope = app.owner_scope()
    for question in ("Cap. 486 s. 20", "section 20", plain):
        assert {hit.passage.document_id for hit in app.search(question, scope, narrowing=only(laws)).hits} >= {
            ordinance
        }
        for elsewhere in (only(notes), Narrowing(documents=frozenset((other,))), Narrowing(until="2020-01-01")):
            found = app.search(question, scope, narrowing=elsewhere).hits
            assert ordinance not in {hit.passage.document_id for hit in found}
        assert app.search(question, scope, narrowing=Narrowing(languages=frozenset(("zh-Hant",)))).hits == ()
    assert app.search(plain, scope, narrowing=only(laws)).hits[0].passage.anchor == "s20"
    assert app.search("AB-12/34", scope, narrowing=only(laws)).hits[0].exact is False
    assert app.search("AB-12/34", scope, narrowing=only(notes)).hits[0].exact is True


def test_the_nearest_provisions_are_those_of_what_was_chosen(make_app: Make) -> None:
    app = make_app()
    first = add(app, "first.xml", law(486, "Wharf"))
    second = add(app, "second.xml", law(486, "Quay").replace('temporalId="s20"', 'temporalId="s99"'), "harbour")
    plain = load_plain()["/hk/cap486", "s20"]["en"][0]
    with app._database.connect() as connection:
        vectors = {e.name: e.embed_queries([plain])[0] for e in app._embedders}
        near = app._retriever._phrases.near(connection, "en", vectors)
        for chosen, has in ((first, True), (second, False)):
            within = Narrowing(documents=frozenset((chosen,)))
            found = near.candidates(connection, app.owner_scope(), within)
            assert {passage.document_id for passage in found} == {chosen}
            assert len({passage.anchor for passage in found}) == 5
            assert ("s20" in {passage.anchor for passage in found}) == has


def test_dates_are_the_documents_own_else_the_day_it_came_in(make_app: Make, database_url: str) -> None:
    app = make_app(database_url)
    stated = add(app, "stated.md", "# Fees\n\n2019-06-30\n\nThe fee is HK$40.\n")
    unstated = add(app, "unstated.md", "# Dues\n\nThe due is HK$50.\n")
    both = {stated, unstated}
    yesterday, today, tomorrow = ((TODAY + timedelta(days)).isoformat() for days in (-1, 0, 1))

    def found(since: str | None, until: str | None) -> set[str]:
        within = app.narrowing(Choice(since=since, until=until), app.owner_scope())
        return {hit.passage.document_id for hit in app.search("fee", app.owner_scope(), narrowing=within).hits}

    assert found("2019-06-30", None) == found(None, tomorrow) == found("0001-01-01", "9999-12-31") == both
    assert found("2019-06-30", "2019-06-30") == found(None, "2019-07-01") == {stated}
    assert found("2019-07-01", None) == found(yesterday, tomorrow) == {unstated}
    assert found(None, "2019-06-29") == found(tomorrow, None) == found("9999-12-31", None) == set()
    assert found(today, today) <= {unstated}


def test_what_is_unknown_and_what_may_not_be_seen_are_the_same(make_app: Make, database_url: str) -> None:
    app = make_app(database_url)
    secret = collection(app, "Secret", "police", Classification.CONFIDENTIAL)
    level = Classification.CONFIDENTIAL
    hidden = add(app, "s.md", "# Raid\n\nThe raid is at dawn.\n", "police", classification=level, collection_id=secret)
    seen = add(app, "o.md", "# Lunch\n\nLunch is at noon.\n")
    scope = sees("general")
    for name in (secret, "unknown"):
        assert app.search("raid", scope, narrowing=only(name)).hits == ()
        assert app._searched(scope, only(name)) == replace(app._searched(scope, only(name)), documents=0, passages=0)
        assert app._searched(scope, only(name)).collections == ()
        with pytest.raises(NotFoundError, match=f"There is no collection “{name}”, or you may not see it."):
            app.narrowing(Choice(collections=(name,)), scope)
    for name in (hidden, "unknown"):
        assert app.search("raid", scope, narrowing=Narrowing(documents=frozenset((name,)))).hits == ()
        with pytest.raises(NotFoundError, match=f"There is no document {name}, or you may not see it."):
            app.narrowing(Choice(documents=(seen, name)), scope)
    assert app.narrowing(Choice(documents=(seen,)), scope) == Narrowing(documents=frozenset((seen,)))
    assert app.narrowing(Choice(collections=("Secret",)), app.owner_scope()) == only(secret)


@pytest.mark.parametrize("wrong", ["2026", "20260331", "2026-02-30", "31/03/2026", "２０２６-03-31", "2026-W01-1", "x"])
def test_what_is_no_date_is_refused(make_app: Make, wrong: str) -> None:
    app = make_app()
    for choice in (Choice(since=wrong), Choice(until=wrong)):
        with pytest.raises(UsageError, match="is not a date"):
            app.narrowing(choice, app.owner_scope())


def test_choices_that_contradict_or_are_too_many_are_refused(make_app: Make) -> None:
    app = make_app()
    scope = app.owner_scope()
    with pytest.raises(UsageError, match="is after the last one"):
        app.narrowing(Choice(since="2026-02-01", until="2026-01-31"), scope)
    with pytest.raises(UsageError, match="At most 100 collections and 1,000 documents"):
        app.narrowing(Choice(documents=tuple(str(at) for at in range(1001))), scope)
    with pytest.raises(UsageError, match="not among the chosen ones"):
        app.search("fee", scope, language="en", narrowing=Narrowing(languages=frozenset(("zh-Hant",))))


def test_an_abstention_tells_what_was_searched_and_what_to_try(make_app: Make, database_url: str) -> None:
    app = make_app(database_url)
    empty = answered(app, "What is the fee?")
    assert empty.searched is not None and (empty.searched.documents, empty.searched.passages) == (0, 0)
    assert empty.suggestions == ("add_documents", "ask_colleague")
    fees, void = collection(app, "Fees"), collection(app, "Void")
    add(
        app,
        "fees.md",
        "# Fees\n\n2019-06-30\n\nA locker costs HK$40.\n\n## Cards\n\nA card is free.\n",
        collection_id=fees,
    )
    add(app, "other.md", "# Yard\n\nBicycles stand in the yard.\n")
    nonsense = "xylophone quokka zeppelin?"
    told = answered(app, nonsense)
    assert told.abstained and told.searched is not None
    assert (told.searched.documents, told.searched.collections) == (2, ())
    assert told.suggestions == ("other_words", "add_documents", "ask_colleague")
    within = replace(only(fees), since="2019-01-01", until="2019-12-31", languages=frozenset(("en", "yue")))
    narrowed = answered(app, nonsense, narrowing=within)
    assert narrowed.searched is not None and narrowed.searched.documents == 1
    assert (narrowed.searched.collections, narrowed.searched.languages) == (("Fees",), ("en", "yue"))
    assert (narrowed.searched.since, narrowed.searched.until) == ("2019-01-01", "2019-12-31")
    assert narrowed.suggestions == ("widen_scope", "other_words", "add_documents", "ask_colleague")
    nothing = answered(app, "What does a locker cost?", narrowing=only(void))
    assert nothing.suggestions == ("widen_scope", "add_documents", "ask_colleague")
    assert "in what you chose" in nothing.answer
    answer = answered(app, "What does a locker cost?", narrowing=only(fees))
    assert not answer.abstained and "HK$40" in answer.answer
    assert (answer.searched, answer.suggestions) == (None, ())
