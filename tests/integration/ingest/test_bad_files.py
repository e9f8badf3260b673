"""Files that are empty, huge, broken or hostile: a clear reason, bounded cost, nothing else harmed."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docx import Document

from lionrock.errors import DocumentError, ParserLimitError
from lionrock.ingest.sandbox import Limits, ReaderPool

LIMITS = Limits(seconds=30, memory_bytes=1_000_000_000)


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    made = ReaderPool(LIMITS)
    yield made
    made.close()


def docx_bytes(text: str = "Hello") -> bytes:
    document = Document()
    document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf_bytes(pages: int, text: str = "Page") -> bytes:
    """A text PDF written by hand."""
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for number in range(1, pages + 1):
        content = f"BT /F1 12 Tf 72 720 Td ({text} {number} says that the fee is {number} dollars.) Tj ET".encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, b" ".join(kids))
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(out)


def zip_of(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def docx_with(xml: bytes) -> bytes:
    """A DOCX whose main part is `xml`."""
    source = zipfile.ZipFile(io.BytesIO(docx_bytes()))
    return zip_of({n: xml if n == "word/document.xml" else source.read(n) for n in source.namelist()})


def protected_pdf(password: bytes = b"secret") -> bytes:
    """A PDF under the standard security handler, revision 2: 40 bits of RC4 (PDF Reference 1.4, algorithms 3.2 to 3.4)."""
    pad = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    padded = (password + pad)[:32]
    owner = rc4(hashlib.md5(padded).digest()[:5], padded)
    permissions, file_id = -44, b"0123456789abcdef"
    digest = hashlib.md5(padded + owner + permissions.to_bytes(4, "little", signed=True) + file_id)
    user = rc4(digest.digest()[:5], pad)
    handler = (
        f"<< /Filter /Standard /V 1 /R 2 /P {permissions} /O <{owner.hex()}> /U <{user.hex()}> >> "
        f"/ID [<{file_id.hex()}> <{file_id.hex()}>]"
    )
    return pdf_bytes(1).replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt " + handler.encode())


def rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%s;" % (str(n - 1).encode() if n else b"") * 10) for n in range(12))
    + b"]><w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'>&a11;</w:document>"
)
BROKEN: dict[str, Callable[[], tuple[str, bytes]]] = {
    "a truncated DOCX": lambda: ("x.docx", docx_bytes()[:-400]),
    "half a DOCX": lambda: ("x.docx", docx_bytes()[:2000]),
    "a zip that is no DOCX": lambda: ("x.docx", zip_of({"a.txt": b"hello"})),
    "a DOCX that is a bomb": lambda: ("x.docx", docx_with(b"<a>" + b" " * 600_000_000 + b"</a>")),
    "a DOCX with entities": lambda: ("x.docx", docx_with(LAUGHS)),
    "a truncated PDF": lambda: ("x.pdf", pdf_bytes(3)[:300]),
    "a PDF of its head alone": lambda: ("x.pdf", b"%PDF-1.7\n"),
    "a program": lambda: ("x.pdf", b"\x7fELF" + bytes(200)),
    "a picture named text": lambda: ("x.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20),
    "NUL bytes": lambda: ("x.txt", b"\x00\x01\x00\x02" * 300),
    "nothing but blanks": lambda: ("x.md", b" \n\t\r\n"),
    "an empty page": lambda: ("x.html", b"<html><body><script>var a=1</script></body></html>"),
}


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_a_broken_file_has_a_reason(pool: ReaderPool, what: str) -> None:
    name, data = BROKEN[what]()
    started = time.monotonic()
    with pytest.raises(DocumentError) as caught:
        pool.read(data, name)
    assert time.monotonic() - started < LIMITS.seconds
    message = caught.value.message
    assert message and "Traceback" not in message and "Error" not in message
    # The pool goes on with the next file.
    assert "Hello" in pool.read(docx_bytes(), "good.docx").text


def test_hostile_xml_neither_expands_nor_reads_files(pool: ReaderPool, shared: Path) -> None:
    files = sorted((shared / "data" / "hostile_xml").rglob("*.x*"))
    assert len(files) >= 9
    for path in files:
        try:
            text = pool.read(path.read_bytes(), "law.xml").text
        except DocumentError:
            continue
        assert "root:" not in text
        assert len(text) < 100_000


def test_a_pdf_with_a_password_says_so(pool: ReaderPool) -> None:
    with pytest.raises(DocumentError, match="password"):
        pool.read(protected_pdf(), "secret.pdf")


def test_a_wrong_ending_is_read_by_its_content(pool: ReaderPool) -> None:
    assert "Page 2" in pool.read(pdf_bytes(2), "notes.txt").text
    assert "Hello" in pool.read(docx_bytes(), "notes.pdf").text


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "big5-hkscs", "gb18030"]
)
def test_encodings(pool: ReaderPool, encoding: str) -> None:
    text = "海港事務署通告：職員每年可享年假十四天，申請須於七個工作天前提出。辦事處設於上環，電話二八零零。" * 3
    assert text in pool.read(text.encode(encoding), "x.txt").text


def test_hkscs_characters_survive(pool: ReaderPool) -> None:
    text = "深水埗鰂魚涌啲街坊話佢哋唔鍾意咁嘈，嗰個屋邨嘅升降機成日壞。" * 4
    assert text in pool.read(text.encode("big5-hkscs"), "x.txt").text


def test_a_pdf_of_1600_pages_under_a_gigabyte() -> None:
    pool = ReaderPool(Limits(seconds=110, memory_bytes=1_000_000_000))
    try:
        document = pool.read(pdf_bytes(1600), "long.pdf")
    finally:
        pool.close()
    assert document.pages == 1600
    assert "Page 1600 says" in document.text
    assert {block.page for block in document.blocks} == set(range(1, 1601))


def test_a_parser_that_takes_too_long_is_stopped() -> None:
    pool = ReaderPool(Limits(seconds=1.5, memory_bytes=1_000_000_000))
    started = time.monotonic()
    try:
        with pytest.raises(ParserLimitError):
            pool.read(b"<p>" * 3_000_000 + b"x", "deep.html")
    finally:
        pool.close()
    assert time.monotonic() - started < 15


def test_a_parser_that_takes_too_much_memory_is_stopped() -> None:
    pool = ReaderPool(Limits(seconds=60, memory_bytes=300_000_000))
    try:
        with pytest.raises(DocumentError):
            pool.read(b"<html><body>" + b"<p>a <b>b</b></p>" * 4_000_000 + b"</body></html>", "big.html")
        assert "Hello" in pool.read(docx_bytes(), "good.docx").text
    finally:
        pool.close()
