"""What the server writes and counts: enough to run it by, and never what people ask, store or keep secret."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from running import running

from lionrock.app import App, Upload
from lionrock.models.fakes import ScriptedChat
from lionrock.server.asgi import create_api
from lionrock.server.logs import install_logs

CANARIES = ("kanariquestion", "kanaritext", "kanariname", "kanarisecret", "kanaripath", "kanarifault")


@pytest.fixture
def logged() -> Iterator[Callable[[str], None]]:
    """Installs the log; afterwards all is as it was."""
    import sys

    root, ours = logging.getLogger(), logging.getLogger("lionrock")
    before = (list(root.handlers), root.level, ours.level, threading.excepthook, sys.excepthook)
    yield lambda form: install_logs(form, "debug")
    logging.captureWarnings(False)
    root.handlers[:], threading.excepthook, sys.excepthook = before[0], before[3], before[4]
    root.setLevel(before[1])
    ours.setLevel(before[2])


@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_of_what_people_ask_or_store_is_written_or_counted(
    make_app: Callable[..., App],
    logged: Callable[[str], None],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    form: str,
) -> None:
    app = make_app(chat=ScriptedChat("Words [1]."), metrics_token="kanarisecret", chat_api_key="kanarisecret")
    logged(form)
    with TestClient(create_api(app), base_url="http://127.0.0.1:8321", raise_server_exceptions=False) as client:
        text = "# kanaritext\n\nThe kanaritext fee is HK$40 an hour.\n"
        assert client.post("/api/v1/ingest", files={"files": ("kanariname.md", text.encode())}).status_code == 200
        bad = client.post("/api/v1/ingest", files={"files": ("kanariname.pdf", b"%PDF-kanaritext")}).json()
        assert bad["results"][0]["status"] == "failed"
        for path, field in (("search", "query"), ("ask", "question")):
            told = client.post(f"/api/v1/{path}", json={field: "What is the kanariquestion kanaritext fee?"})
            assert told.status_code == 200
            assert client.post(f"/api/v1/{path}", json={field: "kanariquestion" * 1_000}).status_code == 422
            assert client.post(f"/api/v1/{path}", content=b"kanariquestion{").status_code == 422
        assert client.get("/api/v1/documents/kanaripath?text=kanariquestion").status_code == 404
        assert client.get("/kanaripath").status_code == 404
        assert client.get("/healthz", headers={"authorization": "Bearer kanarisecret"}).status_code == 200

        def fails(*arguments: Any, **named: Any) -> Any:
            raise RuntimeError("kanarifault: kanariquestion")

        monkeypatch.setattr(app, "search", fails)
        failed = client.post("/api/v1/search", json={"query": "kanariquestion"})
        assert failed.status_code == 500
        assert "content-security-policy" in failed.headers
        numbers = client.get("/metrics", headers={"authorization": "Bearer kanarisecret"}).text
    out, err = capfd.readouterr()
    assert "RuntimeError" in err
    assert failed.headers["x-request-id"] in err
    for canary in CANARIES:
        assert canary not in out + err
        assert canary not in numbers
    if form == "json":
        lines = [json.loads(line) for line in err.splitlines()]
        [line] = [line for line in lines if line.get("status") == 500]
        assert line.keys() >= {"time", "level", "logger", "message", "request_id", "method", "route", "ms"}
        assert (line["method"], line["route"]) == ("POST", "/api/v1/search")
        assert {line["route"] for line in lines if line.get("status") == 404} >= {
            "/api/v1/documents/{document_id}",
            "unmatched",
        }


def test_a_line_break_makes_no_second_line(logged: Callable[[str], None], capfd: pytest.CaptureFixture[str]) -> None:
    for form in ("text", "json"):
        logged(form)
        logging.getLogger("lionrock.x").warning("a\nERROR b\x1b[2J")
        assert len(capfd.readouterr().err.splitlines()) == 1


def test_libraries_tell_nothing_below_a_warning(
    logged: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    logged("text")
    logging.getLogger("sqlalchemy.engine").info("select secret")
    logging.getLogger("httpx").info("POST http://x/?key=secret")
    logging.getLogger("lionrock.x").debug("heard")
    assert capfd.readouterr().err.splitlines() == ["DEBUG heard"]


def numbers(text: str) -> dict[str, float]:
    """Sample -> value."""
    return {m[1]: float(m[2]) for m in re.finditer(r"^([a-z_]+(?:\{[^}]*\})?) ([\d.e+-]+)$", text, re.MULTILINE)}


def test_numbers_of_answers_queue_and_documents(make_app: Callable[..., App]) -> None:
    app = make_app(chat=ScriptedChat("The parking fee is HK$40 an hour [1]. It was HK$99 in 1999 [1]."))
    rules = "# Parking rules\n\nThe parking fee is HK$40 an hour. Staff pay HK$10.\n"
    list(app.ingest([Upload("p.md", "p.md", data=rules.encode())]))
    with running(app) as server:
        question = 'What is the "parking fee" an hour?'
        for asked in (question, "zzz qqq xxx"):
            with server.ask(asked) as made:
                while b"event: answer" not in made.recv(65_536):
                    pass
        time.sleep(0.1)
        status, _, body = server.get("/metrics")
        told = numbers(body.decode())
    assert status == 200
    assert told['lionrock_answers_total{abstained="false",mode="generated"}'] == 1
    assert sum(value for name, value in told.items() if name.startswith('lionrock_answers_total{abstained="true"')) == 1
    assert told['lionrock_verdicts_total{verdict="supported"}'] == 1
    assert told['lionrock_verdicts_total{verdict="unsupported"}'] == 1
    assert told["lionrock_first_evidence_seconds_count"] == 2
    assert told["lionrock_first_token_seconds_count"] == 1
    assert told["lionrock_answers_running"] == 0
    assert told['lionrock_documents{status="indexed"}'] == 1
    assert (told['lionrock_jobs{state="waiting"}'], told['lionrock_jobs{state="done"}']) == (0, 1)
    assert told["lionrock_oldest_job_seconds"] == 0
    assert told['lionrock_http_request_seconds_count{method="POST",route="/api/v1/ask",status="200"}'] == 2
    assert told["process_resident_memory_bytes"] > 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"X_Forwarded_For": "127.0.0.1"}, 404),
        ({"X_Forwarded_For": "127.0.0.1", "Authorization": "Bearer wrong"}, 404),
        ({"X_Forwarded_For": "127.0.0.1", "Authorization": "Bearer tok"}, 200),
    ],
)
def test_numbers_are_for_this_machine_or_who_has_the_token(
    make_app: Callable[..., App], headers: dict[str, str], status: int
) -> None:
    with running(make_app(metrics_token="tok")) as server:
        assert server.get("/metrics", **headers)[0] == status


def test_trusted_addresses_see_numbers(make_app: Callable[..., App]) -> None:
    with running(make_app(trusted_proxies="127.0.0.1", metrics_from="10.1.0.0/16")) as server:
        assert server.get("/metrics", X_Forwarded_For="10.1.2.3")[0] == 200
        assert server.get("/metrics", X_Forwarded_For="10.2.2.3")[0] == 404


def test_the_age_of_a_job_is_not_negative_when_the_clock_is_set_back(
    make_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime, timedelta

    app = make_app()
    app.intake.accept([Upload("p.md", "p.md", data=b"# P\n\nWords.\n")], _placement(), label="x", by="owner")

    class Earlier(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(UTC) + timedelta(hours=shift)

    monkeypatch.setattr("lionrock.app.health.datetime", Earlier)
    shift = -5
    assert app.health.held().oldest_seconds == 0
    shift = 5
    assert 5 * 3600 <= app.health.held().oldest_seconds < 5 * 3600 + 60


def _placement() -> Any:
    from lionrock.records import Classification, Placement

    return Placement("general", Classification.OPEN)


def test_below_a_prefix_behind_a_trusted_proxy(make_app: Callable[..., App]) -> None:
    app = make_app(path_prefix="/lion", public_hosts="office.example", trusted_proxies="127.0.0.1")
    told = {"X_Forwarded_For": "198.51.100.7", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "office.example"}
    with running(app) as server:
        for path in ("/lion/healthz", "/healthz"):
            status, headers, _ = server.get(path, X_Request_Id="abc-1", **told)
            assert (status, headers["x-request-id"]) == (200, "abc-1")
            assert "strict-transport-security" in headers
        assert server.get("/lion", **told)[1]["location"] == "/lion/"
        description = json.loads(server.get("/lion/api/openapi.json")[2])
        assert description["servers"] == [{"url": "/lion"}]
        folder = app_static()
        status, headers, _ = server.get(f"/lion/static/{folder}/lion.svg")
        assert (status, "immutable" in headers["cache-control"]) == (200, True)
        assert server.get("/lion/static/lion.svg")[1]["cache-control"] == "no-cache"
        assert server.get("/lion/healthz", Host2="x", **{**told, "X_Forwarded_Host": "evil.example"})[0] == 421


def app_static() -> str:
    from importlib import resources
    from pathlib import Path

    from lionrock.web.assets import Assets

    return Assets(Path(str(resources.files("lionrock.web") / "static"))).version
