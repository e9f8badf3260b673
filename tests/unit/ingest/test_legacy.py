"""DOC and PPT: how LibreOffice is called, what is said without it, and what happens when it fails.

A small program stands in for LibreOffice here; the last test reads real files, with it where it is installed.
"""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from pptx import Presentation

from lionrock.errors import BrokenDocumentError, EncryptedDocumentError, ParserLimitError, UnsupportedFormatError
from lionrock.ingest.readers import legacy
from lionrock.ingest.readers.registry import read_document

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def old(stream: str, more: bytes = b"") -> bytes:
    """What is told of an old file before it is converted: its mark, and the name of its stream in the directory."""
    return OLE + bytes(504) + more + bytes(512 - len(more) % 512) + stream.encode("utf-16-le") + bytes(64)


DOC = old("WordDocument")
PPT = old("PowerPoint Document")


def new(kind: str) -> bytes:
    made: Any = Document() if kind == "docx" else Presentation()
    if kind == "docx":
        made.add_paragraph("converted words")
    else:
        made.slides.add_slide(made.slide_layouts[5]).shapes.title.text = "converted slide"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a stand-in for LibreOffice, which notes how it was called and copies a file made before."""
    for kind in ("docx", "pptx"):
        (tmp_path / kind).write_bytes(new(kind))
    script = tmp_path / "soffice"
    script.write_text(
        f"""#!{sys.executable}
import json, os, pathlib, shutil, sys, time
here = pathlib.Path({str(tmp_path)!r})
profile = next(a for a in sys.argv if a.startswith("-env:UserInstallation=file://")).partition("file://")[2]
settings = (pathlib.Path(profile) / "user" / "registrymodifications.xcu").read_text()
told = dict(arguments=sys.argv[1:], home=os.environ["HOME"], names=sorted(os.environ), settings=settings)
(here / "called.json").write_text(json.dumps(told))
if (here / "slow").exists():
    time.sleep(60)
if not (here / "fails").exists():
    out = pathlib.Path(sys.argv[sys.argv.index("--outdir") + 1])
    kind = sys.argv[sys.argv.index("--convert-to") + 1].partition(":")[0]
    out.mkdir(parents=True, exist_ok=True)
    shutil.copy(here / kind, out / ("file." + kind))
"""
    )
    script.chmod(0o755)
    monkeypatch.setattr(legacy, "_program", lambda: str(script))
    monkeypatch.setattr(legacy, "_without_network", list)
    return tmp_path


@pytest.mark.parametrize(
    ("data", "name", "words"), [(DOC, "x.doc", "converted words"), (PPT, "x.ppt", "converted slide")]
)
def test_old_files_are_converted_and_read(office: Path, data: bytes, name: str, words: str) -> None:
    document = read_document(data, name)
    assert document.text == words
    assert any("LibreOffice" in notice for notice in document.notices)
    assert document.pages == (1 if name.endswith("ppt") else None)


def test_it_runs_in_a_folder_of_its_own_without_macros(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_OFFICE", "x")
    read_document(DOC, "../../etc/x.doc")
    told = (office / "called.json").read_text()
    assert "--headless" in told and "DisableMacrosExecution" in told and "etc/x.doc" not in told
    assert "SECRET_OF_THE_OFFICE" not in told
    home = told.partition('"home": "')[2].partition('"')[0]
    assert home and not Path(home).exists()


def test_macros_are_told_of(office: Path) -> None:
    document = read_document(old("WordDocument", "_VBA_PROJECT".encode("utf-16-le")), "x.doc")
    assert any("macros" in notice for notice in document.notices)


def test_a_file_that_cannot_be_converted_has_a_reason(office: Path) -> None:
    (office / "fails").touch()
    with pytest.raises(BrokenDocumentError, match="save it as DOCX"):
        read_document(DOC, "x.doc")


def test_a_conversion_without_end_is_stopped(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (office / "slow").touch()
    monkeypatch.setattr(legacy, "_SECONDS", 1.0)
    started = time.monotonic()
    with pytest.raises(ParserLimitError):
        read_document(DOC, "x.doc")
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(("data", "name", "target"), [(DOC, "x.doc", "DOCX"), (PPT, "x.ppt", "PPTX")])
def test_without_libreoffice_the_reason_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, data: bytes, name: str, target: str
) -> None:
    monkeypatch.setattr(legacy, "_program", lambda: None)
    with pytest.raises(UnsupportedFormatError, match=f"Save it as {target}.*or install LibreOffice"):
        read_document(data, name)


def test_passwords_are_told_before_anything_is_converted(office: Path) -> None:
    head = b"\xec\xa5" + struct.pack("<HHHHH", 0x00C1, 0, 0, 0, 0x0100) + bytes(500)
    show = bytes(10) + b"\x14\x00\x00\x00\xdf\xc4\xd1\xf3"
    for data, name in ((old("WordDocument", head), "x.doc"), (old("PowerPoint Document", show), "x.ppt")):
        with pytest.raises(EncryptedDocumentError):
            read_document(data, name)
    assert not (office / "called.json").exists()
    clear = b"\xec\xa5" + struct.pack("<HHHHH", 0x00C1, 0, 0, 0, 0) + bytes(500)
    assert read_document(old("WordDocument", clear), "x.doc").text == "converted words"


def test_other_files_are_refused() -> None:
    with pytest.raises(BrokenDocumentError):
        legacy.read(b"{\\rtf1 x}", name="x.doc")


def test_the_command_that_takes_the_network_away_is_tried_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert legacy._without_network() == []
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    for code, length in ((0, 5), (1, 0)):
        done: Any = subprocess.CompletedProcess([], code)
        monkeypatch.setattr("subprocess.run", lambda *_, done=done, **__: done)
        assert len(legacy._without_network()) == length


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fake.doc", "Lorem ipsum dolor sit amet."),
        ("simple.doc", "These are a few of my favorite things:"),
        ("duplicate-paragraphs.doc", "This document contains duplicates"),
        ("fake-doc-emphasized-text.doc", "I am a bold italic bold-italic text."),
        ("fake-power-point.ppt", "Adding a Bullet Slide"),
    ],
)
def test_real_files(shared: Path, name: str, words: str) -> None:
    data = (shared / "data" / "messy_docs" / "unstructured" / name).read_bytes()
    if legacy._program() is None:
        with pytest.raises(UnsupportedFormatError):
            read_document(data, name)
    else:
        assert words in read_document(data, name).text
