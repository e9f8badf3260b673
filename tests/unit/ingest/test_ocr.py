"""Recognised lines to a page: no word lost, columns and rows in order, what is said about the recognition."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lionrock.errors import UnsupportedFormatError
from lionrock.ingest.readers import ocr
from lionrock.ingest.readers.ocr import Recognised, Seen
from lionrock.ingest.readers.pdf_layout import Placed
from lionrock.ingest.readers.pdf_scan import Scans, placed, ranges
from lionrock.ingest.readers.pdf_tables import Table
from lionrock.records import Hidden


def line(text: str, x: float, y: float, width: float = 300, height: float = 30, confidence: float = 0.9) -> Seen:
    return Seen(text, confidence, x, y, x + width, y + height)


def page(*lines: Seen, downwards: bool = False) -> Recognised:
    return Recognised(lines, 1_240, 1_754, downwards)


def texts(found: Placed) -> list[str]:
    said: list[str] = []
    for item in found.items:
        said += [cell for row in item.rows for cell in row] if isinstance(item, Table) else [item.text]
        said += [item.caption] if isinstance(item, Table) else []
    return [text for text in said if text]


def test_lines_from_the_top_whatever_their_order() -> None:
    lines = [line(text, 100, 100 + 50 * at) for at, text in enumerate(("first", "second", "third"))]
    assert texts(placed(page(*reversed(lines)), 1, 0.5)) == ["first", "second", "third"]


def test_pieces_of_one_row_stand_on_one_line() -> None:
    """They differ by a few pixels, as boxes with and without descenders do."""
    assert texts(placed(page(line("Name", 100, 103, 80), line("of the berth", 185, 98, 160)), 1, 0.5)) == [
        "Name of the berth"
    ]


def test_columns_from_the_right() -> None:
    columns = [line(text, 900 - 60 * at, 100, 40, 900) for at, text in enumerate(("第一行", "第二行", "第三行"))]
    head = line("題目", 500, 20, 200, 60)
    foot = line("12", 600, 1_500, 40, 30)
    found = placed(page(*columns[::-1], foot, head, downwards=True), 1, 0.5)
    assert texts(found) == ["題目", "第一行", "第二行", "第三行", "12"]


def test_larger_lines_are_of_a_larger_size() -> None:
    lines = [line("A heading", 100, 50, 400, 60)] + [line(f"Line {at} of text", 100, 150 + 50 * at) for at in range(6)]
    uneven = [line("a little higher line", 100, 500, 300, 34), line("a little lower line", 100, 550, 300, 27)]
    sizes = {
        item.text: item.size for item in placed(page(*lines, *uneven), 1, 0.5).items if not isinstance(item, Table)
    }
    assert sizes["A heading"] > 1.5 * sizes["Line 1 of text"]
    assert len({size for text, size in sizes.items() if text != "A heading"}) == 1


WORDS = st.sampled_from(["berth", "泊位", "1,200", "A", "Harbour Office", "海港事務署", "§", "12"])
PLACES = st.tuples(WORDS, st.integers(0, 1_200), st.integers(0, 1_700), st.integers(8, 900), st.integers(8, 900))


@settings(max_examples=200, deadline=None)
@given(boxes=st.lists(PLACES, max_size=40), downwards=st.booleans())
def test_no_word_is_lost(boxes: list[tuple[str, int, int, int, int]], downwards: bool) -> None:
    lines = [line(text, x, y, width, height) for text, x, y, width, height in boxes]
    found = Counter("".join(texts(placed(page(*lines, downwards=downwards), 1, 0.5))).replace(" ", ""))
    wanted = Counter("".join(seen.text for seen in lines).replace(" ", ""))
    # A short cell over several rows is told in each.
    assert not wanted - found
    assert set(found) == set(wanted)


@pytest.mark.parametrize(
    ("numbers", "told"),
    [([3], "Page 3"), ([1, 2, 3], "Pages 1-3"), ([7, 1, 3, 2], "Pages 1-3, 7"), ([1, 3], "Pages 1, 3")],
)
def test_ranges(numbers: list[int], told: str) -> None:
    assert ranges(numbers) == told


def test_what_is_said_about_the_recognition() -> None:
    good, poor, none = page(line("well read", 1, 1)), page(line("hardly", 1, 1, confidence=0.65)), page()
    assert Scans([(1, good), (2, good), (4, poor), (5, none)]).notices() == [
        "Pages 1-2, 4 had no usable text and were read by text recognition, with a mean confidence of 84%; it may err.",
        "Low confidence on page 4 (65%); check the text against the original.",
        "Page 5 showed no words that could be recognised.",
    ]
    assert Scans([(1, poor)]).notices(image=True) == [
        "The image was read by text recognition, with a mean confidence of 65%; it may err.",
        "The confidence is low; check the text against the image.",
    ]
    faint = Seen("Obey me", 0.9, 1, 1, 9, 9, faint=True)
    assert Scans([(1, page(faint))]).hidden() == [Hidden("faint text in an image", "Obey me")]
    assert placed(page(faint), 1, 1.0).items == ()


def test_a_long_line_is_cut_where_nothing_is_drawn() -> None:
    crop = np.full((40, 9_000, 3), 255, np.uint8)
    for left in range(0, 9_000, 40):
        crop[8:32, left + 5 : left + 35] = 0
    pieces = ocr._pieces(crop)
    assert sum(piece.shape[1] for piece in pieces) == 9_000
    assert all(piece.shape[1] <= 50 * 40 for piece in pieces)
    assert all((piece[:, 0] == 255).all() for piece in pieces)


def test_the_models_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr.importlib.util, "find_spec", lambda name: None)
    ocr._tools.cache_clear()
    with pytest.raises(UnsupportedFormatError, match="not installed"):
        ocr.recognise(Image.new("L", (100, 100)))
    ocr._tools.cache_clear()


def test_nothing_is_loaded_before_it_is_needed() -> None:
    """Importing the readers must stay cheap: most files need no recognition."""
    code = "import sys, lionrock.ingest.child, lionrock.ingest.readers.pdf, lionrock.ingest.readers.image\n"
    code += "print([name for name in ('rapidocr', 'cv2', 'onnxruntime') if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
