"""The guess of an encoding: short and long texts in the sets that are met in Hong Kong."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lionrock.ingest.readers.charsets import known
from lionrock.ingest.readers.plain import decode, read

TEXTS = {
    "notice": "海港事務署通告：職員每年可享年假十四天，申請須於七個工作天前提出。",
    "talk": "我哋聽日喺深水埗食飯，佢話唔使等佢嚟。",
    "simplified": "员工每年可享受年假十四天，申请须于七个工作日前提出，由人事部批准。",
    "english": "The office’s “rule” – see page 5 – costs £20 or €25.",
    "french": "Le Conseil a examiné la façon dont l’été très chaud a touché nos élèves.",
    "spanish": "Señor Muñoz pidió más información sobre la Straße.",
    "japanese": "本日の会議では予算案について説明し、各部署の意見をまとめました。",
    "hebrew": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
    "korean": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "russian": "Все люди рождаются свободными и равными в своем достоинстве и правах.",
}
ENCODED = [
    ("notice", "big5-hkscs"), ("notice", "gb18030"), ("notice", "utf-16-le"), ("notice", "utf-16-be"), ("notice", "utf-8"),
    ("talk", "big5-hkscs"), ("talk", "gb18030"), ("talk", "utf-16-le"), ("simplified", "gb18030"), ("english", "cp1252"),
    ("french", "cp1252"), ("spanish", "cp1252"), ("japanese", "cp932"), ("japanese", "euc_jp"), ("hebrew", "iso-8859-8"),
    ("hebrew", "cp1255"), ("korean", "cp949"), ("russian", "cp1251"),
]  # fmt: skip


@pytest.mark.parametrize("times", [1, 20])
@pytest.mark.parametrize(("name", "encoding"), ENCODED)
def test_texts(name: str, encoding: str, times: int) -> None:
    text = (TEXTS[name] + "\n") * times
    assert decode(text.encode(encoding))[0] == text


def test_a_utf_8_text_with_a_damaged_place_stays_utf_8() -> None:
    data = bytearray((TEXTS["notice"] * 10).encode())
    data[30:31] = b"\xff"
    text, encoding = decode(bytes(data))
    assert encoding == "utf-8"
    assert text.count("年假") >= 9
    document = read(bytes(data), name="x.txt")
    assert "are no characters of utf-8" in document.notices[0]
    cut = TEXTS["notice"].encode("utf-16")[:-1]
    assert decode(cut)[0].startswith(TEXTS["notice"][:-1])


def test_private_signs_of_old_hong_kong_files_are_text() -> None:
    text = "這類譴責和傳召議案\uf8e7\uf8e7因為要修改《議事規則》，一共第18條。"
    assert decode(text.encode("utf-16-be"))[0] == text


def test_names_of_character_sets() -> None:
    assert [known(name) for name in ("Big5", "gb2312", "ISO-8859-1", "UTF-8", "x-sjis", "iso-8859-8-i", "utf_8")] == [
        "big5hkscs", "gb18030", "cp1252", "utf-8", "cp932", "iso-8859-8", "utf-8",
    ]  # fmt: skip
    assert [known(name) for name in (None, "", "no-such", "base64", "idna", "unicode_escape", "x" * 300, "utf-8\n")][
        :7
    ] == [None] * 7


def strings(item: Any) -> Iterator[str]:
    if isinstance(item, str):
        yield item
    elif isinstance(item, dict):
        for value in item.values():
            yield from strings(value)
    elif isinstance(item, list):
        for value in item:
            yield from strings(value)


@pytest.mark.parametrize("encoding", ["big5-hkscs", "gb18030", "utf-16-le", "utf-8"])
def test_pieces_of_real_proceedings(shared: Path, encoding: str) -> None:
    folder = shared / "data" / "legco_hansard" / "2017-2018"
    path = sorted(folder.glob("*.json"))[1]
    said = [text for text in strings(json.loads(path.read_text("utf-8"))) if len(text) > 100]
    text = "".join(said)[:200_000]
    rng = random.Random(3)
    wrong = 0
    for _ in range(200):
        size = rng.randint(20, 200)
        at = rng.randrange(len(text) - size)
        piece = text[at : at + size]
        try:
            data = piece.encode(encoding)
        except UnicodeEncodeError:
            continue
        wrong += decode(data)[0] != piece
    assert wrong <= 2
