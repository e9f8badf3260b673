"""The index after a change in the database: points of documents that moved or came back, and what hangs on them."""

from __future__ import annotations

from collections.abc import Sequence

from lionrock.app.derived import Derived
from lionrock.ingest.pipeline import Ingestor
from lionrock.ingest.prepare import point_of
from lionrock.storage import changes, passages
from lionrock.storage.database import Database

__all__ = ["Follower"]

_BATCH = 200


class Follower:
    """Brings the index to what the database says. The database comes first, so a stop half-way hides, and never shows."""

    def __init__(self, database: Database, derived: Derived, ingestor: Ingestor, spaces: Sequence[str]) -> None:
        self._database = database
        self._derived = derived
        self._ingestor = ingestor
        self._spaces = spaces

    def follow(self, key: str, ids: Sequence[str]) -> None:
        """Put the points of moved documents anew, then drop the note `key` that says it is to be done."""
        self.put(ids)
        with self._database.begin() as connection:
            changes.drop_note(connection, key)
        self.upkeep()

    def put(self, ids: Sequence[str]) -> None:
        """Put the points of these documents' current passages with the department and classification of now."""
        index = self._derived.index()
        done: list[str] = []
        with self._database.connect() as connection:
            wanted = changes.current_ids(connection, ids)
            for start in range(0, len(wanted), _BATCH):
                batch = passages.current_passages(connection, wanted[start : start + _BATCH])
                stored = passages.load_vectors(connection, [passage.id for passage in batch])
                made = [
                    point_of(passages.StoredPoint(passage, stored.get(passage.id, {})), self._spaces)
                    for passage in batch
                ]
                index.upsert([point for point in made if point is not None])
                done += [passage.id for passage in batch]
            # What was deleted or replaced meanwhile is taken out again.
            still = changes.still_current(connection, done)
        index.delete([passage_id for passage_id in done if passage_id not in still])

    def finish(self) -> int:
        """Do what a stop left to be done; returns how many documents."""
        with self._database.connect() as connection:
            left = changes.notes_of_moved(connection)
        for key, ids in left.items():
            self.follow(key, ids)
        return sum(len(ids) for ids in left.values())

    def upkeep(self) -> None:
        """Links between editions, samples and stored counts are those of what is there now."""
        self._ingestor.link_editions()
        self._derived.refresh()
