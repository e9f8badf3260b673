"""A watched folder: what counts as a file, and what its changes mean for documents. Real files, no database."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.errors import BrokenDocumentError, TooLargeError
from lionrock.ingest.connectors import folder
from lionrock.ingest.connectors.folder import Known, Plan, Scan, Seen


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class World:
    """Known files and files that are there, made from their contents; the time of a file is that of its content."""

    def __init__(self, before: Mapping[str, str], now: Mapping[str, str]) -> None:
        self.now = {f"/r/{path}".encode(): text.encode() for path, text in now.items()}
        self.known = {}
        for path, text in before.items():
            data = text.encode()
            at = f"/r/{path}".encode()
            self.known[at] = Known(at, len(data), self.time(data), 1, sha(data))
        self.hashed: list[bytes] = []

    @staticmethod
    def time(data: bytes) -> int:
        return int(sha(data)[:12], 16)

    def plan(self, **unreadable: str) -> Plan:
        found = Scan(folders={b"/r": (1, not self.now)})
        found.files = {path: Seen(path, len(data), self.time(data), 1) for path, data in self.now.items()}
        found.unreadable = {f"/r/{path}".encode(): why for path, why in unreadable.items()}
        return folder.plan(self.known, found, self.sha_of)

    def sha_of(self, path: bytes) -> str:
        self.hashed.append(path)
        return sha(self.now[path])


def told(made: Plan) -> tuple[dict[str, str], list[str], list[str]]:
    """(moves, taken, missing), without the root."""

    def short(path: bytes) -> str:
        return path.decode().removeprefix("/r/")

    moves = {short(before): short(now) for before, now in made.moves}
    return moves, [short(seen.path) for seen in made.take], [short(path) for path in made.missing]


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({}, {"a": "A"}, ({}, ["a"], [])),
        ({"a": "A"}, {"a": "A"}, ({}, [], [])),
        ({"a": "A"}, {"a": "A2"}, ({}, ["a"], [])),
        ({"a": "A"}, {}, ({}, [], ["a"])),
        # Moved, renamed, both, with another file in the old place.
        ({"a": "A"}, {"b/a": "A"}, ({"a": "b/a"}, [], [])),
        ({"a": "A", "b": "B"}, {"c": "A", "b": "B"}, ({"a": "c"}, [], [])),
        # A copy is a document of its own, also when the first one is changed afterwards.
        ({"a": "A"}, {"a": "A", "b": "A"}, ({}, ["b"], [])),
        ({"a": "A"}, {"a": "A2", "b": "A"}, ({}, ["a", "b"], [])),
        # Bytes put over another file are a new version of that one.
        ({"a": "A", "b": "B"}, {"b": "A"}, ({}, ["b"], ["a"])),
        # Files that change places: a ring, and a row that ends in a new name.
        ({"a": "A", "b": "B"}, {"a": "B", "b": "A"}, ({"a": "b", "b": "a"}, [], [])),
        ({"a": "A", "b": "B", "c": "C"}, {"a": "C", "b": "A", "c": "B"}, ({"a": "b", "b": "c", "c": "a"}, [], [])),
        ({"1": "A", "2": "B"}, {"2": "A", "3": "B"}, ({"1": "2", "2": "3"}, [], [])),
        # Of two places that the bytes may have come from, that of the same name.
        ({"a/x": "A", "b/y": "A"}, {"c/y": "A", "c/x": "A"}, ({"a/x": "c/x", "b/y": "c/y"}, [], [])),
        ({"a": "A", "b": "A"}, {"c": "A"}, ({"a": "c"}, [], ["b"])),
        # Empty files have the same bytes without being the same file.
        ({"a": ""}, {"b": ""}, ({}, ["b"], ["a"])),
    ],
)
def test_plans(
    before: dict[str, str], now: dict[str, str], expected: tuple[dict[str, str], list[str], list[str]]
) -> None:
    assert told(World(before, now).plan()) == expected


def test_bytes_are_read_only_where_a_file_may_have_moved() -> None:
    world = World({"a": "old", "b": "kept"}, {"b": "kept", "c": "new", "d": "longer than any", "e": "olD"})
    world.plan()
    assert sorted(world.hashed) == [b"/r/c", b"/r/e"]


def test_what_could_not_be_looked_at_is_not_gone() -> None:
    made = World({"a/x": "A", "b/y": "B"}, {}).plan(a="Permission denied")
    assert made.missing == (b"/r/b/y",)
    assert list(made.kept) == [b"/r/a/x"]
    assert "Permission denied" in made.kept[b"/r/a/x"]


def test_an_empty_folder_of_another_device_is_a_share_that_is_not_mounted() -> None:
    known = {b"/r/s/a": Known(b"/r/s/a", 1, 1, 7, "x"), b"/r/s/t/b": Known(b"/r/s/t/b", 1, 1, 7, "y")}
    found = Scan(folders={b"/r": (1, False), b"/r/s": (1, True)})
    made = folder.plan(known, found, lambda path: None)
    assert (made.missing, set(made.kept)) == ((), set(known))
    found.folders[b"/r/s"] = (7, True)
    assert folder.plan(known, found, lambda path: None).missing == tuple(known)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["A", "B", "C", "DD"]), max_size=6),
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["A", "B", "C", "DD"]), max_size=6),
)
def test_every_plan_ends_at_what_is_there(before: dict[str, str], now: dict[str, str]) -> None:
    """Moves, taking in and deleting lead from what was known to what is there, each document at one place."""
    moves, taken, missing = told(World(before, now).plan())
    assert len(set(moves.values())) == len(moves)
    documents = {path: text for path, text in before.items() if path not in moves and path not in missing}
    for source, target in moves.items():
        assert target not in documents
        assert before[source] == now[target]
        documents[target] = before[source]
    documents |= {path: now[path] for path in taken}
    assert documents == now


@pytest.mark.parametrize(
    ("name", "out"),
    [
        (b".hidden", True),
        (b"~$notice.docx", True),
        (b"~WRL0003.tmp", True),
        (b"Thumbs.db", True),
        (b"desktop.INI", True),
        (b"x.TMP", True),
        (b"x.docx.part", True),
        (b"x~", True),
        (b"#x#", True),
        (b"$RECYCLE.BIN", True),
        (b"Icon\r", True),
        (b"notice.docx", False),
        (b"~notice.docx", False),
        (b"template.docx", False),
        (b"tmp", False),
        (b"\xa4\xbd\xa7i.txt", False),
        ("公告.txt".encode(), False),
    ],
)
def test_names_that_are_left_out(name: bytes, out: bool) -> None:
    assert folder.is_left_out(name) is out


@given(st.binary(min_size=1, max_size=40).filter(lambda name: not set(name) & set(b"\x00/")))
def test_every_path_has_an_address_of_its_own_that_leads_back(name: bytes) -> None:
    path = b"/r/" + name
    address = folder.address_of(path)
    assert folder.path_of(address) == path
    assert address.encode("utf-8")
    assert folder.name_of(path).encode("utf-8")


def test_names_of_old_chinese_systems_are_read() -> None:
    assert folder.name_of(b"/r/" + "公告.txt".encode("big5hkscs")) == "公告.txt"
    assert folder.address_of(b"/r/\xa4\xbd.txt") == "file:///r/%A4%BD.txt"


def make(root: Path, files: Iterable[str]) -> None:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")


def names(found: Scan, root: Path) -> set[str]:
    return {os.fsdecode(path).removeprefix(f"{root}/") for path in found.files}


def test_a_scan_sees_files_and_follows_no_link(tmp_path: Path) -> None:
    make(tmp_path / "r", ["a.md", "b/c.md", "b/.git/config", "~$a.docx", "data/x.md"])
    make(tmp_path / "outside", ["secret.md"])
    root = tmp_path / "r"
    (root / "link.md").symlink_to(tmp_path / "outside" / "secret.md")
    (root / "linked").symlink_to(tmp_path / "outside")
    (root / "b" / "up").symlink_to(root)
    os.mkfifo(root / "pipe")
    found = folder.scan(os.fsencode(root), leave_out=frozenset([os.fsencode(root / "data")]))
    assert names(found, root) == {"a.md", "b/c.md"}
    assert (found.left_out, found.unreadable, found.complete) == (7, {}, True)
    assert found.folders[os.fsencode(root)][1] is False


def test_a_folder_that_is_not_there_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        folder.scan(os.fsencode(tmp_path / "nowhere"))
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError):
        folder.scan(os.fsencode(tmp_path / "file"))


def test_a_folder_of_more_files_than_can_be_compared_loses_nothing(tmp_path: Path) -> None:
    make(tmp_path, ["a", "b", "c"])
    found = folder.scan(os.fsencode(tmp_path), most=2)
    assert (len(found.files), found.complete) == (2, False)
    gone = Known(os.fsencode(tmp_path / "d"), 1, 1, 1, "x")
    assert folder.plan({gone.path: gone}, found, lambda path: None).missing == ()


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, ["a/b.md", "c.md"])
    real, refused = os.scandir, os.fsencode(tmp_path / "a")

    def scandir(path: bytes) -> Any:
        if path == refused:
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = folder.scan(os.fsencode(tmp_path))
    assert (names(found, tmp_path), found.unreadable) == ({"c.md"}, {refused: "Permission denied"})


def test_reading(tmp_path: Path) -> None:
    root, path = os.fsencode(tmp_path), os.fsencode(tmp_path / "a" / "b.md")
    make(tmp_path, ["a/b.md"])
    now = time.time_ns()
    read = folder.read_file(root, path, most=100, now_ns=now + 3_600_000_000_000)
    assert (read.data, read.size) == (b"a/b.md", 6)
    assert read.mtime_ns == (tmp_path / "a" / "b.md").stat().st_mtime_ns
    # Too fresh to be sure that the next change will bear another time.
    assert folder.read_file(root, path, most=100, now_ns=now).mtime_ns is None
    assert folder.hash_file(root, path) == sha(b"a/b.md")
    assert folder.hash_file(root, path + b"x") is None
    with pytest.raises(TooLargeError):
        folder.read_file(root, path, most=5, now_ns=now)


def test_reading_follows_no_link_and_no_pipe(tmp_path: Path) -> None:
    make(tmp_path / "outside", ["secret.md"])
    root = tmp_path / "r"
    root.mkdir()
    (root / "linked").symlink_to(tmp_path / "outside")
    (root / "link.md").symlink_to(tmp_path / "outside" / "secret.md")
    os.mkfifo(root / "pipe")
    for name in ("linked/secret.md", "link.md"):
        with pytest.raises(OSError, match=r"link|directory"):
            folder.read_file(os.fsencode(root), os.fsencode(root / name), most=100, now_ns=0)
    with pytest.raises(BrokenDocumentError):
        folder.read_file(os.fsencode(root), os.fsencode(root / "pipe"), most=100, now_ns=0)


def test_a_file_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, ["a.md"])
    real = os.read

    def read(file: int, size: int) -> bytes:
        data = real(file, size)
        with (tmp_path / "a.md").open("a") as out:
            out.write("more")
        return data

    monkeypatch.setattr(os, "read", read)
    with pytest.raises(folder.ChangingError):
        folder.read_file(os.fsencode(tmp_path), os.fsencode(tmp_path / "a.md"), most=10_000, now_ns=0)
