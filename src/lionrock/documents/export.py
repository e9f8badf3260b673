"""A conversation in the format that was asked for, with the name that the file should have."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lionrock.documents.characters import shown
from lionrock.documents.conversation import Block, Conversation, blocks_of, short
from lionrock.documents.docx import docx_of
from lionrock.documents.markdown import markdown_of, text_of
from lionrock.documents.words import FileLanguage, say
from lionrock.errors import UsageError

__all__ = ["File", "FileFormat", "export"]

FileFormat: TypeAlias = Literal["docx", "pdf", "md", "txt"]

_MEDIA: dict[FileFormat, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "md": "text/markdown; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}
_MOST_CHARACTERS = 2_000_000
_LONGEST_PARAGRAPH = 50_000
"""The time that setting takes grows faster than a paragraph does."""
_MOST_NAME = 60
_NOT_IN_NAMES = re.compile(
    '[\x00-\x1f\x7f-\x9f\\\\/:*?"<>|\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffd-\uffff]+'
)
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class File:
    """What is sent."""

    name: str
    media_type: str
    data: bytes


def export(conversation: Conversation, form: FileFormat, language: FileLanguage, *, font: str = "") -> File:
    """The conversation as a file; `font` is the path of a font file for PDF.

    Raises `UsageError` when it is too long for Word or PDF, `FontMissingError` when PDF has no font.
    """
    blocks = blocks_of(conversation, language)
    return File(
        _name(conversation.title, form, language), _MEDIA[form], _data(blocks, conversation, form, language, font)
    )


def _data(
    blocks: list[Block], conversation: Conversation, form: FileFormat, language: FileLanguage, font: str
) -> bytes:
    if form in ("md", "txt"):
        write = markdown_of if form == "md" else text_of
        return write(shown(blocks, language)).encode()
    lengths = [sum(len(run.text) for run in block.runs) for block in blocks]
    if sum(lengths) > _MOST_CHARACTERS or max(lengths) > _LONGEST_PARAGRAPH:
        raise UsageError(
            f"The conversation has {sum(lengths):,} characters, {max(lengths):,} of them in one paragraph; at most "
            f"{_MOST_CHARACTERS:,} fit into one Word or PDF file, and {_LONGEST_PARAGRAPH:,} into a paragraph. "
            "Save it as Markdown or plain text, which have no such limit."
        )
    # Setting takes up to some hundred megabytes: one after the other, so that many askers do not add up.
    with _one_at_a_time:
        if form == "docx":
            return docx_of(blocks, language, made=conversation.date)
        # Imported here: the setter of type is large, and only PDF needs it.
        from lionrock.documents.pdf import pdf_of

        return pdf_of(blocks, language, made=conversation.date, font=font)


def _name(title: str, form: FileFormat, language: FileLanguage) -> str:
    """A name that every file system takes: no separators, no marks that hide its ending."""
    name = short(_NOT_IN_NAMES.sub(" ", title[:1_000]), _MOST_NAME).strip(". ")
    return f"{name or say('untitled', language)}.{form}"
