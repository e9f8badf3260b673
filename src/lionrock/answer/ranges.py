"""Rows of a table that hold for a range of amounts: `5,001 to 50,000`, `1,400,000元以上`, `Up to 5,000`.

An officer asks about a purchase of 80,000; the row that answers names 50,001 and 1,400,000. Code compares the figures.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from lionrock.text.fold import fold_text
from lionrock.text.numbers import Quantity, find_quantities

__all__ = ["amount_asked", "fits"]

_TO = re.compile(r"\s*(?:元|港元)?\s*(?:to|至|到|-|–|—|~)\s*(?:hk\$|\$)?\s*")
_ABOVE_BEFORE = re.compile(r"(?:above|over|more than|exceeding|exceeds?|超过|多于|高于)\s*(?:hk\$|\$)?\s*$")
_ABOVE_AFTER = re.compile(r"^\s*(?:元|港元)?\s*(?:or more|or above|and above|以上|或以上)")
_BELOW_BEFORE = re.compile(
    r"(?:up to|not exceeding|not more than|below|under|less than|at most|不超过|不多于|少于|低于|最多)\s*(?:hk\$|\$)?\s*$"
)
_BELOW_AFTER = re.compile(r"^\s*(?:元|港元)?\s*(?:or less|or below|and below|以下|或以下|以内)")
_LOOK = 24
_LEAST = Decimal(100)
"""Smaller figures are counts of things, not amounts that a table is ordered by."""


def amount_asked(question: str) -> Decimal | None:
    """The one amount that a question names; None when it names none or several."""
    values = {value for quantity in find_quantities(question) if (value := _value(quantity)) is not None}
    return values.pop() if len(values) == 1 else None


def fits(row: str, amount: Decimal) -> bool | None:
    """Whether the first range of a row holds the amount; None when the row has no range."""
    folded = fold_text(row)
    found = [(item, value) for item in find_quantities(folded) if (value := _value(item)) is not None]
    for at, (item, value) in enumerate(found):
        before = folded[max(0, item.span.start - _LOOK) : item.span.start]
        after = folded[item.span.end : item.span.end + _LOOK]
        if at + 1 < len(found) and _TO.fullmatch(folded[item.span.end : found[at + 1][0].span.start]):
            return value <= amount <= found[at + 1][1]
        if _ABOVE_BEFORE.search(before):
            return amount > value
        if _ABOVE_AFTER.search(after):
            return amount >= value
        if _BELOW_BEFORE.search(before) or _BELOW_AFTER.search(after):
            return amount <= value
    return None


def _value(quantity: Quantity) -> Decimal | None:
    if quantity.kind not in ("money", "number"):
        return None
    try:
        value = Decimal(quantity.value)
    except InvalidOperation:
        return None
    return value if value >= _LEAST else None
