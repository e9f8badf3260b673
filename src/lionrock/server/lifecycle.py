"""The end of a server, told to those who wait: load balancers by /readyz, clients by a last event, the queue by its leases.

A first signal begins the end: nothing new is accepted, what runs may finish within a time. A second one ends it at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from types import FrameType
from typing import Any

import anyio.to_thread
import uvicorn
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lionrock.app import App
from lionrock.errors import LionrockError

__all__ = ["Lifecycle", "Readiness", "Server", "Stopping"]

_log = logging.getLogger(__name__)
_THREADS = 100
"""Calls that may run or wait at once: searches wait for their turn in a thread, and the page must not wait behind them."""
_AT_ONCE = 3.0
"""Seconds after a second signal when the process ends, whatever still runs."""
_LAST_WORDS = 1.0
"""Seconds of them in which streams are told."""
_GRACE = 2.0
"""Seconds for clients to take their last event."""
_PATIENCE = 5.0
_KEPT = 1.0
_SAID = {"type": "StoppingError", "message": "The server is stopping; ask again in a moment."}
_HEALTH = ("/healthz", "/readyz", "/metrics")


class Lifecycle:
    """Whether the server stops, and since when; signals, requests and routes share it."""

    def __init__(self, *, delay: float = 0.0) -> None:
        self.stopping = False
        self._delay = delay
        self._closes_at = math.inf
        self._cuts: set[Callable[[], None]] = set()

    def begin(self) -> None:
        """The server is to stop; may be called from a signal handler."""
        self.stopping = True
        self._closes_at = time.monotonic() + self._delay

    @property
    def closed(self) -> bool:
        """Whether no new request is served any more."""
        return time.monotonic() >= self._closes_at

    def cut(self) -> None:
        """Tell all streams that this is the end; called in the event loop."""
        for cut in list(self._cuts):
            cut()

    @contextlib.contextmanager
    def streaming(self, cut: Callable[[], None]) -> Any:
        """While a stream runs, how to cut it."""
        self._cuts.add(cut)
        try:
            yield
        finally:
            self._cuts.discard(cut)


class Stopping:
    """ASGI middleware: a stopping server refuses what is new, and ends streams with an event that says why."""

    def __init__(self, app: ASGIApp, *, lifecycle: Lifecycle) -> None:
        self._app = app
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if self._lifecycle.closed and path not in _HEALTH:
            headers = {"connection": "close", "retry-after": "5"}
            await JSONResponse({"error": _SAID}, status_code=503, headers=headers)(scope, receive, send)
            return
        stream = _Stream(send)
        with self._lifecycle.streaming(stream.cut):
            try:
                await self._app(scope, receive, stream.send)
            except asyncio.CancelledError:
                if not stream.over:
                    raise
                stream.task.uncancel()
        await stream.ended()


class _Stream:
    """One answer on its way; only those that are streams of events can be cut."""

    def __init__(self, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.task = task
        self.over = False
        self._done = False
        self._send = send
        self._running = False
        self._last: asyncio.Task[None] | None = None

    async def send(self, message: Message) -> None:
        """Pass on, unless the stream was cut."""
        if self.over:
            return
        if message["type"] == "http.response.start":
            kind = Headers(raw=message.get("headers", [])).get("content-type", "")
            self._running = kind.startswith("text/event-stream")
        elif not message.get("more_body", False):
            self._running = False
        await self._send(message)

    def cut(self) -> None:
        """Send the last event, and stop what made the others."""
        if self._running and not self.over:
            self.over = True
            self._last = asyncio.get_running_loop().create_task(self._say())

    async def _say(self) -> None:
        event = f"event: error\ndata: {json.dumps(_SAID)}\n\n".encode()
        await self._send({"type": "http.response.body", "body": event, "more_body": False})
        if not self._done:
            self.task.cancel()

    async def ended(self) -> None:
        """What made the stream has ended; wait until the last event is away."""
        self._done = True
        if self._last is not None:
            await self._last


@dataclass(frozen=True, slots=True)
class State:
    """What a look at the installation found."""

    checks: Mapping[str, bool]
    details: Mapping[str, str]

    @property
    def ready(self) -> bool:
        """Whether all is well."""
        return all(self.checks.values())


class Readiness:
    """Looks at what a question needs: one look at a time, kept for a second, waited for a few seconds."""

    def __init__(self, app: App, lifecycle: Lifecycle, *, patience: float = _PATIENCE) -> None:
        self._app = app
        self._lifecycle = lifecycle
        self._patience = patience
        self._lock = threading.Lock()
        self._looking: Future[State] | None = None
        self._looked_at = -math.inf

    async def look(self) -> State:
        """The state of now, or of up to a second ago."""
        if self._lifecycle.stopping:
            return State({"running": False}, {"running": "The server is stopping."})
        try:
            found = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._future())), self._patience)
        except TimeoutError:
            return State({"in time": False}, {"in time": f"There was no answer within {self._patience:g} seconds."})
        return State({"running": True, **found.checks}, {"running": "ok", **found.details})

    def _future(self) -> Future[State]:
        with self._lock:
            now = time.monotonic()
            if self._looking is None or (self._looking.done() and now - self._looked_at > _KEPT):
                self._looking, self._looked_at = Future(), now
                # In a thread of its own: a database that does not answer must not hold one that requests need.
                threading.Thread(target=self._look, args=(self._looking,), name="readiness", daemon=True).start()
            return self._looking

    def _look(self, future: Future[State]) -> None:
        told: dict[str, str | None] = {}
        try:
            for check in self._app.readiness():
                told[check.name] = None if check.ok else check.detail
            told["disk"] = self._app.health.disk()
            told["queue"] = self._app.health.queue()
        except LionrockError as error:
            told["checks"] = error.message
        except Exception:  # noqa: BLE001  the edge of a request: whatever goes wrong here, the server is not ready
            _log.exception("the state of the server could not be looked at")
            told["checks"] = "A fault of the program; the log of the server says what."
        checks = {name: wrong is None for name, wrong in told.items()}
        for name, wrong in told.items():
            if wrong is not None:
                _log.warning("not ready: %s", name)
        future.set_result(State(checks, {name: wrong or "ok" for name, wrong in told.items()}))


class Server(uvicorn.Server):
    """Ends in two steps, and gives the leases of the queue back meanwhile."""

    def __init__(self, config: uvicorn.Config, app: App, lifecycle: Lifecycle, *, stop_seconds: float) -> None:
        super().__init__(config)
        config.timeout_graceful_shutdown = math.ceil(stop_seconds + _GRACE)
        self._app = app
        self._lifecycle = lifecycle
        self._stop_seconds = stop_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal begins the end, a second one ends it at once."""
        if not self._lifecycle.stopping:
            self._lifecycle.begin()
            return
        if not self.force_exit:
            self.should_exit = self.force_exit = True
            watch = threading.Timer(_AT_ONCE, os._exit, (128 + sig,))
            watch.daemon = True
            watch.start()

    async def startup(self, sockets: Any = None) -> None:
        """Begin to accept."""
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop accepting; asked ten times a second."""
        return await super().on_tick(counter) or self._lifecycle.closed

    async def shutdown(self, sockets: Any = None) -> None:
        """Stop accepting, let what runs finish, tell what does not, close."""
        _log.info("the server is stopping")
        if not self._lifecycle.stopping:
            self._lifecycle.begin()
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._app.intake.stop, name="stop-queue", daemon=True).start()
        cutting = loop.call_later(self._stop_seconds, self._lifecycle.cut)
        try:
            await super().shutdown(sockets)
        finally:
            cutting.cancel()
        if self.force_exit:
            self._lifecycle.cut()
            if self.server_state.tasks:
                await asyncio.wait(list(self.server_state.tasks), timeout=_LAST_WORDS)
