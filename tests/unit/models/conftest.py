"""A local HTTP server for these tests: each path has its answers, given in order, the last one for ever."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    """Close the connection after so many bytes, though the length said more."""
    pause: float = 0.0
    """Seconds between two lines of the body."""


class Stub:
    """What a test sees of the server."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer | Callable[[Request], Answer]]] = {}
        self.requests: list[Request] = []
        self.written = 0
        """Bytes of bodies that went out."""
        self.lock = threading.Lock()
        self.address = ""

    def on(self, path: str, *answers: Answer | Callable[[Request], Answer]) -> None:
        self.answers[path] = list(answers)

    def answer(self, request: Request) -> Answer:
        with self.lock:
            self.requests.append(request)
            known = self.answers.get(request.path)
            if not known:
                return Answer(b"{}", 404)
            found = known.pop(0) if len(known) > 1 else known[0]
        return found if isinstance(found, Answer) else found(request)

    def to(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = stub.answer(Request(self.path, headers, body))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.send_header("connection", "close")
            self.end_headers()
            try:
                if answer.pause:
                    for line in answer.body.splitlines(keepends=True):
                        self._write(line)
                        time.sleep(answer.pause)
                else:
                    self._write(answer.body if answer.cut is None else answer.body[: answer.cut])
            except (BrokenPipeError, ConnectionResetError):
                pass

        def _write(self, data: bytes) -> None:
            self.wfile.write(data)
            self.wfile.flush()
            stub.written += len(data)

        do_GET = do_POST = _respond  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A server on a random loopback port."""
    state = Stub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    server.daemon_threads = True
    state.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def answer() -> type[Answer]:
    """The class of answers, as test modules cannot import this one."""
    return Answer


@pytest.fixture
def dead_address() -> str:
    """An address on which nothing listens."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture(autouse=True)
def _no_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches a package index, proxy or certificate that this machine is set up with, and none waits long."""
    for name in (
        "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_CERT",
        "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy",
        "all_proxy",
    ):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("lionrock.models.download._pause", lambda seconds: None)
