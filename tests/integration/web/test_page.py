"""The page in a real browser, served by the real server."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from lionrock.app import App, Upload
from lionrock.models.fakes import ScriptedChat
from lionrock.server.asgi import create_api

pytestmark = pytest.mark.browser
RULES = "# 年假規則\n\n## 結轉\n\n職員最多可將十四日年假帶到下一年度，並須於九月三十日前放取。\n"
QUESTION = "「結轉」年假最多可以帶幾多日去下年？"
REPLY = "職員最多可將十四日年假帶到下一年度[1]。超出部分可換九萬元[1]。"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    binary = shutil.which("chromium")
    if binary is None:
        pytest.skip("Chromium is not installed (apt-get install chromium fonts-noto-cjk)")
    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def address(make_app: Callable[..., App]) -> Iterator[str]:
    app = make_app(chat=ScriptedChat(REPLY))
    list(app.ingest([Upload("leave.md", "leave.md", data=RULES.encode())]))
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
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(locale="zh-HK", viewport={"width": 1280, "height": 860})
    made = context.new_page()
    problems: list[str] = []
    made.on("pageerror", lambda error: problems.append(str(error)))
    made.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    made.goto(address)
    yield made
    context.close()
    assert problems == []


def test_ask_see_the_marked_answer_and_open_its_source(page: Page, tmp_path: Path) -> None:
    page.get_by_role("textbox").fill(QUESTION)
    page.keyboard.press("Enter")
    supported = page.locator(".sentence.supported")
    expect(supported).to_contain_text("十四日")
    expect(page.locator(".sentence.unsupported")).to_contain_text("九萬元")
    supported.locator(".chip").click()
    source = page.locator("#source")
    expect(source).to_be_visible()
    expect(source.locator("mark").first).to_contain_text("十四日")
    page.keyboard.press("Escape")
    expect(source).to_be_hidden()
    page.screenshot(path=tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 10_000


def test_an_enter_that_confirms_a_word_never_sends(page: Page) -> None:
    box = page.get_by_role("textbox")
    box.focus()
    client = page.context.new_cdp_session(page)
    client.send("Input.imeSetComposition", {"text": "nin", "selectionStart": 3, "selectionEnd": 3})
    # The browser marks the key of an input method as 229 and composing; neither may send.
    client.send(
        "Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    )
    client.send("Input.insertText", {"text": "年假"})
    expect(box).to_have_value("年假")
    page.evaluate(
        """() => document.getElementById('question').dispatchEvent(
            new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"""
    )
    assert page.locator(".turn").count() == 0
    expect(box).to_have_value("年假")
    page.keyboard.press("Shift+Enter")
    assert page.locator(".turn").count() == 0
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(1)


def test_a_question_without_an_answer_says_so(page: Page) -> None:
    page.get_by_role("textbox").fill("qwxz zzkq vvjj?")
    page.get_by_role("button", name="提問").click()
    expect(page.locator(".turn .sentence")).to_contain_text(re.compile("沒有|Nothing"))


def test_markup_in_a_question_is_text(page: Page) -> None:
    page.get_by_role("textbox").fill("<img src=x onerror=document.title='bad'> 年假")
    page.keyboard.press("Enter")
    expect(page.locator(".turn h3")).to_contain_text("<img")
    assert page.title() == "Lionrock"


def test_documents_are_added_from_the_page(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "lockers.md"
    path.write_text("# Locker rental\n\nA locker costs HK$40 a month.\n", encoding="utf-8")
    page.locator("#files").set_input_files(path)
    expect(page.locator("#documents li")).to_have_count(2)
    (tmp_path / "bad.docx").write_bytes(b"PK\x03\x04 broken")
    page.locator("#files").set_input_files(tmp_path / "bad.docx")
    expect(page.locator("#upload-status")).to_contain_text("bad.docx")
    path.write_text("# Locker rental\n\nA locker costs HK$45 a month.\n", encoding="utf-8")
    page.locator("#files").set_input_files(path)
    expect(page.locator("#upload-status")).to_contain_text("version 2")
    # The new version takes the old one's line; the file that failed has a line of its own with the reason.
    expect(page.locator("#documents li.indexed")).to_have_count(2)
    expect(page.locator("#documents li.failed")).to_have_count(1)


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "document.activeElement.id || document.activeElement.className || document.activeElement.hreflang"
            )
        )
    assert {"skip", "brand", "question", "send", "files"} <= reached


def test_it_fits_a_phone(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()
