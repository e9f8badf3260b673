"""An export that is damaged, made up or too large: nothing of it is taken in."""

from __future__ import annotations

import io
import json
import random
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lionrock.app import Upload
from lionrock.app.archive import Archive
from lionrock.errors import BrokenDocumentError, LionrockError, NotFoundError, StorageError, UsageError


@pytest.fixture
def sound(open_office: Callable[..., Any], tmp_path: Path) -> tuple[Any, bytes]:
    """An empty office, and a sound export of two documents for it."""
    office = open_office()
    office.app.library.create_collection("C", office.app.owner_scope())
    office.note("a.md", placement=office.app.library.placement(office.app.owner_scope(), collection="C"))
    office.note("b.md", 2)
    office.app.library.exchange.export(tmp_path / "sound.zip", office.app.owner_scope(), None)
    other = open_office(home=tmp_path / "other")
    return other, (tmp_path / "sound.zip").read_bytes()


def remade(data: bytes, change: Callable[[dict[str, bytes]], None], **options: Any) -> bytes:
    """The archive with its members changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", options.get("compression", zipfile.ZIP_DEFLATED)) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def refused(office: Any, path: Path, data: bytes, said: str = ".") -> str:
    """Nothing of it is taken in; returns what is said."""
    path.write_bytes(data)
    with pytest.raises(LionrockError, match=said) as caught:
        list(office.app.library.exchange.take_in(path, office.app.owner_scope(), "me"))
    assert isinstance(caught.value, BrokenDocumentError | UsageError)
    assert "othing" in caught.value.message
    assert office.app.library.documents(office.app.owner_scope()).total == 0
    assert office.app.library.collections(office.app.owner_scope()) == []
    assert list((office.app.settings.home / "originals").glob("*/*")) == []
    return caught.value.message


def rows(members: dict[str, bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in members["documents.jsonl"].splitlines()]


def put_rows(members: dict[str, bytes], made: list[Any]) -> None:
    members["documents.jsonl"] = b"".join(json.dumps(row).encode() + b"\n" for row in made)


def in_row(**values: Any) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        made = rows(members)
        made[0].update(values)
        put_rows(members, made)

    return change


def in_version(**values: Any) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        made = rows(members)
        made[0]["versions"][0].update(values)
        put_rows(members, made)

    return change


def in_head(**values: Any) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps({**json.loads(members["manifest.json"]), **values}).encode()

    return change


def other_bytes(members: dict[str, bytes]) -> None:
    name = max(name for name in members if name.startswith("originals/"))
    members[name] = b"x" * len(members[name])


def one_missing(members: dict[str, bytes]) -> None:
    del members[max(name for name in members if name.startswith("originals/"))]


def circle(members: dict[str, bytes]) -> None:
    made = rows(members)
    made[0]["parent_id"], made[1]["parent_id"] = made[1]["document_id"], made[0]["document_id"]
    put_rows(members, made)


def twice(members: dict[str, bytes]) -> None:
    made = rows(members)
    made[0]["document_id"] = made[1]["document_id"]
    put_rows(members, made)


def one_source(members: dict[str, bytes]) -> None:
    made = rows(members)
    made[0]["source"] = made[1]["source"]
    put_rows(members, made)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (in_head(schema=2), "newer Lionrock"),
        (in_head(schema="1"), "schema"),
        (in_head(format="zip"), "no export"),
        (in_head(documents=3), "manifest says 3"),
        (in_head(collections={}), "collections"),
        (in_head(collections=[{"name": "x"}]), "department"),
        (in_head(collections=[{"name": "none", "department": "d"}]), "none"),
        (lambda m: m.pop("manifest.json"), "no manifest"),
        (lambda m: m.update({"manifest.json": b"[" * 100_000}), "no JSON"),
        (lambda m: m.update({"manifest.json": b"\xff\xfe"}), "no JSON"),
        (lambda m: m.update({"documents.jsonl": b"{}\n"}), "department"),
        (lambda m: m.update({"documents.jsonl": b"[]\n[]\n"}), "not an object"),
        (lambda m: m.update({"documents.jsonl": b"x" * 5_000_000}), "too long"),
        (lambda m: m.update({"../../evil.sh": b"rm"}), "belong to no document"),
        (lambda m: m.update({"originals/../../evil": b"rm"}), "belong to no document"),
        (in_version(original="../../../etc/passwd"), "missing"),
        (in_version(original="manifest.json"), "missing|two files"),
        (in_version(sha256="0" * 64), "SHA-256|two files"),
        (in_version(sha256="../../../../etc/passwd"), "sha256"),
        (in_version(size=1), "not as long"),
        (in_version(size=-1), "size"),
        (in_version(size=True), "size"),
        (in_version(version=0), "version"),
        (in_version(version="1"), "version"),
        (in_version(status="published"), "no state"),
        (in_version(name="a\x00b"), "name"),
        (in_version(name="\ud800"), "name"),
        (in_version(name=""), "name"),
        (in_version(encoding_asked="rot13"), "rot13"),
        (in_version(encoding_asked="../x"), "encoding"),
        (in_version(created_at="yesterday"), "created_at"),
        (in_version(created_at="0001-01-01T00:00:00+23:00"), "created_at"),
        (in_version(released_at="x"), "released_at"),
        (in_row(versions=[]), "versions"),
        (in_row(versions={}), "versions"),
        (in_row(document_id="1"), "document_id"),
        (in_row(document_id=["x"]), "document_id"),
        (in_row(parent_id="x' or 1=1"), "parent_id"),
        (in_row(classification="secret"), "classification"),
        (in_row(classification=None), "classification"),
        (in_row(department=""), "department"),
        (in_row(department="x" * 101), "department"),
        (in_row(media_type="text/html\r\nX-Evil: 1"), "media_type"),
        (in_row(tags=["a\nb"]), "tag"),
        (in_row(tags=[1]), "tag"),
        (in_row(source_url="javascript:alert(1)"), "http"),
        (in_row(retain_until="2024-02-31"), "date"),
        (in_row(owner={"a": 1}), "owner"),
        (other_bytes, "SHA-256"),
        (one_missing, "missing"),
        (circle, "inside each other"),
        (twice, "twice"),
        (one_source, "one source"),
    ],
)
def test_a_hostile_export_is_refused_whole(
    sound: tuple[Any, bytes], tmp_path: Path, change: Callable[[dict[str, bytes]], None], said: str
) -> None:
    office, data = sound
    refused(office, tmp_path / "bad.zip", remade(data, change), said)


def test_a_zip_that_is_no_zip_or_is_odd(sound: tuple[Any, bytes], tmp_path: Path) -> None:
    office, data = sound
    path = tmp_path / "bad.zip"
    for bad in (b"", b"PK\x03\x04", b"hello", data[:-30], data[: len(data) // 2], b"PK\x05\x06" + b"\xff" * 18):
        refused(office, path, bad)
    refused(office, path, remade(data, lambda m: None, compression=zipfile.ZIP_LZMA), "compressed in a way")
    end = bytearray(data)
    at = data.rfind(b"PK\x05\x06")
    end[at + 12 : at + 16] = (250_000_000).to_bytes(4, "little")
    refused(office, path, bytes(end), "more files")
    double = io.BytesIO(data)
    with zipfile.ZipFile(double, "a") as archive, pytest.warns(UserWarning):
        archive.writestr("manifest.json", b"{}")
    refused(office, path, double.getvalue(), "two files of one name")
    locked = bytearray(data)
    at = data.find(b"PK\x01\x02")
    locked[at + 8] |= 1
    refused(office, path, bytes(locked), "password")
    with pytest.raises(NotFoundError):
        next(office.app.library.exchange.take_in(tmp_path / "nothing.zip", office.app.owner_scope(), "me"))


def test_a_bomb_is_refused_before_it_is_opened(
    sound: tuple[Any, bytes], open_office: Callable[..., Any], tmp_path: Path
) -> None:
    _, data = sound
    small = open_office(home=tmp_path / "small", max_file_bytes=10_000)

    def bomb(members: dict[str, bytes]) -> None:
        made = rows(members)
        member = made[0]["versions"][0]["original"]
        members[member] = bytes(5_000_000)
        made[0]["versions"][0]["size"] = 5_000_000
        put_rows(members, made)

    made = remade(data, bomb)
    assert len(made) < 20_000
    refused(small, tmp_path / "bomb.zip", made, "5,000,000 bytes")
    # Its directory tells lies about the length: what comes is not more than it told.
    lying = made.replace((5_000_000).to_bytes(4, "little"), (9_000).to_bytes(4, "little"))
    refused(small, tmp_path / "bomb.zip", lying)


@pytest.mark.parametrize("seed", range(6))
def test_bytes_changed_at_random(sound: tuple[Any, bytes], tmp_path: Path, seed: int) -> None:
    office, data = sound
    rng = random.Random(seed)
    for _ in range(40):
        bad = bytearray(data)
        for _ in range(rng.randrange(1, 6)):
            bad[rng.randrange(len(bad))] = rng.randrange(256)
        path = tmp_path / "bad.zip"
        path.write_bytes(bad)
        try:
            list(office.app.library.exchange.take_in(path, office.app.owner_scope(), "me"))
        except LionrockError as error:
            assert "Traceback" not in error.message
            assert office.app.library.documents(office.app.owner_scope()).total == 0
        else:
            # A change of what nobody reads, such as a date of the ZIP: all is there.
            assert office.app.library.documents(office.app.owner_scope()).total == 2
            return


def test_a_missing_or_damaged_original_stops_the_export(open_office: Callable[..., Any], tmp_path: Path) -> None:
    office = open_office()
    owner = office.app.owner_scope()
    document_id = office.note("a.md")
    path = office.app.library.original(document_id, owner).path
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"?")
    with pytest.raises(StorageError, match="damaged"):
        office.app.library.exchange.export(tmp_path / "a.zip", owner, None)
    path.unlink()
    with pytest.raises(StorageError, match="not in the data folder"):
        office.app.library.exchange.export(tmp_path / "a.zip", owner, None)
    assert list(tmp_path.glob("a.zip*")) == []


def test_memory_does_not_grow_with_the_originals(open_office: Callable[..., Any], tmp_path: Path) -> None:
    office = open_office()
    owner = office.app.owner_scope()
    big = b"# Pier\n\nThe pier closes.\n" + b"\n" * 30_000_000
    [result] = office.app.ingest([Upload("big.md", "big.md", data=big)])
    assert result.document_id is not None
    tracemalloc.start()
    office.app.library.exchange.export(tmp_path / "big.zip", owner, None)
    other = open_office(home=tmp_path / "other")
    with Archive(tmp_path / "big.zip", largest=10**9) as archive:
        other.app.library.exchange._copy(archive, archive.documents())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 15_000_000
