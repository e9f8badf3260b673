"""The pages in a real browser, served by the real server."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from lionrock.app import App
from lionrock.server.asgi import create_api


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    binary = shutil.which("chromium")
    if binary is None:
        pytest.skip("Chromium is not installed (apt-get install chromium fonts-noto-cjk)")
    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        yield made
        made.close()


@contextmanager
def _served(app: App) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(create_api(app), host="127.0.0.1", port=port, log_level="warning", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{port}"
    for _ in range(100):
        try:
            httpx.get(f"{address}/healthz")
            break
        except httpx.HTTPError:
            time.sleep(0.05)
    yield address
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def served() -> Callable[[App], object]:
    """Serves an App at an address, as a context."""
    return _served


@contextmanager
def _paged(browser: Browser, address: str, *, expected: str = "", **options: object) -> Iterator[Page]:
    context = browser.new_context(**{"locale": "zh-HK", "viewport": {"width": 1280, "height": 860}, **options})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(address)
    yield page
    context.close()
    assert [problem for problem in problems if not expected or expected not in problem] == []
    assert not expected or problems, "what was expected did not come"


@pytest.fixture
def paged(browser: Browser) -> Callable[..., object]:
    """Opens an address in a new window, as a context. An error that a script or the console tells fails the test, unless
    `expected` stands in it."""
    return lambda address, **options: _paged(browser, address, **options)
