"""The header that tells a browser to keep a file under its own name (RFC 6266, RFC 8187)."""

from __future__ import annotations

import re
from urllib.parse import quote

from lionrock.text.names import raw_name

__all__ = ["disposition"]

_PLAIN = "!#$&+-.^_`|~"
"""What a name in the extended notation holds as it is, beside letters and digits."""
_AWKWARD = re.compile(r'[^\x20-\x7e]|["\\%/]')


def disposition(name: str) -> str:
    """`attachment` with the name twice: exactly, byte by byte, and in ASCII for programs that know no better.

    Of a path its last part is the name. Bytes that are no text are given as they are on disk.
    """
    last = raw_name(name).rsplit("/", 1)[-1]
    plain = _AWKWARD.sub("_", last).strip() or "document"
    exact = quote(last.encode("utf-8", "surrogateescape"), safe=_PLAIN)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact or 'document'}"
