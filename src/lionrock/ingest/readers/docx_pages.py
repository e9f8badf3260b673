"""Pages of a word processing document, where its program recorded where they broke; they are never guessed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from lionrock.ingest.readers.builder import TextBuilder
from lionrock.records import BlockKind

__all__ = ["ASKED", "ODD", "RENDERED", "PagedText"]

RENDERED = "\f"
"""Stands in a paragraph's text where the program broke the page. No XML text can hold it."""
ASKED = "\v"
"""Stands where the author asked for a new page; the program repeats it, but not before an empty paragraph."""
ODD = "\x0e"
"""A new page that is to have an odd number."""
_MARKS = re.compile(f"([{RENDERED}{ASKED}{ODD}])")


class PagedText:
    """A text builder that takes marks of page breaks out of the text and counts pages by them."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self.rendered = 0
        self._starts = [0]
        self._turns = {RENDERED: 0, ASKED: 0, ODD: 0}

    def add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        """A block; blank ones are left out, their marks count for what follows."""
        clean: list[str] = []
        length = 0
        turns: list[int] = []
        page = None
        for piece in _MARKS.split(text):
            if piece in self._turns:
                self._turns[piece] += 1
                continue
            lead = len(piece) - len(piece.lstrip())
            if lead < len(piece):
                turns += [length + lead] * self._turn()
                page = page or len(self._starts) + len(turns)
            clean.append(piece)
            length += len(piece)
        joined = "".join(clean)
        offset = len(joined) - len(joined.lstrip())
        if not joined.strip():
            return
        if kind == "heading":
            self.builder.heading(joined.strip(), level, page=page)
        else:
            self.builder.add(kind, joined.strip(), level=level, page=page)
        start = self.builder.blocks[-1].start
        self._starts += [start + turn - offset for turn in turns]

    def _turn(self) -> int:
        """How many pages ended since the last words."""
        rendered, asked, odd = self._turns[RENDERED], self._turns[ASKED], self._turns[ODD]
        self.rendered += rendered
        turned = max(rendered, asked + odd)
        if odd and (len(self._starts) + turned) % 2 == 0:
            turned += 1
        self._turns = dict.fromkeys(self._turns, 0)
        return turned

    def facts(self, said: int | None) -> dict[str, Any]:
        """What to tell the document of its pages.

        `said` is the number of pages that the file states. Where its breaks say otherwise, or there are none, a page
        number would be a guess: the document has none then.
        """
        if self.rendered and (said is None or said in (self.rendered + 1, len(self._starts))):
            return {"pages": len(self._starts), "page_starts": tuple(self._starts)}
        self.builder.blocks[:] = [replace(block, page=None) for block in self.builder.blocks]
        return {}
