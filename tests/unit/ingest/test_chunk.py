"""Chunks: in order, disjoint, nothing lost, inside their size, at the ends of sentences where it can be helped."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.ingest.chunk import Chunk, chunk, weight
from lionrock.records import Block, ParsedDocument, Passage

PARAGRAPH = st.text(st.sampled_from(list("年假規則須於九月三十日前放取。，；𠮷abc de. ")), min_size=1, max_size=900)
KINDS = st.sampled_from(["heading", "paragraph", "list_item", "table_row", "provision"])


def document(parts: list[tuple[str, str]]) -> ParsedDocument:
    text, blocks = "", []
    for kind, words in parts:
        if not words.strip():
            continue
        start = len(text)
        text += words + "\n"
        blocks.append(Block(kind, start, start + len(words), heading=("H",), level=1))  # type: ignore[arg-type]
    return ParsedDocument(text, tuple(blocks))


@given(st.lists(st.tuples(KINDS, PARAGRAPH), max_size=12))
def test_nothing_is_lost_and_nothing_stands_twice(parts: list[tuple[str, str]]) -> None:
    parsed = document(parts)
    chunks = chunk(parsed)
    assert all(a.end <= b.start for a, b in itertools.pairwise(chunks))
    covered = {at for item in chunks for at in range(item.start, item.end)}
    for block in parsed.blocks:
        for at in range(block.start, block.end):
            assert at in covered or parsed.text[at].isspace()
    assert all(weight(parsed.text[item.start : item.end]) < 1200 for item in chunks)


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    sentence = "職員每年最多可將十四天未放取的年假結轉至下一曆年，並須於九月三十日或之前放取。"
    parsed = document([("paragraph", sentence * 40)])
    chunks = chunk(parsed)
    assert len(chunks) > 2
    assert all(parsed.text[item.start : item.end].rstrip().endswith("。") for item in chunks)
    sizes = [weight(parsed.text[item.start : item.end]) for item in chunks[:-1]]
    assert all(200 <= size <= 600 for size in sizes), sizes


def test_a_heading_stays_with_what_it_heads() -> None:
    parsed = document([("paragraph", "甲" * 300), ("heading", "申請"), ("paragraph", "須於七日前提出。")])
    assert any("申請" in parsed.text[c.start : c.end] and "七日" in parsed.text[c.start : c.end] for c in chunk(parsed))


def passage_of(parsed: ParsedDocument, item: Chunk) -> Passage:
    text = parsed.text[item.start : item.end]
    return Passage(
        "p", "d", 1, 0, text, item.start, item.end, "en", "t", "s", page=item.page, page_breaks=item.page_breaks
    )


@given(st.lists(st.tuples(KINDS, PARAGRAPH), min_size=1, max_size=8), st.data())
def test_every_word_is_on_its_page(parts: list[tuple[str, str]], data: st.DataObject) -> None:
    parsed = document(parts)
    breaks = data.draw(st.lists(st.integers(0, len(parsed.text)), max_size=12).map(sorted))
    starts = (0, *breaks)
    naive = [max(page for page, start in enumerate(starts, 1) if start <= at) for at in range(len(parsed.text))]
    paged = ParsedDocument(parsed.text, parsed.blocks, pages=len(starts), page_starts=starts)
    chunks = chunk(paged)
    for item in chunks:
        passage = passage_of(paged, item)
        pages = [passage.page_at(at) for at in range(len(passage.text))]
        assert pages == naive[item.start : item.end]
        assert (passage.page_breaks == ()) == (len(set(pages)) == 1)
    # Nothing but a block that runs over a page's end, or a heading before its text, makes a passage of two pages.
    for item in chunks:
        inside = [b for b in paged.blocks if b.start < item.end and b.end > item.start]
        for before, after in itertools.pairwise(inside):
            assert before.kind == "heading" or naive[before.end - 1] == naive[after.start]


def test_the_page_is_that_of_the_first_words_below_the_heading() -> None:
    parsed = document([("heading", "Fees"), ("paragraph", "The fee is 10 dollars.")])
    [item] = chunk(ParsedDocument(parsed.text, parsed.blocks, page_starts=(0, 5)))
    assert (item.page, item.page_breaks) == (2, ((0, 1), (5, 2)))


@pytest.mark.parametrize("starts", [(), (0,)])
def test_one_page_or_none_has_no_breaks(starts: tuple[int, ...]) -> None:
    parsed = document([("paragraph", "The fee is 10 dollars.")])
    [item] = chunk(ParsedDocument(parsed.text, parsed.blocks, page_starts=starts))
    assert (item.page, item.page_breaks) == (1 if starts else None, ())


def test_a_text_too_long_for_one_passage_is_rather_cut_at_the_end_of_a_page() -> None:
    sentence = "職員每年最多可將十四天未放取的年假結轉至下一曆年，並須於九月三十日或之前放取。"
    parsed = document([("paragraph", sentence * 30)])
    turn = len(sentence) * 7
    chunks = chunk(ParsedDocument(parsed.text, parsed.blocks, page_starts=(0, turn)))
    assert turn in {item.start for item in chunks}
    assert [item.page for item in chunks[:2]] == [1, 2]


def opened(*lines: str, body: str = "The fee is 10 dollars.") -> ParsedDocument:
    """A document whose title stands above `lines`, with two sections."""
    text, blocks = "", []
    parts = [("heading", "Rules", (), 1), *(("paragraph", line, ("Rules",), 0) for line in lines)]
    for name in ("Fees", "Hours"):
        parts += [("heading", name, ("Rules",), 2), ("paragraph", body, ("Rules", name), 0)]
    for kind, words, heading, level in parts:
        blocks.append(Block(kind, len(text), len(text) + len(words), heading=heading, level=level))  # type: ignore[arg-type]
        text += words + "\n"
    return ParsedDocument(text, tuple(blocks))


def test_title_department_and_date_are_told_with_the_first_section() -> None:
    parsed = opened("Harbour Affairs Department", "1 July 2026")
    chunks = chunk(parsed)
    assert [item.heading for item in chunks] == [("Rules", "Fees"), ("Rules", "Hours")]
    assert parsed.text[chunks[0].start : chunks[0].end].startswith(
        "Rules\nHarbour Affairs Department\n1 July 2026\nFees"
    )


def test_the_first_section_follows_even_when_it_is_long() -> None:
    chunks = chunk(opened("Harbour Affairs Department", body="職員每年可將未放取的年假結轉至下一曆年。" * 30))
    assert chunks[0].heading == ("Rules", "Fees")


@pytest.mark.parametrize("line", ["These rules hold for every pier.", "x" * 400])
def test_words_of_its_own_above_the_first_section_stand_alone(line: str) -> None:
    assert [item.heading for item in chunk(opened(line))] == [("Rules",), ("Rules", "Fees"), ("Rules", "Hours")]


def test_a_cover_page_stands_alone() -> None:
    parsed = opened("Harbour Affairs Department")
    turn = parsed.text.index("Fees")
    chunks = chunk(ParsedDocument(parsed.text, parsed.blocks, page_starts=(0, turn)))
    assert [(item.heading, item.page) for item in chunks[:2]] == [(("Rules",), 1), (("Rules", "Fees"), 2)]
