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
    "docx": Format("docx", _OFFICE + "wordprocessingml.document", (".docx", ".docm", ".dotx", ".dotm")),
    "pptx": Format(
        "pptx", _OFFICE + "presentationml.presentation", (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm")
    ),
    "odt": Format("odf", "application/vnd.oasis.opendocument.text", (".odt", ".ott")),
    "odp": Format("odf", "application/vnd.oasis.opendocument.presentation", (".odp", ".otp")),
    "doc": Format("legacy", "application/msword", (".doc", ".dot")),
    "ppt": Format("legacy", "application/vnd.ms-powerpoint", (".ppt", ".pps", ".pot")),
    "rtf": Format("rtf", "application/rtf", (".rtf",)),
    "png": Format("image", "image/png", (".png",)),
    "jpeg": Format("image", "image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif")),
    "tiff": Format("image", "image/tiff", (".tif", ".tiff")),
    "gif": Format("image", "image/gif", (".gif",)),
    "bmp": Format("image", "image/bmp", (".bmp",)),
    "webp": Format("image", "image/webp", (".webp",)),
    "pdf": Format("pdf", "application/pdf", (".pdf",)),
    "html": Format("html", "text/html", (".html", ".htm", ".xhtml")),
    "markdown": Format("markdown", "text/markdown", (".md", ".markdown")),
    "hklm": Format("hklm", "application/xml", (".xml",)),
    "xlsx": Format("spreadsheet", _OFFICE + "spreadsheetml.sheet", (".xlsx", ".xlsm", ".xltx", ".xltm")),
    "xlsb": Format("spreadsheet", "application/vnd.ms-excel.sheet.binary.macroenabled.12", (".xlsb",)),
    "xls": Format("spreadsheet", "application/vnd.ms-excel", (".xls", ".xlt")),
    "ods": Format("spreadsheet", "application/vnd.oasis.opendocument.spreadsheet", (".ods", ".ots")),
    "csv": Format("delimited", "text/csv", (".csv",)),
    "tsv": Format("delimited", "text/tab-separated-values", (".tsv", ".tab")),
    "eml": Format("eml", "message/rfc822", (".eml",)),
    "msg": Format("msg", "application/vnd.ms-outlook", (".msg",)),
    "mhtml": Format("mhtml", "multipart/related", (".mhtml", ".mht")),
    "epub": Format("epub", "application/epub+zip", (".epub",)),
    "zip": Format("archive", "application/zip", (".zip",)),
    "subtitles": Format("subtitles", "text/vtt", (".vtt", ".srt", ".ass", ".ssa")),
    "xml": Format("xml", "text/xml", (".xsl", ".xslt", ".rss", ".atom", ".kml")),
    "json": Format("plain", "application/json", (".json", ".jsonl", ".ndjson", ".geojson")),
    "yaml": Format("plain", "application/yaml", (".yaml", ".yml")),
    "outline": Format("outline", "text/x-rst", (".rst", ".org")),
    "plain": Format("plain", "text/plain", (".txt", ".text", ".log")),
}
"""Kind to format. A kind that is recognised but not listed here is refused with the reason that it is not read yet."""

ENDINGS: Mapping[str, str] = {ending: kind for kind, form in FORMATS.items() for ending in form.endings}
