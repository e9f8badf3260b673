"""What a file is, by its first bytes and its inner directory, then by its ending. Content counts more than the name."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import PurePath

from lionrock.errors import EmptyDocumentError, EncryptedDocumentError, UnsupportedFormatError
from lionrock.ingest.readers.formats import ENDINGS

__all__ = ["ending_of", "kind_of"]

_NOT_READ = (
    (b"ID3", "sound"),
    (b"fLaC", "sound"),
    (b"OggS", "sound"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "an archive of a kind other than ZIP"),
    (b"Rar!", "an archive of a kind other than ZIP"),
    (b"SQLite format 3", "a database"),
)
_IMAGES = (
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
)
_NEW_IMAGES = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = (
    ("EncryptedPackage", "encrypted"),
    ("__properties_version1.0", "msg"),
    ("WordDocument", "doc"),
    ("PowerPoint Document", "ppt"),
    ("Workbook", "xls"),
    ("Book", "xls"),
)
_OPEN_DOCUMENT = {
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.text-template": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.spreadsheet-template": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/vnd.oasis.opendocument.presentation-template": "odp",
    "application/epub+zip": "epub",
}
_OFFICE_FOLDERS = (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "xlsx"))
_MAIL = re.compile(
    rb"\A(?:(?:from|to|cc|subject|date|received|return-path|delivered-to|message-id|mime-version|x-[\w-]+|content-[\w-]+"
    rb"|reply-to|sender|dkim-signature|authentication-results|arc-[\w-]+|thread-[\w-]+)[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2}",
    re.IGNORECASE,
)
_SENT = re.compile(
    rb"^(?:message-id|mime-version|received|return-path|content-type)[ \t]*:", re.IGNORECASE | re.MULTILINE
)
"""What mail programs write and people do not: a memo that begins with To and From is a text."""
_IMAGE_KINDS = frozenset({"png", "jpeg", "tiff", "gif", "bmp", "webp"})
_OFFICE_KINDS = frozenset(
    {"docx", "pdf", "pptx", "xlsx", "xlsb", "xls", "doc", "ppt", "odt", "ods", "odp", "msg", "epub", "zip"}
)
"""Formats with a mark of their own: a text whose name ends like one is read as text."""


def ending_of(name: str) -> str:
    """The ending of a file's name in lower case, with its dot; empty if it has none."""
    return PurePath(name.replace("\\", "/")).suffix.lower()


def kind_of(data: bytes, name: str) -> str:
    """The format of a file. Raises `EmptyDocumentError`, `EncryptedDocumentError` or `UnsupportedFormatError`."""
    if not data.strip():
        raise EmptyDocumentError("The file is empty; check that it is the right one.")
    ending = ending_of(name)
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(data, ending)
    if data.startswith(_OLE):
        return _ole_kind(data, ending)
    if data.startswith(b"{\\rtf"):
        return "rtf"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    for mark, kind in _IMAGES:
        # Two letters are little; a text may begin with them.
        if data.startswith(mark) and (kind != "bmp" or b"\0" in data[:32]):
            return kind
    for mark, what in _NOT_READ:
        if data.startswith(mark):
            raise UnsupportedFormatError(f"The file is {what}, which Lionrock does not read.")
    if data[4:8] == b"ftyp" and data[8:12] in _NEW_IMAGES:
        raise UnsupportedFormatError("The image is HEIC or AVIF, which Lionrock does not read; save it as JPEG or PNG.")
    if data.startswith(b"RIFF") or data[4:8] == b"ftyp":
        raise UnsupportedFormatError("The file is sound or video; make minutes or a transcript of it first.")
    return _text_kind(data, ending)


def _zip_kind(data: bytes, ending: str) -> str:
    """An office document is a ZIP with known members; anything else is an archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()[:10_000]
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                kind = _OPEN_DOCUMENT.get(archive.read("mimetype").decode("ascii", "replace").strip())
                if kind is not None:
                    return kind
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, RuntimeError, NotImplementedError, EOFError):
        # Cut short: its reader says so; the ending tells which one.
        return ENDINGS.get(ending, "zip") if ENDINGS.get(ending) in _OFFICE_KINDS else "zip"
    for folder, kind in _OFFICE_FOLDERS:
        if any(name.startswith(folder) for name in names) and "[Content_Types].xml" in names:
            return "xlsb" if "xl/workbook.bin" in names else kind
    return "docx" if ending == ".docx" else "zip"


def _ole_kind(data: bytes, ending: str) -> str:
    """By the names of the streams in the compound file's directory, which stand in UTF-16."""
    found = [kind for stream, kind in _OLE_STREAMS if stream.encode("utf-16-le") in data]
    if "encrypted" in found:
        raise EncryptedDocumentError
    if found:
        # A workbook may hold a Word document, and the other way round: then the ending tells.
        own = ENDINGS.get(ending, "")
        return own if own in found else found[0]
    if ending in (".docx", ".xlsx", ".pptx"):
        raise EncryptedDocumentError
    return ENDINGS.get(ending, "doc")


def _text_kind(data: bytes, ending: str) -> str:
    head = data[:4096].lstrip(b"\xef\xbb\xbf").lstrip().lower()
    if b"xml.gov.hk/schemas/hklm" in head:
        return "hklm"
    if head.startswith((b"<!doctype html", b"<html")) or (head.startswith(b"<?xml") and b"<html" in head):
        return "html"
    kind = ENDINGS.get(ending)
    if head.startswith(b"webvtt"):
        return "subtitles"
    if head.startswith(b"<?xml") and kind in (None, "plain"):
        return "xml"
    if kind in ("eml", "mhtml") or (kind in (None, "plain") and _is_mail(data[:8192].replace(b"\r\n", b"\n"))):
        return "mhtml" if kind == "mhtml" else "eml"
    if kind == "xls" and b"\t" in data[:4096]:
        return "tsv"
    if kind in _OFFICE_KINDS or kind in ("rtf", *_IMAGE_KINDS):
        return "plain"
    if kind == "hklm":
        return "xml"
    if kind is None:
        if ending in (".mp3", ".mp4", ".m4a", ".mov", ".wav"):
            raise UnsupportedFormatError("The file is sound or video; make minutes or a transcript of it first.")
        what = (
            f"Files ending in {ending[:20]} are not supported"
            if ending
            else "The file's name has no ending that tells its kind"
        )
        raise UnsupportedFormatError(f"{what}; save it as DOCX, PDF, HTML, Markdown or text.")
    return kind


def _is_mail(head: bytes) -> bool:
    fields = head.partition(b"\n\n")[0] + b"\n"
    return _MAIL.match(fields) is not None and _SENT.search(fields) is not None
