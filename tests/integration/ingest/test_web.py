"""Web sources through the whole pipeline, against a server of our own on a loopback port."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lionrock.app import App
from lionrock.app.feeds import Line, Synced
from lionrock.errors import EndpointError, UsageError
from lionrock.ingest.connectors.web import Clock, Pace
from lionrock.records import Document

HTML = "<!doctype html><title>{title}</title><h1>{title}</h1><p>The fee of the {title} is {fee} dollars.</p>"


@dataclass
class Answer:
    """What a path answers."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})


class Site:
    """A web server whose pages can be changed while it runs."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.address = ""

    def page(self, path: str, title: str = "", fee: int = 1, **headers: str) -> None:
        body = HTML.format(title=title or path.strip("/"), fee=fee).encode()
        self.pages[path] = Answer(body, headers={"Content-Type": "text/html; charset=utf-8", **headers})

    def sitemap(self, *paths: str, at: str = "/sitemap.xml", index: bool = False) -> None:
        outer, inner = ("sitemapindex", "sitemap") if index else ("urlset", "url")
        rows = "".join(
            f"<{inner}><loc>{path if '://' in path else self.address + path}</loc></{inner}>" for path in paths
        )
        body = f'<{outer} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</{outer}>'
        self.pages[at] = Answer(body.encode(), headers={"Content-Type": "application/xml"})

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            site.asked.append((self.path, headers))
            found = site.pages.get(self.path, Answer(b"no such page", 404))
            tag = found.headers.get("ETag")
            same = tag is not None and headers.get("if-none-match") == tag
            self.send_response(304 if same else found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0" if same else str(len(found.body)))
            self.end_headers()
            if not same:
                self.wfile.write(found.body)

        def log_message(self, *arguments: Any) -> None:
            pass

    return Handler


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(made))
    server.daemon_threads = True
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


class Office:
    """An App with one web source; its clock does not wait."""

    def __init__(self, app: App, site: Site) -> None:
        self.app = app
        self.site = site
        self.time = 1000.0
        self.slept: list[float] = []
        self.lines: list[Line] = []
        self.id = ""
        self.use(app)

    def use(self, app: App) -> None:
        self.app = app
        app.feeds.pace = Pace(Clock(lambda: self.time, self.sleep))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def add(self, place: str = "", **options: Any) -> None:
        self.id = self.app.feeds.add(place or f"{self.site.address}/sitemap.xml", **options).id

    def sync(self, **options: Any) -> Synced:
        self.lines, self.site.asked = [], []
        return self.app.feeds.sync(self.id, told=self.lines.append, **options)

    def documents(self) -> dict[str, Document]:
        found = self.app.documents(self.app.owner_scope(), limit=1000)
        return {document.source.removeprefix(self.site.address): document for document in found}


def counts(result: Synced) -> dict[str, int]:
    names = ("added", "changed", "deleted", "unchanged", "failed", "left_out")
    return {name: getattr(result, name) for name in names if getattr(result, name)}


@pytest.fixture
def office(make_app: Callable[..., App], site: Site) -> Office:
    return Office(make_app(web_private_hosts="127.0.0.1"), site)


def test_pages_come_change_and_go(make_app: Callable[..., App], database_url: str, site: Site) -> None:
    office = Office(make_app(database_url, web_private_hosts="127.0.0.1"), site)
    site.page("/a", "Lockers", ETag='"1"')
    site.page("/b", "Parking")
    site.page("/c.pdf", "Ferry")
    site.sitemap("/a", "/b", "/c.pdf", "/gone")
    office.add(department="web")
    result = office.sync()
    assert counts(result) == {"added": 3, "failed": 1}
    before = office.documents()
    assert set(before) == {"/a", "/b", "/c.pdf"}
    assert before["/a"].title == "Lockers"
    assert {(d.department, d.source_url) for d in before.values()} == {("web", d.source) for d in before.values()}
    assert len(site.paths()) == 6
    assert office.slept == [1.0] * 5
    assert site.asked[0][1]["user-agent"].startswith("Lionrock/")
    site.page("/b", "Parking", fee=7)
    del site.pages["/c.pdf"]
    assert counts(office.sync()) == {"unchanged": 1, "changed": 1, "deleted": 1, "failed": 1}
    assert dict(site.asked)["/a"]["if-none-match"] == '"1"'
    after = office.documents()
    assert (set(after), after["/b"].id, after["/b"].version) == ({"/a", "/b"}, before["/b"].id, 2)


def test_nothing_is_asked_before_somebody_says_so(office: Office) -> None:
    office.site.page("/a")
    office.site.sitemap("/a")
    office.add()
    source, _ = office.app.feeds.get(office.id)
    assert source.paused
    assert office.app.feeds.run_due(datetime.now(UTC) + timedelta(days=30)) == []
    assert office.site.asked == []
    office.app.feeds.pause(office.id, False)
    assert [r.added for r in office.app.feeds.run_due(datetime.now(UTC))] == [1]
    assert office.app.feeds.run_due(datetime.now(UTC) + timedelta(hours=1)) == []


def test_an_inner_machine_is_not_read_unless_the_settings_name_it(make_app: Callable[..., App], site: Site) -> None:
    office = Office(make_app(), site)
    site.page("/a")
    site.sitemap("/a")
    office.add()
    result = office.sync()
    assert "LIONROCK_WEB_PRIVATE_HOSTS" in str(result.fault)
    assert site.asked == []
    assert office.documents() == {}


def test_robots_are_heeded(office: Office) -> None:
    rules = b"User-agent: *\nDisallow: /private\nCrawl-delay: 4\n"
    office.site.pages["/robots.txt"] = Answer(rules, headers={"Content-Type": "text/plain"})
    office.site.page("/a")
    office.site.page("/private/x")
    office.site.sitemap("/a", "/private/x")
    office.add()
    assert counts(office.sync()) == {"added": 1, "failed": 1}
    assert "/private/x" not in office.site.paths()
    assert set(office.slept) == {4.0}
    assert any("robots.txt" in str(line.reason) for line in office.lines)


def test_a_run_that_was_interrupted_goes_on(office: Office, make_app: Callable[..., App]) -> None:
    for number in range(6):
        office.site.page(f"/{number}")
    office.site.sitemap(*(f"/{number}" for number in range(6)))
    office.add()

    def progress(done: int, total: int) -> None:
        if done == 3:
            office.app.feeds._stopping.set()

    first = office.sync(progress=progress)
    assert (first.finished, first.added) == (False, 4)
    office.app.close()
    office.use(make_app(web_private_hosts="127.0.0.1"))
    second = office.sync()
    assert (second.finished, second.added) == (True, 2)
    assert office.site.paths() == ["/robots.txt", "/sitemap.xml", "/4", "/5"]
    # The run is over; the next one looks at everything again.
    assert counts(office.sync()) == {"unchanged": 6}


def test_a_crash_between_page_and_document(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.site.page("/a")
    office.site.sitemap("/a")
    office.add()

    def breaks(files: Any, where: Any) -> Iterator[Any]:
        raise EndpointError("The server of models went away.")
        yield

    real = office.app.feeds._ingest
    monkeypatch.setattr(office.app.feeds, "_ingest", breaks)
    with pytest.raises(EndpointError):
        office.sync()
    monkeypatch.setattr(office.app.feeds, "_ingest", real)
    assert counts(office.sync()) == {"added": 1}


def test_a_busy_site_is_left_alone_as_long_as_it_asks(office: Office) -> None:
    office.site.page("/a")
    office.site.pages["/b"] = Answer(b"", 503, {"Retry-After": "7200"})
    office.site.page("/c")
    office.site.sitemap("/a", "/b", "/c")
    office.add()
    result = office.sync()
    assert (result.finished, result.added) == (False, 1)
    assert "/c" not in office.site.paths()
    assert any("wait until" in notice for notice in result.notices)
    again = office.sync()
    assert not again.finished
    assert "/b" not in office.site.paths()
    assert "/c" not in office.site.paths()


def test_sitemaps_of_sitemaps_and_other_hosts(office: Office) -> None:
    site = office.site
    for path in "/a", "/b", "/c":
        site.page(path)
    site.sitemap("/1.xml", "/2.xml.gz", "/broken.xml", "/sitemap.xml", index=True)
    site.sitemap("/a", "https://elsewhere.example/x", "mailto:a@b", at="/1.xml")
    site.sitemap("/b", "/a#part", at="/2.xml.gz")
    site.pages["/2.xml.gz"] = Answer(
        gzip.compress(site.pages["/2.xml.gz"].body), headers={"Content-Type": "application/gzip"}
    )
    site.pages["/broken.xml"] = Answer(b"<urlset><url>", headers={"Content-Type": "application/xml"})
    office.add()
    result = office.sync()
    assert counts(result) == {"added": 2, "left_out": 2}
    assert set(office.documents()) == {"/a", "/b"}
    assert any("--host elsewhere.example" in notice for notice in result.notices)
    assert any("broken.xml" in notice for notice in result.notices)


def test_sitemaps_are_nested_only_so_deep(office: Office) -> None:
    site = office.site
    site.sitemap("/s1.xml", index=True)
    for number in range(1, 6):
        site.sitemap(f"/s{number + 1}.xml", at=f"/s{number}.xml", index=True)
    site.sitemap("/a", at="/s6.xml")
    site.page("/a")
    office.add()
    office.sync()
    assert office.documents() == {}
    assert "/s2.xml" in office.site.paths()
    assert "/s4.xml" not in office.site.paths()


def test_only_so_many_pages(make_app: Callable[..., App], site: Site) -> None:
    office = Office(make_app(web_private_hosts="127.0.0.1", web_pages=2), site)
    for number in range(4):
        site.page(f"/{number}")
    site.sitemap(*(f"/{number}" for number in range(4)))
    office.add()
    result = office.sync()
    assert counts(result) == {"added": 2}
    assert any("LIONROCK_WEB_PAGES" in notice for notice in result.notices)


def test_a_page_that_the_sitemap_forgot_goes_only_when_it_is_gone(office: Office) -> None:
    office.site.page("/a")
    office.site.page("/b")
    office.site.sitemap("/a", "/b")
    office.add()
    office.sync()
    office.site.sitemap("/a")
    assert counts(office.sync()) == {"unchanged": 2}
    office.site.pages["/b"] = Answer(b"", 410)
    assert counts(office.sync()) == {"unchanged": 1, "deleted": 1}
    assert set(office.documents()) == {"/a"}


@pytest.mark.parametrize(
    "answer", [Answer(b"", 500), Answer(b"<urlset>", 200), Answer(b"", 404), Answer(b"<urlset></urlset>", 200)]
)
def test_a_sitemap_that_fails_or_is_empty_deletes_nothing(office: Office, answer: Answer) -> None:
    office.site.page("/a")
    office.site.sitemap("/a")
    office.add()
    office.sync()
    office.site.pages["/sitemap.xml"] = answer
    result = office.sync()
    assert result.fault is not None
    assert set(office.documents()) == {"/a"}


def test_a_site_that_says_404_to_everything_deletes_nothing(office: Office) -> None:
    paths = [f"/{number}" for number in range(22)]
    for path in paths:
        office.site.page(path)
    office.site.sitemap(*paths)
    office.add()
    assert counts(office.sync()) == {"added": 22}
    kept = dict(office.site.pages)
    for path in paths:
        del office.site.pages[path]
    result = office.sync()
    assert result.deleted == 0
    assert "22 of 22" in str(result.fault)
    assert len(office.documents()) == 22
    # Some come back: they are looked at again, and what is deleted is what is still gone.
    office.site.pages.update({path: kept[path] for path in paths[:10]})
    again = office.sync()
    assert "12 of 22" in str(again.fault)
    assert counts(office.sync(confirmed=True)) == {"unchanged": 10, "deleted": 12}
    assert set(office.documents()) == set(paths[:10])


def test_a_list_in_a_file(office: Office, tmp_path: Path) -> None:
    office.site.page("/a")
    office.site.page("/b")
    pages = tmp_path / "pages.txt"
    pages.write_text(f"# ours\n{office.site.address}/a\n{office.site.address}/b\n")
    office.add(str(pages))
    assert counts(office.sync()) == {"added": 2}
    # A line that is taken out takes its document out.
    pages.write_text(f"{office.site.address}/a\nno address\n")
    assert counts(office.sync()) == {"unchanged": 1, "deleted": 1, "failed": 1}
    for text in ("", "nothing\n"):
        pages.write_text(text)
        assert office.sync().fault is not None
    pages.unlink()
    assert office.sync().fault is not None
    assert set(office.documents()) == {"/a"}


def test_one_page_alone(office: Office) -> None:
    office.site.page("/notice")
    office.add(f"{office.site.address}/notice")
    assert counts(office.sync()) == {"added": 1}
    assert office.site.paths() == ["/robots.txt", "/notice"]
    office.site.page("/notice", fee=3)
    assert counts(office.sync()) == {"changed": 1}


def test_redirects_and_encodings(office: Office) -> None:
    site = office.site
    site.pages["/old"] = Answer(b"", 301, {"Location": "/new"})
    site.page("/new", "New place")
    site.pages["/out"] = Answer(b"", 302, {"Location": "http://169.254.169.254/latest/meta-data"})
    body = "<!doctype html><title>公告</title><h1>公告</h1><p>泊車費每小時四十元。</p>".encode("big5hkscs")
    site.pages["/big5"] = Answer(body, headers={"Content-Type": "text/html; charset=big5"})
    site.pages["/app.exe"] = Answer(b"MZ\x90\x00" + bytes(90), headers={"Content-Type": "application/octet-stream"})
    site.sitemap("/old", "/out", "/big5", "/app.exe")
    office.add()
    assert counts(office.sync()) == {"added": 2, "failed": 1, "left_out": 1}
    found = office.documents()
    assert (found["/old"].title, found["/old"].source_url) == ("New place", f"{site.address}/new")
    assert found["/big5"].title == "公告"


def test_what_cannot_be_added(office: Office, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("# nothing\n")
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("http://a.example/\nsecond line\n")
    for place in ("http://u:p@a.example/", str(empty), str(wrong)):
        with pytest.raises(UsageError):
            office.app.feeds.add(place)
    with pytest.raises(UsageError, match="3,600"):
        office.app.feeds.add("http://a.example/", every_seconds=60)
    with pytest.raises(UsageError, match="web sources"):
        office.app.feeds.add(str(tmp_path), hosts=["a.example"])
    office.app.feeds.add("http://a.example/s.xml", hosts=["www.a.example"])
    with pytest.raises(UsageError, match="already"):
        office.app.feeds.add("http://A.example:80/s.xml")
