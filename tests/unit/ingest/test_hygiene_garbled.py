"""Unreadable text: every way that Chinese is decoded wrongly, lost characters, made-up letters; unusual text is readable."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from lionrock.ingest.hygiene_garbled import garbled, undone
from lionrock.text.fold import to_simplified

PAGE = (
    "香港特別行政區政府今日公布，由下月一日起，各部門須於每月五日前把上月的加班紀錄交到人事組，並由主管簽署核實。"
    "逾期遞交的紀錄會在下一個月處理。市民如有查詢，可於辦公時間內致電或親身前往本署，職員會提供協助及有關資料。"
    "為保障個人資料，申請人須出示身份證明文件，資料只會用於處理申請，並會在完成後六個月內銷毀。"
)


@pytest.mark.parametrize(
    ("really", "taken", "names"),
    [
        ("utf-8", "cp1252", "UTF-8 was read as a Western code page"),
        ("utf-8", "latin-1", "UTF-8 was read as a Western code page"),
        ("utf-8", "gb18030", "UTF-8 was read as GB 18030"),
        ("big5hkscs", "gb18030", "Big5 was read as GB 18030"),
        ("gb18030", "big5hkscs", "GB 18030 was read as Big5"),
        ("big5hkscs", "cp1252", "Big5 was read as a Western code page"),
        ("gb18030", "latin-1", "GB 18030 was read as a Western code page"),
        ("utf-8", "big5hkscs", "cannot be read"),
    ],
)
def test_wrong_decoding_is_told_and_named(really: str, taken: str, names: str) -> None:
    text = to_simplified(PAGE) if really == "gb18030" else PAGE
    (item,) = garbled(text.encode(really).decode(taken, "replace"))
    assert (item.kind, item.level) == ("garbled", "quarantine")
    assert names in item.detail


def test_one_bad_paragraph_is_a_warning() -> None:
    (item,) = garbled(PAGE * 8 + "Itâ€™s weâ€™re donâ€™t Ã©tÃ©")
    assert item.level == "warning"
    assert item.start == len(PAGE) * 8 + 2


def test_lost_characters() -> None:
    assert garbled(PAGE + "\ufffd" * 4) == []
    (item,) = garbled(PAGE + "\ufffd" * 5)
    assert (item.level, item.start) == ("warning", len(PAGE))
    (private,) = garbled(PAGE + "\ue001\ue102\ue203\ue304\ue405")
    assert private.level == "warning"
    # One private character again and again is somebody's dash or bullet.
    assert garbled(PAGE + "\uf8e7\uf8e7" * 20 + "\uf0b7 " * 20) == []


def test_made_up_letters_and_ideographs() -> None:
    chance = random.Random(1)
    words = ["".join(chance.choice("bcdfghjklmnpqrstvwxz") for _ in range(6)) for _ in range(80)]
    assert [item.level for item in garbled(" ".join(words))] == ["quarantine"]
    noise = "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(300))
    assert [item.level for item in garbled(noise)] == ["quarantine"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        PAGE,
        "陳大文 李小明 黃志強 張美玲 何家樂 羅少芬 " * 10,
        "學而時習之，不亦說乎？有朋自遠方來，不亦樂乎？人不知而不慍，不亦君子乎？" * 4,
        "佢哋今日唔使返工，我哋聽日先至傾呢單嘢，你哋諗吓點搞啦。" * 5,
        "これは日本語の文書です。経済産業省の気象図と両国駅の写真を掲載します。" * 5,
        "이 문서는 한국어로 작성되었습니다. 회의는 내일 열립니다. " * 10,
        "Příliš žluťoučký kůň úpěl ďábelské ódy. Zażółć gęślą jaźń. Größe, façade, São Paulo. " * 10,
        "lei5 hou2 ngo5 hai6 hoeng1 gong2 jan4 nei5 dei6 sik6 zo2 faan6 mei6 aa3 " * 10,
        "HKSAR LCSD FEHD EMSD WSD DSD HYD BD PLB MTRCL KMB NWFB CTB LWB " * 10,
        "SKU-33-X7 / 1200 x 800 mm / 3.5 kW / IP67 / DN150 / PN16 " * 10,
    ],
)
def test_unusual_text_is_readable(text: str) -> None:
    assert garbled(text) == []


def test_undone() -> None:
    assert undone("鎴戜滑", "gb18030", "utf-8") == "我们"
    assert undone("æˆ‘", "cp1252", "utf-8") == "我"


def test_honest_files_are_readable(shared: Path) -> None:
    lines = (shared / "data" / "ntrex" / "newstest2019-ref.yue.txt").read_text(encoding="utf-8")
    assert garbled(lines) == []
