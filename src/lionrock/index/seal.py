"""What the files of a closed index were like, so that damage is seen before the engine trusts them.

The engine opens some damaged files without a word and then finds nothing, and it breaks off in the midst of others. A
seal tells the length of every file and a checksum of its beginning; reading it back costs a few milliseconds.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

__all__ = ["broken", "seal"]

_NAME = "seal.json"
_BEGINNING = 65_536


def _facts(path: Path) -> list[int]:
    with path.open("rb") as file:
        return [path.stat().st_size, zlib.crc32(file.read(_BEGINNING))]


def _read(folder: Path) -> dict[str, list[int]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _facts(path) for path in files}


def seal(folder: Path, beside: Path) -> None:
    """Write what the files in `folder` are like into the folder `beside`."""
    (beside / _NAME).write_text(json.dumps(_read(folder)), encoding="utf-8")


def broken(folder: Path, beside: Path) -> str | None:
    """The first file that is not as it was sealed, None if all are or nothing was sealed.

    The seal is taken off: the files change as soon as the engine opens them. Raises `OSError`, and `ValueError` for a
    seal that is damaged itself.
    """
    path = beside / _NAME
    if not path.exists():
        return None
    told = json.loads(path.read_text(encoding="utf-8"))
    found = _read(folder)
    path.unlink()
    return next((name for name in sorted({*told, *found}) if told.get(name) != found.get(name)), None)
