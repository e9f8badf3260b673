"""A disk that is full half-way: a clear error, nothing accepted is lost, and the work goes on when there is room.

The disk is a small memory file system, which takes a privilege to mount; where that is not given, the system's limit on
the size of a file stands in for it, with the same effect on the database.
"""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lionrock.app import App, Upload
from lionrock.errors import StorageError
from lionrock.records import Placement
from lionrock.storage import documents, passages, versions

MEGABYTE = 1 << 20
Room = Callable[[int], None]


def _mounted(folder: Path, size: int) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Room]:
    """A folder with little room; yields what makes it larger."""
    folder.mkdir()
    if _mounted(folder, size):
        try:
            yield lambda more: subprocess.run(["mount", "-o", f"remount,size={more}", str(folder)], check=True) and None
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The index sets 32 MB aside for its log at once.
    resource.setrlimit(resource.RLIMIT_FSIZE, (36 * MEGABYTE, before[1]))
    try:
        yield lambda more: resource.setrlimit(
            resource.RLIMIT_FSIZE, (min(more, before[1]) if before[1] > 0 else more, before[1])
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def uploads(count: int, start: int = 0) -> list[Upload]:
    return [
        Upload(f"{n}.md", f"{n}.md", data=(f"# File {n}\n\n" + f"Pier {n} opens at {n} o'clock.\n\n" * 900).encode())
        for n in range(start, start + count)
    ]


def test_a_full_disk_half_way(make_app: Callable[..., App], tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 12 * MEGABYTE) as room:
        home = tmp_path / "disk" / "home"
        app = make_app(home=home)
        if not os.path.ismount(tmp_path / "disk"):
            # The limit on files must leave room for the index's log of 32 MB: most of the rest is taken up first.
            with app._database.begin() as connection:
                documents.set_meta(connection, "filler", "x" * (28 * MEGABYTE))
        with pytest.raises(StorageError) as caught:
            for start in range(0, 2_000, 50):
                list(app.ingest(uploads(10, start)))
                app.intake.accept(uploads(40, start + 10), Placement("general"), label="more", by="owner")
                app.recover()
        assert "disk" in caught.value.message or "could not be kept" in caught.value.message
        assert "Traceback" not in caught.value.message
        app.close()

        room(400 * MEGABYTE)
        again = make_app(home=home)
        with again._database.connect() as connection:
            assert versions.pending(connection) == []
            current = passages.all_current_ids(connection)
        assert again.index().ids() == current
        assert {document.status for document in again.documents(again.owner_scope(), limit=5_000)} == {"indexed"}
        assert again.search("Pier 3 opens", again.owner_scope()).hits
        again.close()
