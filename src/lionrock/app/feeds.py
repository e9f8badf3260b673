"""Sources that are kept in step: watched folders and web sites; and bulk files, which come by hand."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from lionrock.app.feed_folder import FolderRun
from lionrock.app.feed_hkel import BulkRequest, BulkResult, import_bulk
from lionrock.app.feed_parts import Tools, delete_all, now
from lionrock.app.feed_web import WebRun, listed_in
from lionrock.app.intake import Upload
from lionrock.contract import IngestResult, Line, Synced
from lionrock.errors import BusyError, LionrockError, NotFoundError, UsageError
from lionrock.ingest.connectors.addresses import PinnedTransport, normal
from lionrock.ingest.connectors.folder import address_of
from lionrock.ingest.connectors.web import Clock, Pace
from lionrock.models.source import trust
from lionrock.records import Classification, Placement
from lionrock.settings import Settings
from lionrock.storage.database import Database
from lionrock.storage.sources import (
    Source,
    add_source,
    all_sources,
    count_items,
    get_source,
    items_of,
    remove_source,
    update_source,
)

__all__ = ["BulkRequest", "BulkResult", "Feeds", "Line", "Synced"]

_log = logging.getLogger(__name__)
_FOLDER_EVERY = 300
_LEAST_FOLDER_EVERY = 10
_WEB_EVERY = 86_400
_LEAST_WEB_EVERY = 3_600
_MOST_EVERY = 31_536_000
_TICK_S = 10.0
_STOPS_WITHIN_S = 30.0
_TIMEOUT = httpx.Timeout(30.0, connect=15.0)


def _quiet(*told: object) -> None:
    pass


class Feeds:
    """The sources of one installation. One of them runs at a time."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        ingest: Callable[[Sequence[Upload], Placement], Iterator[IngestResult]],
        delete: Callable[[Sequence[str]], object],
    ) -> None:
        self._settings = settings
        self._database = database
        self._ingest = ingest
        self._delete = delete
        self._running = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.pace = Pace(Clock(time.monotonic, self._wait))

    def _wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    # -- what is kept in step

    def add(
        self,
        place: str,
        *,
        department: str | None = None,
        classification: Classification = Classification.OPEN,
        every_seconds: int | None = None,
        hosts: Sequence[str] = (),
        collection_id: str | None = None,
    ) -> Source:
        """Note a folder, a web address or a text file of web addresses. Nothing is read yet.

        Web sources begin paused: nothing reaches the network before somebody runs or resumes them. Raises
        `NotFoundError`, `UsageError`.
        """
        web = place.lower().startswith(("http://", "https://")) or Path(place).is_file()
        address = self._web_address(place) if web else self._folder_address(place)
        if hosts and not web:
            raise UsageError("--host is for web sources.")
        least, usual = (_LEAST_WEB_EVERY, _WEB_EVERY) if web else (_LEAST_FOLDER_EVERY, _FOLDER_EVERY)
        every = usual if every_seconds is None else every_seconds
        if not least <= every <= _MOST_EVERY:
            raise UsageError(f"The time between two runs is {least:,} to {_MOST_EVERY:,} seconds for this source.")
        with self._database.begin() as connection:
            for other in all_sources(connection):
                _check_apart(address, web, other)
            return add_source(
                connection,
                kind="web" if web else "folder",
                address=address,
                department=department or self._settings.department,
                classification=classification,
                every_seconds=every,
                paused=web,
                collection_id=collection_id,
                options={"hosts": [normal(f"http://{host}").host for host in hosts]} if hosts else {},
            )

    def _folder_address(self, place: str) -> str:
        folder = Path(place).resolve()
        if not folder.is_dir():
            raise NotFoundError(f"There is no folder or file {place}, and it is no web address.")
        home = self._settings.home.resolve()
        if folder == home or home in folder.parents:
            raise UsageError("The data folder of Lionrock itself cannot be watched.")
        return address_of(os.fsencode(folder))

    @staticmethod
    def _web_address(place: str) -> str:
        if place.lower().startswith(("http://", "https://")):
            return str(normal(place))
        path = Path(place).resolve()
        found, wrong = listed_in(path)
        if not found:
            raise UsageError(f"{place} names no web address; write one a line.")
        if wrong:
            raise UsageError(f"{place} has lines that are no web addresses, such as {wrong[0][:100]!r}.")
        return address_of(os.fsencode(path))

    def all(self) -> list[tuple[Source, dict[str, int]]]:
        """Every source with its numbers of items by status."""
        with self._database.connect() as connection:
            return [(source, count_items(connection, source.id)) for source in all_sources(connection)]

    def get(self, source_id: str) -> tuple[Source, dict[str, int]]:
        """One source. Raises `NotFoundError`."""
        with self._database.connect() as connection:
            return get_source(connection, source_id), count_items(connection, source_id)

    def pause(self, source_id: str, paused: bool) -> Source:
        """Let it rest, or go on. Raises `NotFoundError`."""
        with self._database.begin() as connection:
            get_source(connection, source_id)
            update_source(connection, source_id, paused=paused)
            return get_source(connection, source_id)

    def remove(self, source_id: str, *, with_documents: bool = False) -> int:
        """Forget a source; returns how many of its documents were deleted. Raises `NotFoundError`."""
        with self._held():
            with self._database.connect() as connection:
                get_source(connection, source_id)
                ids = [item.document_id for item in items_of(connection, source_id).values() if item.document_id]
            deleted = delete_all(self._tools(), ids) if with_documents else 0
            with self._database.begin() as connection:
                remove_source(connection, source_id)
        return deleted

    # -- runs

    def sync(
        self,
        source_id: str,
        *,
        confirmed: bool = False,
        retry: bool = False,
        told: Callable[[Line], None] = _quiet,
        progress: Callable[[int, int], None] = _quiet,
    ) -> Synced:
        """Bring a source's documents into step now, also when it is paused.

        Raises `NotFoundError`, `BusyError` while another one runs, and what stops all taking in, such as
        `StorageError`; what was done until then is kept.
        """
        with self._held():
            with self._database.connect() as connection:
                source = get_source(connection, source_id)
            tools = self._tools(told, progress, confirmed=confirmed, retry=retry)
            said = "stopped"
            try:
                result = self._run(source, tools)
                said = result.sentence()
                return result
            except LionrockError as error:
                said = error.message
                raise
            finally:
                with self._database.begin() as connection:
                    update_source(connection, source_id, last_run_at=now(), last_result=said)

    def _run(self, source: Source, tools: Tools) -> Synced:
        if source.kind == "web":
            most = self._settings.web_pages
            return WebRun(source, tools, self._client, self.pace, most_pages=most).run()
        own = (self._settings.home.resolve(), self._settings.models.resolve())
        return FolderRun(source, tools, frozenset(os.fsencode(path) for path in own)).run()

    def run_due(self, moment: datetime) -> list[Synced]:
        """Run every source whose time has come; one that cannot is logged and does not stop the others."""
        with self._database.connect() as connection:
            due = [source for source in all_sources(connection) if _is_due(source, moment)]
        results = []
        for source in due:
            if self._stopping.is_set():
                break
            try:
                result = self.sync(source.id)
            except LionrockError as error:
                _log.warning("%s %s could not be brought into step: %s", source.kind, source.address, error.message)
                continue
            if result.fault is not None:
                _log.warning("%s %s: %s", source.kind, source.address, result.fault)
            results.append(result)
        return results

    def import_bulk(
        self,
        request: BulkRequest,
        *,
        looked: Callable[[int, int], None] = _quiet,
        progress: Callable[[int, int], None] = _quiet,
    ) -> Iterator[IngestResult | BulkResult]:
        """Take in a bulk file of e-Legislation; see `feed_hkel.import_bulk`."""
        yield from import_bulk(request, self._tools(progress=progress), looked)

    # -- in the background

    def start(self) -> None:
        """Run what is due, now and whenever its time has come, until `stop`."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="feeds", daemon=True)
            self._thread.start()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self.run_due(now())
            except LionrockError as error:
                _log.warning("the sources could not be looked at: %s", error.message)
            except Exception as error:  # noqa: BLE001  the edge of a thread: one bad run does not end all later ones
                _log.error("the sources could not be run: a fault of the program (%s)", type(error).__name__)
            self._stopping.wait(_TICK_S)

    def stop(self) -> None:
        """Begin nothing more, and wait for what runs to end at its next item."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_STOPS_WITHIN_S)

    # -- parts

    def _tools(
        self,
        told: Callable[[Line], None] = _quiet,
        progress: Callable[[int, int], None] = _quiet,
        *,
        confirmed: bool = False,
        retry: bool = False,
    ) -> Tools:
        return Tools(
            self._database,
            self._ingest,
            self._delete,
            self._settings.max_file_bytes,
            self._stopping.is_set,
            told,
            progress,
            confirmed,
            retry,
        )

    @contextmanager
    def _held(self) -> Iterator[None]:
        if not self._running.acquire(blocking=False):
            raise BusyError("Another source is being brought into step; try again when it is done.")
        try:
            yield
        finally:
            self._running.release()

    def _client(self) -> httpx.Client:
        names = self._settings.web_private_hosts.split(",")
        private = frozenset(normal(f"http://{name.strip()}").host for name in names if name.strip())
        return httpx.Client(transport=PinnedTransport(private, verify=trust()), timeout=_TIMEOUT, trust_env=False)


def _is_due(source: Source, moment: datetime) -> bool:
    if source.paused:
        return False
    return source.last_run_at is None or moment - source.last_run_at >= timedelta(seconds=source.every_seconds)


def _check_apart(address: str, web: bool, other: Source) -> None:
    """Two sources that hold the same files would delete each other's documents. Raises `UsageError`."""
    if address == other.address:
        raise UsageError(f"{address} is a source already: {other.id}.")
    if web or other.kind != "folder":
        return
    ours, theirs = f"{address}/", f"{other.address}/"
    if ours.startswith(theirs) or theirs.startswith(ours):
        raise UsageError(f"{address} and the source {other.id} ({other.address}) lie one in the other.")
