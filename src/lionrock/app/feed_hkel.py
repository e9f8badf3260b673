"""Taking in a bulk file of e-Legislation: each law in each language is a document, each newer bulk file a new version."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lionrock.app.feed_parts import Basket, Tools
from lionrock.app.intake import Upload
from lionrock.contract import IngestResult
from lionrock.errors import DocumentError, NotFoundError
from lionrock.ingest.connectors.bulkzip import BulkZip, Member
from lionrock.ingest.connectors.hkel import Edition, choose, survey
from lionrock.records import Placement
from lionrock.storage.sources import set_source_url, stated_dates

__all__ = ["BulkRequest", "BulkResult", "import_bulk"]

_LICENCE = "DATA.GOV.HK terms of use"


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """Which laws of which file, and where they belong."""

    path: Path
    placement: Placement
    caps: frozenset[str] | None = None
    language: str | None = None
    all_versions: bool = False


@dataclass(slots=True)
class BulkResult:
    """What the file held beside the laws that results were told of."""

    older: int = 0
    doubles: int = 0
    not_asked: int = 0
    no_laws: int = 0
    cut: str | None = None
    notices: list[str] = field(default_factory=list)


def import_bulk(
    request: BulkRequest, tools: Tools, looked: Callable[[int, int], None]
) -> Iterator[IngestResult | BulkResult]:
    """Results as they come, the `BulkResult` before them. `looked` and the tools' `progress` tell how far it is.

    Raises `NotFoundError`, `BrokenDocumentError` when the file is no archive at all, `TooLargeError`.
    """
    try:
        archive = BulkZip(request.path)
    except OSError as error:
        raise NotFoundError(f"The file {request.path} cannot be read ({error.strerror or error}).") from error
    with archive:
        found = survey(archive, caps=request.caps, language=request.language, progress=looked)
        with tools.database.connect() as connection:
            known = stated_dates(connection, "hkel:", request.placement.department)
        choice = choose(found.editions, known, all_versions=request.all_versions)
        result = BulkResult(choice.older, choice.doubles, found.not_asked, found.no_laws, archive.cut)
        result.notices += _notices(result)
        yield result
        for member, why in found.faults:
            yield _failed(request, member, why)
        count = _Count(sum(len(one) for one in choice.rounds), tools.progress)
        for one in choice.rounds:
            yield from _round(archive, one, request, tools, count)


@dataclass(slots=True)
class _Count:
    """How many laws are dealt with."""

    total: int
    progress: Callable[[int, int], None]
    done: int = 0

    def step(self) -> None:
        self.done += 1
        self.progress(self.done, self.total)


def _round(
    archive: BulkZip, editions: list[Edition], request: BulkRequest, tools: Tools, count: _Count
) -> Iterator[IngestResult]:
    """The results of editions, in their order. They are taken in a few at a time."""
    ready: dict[str, IngestResult] = {}
    placement = replace(request.placement, licence=request.placement.licence or _LICENCE)
    basket = Basket(tools)
    waiting = deque(editions)

    def done(result: IngestResult) -> None:
        count.step()
        ready[result.file] = result

    for edition in editions:
        try:
            data = archive.read(edition.member, tools.most_bytes)
        except DocumentError as error:
            count.step()
            ready[edition.source] = _failed(request, edition.member, error.message)
        else:
            basket.add(Upload(edition.member.base, edition.source, data=data), placement, done)
        while waiting and waiting[0].source in ready:
            yield _addressed(tools, waiting[0], ready.pop(waiting.popleft().source))
    basket.flush()
    for edition in waiting:
        if edition.source in ready:
            yield _addressed(tools, edition, ready[edition.source])


def _addressed(tools: Tools, edition: Edition, result: IngestResult) -> IngestResult:
    """A law that is new here also says where it stands on the official site."""
    if result.document_id is not None and result.status != "unchanged":
        with tools.database.begin() as connection:
            set_source_url(connection, result.document_id, edition.address)
    return result


def _failed(request: BulkRequest, member: Member, why: str) -> IngestResult:
    return IngestResult(f"{request.path.name}!/{member.name}", "failed", reason=why)


def _notices(result: BulkResult) -> list[str]:
    told = []
    if result.cut is not None:
        told.append(f"The archive is cut short or damaged ({result.cut}); only members that are whole were read.")
    if result.older:
        told.append(f"{result.older:,} older editions are left out.")
    if result.doubles:
        told.append(f"{result.doubles:,} members came twice; the later one counts.")
    if result.not_asked:
        told.append(f"{result.not_asked:,} members are of other chapters or languages.")
    if result.no_laws:
        told.append(f"{result.no_laws:,} members are no laws in e-Legislation XML.")
    return told
