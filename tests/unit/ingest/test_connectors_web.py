"""Pages brought politely, and only those that may be: a scripted site in the place of the network."""

from __future__ import annotations

import gzip
import itertools
import socket
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from lionrock.errors import FetchError, UsageError
from lionrock.ingest.connectors import addresses
from lionrock.ingest.connectors.addresses import Hosts, PinnedTransport, is_public, normal
from lionrock.ingest.connectors.web import (
    Clock,
    Fetched,
    Fetcher,
    GoneError,
    LaterError,
    Pace,
    encoding_of,
    name_of,
)

HOME = "https://site.example/"


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Site:
    """Answers by path; every request is written down with its time."""

    def __init__(self, pages: dict[str, httpx.Response | Callable[[httpx.Request], httpx.Response]]) -> None:
        self.pages = pages
        self.time = Time()
        self.asked: list[tuple[float, str]] = []
        self.headers: list[httpx.Headers] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((self.time.now, request.url.path))
        self.headers.append(request.headers)
        page = self.pages.get(str(request.url)) or self.pages.get(request.url.path) or httpx.Response(404)
        return page(request) if callable(page) else page

    def fetcher(self, *, most: int = 10_000, more: tuple[str, ...] = ()) -> Fetcher:
        client = httpx.Client(transport=httpx.MockTransport(self.handle))
        pace = Pace(Clock(lambda: self.time.now, self.time.sleep))
        return Fetcher(client, Hosts.of([normal(HOME)], more), pace, most_bytes=most)


def raw(data: bytes, **headers: str) -> httpx.Response:
    """An answer whose bytes go out as they are."""
    return httpx.Response(
        200, stream=httpx.ByteStream(data), headers={name.replace("_", "-"): v for name, v in headers.items()}
    )


def text(body: str, **headers: str) -> httpx.Response:
    return raw(body.encode(), **{"content_type": "text/html; charset=utf-8", **headers})


def test_a_page_and_the_time_between_two() -> None:
    site = Site({"/a": text("<p>A</p>", etag='"1"', last_modified="yesterday"), "/b": text("B")})
    fetcher = site.fetcher()
    page = fetcher.get(normal(HOME + "a"))
    assert (page.status, page.data, page.media_type, page.charset) == ("new", b"<p>A</p>", "text/html", "utf-8")
    assert (page.etag, page.last_modified, page.url) == ('"1"', "yesterday", HOME + "a")
    fetcher.get(normal(HOME + "b"))
    times = [when for when, _ in site.asked]
    assert [path for _, path in site.asked] == ["/robots.txt", "/a", "/b"]
    assert [after - before for before, after in itertools.pairwise(times)] == [1.0, 1.0]
    assert all("Lionrock/" in headers["user-agent"] for headers in site.headers)


def test_only_what_changed_is_sent() -> None:
    def page(request: httpx.Request) -> httpx.Response:
        same = request.headers.get("if-none-match") == '"1"' and "if-modified-since" in request.headers
        return httpx.Response(304) if same else text("new")

    fetcher = Site({"/a": page}).fetcher()
    assert fetcher.get(normal(HOME + "a"), etag='"1"', last_modified="x").status == "same"
    assert fetcher.get(normal(HOME + "a")).data == b"new"


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /private", "/private/x", False),
        ("User-agent: *\nDisallow: /private", "/a", True),
        ("User-agent: lionrock\nDisallow: /\n\nUser-agent: *\nAllow: /", "/a", False),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
        ("\x00\xff garbage", "/a", True),
    ],
)
def test_robots(rules: str, path: str, allowed: bool) -> None:
    site = Site({"/robots.txt": text(rules), path: text("found")})
    if allowed:
        assert site.fetcher().get(normal(HOME[:-1] + path)).data == b"found"
        return
    with pytest.raises(FetchError, match=r"robots\.txt"):
        site.fetcher().get(normal(HOME[:-1] + path))
    assert [path for _, path in site.asked] == ["/robots.txt"]


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(500), httpx.Response(403), httpx.Response(302, headers={"location": "https://b.example/"})],
)
def test_a_site_whose_robots_cannot_be_read_is_not_read(answer: httpx.Response) -> None:
    site = Site({"/robots.txt": answer, "/a": text("A")})
    with pytest.raises(LaterError, match=r"robots\.txt"):
        site.fetcher().get(normal(HOME + "a"))
    assert [path for _, path in site.asked] == ["/robots.txt"]


@pytest.mark.parametrize(
    ("rules", "pause"), [("Crawl-delay: 7", 7.0), ("Request-rate: 1/5", 5.0), ("Crawl-delay: 0", 1.0)]
)
def test_the_pause_that_a_site_asks_for(rules: str, pause: float) -> None:
    site = Site({"/robots.txt": text(f"User-agent: *\nDisallow: /x\n{rules}"), "/a": text("A"), "/b": text("B")})
    fetcher = site.fetcher()
    fetcher.get(normal(HOME + "a"))
    fetcher.get(normal(HOME + "b"))
    assert site.asked[2][0] - site.asked[1][0] == pause


def test_a_pause_of_a_day_is_too_long_to_wait_for() -> None:
    site = Site({"/robots.txt": text("User-agent: *\nDisallow: /x\nCrawl-delay: 86400"), "/a": text("A")})
    with pytest.raises(LaterError, match="86,400"):
        site.fetcher().get(normal(HOME + "a"))


@pytest.mark.parametrize("status", [404, 410])
def test_gone(status: int) -> None:
    with pytest.raises(GoneError):
        Site({"/a": httpx.Response(status)}).fetcher().get(normal(HOME + "a"))


def test_a_busy_site_is_asked_again_when_it_says() -> None:
    answers = [httpx.Response(429, headers={"retry-after": "9"}), text("A")]
    site = Site({"/a": lambda request: answers.pop(0)})
    assert site.fetcher().get(normal(HOME + "a")).data == b"A"
    assert site.asked[2][0] - site.asked[1][0] == 9.0


@pytest.mark.parametrize(
    ("after", "least", "most"),
    [
        ("7200", 7200, 7200),
        ("in two hours", 7000, 7201),
        ("9" * 400, 86_400, 86_400 * 366),
    ],
)
def test_a_site_that_is_busy_for_long_is_left_alone(after: str, least: float, most: float) -> None:
    if after == "in two hours":
        after = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    site = Site({"/a": httpx.Response(503, headers={"retry-after": after})})
    with pytest.raises(LaterError) as told:
        site.fetcher().get(normal(HOME + "a"))
    assert least <= told.value.seconds <= most
    assert sum(site.time.slept) < 3


@pytest.mark.parametrize("after", ["soon", "-1", ""])
def test_a_busy_site_that_does_not_say_how_long_is_asked_thrice(after: str) -> None:
    site = Site({"/a": httpx.Response(503, headers={"retry-after": after})})
    with pytest.raises(LaterError):
        site.fetcher().get(normal(HOME + "a"))
    assert [path for _, path in site.asked].count("/a") == 3


def test_a_site_that_does_not_answer_is_given_up_for_now() -> None:
    def fails(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("no answer")

    site = Site({"/a": fails})
    fetcher = site.fetcher()
    for _ in range(4):
        with pytest.raises(FetchError) as told:
            fetcher.get(normal(HOME + "a"))
        assert not isinstance(told.value, LaterError)
    with pytest.raises(LaterError, match="5 times"):
        fetcher.get(normal(HOME + "a"))


def leads(to: str) -> httpx.Response:
    return httpx.Response(302, headers={"location": to})


def test_redirects_within_the_site_are_followed() -> None:
    site = Site({"/a": leads("/b"), "/b": leads("https://www.site.example/c#x"), "/c": text("C")})
    page = site.fetcher(more=("www.site.example",)).get(normal(HOME + "a"))
    assert (page.data, page.url) == (b"C", "https://www.site.example/c")
    # The other host's rules were asked for as well.
    assert [path for _, path in site.asked] == ["/robots.txt", "/a", "/b", "/robots.txt", "/c"]


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("https://other.example/", "another host"),
        ("http://169.254.169.254/latest", "another host"),
        ("//other.example/", "another host"),
        ("https://site.example:8443/", "another port"),
        ("ftp://site.example/", "no web address"),
        ("file:///etc/passwd", "no web address"),
        ("https://u:p@site.example/", "no web address"),
        ("/a", "on and on"),
        ("http://[", "another host"),
    ],
)
def test_redirects_elsewhere_are_not(to: str, why: str) -> None:
    with pytest.raises(FetchError, match=why):
        Site({"/a": leads(to)}).fetcher().get(normal(HOME + "a"))


def test_packed_answers() -> None:
    body = b"word " * 100
    deflate = zlib.compressobj(wbits=-15)
    bare = deflate.compress(body) + deflate.flush()
    site = Site(
        {
            "/gzip": raw(gzip.compress(body), content_encoding="gzip"),
            "/zlib": raw(zlib.compress(body), content_encoding="deflate"),
            "/bare": raw(bare, content_encoding="deflate"),
        }
    )
    fetcher = site.fetcher()
    assert [fetcher.get(normal(HOME + path)).data for path in ("gzip", "zlib", "bare")] == [body] * 3


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (raw(b"x" * 10_001), "more than"),
        (raw(b"x", content_length="99999999999999999999999999"), "more than"),
        (raw(gzip.compress(bytes(5_000_000)), content_encoding="gzip"), "unpacks to more"),
        (raw(gzip.compress(b"x" * 100)[:-9], content_encoding="gzip"), "cut short"),
        (raw(b"no gzip", content_encoding="gzip"), "cannot be unpacked"),
        (raw(b"x", content_encoding="br"), "not asked for"),
        (raw(b"x", content_encoding="gzip, gzip"), "not asked for"),
        (httpx.Response(206), "206"),
        (httpx.Response(418), "418"),
    ],
)
def test_answers_that_are_refused(answer: httpx.Response, why: str) -> None:
    with pytest.raises(FetchError, match=why):
        Site({"/a": answer}).fetcher().get(normal(HOME + "a"))


def test_an_answer_without_end_is_left() -> None:
    site = Site({})

    class Drip(httpx.SyncByteStream):
        def __iter__(self):  # type: ignore[no-untyped-def]
            while True:
                site.time.sleep(60)
                yield b"."

    site.pages["/a"] = httpx.Response(200, stream=Drip())
    with pytest.raises(FetchError, match="did not come"):
        site.fetcher().get(normal(HOME + "a"))


@pytest.mark.parametrize(
    ("given", "spelt"),
    [
        ("HTTP://Site.Example:80/a b?q=年#part", "http://site.example/a%20b?q=%E5%B9%B4"),
        (" https://site.example ", "https://site.example/"),
        ("http://例子.example/", "http://xn--fsqu00a.example/"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
    ],
)
def test_addresses_have_one_spelling(given: str, spelt: str) -> None:
    found = str(normal(given))
    assert found.rstrip("/") == spelt.rstrip("/")
    assert normal(found) == normal(given)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "site.example",
        "ftp://a/",
        "file:///etc/passwd",
        "http://",
        "http://u:p@a/",
        "http://u@a/",
        "http://a:99999/",
        "http://a/" + "x" * 3000,
        "javascript:alert(1)",
        "http://\x00/",
    ],
)
def test_what_is_no_address(given: str) -> None:
    with pytest.raises(UsageError):
        normal(given)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("::7f00:1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a01:203", False),
        ("2002:7f00:1::", False),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


def pinned(found: list[str], private: frozenset[str] = frozenset()) -> tuple[PinnedTransport, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def inner(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    return PinnedTransport(private, look_up=lambda h, p: found, inner=httpx.MockTransport(inner)), asked


def test_the_connection_goes_to_the_address_that_was_judged() -> None:
    transport, asked = pinned(["93.184.216.34"])
    client = httpx.Client(transport=transport)
    client.get("https://site.example/a")
    assert (asked[0].url.host, asked[0].headers["host"]) == ("93.184.216.34", "site.example")
    assert asked[0].extensions["sni_hostname"] == "site.example"
    transport, asked = pinned(["2606:2800:220:1:248:1893:25c8:1946"])
    httpx.Client(transport=transport).get("https://site.example/a")
    assert str(asked[0].url).startswith("https://[2606:")


@pytest.mark.parametrize("found", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::ffff:10.0.0.1"], []])
def test_a_public_name_of_an_inner_machine_is_refused(found: list[str]) -> None:
    transport, asked = pinned(found)
    with pytest.raises(FetchError):
        httpx.Client(transport=transport).get("https://site.example/a")
    assert asked == []


def test_an_inner_machine_that_the_settings_name_is_read() -> None:
    transport, asked = pinned(["10.0.0.1"], frozenset({"intranet"}))
    httpx.Client(transport=transport).get("http://intranet/a")
    assert asked[0].url.host == "10.0.0.1"
    with pytest.raises(FetchError, match="LIONROCK_WEB_PRIVATE_HOSTS"):
        httpx.Client(transport=transport).get("http://10.0.0.1/a")


def test_spellings_of_loopback_are_seen_through(monkeypatch: pytest.MonkeyPatch) -> None:
    assert addresses.resolve("2130706433", 80) == ["127.0.0.1"]

    def unknown(*arguments: object, **more: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(FetchError, match="not known"):
        addresses.resolve("nowhere.example", 80)


@pytest.mark.parametrize(
    ("url", "media_type", "name"),
    [
        (HOME + "forms/a.pdf", "application/pdf", "a.pdf"),
        (HOME + "forms/a", "application/pdf", "a.pdf"),
        (HOME + "page.aspx?id=1", "text/html", "page.aspx.html"),
        (HOME + "%E5%85%AC%E5%91%8A/", "text/html", "公告.html"),
        (HOME, "text/html", "site.example.html"),
        (HOME + "x.bin", "application/octet-stream", "x.bin"),
        (HOME + "%FF.htm", "text/html", "\ufffd.htm"),
    ],
)
def test_names_of_pages(url: str, media_type: str, name: str) -> None:
    assert name_of(Fetched("new", url, b"", media_type)) == name


@pytest.mark.parametrize(
    ("data", "charset", "expected"),
    [
        ("公告".encode("big5hkscs"), "big5", "big5hkscs"),
        ("公告".encode("gb18030"), "gb2312", "gb18030"),
        ("公告".encode(), "utf-8", None),
        ("公告".encode("big5hkscs"), "iso-8859-1", None),
        ("公告".encode(), "no-such", None),
        ("公告".encode(), "rot13", None),
        (b"\xff\xff\xff", "big5", None),
        (b"\xef\xbb\xbfx", "big5", None),
        (b"x", None, None),
    ],
)
def test_the_encoding_that_a_server_names(data: bytes, charset: str | None, expected: str | None) -> None:
    assert encoding_of(Fetched("new", HOME, data, "text/html", charset)) == expected
