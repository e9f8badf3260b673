"""The fixed words of exported files in the three languages of the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from lionrock.records import HONG_KONG

__all__ = ["FileLanguage", "say", "when"]

FileLanguage: TypeAlias = Literal["zh-HK", "zh-CN", "en"]

_ORDER: tuple[FileLanguage, ...] = ("zh-HK", "zh-CN", "en")
_WORDS: Mapping[str, tuple[str, str, str]] = {
    "untitled": ("對話", "对话", "Conversation"),
    "person": ("製作人：{name}", "制作人：{name}", "By: {name}"),
    "date": ("日期：{date}", "日期：{date}", "Date: {date}"),
    "asked": ("提問時間：{date}", "提问时间：{date}", "Asked: {date}"),
    "quoted": ("答案直接引述文件。", "答案直接引述文件。", "The answer quotes the documents."),
    "worded": (
        "答案由語言模型撰寫，並逐句與來源核對。",
        "答案由语言模型撰写，并逐句与来源核对。",
        "The answer was worded by a language model and checked against its sources sentence by sentence.",
    ),
    "partly": ("部分核實", "部分核实", "partly verified"),
    "unsupported": ("未能核實", "未能核实", "not verified"),
    "with_reason": ("（{verdict}：{reasons}）", "（{verdict}：{reasons}）", " ({verdict}: {reasons})"),
    "without_reason": ("（{verdict}）", "（{verdict}）", " ({verdict})"),
    "between_reasons": ("；", "；", "; "),
    "unverified": (
        "標示「未能核實」或「部分核實」的句子未獲來源證實，不應作準。",
        "标示“未能核实”或“部分核实”的句子未获来源证实，不应作准。",
        "Sentences marked “not verified” or “partly verified” are not borne out by their sources; do not rely on them.",
    ),
    "sources": ("來源", "来源", "Sources"),
    "nearest": (
        "最接近的段落（沒有直接回答問題）",
        "最接近的段落（没有直接回答问题）",
        "Nearest passages (they do not answer the question)",
    ),
    "no_answer": ("這條問題沒有答案。", "这个问题没有答案。", "There is no answer to this question."),
    "withheld": (
        "這個答案所依據的文件您無權查閱，因此不予顯示。",
        "这个答案所依据的文件您无权查阅，因此不予显示。",
        "This answer rests on a document that you may not see; it is left out.",
    ),
    "running": ("答案尚未完成。", "答案尚未完成。", "The answer is not complete yet."),
    "unfinished": ("答案沒有完成：{reason}", "答案没有完成：{reason}", "The answer was not completed: {reason}"),
    "empty": ("這個對話沒有內容。", "这个对话没有内容。", "There is nothing in this conversation."),
    "page": ("第 {n} 頁", "第 {n} 页", "page {n}"),
    "place": ("位置：{anchor}", "位置：{anchor}", "place: {anchor}"),
    "unchecked": (
        "文件庫現時沒有這段文字，或者您無權查閱：引文未能核對。",
        "文件库目前没有这段文字，或者您无权查阅：引文未能核对。",
        "These words are not in the documents now, or you may not see them: the quote could not be checked.",
    ),
    "codes": (
        "以下字元無法顯示，或會改變文字方向，因此以編號代替：{codes}。",
        "以下字符无法显示，或会改变文字方向，因此以编号代替：{codes}。",
        "These characters cannot be shown, or turn the direction of text; their codes stand in their place: {codes}.",
    ),
    "lacking": (
        "字型「{font}」沒有以下字元，因此以編號代替：{codes}。如要顯示，請用另一個字型，或改存為 Word 檔案。",
        "字体“{font}”没有以下字符，因此以编号代替：{codes}。如要显示，请用另一个字体，或另存为 Word 文件。",
        "The font “{font}” lacks these characters; their codes stand in their place: {codes}. "
        "To see them, use another font or save as Word.",
    ),
    "more": ("等，共 {n} 個", "等，共 {n} 个", "and others, {n} in all"),
}
_MONTHS = (
    "January February March April May June July August September October November December".split()
)  # The locale of the machine is not that of the file.


def say(key: str, language: FileLanguage, **values: object) -> str:
    """The words `key`, with `values` in their places."""
    return _WORDS[key][_ORDER.index(language)].format(**values)


def when(moment: datetime, language: FileLanguage) -> str:
    """Date and time in Hong Kong; a moment without a zone is taken as it stands."""
    there = moment.astimezone(HONG_KONG) if moment.tzinfo else moment
    clock = f"{there.hour:02}:{there.minute:02}"
    if language == "en":
        return f"{there.day} {_MONTHS[there.month - 1]} {there.year}, {clock}"
    return f"{there.year}年{there.month}月{there.day}日 {clock}"
