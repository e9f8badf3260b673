"""After a change of folding or tokens: the stored vectors of words are made anew from the texts. Nothing is embedded."""

from __future__ import annotations

from collections.abc import Callable

from lionrock.index.lexical import VERSION
from lionrock.ingest.prepare import in_context, word_vectors
from lionrock.records import Passage
from lionrock.storage import documents, passages
from lionrock.storage.database import Database
from lionrock.text.plain import plain_words

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
            passages.replace_vectors(connection, {passage.id: _words(passage) for passage in batch})
        if progress is not None:
            progress(min(start + _BATCH, len(ids)), len(ids))
    with database.begin() as connection:
        documents.set_meta(connection, _KEY, str(VERSION))
    return len(ids)


def _words(passage: Passage) -> dict[str, bytes]:
    plain = plain_words(passage.pair_key, passage.anchor, passage.pool)
    shown = in_context(passage.title, passage.heading, passage.text, plain)
    return word_vectors(shown, passage.heading, plain, passage.language)
