"""The lexicons are well formed, large enough, and do what they are for."""

from __future__ import annotations

import pytest

from lionrock.text.fold import fold_text, is_han
from lionrock.text.lexicon import LexiconName, load_entries, load_lexicon

LEAST: dict[LexiconName, int] = {"yue": 1500, "official_zh": 500, "official_en": 500}


@pytest.mark.parametrize("name", sorted(LEAST))
def test_every_line_is_whole(name: LexiconName) -> None:
    entries = load_entries(name)
    assert len(entries) >= LEAST[name]
    terms = [entry.term for entry in entries]
    assert len(set(terms)) == len(terms)
    for entry in entries:
        assert entry.term == entry.term.strip() != ""
        assert entry.kind in ("word", "pattern")
        assert entry.part_of_speech
        assert entry.example
        assert entry.term not in entry.written


def test_cantonese_is_found_longest_first_and_in_either_script() -> None:
    lexicon = load_lexicon(("yue",))
    folded = fold_text("你幾時至肯話畀我知邊個拎走把遮")
    found = {folded[e.start : e.end]: e.alternatives for e in lexicon.expansions(folded)}
    assert "何时" in found[fold_text("幾時")]
    assert "谁" in found[fold_text("邊個")]
    assert all(
        a.end <= b.start for a, b in zip(lexicon.expansions(folded), lexicon.expansions(folded)[1:], strict=False)
    )


def test_one_ideograph_does_not_match_inside_a_known_word() -> None:
    lexicon = load_lexicon(("yue",))
    folded = fold_text("打開門")
    assert any(folded[e.start : e.end] == "打" for e in lexicon.expansions(folded))
    known = {fold_text("打開")}
    assert not any(folded[e.start : e.end] == "打" for e in lexicon.expansions(folded, known.__contains__))


def test_english_matches_by_stem_and_by_phrase() -> None:
    lexicon = load_lexicon(("official_en",))
    folded = fold_text("He was laid off by his bosses")
    found = {folded[e.start : e.end] for e in lexicon.expansions(folded)}
    assert {"laid off", "bosses"} <= found


def test_the_chinese_of_the_lexicon_is_chinese() -> None:
    assert all(any(map(is_han, entry.term + "".join(entry.written))) for entry in load_entries("official_zh"))
