"""MSG: properties of compound files made here, messages inside messages, packed RTF, broken and hostile files."""

from __future__ import annotations

import itertools
import random
import struct
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lionrock.errors import BrokenDocumentError, DocumentError, EncryptedDocumentError
from lionrock.ingest.readers import eml, msg
from lionrock.ingest.readers.registry import read_document
from lionrock.records import ParsedDocument

Tree: TypeAlias = dict[str, Any]
END, FREE = 0xFFFFFFFE, 0xFFFFFFFF


def told(document: ParsedDocument) -> list[str]:
    assert all(one.end <= two.start for one, two in itertools.pairwise(document.blocks))
    return [document.text[block.start : block.end] for block in document.blocks]


class Compound:
    """Writes a compound file: a dict is a storage, bytes are a stream."""

    def __init__(self) -> None:
        self.entries: list[list[Any]] = []
        self.sectors: list[bytes] = []
        self.fat: list[int] = []

    def add(self, name: str, node: Any) -> int:
        at = len(self.entries)
        kind = 5 if at == 0 else 1 if isinstance(node, dict) else 2
        self.entries.append([name, kind, -1, -1, node])
        last: int | None = None
        for key, value in node.items() if isinstance(node, dict) else ():
            kid = self.add(key, value)
            if last is None:
                self.entries[at][3] = kid
            else:
                self.entries[last][2] = kid
            last = kid
        return at

    def store(self, data: bytes) -> int:
        if not data:
            return END
        first = len(self.sectors)
        for at in range(0, len(data), 512):
            self.sectors.append(data[at : at + 512].ljust(512, b"\0"))
            self.fat.append(len(self.sectors))
        self.fat[-1] = END
        return first

    def bytes(self, tree: Tree) -> bytes:
        self.add("Root Entry", tree)
        small, small_fat = b"", []
        places = {}
        for at, entry in enumerate(self.entries):
            data = entry[4]
            if isinstance(data, dict):
                continue
            if 0 < len(data) < 4096:
                places[at] = len(small_fat)
                for step in range(0, len(data), 64):
                    small += data[step : step + 64].ljust(64, b"\0")
                    small_fat.append(len(small_fat) + 1)
                small_fat[-1] = END
            else:
                places[at] = self.store(data)
        root = self.store(small)
        table = struct.pack(f"<{len(small_fat)}I", *small_fat)
        table += b"\xff" * (-len(table) % 512)
        small_at = self.store(table)
        directory = b""
        for at, (name, kind, right, child, data) in enumerate(self.entries):
            start, size = (root, len(small)) if at == 0 else (places[at], len(data)) if at in places else (0, 0)
            raw = name.encode("utf-16-le") + b"\0\0"
            tail = struct.pack("<HBBiii16sIQQIQ", len(raw), kind, 1, -1, right, child, b"", 0, 0, 0, start, size)
            directory += raw.ljust(64, b"\0") + tail
        folder = self.store(directory + b"\0" * (-len(directory) % 512))
        count = next(n for n in itertools.count(1) if len(self.fat) + n <= n * 128)
        at = len(self.fat)
        fat = self.fat + [0xFFFFFFFD] * count
        fat += [FREE] * (count * 128 - len(fat))
        head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
        head += struct.pack("<IIIIIIIII", 0, count, folder, 0, 4096, small_at, len(table) // 512, END, 0)
        head += struct.pack("<109I", *range(at, at + count), *[FREE] * (109 - count))
        return head + b"".join(self.sectors) + struct.pack(f"<{len(fat)}I", *fat)


def fixed(pid: int, kind: int, value: bytes) -> bytes:
    """A row of the table of properties."""
    return struct.pack("<HHI8s", kind, pid, 6, value)


def wide(pid: int, text: str) -> Tree:
    return {f"__substg1.0_{pid:04X}001F": text.encode("utf-16-le")}


def message(
    subject: str,
    body: str | None,
    *,
    inner: bool = False,
    table: bytes = b"",
    more: Tree | None = None,
    people: tuple[tuple[str, str, int], ...] = (),
    files: tuple[Tree, ...] = (),
    kind: str = "IPM.Note",
) -> Tree:
    tree: Tree = {"__properties_version1.0": bytes(24 if inner else 32) + table, **wide(0x1A, kind)}
    tree |= wide(0x37, subject) | (wide(0x1000, body) if body is not None else {}) | (more or {})
    for number, (name, address, role) in enumerate(people):
        rows = bytes(8) + fixed(0x0C15, 3, struct.pack("<I", role))
        person = {"__properties_version1.0": rows} | wide(0x3001, name) | wide(0x39FE, address)
        tree[f"__recip_version1.0_#{number:08X}"] = person
    for number, file in enumerate(files):
        tree[f"__attach_version1.0_#{number:08X}"] = {"__properties_version1.0": bytes(8)} | file
    return tree


def file(name: str, data: bytes) -> Tree:
    return wide(0x3707, name) | {"__substg1.0_37010102": data}


def made(tree: Tree) -> bytes:
    return Compound().bytes(tree)


SENT = fixed(0x39, 0x40, struct.pack("<Q", 13_372_257_600 * 10_000_000))
"""Noon of 1 October 2024, UTC: so many seconds after 1 January 1601."""
WHOLE = message(
    "會議紀錄",
    "各位：\r\n\r\n附件為紀錄。",
    table=SENT,
    more=wide(0x0C1A, "Chan Tai Man") | wide(0x5D01, "chan@example.hk"),
    people=(("李小明", "li@example.hk", 1), ("Wong", "wong@example.hk", 2), ("Boss", "boss@example.hk", 3)),
    files=(file("紀錄.txt", "出席者：三人".encode() * 400), file("plan.pdf", b"%PDF"), file("plan.pdf", b"%PDF2")),
)


def test_a_message() -> None:
    document = msg.read(made(WHOLE), name="x.msg")
    assert told(document) == [
        "會議紀錄",
        "From: Chan Tai Man <chan@example.hk>",
        "To: 李小明 <li@example.hk>",
        "Cc: Wong <wong@example.hk>",
        "Date: Tue, 01 Oct 2024 12:00:00 +0000",
        "各位：",
        "附件為紀錄。",
        "Attachments: 紀錄.txt (7 KB), plan.pdf (4 bytes), plan (2).pdf (5 bytes)",
    ]
    assert document.version_date == "2024-10-01"
    assert document.attachments[0].data == "出席者：三人".encode() * 400
    assert [item.text for item in document.hidden] == ["Bcc: Boss <boss@example.hk>"]


def test_narrow_text_in_a_code_page() -> None:
    page = fixed(0x3FFD, 3, struct.pack("<I", 950))
    more = {"__substg1.0_0037001E": "年假".encode("cp950"), "__substg1.0_1000001E": "申請表見附件。".encode("cp950")}
    tree = message("", None, table=page, more=more)
    del tree["__substg1.0_0037001F"]
    assert told(msg.read(made(tree), name="x.msg")) == ["年假", "申請表見附件。"]


def test_a_page_where_there_is_no_plain_text() -> None:
    page = "<html><body><p>渡輪九時開出。</p></body></html>".encode("big5")
    table = fixed(0x3FDE, 3, struct.pack("<I", 950))
    document = msg.read(made(message("x", " ", table=table, more={"__substg1.0_10130102": page})), name="x.msg")
    assert told(document)[-1] == "渡輪九時開出。"


def packed(text: bytes) -> bytes:
    """RTF packed the simple way: every byte stands for itself."""
    out = b"".join(b"\0" + text[at : at + 8] for at in range(0, len(text), 8))
    return struct.pack("<II4sI", len(out) + 12, len(text), b"LZFu", 0) + out


def test_packed_rtf() -> None:
    rtf = rb"{\rtf1\ansi The ferry leaves at nine.\par}"
    assert msg.unpacked_rtf(packed(rtf)) == rtf
    # "{\rtf1\ansi\ansicpg1252\pard hello world}", with references into the ring: the example of the format's description.
    example = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c090020627705b06c647d0a800fa0".replace(
            " ", ""
        )
    )
    assert msg.unpacked_rtf(example) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert msg.unpacked_rtf(struct.pack("<II4sI", 20, 3, b"MELA", 0) + b"abcd") == b"abc"
    assert msg.unpacked_rtf(b"short") == b""
    assert msg.unpacked_rtf(example[:30]) != b""
    document = msg.read(made(message("x", None, more={"__substg1.0_10090102": packed(rtf)})), name="x.msg")
    assert told(document)[-1] == "The ferry leaves at nine."


def nested(depth: int) -> Tree:
    tree = message("level 0", "the innermost", inner=True, files=(file("deep.txt", b"deep"),))
    for level in range(1, depth):
        tree = message(
            f"level {level}", "around", inner=True, files=(wide(0x3001, "") | {"__substg1.0_3701000D": tree},)
        )
    return tree


def test_a_message_inside_is_an_attachment() -> None:
    outer = message("外", "outer", files=({"__substg1.0_3701000D": nested(3)},))
    document = msg.read(made(outer), name="x.msg")
    for level in (2, 1, 0):
        (item,) = document.attachments
        assert item.name == f"level {level}.eml"
        document = eml.read(item.data, name=item.name)
        assert document.title == f"level {level}"
    assert "the innermost" in document.text
    assert [(item.name, item.data) for item in document.attachments] == [("deep.txt", b"deep")]
    # The same file gives the same bytes.
    assert msg.read(made(outer), name="x.msg").attachments == msg.read(made(outer), name="x.msg").attachments


def test_deep_nesting_ends_with_a_word_about_it() -> None:
    document = msg.read(made(message("外", "outer", files=({"__substg1.0_3701000D": nested(60)},))), name="x.msg")
    depth = 0
    while (item := document.attachments[0]).name.endswith(".eml"):
        assert len(item.data) < 20_000
        document = eml.read(item.data, name=item.name)
        depth += 1
    assert 10 <= depth <= 20
    assert b"nested too deeply" in item.data


def test_encrypted_messages_say_so() -> None:
    sealed = message("x", "", kind="IPM.Note.SMIME", files=(file("smime.p7m", b"\x30\x80sealed"),))
    rights = message("x", "protected", kind="IPM.Note.rpmsg.Microsoft", files=(file("message.rpmsg", b"x"),))
    for tree in (sealed, rights):
        with pytest.raises(EncryptedDocumentError, match="encrypted"):
            msg.read(made(tree), name="x.msg")


def test_a_signed_message_is_read() -> None:
    whole = b"Content-Type: multipart/signed; boundary=q\n\n--q\nContent-Type: text/plain\n\nSigned words.\n--q--\n"
    tree = message("年報", "", kind="IPM.Note.SMIME.MultipartSigned", files=(file("smime.p7m", whole),))
    document = msg.read(made(tree), name="x.msg")
    assert told(document) == ["年報", "Signed words."]


def test_broken_files() -> None:
    data = made(WHOLE)
    lying = bytearray(data)
    # The root's stream claims 700 MB.
    at = data.index("Root Entry".encode("utf-16-le"))
    lying[at + 120 : at + 128] = struct.pack("<Q", 700_000_000)
    shifted = data[:30] + struct.pack("<H", 28) + data[32:]
    counted = data[:64] + struct.pack("<I", 0xFFFFFF) + data[68:]
    for broken in (data[:100], data[:1500], data[:512], bytes(lying), shifted, counted, data[:8] + b"/etc/passwd"):
        with pytest.raises(BrokenDocumentError, match="damaged"):
            msg.read(broken, name="x.msg")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_changed_files_are_read_or_refused(seed: int) -> None:
    rng = random.Random(seed)
    data = bytearray(made(WHOLE))
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data))
        piece = rng.choice((rng.randbytes(4), b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x01"))
        data[at : at + len(piece)] = piece
    try:
        document = msg.read(bytes(data), name="x.msg")
    except DocumentError as error:
        assert error.message
    else:
        assert "\0" not in document.text
        told(document)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fake-email.msg", "Violets are blue"),
        ("fake-email-attachment.msg", "fake-attachment.txt (30 bytes)"),
        ("fake-email-with-cc-and-bcc.msg", "Cc: steve@unstructured.io"),
    ],
)
def test_real_messages(shared: Path, name: str, words: str) -> None:
    data = (shared / "data" / "messy_docs" / "unstructured" / name).read_bytes()
    assert words in read_document(data, name).text


def test_a_real_encrypted_message(shared: Path) -> None:
    data = (shared / "data" / "messy_docs" / "unstructured" / "fake-encrypted.msg").read_bytes()
    with pytest.raises(EncryptedDocumentError):
        read_document(data, "fake-encrypted.msg")
