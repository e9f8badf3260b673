"""Files as they lie on a disk: one that changes while it is read, one that vanishes, names that are no text."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PosixPath

import pytest

from lionrock.app import App, Upload


class Growing(PosixPath):
    """A file that somebody writes to each time it is read, so many times."""

    times = 99

    def read_bytes(self) -> bytes:
        data = super().read_bytes()
        if Growing.times > 0:
            Growing.times -= 1
            with self.open("ab") as file:
                file.write(b"One more line.\n")
        return data


@pytest.mark.parametrize(("times", "status"), [(99, "failed"), (1, "indexed")])
def test_a_file_that_changes_while_it_is_read(
    make_app: Callable[..., App], tmp_path: Path, times: int, status: str
) -> None:
    Growing.times = times
    path = Growing(tmp_path / "log.md")
    path.write_bytes(b"# Log\n\nFirst line.\n")
    app = make_app()
    [result] = app.ingest([Upload("log.md", str(path), path=path)])
    assert result.status == status
    if status == "failed":
        assert "changes while it is read" in (result.reason or "")
        assert app.documents(app.owner_scope()) == []
    else:
        assert app.document_text(result.document_id or "", app.owner_scope()).endswith("One more line.\n")


def test_a_file_that_vanishes(make_app: Callable[..., App], tmp_path: Path) -> None:
    app = make_app()
    results = list(
        app.ingest(
            [
                Upload("gone.md", "gone.md", path=tmp_path / "gone.md"),
                Upload("folder", "folder", path=tmp_path),
                Upload("good.md", "good.md", data=b"# Good\n\nWords.\n"),
            ]
        )
    )
    assert [result.status for result in results] == ["failed", "failed", "indexed"]
    assert all("could not be read" in (result.reason or "") for result in results[:2])


def test_a_name_that_is_no_text_is_kept_apart_from_others(make_app: Callable[..., App], tmp_path: Path) -> None:
    names = [b"\xa4\xa4\xa4\xe5.md", b"\xa4\xa4.md", "中文.md".encode()]
    for at, name in enumerate(names):
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:  # noqa: PTH118, PTH123
            file.write(f"# N\n\nFile {at} of three.\n".encode())
    app = make_app()
    paths = sorted(tmp_path.glob("*.md"))
    results = list(app.ingest([Upload(path.name, str(path), path=path) for path in paths]))
    assert [result.status for result in results] == ["indexed"] * 3
    listed = app.documents(app.owner_scope())
    assert len({document.source for document in listed}) == 3
    for document in listed:
        document.source.encode("utf-8")
        document.name.encode("utf-8")
