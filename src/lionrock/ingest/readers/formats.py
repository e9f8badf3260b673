"""The formats that Lionrock reads: which module reads each, its media type, its endings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ENDINGS", "FORMATS", "Format"]


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `module` is a file of this package with a function `read`."""

    module: str
    media_type: str
    endings: tuple[str, ...]


_OFFICE = "application/vnd.openxmlformats-officedocument."

FORMATS: Mapping[str, Format] = {
    "docx": Format("docx", _OFFICE + "wordprocessingml.document", (".docx", ".docm")),
    "pdf": Format("pdf", "application/pdf", (".pdf",)),
    "html": Format("html", "text/html", (".html", ".htm", ".xhtml")),
    "markdown": Format("markdown", "text/markdown", (".md", ".markdown")),
    "hklm": Format("hklm", "application/xml", (".xml",)),
    "plain": Format("plain", "text/plain", (".txt", ".text", ".log")),
}
"""Kind to format. A kind that is recognised but not listed here is refused with the reason that it is not read yet."""

ENDINGS: Mapping[str, str] = {ending: kind for kind, form in FORMATS.items() for ending in form.endings}
