"""The README's picture: two questions asked on the page over the demo documents.

Run: .venv/bin/python scripts/screenshot.py        (needs `make demo` once, Chromium and fonts-noto-cjk)
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PORT = "8377"
QUESTIONS = ("今年放唔晒嘅大假，可以過到出年幾多日？", "2023年版嘅規則又可以帶幾多日？")


def main() -> int:
    environment = dict(os.environ)
    environment.setdefault("LIONROCK_HOME", str(ROOT / ".lionrock" / "demo"))
    environment["LIONROCK_CHAT"] = "none"
    lionrock = str(Path(sys.executable).parent / "lionrock")
    server = subprocess.Popen([lionrock, "serve", "--port", PORT], env=environment)
    try:
        for _ in range(200):
            try:
                if httpx.get(f"http://127.0.0.1:{PORT}/readyz").is_success:
                    break
            except httpx.HTTPError:
                time.sleep(0.2)
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1360, "height": 860}, locale="zh-HK")
            page.goto(f"http://127.0.0.1:{PORT}/?lang=zh-HK")
            page.locator("#send:enabled").wait_for()
            for number, question in enumerate(QUESTIONS):
                page.locator("#question").fill(question)
                page.keyboard.press("Enter")
                page.locator(".turn").nth(number).locator(".foot").wait_for()
            page.locator(".turn").last.locator(".chip").first.click()
            page.locator("#side rect").first.wait_for(state="attached")
            page.locator("#side img").evaluate("picture => picture.decode()")
            page.locator("details.evidence").last.evaluate("element => { element.open = true; }")
            page.mouse.move(5, 5)
            page.evaluate("window.scrollTo(0, 0)")
            page.screenshot(path=ROOT / "docs" / "images" / "page.png")
            browser.close()
    finally:
        server.terminate()
        server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
