"""DOC and PPT, the formats of Office before 2007: LibreOffice turns them into DOCX and PPTX, where it is installed.

It runs in a folder of its own with a profile of its own, which lets no macro run and nothing be fetched; where the
system allows it, it has no network at all. Its time is bounded here, its memory by the process that reads files.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lionrock.errors import BrokenDocumentError, EncryptedDocumentError, ParserLimitError, UnsupportedFormatError
from lionrock.ingest.readers import docx, pptx
from lionrock.ingest.readers.office_package import MACRO_NOTICE
from lionrock.ingest.readers.port import Reader
from lionrock.ingest.readers.sniff import kind_of
from lionrock.records import ParsedDocument

__all__ = ["read"]

_SECONDS = 90.0
_MOST_BYTES = 400_000_000
_SECTOR = 512
_WORD_MARK = b"\xec\xa5"
_WORD_ENCRYPTED = 0x0100
_SHOW_ENCRYPTED = b"\x14\x00\x00\x00\xdf\xc4\xd1\xf3"
_MACROS = "_VBA_PROJECT".encode("utf-16-le")
_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "/opt/libreoffice/program/soffice",
    "/snap/bin/libreoffice",
)


@dataclass(frozen=True, slots=True)
class _Kind:
    program: str
    target: str
    filter: str
    read: Reader


_KINDS: Mapping[str, _Kind] = {
    "doc": _Kind("Word", "docx", "MS Word 2007 XML", docx.read),
    "ppt": _Kind("PowerPoint", "pptx", "Impress MS PowerPoint 2007 XML", pptx.read),
}
_ITEM = '<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
_SETTINGS = (
    ("Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Common/Misc", "UseLocking", "false"),
    ("Writer/Content/Update", "Link", "0"),
    ("Common/Save/Document", "AutoSave", "false"),
)
_PROXIES = (
    ("ooInetProxyType", "2"),
    ("ooInetHTTPProxyName", "127.0.0.1"),
    ("ooInetHTTPProxyPort", "9"),
    ("ooInetHTTPSProxyName", "127.0.0.1"),
    ("ooInetHTTPSProxyPort", "9"),
)


def read(data: bytes, *, name: str) -> ParsedDocument:
    """The document as LibreOffice converts it. Raises a `DocumentError`."""
    kind = _KINDS.get(kind_of(data, name))
    if kind is None:
        raise BrokenDocumentError
    if _is_encrypted(data):
        raise EncryptedDocumentError
    program = _program()
    if program is None:
        raise UnsupportedFormatError(
            f"The file is in the format of {kind.program} before 2007. Save it as {kind.target.upper()} and add that, "
            "or install LibreOffice on this computer: Lionrock then reads such files by itself."
        )
    parsed = kind.read(_converted(data, kind, program), name=name)
    notices = [
        "The file was converted by LibreOffice before it was read; compare with the original where looks matter."
    ]
    if _MACROS in data:
        notices.append(MACRO_NOTICE)
    if kind.target == "docx":  # pages of a conversion are not those of the original
        blocks = tuple(replace(block, page=None) for block in parsed.blocks)
        parsed = replace(parsed, blocks=blocks, pages=None, page_starts=())
    return replace(parsed, notices=tuple(dict.fromkeys((*notices, *parsed.notices))))


def _program() -> str | None:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or next((place for place in _PLACES if os.access(place, os.X_OK)), None)


def _is_encrypted(data: bytes) -> bool:
    """By the head of the text in a Word file, or that of the user's record in a PowerPoint file."""
    if _SHOW_ENCRYPTED in data:
        return True
    for found in re.finditer(re.escape(_WORD_MARK), data):
        at = found.start()
        if at % _SECTOR == 0 and at + 12 <= len(data) and 0x0065 <= struct.unpack_from("<H", data, at + 2)[0] <= 0x0112:
            return bool(struct.unpack_from("<H", data, at + 10)[0] & _WORD_ENCRYPTED)
    return False


def _converted(data: bytes, kind: _Kind, program: str) -> bytes:
    """The bytes of the file in today's format. Raises `BrokenDocumentError` or `ParserLimitError`."""
    with tempfile.TemporaryDirectory(prefix="lionrock-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        source = folder / f"file.{'doc' if kind.target == 'docx' else 'ppt'}"
        source.write_bytes(data)
        target = folder / "out" / f"file.{kind.target}"
        profile = folder / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_settings(), encoding="utf-8")
        command = [
            *_without_network(),
            program,
            f"-env:UserInstallation={profile.as_uri()}",
            *("--headless", "--norestore", "--nologo", "--nolockcheck", "--nodefault", "--nofirststartwizard"),
            "--convert-to",
            f"{kind.target}:{kind.filter}",
            "--outdir",
            str(target.parent),
            str(source),
        ]
        _run(command, folder)
        if not target.is_file():
            raise BrokenDocumentError(
                f"LibreOffice could not read the file; open it in {kind.program} and save it as {kind.target.upper()}."
            )
        if target.stat().st_size > _MOST_BYTES:
            raise ParserLimitError
        return target.read_bytes()


def _run(command: list[str], folder: Path) -> None:
    """Run to the end or to the time limit; then the program and all that it started are ended."""
    process = subprocess.Popen(  # noqa: S603
        command,
        cwd=folder,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        raise ParserLimitError from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(folder: Path) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH") if key in os.environ}
    nowhere = "http://127.0.0.1:9"
    return kept | {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "SAL_USE_VCLPLUGIN": "svp",
        "http_proxy": nowhere,
        "https_proxy": nowhere,
    }


def _without_network() -> list[str]:
    """What goes before a command so that it has no network; empty where the system does not allow it."""
    program = shutil.which("unshare")
    if program is None:
        return []
    before = [program, "--user", "--map-root-user", "--net", "--"]
    tried = subprocess.run(  # noqa: S603
        [*before, "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=10
    )
    return before if tried.returncode == 0 else []


def _settings() -> str:
    items = [
        _ITEM.format(path=f"/org.openoffice.Office.{path}", name=name, value=told) for path, name, told in _SETTINGS
    ]
    items += [_ITEM.format(path="/org.openoffice.Inet/Settings", name=name, value=told) for name, told in _PROXIES]
    return (
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{''.join(items)}</oor:items>"
    )
