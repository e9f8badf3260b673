"""Reads files for the benchmark of readers, one a line of standard input, in a process of its own.

Run by `parsing.py` with the interpreter that has the reader: python parsing_worker.py lionrock|markitdown|docling
A line in is a path; a line out is JSON: text or error, seconds, megabytes that the process held at its peak during the file.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

__all__ = ["TAKES", "main"]


def _lionrock() -> Callable[[Path], str]:
    from lionrock.errors import DocumentError
    from lionrock.ingest.readers.registry import read_document
    from lionrock.records import ParsedDocument

    def whole(parsed: ParsedDocument, depth: int = 0) -> str:
        """The text and, as the peers do, that of the files inside."""
        texts = [parsed.text]
        for item in parsed.attachments if depth < 3 else ():
            try:
                texts.append(whole(read_document(item.data, item.name), depth + 1))
            except DocumentError:
                continue
        return "\n".join(texts)

    return lambda path: whole(read_document(path.read_bytes(), path.name))


def _markitdown() -> Callable[[Path], str]:
    from markitdown import MarkItDown

    converter = MarkItDown(enable_plugins=False)
    return lambda path: str(converter.convert(str(path)).text_content)


_BACKENDS = {
    ".docx": ("DOCX", "msword_backend", "MsWordDocumentBackend"),
    ".pptx": ("PPTX", "mspowerpoint_backend", "MsPowerpointDocumentBackend"),
    ".xlsx": ("XLSX", "msexcel_backend", "MsExcelDocumentBackend"),
    ".odt": ("ODT", "opendocument_backend", "OdtDocumentBackend"),
    ".html": ("HTML", "html_backend", "HTMLDocumentBackend"),
    ".htm": ("HTML", "html_backend", "HTMLDocumentBackend"),
    ".epub": ("EPUB", "epub_backend", "EpubDocumentBackend"),
    ".eml": ("EMAIL", "email_backend", "EmailDocumentBackend"),
    ".msg": ("EMAIL", "email_backend", "EmailDocumentBackend"),
    ".csv": ("CSV", "csv_backend", "CsvDocumentBackend"),
}


def _docling() -> Callable[[Path], str]:
    # Its converter asks for torch even where no model is used; the readers themselves do not.
    from docling.datamodel.base_models import InputFormat
    from docling.datamodel.document import InputDocument

    def read(path: Path) -> str:
        form, module, name = _BACKENDS[path.suffix.lower()]
        backend = getattr(import_module(f"docling.backend.{module}"), name)
        document = InputDocument(path_or_stream=path, format=InputFormat[form], backend=backend)
        return str(document._backend.convert().export_to_markdown())

    return read


TAKES = {
    "docling": frozenset(_BACKENDS),
    "markitdown": frozenset(
        ".docx .pptx .xlsx .xls .pdf .html .htm .epub .msg .zip .csv .tsv .txt .md .json .ndjson .yaml .rst .org".split()
    ),
}
"""Endings that a reader is asked for: of others it has no reader, or gives back the source as it stands (RTF, mail, XML)."""
READERS = {"lionrock": _lionrock, "markitdown": _markitdown, "docling": _docling}


def _peak() -> float:
    for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1_000
    return 0.0


def main() -> None:
    """Answer until standard input ends."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    sink = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    read = READERS[sys.argv[1]]()
    for line in sys.stdin:
        answer: dict[str, object] = {}
        # The peak is counted anew for each file.
        Path("/proc/self/clear_refs").write_text("5", "ascii")
        started = time.perf_counter()
        try:
            answer["text"] = read(Path(line.rstrip("\n")))
        except Exception as error:  # noqa: BLE001  whatever a reader raises costs it this file
            answer["error"] = f"{type(error).__name__}: {error}"[:300]
        answer["seconds"] = time.perf_counter() - started
        answer["megabytes"] = _peak()
        sink.write(json.dumps(answer) + "\n")
        sink.flush()


if __name__ == "__main__":
    main()
