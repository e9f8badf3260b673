"""The vectors of candidates, from the database, the latest kept in memory.

What may be seen is never decided here: a passage's vectors never change under its id, and whether the passage still
exists and who sees it is asked of the database for each search, after scoring.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from lionrock.index.lexical import NO_VECTOR, unpack
from lionrock.records import FloatArray, SparseVector
from lionrock.storage.passages import load_vectors

__all__ = ["CandidateVectors", "Vectors"]

_KEPT = 2048
"""Passages: about 6 KB each."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """All vectors of one passage."""

    lexical: SparseVector
    heading: SparseVector
    dense: Mapping[str, FloatArray]
    """Encoder to an array of its dimension."""


class CandidateVectors:
    """Loads and keeps vectors. Thread-safe."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, connection: Connection, ids: Sequence[str]) -> dict[str, Vectors]:
        """Passage id to its vectors, in the order of `ids`; ids that the database does not hold are left out."""
        with self._lock:
            found = {passage_id: self._kept[passage_id] for passage_id in ids if passage_id in self._kept}
            for passage_id in found:
                self._kept.move_to_end(passage_id)
        missing = [passage_id for passage_id in ids if passage_id not in found]
        if missing:
            read = {passage_id: _vectors(data) for passage_id, data in load_vectors(connection, missing).items()}
            found |= read
            with self._lock:
                self._kept |= read
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return {passage_id: found[passage_id] for passage_id in ids if passage_id in found}


def _vectors(data: Mapping[str, bytes]) -> Vectors:
    dense = {space: np.frombuffer(value, "<f4") for space, value in data.items() if space not in ("lexical", "heading")}
    return Vectors(unpack(data["lexical"]), unpack(data.get("heading", NO_VECTOR)), dense)
