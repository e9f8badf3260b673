"""The words of the page in its three languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

__all__ = ["LOCALES", "Locale", "best_locale", "words"]

Locale: TypeAlias = Literal["zh-HK", "zh-CN", "en"]
LOCALES: tuple[tuple[Locale, str], ...] = (("zh-HK", "繁"), ("zh-CN", "简"), ("en", "EN"))

_WORDS: Mapping[str, tuple[str, str, str]] = {
    "tagline": (
        "答案出自您的文件，逐句有據。",
        "答案出自您的文件，逐句有据。",
        "Answers from your documents, every sentence with its source.",
    ),
    "question": ("您的問題", "您的问题", "Your question"),
    "placeholder": (
        "用廣東話、英文或普通話提問…",
        "用粤语、英文或普通话提问…",
        "Ask in Cantonese, English or Mandarin…",
    ),
    "ask": ("提問", "提问", "Ask"),
    "stop": ("停止", "停止", "Stop"),
    "evidence": ("找到的段落", "找到的段落", "Passages found"),
    "answer": ("答案", "答案", "Answer"),
    "documents": ("文件", "文件", "Documents"),
    "no_documents": (
        "尚未加入文件。在下方拖放或選擇檔案。",
        "尚未加入文件。在下方拖放或选择文件。",
        "No documents yet. Drop or choose files below.",
    ),
    "add": ("加入檔案", "加入文件", "Add files"),
    "adding": ("正在加入…", "正在加入…", "Adding…"),
    "source": ("來源", "来源", "Source"),
    "close": ("關閉", "关闭", "Close"),
    "page": ("第 {n} 頁", "第 {n} 页", "page {n}"),
    "supported": ("已核實", "已核实", "verified"),
    "partly": ("部分核實", "部分核实", "partly verified"),
    "unsupported": ("未能核實", "未能核实", "not verified"),
    "checking": ("未經核對的草稿", "未经核对的草稿", "draft, not yet checked"),
    "quoted": ("直接引述文件", "直接引述文件", "Quoted from the documents"),
    "worded": (
        "由語言模型撰寫，逐句核對",
        "由语言模型撰写，逐句核对",
        "Worded by a model, checked sentence by sentence",
    ),
    "searching": ("正在搜尋…", "正在搜索…", "Searching…"),
    "other_language": ("另一語文版本", "另一语文版本", "In the other language"),
    "failed": ("未能完成", "未能完成", "This did not work"),
    "nothing": ("沒有找到相關段落。", "没有找到相关段落。", "No passage was found."),
    "language": ("介面語言", "界面语言", "Language of the page"),
    "try": ("試問", "试问", "Try"),
    "skip": ("跳到問題欄", "跳到问题栏", "Skip to the question"),
    "stopped": ("已停止", "已停止", "Stopped"),
    "delete": ("刪除", "删除", "Delete"),
    "confirm_delete": ("確定刪除？", "确定删除？", "Delete it?"),
    "replaced": ("已有較新版本", "已有较新版本", "replaced by a newer version"),
    "not_in_force": ("並非現行有效", "并非现行有效", "not in force"),
    "model": ("語言模型", "语言模型", "Model"),
    "repaired": ("還原的文字", "还原的文字", "With plain characters"),
    "held_back": ("暫不供搜尋", "暂不供搜索", "Held back from search"),
    "not_taken_in": ("未能加入", "未能加入", "Not taken in"),
    "waiting": ("正在處理", "正在处理", "Being taken in"),
    "release": ("准予搜尋", "准予搜索", "Let it into search"),
    "retry": ("再試", "重试", "Try again"),
    "findings": ("檢查發現", "检查发现", "What was found"),
    "no_findings": ("沒有發現。", "没有发现。", "Nothing was found."),
    "none": ("無(只引述)", "无(只引述)", "none (quotes only)"),
}


def words(locale: Locale) -> dict[str, str]:
    """Key -> words in a language."""
    at = [code for code, _ in LOCALES].index(locale)
    return {key: ways[at] for key, ways in _WORDS.items()}


def best_locale(chosen: str | None, remembered: str | None, accepted: str | None) -> Locale:
    """The language that was chosen, else remembered, else the browser's; Hong Kong Chinese if nothing fits."""
    known = {code.lower(): code for code, _ in LOCALES}
    for value in (chosen, remembered):
        if value and value.lower() in known:
            return known[value.lower()]
    for item in (accepted or "").lower().split(","):
        code = item.split(";")[0].strip()
        if code.startswith("en"):
            return "en"
        if code in ("zh-cn", "zh-sg", "zh-hans", "zh-hans-cn"):
            return "zh-CN"
        if code.startswith(("zh", "yue")):
            return "zh-HK"
    return "zh-HK"
