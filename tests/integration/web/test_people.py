"""Several people on the page: signing in, what is shared, what is withheld."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser, Page, expect

from lionrock.app import App, Upload
from lionrock.app.people import NewPerson
from lionrock.models.fakes import ScriptedChat
from lionrock.records import Classification

pytestmark = pytest.mark.browser
Served = Callable[[App], AbstractContextManager[str]]
PASSWORD = "rain over the harbour"
SECRET = "# 薪酬檢討\n\n薪酬檢討委員會將加薪幅度定為百分之三。\n"


def signed_in(browser: Browser, address: str, name: str) -> Page:
    page = browser.new_context(locale="zh-HK").new_page()
    page.goto(f"{address}/documents")
    expect(page).to_have_url(re.compile("/sign-in"))
    expect(page.locator("button.primary")).to_be_enabled()
    page.locator("#name").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/documents")
    page.goto(address)
    expect(page.locator("#send")).to_be_enabled()
    return page


def test_a_shared_conversation_is_read_only_and_withholds_what_its_reader_may_not_see(
    browser: Browser, make_app: Callable[..., App], served: Served
) -> None:
    app = make_app(chat=ScriptedChat("加薪幅度定為百分之三[1]。"))
    app.people.add(NewPerson("root", is_owner=True), PASSWORD)
    app.people.add(
        NewPerson("ho", "何太", frozenset({"finance"}), Classification.RESTRICTED, language="zh-HK"), PASSWORD
    )
    app.people.add(NewPerson("lam", "林生", frozenset({"finance"})), PASSWORD)
    app.people.add(NewPerson("yip", "葉生", frozenset({"law"})), PASSWORD)
    files = [Upload("pay.md", "pay.md", data=SECRET.encode())]
    list(app.ingest(files, department="finance", classification=Classification.RESTRICTED))
    with served(app) as address:
        ho = signed_in(browser, address, "ho")
        ho.locator("#question").fill("薪酬檢討委員會將加薪幅度定為幾多？")
        ho.keyboard.press("Enter")
        expect(ho.locator(".sentence.supported")).to_contain_text("百分之三", timeout=15_000)
        ho.locator("#history li").first.hover()
        ho.locator("#history button").first.click()
        with ho.expect_response(lambda answer: answer.request.method == "PATCH"):
            ho.get_by_role("menuitem", name="與部門同事共用").click()
        ho.reload()
        expect(ho.locator("#talk-header")).to_contain_text("已在 finance 內共用")

        lam = signed_in(browser, address, "lam")
        expect(lam.locator("#history h2")).to_have_text(["同事共用"])
        lam.goto(ho.url)
        expect(lam.locator(".talk")).to_contain_text("何太")
        expect(lam.locator(".turn .told")).to_contain_text("並非您可查閱")
        assert "百分之三" not in lam.content()
        assert lam.locator("#ask").count() == 0

        yip = signed_in(browser, address, "yip")
        expect(yip.locator("#history li")).to_have_count(0)
        answer = yip.goto(ho.url)
        assert answer is not None and answer.status == 404
        expect(yip.get_by_role("heading")).to_have_text("沒有此頁，或您無權查閱。")
        assert "薪酬" not in yip.content()
        for page in (ho, lam, yip):
            page.context.close()
