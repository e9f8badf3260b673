"""Files inside files: which of them become documents below the one that carries them, and where the nesting ends."""

from __future__ import annotations

from collections.abc import Sequence

from lionrock.records import Attachment, Finding

__all__ = ["MARK", "MOST_DEPTH", "MOST_INSIDE", "admitted", "depth_of", "root_of", "source_inside"]

MOST_DEPTH = 5
"""An archive in an e-mail in an archive … is followed so far down."""
MOST_INSIDE = 5_000
"""So many files may come inside one file, over all its levels."""
MARK = "!/"
"""Stands in a source between a file and what came inside it."""


def source_inside(container: str, name: str) -> str:
    """The source of a file inside another: `papers.zip!/2024/minutes.docx`."""
    return f"{container}{MARK}{name}"


def root_of(source: str) -> str:
    """The outermost file that a source names."""
    return source.split(MARK, 1)[0]


def depth_of(source: str) -> int:
    """How many files a source is inside of."""
    return source.count(MARK)


def admitted(
    attachments: Sequence[Attachment], source: str, already: int
) -> tuple[Sequence[Attachment], tuple[Finding, ...]]:
    """The attachments to take in, and findings that tell what is left out.

    `already` is the number of files inside the outermost file that were taken in so far, this one's own aside.
    """
    if not attachments:
        return (), ()
    if depth_of(source) >= MOST_DEPTH:
        return (), (_left_out(len(attachments), f"they are nested more than {MOST_DEPTH} files deep"),)
    room = max(0, MOST_INSIDE - already)
    if len(attachments) > room:
        why = f"at most {MOST_INSIDE:,} files inside one file are taken in"
        return attachments[:room], (_left_out(len(attachments) - room, why),)
    return attachments, ()


def _left_out(number: int, why: str) -> Finding:
    return Finding("reading", "warning", f"{number:,} files inside this one were left out: {why}.")
