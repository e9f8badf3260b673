"""After a change of folding or tokens: the stored vectors of words are made anew from the texts. Nothing is embedded."""

from __future__ import annotations

from collections.abc import Callable

from lionrock.index.lexical import VERSION
from lionrock.ingest.pipeline import word_vectors
from lionrock.storage import documents, passages
from lionrock.storage.database import Database

__all__ = ["renew_words"]

_KEY = "lexical_version"
_BATCH = 500


def renew_words(database: Database, progress: Callable[[int, int], None] | None = None) -> int:
    """Make lexical vectors anew if they are of another version; returns how many passages were renewed.

    Each batch is a transaction and the version is noted last, so that a stop half-way only means doing it again.
    """
    with database.connect() as connection:
        if documents.get_meta(connection, _KEY) == str(VERSION):
            return 0
        ids = sorted(passages.all_current_ids(connection))
    for start in range(0, len(ids), _BATCH):
        with database.begin() as connection:
            batch = passages.current_passages(connection, ids[start : start + _BATCH])
            made = {p.id: word_vectors(p.title, p.heading, p.text, p.language) for p in batch}
            passages.replace_vectors(connection, made)
        if progress is not None:
            progress(min(start + _BATCH, len(ids)), len(ids))
    with database.begin() as connection:
        documents.set_meta(connection, _KEY, str(VERSION))
    return len(ids)
