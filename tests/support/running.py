"""A real server in a thread of the test, and raw sockets to it."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import uvicorn

from lionrock.app import App
from lionrock.server.asgi import create_api
from lionrock.server.connections import connection_kind
from lionrock.server.lifecycle import Lifecycle, Server

ASK = "POST /api/v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}"


class Running:
    """One server."""

    def __init__(self, app: App, *, most: int = 1_000, header_seconds: float = 10.0) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        settings = app.settings
        self.lifecycle = Lifecycle(delay=settings.stop_delay_seconds)
        self.kind = connection_kind(idle_seconds=settings.idle_seconds, most=most, header_seconds=header_seconds)
        config = uvicorn.Config(
            create_api(app, self.lifecycle),
            http=self.kind,
            ws="none",
            lifespan="off",
            log_config=None,
            proxy_headers=False,
        )
        self.server = Server(config, app, self.lifecycle, stop_seconds=settings.stop_seconds)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listening]}, daemon=True)
        self.thread.start()
        until(lambda: self.server.started)

    def signal(self) -> None:
        """What the process does when it is told to stop."""
        self.server.handle_exit(signal.SIGTERM, None)

    def connect(self) -> socket.socket:
        """A connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def ask(self, question: str, **more: Any) -> socket.socket:
        """A connection over which a question was asked, of which nothing is read yet."""
        body = json.dumps({"question": question, "stream": True, **more})
        made = self.connect()
        made.sendall(ASK.format(len(body.encode()), body).encode())
        return made

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """(status, headers, body) over a connection of its own."""
        with self.connect() as made:
            lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close"]
            lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
            made.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            return parsed(read(made))

    def stop(self) -> None:
        """At once."""
        if self.thread.is_alive():
            self.lifecycle.begin()
            self.server.should_exit = self.server.force_exit = True
            self.thread.join(20)
        assert not self.thread.is_alive()


@contextlib.contextmanager
def running(app: App, **how: Any) -> Iterator[Running]:
    """A server until the end of the block."""
    made = Running(app, **how)
    try:
        yield made
    finally:
        made.stop()


def read(connection: socket.socket) -> bytes:
    """All until the other side closes."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def parsed(raw: bytes) -> tuple[int, dict[str, str], bytes]:
    """(status, headers, body) of an answer."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return int(first.split()[1]), {line.split(": ", 1)[0].lower(): line.split(": ", 1)[1] for line in lines}, body


def until(true: Any, seconds: float = 20.0) -> None:
    """Wait until something is so; fails when it does not become so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
