"""The Model Context Protocol on standard input and output, for a client that starts Lionrock itself.

Nothing but the protocol goes to standard output. It ends when its input is closed, or at SIGINT and SIGTERM.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from typing import Any, cast

import anyio

from lionrock.app import App
from lionrock.records import Scope
from lionrock.server.mcp import server_for

__all__ = ["serve_stdio"]


def serve_stdio(app: App, scope: Scope) -> None:
    """Answer one client with the rights of `scope` until it goes."""
    anyio.run(_serve, app, scope)


async def _serve(app: App, scope: Scope) -> None:
    from mcp.server.stdio import stdio_server

    server = server_for(app, scope)

    async def until_told(signals: Any, over: anyio.CancelScope) -> None:
        async for _ in signals:
            over.cancel()

    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(until_told, signals, group.cancel_scope)
                async with stdio_server(stdin=cast(Any, _Lines())) as (reading, writing):
                    await server.run(reading, writing, server.create_initialization_options())
                group.cancel_scope.cancel()
        except* (BrokenPipeError, anyio.BrokenResourceError):
            # The client went in the middle of an answer.
            pass


class _Lines:
    """Lines of standard input, read by a thread that nobody waits for: a signal ends the program while it still reads."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        # A file of its own: the interpreter's must not be in use when it ends.
        with open(os.dup(0), "rb") as wire, contextlib.suppress(RuntimeError):  # noqa: PTH123  a descriptor
            for line in wire:
                self._loop.call_soon_threadsafe(self._lines.put_nowait, line.decode("utf-8", "replace"))
            self._loop.call_soon_threadsafe(self._lines.put_nowait, None)

    def __aiter__(self) -> _Lines:
        return self

    async def __anext__(self) -> str:
        line = await self._lines.get()
        if line is None:
            raise StopAsyncIteration
        return line
