"""Personal data in a text: identity card numbers, phones, payment cards, e-mail and postal addresses, passports.

Only what its own rules confirm is told: an identity card number by its check digit, a payment card by Luhn's sum and its
issuer, a phone by the numbering plan. Spans lie on the original text, also where it uses full-width letters and digits.
All patterns are bounded, so that the time grows with the length of the text alone.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import phonenumbers

__all__ = ["Personal", "PersonalKind", "find", "hkid_check_digit", "mask"]

PersonalKind: TypeAlias = Literal["hkid", "card", "passport", "phone", "email", "address"]
_MARK = "█"
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20, 0x2010: 0x2D}
"""Full-width forms and odd spaces and hyphens by their plain ones: always one character for one."""

_HKID = re.compile(
    r"(?<![A-Za-z0-9])([A-Z]{1,2}|[a-z]{1,2}(?=\d{6} ?\())[ -]?(\d{3})[ -]?(\d{3})[ -]?(?:\( ?([0-9Aa]) ?\)|([0-9A]))(?![A-Za-z0-9])"
)
_CARD = re.compile(
    r"(?<![\d.,$#/-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5})(?!\d|[.,/-]\d)"
)
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,2}\d{7,9}(?![A-Za-z0-9])")
_PASSPORT_WORD = re.compile(
    r"passport|travel document|護照|护照|旅行證件|旅行证件|回鄉證|回乡证|通行證|通行证", re.IGNORECASE
)
_LOCAL = re.compile(
    r"(?<![\w.,$#/+-])(\(?(?:\+|00)? ?852\)?[ -]{0,2})?(\d{4})([ -]?)(\d{4})(?!\w|[.,/-]\d|%|\))", re.ASCII
)
_ABROAD = re.compile(r"(?<![\w+])\+(?!852)\d{1,3}(?:[ ()-]{0,2}\d){6,13}(?!\w)", re.ASCII)
_PHONE_WORD = re.compile(
    r"(?<![a-z])(?:tel|phone|telephone|fax|mobile|whatsapp|signal|wechat|hotline|call|dial|sms|contact|enquir(?:y|ies)|inquir(?:y|ies))(?![a-z])"
    r"|電話|电话|手機|手机|手提|傳真|传真|熱線|热线|致電|致电|查詢|查询|聯絡|联络|聯繫|联系|打俾|打畀",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?:19|20)\d\d")
_NEAR = 40
_FEW = 2_000
"""So many phone numbers of one text are looked up in the numbering plan; what is more counts by its shape."""

_LOCAL_PART = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+'-")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9-]{1,63}){0,5}\.[A-Za-z]{2,24}(?![A-Za-z0-9-])")

_HAN = "\u4e00-\u9fff"
_NUMERAL = r"(?:\d{1,3}[A-Z]?|[一二三四五六七八九十百廿卅]{1,4}|[地閣阁])"
_ZH_ROOM = re.compile(
    rf"{_NUMERAL}[樓楼](?:全層|全层)?[ ,，]{{0,2}}(?:(?:第)?[A-Z0-9一二三四五六七八九十]{{1,5}}(?:-\d{{1,4}})?(?:[號号]?[室舖铺]|[號号]?[單单]位)|[A-Z]座)"
)
_ZH_PLACE = re.compile(
    rf"[{_HAN}]{{1,10}}(?:街|道|路|里|徑|径|坊|廣場|广场|大廈|大厦|大樓|大楼|邨|苑|閣|阁|中心|花園|花园|城|臺|台|樓|楼)"
)
_ZH_EDGE = re.compile(r"[。；;：:！!？?\n]|(?:住址|地址|住於|住于|位於|位于|居於|居于|送往|寄往|寄到|住喺)")
_EN_ROOM = re.compile(
    r"(?<![A-Za-z])(?:Flat|Room|Unit|Suite|Shop|Rm\.?|Flt\.?)[ ]{1,2}(?:No\.? )?[A-Z0-9][A-Z0-9-]{0,7}(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_EN_FLOOR = re.compile(
    r"(?<![A-Za-z0-9])(?:\d{1,3} ?/ ?F|[GBMU]G?/F|\d{1,3}(?:st|nd|rd|th) Floor|(?:Ground|Upper Ground|First|Second|Third|Fourth|Fifth) Floor|Floor \d{1,3})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_EN_PLACE = re.compile(
    r"(?<![A-Za-z])(?:Street|St\.|Road|Rd\.?|Avenue|Ave\.?|Lane|Drive|Path|Terrace|Crescent|Estate|House|Mansions?|Building|Tower|Court|Gardens?|Cent(?:re|er)|Plaza|Square|Villas?|Block)(?![A-Za-z])",
    re.IGNORECASE,
)
_EN_BREAK = re.compile(r"\n\s*\n|[;。]|\. [A-Z][a-z]")
_EN_REGION = re.compile(r"[ ,.\n]{1,4}(?:Hong Kong|Kowloon|New Territories|N\.T\.|H\.K\.)(?![A-Za-z])", re.IGNORECASE)
_DOUBLED = str.maketrans("0123456789", "0246813579")
"""Each digit by the sum of the digits of its double."""
_ISSUERS = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"6011|64[4-9]|65"), (16, 19)),
    (re.compile(r"62|81"), (16, 17, 18, 19)),
    (re.compile(r"352[89]|35[3-8]"), (16, 17, 18, 19)),
    (re.compile(r"30[0-5]|3[689]"), (14,)),
)
"""First digits and lengths by issuer (ISO/IEC 7812): Visa, Mastercard, American Express, Discover, UnionPay, JCB, Diners."""


@dataclass(frozen=True, slots=True, order=True)
class Personal:
    """One place: code points of the text that was searched, end exclusive."""

    start: int
    end: int
    kind: PersonalKind


def hkid_check_digit(letters: str, digits: str) -> str:
    """The check digit (0 to 9, or A for 10) of an identity card's one or two capital letters and six digits.

    The form `@123456(#)`, @ being one or two letters, is stated in Hong Kong's sheet on tax identification numbers for
    the OECD's Common Reporting Standard. The sum is the one in general use (also in CPAN's Algorithm::CheckDigits): A
    counts 10 up to Z 35, a missing first letter 36, the eight values weigh 9 down to 2, and the check digit, with weight
    1, makes the sum a multiple of 11. A123456 has 3, AB987654 has 3.
    """
    values = [36] * (2 - len(letters)) + [ord(char) - 55 for char in letters] + [int(char) for char in digits]
    total = sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True))
    return "0123456789A"[-total % 11]


def find(text: str) -> list[Personal]:
    """All personal data, in order, none overlapping. Offices' own hotlines and addresses are found like anyone's."""
    plain = text.translate(_HALF_WIDTH)
    taken: list[Personal] = []
    for finder in (_identity_cards, _cards, _passports, _emails, _phones, _addresses):
        taken.extend(finder(plain))
    # Earlier finders win where two claim the same characters; two claims of one kind become one.
    taken_at = bytearray(len(plain))
    found: list[Personal] = []
    for item in taken:
        if not any(taken_at[item.start : item.end]):
            found.append(item)
        elif found[-1].kind == item.kind and _goes_on(found[-1], item) and not any(taken_at[found[-1].end : item.end]):
            found[-1] = Personal(found[-1].start, item.end, item.kind)
        else:
            continue
        taken_at[item.start : item.end] = b"\x01" * (item.end - item.start)
    return sorted(found)


def _goes_on(first: Personal, second: Personal) -> bool:
    return first.start <= second.start < first.end < second.end


def mask(text: str, found: list[Personal]) -> str:
    """The text with each letter and digit of the found places put as █; of the same length, so that offsets hold."""
    pieces = []
    at = 0
    for item in sorted(found):
        start = max(item.start, at)
        pieces += [text[at:start], "".join(_MARK if char.isalnum() else char for char in text[start : item.end])]
        at = max(at, item.end)
    return "".join((*pieces, text[at:]))


def _identity_cards(plain: str) -> Iterator[Personal]:
    for item in _HKID.finditer(plain):
        letters, first, second = item[1].upper(), item[2], item[3]
        if hkid_check_digit(letters, first + second) == (item[4] or item[5]).upper():
            yield Personal(item.start(), item.end(), "hkid")


def _cards(plain: str) -> Iterator[Personal]:
    for item in _CARD.finditer(plain):
        digits = re.sub(r"\D", "", item[0])
        known = any(len(digits) in lengths and first.match(digits) for first, lengths in _ISSUERS)
        if known and _luhn(digits):
            yield Personal(item.start(), item.end(), "card")


def _luhn(digits: str) -> bool:
    doubled = digits[-2::-2].translate(_DOUBLED)
    return sum(map(int, doubled + digits[-1::-2])) % 10 == 0


def _passports(plain: str) -> Iterator[Personal]:
    for item in _PASSPORT.finditer(plain):
        if _PASSPORT_WORD.search(plain, max(0, item.start() - _NEAR), item.start()):
            yield Personal(item.start(), item.end(), "passport")


def _emails(plain: str) -> Iterator[Personal]:
    at = plain.find("@")
    while at >= 0:
        start = at
        while start and at - start < 64 and plain[start - 1] in _LOCAL_PART:
            start -= 1
        after = _DOMAIN.match(plain, at + 1) if start < at else None
        if after:
            yield Personal(start, after.end(), "email")
        at = plain.find("@", at + 1)


def _phones(plain: str) -> Iterator[Personal]:
    looked_up = 0
    for item in _LOCAL.finditer(plain):
        prefix, first, gap, second = item.groups()
        told = bool(prefix) or _is_called(plain, item.start())
        # Eight digits are as often a date, a file number or a sum; two years are a period.
        if not told and (not gap or (_YEARS.fullmatch(first) and _YEARS.fullmatch(second))):
            continue
        looked_up += 1
        if looked_up > _FEW or _in_plan(852, int(first + second)):
            yield Personal(item.start(), item.end(), "phone")
    for item in _ABROAD.finditer(plain):
        looked_up += 1
        if looked_up > _FEW or _is_abroad(item[0]):
            yield Personal(item.start(), item.end(), "phone")


def _is_called(plain: str, at: int) -> bool:
    """Whether a word for telephones stands before, on the same line."""
    start = max(plain.rfind("\n", 0, at) + 1, at - _NEAR)
    return _PHONE_WORD.search(plain, start, at) is not None


@functools.lru_cache(maxsize=4096)
def _in_plan(country: int, number: int) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.PhoneNumber(country_code=country, national_number=number))


def _is_abroad(number: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False


def _addresses(plain: str) -> Iterator[Personal]:
    """A room or flat on a floor of a named building or street. A street number alone is nobody's home."""
    for item in _ZH_ROOM.finditer(plain):
        start = max(0, item.start() - 60)
        for edge in _ZH_EDGE.finditer(plain, start, item.start()):
            start = edge.end()
        place = _ZH_PLACE.search(plain, start, item.start())
        if place:
            yield Personal(place.start(), item.end(), "address")
    yield from _english_addresses(plain)


def _english_addresses(plain: str) -> Iterator[Personal]:
    rooms = list(_EN_ROOM.finditer(plain))
    floors = [item.span() for item in _EN_FLOOR.finditer(plain)] if rooms else []
    places = [item.span() for item in _EN_PLACE.finditer(plain)] if floors else []
    for room in rooms:
        at = bisect.bisect_left(floors, (max(0, room.start() - 24),))
        if at == len(floors) or floors[at][0] > room.end() + 40:
            continue
        floor = floors[at]
        end = _places_end(plain, places, max(room.end(), floor[1]))
        if end is not None:
            region = _EN_REGION.match(plain, end)
            yield Personal(min(room.start(), floor[0]), region.end() if region else end, "address")


def _places_end(plain: str, places: list[tuple[int, int]], start: int) -> int | None:
    """Where the last of the building, street and estate ends that follow `start` without a break; None for none."""
    end = None
    for at in range(bisect.bisect_left(places, (start,)), len(places)):
        reach = start + 80 if end is None else end + 60
        if places[at][0] > reach or places[at][0] > start + 240 or _EN_BREAK.search(plain, end or start, places[at][0]):
            break
        end = places[at][1]
    return end
