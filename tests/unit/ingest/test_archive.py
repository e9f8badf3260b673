"""ZIP archives: names in any character set, hostile names and sizes, members that cannot be read."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from lionrock.errors import BrokenDocumentError, EmptyDocumentError, EncryptedDocumentError, TooLargeError
from lionrock.ingest.readers.archive import read
from lionrock.ingest.readers.registry import read_document
from lionrock.records import ParsedDocument


def packed(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def by_hand(*members: tuple[bytes, bytes, int, bytes]) -> bytes:
    """An archive of (name, data, flags, extra field), all stored."""
    front, index = b"", b""
    for name, data, flags, extra in members:
        facts = struct.pack("<HHHHIII", flags, 0, 0, 0, zlib.crc32(data), len(data), len(data))
        sizes = struct.pack("<HH", len(name), len(extra))
        index += b"PK\1\2" + struct.pack("<HH", 20, 20) + facts + sizes + struct.pack("<HHHII", 0, 0, 0, 0, len(front))
        index += name + extra
        front += b"PK\3\4" + struct.pack("<H", 20) + facts + sizes + name + extra + data
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(index), len(front), 0)
    return front + index + b"PK\5\6" + end


def names(document: ParsedDocument) -> list[str]:
    return [item.name for item in document.attachments]


def told(document: ParsedDocument) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def test_a_list_and_its_files() -> None:
    document = read(packed({"年報/a.txt": b"hello", "b.bin": bytes(1_500), "c/": b""}), name="in/plans.zip")
    assert told(document) == ["plans.zip", "年報/a.txt (5 bytes)", "b.bin (2 KB)"]
    assert [block.kind for block in document.blocks] == ["heading", "list_item", "list_item"]
    assert [(item.name, len(item.data)) for item in document.attachments] == [("年報/a.txt", 5), ("b.bin", 1_500)]
    assert document.notices == ()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_all_common_methods(method: int) -> None:
    assert read(packed({"a.txt": b"hello" * 100}, method), name="x.zip").attachments[0].data == b"hello" * 100


@pytest.mark.parametrize("encoding", ["utf-8", "big5-hkscs", "gb18030"])
def test_names_in_an_encoding_that_is_not_told(encoding: str) -> None:
    shown = ["二零二四年年報.txt", "會議紀錄/深水埗分區.txt"]
    document = read(by_hand(*((name.encode(encoding), b"x", 0, b"") for name in shown)), name="x.zip")
    assert names(document) == shown


def test_names_of_the_west() -> None:
    assert names(read(by_hand(("café.txt".encode("cp437"), b"x", 0, b"")), name="x.zip")) == ["café.txt"]
    assert names(read(by_hand((b"a\\b\\plan.txt", b"x", 0, b"")), name="x.zip")) == ["a/b/plan.txt"]


def test_the_name_in_the_extra_field_counts_where_it_belongs_to_the_other() -> None:
    raw = b"????.txt"

    def extra(crc: int) -> bytes:
        body = b"\1" + struct.pack("<I", crc) + "年報.txt".encode()
        return struct.pack("<HH", 0x7075, len(body)) + body

    assert names(read(by_hand((raw, b"x", 0, extra(zlib.crc32(raw)))), name="x.zip")) == ["年報.txt"]
    assert names(read(by_hand((raw, b"x", 0, extra(0))), name="x.zip")) == ["????.txt"]


@pytest.mark.parametrize("name", ["../a.txt", "a/../../b.txt", "/etc/passwd", "C:/a.txt", "..\\a.txt", "c:\\a.txt"])
def test_names_that_point_outside_are_left_out(name: str) -> None:
    document = read(by_hand((name.encode(), b"x", 0, b""), (b"good.txt", b"y", 0, b"")), name="x.zip")
    assert names(document) == ["good.txt"]
    assert "points outside" in document.notices[0]


def test_links_are_left_out() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.txt", "y")
    document = read(out.getvalue(), name="x.zip")
    assert names(document) == ["good.txt"]
    assert "link" in document.notices[0]


def test_what_systems_add_is_left_out_quietly() -> None:
    members = {"__MACOSX/._a.txt": b"x", ".DS_Store": b"x", "in/Thumbs.db": b"x", "a.txt": b"y", "in/._b.txt": b"z"}
    document = read(packed(members), name="x.zip")
    assert (names(document), document.notices) == (["a.txt"], ())


def test_encrypted_members() -> None:
    document = read(by_hand((b"secret.txt", b"x" * 20, 1, b""), (b"open.txt", b"y", 0, b"")), name="x.zip")
    assert names(document) == ["open.txt"]
    assert "password" in document.notices[0]
    with pytest.raises(EncryptedDocumentError):
        read(by_hand((b"secret.txt", b"x" * 20, 1, b"")), name="x.zip")


def test_names_that_come_twice_are_numbered() -> None:
    data = by_hand(*((b"in/a.txt", text, 0, b"") for text in (b"1", b"2", b"3")))
    document = read(data, name="x.zip")
    assert names(document) == ["in/a.txt", "in/a (2).txt", "in/a (3).txt"]
    assert [item.data for item in document.attachments] == [b"1", b"2", b"3"]


def test_an_archive_inside_is_a_file() -> None:
    inner = packed({"b.txt": b"inner"})
    assert read(packed({"a.zip": inner}), name="x.zip").attachments[0].data == inner


def test_bombs() -> None:
    with pytest.raises(TooLargeError, match="far more"):
        read(packed({"a.txt": bytes(60_000_000)}), name="x.zip")
    # None of these is a bomb by itself.
    with pytest.raises(TooLargeError, match="400 MB"):
        read(packed({f"{n}.bin": bytes(9_900_000) for n in range(41)}), name="x.zip")


def test_a_size_that_lies() -> None:
    data = bytearray(packed({"a.txt": b"0" * 50_000_000}))
    at = data.rfind(b"PK\1\2")
    data[22:26] = data[at + 24 : at + 28] = struct.pack("<I", 100)
    with pytest.raises((EmptyDocumentError, TooLargeError)):
        read(bytes(data), name="x.zip")


def test_members_that_share_their_bytes() -> None:
    data = by_hand((b"a.txt", b"x" * 1_000, 0, b""), (b"b.txt", b"y", 0, b""))
    at = data.index(b"PK\1\2", data.index(b"PK\1\2") + 4)
    # The second member of the list starts inside the first one.
    shared = data[: at + 42] + struct.pack("<I", 500) + data[at + 46 :]
    document_names = []
    try:
        document_names = names(read(shared, name="x.zip"))
    except EmptyDocumentError as error:
        assert "shares its bytes" in error.message
    assert document_names == []
    doubled = by_hand(*((b"a%d.txt" % n, b"x" * 100, 0, b"") for n in range(2)))
    at = doubled.index(b"PK\1\2", doubled.index(b"PK\1\2") + 4)
    same = doubled[: at + 42] + struct.pack("<I", 0) + doubled[at + 46 :]
    with pytest.raises(EmptyDocumentError, match="shares its bytes"):
        read(same, name="x.zip")


def test_too_many_members() -> None:
    document = read(packed({f"{n}.txt": b"x" for n in range(2_100)}, zipfile.ZIP_STORED), name="x.zip")
    assert len(document.attachments) == 2_000
    assert "more than 2000 files" in document.notices[0]


def test_damaged_archives() -> None:
    data = packed({"a.txt": bytes(range(256)) * 20, "b.txt": b"hello"})
    for broken in (data[:-30], b"PK\3\4" + bytes(40), data[:20]):
        with pytest.raises(BrokenDocumentError, match="damaged"):
            read(broken, name="x.zip")
    spoilt = data[:60] + bytes(8) + data[68:]
    document = read(spoilt, name="x.zip")
    assert names(document) == ["b.txt"]
    assert "cannot be unpacked" in document.notices[0]
    beyond = bytearray(by_hand((b"a.txt", b"hello", 0, b"")))
    # What stands before the data claims to be longer than the archive, which the library tells without a word.
    beyond[28:30] = b"\xff\xff"
    with pytest.raises(EmptyDocumentError, match=r"cannot be unpacked \(its data end too early\)"):
        read(bytes(beyond), name="x.zip")


def test_an_empty_archive() -> None:
    for members in ({}, {"a/": b""}, {"__MACOSX/a": b"x"}, {"a.txt": b""}):
        with pytest.raises(EmptyDocumentError):
            read(packed(members), name="x.zip")


def test_a_real_archive(shared: Path) -> None:
    path = shared / "data" / "messy_docs" / "unstructured" / "simple.zip"
    document = read_document(path.read_bytes(), path.name)
    assert names(document) == ["ideas-page.html", "stanley-cups.csv"]
    assert [len(item.data) for item in document.attachments] == [6_161, 89]
