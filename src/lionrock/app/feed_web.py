"""One run of a web source: the pages that it lists, one after the other, gone on with where an earlier run stopped."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from lionrock.app.feed_parts import Basket, Tools, delete_all, now, placed, too_many_gone, unread
from lionrock.app.intake import Upload
from lionrock.contract import IngestResult, Line, Synced
from lionrock.errors import FetchError, LionrockError, UsageError
from lionrock.ingest.connectors.addresses import Hosts, normal
from lionrock.ingest.connectors.sitemap import addresses_in, read_listing
from lionrock.ingest.connectors.web import Fetched, Fetcher, GoneError, LaterError, Pace, encoding_of, name_of
from lionrock.storage.sources import (
    Item,
    Source,
    document_at,
    drop_items,
    items_of,
    put_item,
    set_source_url,
    update_source,
)

__all__ = ["WebRun", "listed_in"]

_MOST_PAGE = 50_000_000
_MOST_LISTING = 50_000_000
_MOST_SITEMAPS = 500
_MOST_DEPTH = 2
_RUN_LASTS = timedelta(days=7)


def listed_in(path: Path) -> tuple[list[httpx.URL], list[str]]:
    """The addresses in a text file, and the lines that are none. Raises `UsageError` where the file cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_LISTING + 1)
    except OSError as error:
        raise UsageError(f"The list {path} cannot be read ({error.strerror or error}).") from error
    if len(data) > _MOST_LISTING or b"\x00" in data:
        raise UsageError(f"{path} is no list of web addresses.")
    found: dict[str, httpx.URL] = {}
    wrong: list[str] = []
    for line in addresses_in(data.decode("utf-8", "replace")):
        try:
            url = normal(line)
            found[str(url)] = url
        except UsageError:
            wrong.append(line)
    return list(found.values()), wrong


class WebRun:
    """Made for one run."""

    def __init__(
        self, source: Source, tools: Tools, client: Callable[[], httpx.Client], pace: Pace, *, most_pages: int
    ) -> None:
        self._source = source
        self._tools = tools
        self._client = client
        self._pace = pace
        self._most_pages = most_pages
        self._result = Synced(source.id)
        self._basket = Basket(tools)
        self._items: dict[str, Item] = {}
        self._begun = _when(source.state.get("begun"))
        self._not_before = {str(host): _when(at) for host, at in dict(source.state.get("not_before") or {}).items()}
        self._fetched: dict[str, Fetched] = {}

    def run(self) -> Synced:
        """Read what is listed. Raises `StorageError` and what else stops all taking in."""
        moment = now()
        if self._begun is None or moment - self._begun > _RUN_LASTS:
            self._begun = moment
        with self._tools.database.connect() as connection:
            self._items = items_of(connection, self._source.id)
        self._save()
        with self._client() as client:
            self._read(client)
        self._save()
        return self._result

    def _save(self) -> None:
        moment = now()
        left_alone = {host: at.isoformat() for host, at in self._not_before.items() if at is not None and at > moment}
        state = {"begun": self._begun.isoformat() if self._begun else None, "not_before": left_alone}
        with self._tools.database.begin() as connection:
            update_source(connection, self._source.id, state=state)

    def _read(self, client: httpx.Client) -> None:
        more = tuple(str(host) for host in self._source.options.get("hosts") or ())
        local = not self._source.address.startswith(("http://", "https://"))
        try:
            if local:
                pages, wrong = listed_in(Path(self._source.address))
                self._tell_wrong(wrong)
                hosts = Hosts.of(pages, more)
            else:
                pages = [normal(self._source.address)]
                hosts = Hosts.of(pages, more)
            fetcher = Fetcher(client, hosts, self._pace, most_bytes=min(_MOST_PAGE, self._tools.most_bytes))
            if not local:
                pages = self._listing(fetcher, hosts, pages[0])
        except LaterError as error:
            self._leave_alone(httpx.URL(self._source.address).host, error)
            self._result.fault = error.message
            return
        except LionrockError as error:
            self._result.fault = f"{error.message} Nothing was deleted."
            return
        if not pages and self._items and self._result.finished:
            self._result.fault = f"{self._source.address} lists no page any more. Nothing was deleted."
            return
        listed = {str(url): url for url in pages[: self._most_pages]}
        if len(pages) > self._most_pages:
            self._result.notices.append(
                f"{len(pages):,} pages are listed; the first {self._most_pages:,} are read (LIONROCK_WEB_PAGES)."
            )
        dropped = [address for address in self._items if address not in {str(url) for url in pages}]
        if not local:
            listed |= {address: httpx.URL(address) for address in dropped}
        self._pages(fetcher, listed)
        if self._result.finished:
            self._begun = None
            self._delete([a for a, item in self._items.items() if item.status == "gone" or (local and a in dropped)])

    # -- which pages

    def _listing(self, fetcher: Fetcher, hosts: Hosts, start: httpx.URL) -> list[httpx.URL]:
        """The pages of a sitemap, of the sitemaps that an index names, or of a list; or the address itself, a page."""
        waiting = [(start, 0)]
        seen = {str(start)}
        pages: dict[str, httpx.URL] = {}
        elsewhere: Counter[str] = Counter()
        while waiting and not self._tools.stopping():
            url, depth = waiting.pop(0)
            try:
                page = fetcher.get(url, most=_MOST_LISTING)
                listing = read_listing(page.data, page.media_type, _MOST_LISTING)
            except LaterError:
                raise
            except FetchError as error:
                if depth == 0:
                    raise
                self._result.notices.append(f"The sitemap {url} is left out. {error.message}")
                continue
            if listing.kind == "none" and depth == 0:
                self._fetched[str(url)] = page
                return [url]
            for address in listing.addresses:
                found = self._inside(address, hosts, elsewhere)
                if found is None or str(found) in seen:
                    continue
                if listing.kind == "pages":
                    pages[str(found)] = found
                elif depth < _MOST_DEPTH and len(seen) < _MOST_SITEMAPS:
                    seen.add(str(found))
                    waiting.append((found, depth + 1))
        self._result.finished = not waiting
        self._result.notices += [f"{count:,} addresses are left out: {why}" for why, count in elsewhere.items()]
        return list(pages.values())

    def _inside(self, address: str, hosts: Hosts, elsewhere: Counter[str]) -> httpx.URL | None:
        try:
            url = normal(address)
            hosts.check(url)
        except UsageError:
            elsewhere["they are no web addresses."] += 1
        except FetchError:
            elsewhere[f"they are on {url.host}; add the source with --host {url.host} if that is meant."] += 1
        else:
            return url
        self._result.left_out += 1
        return None

    def _tell_wrong(self, lines: list[str]) -> None:
        for line in lines:
            self._result.failed += 1
            self._tools.told(
                Line(line[:200], "failed", "The line is no web address; it begins with http:// or https://.")
            )

    # -- the pages

    def _pages(self, fetcher: Fetcher, listed: Mapping[str, httpx.URL]) -> None:
        blocked: Counter[str] = Counter()
        for done, (address, url) in enumerate(listed.items()):
            if self._tools.stopping():
                self._result.finished = False
                break
            self._tools.progress(done, len(listed))
            item = self._items.get(address) or Item(address, "taking", now())
            if self._is_done(item):
                continue
            until = self._not_before.get(url.host)
            if until is not None and until > now():
                blocked[url.host] += 1
                continue
            self._page(fetcher, url, item, blocked)
        self._basket.flush()
        for host, count in blocked.items():
            self._result.finished = False
            until = self._not_before[host]
            self._result.notices.append(f"{count:,} pages of {host} wait until {until:%Y-%m-%d %H:%M} UTC.")
        if listed and self._result.finished:
            self._tools.progress(len(listed), len(listed))

    def _is_done(self, item: Item) -> bool:
        """Whether an earlier part of this run looked at it."""
        return self._begun is not None and item.checked_at >= self._begun and item.status != "taking"

    def _page(self, fetcher: Fetcher, url: httpx.URL, item: Item, blocked: Counter[str]) -> None:
        known = item.status == "done"
        try:
            page = self._fetched.pop(item.address, None) or fetcher.get(
                url, etag=item.etag if known else None, last_modified=item.last_modified if known else None
            )
        except GoneError as error:
            if item.document_id is None:
                self._failed(item, error.message)
            else:
                self._put(replace(item, status="gone", reason=error.message))
        except LaterError as error:
            self._leave_alone(url.host, error)
            blocked[url.host] += 1
            self._result.notices.append(error.message)
        except FetchError as error:
            self._failed(item, error.message)
        else:
            self._found(item, page)

    def _leave_alone(self, host: str, error: LaterError) -> None:
        self._not_before[host] = now() + timedelta(seconds=min(error.seconds, 30 * 86_400))
        self._save()

    def _found(self, item: Item, page: Fetched) -> None:
        if page.status == "same" and item.status != "done":
            self._failed(item, "The site says that the page did not change, and it was never read.")
            return
        sha256 = hashlib.sha256(page.data).hexdigest() if page.status == "new" else item.sha256
        if page.status == "same" or (item.status == "done" and sha256 == item.sha256):
            self._result.unchanged += 1
            self._put(
                replace(item, etag=page.etag or item.etag, last_modified=page.last_modified or item.last_modified)
            )
            return
        after = replace(item, sha256=sha256, size=len(page.data), etag=page.etag, last_modified=page.last_modified)
        name = name_of(page)
        why = None if item.document_id else unread(page.data, name)
        if why is not None:
            self._result.left_out += 1
            self._put(replace(after, status="left_out", reason=why))
            self._tools.told(Line(item.address, "left out", why))
            return
        self._put(replace(item, status="taking", sha256=None, etag=None, last_modified=None))
        where = placed(self._source, known=item.document_id is not None, encoding=encoding_of(page))
        self._basket.add(Upload(name, item.address, data=page.data), where, partial(self._done, after, page.url))

    def _done(self, item: Item, url: str, result: IngestResult) -> None:
        document_id = result.document_id or item.document_id
        if document_id is not None:
            with self._tools.database.begin() as connection:
                set_source_url(connection, document_id, url)
        if result.status == "failed":
            self._failed(replace(item, document_id=document_id), result.reason or "")
            return
        self._put(replace(item, status="done", reason=None, document_id=document_id))
        if result.status == "unchanged":
            self._result.unchanged += 1
        elif result.status == "quarantined":
            self._result.held_back += 1
            self._tools.told(Line(item.address, "held back", result.reason, document_id))
        elif item.document_id is None and result.reason is None:
            self._result.added += 1
            self._tools.told(Line(item.address, "added", None, document_id))
        else:
            self._result.changed += 1
            self._tools.told(Line(item.address, "changed", result.reason, document_id))

    def _failed(self, item: Item, reason: str) -> None:
        self._result.failed += 1
        self._put(replace(item, status="failed", reason=reason))
        self._tools.told(Line(item.address, "failed", reason, item.document_id))

    def _put(self, item: Item) -> None:
        item = replace(item, checked_at=now())
        self._items[item.address] = item
        with self._tools.database.begin() as connection:
            put_item(connection, self._source.id, item)

    # -- pages that are gone

    def _delete(self, gone: list[str]) -> None:
        had = sum(item.document_id is not None for item in self._items.values())
        with self._tools.database.connect() as connection:
            found = {
                address: self._items[address].document_id or document_at(connection, address, self._source.department)
                for address in gone
            }
        ids = {address: document_id for address, document_id in found.items() if document_id is not None}
        if too_many_gone(len(ids), had) and not self._tools.confirmed:
            self._result.fault = (
                f"{len(ids):,} of {had:,} pages are gone, more than half. Nothing was deleted. If it is meant, run "
                f"`lionrock sources sync {self._source.id} --confirm-deletions`."
            )
            return
        self._result.deleted += delete_all(self._tools, list(ids.values()))
        with self._tools.database.begin() as connection:
            drop_items(connection, self._source.id, gone)
        for address, document_id in ids.items():
            self._tools.told(Line(address, "deleted", self._items[address].reason, document_id))


def _when(value: Any) -> datetime | None:
    """A moment as it was written down; None for anything else."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
