"""Chunks: in order, disjoint, nothing lost, inside their size, at the ends of sentences where it can be helped."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from lionrock.ingest.chunk import chunk, weight
from lionrock.records import Block, ParsedDocument

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
