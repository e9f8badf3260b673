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

_STRONG = re.compile(
    "[嘅喺咗冇啲唔佢哋嗰嚟㗎喎咩乜嘢噉咁攞搵畀俾瞓冚諗揾睇嚿嗌咪掟揼攰嬲餸靚仔嘥嗮晒埋喐撳掂囉啫嘞喇嗱噃吖嘛𠻺𠹺𡃁𨋢𠮶𠵱唞冧孭褸]"
    "|點解|點樣|點先|邊個|邊度|邊位|邊間|邊樣|幾多|幾時|幾耐|而家|依家|宜家|琴日|尋日|聽日|今日係|呢個|呢啲|呢份|呢度|呢位|呢間|得唔得|"
    "有冇|係咪|係唔係|使唔使|可唔可以|打工仔|人工|返工|放工|收工|老細|阿頭|幫手|傾偈|傾吓|睇吓|幾多錢|蚊|鍾意|唔該|多謝晒|即刻|先至|淨係|成日|"
    "一齊|咁樣|度嘅|同埋|定係|仲有|仲未|邊有|識唔識|驚唔驚|話畀|話俾|畀返|攞返|交返|做緊|用緊|食飯未"
)
_WEAK = re.compile("(?<![關没沒聯体體維干])係(?![數统統])|邊(?=[^境界沿緣關的])|冧|呀|啦|㗎|俾|(?<=[^過經])度先")
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
    return sum(1.0 for _ in _STRONG.finditer(text)) + sum(0.4 for _ in _WEAK.finditer(text))


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
