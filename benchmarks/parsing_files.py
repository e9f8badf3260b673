"""Office files made for the benchmark of readers, with the words that a person sees in them and those that nobody sees.

Each file is a list of units (a paragraph, a cell, a line of a list) in the order of reading, put down before the file is
written. Words that nobody sees are single made-up words, so that one that comes out can be told.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Made", "Writer", "told"]

ENGLISH = (
    """
The applicant shall submit the completed form to the Licensing Office before noon.|Quotations must be kept for seven years.
Staff on night duty may claim the cost of a taxi after half past eleven.|The lift will be out of service on Saturday morning.
Please return the borrowed keys to the general registry on the third floor.|No fee is charged for a certified copy.
A supervisor countersigns every claim that exceeds the ceiling.|Visitors register at the counter and wear a badge.
The committee noted the report and asked for further statistics on complaints.|Interest accrues daily at the stated rate.
Contractors park in bays eleven to twenty only.|The warranty covers parts and labour but not consumables.
Leave that is not taken lapses at the end of March.|Minutes are circulated within five working days of the meeting.
The hotline answers enquiries in three languages.|Damaged equipment goes back to the supplier with a delivery note.
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
CHINESE = (
    """
申請人須於中午前將填妥的表格遞交牌照事務處。|報價單須保存七年。|通宵當值人員可申領深夜乘坐的士的費用。|升降機星期六上午暫停服務。
請將借用的鎖匙交回三樓總務室。|核證副本不另收費。|超出上限的申領須由主管加簽。|訪客須在櫃枱登記並佩戴訪客證。
委員會備悉報告內容，並要求提供更多投訴數字。|利息按所訂利率逐日計算。|承辦商車輛只准停泊於指定車位。|保養範圍包括零件及人工，但不包括消耗品。
未放取的假期於三月底作廢。|會議紀錄於會後五個工作天內發出。|熱線以三種語言解答查詢。|損壞的器材連同送貨單退回供應商。
佢哋話嗰張單聽日先至交得。|邊個負責睇住個倉嘅鎖匙？|呢份文件唔使再影印喇。|如有爭議，以中文文本為準。
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
HEADS = {
    "en": ("Opening hours", "Travel claims", "Procurement limits", "Annual leave", "Complaints"),
    "zh": ("辦公時間", "交通費申領", "採購限額", "年假安排", "投訴處理"),
    "mixed": ("Opening hours 辦公時間", "交通費 Travel claims", "Limits 限額", "年假 Leave", "投訴 Complaints"),
}
COLUMNS = {
    "en": ("Grade", "Ceiling", "Approved by"),
    "zh": ("職級", "上限", "批核人"),
    "mixed": ("Grade 職級", "Ceiling 上限", "批核人 Approver"),
}
LANGUAGES = ("en", "zh", "mixed")


@dataclass(slots=True)
class Made:
    """One file: its bytes, the units that a person reads in order, and the words that nobody sees."""

    name: str
    language: str
    data: bytes = b""
    seen: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


class Writer:
    """Draws what a file says and keeps what was said."""

    def __init__(self, name: str, language: str, seed: int) -> None:
        self.made = Made(name, language)
        self._draw = random.Random(f"{name} {language} {seed}")
        self._heads = list(HEADS[language])
        self._draw.shuffle(self._heads)
        self._unseen = 0

    def say(self, text: str) -> str:
        """Note a unit that is seen, and give it back."""
        self.made.seen.append(text)
        return text

    def plain(self) -> str:
        """A sentence that is not noted yet, with a number of its own."""
        number = f"{self._draw.randint(1_000, 9_999)}"
        english, chinese = self._draw.choice(ENGLISH), self._draw.choice(CHINESE)
        if self.made.language == "mixed":
            return f"{chinese[:-1]} {english[:-1]} {number}"
        return f"{english} ({number})" if self.made.language == "en" else f"{chinese}（{number}）"

    def sentence(self) -> str:
        """A sentence that is seen."""
        return self.say(self.plain())

    def paragraph(self, count: int = 3) -> str:
        """Several sentences as one unit."""
        return self.say(" ".join(self.plain() for _ in range(count)))

    def heading(self) -> str:
        """A heading."""
        return self.say(self._heads.pop() if self._heads else self.plain())

    def table(self, rows: int = 3) -> list[list[str]]:
        """A row of column names and rows of cells, each cell a unit."""
        out = [[self.say(name) for name in COLUMNS[self.made.language]]]
        for _ in range(rows):
            amount = f"{self._draw.randint(10, 990)},{self._draw.randint(100, 999)}"
            out.append([self.sentence(), self.say(amount), self.sentence()])
        return out

    def hide(self) -> str:
        """A word that nobody must be shown."""
        self._unseen += 1
        word = f"unseen{self._unseen}{self._draw.choice('bcdfghjk')}{self._draw.randint(100, 999)}"
        self.made.unseen.append(word)
        return word


def told(
    ending: str, write: Callable[[Writer], bytes], languages: tuple[str, ...] = LANGUAGES, copies: int = 2
) -> list[Made]:
    """Files of one ending: so many of each language."""
    out = []
    for language in languages:
        for seed in range(copies):
            writer = Writer(f"{language}-{seed}{ending}", language, seed)
            writer.made.data = write(writer)
            out.append(writer.made)
    return out
