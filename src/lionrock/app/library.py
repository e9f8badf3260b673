"""The life of documents in the library: collections, changes of many at once, versions, originals, who can see what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from lionrock.access import LOCAL_OWNER, Audience, may_see, who_may_see
from lionrock.app.derived import Derived
from lionrock.app.exchange import Exchange
from lionrock.app.fields import checked, checked_name, checked_retention
from lionrock.app.follow import Follower
from lionrock.app.intake import Intake
from lionrock.app.removal import Removal
from lionrock.contract import IngestResult
from lionrock.errors import NotFoundError, UsageError
from lionrock.ingest.pipeline import Ingestor
from lionrock.models.ports import Embed
from lionrock.records import Classification, Document, Placement, Scope
from lionrock.settings import Settings
from lionrock.storage import changes, collections, documents, jobs, listing, versions, versions_history
from lionrock.storage.blobs import Blobs
from lionrock.storage.changes import Change
from lionrock.storage.collections import Collection
from lionrock.storage.database import Database
from lionrock.storage.jobs import NewJob
from lionrock.storage.listing import NO_FILTER, Filters, Sort
from lionrock.storage.removal import remove
from lionrock.storage.versions_history import Version
from lionrock.text.compare import Comparison, compare

__all__ = ["Changed", "Compared", "Library", "Original", "Page"]

_LONGEST_COMPARED = 20_000_000
"""Characters of both texts together."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list of documents."""

    documents: list[Document]
    total: int
    """How many match on all pages."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change of many documents came to."""

    documents: tuple[str, ...]
    """Ids of all that were changed, with those inside them."""
    moved: int
    """Of how many the department or the classification became another."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions of a document beside each other."""

    document_id: str
    old: int
    new: int
    old_text: str
    new_text: str
    found: Comparison


@dataclass(frozen=True, slots=True)
class Original:
    """The file that a version was made of."""

    document_id: str
    version: int
    name: str
    """As it came; for a file inside another its path in there."""
    media_type: str
    sha256: str
    path: Path


class Library:
    """What is done with documents after they were taken in. Every method may be called from several threads."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        blobs: Blobs,
        derived: Derived,
        ingestor: Ingestor,
        intake: Intake,
        embedders: Sequence[Embed],
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._intake = intake
        self._department = settings.department
        self._follower = Follower(database, derived, ingestor, [embedder.name for embedder in embedders])
        self.removal = Removal(database, blobs, derived, self._follower)
        """How documents go, and come back."""
        self.exchange = Exchange(database, blobs, intake, home=settings.home, largest=settings.max_file_bytes)
        """How they come to another installation."""

    def finish(self) -> int:
        """Let the index follow changes that a stop cut off; returns of how many documents."""
        return self._follower.finish()

    # -- collections

    def collections(self, scope: Scope) -> list[Collection]:
        """Those that the scope sees."""
        with self._database.connect() as connection:
            return collections.all_collections(connection, scope)

    def collection(self, name: str, scope: Scope) -> Collection:
        """A collection by name or id. Raises `NotFoundError`, and `UsageError` where several have the name."""
        with self._database.connect() as connection:
            return collections.collection_by(connection, name, scope)

    def create_collection(
        self, name: str, scope: Scope, values: Change | None = None, *, force: bool = False
    ) -> Collection:
        """A new, empty collection; what is not said of it is as for new documents. Raises `UsageError`."""
        said = checked(values or Change(), today=date.today(), force=force)
        department = said.department or self._department
        level = said.classification or Classification.OPEN
        _reach(scope, department, level)
        with self._database.begin() as connection:
            collection_id = collections.create_collection(
                connection, name=checked_name(name), department=department, classification=level, **_columns(said, ())
            )
            return collections.collection_by(connection, collection_id, scope)

    def change_collection(
        self, name: str, scope: Scope, values: Change, *, new_name: str | None = None, force: bool = False
    ) -> tuple[Collection, Changed]:
        """Change what is said of a collection, its name too if one is given, and what follows for its documents.

        Those of its department go with it to another; those below a higher classification are raised to it. A lower
        classification holds for what comes: documents are lowered only where that is asked for them.
        """
        said = checked(values, today=date.today(), force=force)
        with self._database.begin() as connection:
            found = collections.collection_by(connection, name, scope)
            department = said.department or found.department
            level = found.classification if said.classification is None else said.classification
            _reach(scope, department, level)
            columns = _columns(said, found.tags) | {"department": department, "classification": int(level)}
            if new_name is not None:
                columns["name"] = checked_name(new_name)
            collections.change_collection(connection, found.id, **columns)
            moved = self._follow_collection(connection, found, department, level, scope)
            key = changes.note_moved(connection, moved) if moved else None
            after = collections.collection_by(connection, found.id, scope)
        if key is not None:
            self._follower.follow(key, moved)
        return after, Changed(tuple(moved), len(moved))

    def _follow_collection(
        self, connection: sa.Connection, found: Collection, department: str, level: Classification, scope: Scope
    ) -> list[str]:
        """Let a collection's documents follow it; returns the ids of those that moved."""
        going: list[str] = []
        if department != found.department:
            _none_hidden(connection, found, scope)
            going = listing.ids_matching(connection, scope, Filters(found.id, department=found.department))
        moved = changes.apply_change(connection, going, Change(department=department))
        below = collections.ids_below(connection, found.id, level)
        moved += changes.apply_change(connection, below, Change(at_least=level))
        return list(dict.fromkeys(moved))

    def delete_collection(
        self, name: str, scope: Scope, *, move_to: str | None = None, with_documents: bool = False
    ) -> int:
        """Take a collection away; returns how many documents were moved or deleted.

        Its documents go to the collection `move_to` (`none`: to none), or are deleted with it. Raises `UsageError` for
        one that is not empty where neither was said.
        """
        key, moved, gone = None, [], None
        self.removal.ready()
        with self._database.begin() as connection:
            found = collections.collection_by(connection, name, scope)
            _none_hidden(connection, found, scope)
            ids = listing.ids_matching(connection, scope, Filters(found.id))
            if ids and not with_documents and move_to is None:
                raise UsageError(
                    f"The collection “{found.name}” holds {len(ids)} documents. Say what becomes of them: --move-to "
                    "another collection or to none, or --delete-documents."
                )
            if ids and with_documents:
                gone = remove(connection, ids)
            elif ids and move_to is not None:
                change = self._into(connection, Change(collection_id=move_to), scope, force=False)
                if change.collection_id == found.id:
                    raise UsageError("The documents cannot be moved into the collection that is deleted.")
                moved = changes.apply_change(connection, ids, change)
                key = changes.note_moved(connection, moved) if moved else None
            collections.drop_collection(connection, found.id)
        if gone is not None:
            self.removal.follow(gone)
        if key is not None:
            self._follower.follow(key, moved)
        return len(ids)

    # -- where new documents go

    def placement(
        self,
        scope: Scope,
        *,
        collection: str | None = None,
        department: str | None = None,
        classification: Classification | None = None,
        encoding: str | None = None,
        anywhere: bool = False,
    ) -> Placement:
        """Where files belong: where it was said, else where their collection does, else where new documents do.

        With `anywhere` a file whose source is known in one department only stays there, if no department was named.
        Raises `NotFoundError`, and `UsageError` for a department that is no name, for what the scope does not see, and for
        a collection whose documents would expire at once.
        """
        if department is not None:
            department = checked(Change(department=department), today=date.today()).department
        if collection is None:
            place = department or self._own_department(scope)
            _reach(scope, place, classification)
            return Placement(
                place,
                classification or Classification.OPEN,
                encoding=encoding,
                at_least=classification is None,
                anywhere=anywhere and department is None,
            )
        found = self.collection(collection, scope)
        if found.retain_until is not None:
            checked_retention(found.retain_until, today=date.today())
        place = department or found.department
        level = found.classification if classification is None else classification
        _reach(scope, place, level)
        return Placement(
            place,
            level,
            collection_id=found.id,
            encoding=encoding,
            at_least=classification is None,
        )

    def _own_department(self, scope: Scope) -> str:
        """Where new documents belong if nobody says: where this installation's do, if those who add them are there."""
        if may_see(scope, self._department, Classification.OPEN):
            return self._department
        return min(scope.departments, default=self._department)

    # -- lists and changes of many

    def documents(
        self,
        scope: Scope,
        filters: Filters = NO_FILTER,
        *,
        sort: Sort = "id",
        limit: int = 100,
        after: str | None = None,
    ) -> Page:
        """A page of documents, and how many there are in all; `filters.collection_id` is an id or a name."""
        with self._database.connect() as connection:
            asked = _resolved(connection, filters, scope)
            found = listing.find_documents(connection, scope, asked, sort=sort, limit=limit, after=after)
            return Page(found, listing.count_matching(connection, scope, asked))

    def change(
        self,
        ids: Sequence[str],
        filters: Filters,
        change: Change,
        scope: Scope,
        *,
        dry_run: bool = False,
        force: bool = False,
    ) -> Changed:
        """Change many documents, all or none: those named, or those that match, or of those named the ones that match.

        What came inside them follows. `change.collection_id` is an id or a name, `none` for none. Raises
        `NotFoundError`, `UsageError`, `BusyError`; nothing is changed then.
        """
        said = checked(change, today=date.today(), force=force)
        if said.is_empty:
            raise UsageError("Say what is to be changed, such as --department or --add-tag.")
        if not ids and filters.is_empty:
            raise UsageError("Say which documents: their ids, --in-collection, --with-tag or --source-prefix.")
        key, moved = None, []
        with self._database.begin() as connection:
            chosen = self._chosen(connection, ids, filters, scope)
            said = self._into(connection, said, scope, force=force)
            if said.of_place:
                _whole(connection, chosen)
            every = list(dict.fromkeys((*chosen, *documents.descendants(connection, chosen))))
            if dry_run:
                return Changed(tuple(every), 0)
            moved = changes.apply_change(connection, every, said)
            key = changes.note_moved(connection, moved) if moved else None
        if key is not None:
            self._follower.follow(key, moved)
        return Changed(tuple(every), len(moved))

    @staticmethod
    def _chosen(connection: sa.Connection, ids: Sequence[str], filters: Filters, scope: Scope) -> list[str]:
        named = list(dict.fromkeys(ids))
        for document_id in named:
            documents.get_document(connection, document_id, scope)
        if filters.is_empty:
            return named
        found = listing.ids_matching(connection, scope, _resolved(connection, filters, scope))
        if not named:
            return found
        both = frozenset(found)
        return [document_id for document_id in named if document_id in both]

    @staticmethod
    def _into(connection: sa.Connection, change: Change, scope: Scope, *, force: bool) -> Change:
        """The change with what moving into its collection brings: the department, and at least the classification."""
        if change.department is not None or change.classification is not None:
            _reach(scope, change.department, change.classification)
        if change.collection_id in (None, "", "none"):
            return replace(change, collection_id="" if change.collection_id is not None else None)
        found = collections.collection_by(connection, str(change.collection_id), scope)
        if found.retain_until is not None and not change.retain_until:
            checked_retention(found.retain_until, today=date.today(), force=force)
        return replace(
            change,
            collection_id=found.id,
            department=change.department or found.department,
            at_least=found.classification if change.classification is None else None,
        )

    # -- versions

    def versions(self, document_id: str, scope: Scope) -> list[Version]:
        """All versions of a document, newest first. Raises `NotFoundError`."""
        with self._database.connect() as connection:
            return versions_history.history(connection, document_id, scope)

    def compare(self, document_id: str, scope: Scope, old: int | None = None, new: int | None = None) -> Compared:
        """Two versions beside each other: those named, else the newest that has a text and the one before it.

        Raises `NotFoundError` where there are no two such texts, `UsageError` for texts that are too long.
        """
        with self._database.connect() as connection:
            documents.get_document(connection, document_id, scope)
            known = versions_history.versions_with_text(connection, document_id, scope)
            last = new if new is not None else max((n for n in known if old is None or n != old), default=None)
            first = old if old is not None else max((n for n in known if last is not None and n < last), default=None)
            if first is None or last is None:
                raise NotFoundError("There are no two versions of this document that have a text to compare.")
            texts = [documents.document_text(connection, document_id, scope, number) for number in (first, last)]
        if sum(map(len, texts)) > _LONGEST_COMPARED:
            raise UsageError(
                f"The texts have more than {_LONGEST_COMPARED:,} characters together; compare the originals."
            )
        return Compared(document_id, first, last, texts[0], texts[1], compare(*texts))

    def restore(self, document_id: str, version: int, scope: Scope, *, by: str = LOCAL_OWNER.id) -> IngestResult:
        """Make the file of an earlier version the newest version again; `unchanged` if search shows it already.

        What somebody once let in although something was found is not held back again. Raises `NotFoundError`.
        """
        with self._database.begin() as connection:
            file = versions_history.version_file(connection, document_id, scope, version)
            if not self._blobs.path(file.sha256).is_file():
                raise NotFoundError("The original is not in the data folder any more; restore it from a backup.")
            accepted = versions.accept(
                connection,
                source=file.source,
                name=file.name,
                placement=Placement(file.department, file.classification, encoding=file.encoding_asked),
                sha256=file.sha256,
                media_type=file.media_type,
            )
            if accepted.state != "new":
                return IngestResult(file.source, accepted.state, document_id)
            if file.released_at is not None:
                versions.release(connection, document_id, accepted.version, file.released_by or by)
            batch_id = jobs.create_batch(connection, "restore", by)
            jobs.add_jobs(connection, batch_id, [NewJob(document_id, accepted.version, file.source, 0)])
        # Files inside it, if it holds any, tell of themselves behind it.
        first, *_ = self._intake.work_through(batch_id)
        return first

    def original(self, document_id: str, scope: Scope, version: int | None = None) -> Original:
        """The file of a version (of the one that search shows if none is named). Raises `NotFoundError`."""
        with self._database.connect() as connection:
            file = versions_history.version_file(connection, document_id, scope, version)
        path = self._blobs.path(file.sha256)
        if not path.is_file():
            raise NotFoundError("The original is not in the data folder any more; restore it from a backup.")
        return Original(document_id, file.version, file.name, file.media_type, file.sha256, path)

    # -- access

    def who(self, document_id: str, scope: Scope) -> Audience:
        """Who can see a document. Raises `NotFoundError`."""
        with self._database.connect() as connection:
            document = documents.get_document(connection, document_id, scope)
        return who_may_see(document.department, document.classification)


def _columns(said: Change, tags: Sequence[str]) -> dict[str, Any]:
    """The columns of a collection that a change sets."""
    named = ("owner", "retain_until", "source_url", "licence")
    columns: dict[str, Any] = {name: getattr(said, name) or None for name in named if getattr(said, name) is not None}
    kept = [tag for tag in dict.fromkeys((*tags, *said.add_tags)) if tag not in said.remove_tags]
    return columns | {"tags": kept or None}


def _reach(scope: Scope, department: str | None, classification: Classification | None) -> None:
    """Nobody puts things where he could not see them. Raises `UsageError`."""
    level = Classification.OPEN if classification is None else classification
    place = department if department is not None else next(iter(scope.departments), "")
    if not may_see(scope, place, level):
        raise UsageError("You may not put documents there: you could not see them yourself.")


def _none_hidden(connection: sa.Connection, found: Collection, scope: Scope) -> None:
    if collections.count_hidden(connection, found.id, scope):
        raise UsageError(f"The collection “{found.name}” holds documents that you may not see; it stays as it is.")


def _whole(connection: sa.Connection, ids: Sequence[str]) -> None:
    """A file inside another belongs where that does. Raises `UsageError` for one that is to be moved alone."""
    alone = documents.inside_alone(connection, ids)
    if alone is not None:
        raise UsageError(f"{alone} came inside another document and belongs where that does; change that one.")


def _resolved(connection: sa.Connection, filters: Filters, scope: Scope) -> Filters:
    """The filters with the id of the collection that they name."""
    if filters.collection_id in (None, ""):
        return filters
    if filters.collection_id == "none":
        return replace(filters, collection_id="")
    return replace(filters, collection_id=collections.collection_by(connection, str(filters.collection_id), scope).id)
