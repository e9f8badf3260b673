"""Personal data: found where their own rules confirm them, on the original's characters, and masked in place."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.text.personal import Personal, find, hkid_check_digit, mask


def told(text: str) -> list[tuple[str, str]]:
    return [(item.kind, text[item.start : item.end]) for item in find(text)]


@pytest.mark.parametrize(
    ("letters", "digits", "check"),
    # 36*9+10*8+7+12+15+16+15+12=481, 481+3=44*11; 324+16*8+77=529, 529+10=49*11; 90+88+63+48+35+24+15+8=371, 371+3=34*11.
    [("A", "123456", "3"), ("G", "123456", "A"), ("AB", "987654", "3")],
)
def test_the_check_digit_is_that_of_worked_examples(letters: str, digits: str, check: str) -> None:
    assert hkid_check_digit(letters, digits) == check


@pytest.mark.parametrize(
    "written",
    [
        "A123456(3)",
        "A1234563",
        "A 123456 (3)",
        "A123456-3",
        "a123456(3)",
        "Ａ１２３４５６（３）",
        "G123456(A)",
        "AB987654(3)",
    ],
)
def test_an_identity_card_number_is_found_in_each_way_it_is_written(written: str) -> None:
    assert told(f"申請人身份證號碼：{written}，已核實。") == [("hkid", written)]
    assert told(f"HKID No. {written} (copy attached)") == [("hkid", written)]


@pytest.mark.parametrize(
    "written",
    ["A123456(4)", "A1234564", "A12345(3)", "A123456", "XA123456(3)1", "1A123456(3)", "A123456(B)", "ref-A123456xx"],
)
def test_what_fails_the_check_or_the_form_is_not_told(written: str) -> None:
    assert told(f"檔號 {written} 見附件") == []


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("查詢請致電28246111。", "28246111"),
        ("請打 2824 6111 搵我", "2824 6111"),
        ("Tel: (852) 2824 6111", "(852) 2824 6111"),
        ("WhatsApp +852-91234567 for details", "+852-91234567"),
        ("電話：２８２４　６１１１", "２８２４　６１１１"),
        ("London office +44 20 7946 0958.", "+44 20 7946 0958"),
    ],
)
def test_a_phone_number_is_found(text: str, phone: str) -> None:
    assert told(text) == [("phone", phone)]


@pytest.mark.parametrize(
    "text",
    [
        "日期：20230501",
        "from 2022 2023 and 2022-2023",
        "檔號 28246111",
        "撥款 $28246111 及 HK$2824 6111.50",
        "Cap. 486, section 2824",
        "tel 1823",
        "電話 88246111234",
        "編號 2824-6111-01",
        "Tel: 00001111",
    ],
)
def test_other_numbers_are_no_phones(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("4111 1111 1111 1111", ["card"]),
        ("card 5500000000000004, then 378282246310005", ["card", "card"]),
        ("6250-9410-0652-8599", ["card"]),
        ("4111 1111 1111 1112", []),
        ("9111 1111 1111 1119", []),
        ("20230501123456", []),
        ("chan.tai-man@office.gov.hk", ["email"]),
        ("a@b and @home and x@y.", []),
        ("護照號碼：K12345678", ["passport"]),
        ("型號：K12345678", []),
    ],
)
def test_cards_mail_and_passports(text: str, kinds: list[str]) -> None:
    assert [item.kind for item in find(text)] == kinds


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("地址：香港灣仔告士打道5號稅務大樓12樓1201室。", "香港灣仔告士打道5號稅務大樓12樓1201室"),
        ("她住喺沙田第一城12座八樓C室，", "沙田第一城12座八樓C室"),
        ("住址：九龙观塘道388号创纪之城1座25楼A室", "九龙观塘道388号创纪之城1座25楼A室"),
        (
            "She lives at Flat B, 12/F, Block 3, Happy Garden, 88 Nathan Road, Kowloon. Next",
            "Flat B, 12/F, Block 3, Happy Garden, 88 Nathan Road, Kowloon",
        ),
        ("12/F, Flat A, Ming Court\n10 King's Road\nHong Kong", "12/F, Flat A, Ming Court\n10 King's Road\nHong Kong"),
    ],
)
def test_an_address_with_its_room_and_floor_is_found(text: str, address: str) -> None:
    assert told(text) == [("address", address)]


@pytest.mark.parametrize(
    "text",
    ["彌敦道700號", "12樓會議室開會", "10 Queen's Road Central", "The flat is on the 3rd floor.", "Room 5 is free."],
)
def test_a_street_number_or_a_room_alone_is_no_address(text: str) -> None:
    assert told(text) == []


SURROUND = st.text(max_size=60)
LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=2)
DIGITS = st.text("0123456789", min_size=6, max_size=6)
EDGE = st.sampled_from([" ", "\n", "，", "。", "「", "號碼"])


@given(SURROUND, EDGE, LETTERS, DIGITS, st.booleans(), EDGE, SURROUND)
def test_a_valid_number_is_found_in_any_text(
    before: str, left: str, letters: str, digits: str, wide: bool, right: str, after: str
) -> None:
    number = f"{letters}{digits}({hkid_check_digit(letters, digits)})"
    if wide:
        number = "".join(chr(ord(char) + 0xFEE0) for char in number)
    text = f"{before}{left}{number}{right}{after}"
    start = len(before) + len(left)
    assert Personal(start, start + len(number), "hkid") in find(text)


@given(LETTERS, DIGITS, st.integers(1, 10))
def test_a_number_with_another_check_digit_is_not_told(letters: str, digits: str, off: int) -> None:
    right = "0123456789A".index(hkid_check_digit(letters, digits))
    assert find(f"{letters}{digits}({'0123456789A'[(right + off) % 11]})") == []


@given(st.text(max_size=300) | st.text("A1234563() @.abcxyz室樓道12/F-+852", max_size=300))
def test_spans_lie_on_the_text_and_the_mask_keeps_all_places(text: str) -> None:
    found = find(text)
    assert all(0 <= item.start < item.end <= len(text) for item in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    masked = mask(text, found)
    assert len(masked) == len(text)
    inside = {at for item in found for at in range(item.start, item.end)}
    for at, char in enumerate(text):
        assert masked[at] == ("█" if at in inside and char.isalnum() else char)


def test_the_mask_leaves_no_digit() -> None:
    text = "身份證 A123456(3) 電話 2824 6111 a.b@c.hk"
    assert mask(text, find(text)) == "身份證 ███████(█) 電話 ████ ████ █.█@█.██"


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1 ",
        "tel 2824 6111 ",
        "a@",
        "x@a.",
        "街",
        "一樓一室",
        "Flat A 1/F Road ",
        "+44 20 7946 0958 ",
        "A123456(3) ",
    ],
)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    started = time.perf_counter()
    find(text)
    # Some 0.3 s here at most; a pattern that tries again and again would take minutes.
    assert time.perf_counter() - started < 5
