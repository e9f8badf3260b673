"""Names of files as they can be stored. A file system allows bytes that are no text, which no database takes."""

from __future__ import annotations

import re

__all__ = ["raw_name", "storable_name"]

_SIGN = "\ufffd"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_WRITTEN = re.compile(f"{_SIGN}([89A-F][0-9A-F]|00)")


def storable_name(name: str) -> str:
    """The name with each byte that is no text (a lone surrogate, as Python gives it) as the sign � and its two digits."""
    return _UNSTORABLE.sub(_as_written, name)


def _as_written(found: re.Match[str]) -> str:
    byte = ord(found[0])
    if byte == 0:
        return f"{_SIGN}00"
    return f"{_SIGN}{byte - 0xDC00:02X}" if 0xDC80 <= byte <= 0xDCFF else _SIGN


def raw_name(name: str) -> str:
    """The name as Python gives it, from a storable one: its bytes on disk are `os.fsencode` of it."""
    return _WRITTEN.sub(lambda found: chr(0xDC00 + int(found[1], 16)) if found[1] != "00" else "\0", name)
