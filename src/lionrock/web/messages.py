"""The words of the page in its languages: gettext catalogues, where the English words are the keys.

Catalogues: `locales/<language>/LC_MESSAGES/lionrock.po`, brought up to date by `scripts/messages.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from typing import Literal, Protocol, TypeAlias

from babel.messages.pofile import read_po

__all__ = ["IN_SCRIPTS", "LOCALES", "Locale", "Translate", "best_locale", "for_scripts", "translator"]

Locale: TypeAlias = Literal["zh-HK", "zh-CN", "en"]
LOCALES: tuple[tuple[Locale, str], ...] = (("zh-HK", "繁體"), ("zh-CN", "简体"), ("en", "English"))

IN_SCRIPTS = (
    "Add files",
    "Cancelled; {done} of {n} were sent.",
    "Copied.",
    "Deleted.",
    "Documents changed: {n}",
    "Documents deleted: {n}",
    "Documents purged: {n}",
    "Documents that would be purged: {n}",
    "Files to add: {n}",
    "It failed again: {why}",
    "It is back.",
    "It is held back: {why}",
    "It is in search now.",
    "Nothing can be sent while an answer is being made.",
    "Saved.",
    "Search shows this version already.",
    "That did not work: {why}",
    "The connection was lost; trying again…",
    "The server cannot be reached.",
    "There is no picture of this page.",
    "Undo",
    "Undone.",
    "Wait until the files before are sent.",
    "and {n} more",
    "files of this kind ({kind}) are not read",
    "it could not be read ({why})",
    "it is empty",
    "it is larger than {n} MB, the most that is accepted here",
    "it only says that someone has the file open",
    "the folder is empty",
    "{done} of {n} read",
    "{done} of {n} sent",
    "{n} chosen",
)
"""The messages that scripts show; a test compares them with the scripts."""


class Translate(Protocol):
    """Words in a language; `{name}` in them stands for a value."""

    def __call__(self, message: str, /, **values: object) -> str:
        """The message in the page's language."""
        ...


@functools.lru_cache(maxsize=len(LOCALES))
def _catalogue(locale: Locale) -> Mapping[str, str]:
    folder = resources.files("lionrock.web") / "locales" / locale.replace("-", "_") / "LC_MESSAGES"
    with (folder / "lionrock.po").open("rb") as file:
        catalogue = read_po(file, locale=locale.replace("-", "_"))
    return {str(entry.id): str(entry.string) for entry in catalogue if entry.id and entry.string}


def translator(locale: Locale) -> Translate:
    """Puts messages into a language; one that the catalogue lacks stays English."""
    catalogue = _catalogue(locale)

    def translate(message: str, /, **values: object) -> str:
        words = catalogue.get(message, message)
        return words.format(**values) if values else words

    return translate


def for_scripts(locale: Locale) -> dict[str, str]:
    """English words to those of a language, for what scripts show."""
    catalogue = _catalogue(locale)
    return {message: catalogue.get(message, message) for message in IN_SCRIPTS}


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
