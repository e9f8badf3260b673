"""A document's page: its tabs, what is known of it, its passages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lionrock.app import App, Upload

pytestmark = pytest.mark.browser
Served = Callable[[App], AbstractContextManager[str]]
Paged = Callable[..., AbstractContextManager[Page]]
LEAVE = "# Leave\n\n## Carrying over\n\nStaff may carry {days} days over.\n\n## Applying\n\nApply three days before.\n"


def add(app: App, name: str, text: str) -> str:
    """Takes a text in; returns the id of its document."""
    (result,) = app.ingest([Upload(name, name, data=text.encode())])
    assert result.document_id is not None
    return result.document_id


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    return make_app()


@pytest.fixture
def page(request: pytest.FixtureRequest, app: App, served: Served, paged: Paged) -> Iterator[Page]:
    """The list. The parameter is the refusal that a test provokes, which the console tells too."""
    expected = getattr(request, "param", "")
    with served(app) as address, paged(f"{address}/documents", locale="en-GB", expected=expected) as made:
        yield made


def visit(page: Page, address: str) -> None:
    """Opens an address and waits for the scripts."""
    page.goto(address)
    page.locator("#library[data-ready]").wait_for()


def test_the_tabs_of_a_document(page: Page, app: App) -> None:
    add(app, "leave.md", LEAVE.format(days="fourteen"))
    document = add(app, "leave.md", LEAVE.format(days="twenty-one"))
    home = f"{page.url}/{document}"
    visit(page, home)
    expect(page.locator(".passage")).to_have_count(2)
    page.locator(".outline summary").click()
    page.locator(".outline").get_by_role("link", name="Applying").click()
    expect(page.locator(".passage:target")).to_contain_text("Apply three days before.")
    page.get_by_role("link", name="Versions").click()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("del")).to_contain_text("fourteen")
    expect(page.locator("ins")).to_contain_text("twenty-one")
    page.get_by_role("button", name="Restore Version 1").click()
    page.locator("#restore-dialog").get_by_role("button", name="Restore").click()
    expect(page.locator(".version")).to_have_count(3)
    assert "fourteen" in app.document_text(document, app.owner_scope())
    page.get_by_role("link", name="Findings").click()
    expect(page.locator(".empty")).to_have_text("Nothing was found.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Original file").click()
    assert Path(download.value.path()).read_text(encoding="utf-8") == LEAVE.format(days="fourteen")


@pytest.mark.parametrize("page", ["422"], indirect=True)
def test_what_is_known_of_a_document_is_edited(page: Page, app: App) -> None:
    document = add(app, "leave.md", LEAVE.format(days="ten"))
    visit(page, f"{page.url}/{document}?tab=access")
    page.get_by_role("button", name="Edit").click()
    dialog = page.locator("#edit-dialog")
    dialog.get_by_label("Published at").fill("javascript:alert(1)")
    dialog.get_by_label("Owner").fill("陳主任")
    dialog.get_by_label("Tags, separated by commas").fill("人事, leave")
    dialog.get_by_label("Classification").select_option("restricted")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator("[data-fault]")).to_be_visible()
    dialog.get_by_label("Published at").fill("https://www.example.org/leave")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".access")).to_contain_text("cleared for “Restricted”")
    found = app.document(document, app.owner_scope()).document
    facts = (found.owner, found.tags, found.source_url, found.classification.label)
    assert facts == ("陳主任", ("人事", "leave"), "https://www.example.org/leave", "restricted")
    page.get_by_role("button", name="Edit").click()
    dialog.get_by_label("Tags, separated by commas").fill("leave")
    dialog.get_by_label("Owner").fill("")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    found = app.document(document, app.owner_scope()).document
    assert (found.owner, found.tags, found.source_url) == (None, ("leave",), "https://www.example.org/leave")


def test_a_long_document_is_paged_and_each_passage_has_an_address(page: Page, app: App) -> None:
    parts = "".join(f"## Section {n}\n\nSection {n} says that form {n} is sent to desk {n}.\n\n" for n in range(1, 121))
    document = add(app, "long.md", f"# Ordinance\n\n{parts}")
    old = app.document(document, app.owner_scope()).passages[70]
    home = f"{page.url}/{document}"
    visit(page, home)
    expect(page.locator(".passage")).to_have_count(50)
    page.get_by_role("link", name="Next page").click()
    expect(page.locator(".passage").first.locator(".place")).to_have_text("#51")
    visit(page, f"{home}?passage={old.id}#p-{old.id}")
    expect(page.locator(".passage:target .place")).to_have_text("#71")
    add(app, "long.md", "# Ordinance\n\nIt was repealed.\n")
    page.reload()
    expect(page.locator(".content .told")).to_have_text("This passage is of version 1, which is not the current one.")
    expect(page.locator(f"[id='p-{old.id}']")).to_have_text(old.text.strip())
