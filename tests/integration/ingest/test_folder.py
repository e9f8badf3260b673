"""A watched folder and its documents, through the whole pipeline with fake models."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lionrock.app import App, Upload
from lionrock.app.feeds import Line, Synced
from lionrock.errors import BusyError, EndpointError, NotFoundError, UsageError
from lionrock.ingest.connectors import folder as connector
from lionrock.records import Classification, Document
from lionrock.storage.sources import items_of

RULE = "# {title}\n\nThe fee of the {title} is {fee} dollars.\n"


class Share:
    """A folder, its source and what the runs told."""

    def __init__(self, app: App, root: Path) -> None:
        self.app = app
        self.root = root
        root.mkdir(exist_ok=True)
        self.lines: list[Line] = []
        self._clock = time.time() - 10_000
        self.id = ""

    def watch(self, **options: Any) -> str:
        self.id = self.app.feeds.add(str(self.root), **options).id
        return self.id

    def write(self, name: str | bytes, title: str = "", fee: int = 1) -> Path:
        """A file whose time is a while ago, and later than that of the files before."""
        path = Path(os.fsdecode(os.fsencode(self.root) + b"/" + (name if isinstance(name, bytes) else name.encode())))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(RULE.format(title=title or path.stem.encode("utf-8", "replace").decode(), fee=fee))
        self._clock += 10
        os.utime(path, (self._clock, self._clock))
        return path

    def sync(self, **options: Any) -> Synced:
        self.lines = []
        return self.app.feeds.sync(self.id, told=self.lines.append, **options)

    def documents(self) -> dict[str, Document]:
        """By path below the folder."""
        found = self.app.documents(self.app.owner_scope(), limit=1000)
        return {document.source.removeprefix(f"{self.root}/"): document for document in found}

    def told(self, what: str) -> list[str]:
        return [line.item.removeprefix(f"{self.root}/") for line in self.lines if line.what == what]


def counts(result: Synced) -> dict[str, int]:
    names = ("added", "changed", "moved", "deleted", "unchanged", "held_back", "failed", "left_out")
    return {name: getattr(result, name) for name in names if getattr(result, name)}


@pytest.fixture
def share(make_app: Callable[..., App], tmp_path: Path) -> Share:
    return Share(make_app(), tmp_path / "share")


def test_added_changed_and_deleted(make_app: Callable[..., App], database_url: str, tmp_path: Path) -> None:
    share = Share(make_app(database_url), tmp_path / "share")
    share.write("leave.md")
    share.write("forms/lockers.md")
    share.watch(department="registry", classification=Classification.RESTRICTED)
    assert counts(share.sync()) == {"added": 2}
    before = share.documents()
    assert set(before) == {"leave.md", "forms/lockers.md"}
    assert {(d.department, d.classification) for d in before.values()} == {("registry", Classification.RESTRICTED)}
    assert counts(share.sync()) == {"unchanged": 2}
    share.write("leave.md", fee=2)
    (share.root / "forms" / "lockers.md").unlink()
    assert counts(share.sync()) == {"changed": 1, "deleted": 1}
    after = share.documents()
    assert set(after) == {"leave.md"}
    assert (after["leave.md"].id, after["leave.md"].version) == (before["leave.md"].id, 2)
    hits = share.app.search("fee of the leave", share.app.owner_scope()).hits
    assert [hit.passage.text for hit in hits if "1 dollars" in hit.passage.text] == []
    source, numbers = share.app.feeds.get(share.id)
    assert (source.last_result, numbers) == ("1 changed, 1 deleted", {"done": 1})


def test_a_document_follows_its_file(share: Share) -> None:
    share.write("draft.md", title="Parking", fee=40)
    share.write("other.md")
    share.watch()
    share.sync()
    before = share.documents()["draft.md"]
    share.write("draft.md", title="Parking", fee=50)
    share.sync()
    cited = share.app.search("fee of the Parking", share.app.owner_scope()).hits[0].passage
    (share.root / "2026").mkdir()
    (share.root / "draft.md").rename(share.root / "2026" / "final.md")
    assert counts(share.sync()) == {"moved": 1, "unchanged": 1}
    assert share.told("moved") == ["2026/final.md"]
    after = share.documents()["2026/final.md"]
    assert (after.id, after.version, after.name) == (before.id, 2, "final.md")
    # A citation that was given still opens, and says where the file is now.
    passage, _, _ = share.app.passage_in_context(cited.id, share.app.owner_scope())
    assert passage.source == str(share.root / "2026" / "final.md")
    assert "40 dollars" in share.app.document_text(before.id, share.app.owner_scope(), version=1)
    assert counts(share.sync()) == {"unchanged": 2}


def test_a_title_made_from_the_name_follows_too(share: Share) -> None:
    path = share.root / "old_name.tc.txt"
    path.write_text("and words that go on, with no heading anywhere, " * 20)
    os.utime(path, (1e9, 1e9))
    share.watch()
    share.sync()
    assert share.documents()["old_name.tc.txt"].title == "old name.tc"
    path.rename(share.root / "new_name.tc.txt")
    share.sync()
    after = share.documents()["new_name.tc.txt"]
    assert (after.title, after.pair_key) == ("new name.tc", "file:new_name")


def test_files_that_change_places(share: Share) -> None:
    share.write("a.md", title="A")
    share.write("b.md", title="B")
    share.watch()
    share.sync()
    before = share.documents()
    (share.root / "a.md").rename(share.root / "x")
    (share.root / "b.md").rename(share.root / "a.md")
    (share.root / "x").rename(share.root / "b.md")
    assert counts(share.sync()) == {"moved": 2}
    after = share.documents()
    assert {path: document.id for path, document in after.items()} == {
        "a.md": before["b.md"].id,
        "b.md": before["a.md"].id,
    }
    assert after["a.md"].title == "B"


def test_a_folder_that_moved_takes_what_is_inside_its_archives_along(share: Share) -> None:
    import zipfile

    (share.root / "in").mkdir()
    with zipfile.ZipFile(share.root / "in" / "papers.zip", "w") as out:
        out.writestr("minutes.md", RULE.format(title="Minutes", fee=3))
    share.watch()
    share.sync()
    before = share.documents()
    assert set(before) == {"in/papers.zip", "in/papers.zip!/minutes.md"}
    (share.root / "in").rename(share.root / "out")
    assert counts(share.sync()) == {"moved": 1}
    after = share.documents()
    assert set(after) == {"out/papers.zip", "out/papers.zip!/minutes.md"}
    assert {d.id for d in after.values()} == {d.id for d in before.values()}
    (share.root / "out" / "papers.zip").unlink()
    share.sync()
    assert share.documents() == {}


def test_a_document_at_the_new_place_goes_on(share: Share) -> None:
    share.write("a.md", title="A")
    share.watch()
    share.sync()
    (share.root / "a.md").rename(share.root / "b.md")
    [by_hand] = share.app.ingest([Upload("b.md", str(share.root / "b.md"), path=share.root / "b.md")])
    result = share.sync()
    assert (result.moved, result.deleted) == (0, 1)
    assert {path: d.id for path, d in share.documents().items()} == {"b.md": by_hand.document_id}
    assert counts(share.sync()) == {"unchanged": 1}


def test_documents_that_were_added_by_hand_are_taken_over(share: Share) -> None:
    path = share.write("a.md", title="A")
    [by_hand] = share.app.ingest([Upload("a.md", str(path), path=path)])
    share.write("b.md", title="B")
    share.watch()
    assert counts(share.sync()) == {"added": 1, "unchanged": 1}
    path.unlink()
    assert counts(share.sync()) == {"deleted": 1, "unchanged": 1}
    with pytest.raises(NotFoundError):
        share.app.document(str(by_hand.document_id), share.app.owner_scope())


@pytest.mark.parametrize("how", ["gone", "unreadable", "empty"])
def test_a_share_that_is_not_mounted_deletes_nothing(
    share: Share, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share.write("a.md")
    share.watch()
    share.sync()
    aside = tmp_path / "aside"
    if how == "unreadable":

        def refuse(path: object) -> Iterator[Any]:
            raise OSError(116, "Stale file handle")

        monkeypatch.setattr(os, "scandir", refuse)
    else:
        share.root.rename(aside)
        if how == "empty":
            share.root.mkdir()
    result = share.sync()
    assert result.deleted == 0
    assert result.fault is not None
    assert "Nothing was deleted" in result.fault
    assert set(share.documents()) == {"a.md"}
    assert "Nothing was deleted" in (share.app.feeds.get(share.id)[0].last_result or "")
    monkeypatch.undo()
    if how == "empty":
        assert counts(share.sync(confirmed=True)) == {"deleted": 1}
    elif how == "gone":
        aside.rename(share.root)
        assert counts(share.sync()) == {"unchanged": 1}


def test_more_than_half_of_many_is_not_deleted_unless_it_is_meant(share: Share) -> None:
    for number in range(22):
        share.write(f"{number}.md")
    share.watch()
    assert counts(share.sync()) == {"added": 22}
    for number in range(12):
        (share.root / f"{number}.md").unlink()
    share.write("new.md")
    result = share.sync()
    assert counts(result) == {"added": 1, "unchanged": 10}
    assert "12 of 22" in str(result.fault)
    assert "--confirm-deletions" in str(result.fault)
    assert len(share.documents()) == 23
    assert counts(share.sync(confirmed=True)) == {"deleted": 12, "unchanged": 11}
    # Half of them, or more of few, is a wish.
    for path in list(share.root.iterdir())[:5]:
        path.unlink()
    assert share.sync().deleted == 5


def test_what_is_left_out_and_what_fails(share: Share) -> None:
    share.write("good.md")
    share.write(".hidden.md")
    share.write("~$good.md")
    (share.root / "Thumbs.db").write_bytes(b"x")
    (share.root / "link.md").symlink_to(share.root / "good.md")
    (share.root / "program.exe").write_bytes(b"MZ\x90\x00" + bytes(50))
    (share.root / "broken.docx").write_bytes(b"PK\x03\x04 broken")
    (share.root / "empty.md").write_bytes(b"")
    share.watch()
    result = share.sync()
    assert (result.added, result.failed, result.left_out) == (1, 2, 5)
    assert share.told("left out") == ["program.exe"]
    assert sorted(share.told("failed")) == ["broken.docx", "empty.md"]
    assert all(line.reason for line in share.lines if line.what in ("failed", "left out"))
    for name in ("program.exe", "broken.docx", "empty.md"):
        os.utime(share.root / name, (1e9, 1e9))
    share.sync()
    again = share.sync()
    assert share.lines == []
    assert (again.failed, again.unchanged) == (0, 4)
    assert any("2 files failed before" in notice for notice in again.notices)
    assert share.sync(retry=True).failed == 2


def test_a_file_that_fails_keeps_what_search_shows_until_it_is_mended(share: Share) -> None:
    share.write("a.md", title="A")
    share.watch()
    share.sync()
    path = share.root / "a.md"
    path.write_bytes(b"\x00\x01\x02\x03" * 100)
    result = share.sync()
    if result.failed:
        assert "1 dollars" in share.app.search("fee of A", share.app.owner_scope()).hits[0].passage.text
    share.write("a.md", title="A", fee=7)
    assert share.sync().changed == 1
    assert len(share.documents()) == 1


def test_a_file_that_is_being_written_waits(share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    share.write("a.md")
    share.watch()
    real = connector.read_file

    def changing(*arguments: Any, **more: Any) -> Any:
        raise connector.ChangingError

    monkeypatch.setattr("lionrock.app.feed_folder.read_file", changing)
    assert counts(share.sync()) == {"failed": 1}
    monkeypatch.setattr("lionrock.app.feed_folder.read_file", real)
    assert counts(share.sync()) == {"added": 1}


def test_a_file_changed_within_the_tick_of_its_clock_is_seen(share: Share) -> None:
    path = share.write("a.md", title="Aa")
    os.utime(path)
    share.watch()
    share.sync()
    state = path.stat()
    path.write_text(RULE.format(title="Bb", fee=1))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert counts(share.sync()) == {"changed": 1}


def test_names_of_any_bytes(make_app: Callable[..., App], database_url: str, tmp_path: Path) -> None:
    share = Share(make_app(database_url), tmp_path / "share")
    names = [
        "公告.md".encode("big5hkscs"),
        "公告.md".encode(),
        b"\xff\xfe.md",
        b"\\xff\\xfe.md",
        b"new\nline.md",
        b"\x1b[31mred.md",
        "e\u0301.md".encode(),
        "é.md".encode(),
        ("長" * 80).encode() + b".md",
        b"#1 50% file.md",
    ]
    for number, name in enumerate(names):
        share.write(name, title=f"T{number}")
    share.watch()
    assert counts(share.sync()) == {"added": len(names)}
    assert {d.title for d in share.documents().values()} == {f"T{n}" for n in range(len(names))}
    assert counts(share.sync()) == {"unchanged": len(names)}
    first = Path(os.fsdecode(os.fsencode(share.root) + b"/" + names[0]))
    second = first.rename(Path(f"{first}.md"))
    assert counts(share.sync()) == {"moved": 1, "unchanged": len(names) - 1}
    second.unlink()
    assert counts(share.sync()) == {"deleted": 1, "unchanged": len(names) - 1}


def test_a_run_that_ended_in_the_middle_is_finished_by_the_next(
    share: Share, make_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        share.write(f"{number}.md")
    share.watch()
    real = share.app.feeds._ingest

    def breaks(files: Any, where: Any) -> Iterator[Any]:
        for done, result in enumerate(real(files, where)):
            if done == 3:
                raise EndpointError("The server of models went away.")
            yield result

    monkeypatch.setattr(share.app.feeds, "_ingest", breaks)
    with pytest.raises(EndpointError):
        share.sync()
    assert share.app.feeds.get(share.id)[0].last_result == "The server of models went away."
    # One that was begun is gone meanwhile; one is renamed.
    (share.root / "5.md").unlink()
    (share.root / "0.md").rename(share.root / "zero.md")
    share.app.close()
    share.app = make_app()
    result = share.sync()
    assert result.fault is None
    assert set(share.documents()) == {"zero.md", "1.md", "2.md", "3.md", "4.md"}
    assert counts(share.sync()) == {"unchanged": 5}


def test_stopping_leaves_the_rest_for_the_next_run(share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        share.write(f"{number}.md")
    share.watch()

    def stops(name: str) -> None:
        real = connector.read_file

        def read(root: bytes, path: bytes, **more: Any) -> Any:
            if path.endswith(name.encode()):
                share.app.feeds._stopping.set()
            return real(root, path, **more)

        monkeypatch.setattr("lionrock.app.feed_folder.read_file", read)

    stops("2.md")
    told: list[tuple[int, int]] = []
    result = share.sync(progress=lambda *step: told.append(step))
    assert (result.finished, result.added) == (False, 3)
    assert told == [(1, 4), (2, 4), (3, 4)]
    share.app.feeds._stopping.clear()
    assert counts(share.sync()) == {"added": 1, "unchanged": 3}


def test_what_people_decided_about_a_document_stays(share: Share) -> None:
    share.write("a.md", title="A")
    share.write("b.md", title="B")
    share.watch()
    share.sync()
    share.app.delete(share.documents()["b.md"].id, share.app.owner_scope())
    assert counts(share.sync()) == {"unchanged": 2}
    assert set(share.documents()) == {"a.md"}
    with share.app._database.connect() as connection:
        assert len(items_of(connection, share.id)) == 2
    share.write("b.md", title="B", fee=9)
    assert share.sync().added + share.sync().changed <= 1
    assert set(share.documents()) == {"a.md", "b.md"}


def test_what_cannot_be_watched(share: Share, tmp_path: Path) -> None:
    feeds = share.app.feeds
    for place in (tmp_path / "nowhere", tmp_path / "home", tmp_path / "home" / "index"):
        with pytest.raises((NotFoundError, UsageError)):
            feeds.add(str(place))
    share.watch()
    (share.root / "below").mkdir()
    for place in (share.root, share.root / "below", tmp_path):
        with pytest.raises(UsageError, match=share.id):
            feeds.add(str(place))
    (tmp_path / "share2").mkdir()
    with pytest.raises(UsageError, match="10 to"):
        feeds.add(str(tmp_path / "share2"), every_seconds=1)
    feeds.add(str(tmp_path / "share2"))
    with pytest.raises(NotFoundError):
        feeds.sync("nothing")
    with pytest.raises(NotFoundError):
        feeds.pause("nothing", True)


def test_the_data_folder_inside_a_watched_one_is_left_out(make_app: Callable[..., App], tmp_path: Path) -> None:
    share = Share(make_app(), tmp_path / "share")
    home = share.root / "lionrock"
    inside = Share(make_app(home=home), share.root)
    inside.write("a.md")
    inside.watch()
    assert counts(inside.sync()) == {"added": 1, "left_out": 1}
    assert inside.sync().added == 0


def test_removing_a_source(share: Share) -> None:
    share.write("a.md")
    share.watch()
    share.sync()
    assert share.app.feeds.remove(share.id) == 0
    assert set(share.documents()) == {"a.md"}
    share.watch()
    assert counts(share.sync()) == {"unchanged": 1}
    assert share.app.feeds.remove(share.id, with_documents=True) == 1
    assert (share.documents(), share.app.feeds.all()) == ({}, [])


def test_what_is_due(share: Share) -> None:
    share.write("a.md")
    share.watch(every_seconds=60)
    feeds = share.app.feeds
    start = datetime.now(UTC)
    assert [r.added for r in feeds.run_due(start)] == [1]
    assert feeds.run_due(start + timedelta(seconds=30)) == []
    assert [r.unchanged for r in feeds.run_due(start + timedelta(seconds=90))] == [1]
    feeds.pause(share.id, True)
    assert feeds.run_due(start + timedelta(days=1)) == []
    # Asked for by name, it runs all the same.
    assert share.sync().unchanged == 1
    feeds.pause(share.id, False)
    assert len(feeds.run_due(start + timedelta(days=1))) == 1


def test_one_run_at_a_time(share: Share) -> None:
    share.write("a.md")
    share.watch()

    def again(done: int, total: int) -> None:
        with pytest.raises(BusyError):
            share.app.feeds.sync(share.id)

    assert share.sync(progress=again).added == 1


def test_the_background_brings_files_in_and_stops_with_the_app(
    share: Share, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("lionrock.app.feeds._TICK_S", 0.02)
    share.write("a.md")
    share.watch(every_seconds=10)
    calls: list[datetime] = []
    real = share.app.feeds.run_due

    def run_due(moment: datetime) -> list[Synced]:
        calls.append(moment)
        if len(calls) == 1:
            raise ValueError("secret words of a file")
        return real(moment)

    monkeypatch.setattr(share.app.feeds, "run_due", run_due)
    share.app.feeds.start()
    until = time.monotonic() + 20
    while not share.documents() and time.monotonic() < until:
        time.sleep(0.02)
    assert set(share.documents()) == {"a.md"}
    assert "ValueError" in caplog.text
    assert "secret words" not in caplog.text
    thread = share.app.feeds._thread
    share.app.close()
    assert thread is not None
    assert not thread.is_alive()
