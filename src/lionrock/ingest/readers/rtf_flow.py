"""A run of paragraphs in RTF: the body, a note, a header; paragraphs in a table go to its cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lionrock.ingest.readers.office_tables import row_texts
from lionrock.ingest.readers.rtf_tables import Row, row_cells
from lionrock.records import BlockKind, Hidden

__all__ = ["Flow"]

_LONGEST_HEADING = 300
_LAST_HEADING = 8
_HEADING = re.compile(r"(?:heading|標題|标题)\s*(\d)", re.IGNORECASE)
_TABS = re.compile("\t+")


@dataclass(slots=True)
class Flow:
    """A run of paragraphs: the body, a footnote, a header."""

    kind: str = ""
    shown: list[str] = field(default_factory=list)
    concealed: list[tuple[str, list[str]]] = field(default_factory=list)
    label: list[str] = field(default_factory=list)
    outline: int | None = None
    style: int = 0
    in_list: bool = False
    depth: int = 0
    after: list[str] = field(default_factory=list)
    """Words of notes and boxes that follow the paragraph."""
    cells: list[str] = field(default_factory=list)
    cell: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    row: Row = field(default_factory=Row)
    in_table: bool = False
    is_endnote: bool = False
    blocks: list[tuple[BlockKind, int, str]] = field(default_factory=list)

    def say(self, text: str, why: str | None) -> None:
        """Words that are seen, or that are not, with the reason."""
        if why is None:
            self.shown.append(text)
        elif self.concealed and self.concealed[-1][0] == why:
            self.concealed[-1][1].append(text)
        else:
            self.concealed.append((why, [text]))

    def pard(self) -> None:
        """A paragraph's properties are those of no style again."""
        self.outline, self.style, self.in_list, self.depth, self.in_table = None, 0, False, 0, False

    def paragraph(self, styles: Mapping[int, str], hidden: list[Hidden]) -> None:
        """End the paragraph; what is not seen of it goes to `hidden`."""
        text = "".join("\ufffd" if 0xD800 <= ord(char) <= 0xDFFF else char for char in "".join(self.shown))
        label = " ".join("".join(self.label).split())
        listed = bool(self.label) or self.in_list
        text = _TABS.sub(" ", text).strip()
        # A small o in a typewriter face is the bullet of the second level.
        if label != "o" and re.search(r"\w", label) and text.strip():
            text = f"{label} {text.lstrip()}"
        for why, pieces in self.concealed:
            words = " ".join("".join(pieces).split())
            if words:
                hidden.append(Hidden(why, words))
        after = self.after
        self.shown, self.label, self.concealed, self.after = [], [], [], []
        if self.in_table:
            self.cell += [text, *after]
            return
        if text.strip() or after:
            self.end_table()
        level = self._level(styles)
        if text.strip():
            if level is not None and len(text) <= _LONGEST_HEADING:
                self.blocks.append(("heading", level, text.replace("\n", " ")))
            elif listed:
                self.blocks.append(("list_item", min(max(self.depth, 0), _LAST_HEADING), text))
            else:
                self.blocks.append(("paragraph", 0, text))
        self.blocks += (("paragraph", 0, words) for words in after)

    def _level(self, styles: Mapping[int, str]) -> int | None:
        if self.outline is not None:
            return self.outline + 2 if 0 <= self.outline <= _LAST_HEADING else None
        name = styles.get(self.style, "")
        found = _HEADING.match(name)
        return int(found[1]) + 1 if found else 1 if name.lower() == "title" else None

    def end_cell(self) -> None:
        """The paragraphs so far are a cell."""
        self.cells.append(" ".join(" ".join(self.cell).split()))
        self.cell = []

    def end_row(self) -> None:
        """The cells so far are a row."""
        if any(text.strip() for text in self.cell):
            self.end_cell()
        self.cell = []
        self.rows.append(replace(self.row, cells=self.cells))
        self.cells = []

    def end_table(self) -> None:
        """The rows so far are a table."""
        if self.cells or any(text.strip() for text in self.cell):
            self.end_cell()
            self.rows.append(Row(cells=self.cells))
            self.cells = []
        if self.rows:
            rows, heads = row_cells(self.rows)
            self.blocks += (("table_row", 0, text) for text in row_texts(rows, heads) if text)
            self.rows = []
