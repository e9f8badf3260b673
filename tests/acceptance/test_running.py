"""`lionrock serve` as it is run: below a prefix, with a log of JSON, stopped by a signal, with wrong settings."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

COMMAND = [sys.executable, "-m", "lionrock.cli.main", "serve", "--port", "0"]


def environment(home: Path, **settings: str) -> dict[str, str]:
    return {**os.environ, "LIONROCK_HOME": str(home), **settings}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIONROCK_LOG_FORMAT", "xml"),
        ("LIONROCK_LOG_LEVEL", "loud"),
        ("LIONROCK_PATH_PREFIX", "/a b"),
        ("LIONROCK_TRUSTED_PROXIES", "proxy.local"),
        ("LIONROCK_METRICS_FROM", "10.0.0.0/99"),
    ],
)
def test_a_wrong_setting_is_told_and_nothing_is_served(tmp_path: Path, name: str, value: str) -> None:
    done = subprocess.run(
        COMMAND, env=environment(tmp_path, **{name: value}), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert name in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.weights
def test_a_server_below_a_prefix_with_a_log_of_json(tmp_path: Path, weights: Path) -> None:
    settings = environment(
        tmp_path / "home",
        LIONROCK_MODELS=str(weights),
        LIONROCK_PATH_PREFIX="/lion",
        LIONROCK_LOG_FORMAT="json",
        LIONROCK_CHAT="none",
        LIONROCK_STOP_SECONDS="1",
    )
    with subprocess.Popen(COMMAND, env=settings, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(json.loads(line))
            if "is at http://" in lines[-1]["message"]:
                break
        port = int(lines[-1]["message"].split(":")[2].split("/")[0])
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/lion") as client:
            text = "# Parking\n\nThe parking fee is HK$40 an hour.\n"
            assert client.post("/api/v1/ingest", files={"files": ("p.md", text.encode())}).status_code == 200
            page = client.get("/").text
            assert 'data-root="/lion"' in page
            for part in page.split('"'):
                if part.startswith("/lion/static/"):
                    kept = client.get(part.removeprefix("/lion").split("#")[0]).headers["cache-control"]
                    assert "immutable" in kept, part
            assert client.get("/readyz").json()["ready"] is True
            numbers = client.get("/metrics").text
            assert 'route="/api/v1/ingest"' in numbers
        # One that is there and says nothing does not keep the server from stopping.
        with socket.create_connection(("127.0.0.1", port)):
            before = time.monotonic()
            process.terminate()
            assert process.wait(timeout=30) == 0
            assert time.monotonic() - before < 15
        rest = [json.loads(line) for line in process.stderr]
    routes = {line.get("route") for line in rest}
    assert {"/api/v1/ingest", "/"} <= routes
    assert all(line["message"] for line in rest)
