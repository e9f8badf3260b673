"""The plain-language index of legislation."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from lionrock.ingest.readers.hklm import read
from lionrock.text.plain import load_plain, plain_words


def rows() -> list[list[str]]:
    text = resources.files("lionrock.text").joinpath("data/plain.tsv").read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()]


def test_every_line_has_its_four_parts_and_none_stands_twice() -> None:
    head, *lines = rows()
    assert head == ["work", "anchor", "language", "phrases"]
    assert all(len(line) == 4 and all(part.strip() for part in line) for line in lines)
    assert all(line[2] in ("yue", "zh", "en") for line in lines)
    keys = [tuple(line[:3]) for line in lines]
    assert len(keys) == len(set(keys))


def test_each_provision_is_told_in_three_languages() -> None:
    assert all(set(phrases) == {"yue", "zh", "en"} for phrases in load_plain().values())


def test_the_anchors_are_those_of_the_ordinance(shared: Path) -> None:
    folder = shared / "data" / "hkel_pdpo" / "data" / "v2" / "source-snapshots"
    [path] = folder.glob("*-en.xml")
    parsed = read(path.read_bytes(), name=path.name)
    known = {block.anchor for block in parsed.blocks}
    told = {anchor for work, anchor in load_plain() if work == "/hk/cap486"}
    assert told
    assert told <= known


def test_phrases_go_to_the_pool_of_their_language() -> None:
    english, chinese = plain_words("/hk/cap486", "s33", "en"), plain_words("/hk/cap486", "s33", "zh")
    assert english and english.isascii()
    assert chinese and chinese != english
    assert plain_words("/hk/cap486", "s33~2", "en") == english


def test_where_there_is_none_nothing_is_added() -> None:
    assert plain_words(None, "s33", "en") == plain_words("/hk/cap486", None, "en") == ""
    assert plain_words("file:leave", "s33", "en") == plain_words("/hk/cap486", "s999", "en") == ""
