"""What kind of quantity a question asks for, so that a passage without one is not taken for its answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lionrock.text.fold import fold_text
from lionrock.text.numbers import QuantityKind, find_quantities

__all__ = ["expected_kinds", "holds_expected"]

_ASKS: tuple[tuple[re.Pattern[str], frozenset[QuantityKind]], ...] = (
    (
        re.compile(r"几多个?巴仙|百分之几|百分之多少|几成|what percent|percentage|what share"),
        frozenset({"percent"}),
    ),
    (
        re.compile(r"电话(?:号码)?(?:系|是)?(?:几多|多少)|几多号电话|热线|telephone number|phone number|hotline"),
        frozenset({"phone"}),
    ),
    (
        re.compile(
            r"几多(?:钱|蚊)|几钱|多少(?:钱|元|蚊)|(?:费用|收费|罚款|金额|价钱|津贴|工资|薪金|人工|按金|押金)(?:系|是|为)?(?:几多|多少)|"
            r"(?:罚|收|赔|畀|俾|退)(?:返|款)?(?:几多|多少)|how much (?:is|does|do|must|will|are)\b.*|"
            r"what (?:is|are) the (?:fee|charge|cost|price|fine|deposit|rate)|what does it cost"
        ),
        frozenset({"money", "percent"}),
    ),
    (
        re.compile(
            r"几耐|几多(?:日|天|年|个月|个钟|个礼拜|个星期|分钟)|多久|多长时间|多少(?:天|日|年|个月|小时|分钟|个工作)|几日|几天|"
            r"how long|how soon|how quickly|how fast|how late|how many (?:days|weeks|months|years|hours|minutes)|"
            r"(?:deadline|time limit|cut-off)"
        ),
        frozenset({"duration", "date", "time"}),
    ),
    (
        re.compile(r"几时|何时|什么时候|几点|哪一?天|边日|何日|几号|\bwhen\b|what (?:time|date)|which day"),
        frozenset({"date", "time", "duration"}),
    ),
    (
        re.compile(r"几多|多少|几个|how many|how big|how old|how large"),
        frozenset({"number", "money", "percent", "duration", "date"}),
    ),
)


_MONEY_COLUMN = re.compile(r"\((?:hk)?\$\)|\((?:港元|港币|元|hkd)\)|\((?:hk)?\$ |:\s*(?:hk)?\$\s*\n")


def expected_kinds(question: str) -> frozenset[QuantityKind]:
    """Kinds of which an answer must hold one; empty when the question asks for no quantity."""
    folded = fold_text(question)
    return next((kinds for pattern, kinds in _ASKS if pattern.search(folded)), frozenset())


def holds_expected(question: str, texts: Sequence[str], context: str = "") -> bool:
    """Whether one of the texts holds a quantity of the kind asked for; true when none is asked for.

    In a table the currency stands once, in the head of a column: where `context` (title, headings, the passage around)
    or the text itself has such a head, its bare numbers are sums.
    """
    kinds = expected_kinds(question)
    if not kinds:
        return True
    if "money" in kinds and any(_MONEY_COLUMN.search(fold_text(words)) for words in (context, *texts)):
        kinds |= {"number"}
    return any(quantity.kind in kinds for text in texts for quantity in find_quantities(text))
