"""The leg of the plain-language index: found by it, inside the scope only, and absent where there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lionrock.access import Actor, scope_for
from lionrock.app import App, Upload
from lionrock.index.memory import MemoryIndex
from lionrock.records import Classification, Scope
from lionrock.retrieve.phrases import NearPhrases
from lionrock.retrieve.retriever import Retriever
from lionrock.storage import documents, passages
from lionrock.storage.phrases import editions_told, phrase_rows
from lionrock.text.crosslingual import Bilingual
from lionrock.text.plain import load_plain

WORK = "/hk/cap486"
HEAD = (
    '<ordinance xmlns="http://www.xml.gov.hk/schemas/hklm/1.0" xml:lang="en"><meta><docName>Cap. 486</docName>'
    "<identifier>/hk/cap486!en</identifier><date>2024-01-02</date><language>en</language></meta><main>"
)
SECTIONS = range(1, 31)
NAMES = ("one", "two")
Make = Callable[..., App]


def law(word: str = "Wharf") -> bytes:
    """Thirty sections with the anchors of the Ordinance, none of whose words its phrases share."""
    body = "".join(
        f'<section temporalId="s{n}" status="operational" startPeriod="2023-05-06"><num value="{n}">{n}.</num>'
        f"<heading>{word}</heading><content>Zq{n} zv{n} zk{n}.</content></section>"
        for n in SECTIONS
    )
    return f"{HEAD}{body}</main></ordinance>".encode()


def add(app: App, data: bytes, name: str = "law.xml", **where: Any) -> str:
    [result] = app.ingest([Upload(name, name, data=data)], **where)
    assert result.status == "indexed"
    return str(result.document_id)


def phrase(anchor: str) -> str:
    return load_plain()[WORK, anchor]["en"][0]


def near(app: App, question: str) -> NearPhrases:
    retriever = app._retriever
    vectors = {e.name: e.embed_queries([question])[0] for e in app._embedders}
    with app._database.connect() as connection:
        return retriever._phrases.near(connection, "en", vectors)


def sees(*departments: str, clearance: Classification = Classification.OPEN) -> Scope:
    return scope_for(Actor("someone", frozenset(departments), clearance))


@pytest.mark.parametrize("anchor", ["s3", "s20", "s30"])
def test_a_provision_is_found_by_a_phrase_of_it(make_app: Make, database_url: str, anchor: str) -> None:
    app = make_app(database_url)
    add(app, law())
    scores = near(app, phrase(anchor)).scores
    assert max(scores, key=lambda place: scores[place]) == (WORK, anchor)
    # The mean of all lies one spread below passages that have no phrases.
    assert np.isclose(np.mean(list(scores.values())), -1.0, atol=1e-4)
    hits = app.search(phrase(anchor), app.owner_scope()).hits
    assert hits[0].passage.anchor == anchor
    assert all(phrase(anchor) not in hit.passage.text for hit in hits)


def test_it_brings_candidates_that_no_index_found(make_app: Make) -> None:
    app = make_app()
    add(app, law(), department="harbour")
    retriever = Retriever(app._database, MemoryIndex, app._statistics, app._embedders, lambda: Bilingual({}, {}))
    seen = retriever.search(phrase("s20"), sees("harbour"))
    assert seen.hits[0].passage.anchor == "s20"
    assert max(legs["phrases"] for legs in seen.legs.values()) == seen.legs[seen.hits[0].passage.id]["phrases"]
    assert retriever.search(phrase("s20"), sees("other")).hits == ()
    assert retriever.search(phrase("s20"), sees()).hits == ()


def test_it_stays_inside_the_scope(make_app: Make, database_url: str) -> None:
    app = make_app(database_url)
    add(app, law(), department="harbour", classification=Classification.RESTRICTED)
    add(app, b"# Notes\n\nThe kettle is in the pantry.\n", "notes.md", department="office")
    for scope in (sees("office"), sees("harbour"), sees("office", "harbour")):
        assert all(hit.passage.department == "office" for hit in app.search(phrase("s20"), scope).hits)
    cleared = sees("harbour", clearance=Classification.RESTRICTED)
    assert app.search(phrase("s20"), cleared).hits[0].passage.anchor == "s20"


def test_what_is_deleted_or_replaced_does_not_come_back(make_app: Make, database_url: str) -> None:
    app = make_app(database_url)
    document_id = add(app, law())
    first = {hit.passage.id for hit in app.search(phrase("s20"), app.owner_scope()).hits}
    add(app, law("Quay"))
    second = app.search(phrase("s20"), app.owner_scope()).hits
    assert second[0].passage.anchor == "s20"
    assert not first & {hit.passage.id for hit in second}
    app.delete(document_id, app.owner_scope())
    assert app.search(phrase("s20"), app.owner_scope()).hits == ()
    assert near(app, phrase("s20")).scores == {}


def test_other_documents_have_no_part_in_it(make_app: Make) -> None:
    app = make_app()
    add(app, law().replace(b"/hk/cap486", b"/hk/cap999"))
    add(app, b"# Notes\n\nThe kettle is in the pantry.\n", "notes.md")
    with app._database.connect() as connection:
        assert editions_told(connection, [WORK]) == ()
        stored = passages.load_vectors(connection, sorted(passages.all_current_ids(connection)))
    assert all(set(spaces) == {*NAMES, "lexical", "heading"} for spaces in stored.values())
    found = app._retriever.search("Where is the kettle?", app.owner_scope())
    assert all(legs["phrases"] == 0 for legs in found.legs.values())


def test_few_provisions_have_no_spread_to_measure_by(make_app: Make) -> None:
    app = make_app()
    whole = law().decode()
    add(app, (whole[: whole.index('<section temporalId="s5"')] + "</main></ordinance>").encode())
    assert near(app, phrase("s3")).scores == {}
    assert app.search(phrase("s3"), app.owner_scope()).hits[0].passage.anchor == "s3"


def test_each_phrase_has_a_vector_of_its_own_beside_the_first_passage(make_app: Make) -> None:
    app = make_app()
    add(app, law())
    with app._database.connect() as connection:
        editions = editions_told(connection, [WORK])
        rows = phrase_rows(connection, editions, NAMES)
    assert {row.place for row in rows} == {(WORK, f"s{n}") for n in SECTIONS if (WORK, f"s{n}") in load_plain()}
    assert len(rows) == 2 * len({row.place for row in rows})
    [told] = [row for row in rows if row.place == (WORK, "s20") and row.space == "one"]
    own = np.frombuffer(told.data, "<f2").reshape(-1, 96)
    assert np.allclose(own, app._embedders[0].embed_passages(load_plain()[WORK, "s20"]["en"]), atol=1e-3)


def test_passages_keep_the_vectors_of_their_own_words(make_app: Make) -> None:
    app = make_app()
    add(app, law())
    add(app, law().replace(b"/hk/cap486", b"/hk/cap999"), "other.xml")
    with app._database.connect() as connection:
        found = passages.current_passages(connection, sorted(passages.all_current_ids(connection)))
        stored = passages.load_vectors(connection, [passage.id for passage in found])
    told = {p.anchor: stored[p.id] for p in found if p.pair_key == WORK}
    other = {p.anchor: stored[p.id] for p in found if p.pair_key != WORK}
    assert all(told[anchor][name] == other[anchor][name] for anchor in told for name in NAMES)
    assert told["s20"]["lexical"] != other["s20"]["lexical"]


def test_nothing_is_embedded_when_words_are_renewed_or_the_index_is_made_anew(
    make_app: Make, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(database_url)
    add(app, law())
    with app._database.begin() as connection:
        ids = passages.all_current_ids(connection)
        before = passages.load_vectors(connection, sorted(ids))
        passages.replace_vectors(connection, {i: {"lexical": b"", "heading": b""} for i in ids})
        documents.set_meta(connection, "lexical_version", "0")
    app.close()
    again = make_app(database_url)
    monkeypatch.setattr(type(again._embedders[0]), "embed_passages", None)
    again.reindex()
    with again._database.connect() as connection:
        assert passages.load_vectors(connection, sorted(ids)) == before
    monkeypatch.undo()
    assert again.search(phrase("s20"), again.owner_scope()).hits[0].passage.anchor == "s20"
