"""The Ask page: question, stream, sources, conversations, the box to ask in."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from lionrock.app import App, Upload
from lionrock.models.fakes import ScriptedChat

pytestmark = pytest.mark.browser
RULES = "# 年假規則\n\n## 結轉\n\n職員最多可將十四日年假帶到下一年度，並須於九月三十日前放取。\n\n## 申請\n\n須於五個工作天前申請。\n"
LEAVE = "# Leave rules\n\n## Carrying over\n\nStaff may carry fourteen days of annual leave into the next year.\n"
QUESTION = "「結轉」年假最多可以帶幾多日去下年？"
REPLY = "職員最多可將十四日年假帶到下一年度[1]。超出部分可換九萬元[1]。"
Served = Callable[[App], AbstractContextManager[str]]
Paged = Callable[..., AbstractContextManager[Page]]


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    app = make_app(chat=ScriptedChat(REPLY))
    list(
        app.ingest([Upload("leave.md", "leave.md", data=RULES.encode()), Upload("en.md", "en.md", data=LEAVE.encode())])
    )
    return app


@pytest.fixture
def address(app: App, served: Served) -> Iterator[str]:
    with served(app) as made:
        yield made


@pytest.fixture
def page(address: str, paged: Paged) -> Iterator[Page]:
    with paged(address) as made:
        yield made


def box(page: Page) -> Locator:
    return page.locator("#question")


def ask(page: Page, question: str = QUESTION, turns: int = 1) -> None:
    expect(page.locator("#send")).to_be_enabled()
    box(page).fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(turns)
    expect(page.locator(".turn").last).to_have_attribute("aria-busy", "false", timeout=15_000)


def test_ask_see_the_marked_answer_and_open_its_source(page: Page) -> None:
    ask(page)
    expect(page.locator(".sentence.supported")).to_contain_text("十四日")
    expect(page.locator(".sentence.unsupported")).to_contain_text("九萬元")
    expect(page.locator(".sentence.unsupported .why")).to_contain_text("文件中找不到")
    expect(page.locator(".evidence .hit").first).to_contain_text("十四日")
    chip = page.locator(".sentence.supported .chip")
    chip.click()
    side = page.locator("#side")
    expect(side.locator("mark").first).to_contain_text("十四日")
    expect(page.locator("#side-body")).to_be_focused()
    page.keyboard.press("Escape")
    expect(side).to_be_hidden()
    expect(chip).to_be_focused()
    chip.hover()
    expect(page.locator(".quote-tip")).to_contain_text("十四日")


def test_a_conversation_stays_and_goes_on_after_a_reload(page: Page) -> None:
    ask(page)
    page.wait_for_url(re.compile(r"/c/[0-9a-f-]{36}$"))
    expect(page.locator("#history a[aria-current=page]")).to_contain_text("結轉")
    page.reload()
    expect(page.locator(".sentence.supported")).to_contain_text("十四日")
    ask(page, "咁申請呢？", 2)
    expect(page.locator(".turn").last.locator(".searched")).to_contain_text("搜尋字眼")
    page.reload()
    expect(page.locator(".turn")).to_have_count(2)
    assert page.locator(".talk").get_attribute("data-revision") == "2"


def test_asking_anew_takes_the_place_of_what_came_after(page: Page) -> None:
    ask(page)
    ask(page, "幾時要放？", 2)
    first = page.locator(".turn").first
    first.get_by_role("button", name="修改後再問").click()
    expect(box(page)).to_have_value(QUESTION)
    ask(page, "申請年假要幾多日前？", 1)
    expect(page.locator(".turn h2")).to_have_text(["申請年假要幾多日前？"])
    page.reload()
    expect(page.locator(".turn")).to_have_count(1)
    page.locator(".turn").get_by_role("button", name="重新作答").click()
    expect(page.locator(".turn[aria-busy=false] .foot")).to_be_visible(timeout=15_000)
    expect(page.locator(".turn")).to_have_count(1)


def test_an_enter_that_confirms_a_word_never_sends(page: Page) -> None:
    box(page).focus()
    client = page.context.new_cdp_session(page)
    client.send("Input.imeSetComposition", {"text": "nin", "selectionStart": 3, "selectionEnd": 3})
    # The browser marks the key of an input method as 229 and composing; neither may send.
    client.send(
        "Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    )
    client.send("Input.insertText", {"text": "年假"})
    expect(box(page)).to_have_value("年假")
    page.evaluate(
        """() => document.getElementById('question').dispatchEvent(
            new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"""
    )
    assert page.locator(".turn").count() == 0
    expect(box(page)).to_have_value("年假")
    page.keyboard.press("Shift+Enter")
    assert page.locator(".turn").count() == 0
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(1)


def test_what_is_typed_before_the_script_has_come_stays(address: str, paged: Paged) -> None:
    with paged(f"{address}/settings") as page:
        page.route("**/js/ask.js", lambda route: (page.wait_for_timeout(600), route.continue_()))
        page.goto(address, wait_until="commit")
        box(page).fill("早打嘅字")
        expect(page.locator("#send")).to_be_disabled()
        expect(page.locator("#send")).to_be_enabled()
        expect(box(page)).to_have_value("早打嘅字")


def test_a_draft_survives_a_reload_and_is_gone_once_sent(page: Page) -> None:
    box(page).fill("半句")
    page.reload()
    expect(box(page)).to_have_value("半句")
    ask(page, "年假幾多日？")
    page.goto(page.url)
    expect(box(page)).to_have_value("")


def test_a_question_without_an_answer_says_what_was_searched_and_what_to_do(page: Page) -> None:
    ask(page, "qwxz zzkq vvjj?")
    answer = page.locator(".turn .answer")
    expect(answer).to_contain_text("已搜尋 2 份文件")
    expect(answer.get_by_role("link", name="加入應可解答此問題的文件。")).to_be_visible()
    assert page.locator(".evidence").get_attribute("open") is not None


def test_a_stream_that_breaks_is_taken_up_again(page: Page, address: str) -> None:
    broken: list[str] = []

    def cut(route: Route) -> None:
        # The first part arrives, then the connection ends; the server answers on.
        response = route.fetch()
        body = response.text()
        broken.append(body)
        at = body.index("event: evidence")
        route.fulfill(response=response, body=body[:at].rsplit("\n\n", 1)[0] + "\n\n")

    page.route("**/ui/ask", cut)
    ask(page)
    assert broken and "event: answer" in broken[0]
    expect(page.locator(".sentence.supported")).to_contain_text("十四日")
    assert page.locator(".turn").count() == 1


def test_a_server_that_is_gone_is_told_and_the_question_kept(address: str, paged: Paged) -> None:
    with paged(address, expected="ERR_FAILED") as page:
        page.route("**/ui/ask", lambda route: route.abort())
        box(page).fill("年假？")
        page.keyboard.press("Enter")
        expect(page.locator(".toast")).to_contain_text("無法連接伺服器")
        expect(box(page)).to_have_value("年假？")


def test_stop_keeps_what_was_said(make_app: Callable[..., App], served: Served, paged: Paged) -> None:
    goes_on = threading.Event()

    class Slow(ScriptedChat):
        def stream(self, messages: Sequence[Any], **options: Any) -> Iterator[str]:
            yield "職員最多可將"
            goes_on.wait(20)
            yield "十四日年假帶到下一年度[1]。"

    app = make_app(chat=Slow(REPLY))
    list(app.ingest([Upload("leave.md", "leave.md", data=RULES.encode())]))
    with served(app) as address, paged(address) as page:
        box(page).fill(QUESTION)
        page.keyboard.press("Enter")
        expect(page.locator(".draft")).to_contain_text("職員最多可將")
        page.get_by_role("button", name="停止").click()
        expect(page.locator(".turn .told")).to_be_visible()
        expect(page.locator("#send")).to_be_visible()
        goes_on.set()
        page.reload()
        expect(page.locator(".turn.stopped")).to_have_count(1)


def test_two_windows_on_one_conversation(address: str, paged: Paged) -> None:
    with paged(address, expected="409") as page:
        ask(page)
        with paged(page.url) as other:
            ask(other, "申請年假要幾多日前？", 2)
        box(page).fill("又如何？")
        page.keyboard.press("Enter")
        expect(page.locator(".toast")).to_contain_text("未能完成")
        expect(box(page)).to_have_value("又如何？")


XSS = (
    "<img src=x onerror=document.title='bad'>",
    "<script>document.title='bad'</script>",
    "\"><svg onload=document.title='bad'>",
    "javascript:document.title='bad'",
    "{{7*7}} {% raw %}",
    "</textarea><b>年假",
    "&lt;b&gt; <iframe srcdoc='<script>parent.document.title=1</script>'>",
)


def test_markup_is_text_wherever_it_comes_from(make_app: Callable[..., App], served: Served, paged: Paged) -> None:
    app = make_app(chat=ScriptedChat(f"職員最多可將十四日年假帶到下一年度[1]。{XSS[0]}{XSS[1]}[1]。"))
    text = f"# 年假 {XSS[2]}\n\n職員最多可將十四日年假帶到下一年度。 " + "\n\n".join(XSS)
    name = f"{XSS[0].replace('/', '')}.md"
    list(app.ingest([Upload(name, name, data=text.encode())]))
    with served(app) as address, paged(address) as page:
        for turn, attack in enumerate(XSS, 1):
            ask(page, f"年假最多帶幾多日？{attack}", turn)
            expect(page.locator(".turn h2").last).to_have_text(f"年假最多帶幾多日？{attack}")
        page.locator(".hit").last.evaluate("element => element.closest('details').open = true")
        page.locator(".hit").last.click()
        expect(page.locator("#side-body")).to_contain_text("onerror")
        page.reload()
        assert page.title().endswith(" – Lionrock")
        assert page.locator(".turn img, .turn iframe, .turn script, #side img").count() == 0
        page.keyboard.press("Control+k")
        page.locator("#palette input").fill("年假")
        expect(page.locator("#palette a").first).to_be_visible()
        assert page.locator("#palette img").count() == 0


def test_conversations_are_renamed_foldered_and_deleted_for_good(page: Page) -> None:
    ask(page)
    more = page.locator("#history button").first
    page.locator("#history li").first.hover()
    more.click()
    page.get_by_role("menuitem", name="重新命名").click()
    page.locator("#rename-to").fill("假期 <b>")
    page.keyboard.press("Enter")
    expect(page.locator("#history a").first).to_have_text("假期 <b>")
    page.locator("#history li").first.hover()
    page.locator("#history button").first.click()
    page.get_by_role("menuitem", name="放入資料夾").click()
    page.locator("#folder-to").fill("人事")
    page.keyboard.press("Enter")
    expect(page.locator("#history h2")).to_have_text(["人事"])
    page.locator("#history li").first.hover()
    page.locator("#history button").first.click()
    page.get_by_role("menuitem", name="永久刪除").click()
    page.get_by_role("dialog").get_by_role("button", name="永久刪除").click()
    page.wait_for_url(re.compile(r"/$"))
    expect(page.locator("#history li")).to_have_count(0)


def test_the_palette_finds_conversations_and_documents(page: Page) -> None:
    ask(page)
    page.keyboard.press("Control+k")
    page.locator("#palette input").fill("年假")
    expect(page.locator("#palette a")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#palette a").last).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/documents/"))


def test_prompts_and_documents_are_picked_in_the_box(page: Page, app: App) -> None:
    page.request.post(f"{page.url}api/v1/prompts", data={"name": "carry", "text": "可以帶{幾多日}去{邊年}？"})
    box(page).press_sequentially("/ca")
    expect(page.locator("#suggest [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value("可以帶{幾多日}去{邊年}？")
    page.keyboard.type("十日")
    page.keyboard.press("Tab")
    page.keyboard.type("下年")
    expect(box(page)).to_have_value("可以帶十日去下年？")
    box(page).fill("")
    box(page).press_sequentially("年假 #rules")
    expect(page.locator("#suggest [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#picked")).to_contain_text("Leave rules")
    ask(page, "年假可以帶幾多日？")
    expect(page.locator(".evidence .hit")).to_have_count(1)


def test_where_to_look_is_chosen_in_a_dialog(page: Page) -> None:
    page.get_by_role("button", name="搜尋範圍").click()
    page.get_by_role("checkbox", name="英文").check()
    page.get_by_role("button", name="完成").click()
    expect(page.locator("#picked")).to_contain_text("en")
    ask(page, "年假可以帶幾多日？")
    expect(page.locator(".evidence .hit")).to_have_count(1)
    expect(page.locator(".evidence .hit")).to_contain_text("fourteen days")


def test_ratings_are_kept(page: Page) -> None:
    ask(page)
    page.get_by_role("button", name="答得不好").click()
    page.get_by_role("checkbox", name="答案有誤").check()
    page.get_by_role("dialog").get_by_role("button", name="送出").click()
    expect(page.get_by_role("button", name="答得不好")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.get_by_role("button", name="答得不好")).to_have_attribute("aria-pressed", "true")


def test_an_answer_is_copied_with_its_sources(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page)
    page.get_by_role("button", name="連出處複製").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("職員最多可將十四日年假帶到下一年度")
    assert re.search(r"\n\[1\] 年假規則.*: .*十四日", copied)


def test_light_dark_and_language_are_remembered(page: Page) -> None:
    page.get_by_role("button", name="深色").click()
    page.get_by_role("link", name="English").click()
    expect(page.locator(".welcome .big")).to_have_text("What do you want to know?")
    page.goto(page.url.split("?")[0])
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("document.documentElement.lang") == "en"


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    ask(page)
    page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(45):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className.split(' ')[0]"))
    assert {"skip", "brand", "question", "send", "chip", "icon"} <= reached


@pytest.mark.parametrize("path", ["/", "/settings"])
def test_it_fits_a_phone(address: str, paged: Paged, path: str) -> None:
    with paged(f"{address}{path}", viewport={"width": 360, "height": 740}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.get_by_role("button", name="選單").click()
        expect(page.locator("#rail")).to_have_class(re.compile("open"))
        page.keyboard.press("Escape")
        expect(page.locator("#rail")).not_to_have_class(re.compile("open"))
