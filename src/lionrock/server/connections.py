"""Connections of clients that are slow, silent or gone: each has a time, and together they have a most.

A client that sends no request, or none to its end, is cut off; so is one that does not read what it is sent. When there are
as many as this process may hold, the one that has been idle longest makes room for a new one.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from collections import OrderedDict
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["Connection", "connection_kind", "most_connections"]

_log = logging.getLogger(__name__)
_RESERVED = 256
"""Files that the rest of the program may need: database, index, originals, pipes of readers."""
_LEAST = 64
_MOST = 16_000


def most_connections() -> int:
    """How many connections the limit of open files leaves room for; raises that limit as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST + _RESERVED
    aim = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < aim:
        resource.setrlimit(resource.RLIMIT_NOFILE, (aim, hard))
        soft = aim
    if soft == resource.RLIM_INFINITY:
        return _MOST
    return max(_LEAST, min(_MOST, soft - _RESERVED))


class Connection(H11Protocol):
    """HTTP/1.1 with a time for everything that waits for the client."""

    most: ClassVar[int] = _MOST
    header_seconds: ClassVar[float] = 20.0
    idle_seconds: ClassVar[float] = 30.0
    idle: ClassVar[OrderedDict[Connection, None]]
    """Those without a request in progress, the longest idle first."""

    _waits: asyncio.TimerHandle | None = None
    _writes: asyncio.TimerHandle | None = None
    _lingers: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there; its request must come within a time."""
        if len(self.connections) >= self.most:
            self._make_room()
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
            return
        self._look()

    def _make_room(self) -> None:
        if self.idle:
            oldest, _ = self.idle.popitem(last=False)
            self.connections.discard(oldest)
            oldest.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self.idle.pop(self, None)
        for timer in (self._waits, self._writes, self._lingers):
            if timer is not None:
                timer.cancel()
        self._waits = self._writes = self._lingers = None
        super().connection_lost(exc)
        # Only an orderly end does this there.
        self._unset_keepalive_if_required()

    def data_received(self, data: bytes) -> None:
        """Bytes of a request."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """An answer has ended."""
        super().on_response_complete()
        self._look()

    def timeout_keep_alive_handler(self) -> None:
        """No further request came."""
        super().timeout_keep_alive_handler()
        self._look()

    def shutdown(self) -> None:
        """The server stops."""
        super().shutdown()
        self._look()

    def pause_writing(self) -> None:
        """The client does not read as fast as it is written to."""
        super().pause_writing()
        if self._writes is None:
            self._writes = self.loop.call_later(self.idle_seconds, self._cut_off, "does not read")

    def resume_writing(self) -> None:
        """It has read most of it."""
        super().resume_writing()
        if self._writes is not None:
            self._writes.cancel()
            self._writes = None

    def _look(self) -> None:
        """Set the timers by what is waited for now."""
        busy = self.cycle is not None and not self.cycle.response_complete
        if self.transport.is_closing():
            if self._lingers is None:
                # What is written is still sent, but not for ever.
                self._lingers = self.loop.call_later(self.idle_seconds, self._cut_off, "did not read the end")
        elif busy:
            self.idle.pop(self, None)
            self._stop_waiting()
        else:
            self.idle.setdefault(self, None)
            if self.timeout_keep_alive_task is not None:
                self._stop_waiting()
            elif self._waits is None:
                self._waits = self.loop.call_later(self.header_seconds, self._cut_off, "sent no whole request")

    def _stop_waiting(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None

    def _cut_off(self, why: str) -> None:
        _log.info("a client was cut off that %s", why)
        self.transport.abort()


def connection_kind(*, idle_seconds: float, most: int, header_seconds: float = 20.0) -> type[Connection]:
    """The class of one server's connections."""
    values: dict[str, Any] = {
        "most": most,
        "idle_seconds": idle_seconds,
        "header_seconds": min(header_seconds, idle_seconds),
        "idle": OrderedDict(),
    }
    return type("ServerConnection", (Connection,), values)
