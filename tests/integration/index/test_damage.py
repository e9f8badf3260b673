"""An embedded index whose files were damaged: refused with one error, and mended by the App from the database."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lionrock.access import LOCAL_OWNER, scope_for
from lionrock.app import App, Upload
from lionrock.errors import IndexUnavailableError
from lionrock.index.embedded import EdgeIndex
from lionrock.index.memory import MemoryIndex
from lionrock.index.mending import MendingIndex
from lionrock.index.port import Index, IndexQuery, Point, Schema
from lionrock.records import Classification, Scope, SparseVector

EVERYTHING = scope_for(LOCAL_OWNER)
SCHEMA = Schema({"one": 16})
QUERY = IndexQuery("zh", {"one": np.ones(16, np.float32)})


def files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "shard").rglob("*") if path.is_file())


def overwritten(folder: Path) -> None:
    for path in files(folder):
        path.write_bytes(random.Random(7).randbytes(path.stat().st_size))


def halved(folder: Path) -> None:
    for path in files(folder):
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size // 2)


def deleted(folder: Path) -> None:
    for path in files(folder):
        path.unlink()


def vectors_cut(folder: Path) -> None:
    path = max((path for path in files(folder) if "vector_storage" in str(path)), key=lambda path: path.stat().st_size)
    with path.open("r+b") as file:
        file.truncate(8)


def points_lost(folder: Path) -> None:
    """The engine opens this one without a word, as an index of no points."""
    for path in files(folder):
        if path.name == "mutable_id_tracker.mappings":
            path.unlink()


def unsealed_cut(folder: Path) -> None:
    """As after a crash: nobody noted what the files were like, the damage shows when they are searched."""
    (folder / "seal.json").unlink()
    vectors_cut(folder)


DAMAGES = [overwritten, halved, deleted, vectors_cut, points_lost, unsealed_cut]


def put(app: App, name: str, text: str) -> Any:
    [result] = app.ingest([Upload(name, name, data=text.encode())])
    return result


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_made_anew_from_the_database(
    make_app: Callable[..., App], tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    app = make_app()
    for number in range(8):
        put(app, f"{number}.md", f"# Notice {number}\n\nPier {number} is closed on Sunday.\n")
    before = [hit.passage.id for hit in app.search("pier 3 closed", EVERYTHING).hits]
    app.close()
    damage(tmp_path / "home" / "index" / "edge")
    again = make_app()
    told: list[tuple[int, int]] = []
    again._derived._progress = lambda done, total: told.append((done, total))
    assert [hit.passage.id for hit in again.search("pier 3 closed", EVERYTHING).hits] == before
    assert told[-1] == (8, 8)
    assert put(again, "new.md", "# New\n\nThe ferry leaves at nine.\n").status == "indexed"
    assert any("ferry" in hit.passage.text for hit in again.search("ferry leaves", EVERYTHING).hits)
    again.close()
    assert not (tmp_path / "home" / "index" / "edge.old").exists()


def test_an_index_that_is_whole_is_not_made_anew(make_app: Callable[..., App]) -> None:
    app = make_app()
    put(app, "a.md", "# A\n\nThe ferry leaves at nine.\n")
    for _ in range(2):
        app.close()
        app = make_app()
        assert app.search("ferry leaves", EVERYTHING).hits
        assert app._derived.fillings == 0


def test_damage_while_documents_are_taken_in(make_app: Callable[..., App], tmp_path: Path) -> None:
    app = make_app()
    put(app, "a.md", "# A\n\nThe ferry leaves at nine.\n")
    app._derived.index().close()
    assert put(app, "b.md", "# B\n\nThe bus leaves at ten.\n").status == "indexed"
    assert len(app.search("leaves", EVERYTHING).hits) == 2
    with app._database.connect():
        assert len(app.index().ids()) == 2


def closed_index(folder: Path) -> None:
    """An index of two points, closed in order."""
    index = EdgeIndex(folder, SCHEMA)
    vector, words = np.ones(16, np.float32) / 4, SparseVector(np.array([1], np.uint32), np.ones(1, np.float32))
    index.upsert(
        [Point(str(uuid.uuid4()), "d", "a", Classification.OPEN, "zh-Hant", {"one": vector}, words) for _ in range(2)]
    )
    index.close()


@pytest.mark.parametrize("damage", [overwritten, halved, deleted, vectors_cut, points_lost])
def test_damage_is_seen_when_the_index_is_opened(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    closed_index(tmp_path / "edge")
    damage(tmp_path / "edge")
    with pytest.raises(IndexUnavailableError, match="damaged"):
        EdgeIndex(tmp_path / "edge", SCHEMA)


def test_an_engine_that_panics_is_one_error(tmp_path: Path) -> None:
    """Without a seal the engine itself meets the damage; over these files its own code breaks off."""
    closed_index(tmp_path / "edge")
    (tmp_path / "edge" / "seal.json").unlink()
    for path in files(tmp_path / "edge"):
        if path.name == "status.dat":
            path.write_bytes(b"")
    with pytest.raises(IndexUnavailableError, match="damaged") as caught:
        EdgeIndex(tmp_path / "edge", SCHEMA)
    assert type(caught.value.__cause__).__name__ == "PanicException"


def test_a_stop_is_not_taken_for_damage() -> None:
    from lionrock.index import embedded

    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embedded._asked(stopped)


class Failing(MemoryIndex):
    """Fails as long as it is told to."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures

    def search(self, queries: Any, scope: Scope) -> list[list[str]]:
        if self.failures > 0:
            self.failures -= 1
            raise IndexUnavailableError("broken")
        return super().search(queries, scope)


def test_many_threads_mend_once() -> None:
    mended: list[Index] = []

    def mend(failed: Index) -> Index:
        mended.append(failed)
        return Failing(0)

    index = MendingIndex(Failing(100), mend)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(index.search([QUERY], EVERYTHING))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[[]]] * 8
    assert len(mended) == 1


def test_what_mending_does_not_cure_is_told() -> None:
    index = MendingIndex(Failing(1), lambda failed: Failing(1))
    with pytest.raises(IndexUnavailableError, match="broken"):
        index.search([QUERY], EVERYTHING)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04broken", b"\x93NUMPY" + bytes(90), bytes(500)])
def test_damaged_counts_are_counted_again(make_app: Callable[..., App], tmp_path: Path, data: bytes) -> None:
    app = make_app()
    put(app, "a.md", "# A\n\nThe ferry leaves at nine.\n")
    app.close()
    (tmp_path / "home" / "index" / "frequencies-en.npy").write_bytes(data)
    again = make_app()
    assert again.search("ferry", EVERYTHING).hits
    assert again._statistics.passages == 1


def test_a_deletion_counts_out_what_it_deletes_and_nothing_else(
    make_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    put(app, "a.md", "# A\n\nThe ferry leaves at nine.\n")
    put(app, "b.md", "# B\n\nThe bus leaves at nine.\n")
    gone = put(app, "b.md", "# B\n\nThe bus leaves at ten.\n").document_id
    with monkeypatch.context() as patched:
        patched.setattr(type(app._derived), "_points", lambda self: pytest.fail("counted all"))
        app.delete(gone, EVERYTHING)
    kept = {pool: (f.passages, f._counts.copy()) for pool, f in app._statistics.frequencies.items()}
    app._derived._count_again()
    for pool, frequencies in app._statistics.frequencies.items():
        assert frequencies.passages == kept[pool][0]
        assert np.array_equal(frequencies._counts, kept[pool][1])
