"""A quote is found where it stands on a page, or not at all."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lionrock.ingest.locate import Box, Page, Wanted, lines_of, locate

LINE = st.text(alphabet="ab一二三 .", min_size=1, max_size=12)


def grid(at: int) -> Box:
    """Characters side by side, forty a line."""
    row, column = divmod(at, 40)
    return Box(10.0 * column, 20.0 * row, 10.0 * column + 10, 20.0 * row + 12)


def page_of(text: str) -> Page:
    return Page(text, lambda at: None if text[at].isspace() else grid(at))


@given(st.lists(LINE, min_size=1, max_size=12), st.data())
@settings(max_examples=300, deadline=None)
def test_a_quote_of_the_page_itself_is_found_in_its_own_place_or_not(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    found, miss = locate(page_of(text), Wanted(text[:start], text[start:end], text[end:]))
    own = [at for at in range(start, end) if not text[at].isspace()]
    if miss is None:
        assert found == own
    else:
        assert set(found) <= set(own)


@given(st.lists(LINE, min_size=2, max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_lines_in_another_order_never_bring_letters_that_the_quote_has_not(lines: list[str], random: object) -> None:
    drawn = list(lines)
    random.shuffle(drawn)  # type: ignore[attr-defined]
    text = "\n".join(drawn)
    quote = "\n".join(lines)
    found, _ = locate(page_of(text), Wanted("", quote, ""))
    letters = "".join(quote.split())
    assert len(set(found)) == len(found) <= len(letters)
    assert set("".join(text[at] for at in found)) <= set(letters)


def test_boxes_of_a_line_and_of_a_column_are_one_each() -> None:
    level = [Box(10.0 * at, 0, 10.0 * at + 9, 12) for at in range(5)]
    below = [Box(10.0 * at, 20, 10.0 * at + 9, 32) for at in range(3)]
    assert lines_of([*level, *below]) == [Box(0, 0, 49, 12), Box(0, 20, 29, 32)]
    column = [Box(100, 14.0 * at, 114, 14.0 * at + 13) for at in range(4)]
    assert lines_of(column) == [Box(100, 0, 114, 55)]
    assert lines_of([]) == []
    # Cells of a row stay apart, and so does what something else stands between.
    assert lines_of([Box(0, 0, 9, 12), Box(200, 0, 209, 12)]) == [Box(0, 0, 9, 12), Box(200, 0, 209, 12)]
    assert lines_of([Box(0, 0, 9, 12), None, Box(60, 0, 69, 12)]) == [Box(0, 0, 9, 12), Box(60, 0, 69, 12)]
