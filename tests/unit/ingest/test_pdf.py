"""PDF pages in the order in which a person reads them: tables, columns, furniture; and no character lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lionrock.ingest.readers.pdf import read
from lionrock.ingest.readers.pdf_layout import Placed, arranged, layout
from lionrock.ingest.readers.pdf_tables import Table, Word, said
from lionrock.ingest.readers.pdf_text import written
from lionrock.records import ParsedDocument

Line = tuple[float, float, float, str]
"""x, y from the foot, size of type, words."""
Rule = tuple[float, float, float, float]
DEMO = Path(__file__).resolve().parents[3] / "demo" / "documents"


def pdf(pages: list[list[Line]], rules: list[Rule] | None = None, rotate: int = 0) -> bytes:
    """A text PDF written by hand, A4, with ruled lines on every page. Words in capitals are bold."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>",
    ]
    kids = []
    drawn = "".join(f"{a} {b} m {c} {d} l S\n" for a, b, c, d in rules or ())
    for lines in pages:
        words = "".join(
            f"BT /F{2 if text.isupper() else 1} {size} Tf {x} {y} Td ({text}) Tj ET\n" for x, y, size, text in lines
        )
        content = (drawn + words).encode()
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        bodies.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate %d /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>" % (rotate, len(bodies))
        )
        kids.append(b"%d 0 R" % len(bodies))
    bodies[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    out = bytearray(b"%PDF-1.4\n")
    for number, body in enumerate(bodies, 1):
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    return bytes(out + b"trailer << /Size %d /Root 1 0 R >>\n%%%%EOF" % (len(bodies) + 1))


def blocks(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def of(pages: list[list[Line]], rules: list[Rule] | None = None, rotate: int = 0) -> list[tuple[str, str]]:
    return blocks(read(pdf(pages, rules, rotate), name="a.pdf"))


def grid(xs: list[float], ys: list[float]) -> list[Rule]:
    return [(xs[0], y, xs[-1], y) for y in ys] + [(x, ys[0], x, ys[-1]) for x in xs]


def test_a_ruled_table_with_cells_of_several_lines() -> None:
    words: list[Line] = [
        (75, 690, 10, "VALUE"),
        (75, 678, 10, "IN DOLLARS"),
        (205, 684, 10, "REQUIRED"),
        (335, 684, 10, "WHO APPROVES"),
        (75, 654, 10, "Up to 5,000"),
        (205, 660, 10, "One verbal quotation,"),
        (205, 648, 10, "noted on file"),
        (335, 654, 10, "Executive Officer II"),
        (75, 624, 10, "Above 5,000"),
        (205, 624, 10, "Open tender"),
        (335, 630, 10, "Departmental Tender"),
        (335, 618, 10, "Board"),
    ]
    assert of([words], grid([70, 200, 330, 480], [610, 640, 670, 700])) == [
        (
            "table_row",
            "VALUE IN DOLLARS: Up to 5,000 | REQUIRED: One verbal quotation, noted on file"
            " | WHO APPROVES: Executive Officer II",
        ),
        (
            "table_row",
            "VALUE IN DOLLARS: Above 5,000 | REQUIRED: Open tender | WHO APPROVES: Departmental Tender Board",
        ),
    ]


def test_columns_that_line_up_without_lines() -> None:
    rows = [("Item", "Fee"), ("New licence, one year", "4,860"), ("Renewal", "3,240"), ("Permit, up to 14 days", "980")]
    words: list[Line] = [(72, 740, 10, "The fees of the year are these, and are paid at the counter or by cheque.")]
    words += [
        (x, 700 - 14 * at, 10, cell) for at, row in enumerate(rows) for x, cell in zip((72, 300), row, strict=True)
    ]
    words += [(72, 600, 10, "A fee is not refunded when the application is withdrawn by the applicant.")]
    assert of([words]) == [
        ("paragraph", words[0][3]),
        ("table_row", "Item: New licence, one year | Fee: 4,860"),
        ("table_row", "Item: Renewal | Fee: 3,240"),
        ("table_row", "Item: Permit, up to 14 days | Fee: 980"),
        ("paragraph", words[-1][3]),
    ]


def test_cells_in_the_middle_of_their_row() -> None:
    words: list[Line] = [
        (72, 700, 10, "Kind"),
        (200, 700, 10, "Meaning"),
        (450, 700, 10, "Fee"),
        (72, 676, 10, "Small vessel"),
        (200, 682, 10, "not longer than 15 metres, with fewer"),
        (200, 670, 10, "than four persons on board"),
        (450, 676, 10, "1,200"),
        (72, 654, 10, "Large vessel"),
        (200, 654, 10, "longer than 15 metres"),
        (450, 654, 10, "4,800"),
    ]
    assert of([words]) == [
        (
            "table_row",
            "Kind: Small vessel | Meaning: not longer than 15 metres, with fewer than four persons on board | Fee: 1,200",
        ),
        ("table_row", "Kind: Large vessel | Meaning: longer than 15 metres | Fee: 4,800"),
    ]


def test_rows_that_stand_close_are_rows() -> None:
    words: list[Line] = [(72, 720, 10, "Station"), (200, 720, 10, "Count")]
    words += [(x, 700 - 12 * at, 10, text) for at in range(5) for x, text in ((72, f"Beach {at}"), (200, str(40 + at)))]
    assert of([words]) == [("table_row", f"Station: Beach {at} | Count: {40 + at}") for at in range(5)]


def test_a_heading_of_two_lines_is_one() -> None:
    body = "The berth at the pier is let by the day and the fee for it is paid at the counter before it is used."
    words: list[Line] = [
        (72, 780, 20, "Rules for the use of the public piers by"),
        (72, 756, 20, "vessels of every kind"),
        (72, 700, 10, body),
        (72, 640, 20, "Fees"),
        (72, 616, 20, "Hours"),
    ]
    assert [text for kind, text in of([words]) if kind == "heading"] == [
        "Rules for the use of the public piers by vessels of every kind",
        "Fees",
        "Hours",
    ]


def test_a_cell_over_two_rows_is_told_in_both() -> None:
    rules = [rule for rule in grid([70, 200, 330], [610, 640, 670, 700]) if rule != (70, 640, 330, 640)]
    words: list[Line] = [
        (75, 684, 10, "PIER"),
        (205, 684, 10, "HOURS"),
        (75, 640, 10, "Pier 9"),
        (205, 654, 10, "from 7 to 12"),
        (205, 624, 10, "from 13 to 22"),
    ]
    assert of([words], [*rules, (200, 640, 330, 640)]) == [
        ("table_row", "PIER: Pier 9 | HOURS: from 7 to 12"),
        ("table_row", "PIER: Pier 9 | HOURS: from 13 to 22"),
    ]


def test_a_table_that_runs_over_the_end_of_a_page_keeps_its_head() -> None:
    first: list[Line] = [(72, 100, 10, "ITEM"), (300, 100, 10, "FEE"), (72, 86, 10, "One year"), (300, 86, 10, "4,860")]
    second: list[Line] = [
        (72, 760, 10, "Two years"),
        (300, 760, 10, "9,000"),
        (72, 746, 10, "A permit"),
        (300, 746, 10, "980"),
    ]
    assert of([first, second]) == [
        ("table_row", "ITEM: One year | FEE: 4,860"),
        ("table_row", "ITEM: Two years | FEE: 9,000"),
        ("table_row", "ITEM: A permit | FEE: 980"),
    ]


def test_bullets_and_numbers_before_paragraphs_are_no_table() -> None:
    words: list[Line] = []
    for at, text in enumerate(
        ("The vessel leaves the pier in ten minutes.", "The licence is shown.", "Accidents are told.")
    ):
        words += [(72, 700 - 16 * at, 10, f"{at + 1}."), (100, 700 - 16 * at, 10, text)]
    assert [kind for kind, _ in of([words])] == ["list_item"] * 3


LEFT = [f"left {at} says that the berth at the pier is let by" for at in range(8)]
RIGHT = [f"right {at} says that the fee for it is paid in a" for at in range(8)]


@pytest.mark.parametrize(
    ("above", "below", "whole"),
    [
        ("超出上限須由主管加簽（", "6084）", "超出上限須由主管加簽（6084）"),
        ("申領上限為三千元（6084", "）另見附錄", "申領上限為三千元（6084）另見附錄"),
        ("申領上限為三千元並須以", "HKD 計算", "申領上限為三千元並須以 HKD 計算"),
        ("The ceiling of claims", "is 6084", "The ceiling of claims is 6084"),
    ],
)
def test_no_blank_stands_inside_wide_brackets_at_the_end_of_a_line(above: str, below: str, whole: str) -> None:
    words = [Word(above, 60, 280, 700, 12, 12, 0, 0, False), Word(below, 60, 110, 685, 12, 12, len(above), 1, False)]
    assert said(words) == whole
    builder, _ = written([arranged(words, 1)])
    assert builder.document().text == whole


@pytest.mark.parametrize("by_lines", [True, False])
def test_two_columns_are_read_one_after_the_other(by_lines: bool) -> None:
    left: list[Line] = [(60, 700 - 14 * at, 10, text) for at, text in enumerate(LEFT)]
    right: list[Line] = [(320, 700 - 14 * at, 10, text) for at, text in enumerate(RIGHT)]
    body = [line for pair in zip(left, right, strict=True) for line in pair] if by_lines else [*left, *right]
    title: Line = (60, 740, 10, "A line above both of the columns that reaches from the left margin to the right one.")
    assert of([[title, *body]]) == [("paragraph", title[3]), ("paragraph", " ".join([*LEFT, *RIGHT]))]


def test_lines_are_read_from_the_top_whatever_is_drawn_first() -> None:
    lines: list[Line] = [(72, 700 - 40 * at, 10, f"Paragraph {name}.") for at, name in enumerate("abcd")]
    assert [text for _, text in of([lines[::-1]])] == [line[3] for line in lines]


def test_a_page_on_its_side() -> None:
    document = read(pdf([[(72, 700, 10, "The first line."), (72, 660, 10, "The second.")]], rotate=90), name="a.pdf")
    assert "The first line." in document.text


def test_what_repeats_at_the_foot_is_left_out_and_sentences_stay() -> None:
    pages: list[list[Line]] = [
        [
            (72, 780, 10, f"The fee for pier {at} is {at} dollars."),
            (72, 500, 10, f"{name} is the name of the vessel."),
            (72, 40, 9, f"Harbour Affairs Department - page {at + 4}"),
            (300, 20, 9, str(at)),
        ]
        for at, name in enumerate(("Amber", "Birch", "Cedar", "Delta"), 1)
    ]
    text = read(pdf(pages), name="a.pdf").text
    assert "Harbour" not in text
    for at, name in enumerate(("Amber", "Birch", "Cedar", "Delta"), 1):
        assert f"The fee for pier {at} is {at} dollars." in text
        assert name in text


def letters(text: str) -> Counter[str]:
    return Counter(char for char in text if not char.isspace() and char != "\x00")


def lost(placed: Placed, textpage: pdfium.PdfTextPage) -> Counter[str]:
    """What PDFium finds on a page and we do not place."""
    kept: Counter[str] = Counter()
    for item in placed.items:
        kept.update(letters(item.caption + "".join(map("".join, item.rows)) if isinstance(item, Table) else item.text))
    return letters(textpage.get_text_range().replace("\ufffe", "-").replace("\x02", "-")) - kept


PIECES = st.lists(
    st.tuples(
        st.integers(20, 500),
        st.integers(20, 800),
        st.sampled_from([8.0, 10.0, 12.0, 24.0]),
        st.text(st.sampled_from("abcXYZ019 .,-"), min_size=1, max_size=40).filter(str.strip),
    ),
    min_size=1,
    max_size=25,
)
RULES = st.lists(st.tuples(*[st.integers(20, 560)] * 2), max_size=4).map(
    lambda ends: grid(sorted(x for x, _ in ends), sorted(y for _, y in ends)) if ends else []
)


@settings(deadline=None)
@given(PIECES, RULES, st.sampled_from([0, 90, 180, 270]))
def test_no_character_is_lost(lines: list[Line], rules: list[Rule], rotate: int) -> None:
    document = pdfium.PdfDocument(pdf([lines], rules, rotate))
    page = document[0]
    textpage = page.get_textpage()
    assert lost(layout(page, textpage, 1), textpage) == Counter()
    document.close()


def test_no_character_of_real_files_is_lost(shared: Path) -> None:
    files = [*DEMO.glob("*.pdf"), *(shared / "data" / "messy_docs" / "unstructured").rglob("*.pdf")]
    assert len(files) > 30
    for path in files:
        try:
            document = pdfium.PdfDocument(path.read_bytes())
        except pdfium.PdfiumError:
            continue
        for number, page in enumerate(document, 1):
            textpage = page.get_textpage()
            assert lost(layout(page, textpage, number), textpage) == Counter(), (path.name, number)
        document.close()


def test_the_tables_of_the_demo_documents() -> None:
    def rows(name: str) -> list[str]:
        found = blocks(read((DEMO / name).read_bytes(), name=name))
        return [text for kind, text in found if kind == "table_row"]

    assert rows("pier-licence-guide.tc.pdf")[1] == "項目: 牌照續期，為期一年 | 費用（港元）: 3,240"
    assert rows("procurement-rules.en.pdf")[0] == (
        "Estimated value (HK$): Up to 5,000 | What is required: One verbal quotation, noted on file"
        " | Who approves: Executive Officer II"
    )
    assert rows("water-quality.tc.pdf")[0].startswith("監測站: 東灣 | ")
    assert len(rows("venue-hire.tc.pdf")) == 3
