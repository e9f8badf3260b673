"""A plain-language index of legislation: how people say what a provision is about, in three languages, in our own words.

A data file, one line a provision and language: the work's key, the provision's anchor, the language, phrases (`|` between
them). It only serves search, beside the words of the law: nothing of it is ever shown as a source or given to a model.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources

from lionrock.records import Pool

__all__ = ["load_plain", "plain_words"]

Phrases = Mapping[str, tuple[str, ...]]
"""Language (`yue`, `zh`, `en`) to phrases."""


@functools.cache
def load_plain() -> Mapping[tuple[str, str], Phrases]:
    """(work, anchor) to its phrases by language."""
    text = resources.files("lionrock.text").joinpath("data/plain.tsv").read_text(encoding="utf-8")
    found: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
    for line in text.splitlines()[1:]:
        if line.strip():
            work, anchor, language, phrases = line.split("\t")
            found.setdefault((work, anchor), {})[language] = tuple(part.strip() for part in phrases.split("|"))
    return found


def plain_words(work: str | None, anchor: str | None, pool: Pool) -> str:
    """The phrases for a provision in the languages of a pool, one a line; empty where there are none.

    `work` is a document's pair key such as `/hk/cap486`; the mark of a repeated anchor (`s2~2`) is left out.
    """
    if work is None or anchor is None:
        return ""
    phrases = load_plain().get((work, anchor.split("~")[0]), {})
    return "\n".join(
        phrase for language in (("yue", "zh") if pool == "zh" else ("en",)) for phrase in phrases.get(language, ())
    )
