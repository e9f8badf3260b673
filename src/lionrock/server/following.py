"""The events of a turn for one who follows it: what there is, then live, until the last one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from lionrock.app import App
from lionrock.app.runs import Run
from lionrock.contract_chat import Told
from lionrock.records import Actor, Scope
from lionrock.server.sse import STILL_HERE, event, streamed

__all__ = ["event_stream", "follow_run", "follow_turn"]

_KEEP_ALIVE = 15.0
"""Seconds of silence after which a comment is sent, so that no proxy takes the stream for dead."""
_POLL = 0.5
"""Seconds between looks at a turn that is answered elsewhere."""


async def follow_run(run: Run, after: int = 0) -> AsyncGenerator[Told | None, None]:
    """The events of a run behind number `after`; None now and then while nothing happens."""
    loop, more = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        # The loop may be gone when the thread that answers is not.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(more.set)

    unwatch = run.watch(wake)
    try:
        while True:
            more.clear()
            events, closed = run.since(after)
            for told in events:
                after = told.id
                yield told
            if closed:
                return
            try:
                await asyncio.wait_for(more.wait(), _KEEP_ALIVE)
            except TimeoutError:
                yield None
    finally:
        unwatch()


async def follow_turn(
    app: App, actor: Actor, scope: Scope, turn_id: str, after: int
) -> AsyncGenerator[Told | None, None]:
    """The events of a turn that is read from the database, as soon as it has ended."""
    while (events := await run_in_threadpool(app.conversations.replay, actor, scope, turn_id, after)) is None:
        yield None
        await asyncio.sleep(_POLL)
    for told in events:
        yield told


def event_stream(events: AsyncIterator[Told | None]) -> StreamingResponse:
    """The events as a response."""
    return streamed(_lines(events))


async def _lines(events: AsyncIterator[Told | None]) -> AsyncIterator[str]:
    async for told in events:
        yield STILL_HERE if told is None else event(told.name, told.data, told.id)
