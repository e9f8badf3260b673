"""The events of an answer, one at a time, while a client waits for them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator

import anyio
import anyio.to_thread

from lionrock.answer.pipeline import Event

__all__ = ["steps"]


async def steps(events: Iterator[Event]) -> AsyncGenerator[Event, None]:
    """Each event as it comes, made in a thread. When this is closed, as it is when the client goes, generation stops.

    Wrap it in `contextlib.aclosing`, so that it is closed at once and not when it is next collected.
    """
    try:
        while (event := await anyio.to_thread.run_sync(next, events, None)) is not None:
            yield event
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            # Shielded: the task is cancelled when the client has gone, and closing must happen all the same.
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(close)
