"""Events that touch security, as records of the log `lionrock.audit` with extra fields; never a secret among them."""

from __future__ import annotations

import logging
from typing import Any

__all__ = ["audit"]

_log = logging.getLogger("lionrock.audit")


def audit(event: str, *, failure: bool = False, **fields: Any) -> None:
    """Tell of an event; the fields are attributes of the log record: `event`, and those given, such as `person`."""
    told = {name: value for name, value in fields.items() if value is not None}
    words = " ".join(f"{name}={value}" for name, value in told.items())
    _log.log(logging.WARNING if failure else logging.INFO, "%s %s", event, words, extra={"event": event, **told})
