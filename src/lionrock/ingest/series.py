"""Which documents are editions of one text, and which of them is the newest.

Two documents are editions when their titles are the same apart from years, and both state a date: "Annual leave rules
(2023)" of 1 January 2023 is replaced by "Annual leave rules" of 1 January 2026. Titles that differ otherwise, or a date
that is missing, leave both as they are: a wrong "replaced" would mislead more than a missing one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lionrock.text.fold import fold_text
from lionrock.text.numbers import find_quantities

__all__ = ["Edition", "replaced", "series_of", "stated_date"]

_HEAD = 400
_FULL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEAR = re.compile(r"\(?\s*(?:19|20)\d{2}\s*(?:年度|年)?\s*(?:版|收费|edition|version)?\s*\)?")
_BLANKS = re.compile(r"[\s\W_]+")


@dataclass(frozen=True, slots=True)
class Edition:
    """What is known of one document: its title, its date as ISO text, where it belongs."""

    document_id: str
    title: str
    date: str | None
    department: str
    language: str


def series_of(title: str) -> str:
    """The title without years and punctuation, folded."""
    return _BLANKS.sub("", _YEAR.sub("", fold_text(title)))


def stated_date(text: str) -> str | None:
    """The first full date in the head of a document, as ISO text."""
    for quantity in find_quantities(text[:_HEAD]):
        if quantity.kind == "date" and _FULL_DATE.fullmatch(quantity.value):
            return quantity.value
    return None


def replaced(editions: Iterable[Edition]) -> Mapping[str, str | None]:
    """Document id -> id of the edition that replaces it (None: it is the newest, or stands alone)."""
    groups: defaultdict[tuple[str, str, str], list[Edition]] = defaultdict(list)
    result: dict[str, str | None] = {}
    for edition in editions:
        result[edition.document_id] = None
        if edition.date and len(series_of(edition.title)) > 1:
            groups[edition.department, edition.language, series_of(edition.title)].append(edition)
    for group in groups.values():
        newest = max(group, key=lambda edition: (edition.date or "", edition.document_id))
        for edition in group:
            if edition.date != newest.date:
                result[edition.document_id] = newest.document_id
    return result
