"""A server that is stopped, and clients that are slow, silent or gone."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from running import read, running, until

from lionrock.app import App, Upload
from lionrock.models.ports import Message

RULES = "# Parking rules\n\nThe parking fee is HK$40 an hour. Staff pay HK$10.\n"
QUESTION = 'What is the "parking fee" an hour?'


class Slow:
    """A chat model that speaks until it is told to end."""

    name = "slow"

    def __init__(self, piece: str = "word ", pause: float = 0.02) -> None:
        self.piece = piece
        self.pause = pause
        self.said = 0
        self.closed = 0

    def stream(self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()) -> Iterator[str]:
        try:
            while True:
                self.said += 1
                yield self.piece
                time.sleep(self.pause)
        finally:
            self.closed += 1

    def close(self) -> None:
        pass


@pytest.fixture
def serving(make_app: Callable[..., App]) -> Callable[..., App]:
    def make(chat: Any = None, **settings: Any) -> App:
        app = make_app(chat=chat, **settings)
        assert [r.status for r in app.ingest([Upload("parking.md", "parking.md", data=RULES.encode())])] == ["indexed"]
        app.start_work()
        return app

    return make


def test_a_stopping_server_tells_its_streams_and_gives_the_queue_back(serving: Callable[..., App]) -> None:
    chat = Slow()
    app = serving(chat, stop_seconds=0.5)
    with running(app) as server, server.ask(QUESTION) as asked:
        until(lambda: chat.said > 5)
        before = time.monotonic()
        server.signal()
        told = read(asked)
        assert 0.4 < time.monotonic() - before < 10
        server.thread.join(20)
        assert not server.thread.is_alive()
    *_, last = told.decode().split("event: ")
    name, data = last.split("\n")[:2]
    assert name == "error"
    assert json.loads(data.removeprefix("data: "))["message"].startswith("The server is stopping")
    # The end of a body in chunks: the stream was closed in order.
    assert told.endswith(b"0\r\n\r\n")
    assert chat.closed == 1
    assert not app.intake._workers._held


def test_a_stream_that_ends_in_time_is_not_cut(serving: Callable[..., App]) -> None:
    app = serving(stop_seconds=20.0)
    with running(app) as server, server.ask(QUESTION) as asked:
        first = asked.recv(100)
        server.signal()
        told = first + read(asked)
        server.thread.join(20)
    assert b"event: answer" in told
    assert b"event: error" not in told


def test_a_second_signal_does_not_wait(serving: Callable[..., App], monkeypatch: pytest.MonkeyPatch) -> None:
    exits: list[int] = []
    monkeypatch.setattr("lionrock.server.lifecycle.os._exit", exits.append)
    chat = Slow()
    with running(serving(chat, stop_seconds=60.0)) as server, server.ask(QUESTION) as asked:
        until(lambda: chat.said > 5)
        server.signal()
        time.sleep(0.3)
        assert server.thread.is_alive()
        server.signal()
        server.thread.join(5)
        assert not server.thread.is_alive()
        assert b"The server is stopping" in read(asked)


def test_while_it_is_still_reached_a_stopping_server_is_not_ready(serving: Callable[..., App]) -> None:
    app = serving(stop_delay_seconds=1.5, stop_seconds=1.0)
    with running(app) as server:
        status, _, body = server.get("/readyz")
        told = json.loads(body)
        assert (status, told["ready"]) == (200, True)
        assert {"database", "index", "embedding", "disk", "queue", "running"} <= told["checks"].keys()
        server.signal()
        status, _, body = server.get("/readyz")
        assert (status, json.loads(body)["checks"]) == (503, {"running": False})
        assert server.get("/healthz")[0] == 200
        server.thread.join(20)
        with pytest.raises(ConnectionRefusedError):
            server.connect()


def test_readiness_tells_what_is_wrong(serving: Callable[..., App]) -> None:
    app = serving(min_free_bytes=10**18)
    with running(app) as server:
        status, _, body = server.get("/readyz")
        told = json.loads(body)
        assert (status, told["checks"]["disk"], told["checks"]["database"]) == (503, False, True)
        assert "make room" in told["details"]["disk"]
        # Who asks from elsewhere is told no words.
        assert "details" not in json.loads(server.get("/readyz", X_Forwarded_For="198.51.100.7")[2])
        app.intake.stop()
        until(lambda: not json.loads(server.get("/readyz")[2])["checks"]["queue"])


def test_a_database_that_does_not_answer_is_not_waited_for(
    serving: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = serving()
    with running(app) as server:
        server.server.config.app.state.readiness._patience = 0.2  # type: ignore[union-attr]
        monkeypatch.setattr(app, "readiness", lambda: time.sleep(1) or [])
        status, _, body = server.get("/readyz")
        assert (status, json.loads(body)["checks"]) == (503, {"in time": False})
        assert server.get("/healthz")[0] == 200


def test_a_client_that_sends_no_whole_request_is_cut_off(serving: Callable[..., App]) -> None:
    with running(serving(), header_seconds=0.5) as server, server.connect() as silent, server.connect() as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\n")
        began = time.monotonic()
        for _ in range(50):
            time.sleep(0.05)
            try:
                slow.sendall(b"X-A: 1\r\n")
            except OSError:
                break
        assert time.monotonic() - began < 2
        assert read(silent) == b""
        until(lambda: not server.server.server_state.connections)


def test_a_client_that_does_not_read_holds_neither_memory_nor_the_model(serving: Callable[..., App]) -> None:
    chat = Slow("word " * 20_000, 0.0)
    app = serving(chat, idle_seconds=1.0)
    with running(app) as server:
        asked = server.ask(QUESTION)
        until(lambda: chat.said > 3)
        until(lambda: chat.closed == 1)
        # A few buffers of the system are all that it was made for.
        assert chat.said < 300
        until(lambda: not server.server.server_state.connections)
        assert not server.server.server_state.tasks
        asked.close()


def test_a_client_that_vanishes_stops_the_model(serving: Callable[..., App]) -> None:
    chat = Slow()
    with running(serving(chat)) as server:
        asked = server.ask(QUESTION)
        until(lambda: chat.said > 3)
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        asked.close()
        until(lambda: chat.closed == 1)
        until(lambda: not server.server.server_state.tasks)


def test_a_half_closed_connection_is_no_longer_worked_for(serving: Callable[..., App]) -> None:
    chat = Slow()
    with running(serving(chat)) as server, server.ask(QUESTION) as asked:
        until(lambda: chat.said > 3)
        asked.shutdown(socket.SHUT_WR)
        until(lambda: chat.closed == 1)
        until(lambda: not server.server.server_state.connections)


def test_when_there_are_too_many_the_longest_idle_makes_room(serving: Callable[..., App]) -> None:
    chat = Slow()
    with running(serving(chat), most=5) as server:
        busy = server.ask(QUESTION)
        until(lambda: chat.said > 3)
        idle = []
        for number in range(20):
            idle.append(server.connect())
            until(lambda number=number: len(server.kind.idle) == min(number + 1, 4))
            assert len(server.server.server_state.connections) <= 5
        assert server.get("/healthz")[0] == 200
        assert read(idle[0]) == b""
        said = chat.said
        until(lambda: chat.said > said)
        for connection in (busy, *idle):
            connection.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(serving: Callable[..., App], raw: bytes) -> None:
    with running(serving()) as server, server.connect() as made:
        made.sendall(raw)
        assert read(made).startswith(b"HTTP/1.1 4")
        assert server.get("/healthz")[0] == 200


def test_a_body_in_chunks_that_grows_too_large_is_refused(serving: Callable[..., App]) -> None:
    with running(serving()) as server, server.connect() as made:
        head = b"POST /api/v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        made.sendall(head)
        piece = b"%x\r\n%s\r\n" % (100_000, b"x" * 100_000)
        for _ in range(90):
            made.sendall(piece)
        assert b"413" in made.recv(200)
