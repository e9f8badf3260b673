"""Plain text: encodings, paragraphs, and files with a few characters lost."""

from __future__ import annotations

import pytest

from lionrock.errors import BrokenDocumentError, EmptyDocumentError
from lionrock.ingest.readers.plain import decode, read

ENGLISH = "The ferry leaves Pier 4 at nine.\nIt costs HK$5.\n\nOn Sunday it leaves at ten.\n" * 20
CHINESE = "海港事務署通告：職員每年可享年假十四天，申請須於七個工作天前提出。\n\n辦事處設於上環，電話二八零零。\n" * 20


def stray(data: bytes, count: int) -> bytes:
    """With so many NUL bytes put between others, far from each other, where no character is broken."""
    step = len(data) // (count + 1)
    out = bytearray(data)
    for at in range(count, 0, -1):
        place = out.index(b"\n", at * step - 1)
        out[place:place] = b"\0"
    return bytes(out)


@pytest.mark.parametrize("encoding", ["utf-8", "big5-hkscs", "gb18030"])
@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_a_stray_nul_is_tolerated_and_told(text: str, encoding: str) -> None:
    data = stray(text.encode(encoding), 1)
    document = read(data, name="x.txt")
    assert document.text.replace("\ufffd", "") == text
    assert document.text.count("\ufffd") == 1
    assert "\0" not in document.text
    assert document.notices == ("1 NUL characters in the file stand as \ufffd in the text.",)


def test_a_few_in_a_long_text_are_tolerated() -> None:
    text = ENGLISH * 10
    count = len(text) // 1000 - 1
    assert read(stray(text.encode(), count), name="x.txt").text.replace("\ufffd", "") == text


def test_a_single_one_in_a_short_note() -> None:
    assert decode(b"The ferry leaves\0 at nine.") == ("The ferry leaves\ufffd at nine.", "utf-8")


@pytest.mark.parametrize(
    "data",
    [
        stray(ENGLISH.encode(), 12),
        b"\x00\x01\x02\x03" * 50,
        bytes(range(256)) * 40,
        b"\x00" * 100,
    ],
)
def test_more_of_them_make_it_binary(data: bytes) -> None:
    with pytest.raises(BrokenDocumentError, match="binary"):
        read(data, name="x.txt")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
@pytest.mark.parametrize("text", [ENGLISH, CHINESE, "Hello, pier", "海港\n", "渡輪\n開出"])
def test_wide_encodings_are_not_taken_for_lost_characters(text: str, encoding: str) -> None:
    document = read(text.encode(encoding), name="x.txt")
    assert document.text == text
    assert document.notices == ()


def test_paragraphs_are_slices_parted_by_blank_lines() -> None:
    document = read(b"One\ntwo\n\n\n\tThree\n\n\nFour", name="x.txt")
    assert [document.text[b.start : b.end] for b in document.blocks] == ["One\ntwo", "\tThree", "Four"]
    assert document.title == "One"


def test_no_text() -> None:
    with pytest.raises(EmptyDocumentError):
        read(b"\xef\xbb\xbf \n", name="x.txt")
