"""What things of the knowledge base are called on its pages: states, findings, languages, levels, kinds of files, days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import PurePosixPath

from babel.dates import format_date

from lionrock.ingest.readers.formats import ENDINGS, FORMATS
from lionrock.records import HONG_KONG
from lionrock.web.messages import Locale, Translate

__all__ = [
    "KNOWN_ENDINGS",
    "STATES",
    "classifications",
    "day",
    "finding_kinds",
    "finding_levels",
    "kind",
    "languages",
    "states",
]

KNOWN_ENDINGS: tuple[str, ...] = tuple(sorted(ENDINGS))
"""Endings of names of files that are read. A file of another ending may still be one of them: its content decides."""

STATES = ("accepted", "staged", "indexed", "quarantined", "failed", "deleted")
_BY_TYPE = {form.media_type: form.endings[0].removeprefix(".").upper() for form in FORMATS.values()}


def states(translate: Translate) -> dict[str, str]:
    """State of a document to words."""
    _ = translate
    return {
        "accepted": _("Waiting"),
        "staged": _("Being read"),
        "indexed": _("In search"),
        "quarantined": _("Held back"),
        "failed": _("Failed"),
        "deleted": _("Deleted"),
    }


def finding_kinds(translate: Translate) -> dict[str, str]:
    """Kind of finding to words."""
    _ = translate
    return {
        "instructions": _("Instructions to a model"),
        "hidden": _("Hidden text"),
        "spun": _("Words swapped by machine"),
        "spam": _("Search spam"),
        "garbled": _("Unreadable text"),
        "personal": _("Personal data"),
        "duplicate": _("Nearly the same as another"),
        "boilerplate": _("Repeated matter"),
        "reading": _("Left out while reading"),
    }


def finding_levels(translate: Translate) -> dict[str, str]:
    """Level of a finding to words."""
    _ = translate
    return {"notice": _("Notice"), "warning": _("Warning"), "quarantine": _("Held back"), "refuse": _("Refused")}


def languages(translate: Translate) -> dict[str, str]:
    """Language of a text to words."""
    _ = translate
    return {
        "yue": _("Cantonese"),
        "zh-Hant": _("Traditional Chinese"),
        "zh-Hans": _("Simplified Chinese"),
        "en": _("English"),
    }


def classifications(translate: Translate) -> dict[str, str]:
    """Classification to words, the lowest first."""
    _ = translate
    return {"open": _("Open"), "restricted": _("Restricted"), "confidential": _("Confidential")}


def kind(media_type: str, name: str) -> str:
    """The kind of a file in a few capital letters, such as PDF."""
    ending = PurePosixPath(name).suffix.lower()
    if ending in ENDINGS and FORMATS[ENDINGS[ending]].media_type == media_type:
        return ending.removeprefix(".").upper()
    return _BY_TYPE.get(media_type, ending.removeprefix(".").upper()[:8])


def day(value: datetime | date | str, locale: Locale) -> str:
    """A day as people of the language write it; of a time the day in Hong Kong."""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if isinstance(value, datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(HONG_KONG).date()
    return format_date(value, "medium", locale="en_GB" if locale == "en" else locale.replace("-", "_"))
