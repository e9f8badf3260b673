"""One contract for every index: in memory, embedded, and a Qdrant server (its client's own in-memory engine)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import QdrantClient

from lionrock.access import LOCAL_OWNER, NOTHING, Actor, scope_for
from lionrock.errors import EndpointError, IndexUnavailableError
from lionrock.index.embedded import EdgeIndex
from lionrock.index.memory import MemoryIndex
from lionrock.index.port import Index, IndexQuery, Point, Schema
from lionrock.index.server import ServerIndex, connect
from lionrock.records import Classification, Language, Scope, SparseVector

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact"),
]
SCHEMA = Schema({"one": 16, "two": 8})
DEPARTMENTS = 12
LANGUAGES: tuple[Language, ...] = ("zh-Hant", "en", "zh-Hans", "en")
MAKERS: dict[str, Callable[[Path], Index]] = {
    "memory": lambda folder: MemoryIndex(),
    "embedded": lambda folder: EdgeIndex(folder / "edge", SCHEMA),
    "server": lambda folder: ServerIndex(QdrantClient(":memory:"), SCHEMA),
}


@pytest.fixture(params=sorted(MAKERS))
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    made = MAKERS[request.param](tmp_path)
    yield made
    made.close()


def unit(random: np.random.Generator, size: int) -> np.ndarray:
    values = random.normal(size=size).astype(np.float32)
    return values / np.linalg.norm(values)


def point(
    random: np.random.Generator,
    *,
    document: str = "d",
    department: str = "a",
    level: int = 0,
    language: Language = "zh-Hant",
) -> Point:
    tokens = np.unique(random.integers(0, 400, 12)).astype(np.uint32)
    return Point(
        str(uuid.UUID(bytes=random.bytes(16))),
        document,
        department,
        Classification(level),
        language,
        {"one": unit(random, 16), "two": unit(random, 8)},
        SparseVector(tokens, random.random(len(tokens)).astype(np.float32) + 0.1),
    )


def many(count: int, seed: int = 1) -> list[Point]:
    random = np.random.default_rng(seed)
    return [
        point(
            random,
            document=str(uuid.UUID(int=at // 10)),
            department=f"d{at % DEPARTMENTS}",
            level=at % 3,
            language=LANGUAGES[at % 4],
        )
        for at in range(count)
    ]


def like(wanted: Point, *, limit: int = 10) -> IndexQuery:
    return IndexQuery(wanted.pool, dict(wanted.dense), wanted.sparse, limit)


def of(departments: set[str], ceiling: int = 2) -> Scope:
    return scope_for(Actor("x", frozenset(departments), Classification(ceiling)))


EVERYTHING = scope_for(LOCAL_OWNER)


def test_an_empty_index_finds_nothing(index: Index) -> None:
    wanted = many(1)[0]
    assert index.search([like(wanted)], EVERYTHING) == [[]]
    assert index.ids() == set()


def test_a_point_is_found_by_each_leg_alone(index: Index) -> None:
    points = many(200)
    index.upsert(points)
    for wanted in points[:6]:
        for query in (
            IndexQuery(wanted.pool, {"one": wanted.dense["one"]}, None, 3),
            IndexQuery(wanted.pool, {"two": wanted.dense["two"]}, None, 3),
            IndexQuery(wanted.pool, {}, wanted.sparse, 5),
        ):
            assert wanted.passage_id in index.search([query], EVERYTHING)[0]
    assert index.ids() == {p.passage_id for p in points}


def test_the_other_pool_is_left_alone(index: Index) -> None:
    points = many(60)
    index.upsert(points)
    pools = {p.passage_id: p.pool for p in points}
    zh, en = index.search([like(points[0]), like(points[1])], EVERYTHING)
    assert zh and en
    assert {pools[i] for i in zh} == {"zh"}
    assert {pools[i] for i in en} == {"en"}


def test_an_empty_scope_sees_nothing(index: Index) -> None:
    points = many(40)
    index.upsert(points)
    assert index.search([like(points[0])], NOTHING) == [[]]
    assert index.search([like(points[0])], of(set())) == [[]]
    assert index.search([like(points[0])], of({"nowhere"})) == [[]]


def test_a_scope_never_shows_other_departments_or_higher_levels(index: Index) -> None:
    points = many(300)
    index.upsert(points)
    by_id = {p.passage_id: p for p in points}
    for departments, ceiling in (({"d1"}, 0), ({"d2", "d5"}, 1), ({"d0", "d7", "d9"}, 2)):
        scope = of(departments, ceiling)
        for wanted in points[:20]:
            for found in index.search([like(wanted, limit=50)], scope)[0]:
                assert by_id[found].department in departments
                assert by_id[found].classification <= ceiling


def test_recall_under_any_departments_equals_exact_search(index: Index) -> None:
    points = many(1500)
    index.upsert(points)
    exact = MemoryIndex()
    exact.upsert(points)
    random = np.random.default_rng(5)
    missed = []
    for at in range(30):
        scope = of({f"d{d}" for d in random.choice(DEPARTMENTS, 1 + at % 5, replace=False)})
        target = point(random, language=LANGUAGES[at % 4])
        for leg in (
            IndexQuery(target.pool, {"one": target.dense["one"]}, None, 10),
            IndexQuery(target.pool, {"two": target.dense["two"]}, None, 10),
            IndexQuery(target.pool, {}, target.sparse, 10),
        ):
            want, got = set(exact.search([leg], scope)[0]), set(index.search([leg], scope)[0])
            if len(want & got) < len(want):
                missed.append((at, want - got))
    assert not missed


def test_recall_under_any_narrowing_equals_exact_search(index: Index) -> None:
    points = many(1500)
    index.upsert(points)
    exact = MemoryIndex()
    exact.upsert(points)
    random = np.random.default_rng(6)
    documents = sorted({p.document_id for p in points})
    missed = []
    for at in range(24):
        chosen = frozenset(random.choice(documents, 1 + at * 5, replace=False).tolist())
        languages: frozenset[Language] = frozenset(LANGUAGES[: at % 3])
        target = point(random, language=LANGUAGES[at % 4])
        narrowed = {"documents": chosen, "languages": languages}
        for leg in (
            IndexQuery(target.pool, {"one": target.dense["one"]}, None, 10, **narrowed),
            IndexQuery(target.pool, {"two": target.dense["two"]}, None, 10, **narrowed),
            IndexQuery(target.pool, {}, target.sparse, 10, **narrowed),
        ):
            for scope in (EVERYTHING, of({"d1", "d2", "d3"}, 1)):
                want, got = set(exact.search([leg], scope)[0]), set(index.search([leg], scope)[0])
                if want - got:
                    missed.append((at, want - got))
    assert not missed


def test_a_narrowing_keeps_to_its_documents_and_languages_and_shows_no_more_than_the_scope(index: Index) -> None:
    points = many(400)
    index.upsert(points)
    by_id = {p.passage_id: p for p in points}
    wanted = points[0]
    own = replace(like(wanted, limit=400), documents=frozenset((wanted.document_id,)))
    of_one = {p.passage_id for p in points if p.document_id == wanted.document_id and p.pool == "zh"}
    assert set(index.search([own], EVERYTHING)[0]) == of_one
    simplified = replace(own, languages=frozenset(("zh-Hans",)))
    assert {by_id[found].language for found in index.search([simplified], EVERYTHING)[0]} == {"zh-Hans"}
    department = of({wanted.department})
    assert {by_id[found].department for found in index.search([own], department)[0]} == {wanted.department}
    for nothing in (frozenset[str](), frozenset(("nowhere",))):
        assert index.search([replace(own, documents=nothing)], EVERYTHING) == [[]]
    assert index.search([replace(own, languages=frozenset(("en",)))], EVERYTHING) == [[]]
    assert index.search([own], NOTHING) == [[]]


def test_what_is_deleted_or_replaced_is_gone_at_once(index: Index) -> None:
    points = many(50)
    index.upsert(points)
    gone, kept = points[0], points[2]
    index.delete([gone.passage_id, str(uuid.uuid4())])
    assert gone.passage_id not in index.search([like(gone)], EVERYTHING)[0]
    assert gone.passage_id not in index.ids()
    moved = Point(kept.passage_id, "d", "elsewhere", kept.classification, kept.language, kept.dense, kept.sparse)
    index.upsert([moved])
    assert kept.passage_id in index.search([like(kept)], of({"elsewhere"}))[0]
    assert kept.passage_id not in index.search([like(kept)], of({kept.department}))[0]
    assert len(index.ids()) == 49


def test_a_rebuild_replaces_everything_and_tells_how_far_it_is(index: Index) -> None:
    old, fresh = many(30, seed=1), many(700, seed=2)
    index.upsert(old)
    told: list[tuple[int, int]] = []
    index.rebuild(iter(fresh), len(fresh), lambda done, total: told.append((done, total)))
    assert index.ids() == {p.passage_id for p in fresh}
    assert fresh[3].passage_id in index.search([like(fresh[3])], EVERYTHING)[0]
    assert told[-1] == (700, 700)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    index.upsert(old)
    assert len(index.ids()) == 730


def test_the_embedded_index_keeps_what_it_was_given(tmp_path: Path) -> None:
    points = many(50)
    one = EdgeIndex(tmp_path / "edge", SCHEMA)
    one.upsert(points)
    one.close()
    again = EdgeIndex(tmp_path / "edge", SCHEMA)
    assert again.ids() == {p.passage_id for p in points}
    again.close()


def test_an_embedded_index_of_another_version_or_damaged_is_refused(tmp_path: Path) -> None:
    EdgeIndex(tmp_path / "edge", SCHEMA).close()
    with pytest.raises(IndexUnavailableError, match="another version"):
        EdgeIndex(tmp_path / "edge", Schema(SCHEMA.dense, version=99))
    with pytest.raises(IndexUnavailableError, match="another version"):
        EdgeIndex(tmp_path / "edge", Schema(SCHEMA.dense, payload=1))
    (tmp_path / "edge" / "schema.json").unlink()
    with pytest.raises(IndexUnavailableError, match="damaged"):
        EdgeIndex(tmp_path / "edge", SCHEMA)
    EdgeIndex.create(tmp_path / "edge", SCHEMA).close()


def test_a_server_of_another_schema_begins_anew_and_an_absent_one_says_so() -> None:
    client = QdrantClient(":memory:")
    first = ServerIndex(client, SCHEMA)
    first.upsert(many(10))
    assert len(ServerIndex(client, SCHEMA).ids()) == 10
    assert ServerIndex(client, Schema(SCHEMA.dense, version=2)).ids() == set()
    assert len(client.get_collections().collections) == 1
    with pytest.raises(EndpointError, match="does not answer"):
        ServerIndex(connect("http://127.0.0.1:9"), SCHEMA)
