"""Where quotes stand on PDF pages: columns, tables, columns of Chinese, hyphens, repeated sentences, turned pages."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from pdf_files import at, down, pdf_of, ruled, words
from PIL import Image

from lionrock.errors import BrokenDocumentError, NotFoundError
from lionrock.ingest.locate import Wanted
from lionrock.ingest.readers import image_drawn, pdf_drawn
from lionrock.ingest.readers.pdf import read
from lionrock.records import ParsedDocument

Part = tuple[float, float, float, float]


class File:
    """A PDF on disk with the text that the reader stores."""

    def __init__(self, folder: Path, data: bytes) -> None:
        self.path = folder / "file.pdf"
        self.path.write_bytes(data)
        self.document: ParsedDocument = read(data, name="file.pdf")
        self.text = self.document.text

    def find(self, quote: str, nth: int = 0) -> tuple[list[tuple[int, Part]], list[str | None]]:
        """((page, box) of each line, why not all of it has one) of a quote of the stored text."""
        start = -1
        for _ in range(nth + 1):
            start = self.text.index(quote, start + 1)
        end = start + len(quote)
        boxes: list[tuple[int, Part]] = []
        whys: list[str | None] = []
        starts = (*self.document.page_starts, len(self.text))
        for number, (low, high) in enumerate(pairwise(starts), 1):
            a, b = max(start, low), min(end, high)
            if a < b and self.text[a:b].strip():
                wanted = Wanted(self.text[low:a], self.text[a:b], self.text[b:high])
                [(lines, why)] = pdf_drawn.places(self.path, [(number, wanted)])
                boxes += [(number, line) for line in lines]
                whys.append(why)
        return boxes, whys

    def under(self, page: int, box: Part) -> str:
        """The words that PDFium finds under a box on a page that is not turned."""
        document = pdfium.PdfDocument(self.path)
        shown = document[page - 1]
        wide, high = shown.get_size()
        textpage = shown.get_textpage()
        left, top, width, height = box
        found = textpage.get_text_bounded(
            left * wide - 1, high - (top + height) * high + 1, (left + width) * wide + 1, high - top * high - 1
        )
        document.close()
        return " ".join(str(found).split())


def test_a_sentence_over_two_lines_has_a_box_for_each(tmp_path: Path) -> None:
    file = File(
        tmp_path,
        pdf_of(
            words(72, 760, "The hall is open to groups of the district from nine in the morning until six and")
            + words(72, 744, "groups may book it for a day. A deposit of HK$500 is paid when the key is handed over,")
            + words(72, 728, "and it is returned on the day after. Chairs are for hire.")
        ),
    )
    quote = "A deposit of HK$500 is paid when the key is handed over, and it is returned on the day after."
    boxes, whys = file.find(quote)
    assert whys == [None]
    assert [file.under(page, box) for page, box in boxes] == [
        "A deposit of HK$500 is paid when the key is handed over,",
        "and it is returned on the day after.",
    ]
    # From the left and upper edge, in parts of the page: the second line begins at the margin, 728 of 842 up.
    left, top, _, height = boxes[1][1]
    assert left == pytest.approx(72 / 595, abs=0.002)
    assert top < 1 - 728 / 842 < top + height


def test_two_columns_keep_to_their_own(tmp_path: Path) -> None:
    left = (
        "Fees are paid at the counter of|the ground floor, and for each|a receipt is given. No cheques|"
        "are taken any longer, nor are|coins of other places. Refunds|are made within a month of the"
    ).split("|")
    right = (
        "Parking is free for visitors of|the house who hold a badge. The|"
        "badge is returned at the gate|by the evening of that day, or|a fee is due. Lorries use the|other entrance, by the harbour."
    ).split("|")
    # Drawn line by line over both columns.
    page = b"".join(
        words(60, 700 - 16 * row, a) + words(330, 700 - 16 * row, b)
        for row, (a, b) in enumerate(zip(left, right, strict=True))
    )
    file = File(tmp_path, pdf_of(page))
    for quote, lines in (
        ("and for each a receipt is given.", 2),
        ("The badge is returned at the gate by the evening of that day, or a fee is due.", 4),
    ):
        boxes, whys = file.find(quote)
        assert (len(boxes), whys) == (lines, [None])
        assert " ".join(file.under(page, box) for page, box in boxes) == quote


def test_a_row_of_a_table_has_boxes_at_its_cells(tmp_path: Path) -> None:
    ys = [700, 670, 640, 610, 580]
    rows = [("Item", "Fee", "Days"), ("Licence", "400", "12"), ("Permit", "400", "7"), ("Renewal", "40", "12")]
    page = ruled([60, 250, 350, 450], ys) + b"".join(
        words(x + 5, y - 20, cell)
        for y, row in zip(ys, rows, strict=False)
        for x, cell in zip((60, 250, 350), row, strict=True)
    )
    file = File(
        tmp_path, pdf_of(page + words(60, 760, "Fees 400 and days 7 of the harbour office, as told to all staff there"))
    )
    for nth, row in enumerate(rows[1:], 1):
        boxes, whys = file.find(f"Item: {row[0]} | Fee: {row[1]} | Days: {row[2]}")
        assert whys == [None]
        assert [file.under(page, box) for page, box in boxes] == list(row)
        assert all(top < 1 - (ys[nth] - 20) / 842 < top + height for _, (_, top, _, height) in boxes)


def test_rows_that_say_the_same_are_told_apart_by_their_number(tmp_path: Path) -> None:
    ys = [700, 670, 640, 610]
    rows = [("Item", "Fee"), ("Licence", "400"), ("Licence", "400")]
    page = ruled([60, 250, 350], ys) + b"".join(
        words(x + 5, y - 20, cell)
        for y, row in zip(ys, rows, strict=False)
        for x, cell in zip((60, 250), row, strict=True)
    )
    file = File(tmp_path, pdf_of(page))
    first, second = (file.find("Item: Licence | Fee: 400", nth) for nth in (0, 1))
    assert first[1] == second[1] == [None]
    assert {round(box[1] * 842) // 30 for _, box in first[0]} != {round(box[1] * 842) // 30 for _, box in second[0]}
    assert all(upper[1] < lower[1] for (_, upper), (_, lower) in zip(first[0], second[0], strict=True))


def test_columns_of_chinese_have_a_box_a_column(tmp_path: Path) -> None:
    columns = ("海港事務署通告第十二號由四月一日起", "所有職員申請年假須於七個工作天前", "以書面提出並經主管批准。")
    file = File(tmp_path, pdf_of(b"".join(down(500 - 24 * n, 780, text) for n, text in enumerate(columns))))
    boxes, whys = file.find("七個工作天前以書面提出")
    assert whys == [None]
    (_, first), (_, second) = boxes
    assert first[0] > second[0]
    assert all(842 * box[3] > 4 * 595 * box[2] for box in (first, second))
    assert first[1] > second[1]


def test_chinese_and_compatibility_forms_over_a_line(tmp_path: Path) -> None:
    # An old form of an ideograph is stored as it stands.
    file = File(
        tmp_path,
        pdf_of(at(72, 760, "申請㆟須於限期前遞交表格，逾期者不獲受理，申請人可於") + at(72, 738, "網上查閱結果。")),
    )
    assert "㆟" in file.text
    boxes, whys = file.find("申請㆟須於限期前遞交表格")
    assert (len(boxes), whys) == (1, [None])
    boxes, whys = file.find("申請人可於網上查閱結果")
    assert (len(boxes), whys) == (2, [None])
    assert boxes[0][1][1] < boxes[1][1][1]


def test_a_word_that_a_hyphen_parts(tmp_path: Path) -> None:
    file = File(
        tmp_path,
        pdf_of(
            words(72, 760, "All offices of the department shall follow the instructions on environ-")
            + words(72, 744, "mental protection that were given to them in the spring of last year.")
        ),
    )
    boxes, whys = file.find("on environ-mental protection")
    assert whys == [None]
    assert [file.under(page, box) for page, box in boxes][1] == "mental protection"


SENTENCE = "The office is closed on Monday."


def test_the_same_sentence_twice_on_a_page(tmp_path: Path) -> None:
    file = File(
        tmp_path,
        pdf_of(
            words(72, 760, f"In spring the rule is this. {SENTENCE} Visitors come on Tuesday.")
            + words(72, 700, f"In autumn another one holds. {SENTENCE} Visitors stay at home.")
        ),
    )
    for nth, height in ((0, 760), (1, 700)):
        [(page, box)], whys = file.find(SENTENCE, nth)
        assert (page, whys, file.under(page, box)) == (1, [None], SENTENCE)
        assert box[1] < 1 - height / 842 < box[1] + box[3]


def test_the_same_paragraph_twice_on_a_page_is_told_by_its_number(tmp_path: Path) -> None:
    file = File(tmp_path, pdf_of(words(72, 760, SENTENCE) + words(72, 600, SENTENCE) + words(72, 400, SENTENCE)))
    heights = []
    for nth in range(3):
        [(_, box)], whys = file.find(SENTENCE, nth)
        assert whys == [None]
        heights.append(round((1 - box[1]) * 842))
    assert heights == sorted(heights, reverse=True)
    assert heights[0] - heights[2] == pytest.approx(360, abs=2)


def test_what_cannot_be_told_apart_has_no_box(tmp_path: Path) -> None:
    file = File(tmp_path, pdf_of(words(72, 760, SENTENCE) + words(72, 600, SENTENCE)))
    # The stored text that is given knows of one of them only.
    assert pdf_drawn.places(file.path, [(1, Wanted("", SENTENCE, ""))]) == [([], "several")]


def test_the_same_sentence_on_two_pages_and_one_over_both(tmp_path: Path) -> None:
    first = words(72, 760, f"Rules for spring. {SENTENCE} Then they go on at length about what is to be") + words(
        72, 744, "done by the keeper of the keys when nobody else is there, who has to"
    )
    second = words(72, 760, f"open the gate early. {SENTENCE} The other rules stay as they are now.")
    file = File(tmp_path, pdf_of(first, second))
    assert [[page for page, _ in file.find(SENTENCE, nth)[0]] for nth in (0, 1)] == [[1], [2]]
    boxes, whys = file.find("who has to open the gate early.")
    assert whys == [None, None]
    assert [(page, file.under(page, box)) for page, box in boxes] == [(1, "who has to"), (2, "open the gate early.")]


def test_words_that_are_not_there_have_no_box(tmp_path: Path) -> None:
    file = File(tmp_path, pdf_of(words(72, 760, "The office is closed on Monday.")))
    assert pdf_drawn.places(file.path, [(1, Wanted("", "The harbour master keeps the keys.", ""))]) == [([], "absent")]
    # A short word inside another one is no place for it.
    assert pdf_drawn.places(file.path, [(1, Wanted("Then ", "clo", " and clo again."))]) == [([], "absent")]


def test_masked_words_have_their_place(tmp_path: Path) -> None:
    file = File(tmp_path, pdf_of(words(72, 760, "The holder is A123456(3), who lives here.")))
    [(lines, why)] = pdf_drawn.places(file.path, [(1, Wanted("The holder is ", "███████(█)", ", who lives here."))])
    assert (why, [file.under(1, line) for line in lines]) == (None, ["A123456(3)"])


def test_words_that_nobody_sees_are_no_place(tmp_path: Path) -> None:
    hidden = b"1 1 1 rg\n" + words(72, 760, SENTENCE) + b"0 0 0 rg\n"
    file = File(tmp_path, pdf_of(hidden + words(72, 600, SENTENCE)))
    assert file.text == SENTENCE
    [(_, box)], whys = file.find(SENTENCE)
    assert whys == [None]
    assert box[1] < 1 - 600 / 842 < box[1] + box[3]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_has_boxes_as_it_is_shown(tmp_path: Path, turn: int) -> None:
    file = File(tmp_path, pdf_of(words(72, 760, SENTENCE), more=b"/Rotate %d" % turn))
    [(lines, why)] = pdf_drawn.places(file.path, [(1, Wanted("", SENTENCE, ""))])
    assert (why, len(lines)) == (None, 1)
    left, top, width, height = lines[0]
    # The box is where the page, as it is drawn, is not white.
    picture = pdf_drawn.draw(file.path, 1, 1000).convert("L")
    wide, high = picture.size
    spot = (int(left * wide), int(top * high), int((left + width) * wide), int((top + height) * high))
    assert min(picture.crop(spot).tobytes()) < 128
    blank = Image.new("L", (spot[2] - spot[0] + 4, spot[3] - spot[1] + 4), 255)
    picture.paste(blank, (spot[0] - 2, spot[1] - 2))
    assert min(picture.tobytes()) > 128


def test_sizes_and_pictures(tmp_path: Path) -> None:
    path = tmp_path / "two.pdf"
    path.write_bytes(pdf_of(words(72, 760, SENTENCE), b""))
    assert pdf_drawn.sizes(path) == [(595, 842), (595, 842)]
    picture = pdf_drawn.draw(path, 1, 1190)
    assert (picture.size, min(picture.convert("L").tobytes()) < 100) == ((1190, 1684), True)
    assert min(pdf_drawn.draw(path, 2, 800).convert("L").tobytes()) == 255
    with pytest.raises(NotFoundError, match=r"no page 3: the document has 2"):
        pdf_drawn.draw(path, 3, 800)


def test_a_page_of_any_length_makes_a_picture_of_bounded_size(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(pdf_of(b"").replace(b"[0 0 595 842]", b"[0 0 20 9000]"))
    wide, high = pdf_drawn.draw(path, 1, 2000).size
    assert wide * high <= 12_100_000 and high <= 16_001


def test_damage_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.pdf"
    path.write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(BrokenDocumentError, match="damaged"):
        pdf_drawn.sizes(path)


def test_images_upright_and_never_larger(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (3000, 1500), "red").save(path, exif=exif, dpi=(300, 300))
    assert image_drawn.sizes(path) == [(360, 720)]
    assert image_drawn.draw(path, 1, 1000).size == (1000, 2000)
    small = tmp_path / "small.png"
    Image.new("RGB", (96, 48), "red").save(small)
    assert image_drawn.sizes(small) == [(72, 36)]
    assert image_drawn.draw(small, 1, 1000).size == (96, 48)
    with pytest.raises(NotFoundError, match="no page 2"):
        image_drawn.draw(small, 2, 1000)


def test_a_tiff_of_pages(tmp_path: Path) -> None:
    path = tmp_path / "scan.tiff"
    pages = [Image.new("L", size, 200) for size in ((100, 50), (60, 90))]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert len(image_drawn.sizes(path)) == 2
    assert image_drawn.draw(path, 2, 800).size == (60, 90)
