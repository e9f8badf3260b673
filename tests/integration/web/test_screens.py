"""Every screen in both colours and all languages: no fault that axe finds (WCAG 2.2 AA), and a picture to look at.

Pictures go to `.lionrock/screens` when LIONROCK_SCREENS=1.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from lionrock.app import App, Upload
from lionrock.app.people import NewPerson
from lionrock.models.fakes import ScriptedChat

pytestmark = pytest.mark.browser
Served = Callable[[App], AbstractContextManager[str]]
RULES = "# 年假規則\n\n## 結轉\n\n職員最多可將十四日年假帶到下一年度，並須於九月三十日前放取。\n"
TABLE = "項目,收費\n補領證件,HK$40\n續期,HK$25\n"
REPLY = "職員最多可將十四日年假帶到下一年度[1]。超出部分可換九萬元[1]。"
RULES_OF_AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
KEEPS_PICTURES = os.environ.get("LIONROCK_SCREENS") == "1"
PICTURES = Path(__file__).resolve().parents[3] / ".lionrock" / "screens"


@pytest.fixture
def office(make_app: Callable[..., App]) -> App:
    app = make_app(chat=ScriptedChat(REPLY))
    files = [("leave.md", RULES.encode()), ("fees.csv", TABLE.encode()), ("bad.docx", b"PK\x03\x04 broken")]
    list(app.ingest([Upload(name, name, data=data) for name, data in files]))
    return app


@pytest.fixture
def address(office: App, served: Served) -> Iterator[str]:
    with served(office) as made:
        yield made


def faults(page: Page) -> list[str]:
    """What axe finds, in lines."""
    found = Axe().run(page, options=RULES_OF_AXE).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


def look(page: Page, name: str) -> None:
    if KEEPS_PICTURES:
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png")


def opened(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#send")).to_be_enabled()


def asked(page: Page, address: str) -> None:
    opened(page, address)
    page.locator("#question").fill("「結轉」年假最多可以帶幾多日去下年？")
    page.keyboard.press("Enter")
    expect(page.locator(".turn .foot")).to_be_visible(timeout=15_000)


def answered(page: Page, address: str, _: App) -> None:
    asked(page, address)
    page.locator(".chip").first.click()
    expect(page.locator("#side mark").first).to_be_visible()
    page.mouse.move(5, 5)


def abstained(page: Page, address: str, _: App) -> None:
    opened(page, address)
    page.locator("#question").fill("qwxz zzkq vvjj?")
    page.keyboard.press("Enter")
    expect(page.locator(".turn[aria-busy=false]")).to_be_visible(timeout=15_000)


def palette(page: Page, address: str, _: App) -> None:
    asked(page, address)
    page.keyboard.press("Control+k")
    expect(page.locator("#palette a").first).to_be_visible()


def where(page: Page, address: str, _: App) -> None:
    opened(page, address)
    page.locator("[data-pick-scope]").click()


def rating(page: Page, address: str, _: App) -> None:
    asked(page, address)
    page.locator("[data-rate='-1']").click()


def menu(page: Page, address: str, _: App) -> None:
    asked(page, address)
    page.locator("#history li").first.hover()
    page.locator("#history button").first.click()


def at(path: str) -> Callable[[Page, str, App], None]:
    def go(page: Page, address: str, app: App) -> None:
        first = app.library.documents(app.owner_scope(), limit=1, sort="title").documents[0].id
        page.goto(f"{address}{path.format(id=first)}")
        page.wait_for_load_state("networkidle")

    return go


SCREENS: dict[str, Callable[[Page, str, App], Any]] = {
    "ask": at("/"),
    "answer": answered,
    "abstained": abstained,
    "palette": palette,
    "where": where,
    "rating": rating,
    "menu": menu,
    "documents": at("/documents"),
    "document": at("/documents/{id}"),
    "versions": at("/documents/{id}?tab=versions"),
    "settings": at("/settings"),
    "first-run": at("/first-run"),
}
LOOKS = [("zh-HK", "light"), ("zh-CN", "dark"), ("en", "dark")]


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_every_screen_is_sound(browser: Browser, address: str, office: App, language: str, theme: str) -> None:
    told: list[str] = []
    for name, show in SCREENS.items():
        context = browser.new_context(locale=language, color_scheme=theme, viewport={"width": 1360, "height": 860})  # type: ignore[arg-type]
        page = context.new_page()
        show(page, address, office)
        assert page.evaluate("document.documentElement.lang") == language
        told += [f"{name}: {fault}" for fault in faults(page)]
        look(page, f"{name}-{language}-{theme}")
        context.close()
    assert told == []


def test_the_sign_in_page_is_sound(browser: Browser, make_app: Callable[..., App], served: Served) -> None:
    app = make_app()
    app.people.add(NewPerson("ada", is_owner=True), "correct horse battery")
    with served(app) as address:
        context = browser.new_context(locale="en")
        page = context.new_page()
        page.goto(address)
        expect(page).to_have_url(f"{address}/sign-in?next=%2F")
        assert faults(page) == []
        look(page, "sign-in")
        expect(page.locator("button.primary")).to_be_enabled()
        page.locator("#name").fill("ada")
        page.locator("#password").fill("wrong password here")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("wrong")
        page.locator("#password").fill("correct horse battery")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/")
        page.goto(f"{address}/settings")
        expect(page.locator("#sessions li")).to_have_count(1)
        page.locator("#key-name").fill("report")
        page.locator("#new-key button").click()
        expect(page.locator("#made-key code")).to_contain_text("lrk_")
        expect(page.locator("#keys li")).to_have_count(1)
        assert faults(page) == []
        look(page, "settings-signed-in")
        page.locator("#sign-out").click()
        page.wait_for_url(f"{address}/sign-in")
        context.close()


def test_axe_sees_faults(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html lang='en'><title>x</title><main><img src='data:,'><button></button></main></html>")
    assert {line.split(":")[0] for line in faults(page)} >= {"image-alt", "button-name"}
    page.close()
