"""Tables with bytes changed at random, also inside their archives: each is read, or refused with a reason."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment

from lionrock.errors import DocumentError
from lionrock.ingest.chunk import chunk
from lionrock.ingest.readers import delimited, spreadsheet
from lionrock.ingest.readers.table_address import row_address
from lionrock.ingest.readers.table_grid import Limits
from lionrock.ingest.sandbox import Limits as ReadingLimits
from lionrock.ingest.sandbox import ReaderPool
from lionrock.records import ParsedDocument

ROUNDS = 150
LIMITS = Limits(cells=20_000, rows=5_000, characters=400_000, hidden=50_000)


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["職員", "Rate", "Since"], ["陳大文", 0.345, 45019], ["Lee", 0.5, 45020], [], ["Total", "=SUM(B2:B3)"]):
        sheet.append(row)
    sheet["B2"].number_format = "0.0%"
    sheet["C2"].number_format = "d mmm yyyy"
    sheet["A2"].comment = Comment("why", "Ho")
    sheet.merge_cells("A5:A6")
    sheet.auto_filter.ref = "A1:C3"
    book.create_sheet("藏").sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods() -> bytes:
    content = (
        '<o:document-content xmlns:o="o" xmlns:table="t" xmlns:text="x" xmlns:office="f"><o:body><o:spreadsheet><table:table table:name="S">'
        '<table:table-column table:number-columns-repeated="3"/><table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="2" office:value-type="float">'
        "<text:p>14</text:p></table:table-cell><table:covered-table-cell/></table:table-row></table:table></o:spreadsheet></o:body></o:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return out.getvalue()


CSV = 'Name,Remarks,Days\n"Chan, T.M.","said ""no""\nand left",3\nLee;x\t,"4"\n\n李小明,,5\n'


def changed(data: bytes, rng: random.Random) -> bytes:
    """Bytes overwritten, cut out, doubled, or the end cut off."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(out))
        match rng.randrange(5):
            case 0:
                out[at] = rng.randrange(256)
            case 1:
                del out[at : at + rng.randint(1, 20)]
            case 2:
                out[at:at] = out[at : at + rng.randint(1, 200)] * rng.randint(1, 3)
            case 3:
                out[at : at + 1] = str(rng.choice((0, -1, 7, 99999999, 2**31, 2**64))).encode()
            case _:
                out[at : at + 4] = rng.randbytes(4)
        if len(out) < 8:
            return data[: rng.randint(1, len(data))]
    return bytes(out[: rng.randrange(1, len(out))]) if rng.random() < 0.1 else bytes(out)


def changed_inside(data: bytes, rng: random.Random) -> bytes:
    """An archive with one member changed."""
    source = zipfile.ZipFile(io.BytesIO(data))
    names = source.namelist()
    victim = rng.choice([name for name in names if name.endswith((".xml", ".rels"))])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, changed(source.read(name), rng) if name == victim else source.read(name))
    return out.getvalue()


def check(document: ParsedDocument) -> None:
    """Blocks are in order, and every passage has an address where its rows have one."""
    before = 0
    for block in document.blocks:
        assert before <= block.start < block.end <= len(document.text)
        before = block.end
    for part in chunk(document):
        if part.anchor is not None:
            assert row_address(part.anchor, document.text[part.start : part.end], 0)


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_changed_archives(kind: str, inside: bool) -> None:
    data = xlsx() if kind == "xlsx" else ods()
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    for turn in range(ROUNDS):
        try:
            check(
                spreadsheet.read(changed_inside(data, rng) if inside else changed(data, rng), name="a", limits=LIMITS)
            )
        except DocumentError as error:
            assert error.message
        except Exception as error:  # any fault of a reader is told with the numbers that make it again
            raise AssertionError((kind, inside, seed, turn)) from error


def test_changed_old_workbooks(shared: Path) -> None:
    """In the child process: the library for them is native code, and may end it."""
    data = (shared / "data" / "messy_docs" / "unstructured" / "tests-example.xls").read_bytes()
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    pool = ReaderPool(ReadingLimits(seconds=20, memory_bytes=1_000_000_000))
    try:
        for turn in range(ROUNDS):
            try:
                check(pool.read(changed(data, rng), "a.xls"))
            except DocumentError as error:
                assert error.message, (seed, turn)
    finally:
        pool.close()


def test_changed_delimited_files() -> None:
    rng = random.Random()
    for encoding in ("utf-8", "utf-16", "big5-hkscs"):
        for _ in range(ROUNDS):
            data = changed(CSV.encode(encoding), rng)
            try:
                check(delimited.read(data, name="a.csv", limits=LIMITS))
            except DocumentError as error:
                assert error.message, data


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=st.sampled_from('aA1,;|\t"\n\r .-陳%é'), max_size=200))
def test_any_text_as_a_table_loses_no_words(text: str) -> None:
    try:
        document = delimited.read(text.encode(), name="a.csv", limits=LIMITS)
    except DocumentError:
        return
    check(document)
    for sign in "A1陳é":
        assert document.text.count(sign) >= text.count(sign)
