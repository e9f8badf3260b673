"""What scoring knows of the whole collection: document frequencies, and a background sample for each pool.

Both are derived from the database and can be made again at any time; a copy beside the index saves a start from doing so.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from lionrock.index.lexical import DocumentFrequencies, ScoringBatch, unpack
from lionrock.records import FloatArray, Language, Pool, SparseVector, pool_of

__all__ = ["POOLS", "Background", "Statistics", "stack"]

_log = logging.getLogger(__name__)
POOLS: tuple[Pool, Pool] = ("zh", "en")


class Background:
    """A few hundred random passages of a pool; the spread of a query's scores over them is the unit of measure."""

    def __init__(
        self, dense: Mapping[str, FloatArray], sparse: Sequence[SparseVector], headings: Sequence[SparseVector] = ()
    ) -> None:
        """All rows are of the same passages, in one order; `headings` are lexical vectors of their nearest headings."""
        self.dense = dense
        self.size = len(sparse)
        self.lexical = ScoringBatch(sparse, kept=True)
        self.headings = ScoringBatch(headings, kept=True)


class Statistics:
    """Document frequencies and backgrounds by pool. Thread-safe."""

    def __init__(self) -> None:
        self.frequencies: dict[Pool, DocumentFrequencies] = {pool: DocumentFrequencies() for pool in POOLS}
        self._backgrounds: dict[Pool, Background] = {}
        self._lock = threading.Lock()
        self.stale = True

    def count(self, items: Iterable[tuple[Pool, SparseVector]], times: int = 1) -> None:
        """Count passages in (or out with times = -1)."""
        with self._lock:
            for pool, vector in items:
                self.frequencies[pool].add(vector, times)
            self.stale = True

    def count_stored(self, rows: Iterable[tuple[Language, bytes]], times: int) -> None:
        """Count passages in or out by their (language, packed lexical vector), as the database holds them."""
        self.count(((pool_of(language), unpack(value)) for language, value in rows), times)

    def background(self, pool: Pool) -> Background:
        """The sample of a pool; empty until one is set."""
        return self._backgrounds.get(pool, Background({}, ()))

    def set_background(self, pool: Pool, background: Background) -> None:
        """Replace a pool's sample."""
        with self._lock:
            self._backgrounds[pool] = background

    def reset(self) -> None:
        """Forget everything, before counting anew."""
        with self._lock:
            self.frequencies = {pool: DocumentFrequencies() for pool in POOLS}
            self._backgrounds = {}
            self.stale = True

    def save(self, folder: Path) -> bool:
        """Write the document frequencies beside the index; False when there is no room: then they are counted anew."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with self._lock:
                for pool, frequencies in self.frequencies.items():
                    frequencies.save(folder / f"frequencies-{pool}.npy")
        except OSError as error:
            _log.warning("the counts of words could not be kept (%s)", error)
            for pool in POOLS:
                with contextlib.suppress(OSError):
                    (folder / f"frequencies-{pool}.npy").unlink(missing_ok=True)
            return False
        return True

    def load(self, folder: Path) -> bool:
        """Read them back; False when they are absent or damaged."""
        loaded = {pool: DocumentFrequencies.load(folder / f"frequencies-{pool}.npy") for pool in POOLS}
        if any(frequencies is None for frequencies in loaded.values()):
            return False
        with self._lock:
            self.frequencies = {pool: frequencies for pool, frequencies in loaded.items() if frequencies is not None}
        return True

    @property
    def passages(self) -> int:
        """How many passages were counted."""
        return sum(frequencies.passages for frequencies in self.frequencies.values())


def stack(vectors: Sequence[bytes], dimension: int) -> FloatArray:
    """Vectors from the database as one array of shape (n, dimension)."""
    if not vectors:
        return np.zeros((0, dimension), np.float32)
    return np.frombuffer(b"".join(vectors), "<f4").reshape(len(vectors), dimension)
