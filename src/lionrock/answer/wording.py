"""The few sentences that Lionrock itself says in an answer, in the languages of the questions."""

from __future__ import annotations

from lionrock.records import Language

__all__ = ["say"]

_HANT = {
    "abstained": "文件庫中沒有找到能夠回答這條問題的內容。",
    "empty": "文件庫中沒有您可以查閱的文件。請先加入文件，再提出問題。",
    "nowhere": "您選定的範圍內沒有可供查閱的文件。請放寬範圍，再提出問題。",
    "nearest": "以下是最接近的段落，但它們沒有直接回答問題。",
    "pending": "{where} 尚未實施。",
    "repealed": "{where} 已被廢除。",
    "omitted": "{where} 已略去(已失時效)。",
    "expired": "{where} 已期滿失效。",
    "superseded": "《{where}》已有較新版本取代，請以新版本為準：《{newer}》。",
    "unverified": "語言模型的答案未能通過核對，現改為直接引述文件原文。",
    "refused": "語言模型未能根據段落作答，現直接引述文件原文。",
    "marked": "有句子未能在來源中核實，已作標記，不應作準。",
    "no_chat": "語言模型沒有回應，現直接引述文件原文。({where})",
    "written": "答案以書面中文撰寫。",
}
_HANS = {
    "abstained": "文件库中没有找到能够回答这个问题的内容。",
    "empty": "文件库中没有您可以查阅的文件。请先加入文件，再提出问题。",
    "nowhere": "您选定的范围内没有可供查阅的文件。请放宽范围，再提出问题。",
    "nearest": "以下是最接近的段落，但它们没有直接回答问题。",
    "pending": "{where} 尚未实施。",
    "repealed": "{where} 已被废除。",
    "omitted": "{where} 已略去(已失时效)。",
    "expired": "{where} 已期满失效。",
    "superseded": "《{where}》已有较新版本取代，请以新版本为准：《{newer}》。",
    "unverified": "语言模型的答案未能通过核对，现改为直接引述文件原文。",
    "refused": "语言模型未能根据段落作答，现直接引述文件原文。",
    "marked": "有句子未能在来源中核实，已作标记，不应作准。",
    "no_chat": "语言模型没有响应，现直接引述文件原文。({where})",
    "written": "",
}
_EN = {
    "abstained": "Nothing in the documents answers this question.",
    "empty": "There are no documents that you may see. Add some, then ask again.",
    "nowhere": "There are no documents that you may see in what you chose. Choose more, then ask again.",
    "nearest": "These are the nearest passages; they do not answer the question directly.",
    "pending": "{where} is not yet in operation.",
    "repealed": "{where} has been repealed.",
    "omitted": "{where} has been omitted as spent.",
    "expired": "{where} has expired.",
    "superseded": "“{where}” has been replaced by a newer version; rely on the newer one: “{newer}”.",
    "unverified": "The model's answer did not pass the check; the documents are quoted instead.",
    "refused": "The model could not answer from the passages; the documents are quoted instead.",
    "marked": "A sentence could not be verified in its source; it is marked and must not be relied on.",
    "no_chat": "The model did not reply; the documents are quoted instead. ({where})",
    "written": "",
}
_BY_LANGUAGE: dict[Language, dict[str, str]] = {"en": _EN, "zh-Hans": _HANS, "zh-Hant": _HANT, "yue": _HANT}


def say(key: str, language: Language, **values: str) -> str:
    """The sentence `key` in the language of the answer."""
    return _BY_LANGUAGE[language][key].format(**values)
