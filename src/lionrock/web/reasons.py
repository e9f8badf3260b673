"""Why a sentence did not pass its check, in the page's language. The reasons themselves are made by `cite/verify.py`."""

from __future__ import annotations

import re

from lionrock.web.messages import Translate

__all__ = ["reason_words"]

_FACT = re.compile(
    r"(number|date|sum of money|legal reference|name|quoted wording) not in the source: (.*?)(?: \(the source says (.*)\))?",
    re.DOTALL,
)
_SHARE = re.compile(r"shares (too little|only part of its meaning) with the source \((\d+%)\)")
_DAYS = re.compile(r"the sentence counts (working days|days), the source (?:working days|days): (.*)", re.DOTALL)
_NUMBER = re.compile(r"cites (\[\d+\]), which is not among the sources")
_LIMIT = re.compile(r"the sentence takes (.*) as (.*), the source as (.*)", re.DOTALL)


def reason_words(translate: Translate, reason: str) -> str:
    """The reason in the page's language; one that is not known stays English."""
    _ = translate
    known = {
        "cites no source": _("no source is cited"),
        "one of sentence and source is negative, the other is not: compare them": _(
            "one of sentence and source is negative, the other is not; compare them"
        ),
        "too short to be checked: it does not say what it is about": _("too short to be checked"),
        "The document that this rested on was deleted.": _("the document that this rested on was deleted"),
    }
    if reason in known:
        return known[reason]
    if found := _FACT.fullmatch(reason):
        words = _fact(translate, found[1], found[2])
        return words + (_(" (the source says {words})", words=found[3]) if found[3] else "")
    if found := _SHARE.fullmatch(reason):
        if found[1] == "too little":
            return _("too little of it is in the source ({share})", share=found[2])
        return _("only part of its meaning is in the source ({share})", share=found[2])
    if found := _DAYS.fullmatch(reason):
        if found[1] == "days":
            return _("the sentence counts days, the source working days: {words}", words=found[2])
        return _("the sentence counts working days, the source days: {words}", words=found[2])
    if found := _NUMBER.fullmatch(reason):
        return _("{number} is not among the sources", number=found[1])
    if found := _LIMIT.fullmatch(reason):
        return _("the limit {words} is turned round; the source says otherwise", words=found[1])
    if reason.startswith("says that it is in operation"):
        return _("says that it is in operation, but the provision cited is not")
    return reason


def _fact(translate: Translate, kind: str, words: str) -> str:
    _ = translate
    match kind:
        case "number":
            return _("number not in the source: {words}", words=words)
        case "date":
            return _("date not in the source: {words}", words=words)
        case "sum of money":
            return _("sum of money not in the source: {words}", words=words)
        case "legal reference":
            return _("legal reference not in the source: {words}", words=words)
        case "name":
            return _("name not in the source: {words}", words=words)
        case _:
            return _("quoted words not in the source: {words}", words=words)
