"""One run of a watched folder: its documents become what its files are now.

Each file is noted before and after it is taken in, so that a run which ends in the middle leaves nothing unknown: the
next one takes up what was begun.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from lionrock.app.feed_parts import Basket, Tools, delete_all, now, placed, too_many_gone, unread
from lionrock.app.intake import Upload
from lionrock.contract import IngestResult, Line, Synced
from lionrock.errors import DocumentError, TooLargeError
from lionrock.ingest.connectors.folder import (
    ChangingError,
    Known,
    Plan,
    Reading,
    Scan,
    Seen,
    address_of,
    hash_file,
    name_of,
    path_of,
    plan,
    read_file,
    scan,
)
from lionrock.ingest.prepare import pair_key_from, title_from
from lionrock.ingest.readers.formats import ENDINGS
from lionrock.ingest.readers.sniff import ending_of
from lionrock.storage.sources import (
    Item,
    Source,
    document_at,
    drop_items,
    items_of,
    living,
    move_source,
    put_item,
)

__all__ = ["FolderRun"]

_BATCH = 200


class FolderRun:
    """Made for one run."""

    def __init__(self, source: Source, tools: Tools, leave_out: frozenset[bytes]) -> None:
        self._source = source
        self._tools = tools
        self._leave_out = leave_out
        self._root = path_of(source.address)
        self._result = Synced(source.id)
        self._basket = Basket(tools)
        self._items: dict[bytes, Item] = {}
        self._doomed: list[str] = []
        self._done_of = (0, 0)

    def run(self) -> Synced:
        """Bring the documents into step. Raises `StorageError` and what else stops all taking in."""
        with self._tools.database.connect() as connection:
            self._items = {path_of(item.address): item for item in items_of(connection, self._source.id).values()}
        try:
            found = scan(self._root, leave_out=self._leave_out)
        except OSError as error:
            where, why = self._source.address, error.strerror or error
            self._result.fault = f"{where} cannot be read ({why}); is it mounted? Nothing was deleted."
            return self._result
        made = self._planned(found)
        self._result.left_out += found.left_out
        self._tell_what_is_hidden(found, made)
        taken = self._move(made.moves, found)
        self._take([*(found.files[path] for path in taken), *made.take])
        if self._result.finished:
            self._delete(made.missing, found)
        return self._result

    def _planned(self, found: Scan) -> Plan:
        known = {path: self._known(path, item) for path, item in self._items.items()}
        made = plan(known, found, partial(hash_file, self._root))
        self._result.unchanged = made.unchanged
        if not self._tools.retry:
            again = {seen.path for seen in made.take}
            failed = {path for path, item in self._items.items() if item.status == "failed"}
            before = len((failed & found.files.keys()) - again)
            if before:
                self._result.notices.append(
                    f"{before:,} files failed before and have not changed; --retry tries them again."
                )
        return made

    def _known(self, path: bytes, item: Item) -> Known:
        again = item.status == "taking" or (self._tools.retry and item.status == "failed")
        return Known(path, None if again else item.size, None if again else item.mtime_ns, item.device, item.sha256)

    def _tell_what_is_hidden(self, found: Scan, made: Plan) -> None:
        for path, why in sorted(found.unreadable.items()):
            self._result.failed += 1
            self._tools.told(Line(address_of(path), "failed", f"It cannot be looked at ({why})."))
        for path, why in sorted(made.kept.items()):
            self._tools.told(Line(address_of(path), "kept", f"The document is kept: {why}."))
        if made.kept:
            self._result.notices.append(f"{len(made.kept):,} documents are kept whose files could not be looked for.")

    # -- files at another place

    def _move(self, moves: Sequence[tuple[bytes, bytes]], found: Scan) -> list[bytes]:
        """Documents follow their files; returns the files that must be taken in after all.

        All in one transaction: files may have changed places with each other.
        """
        moving = {self._items[before].document_id for before, _ in moves}
        lines: list[Line] = []
        taken: list[bytes] = []
        with self._tools.database.begin() as connection:
            alive = set(living(connection, [document_id for document_id in moving if document_id]))
            drop_items(connection, self._source.id, [address_of(before) for before, _ in moves])
            for before, at in moves:
                item = self._items[before]
                there = document_at(connection, address_of(at), self._source.department)
                if there is not None and there not in moving:
                    # Somebody added the file by hand at its new place: that document goes on, this one ends.
                    self._doomed += [item.document_id] if item.document_id else []
                    taken.append(at)
                    continue
                if item.document_id in alive:
                    self._moved(connection, item.document_id, before, at)
                seen = found.files[at]
                put_item(connection, self._source.id, replace(_marked(item, seen), address=address_of(at)))
                lines.append(Line(address_of(at), "moved", f"It was {address_of(before)}.", item.document_id))
        for line in lines:
            self._tools.told(line)
        self._result.moved += len(lines)
        left = {before for before, _ in moves}
        self._items = {path: item for path, item in self._items.items() if path not in left}
        return taken

    @staticmethod
    def _moved(connection: sa.Connection, document_id: str, before: bytes, at: bytes) -> None:
        old, new = name_of(before), name_of(at)
        derived = {"title": (title_from(old), title_from(new)), "pair_key": (pair_key_from(old), pair_key_from(new))}
        changes = {column: pair for column, pair in derived.items() if pair[0] is not None and pair[0] != pair[1]}
        move_source(connection, document_id, source=address_of(at), name=new, derived=changes)

    # -- files that are new or changed

    def _take(self, files: Sequence[Seen]) -> None:
        self._done_of = (0, len(files))
        for seen in files:
            if self._tools.stopping():
                self._result.finished = False
                break
            self._take_one(seen)
        self._basket.flush()

    def _step(self) -> None:
        """One more file is dealt with."""
        done, total = self._done_of
        self._done_of = (done + 1, total)
        self._tools.progress(done + 1, total)

    def _take_one(self, seen: Seen) -> None:
        item = self._items.get(seen.path) or Item(address_of(seen.path), "taking", now())
        name = name_of(seen.path)
        try:
            read = read_file(self._root, seen.path, most=self._tools.most_bytes, now_ns=time.time_ns())
        except ChangingError as error:
            self._failed(item, error.message)
            return
        except FileNotFoundError:
            self._step()
            return  # The next look will say what became of it.
        except OSError as error:
            self._failed(item, f"The file could not be read ({error.strerror or error}).")
            return
        except DocumentError as error:
            of_ours = item.document_id is not None or ending_of(name) in ENDINGS
            if isinstance(error, TooLargeError) and not of_ours:
                self._left_out(_marked(item, seen), "It is of a kind that is not read.")
            else:
                self._failed(_marked(item, seen), error.message)
            return
        self._taken(seen, item, name, read)

    def _taken(self, seen: Seen, item: Item, name: str, read: Reading) -> None:
        sha256 = hashlib.sha256(read.data).hexdigest()
        after = replace(_marked(item, read), sha256=sha256)
        if sha256 == item.sha256 and item.status in ("done", "left_out"):
            # Only its time changed; or it was so new when it was read that it had to be read again.
            self._result.unchanged += 1
            self._put(after)
            self._step()
            return
        why = None if item.document_id else unread(read.data, name)
        if why is not None:
            self._left_out(after, why)
            return
        self._put(replace(item, status="taking", size=None, mtime_ns=None, sha256=None))
        upload = Upload(name, item.address, data=read.data)
        where = placed(self._source, known=item.document_id is not None)
        self._basket.add(upload, where, partial(self._done, after))

    def _done(self, item: Item, result: IngestResult) -> None:
        new = item.document_id is None
        document_id = result.document_id or item.document_id
        if result.status == "failed":
            self._failed(replace(item, document_id=document_id), result.reason or "")
            return
        self._step()
        self._put(replace(item, status="done", reason=None, document_id=document_id))
        if result.status == "unchanged":
            self._result.unchanged += 1
        elif result.status == "quarantined":
            self._result.held_back += 1
            self._tools.told(Line(item.address, "held back", result.reason, document_id))
        elif new and result.reason is None:
            self._result.added += 1
            self._tools.told(Line(item.address, "added", None, document_id))
        else:
            self._result.changed += 1
            self._tools.told(Line(item.address, "changed", result.reason, document_id))

    def _failed(self, item: Item, reason: str) -> None:
        self._result.failed += 1
        self._step()
        self._put(replace(item, status="failed", reason=reason, checked_at=now()))
        self._tools.told(Line(item.address, "failed", reason, item.document_id))

    def _left_out(self, item: Item, reason: str) -> None:
        self._result.left_out += 1
        self._step()
        self._put(replace(item, status="left_out", reason=reason))
        self._tools.told(Line(item.address, "left out", reason))

    def _put(self, item: Item) -> None:
        with self._tools.database.begin() as connection:
            put_item(connection, self._source.id, item)

    # -- files that are gone

    def _delete(self, missing: Sequence[bytes], found: Scan) -> None:
        gone = {path: self._items[path] for path in missing if path in self._items and not _is_there(path)}
        ids = self._ids(gone)
        fault = self._doubt(gone, found)
        if fault is not None and not self._tools.confirmed:
            self._result.fault = f"{fault} Nothing was deleted. If it is meant, run `lionrock sources sync {self._source.id} --confirm-deletions`."
            gone = {}
        self._result.deleted += delete_all(self._tools, self._doomed)
        paths = list(gone)
        for start in range(0, len(paths), _BATCH):
            batch = paths[start : start + _BATCH]
            self._result.deleted += delete_all(self._tools, [ids[path] for path in batch if path in ids])
            with self._tools.database.begin() as connection:
                drop_items(connection, self._source.id, [address_of(path) for path in batch])
            for path in batch:
                if path in ids:
                    self._tools.told(Line(address_of(path), "deleted", None, ids[path]))

    def _ids(self, gone: Mapping[bytes, Item]) -> dict[bytes, str]:
        """The documents of files that are gone. One that was being taken in when a run ended is found by its place."""
        found: dict[bytes, str] = {}
        with self._tools.database.connect() as connection:
            for path, item in gone.items():
                document_id = item.document_id or document_at(connection, item.address, self._source.department)
                if document_id is not None:
                    found[path] = document_id
        return found

    def _doubt(self, gone: Mapping[bytes, Item], found: Scan) -> str | None:
        """Why so many deletions may be a mistake; None if there is no doubt."""
        had = sum(item.status != "left_out" for item in self._items.values())
        lost = sum(item.status != "left_out" for item in gone.values())
        if lost and found.folders.get(self._root, (0, False))[1]:
            return f"{self._source.address} is empty, where {lost:,} files were; is it mounted?"
        if too_many_gone(lost, had):
            return f"{lost:,} of {had:,} files are gone, more than half."
        return None


def _marked(item: Item, seen: Seen | Reading) -> Item:
    """The item with the marks that its file bears now."""
    return replace(item, size=seen.size, mtime_ns=seen.mtime_ns, device=seen.device, checked_at=now())


def _is_there(path: bytes) -> bool:
    """Office programs take a file away for a moment when they save it; a doubt counts as there."""
    try:
        Path(os.fsdecode(path)).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
