"""Pages of web sites, brought politely: robots.txt, one request at a time with a pause, only what changed, bounded sizes.

Nothing here runs by itself; the caller gives the client, the clock and the hosts that may be asked.
"""

from __future__ import annotations

import codecs
import contextlib
import time
import urllib.robotparser
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import unquote

import httpx

from lionrock import __version__
from lionrock.errors import FetchError
from lionrock.ingest.connectors.addresses import Hosts
from lionrock.ingest.connectors.sitemap import unpacked
from lionrock.ingest.readers.formats import ENDINGS, FORMATS

__all__ = ["USER_AGENT", "Clock", "Fetched", "Fetcher", "GoneError", "LaterError", "Pace", "encoding_of", "name_of"]

USER_AGENT = f"Lionrock/{__version__} (self-hosted office assistant; reads the pages that its user listed)"
_AGENT = "Lionrock"
_LEAST_DELAY = 1.0
_LONGEST_DELAY = 300.0
_LONGEST_WAIT = 60.0
_TRIES = 3
_MOST_REDIRECTS = 5
_MOST_ROBOTS = 512_000
_LONGEST_TRANSFER = 300.0
_MOST_FAULTS = 5
_LATER_S = 3_600.0
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WIDER = {"big5": "big5hkscs", "big5-hkscs": "big5hkscs", "gb2312": "gb18030", "gbk": "gb18030"}
_UNTRUSTED = frozenset({"utf-8", "ascii", "iso8859-1", "cp1252", "iso8859-15"})


class GoneError(FetchError):
    """The page is not there any more."""


class LaterError(FetchError):
    """The site cannot be read now."""

    def __init__(self, message: str, seconds: float = _LATER_S) -> None:
        super().__init__(message)
        self.seconds = seconds
        """How long to leave the host alone."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time, and waiting for it; tests bring their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class Pace:
    """When each host was asked last, over all sources of a process."""

    clock: Clock = field(default_factory=Clock)
    last: dict[str, float] = field(default_factory=dict)

    def wait(self, host: str, delay: float) -> None:
        """Return when a host may be asked again."""
        ready = self.last.get(host, -delay - 1.0) + delay
        if (missing := ready - self.clock.now()) > 0:
            self.clock.sleep(missing)

    def done(self, host: str) -> None:
        """A host has just answered."""
        self.last[host] = self.clock.now()


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address brought; `same` when it did not change since `etag` or `last_modified`."""

    status: Literal["new", "same"]
    url: str
    """Where it was found in the end, after redirects."""
    data: bytes = b""
    media_type: str = ""
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class _Rules:
    parser: urllib.robotparser.RobotFileParser | None
    delay: float


class Fetcher:
    """Brings pages of one source. Not for several threads."""

    def __init__(self, client: httpx.Client, hosts: Hosts, pace: Pace, *, most_bytes: int) -> None:
        self._client = client
        self._hosts = hosts
        self._pace = pace
        self._most = most_bytes
        self._rules: dict[str, _Rules] = {}
        self._faults: dict[str, int] = {}

    def get(
        self, url: httpx.URL, *, etag: str | None = None, last_modified: str | None = None, most: int | None = None
    ) -> Fetched:
        """One page, if it may be read and changed; `most` bytes, if not the usual number.

        Raises `GoneError` for 404 and 410, `LaterError` when its host is to be left alone, `FetchError` otherwise.
        """
        asked = {"if-none-match": etag, "if-modified-since": last_modified}
        headers = {name: value for name, value in asked.items() if value}
        for _ in range(_MOST_REDIRECTS + 1):
            self._hosts.check(url)
            rules = self._rules_of(url)
            if rules.parser is not None and not rules.parser.can_fetch(_AGENT, str(url)):
                raise FetchError("The site's robots.txt asks that this page is not read by programs.")
            found = self._asked(url, headers, rules.delay, most or self._most)
            if isinstance(found, Fetched):
                return found
            url = found
        raise FetchError(f"The page leads on and on ({_MOST_REDIRECTS} redirects were followed).")

    def _asked(self, url: httpx.URL, headers: dict[str, str], delay: float, most: int) -> Fetched | httpx.URL:
        """One address; where it leads on, the next one."""
        for attempt in range(1, _TRIES + 1):
            self._pace.wait(url.host, delay)
            try:
                with self._client.stream("GET", url, headers={**_HEADERS, **headers}) as response:
                    wait = self._busy(response)
                    if wait is None:
                        found = self._answer(url, response, most)
                        self._faults.pop(url.host, None)
                        return found
            except httpx.HTTPError as error:
                self._count_fault(url.host, error)
                raise FetchError(f"The page could not be brought ({_said(error)}).") from error
            finally:
                self._pace.done(url.host)
            if wait > _LONGEST_WAIT or attempt == _TRIES:
                raise LaterError(f"{url.host} asks to be left alone for {wait:,.0f} seconds.", wait)
            self._pace.clock.sleep(wait)
        raise LaterError(f"{url.host} cannot be read now.")

    def _count_fault(self, host: str, error: httpx.HTTPError) -> None:
        """Raises `LaterError` when a host fails again and again."""
        self._faults[host] = self._faults.get(host, 0) + 1
        if self._faults[host] >= _MOST_FAULTS:
            raise LaterError(f"{host} did not answer {_MOST_FAULTS} times in a row ({_said(error)}).") from error

    @staticmethod
    def _busy(response: httpx.Response) -> float | None:
        """How many seconds to wait, when the server says that it has too much to do."""
        if response.status_code not in (429, 503):
            return None
        return _seconds(response.headers.get("retry-after"))

    def _answer(self, url: httpx.URL, response: httpx.Response, most: int) -> Fetched | httpx.URL:
        status = response.status_code
        if status == 304:
            return Fetched("same", str(url))
        if status in (301, 302, 303, 307, 308):
            return _next(url, response)
        if status in (404, 410):
            raise GoneError(f"The site says that the page is not there any more ({status}).")
        if status != 200:
            raise FetchError(f"The site answered {status}.")
        data = self._body(response, most)
        kind, _, rest = response.headers.get("content-type", "").partition(";")
        return Fetched(
            "new",
            str(url),
            data,
            kind.strip().lower(),
            _charset(rest),
            response.headers.get("etag"),
            response.headers.get("last-modified"),
        )

    def _body(self, response: httpx.Response, most: int) -> bytes:
        """The bytes of an answer, unpacked. Raises `FetchError` for one that is too long or takes too long."""
        until = self._pace.clock.now() + _LONGEST_TRANSFER
        too_large = f"The page has more than {most:,} bytes; it is refused."
        told = response.headers.get("content-length", "")
        if told.isascii() and told.isdigit() and int(told[:20]) > most:
            raise FetchError(too_large)
        found = bytearray()
        for chunk in response.iter_raw():
            found += chunk
            if len(found) > most:
                raise FetchError(too_large)
            if self._pace.clock.now() > until:
                raise FetchError(f"The page did not come within {_LONGEST_TRANSFER:.0f} seconds.")
        packing = response.headers.get("content-encoding", "identity").strip().lower()
        if packing in ("gzip", "x-gzip", "deflate"):
            return unpacked(bytes(found), most, form="deflate" if packing == "deflate" else "gzip")
        if packing not in ("identity", ""):
            raise FetchError("The page came packed in a way that was not asked for; it is refused.")
        return bytes(found)

    def _rules_of(self, url: httpx.URL) -> _Rules:
        """The robots.txt of a host. Raises `LaterError` while it cannot be read: then nothing of the host may be."""
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        if origin not in self._rules:
            self._rules[origin] = self._read_rules(httpx.URL(f"{origin}/robots.txt"))
        return self._rules[origin]

    def _read_rules(self, url: httpx.URL) -> _Rules:
        parser = urllib.robotparser.RobotFileParser()
        try:
            parser.parse(self._robots(url).splitlines())
        except GoneError:
            return _Rules(None, _LEAST_DELAY)
        asked = [_LEAST_DELAY, float(parser.crawl_delay(_AGENT) or 0.0)]
        rate = parser.request_rate(_AGENT)
        if rate is not None and rate.requests:
            asked.append(rate.seconds / rate.requests)
        if max(asked) > _LONGEST_DELAY:
            raise LaterError(f"{url.host} asks for a pause of {max(asked):,.0f} seconds between pages; none was read.")
        return _Rules(parser, max(asked))

    def _robots(self, url: httpx.URL) -> str:
        """Text of a robots.txt. Raises `GoneError` when there is none, `LaterError` when it cannot be read."""
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                self._hosts.check(url)
                found = self._asked(url, {}, _LEAST_DELAY, _MOST_ROBOTS)
                if isinstance(found, Fetched):
                    return found.data.decode("utf-8-sig", "replace")
                url = found
        except (GoneError, LaterError):
            raise
        except FetchError as error:
            raise LaterError(f"The robots.txt of {url.host} cannot be read, so nothing is. {error.message}") from error
        raise LaterError(f"The robots.txt of {url.host} leads on and on, so nothing is read.")


_HEADERS = {"user-agent": USER_AGENT, "accept-encoding": "gzip, deflate", "accept": "*/*"}


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _next(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    try:
        found = url.join(response.headers.get("location", "")).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError("The page leads to something that is no address.") from error
    if found.scheme not in ("http", "https") or not found.host or found.userinfo:
        raise FetchError("The page leads to something that is no web address.")
    return found


def _seconds(value: str | None) -> float:
    """A Retry-After as seconds from now; half a minute when it says nothing that can be understood."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), 86_400.0 * 365)
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        when = parsedate_to_datetime(text)
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    return 30.0


def _charset(parameters: str) -> str | None:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'").lower() or None
    return None


def encoding_of(page: Fetched) -> str | None:
    """The encoding that the server names, where it is to be believed: not a server's default, and the bytes are in it."""
    if page.charset is None or not page.media_type.startswith("text/") or page.data.startswith(_MARKS):
        return None
    try:
        found = codecs.lookup(_WIDER.get(page.charset, page.charset))
        if found.name in _UNTRUSTED:
            return None
        page.data.decode(found.name)
    except (LookupError, ValueError, AttributeError, TypeError):
        return None
    return found.name


def name_of(page: Fetched) -> str:
    """A file name for a page: the last part of its path, with an ending that tells its kind."""
    path = unquote(httpx.URL(page.url).path, errors="replace").rstrip("/")
    name = path.rsplit("/", 1)[-1].replace("\x00", "")[-200:] or httpx.URL(page.url).host
    wanted = next((form.endings[0] for form in FORMATS.values() if form.media_type == page.media_type), None)
    ending = f".{name.rsplit('.', 1)[-1].lower()}" if "." in name else ""
    if wanted is None or ENDINGS.get(ending) is not None:
        return name
    return name + wanted
