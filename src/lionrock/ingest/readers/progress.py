"""How a reader that takes long tells how far it is: pages done of pages to do. Outside a reading nobody listens."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

__all__ = ["Listener", "listener", "tell"]

Listener = Callable[[int, int], None]
"""Called with the pages recognised so far and the pages to recognise."""

listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def tell(done: int, of: int) -> None:
    """Say that `done` of `of` pages are recognised. Whoever reads under a time limit counts anew from here."""
    told = listener.get()
    if told is not None:
        told(done, of)
