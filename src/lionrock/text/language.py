"""Language of a text and of a short question: Cantonese, written Chinese in either script, or English, mixed allowed.

Cantonese is told from written Chinese by words that standard Chinese does not use, each with a weight; a few written
forms (係 inside 關係, 同 in 同意 …) count only outside the words that standard Chinese shares.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lionrock.records import Language
from lionrock.text.fold import is_han, script

__all__ = ["QuestionLanguage", "detect", "detect_question"]

# Words that are Cantonese wherever they stand, then words that are parts of written ones (人工 of 人工智能, 而家 of 而家長,
# 成日 of 完成日期): what stands around them decides.
_STRONG = re.compile(
    "[嘅喺咗冇啲唔佢哋嗰嚟㗎喎咩乜嘢噉咁攞搵畀瞓冚諗揾睇嚿嗌掟揼攰嬲餸靚嘥嗮喐撳掂囉啫嘞喇嗱噃吖嘛𠻺𠹺𡃁𨋢𠮶𠵱唞冧孭褸]"
    "|仔(?!細)(?<![灣牛香港氹]仔)|埋(?![葬伏藏沒没怨頭管設首])|晒(?![太乾衣])|咪(?![錶表])|俾(?![便能得益])|今日係|呢個|呢啲|呢份|呢度|呢位|呢間|得唔得|有冇|係咪|係唔係|使唔使|可唔可以|打工仔|阿頭|幫手|"
    "傾偈|傾吓|睇吓|幾多|幾時|幾耐|琴日|尋日|聽日|鍾意|唔該|即刻|淨係|一齊|咁樣|度嘅|同埋|仲未|識唔識|驚唔驚|話畀|話俾|畀返|攞返|交返|"
    "食飯未|邊有|(?<![伯昆])仲有|定係(?!數)|(?<![首優原])先至|老細(?!胞)|"
    "點解(?![決釋讀答析除散])|點樣(?![本式品])|(?<![重優觀試起地])點先|"
    "(?<![周週旁海身路河湖兩雙左右這那一東南西北])邊(?:個|度|位|間|樣)|"
    "(?:而家|依家|宜家)(?![長庭人屬傭居用務具])|返工(?![作序地廠])|(?<![開發下])放工(?![作資具程業人廠])|(?<![回])收工(?![作資具程業人廠])|"
    "(?<![完達落合組作生建形變])成日(?![期後本前])|(?:做|用)緊(?![急要張密縮迫])|"
    "(?<=[0-9一二三四五六七八九十百千萬幾多])\\s?蚊(?![子患蟲虫帳型媒咬])"
)
_HOW = re.compile(r"(?:^|(?<=[A-Za-z?？,，。]))\s?點(?=\s?[A-Za-z])|^點(?=[申計報做交填去用處查收付還請改])")
"""`leave點apply?`: 點 before a verb asks how."""
_WEAK = re.compile(
    "(?<![關没沒聯体體維干])係(?![數统統])|(?<![周週旁海身路河湖兩雙多單左右這那一東南西北上下前後裏外床牀])邊(?![境界沿緣關的])|呀|啦|"
    "(?<=[^過經])度先|人工(?![智呼流受授降島草湖林翻繁成])"
)
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_LEAST_MIXED_WORDS = 1


@dataclass(frozen=True, slots=True)
class QuestionLanguage:
    """What a short question is written in."""

    language: Language
    mixed: bool
    """Chinese and English in one question."""
    confidence: float
    """0 to 1; low for one or two words."""


def _counts(text: str) -> tuple[int, int]:
    return sum(map(is_han, text)), len(_LATIN_WORD.findall(text))


def _cantonese(text: str) -> float:
    """Weighted marks of Cantonese."""
    strong = sum(1.0 for pattern in (_STRONG, _HOW) for _ in pattern.finditer(text))
    return strong + sum(0.4 for _ in _WEAK.finditer(text))


def detect(text: str) -> Language:
    """Language of a longer text, judged on its first 20,000 characters. Text with neither script counts as English."""
    sample = text[:20_000]
    han, latin = _counts(sample)
    # One English word carries about as much as two ideographs.
    if han < 2 * latin * 0.5 or han == 0:
        return "en"
    if script(sample) == "Hans":
        return "zh-Hans"
    return "yue" if _cantonese(sample) / max(han, 1) > 0.04 else "zh-Hant"


def detect_question(text: str) -> QuestionLanguage:
    """Language of a short question. A Cantonese question with English nouns is Cantonese."""
    han, latin = _counts(text)
    mixed = han > 0 and latin >= _LEAST_MIXED_WORDS
    if han == 0:
        return QuestionLanguage("en", False, min(1.0, latin / 3))
    marks = _cantonese(text)
    if mixed and han <= 2 and latin >= 4 and marks == 0:
        return QuestionLanguage("en", True, 0.6)
    if script(text) == "Hans":
        return QuestionLanguage("zh-Hans", mixed, min(1.0, han / 6))
    if marks >= 1 or (marks > 0 and han < 8):
        return QuestionLanguage("yue", mixed, min(1.0, 0.5 + marks / 4))
    return QuestionLanguage("zh-Hant", mixed, min(1.0, han / 8))
