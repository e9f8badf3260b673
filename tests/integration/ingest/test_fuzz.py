"""Files with bytes changed at random: each is read or gets a reason; the reader's process is never lost to a traceback."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator

import pytest
from docx import Document

from lionrock.errors import DocumentError
from lionrock.ingest.sandbox import Limits, ReaderPool

ROUNDS = 120
LAW = (
    b'<?xml version="1.0" encoding="UTF-8"?><ordinance xmlns="http://www.xml.gov.hk/schemas/hklm/1.0" xml:lang="en">'
    b'<meta><docName>Cap. 999</docName></meta><main><section temporalId="s1" name="s1"><num>1.</num><heading>Title</heading>'
    b'<subsection temporalId="s1_1"><num>(1)</num><content>Words of a provision.</content></subsection></section></main></ordinance>'
)


def docx() -> bytes:
    document = Document()
    document.add_heading("年假規則", 1)
    document.add_paragraph("職員每年可享年假十四天。")
    table = document.add_table(2, 2)
    table.cell(0, 0).text = "項目"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


SEEDS: dict[str, bytes] = {
    "x.docx": docx(),
    "x.html": "<html><body><h1>標題</h1><p>內文<table><tr><td>1</td></tr></table></body></html>".encode(),
    "x.md": "# 標題\n\n- 一\n- 二\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n".encode(),
    "x.xml": LAW,
    "x.txt": "海港事務署通告，職員每年可享年假。".encode("big5-hkscs") * 8,
    "x.pdf": b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Count 1 /Kids [3 0 R] >>\n"
    b"endobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>\n"
    b"endobj\n4 0 obj\n<< /Length 44 >>\nstream\nBT /F 12 Tf 10 100 Td (Some words here.) Tj ET\nendstream\nendobj\n"
    b"5 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF",
}


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    made = ReaderPool(Limits(seconds=20, memory_bytes=1_000_000_000))
    yield made
    made.close()


def changed(data: bytes, rng: random.Random) -> bytes:
    """Bytes overwritten, cut out, doubled, or the end cut off."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(out))
        match rng.randrange(4):
            case 0:
                out[at] = rng.randrange(256)
            case 1:
                del out[at : at + rng.randint(1, 20)]
            case 2:
                out[at:at] = out[at : at + rng.randint(1, 200)] * rng.randint(1, 3)
            case _:
                out[at : at + 4] = rng.randbytes(4)
        if len(out) < 8:
            return data[: rng.randint(0, len(data))]
    return bytes(out[: rng.randrange(len(out))]) if rng.random() < 0.15 else bytes(out)


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_changed_files_are_read_or_refused(pool: ReaderPool, name: str) -> None:
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    for turn in range(ROUNDS):
        data = changed(SEEDS[name], rng)
        try:
            parsed = pool.read(data, name)
        except DocumentError as error:
            assert error.message, (seed, turn)
            continue
        for block in parsed.blocks:
            assert 0 <= block.start <= block.end <= len(parsed.text), (seed, turn)
