"""The lexicons are well formed, large enough, and do what they are for."""

from __future__ import annotations

import pytest

from lionrock.text.fold import fold_text, is_han
from lionrock.text.lexicon import Lexicon, LexiconName, load_entries, load_lexicon

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


@pytest.mark.parametrize(
    ("text", "known", "matched"),
    [
        ("人工智能", {"人工智能", "人工"}, []),
        ("份人工", {"人工"}, ["人工"]),
        ("周邊設施", {"周邊"}, []),
        ("做緊急維修", {"緊急"}, ["緊急"]),
        ("五十蚊", {"蚊"}, ["蚊"]),
        ("滅到啲蚊", {"蚊"}, ["啲"]),
        ("蚊", set(), []),
    ],
)
def test_a_longer_word_of_the_dictionary_wins(text: str, known: set[str], matched: list[str]) -> None:
    lexicon = Lexicon({fold_text(term): ("x",) for term in ("人工", "邊", "緊", "緊急", "蚊", "啲")}, by_word=False)
    words = {fold_text(word) for word in known}
    folded = fold_text(text)
    found = [folded[e.start : e.end] for e in lexicon.expansions(folded, words.__contains__)]
    assert found == [fold_text(term) for term in matched]


def test_a_term_that_is_itself_the_longest_word_stays() -> None:
    lexicon = Lexicon({"人工智能": ("AI",), "人工": ("工资",)}, by_word=False)
    found = lexicon.expansions("人工智能", {"人工", "智能"}.__contains__)
    assert [(e.start, e.end) for e in found] == [(0, 4)]


def test_english_matches_by_stem_and_by_phrase() -> None:
    lexicon = load_lexicon(("official_en",))
    folded = fold_text("He was laid off by his bosses")
    found = {folded[e.start : e.end] for e in lexicon.expansions(folded)}
    assert {"laid off", "bosses"} <= found


def test_the_chinese_of_the_lexicon_is_chinese() -> None:
    assert all(any(map(is_han, entry.term + "".join(entry.written))) for entry in load_entries("official_zh"))
