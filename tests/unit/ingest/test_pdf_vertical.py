"""PDF text that is turned, written downwards, or mixed of Chinese and English: order and glyphs as a person reads them."""

from __future__ import annotations

import pytest

from lionrock.ingest.readers.pdf import read

A, B, C = "海港事務署通告第十二號由四月一日起", "所有職員申請年假須於七個工作天前", "以書面提出並經主管批准。"


def pdf(content: bytes, more: bytes = b"", meaning: bytes = b"") -> bytes:
    """A page with Helvetica (/F), Chinese level (/H) and downwards (/V), and codes whose meaning the file tells (/M)."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] " + more + b" /Contents 4 0 R /Resources "
        b"<< /Font << /F 5 0 R /H 6 0 R /V 7 0 R /M 10 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /MSung /Encoding /UniCNS-UTF16-H /DescendantFonts [8 0 R] >>",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /MSung /Encoding /UniCNS-UTF16-V /DescendantFonts [8 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /MSung /FontDescriptor 9 0 R "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (CNS1) /Supplement 4 >> >>",
        b"<< /Type /FontDescriptor /FontName /MSung /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 880 "
        b"/Descent -120 /CapHeight 880 /StemV 80 >>",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /MSung /Encoding /Identity-H /DescendantFonts [8 0 R] /ToUnicode 11 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(meaning), meaning),
    ]
    out = bytearray(b"%PDF-1.4\n")
    for number, body in enumerate(bodies, 1):
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    return bytes(out + b"trailer << /Size %d /Root 1 0 R >>\n%%%%EOF" % (len(bodies) + 1))


def hexed(text: str) -> bytes:
    return b"<" + text.encode("utf-16-be").hex().encode() + b">"


def at(x: float, y: float, text: str, font: bytes = b"H", size: int = 14) -> bytes:
    said = hexed(text) if font != b"F" else b"(" + text.encode() + b")"
    return b"BT /%s %d Tf %f %f Td %s Tj ET\n" % (font, size, x, y, said)


def blocks(data: bytes) -> list[str]:
    document = read(data, name="a.pdf")
    assert document.hidden == ()
    return [document.text[block.start : block.end] for block in document.blocks]


def test_columns_of_a_font_written_downwards() -> None:
    page = b"".join(at(500 - 24 * number, 780, text, b"V") for number, text in enumerate((A, B, C)))
    assert blocks(pdf(page)) == [A + B + C]


def test_columns_of_characters_that_each_have_their_place() -> None:
    page = b"".join(
        at(500 - 24 * column, 780 - 16 * row, char)
        for column, text in enumerate((A, B, C))
        for row, char in enumerate(text)
    )
    assert blocks(pdf(page)) == [A + B + C]


def test_columns_drawn_from_the_left_are_read_from_the_right() -> None:
    page = b"".join(at(500 - 24 * number, 780, text, b"V") for number, text in reversed(list(enumerate((A, B, C)))))
    assert blocks(pdf(page)) == [A + B + C]


def test_a_level_number_below_columns_stays_whole() -> None:
    page = b"".join(at(500 - 24 * number, 780, text, b"V") for number, text in enumerate((A, B, C)))
    said = blocks(pdf(page + at(290, 40, "1234", b"F")))
    assert said[0] == A + B + C or A + B + C in said
    assert "1234" in said


@pytest.mark.parametrize(
    ("matrix", "places"),
    [
        ("0 1 -1 0", [(100, 100), (115, 100), (130, 100)]),
        ("0 -1 1 0", [(130, 700), (115, 700), (100, 700)]),
        ("-1 0 0 -1", [(500, 100), (500, 115), (500, 130)]),
    ],
)
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_turned_lines_are_read_in_their_own_order(matrix: str, places: list[tuple[int, int]], rotate: int) -> None:
    """Whatever the page is turned by when it is shown: the lines follow each other as they are written."""
    lines = ["The berth is let for ninety days", "and the rent is paid in advance", "before the vessel comes in."]
    page = "".join(
        f"BT /F 12 Tf {matrix} {x} {y} Tm ({text}) Tj ET\n" for (x, y), text in zip(places, lines, strict=True)
    )
    assert blocks(pdf(page.encode(), b"/Rotate %d" % rotate)) == [" ".join(lines)]


def test_a_line_of_chinese_and_english_is_not_broken_apart() -> None:
    page = (
        b"BT /H 12 Tf 72 700 Td " + hexed("颱風訊號 ") + b" Tj /F 12 Tf (No. 8) Tj /H 12 Tf "
        + hexed("懸掛後，") + b" Tj /F 12 Tf (Overtime) Tj /H 12 Tf " + hexed("須經批准。") + b" Tj ET\n"
    )  # fmt: skip
    assert blocks(pdf(page)) == ["颱風訊號 No. 8懸掛後，Overtime須經批准。"]


def test_forms_of_glyphs_are_kept_as_they_are() -> None:
    """Marks of another block, full-width digits and letters, compatibility ideographs: none is folded."""
    text = "㆗㆒㆟㆖㆘１２３ＡＢＣ①㈱金度里"
    meaning = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def /CMapType 2 def\n"
        b"1 begincodespacerange <0000> <ffff> endcodespacerange\n%d beginbfchar\n"
        % len(text)
        + b"".join(b"<%04x> <%04x>\n" % (code, ord(char)) for code, char in enumerate(text, 1))
        + b"endbfchar endcmap end end"
    )
    codes = b"".join(b"%04x" % code for code in range(1, len(text) + 1))
    assert blocks(pdf(b"BT /M 12 Tf 72 700 Td <%s> Tj ET" % codes, meaning=meaning)) == [text]


def test_such_glyphs_are_joined_over_the_end_of_a_line_without_a_blank() -> None:
    text = "㆗㆒㆟㆖㆘"
    meaning = (
        b"begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange\n5 beginbfchar\n"
        + b"".join(b"<%04x> <%04x>\n" % (code, ord(char)) for code, char in enumerate(text, 1))
        + b"endbfchar endcmap"
    )
    row = b"0001000200030004000500010002000300040005"
    page = b"BT /M 12 Tf 72 700 Td <%s> Tj 0 -15 Td <%s> Tj ET" % (row, row)
    assert blocks(pdf(page, meaning=meaning)) == [text * 4]


def test_a_footnote_follows_its_page_and_running_heads_are_left_out() -> None:
    """Three pages: what repeats is not read, a note stands below the text of its page."""
    heads = b"".join(at(72, 800, "Harbour Office Circulars", b"F", 9) for _ in range(1))
    body = b"".join(
        at(
            72,
            700 - 16 * row,
            f"Line {row} of the text runs over the whole width of the page, as lines of a text do.",
            b"F",
            12,
        )
        for row in range(4)
    )
    page = heads + body + at(72, 90, "1. A note on the first line of the page.", b"F", 8)
    said = blocks(pdf(page))
    assert said[-1] == "1. A note on the first line of the page."
    assert "Line 0 of the text" in said[-2]


@pytest.mark.parametrize("blank", ["\u2003", "\u001c", "\u2028", "\u00a0", "\u3000"])
def test_a_line_of_nothing_but_blanks_is_no_line(blank: str) -> None:
    meaning = (
        b"begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfchar\n<0001> <%04x>\nendbfchar endcmap"
        % ord(blank)
    )
    alone = b"BT /M 12 Tf 72 500 Td <00010001> Tj ET\n"
    page = at(72, 700, "First words.", b"F") + alone + at(72, 300, "Last words.", b"F")
    assert blocks(pdf(page, meaning=meaning)) == ["First words.", "Last words."]
