"""Cantonese words of a verb and its object, which an aspect marker parts: 上緊訴 is 上訴, under way.

The markers are those of Matthews and Yip, Cantonese: A Comprehensive Grammar (2nd edition, 2011), chapter 11. They say
when, not what: for search the word is put together again.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lionrock.text.fold import is_han

__all__ = ["rejoined"]

_PARTED = re.compile(r"(.)([紧咗完晒返埋住过])([个张份条次])?(.)")


def rejoined(folded: str, is_word: Callable[[str], bool]) -> str:
    """Folded Cantonese with parted words of two ideographs put together; `is_word` knows words."""

    def join(found: re.Match[str]) -> str:
        verb, marker, _, thing = found.groups()
        whole = is_han(verb) and is_han(thing) and is_word(verb + thing)
        # 见完工 could be 完工 after 见, and 经过 is a word of its own: what can be read as it stands is left alone.
        return verb + thing if whole and not (is_word(marker + thing) or is_word(verb + marker)) else found[0]

    return _PARTED.sub(join, folded)
