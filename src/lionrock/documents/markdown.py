"""The blocks as Markdown (CommonMark) and as plain text. Both are laid out by the same lines; only Markdown escapes.

What is rendered from the Markdown is the text code point by code point: blanks at the edge of a line, which CommonMark
drops, are written as character references.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from lionrock.documents.conversation import Block, Run, Style

__all__ = ["markdown_of", "text_of"]

_SPECIAL = re.compile(r"[\\`*_\[\]<>&|~$#]")
_AT_START = re.compile(r"(?:[+\-=]|\d{1,9}(?=[.)]))")
_EDGES = re.compile(r"^\s+|\s+$")
_PREFIX: dict[Style, str] = {"title": "# ", "question": "## ", "sources": "### ", "quote": "> ", "notice": "> "}
_INDENT: dict[Style, str] = {"quote": "    ", "place": "  "}


def markdown_of(blocks: Sequence[Block]) -> str:
    """CommonMark; nothing in the text of a document is markup."""
    return _joined(blocks, _markdown)


def text_of(blocks: Sequence[Block]) -> str:
    """Plain text; a quote is indented by four spaces."""
    return _joined(blocks, _plain)


def _joined(blocks: Sequence[Block], form: Callable[[Block], str]) -> str:
    return "\n\n".join(form(block) for block in blocks) + "\n"


def _plain(block: Block) -> str:
    text = _spaced(block)
    if block.style == "title":
        return f"{text}\n{'=' * min(70, _width(text))}"
    if block.style == "question":
        return f"{text}\n{'-' * min(70, _width(text))}"
    indent = _INDENT.get(block.style, "")
    return "\n".join(indent + line for line in text.split("\n"))


def _width(text: str) -> int:
    """Columns that the text takes where an ideograph takes two."""
    return sum(2 if char >= "\u1100" else 1 for char in text)


def _spaced(block: Block) -> str:
    """The runs in one; marks stand off a word by a space, as on the page."""
    return "".join(_gap(run) + run.text for run in block.runs)


def _gap(run: Run) -> str:
    return " " if run.role == "mark" and run.anchor.startswith("mark-") else ""


def _markdown(block: Block) -> str:
    prefix = _PREFIX.get(block.style, "")
    text = "".join(_gap(run) + _run(run) for run in block.runs)
    if prefix.startswith("#"):
        return prefix + _edges(text)
    lines = text.rstrip("\n").split("\n")
    # A backslash at the end of a line is a line break; on a line of its own it keeps an empty line in the paragraph.
    # At the end of a paragraph it would be a backslash.
    body = "\\\n".join(map(_line, lines)) + "&#10;" * (len(text) - len(text.rstrip("\n")))
    return "\n".join(prefix + line for line in body.split("\n"))


def _run(run: Run) -> str:
    return f"<{run.target}>" if run.role == "link" else _SPECIAL.sub(lambda found: "\\" + found[0], run.text)


def _edges(line: str) -> str:
    return _EDGES.sub(lambda found: "".join(f"&#{ord(char)};" for char in found[0]), line)


def _line(line: str) -> str:
    line = _edges(line)
    found = _AT_START.match(line)
    if found is None:
        return line
    return line[: found.end()] + "\\" + line[found.end() :] if found[0].isdigit() else "\\" + line
