"""Connections that break and servers that are killed, on a server that listens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
from served import served

from lionrock.app import App, Upload
from lionrock.models.ports import Message
from lionrock.server.asgi import create_api

RULES = b"# Parking rules\n\n## Fee\n\nThe parking fee is HK$40 an hour. Staff pay HK$10.\n"
QUESTION = 'What is the "parking fee" an hour?'
CHILD = """
import sys, time
from pathlib import Path
sys.path[:0] = [{tests!r}, {support!r}]
from conftest import Chats
from served import served
from lionrock.app import App, Upload
from lionrock.models.fakes import FakeEmbed
from lionrock.server.asgi import create_api
from lionrock.settings import Settings
from lionrock.storage.database import open_database
from lionrock.text.crosslingual import Bilingual
from lionrock.text.fold import fold_text

class Endless:
    name = "endless"
    def stream(self, messages, *, max_tokens, stop=()):
        while True:
            time.sleep(0.01)
            yield "word "
    def close(self):
        pass

home = Path({home!r})
database = open_database(f"sqlite:///{{home / 'lionrock.db'}}")
database.migrate()
app = App(Settings(home=home), database, (FakeEmbed(96, name="one"), FakeEmbed(96, name="two", fold=fold_text)),
          lambda: Bilingual({{}}, {{}}), Chats(Endless()))
app.recover()
list(app.ingest([Upload("parking.md", "parking.md", data={rules!r})]))
with served(create_api(app)) as address:
    print(address, flush=True)
    time.sleep(120)
"""


class Slow:
    """A model that waits until it is let go on."""

    name = "slow"

    def __init__(self) -> None:
        self.go = threading.Event()

    def stream(self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()) -> Iterator[str]:
        yield "The parking fee is "
        assert self.go.wait(30)
        yield "HK$40 an hour [1]."

    def close(self) -> None:
        pass


def until(lines: Iterator[str], name: str) -> int:
    """Read a stream up to an event; returns the event's number."""
    number = 0
    for line in lines:
        if line.startswith("id: "):
            number = int(line[4:])
        if line == f"event: {name}":
            return number
    raise AssertionError(f"no {name} came")


def told(text: str) -> list[tuple[int, str, Any]]:
    blocks = [block.split("\n") for block in text.split("\n\n") if block and not block.startswith(":")]
    return [(int(i[4:]), name[7:], json.loads(data[6:])) for i, name, data in blocks]


def test_a_client_that_goes_away_loses_nothing(make_app: Callable[..., App]) -> None:
    chat = Slow()
    app = make_app(chat=chat)
    list(app.ingest([Upload("parking.md", "parking.md", data=RULES)]))
    with served(create_api(app)) as address, httpx.Client(base_url=f"{address}/api/v1", timeout=30) as client:
        conversation = client.post("/conversations", json={}).json()["id"]
        body = {"question": QUESTION, "revision": 0}
        with client.stream("POST", f"/conversations/{conversation}/turns", json=body) as response:
            last = until(response.iter_lines(), "token")
        [turn] = client.get(f"/conversations/{conversation}").json()["turns"]
        assert turn["status"] == "running"
        # The first return breaks off as well; the second one stays to the end.
        with client.stream("GET", f"/turns/{turn['id']}/events", headers={"Last-Event-ID": "1"}) as response:
            assert until(response.iter_lines(), "evidence") == 2
        threading.Timer(0.3, chat.go.set).start()
        events = told(client.get(f"/turns/{turn['id']}/events", headers={"Last-Event-ID": str(last)}).text)
        assert [number for number, _, _ in events] == list(range(last + 1, last + 1 + len(events)))
        assert [name for _, name, _ in events] == ["token", "sentence", "answer"]
        [turn] = client.get(f"/conversations/{conversation}").json()["turns"]
        assert (turn["status"], turn["answer"]) == ("done", events[-1][2])


def test_a_question_is_answered_though_nobody_waits(make_app: Callable[..., App]) -> None:
    chat = Slow()
    app = make_app(chat=chat)
    list(app.ingest([Upload("parking.md", "parking.md", data=RULES)]))
    with served(create_api(app)) as address, httpx.Client(base_url=f"{address}/api/v1", timeout=30) as client:
        conversation = client.post("/conversations", json={}).json()["id"]
        body = {"question": QUESTION, "revision": 0}
        with client.stream("POST", f"/conversations/{conversation}/turns", json=body) as response:
            until(response.iter_lines(), "turn")
        [run] = app.conversations._runs.values()
        chat.go.set()
        assert run.thread is not None
        run.thread.join(20)
        [turn] = client.get(f"/conversations/{conversation}").json()["turns"]
        assert (turn["status"], "HK$40" in turn["answer"]["answer"]) == ("done", True)


def test_after_a_kill_the_turn_is_told_as_stopped(make_app: Callable[..., App], tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    tests = Path(__file__).parents[1]
    code = CHILD.format(tests=str(tests), support=str(tests.parent / "support"), home=str(home), rules=RULES)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        with httpx.Client(base_url=f"{address}/api/v1", timeout=30) as client:
            conversation = client.post("/conversations", json={}).json()["id"]
            body = {"question": QUESTION, "revision": 0}
            with client.stream("POST", f"/conversations/{conversation}/turns", json=body) as response:
                last = until(response.iter_lines(), "token")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    app = make_app()
    with served(create_api(app)) as address, httpx.Client(base_url=f"{address}/api/v1", timeout=30) as client:
        shown = client.get(f"/conversations/{conversation}").json()
        [turn] = shown["turns"]
        assert (turn["status"], turn["question"], turn["answer"]) == ("stopped", QUESTION, None)
        assert turn["reason"].startswith("The server stopped before the answer was complete")
        events = told(client.get(f"/turns/{turn['id']}/events", headers={"Last-Event-ID": str(last)}).text)
        assert [(number, name) for number, name, _ in events] == [(last + 1, "stopped")]
        body = {"question": QUESTION, "revision": shown["revision"], "replaces": turn["id"], "chat": "none"}
        answered = told(client.post(f"/conversations/{conversation}/turns", json=body).text)
        assert answered[-1][1] == "answer"
