"""The pages in a real browser, served by the real server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import served as serving
from playwright.sync_api import Browser, Page, expect, sync_playwright

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


@pytest.fixture
def served() -> Callable[[App], AbstractContextManager[str]]:
    """Serves an App at an address, as a context."""
    return lambda app: serving.served(create_api(app))


@contextmanager
def _paged(browser: Browser, address: str, *, expected: str = "", **options: object) -> Iterator[Page]:
    context = browser.new_context(**{"locale": "zh-HK", "viewport": {"width": 1280, "height": 860}, **options})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(address)
    # A person takes longer to type than the scripts to come; a test does not.
    expect(page.locator("#send:disabled")).to_have_count(0)
    yield page
    context.close()
    assert [problem for problem in problems if not expected or expected not in problem] == []
    assert not expected or problems, "what was expected did not come"


@pytest.fixture
def paged(browser: Browser) -> Callable[..., object]:
    """Opens an address in a new window, as a context. An error that a script or the console tells fails the test, unless
    `expected` stands in it."""
    return lambda address, **options: _paged(browser, address, **options)
