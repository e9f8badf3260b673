"""Pages drawn in child processes: kept up to a bound, few at once, and a page that breaks its parser costs one answer."""

from __future__ import annotations

import hashlib
import io
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pdf_files import pdf_of, words
from PIL import Image

from lionrock.errors import BrokenDocumentError, NotFoundError, ParserLimitError
from lionrock.ingest.render import Drawer, Kept
from lionrock.ingest.sandbox import Limits


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    made = Drawer(Limits(seconds=20))
    yield made
    made.close()


def put(folder: Path, data: bytes) -> tuple[str, Path]:
    path = folder / "file"
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest(), path


def test_a_page_is_drawn_once(drawer: Drawer, tmp_path: Path) -> None:
    sha256, path = put(tmp_path, pdf_of(words(72, 760, "Fees"), words(72, 760, "Rules")))
    assert drawer.sizes(sha256, path, "pdf") == [(595, 842), (595, 842)]
    assert drawer.kept(sha256, 1, 900) is None
    first = drawer.draw(sha256, path, "pdf", 1, 900)
    with Image.open(io.BytesIO(first)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (900, 1274))
    path.unlink()
    assert drawer.draw(sha256, path, "pdf", 1, 900) == drawer.kept(sha256, 1, 900) == first
    assert drawer.sizes(sha256, path, "pdf") == [(595, 842), (595, 842)]
    assert drawer.kept(sha256, 2, 900) is None


def test_what_was_used_longest_ago_is_let_go() -> None:
    kept = Kept(10)
    for name in ("a", "b"):
        kept.put(name, b"12345")
    assert kept.get("a") == b"12345"
    kept.put("c", b"123")
    assert [kept.get(name) for name in ("a", "b", "c")] == [b"12345", None, b"123"]
    kept.put("d", b"x" * 11)
    assert [kept.get(name) for name in ("a", "c", "d")] == [None, None, None]


def test_no_more_children_than_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256, path = put(tmp_path, pdf_of(*(words(72, 760, f"Page {number}") for number in range(12))))
    drawer = Drawer(Limits(seconds=20), at_once=2)
    lock = threading.Lock()
    running = most = 0
    ask = drawer._children.ask

    def counted(data: bytes, name: str) -> bytes:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        try:
            return ask(data, name)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(drawer._children, "ask", counted)
    with ThreadPoolExecutor(12) as pool:
        pictures = list(pool.map(lambda number: drawer.draw(sha256, path, "pdf", number, 800), range(1, 13)))
    drawer.close()
    assert most == 2
    assert len({hashlib.sha256(picture).hexdigest() for picture in pictures}) == 12


def test_a_page_that_takes_too_long_costs_one_answer(tmp_path: Path) -> None:
    # Forms in forms, each drawn thirty times by the one above: more than anybody can wait for.
    content = b"/X0 Do\n"
    data = pdf_of(content, words(72, 760, "Fees"))
    depth, times = 7, 30
    first = data.count(b" 0 obj\n") + 1
    forms = b""
    for level in range(depth):
        inner = b"/X%d Do " % (level + 1) * times if level + 1 < depth else b"0 0 500 700 re f 1 0 0 rg "
        forms += (
            b"%d 0 obj\n<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /X%d %d 0 R >> >> "
            % (
                first + level,
                level + 1,
                first + level + 1,
            )
            + b"/Length %d >>\nstream\n%s\nendstream\nendobj\n" % (len(inner), inner)
        )
    data = data.replace(b"/Font << /F 3", b"/XObject << /X0 %d 0 R >> /Font << /F 3" % first)
    # Without its table of places the file is put together anew by what stands in it.
    data = data[: data.index(b"xref\n")] + forms + b"trailer << /Size %d /Root 1 0 R >>\n%%%%EOF" % (first + depth)
    sha256, path = put(tmp_path, data)
    drawer = Drawer(Limits(seconds=3))
    started = time.monotonic()
    with pytest.raises(ParserLimitError, match="look at the original"):
        drawer.draw(sha256, path, "pdf", 1, 2000)
    assert time.monotonic() - started < 12
    assert drawer.draw(sha256, path, "pdf", 2, 800)
    drawer.close()


def test_what_is_no_page_and_what_is_no_pdf(drawer: Drawer, tmp_path: Path) -> None:
    sha256, path = put(tmp_path, pdf_of(words(72, 760, "Fees")))
    with pytest.raises(NotFoundError, match="no page 7"):
        drawer.draw(sha256, path, "pdf", 7, 800)
    with pytest.raises(BrokenDocumentError, match="damaged"):
        drawer.draw(*put(tmp_path, b"%PDF-1.4 no more than a beginning"), "pdf", 1, 800)
    with pytest.raises(BrokenDocumentError):
        drawer.draw(*put(tmp_path, b"\x89PNG\r\n\x1a\n cut short"), "image", 1, 800)


def test_one_page_of_a_large_file_does_not_take_the_whole_file_in(drawer: Drawer, tmp_path: Path) -> None:
    pages = [words(72, 760, f"Page {number}") + b"% " + b"x" * 60_000 + b"\n" for number in range(1, 1_601)]
    sha256, path = put(tmp_path, pdf_of(*pages))
    assert path.stat().st_size > 90_000_000
    assert drawer.draw(sha256, path, "pdf", 1_599, 800)
    assert len(drawer.sizes(sha256, path, "pdf")) == 1_600
    [child] = drawer._children._idle
    assert 0 < child.memory() < 90_000_000


def test_quotes_have_places(drawer: Drawer, tmp_path: Path) -> None:
    _, path = put(tmp_path, pdf_of(words(72, 760, "Fees are paid at the counter.")))
    [(lines, why), (none, absent)] = drawer.places(
        path, [(1, "Fees are ", "paid at the counter.", ""), (1, "", "Something else altogether.", "")]
    )
    assert (len(lines), len(lines[0]), why) == (1, 4, None)
    assert (none, absent) == ([], "absent")
