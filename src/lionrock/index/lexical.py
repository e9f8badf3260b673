"""BM25 as sparse vectors, with groups of alternatives.

A passage's vector holds, for each token, the saturated term frequency of BM25 (Robertson and Zaragoza 2009),
tf (k1 + 1) / (tf + k1 (1 - b + b length / average)); a query brings the inverse document frequency in Lucene's form,
ln(1 + (N - n + 0.5) / (n + 0.5)). The average length is a constant for each pool because passages have similar lengths
and a moving average would change old vectors.

A query is a list of groups. A group is one thing that was asked, with the ways in which a document may say it; only its
best alternative counts, so that a word with many translations weighs no more than a word with one.
"""

from __future__ import annotations

import functools
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lionrock.records import FloatArray, Pool, SparseVector, pool_of
from lionrock.text.language import detect
from lionrock.text.tokens import index_tokens

__all__ = [
    "NO_VECTOR",
    "VERSION",
    "DocumentFrequencies",
    "ScoringBatch",
    "TermGroup",
    "pack",
    "passage_vector",
    "query_vector",
    "term_id",
    "tokens_of",
    "unpack",
]

VERSION = 4
"""Raised when folding or tokens change: stored vectors of words are then made anew from the texts."""
K1 = 1.2
B = 0.6
AVERAGE_LENGTH = {"zh": 700.0, "en": 220.0}
_BUCKETS = 1 << 20
NO_VECTOR = b""
"""A packed vector of no words."""


@functools.lru_cache(maxsize=262_144)
def term_id(token: str) -> int:
    """A stable unsigned 32-bit id of a token."""
    return zlib.crc32(token.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class TermGroup:
    """One thing asked: alternatives, each a tuple of (token, weight of the token); the best alternative counts."""

    alternatives: tuple[tuple[tuple[str, float], ...], ...]
    weight: float = 1.0

    @staticmethod
    def of(token: str, weight: float = 1.0) -> TermGroup:
        """A group of a single token."""
        return TermGroup((((token, 1.0),),), weight)


def passage_vector(text: str, pool: Pool | None = None) -> SparseVector:
    """The lexical vector of a passage (title and headings may be put before its text)."""
    tokens = index_tokens(text)
    average = AVERAGE_LENGTH[pool or pool_of(detect(text))]
    norm = K1 * (1 - B + B * len(tokens) / average)
    counts = Counter(map(term_id, tokens))
    indices = np.fromiter(counts.keys(), np.uint32, len(counts))
    frequency = np.fromiter(counts.values(), np.float32, len(counts))
    order = np.argsort(indices)
    values = (frequency * (K1 + 1) / (frequency + norm)).astype(np.float32)
    return SparseVector(indices[order], values[order])


def pack(vector: SparseVector) -> bytes:
    """Bytes for the database: ids as little-endian uint32, then weights as float16."""
    return vector.indices.astype("<u4").tobytes() + vector.values.astype("<f2").tobytes()


def unpack(data: bytes) -> SparseVector:
    """The vector back from `pack`."""
    count = len(data) // 6
    values = np.frombuffer(data, "<f2", count, 4 * count).astype(np.float32)
    return SparseVector(np.frombuffer(data, "<u4", count), values)


class DocumentFrequencies:
    """How many passages hold each term, in 2**20 hashed buckets a pool (4 MB); collisions only blur rare terms."""

    def __init__(self) -> None:
        self.passages = 0
        self._counts = np.zeros(_BUCKETS, np.int32)

    def add(self, vector: SparseVector, times: int = 1) -> None:
        """Count a passage in, or out again with times = -1."""
        self._counts[vector.indices % _BUCKETS] += times
        self.passages = max(0, self.passages + times)

    def known(self, tokens: Iterable[str]) -> bool:
        """Whether every token stands in some passage."""
        ids = np.fromiter((term_id(token) % _BUCKETS for token in tokens), np.int64)
        return bool((self._counts[ids] > 0).all())

    def idf(self, tokens: Iterable[str]) -> FloatArray:
        """Inverse document frequency of each token."""
        ids = np.fromiter((term_id(token) % _BUCKETS for token in tokens), np.int64)
        holding = np.maximum(self._counts[ids], 0).astype(np.float64)
        passages = max(self.passages, 1)
        holding = np.minimum(holding, passages)
        return np.log1p((passages - holding + 0.5) / (holding + 0.5)).astype(np.float32)

    def save(self, path: Path) -> None:
        """Write to a file beside the index; it can always be rebuilt."""
        temporary = path.with_suffix(".part")
        with temporary.open("wb") as file:
            np.save(file, np.concatenate([[np.int32(self.passages)], self._counts]).astype(np.int32))
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> DocumentFrequencies | None:
        """Read back; None if there is no such file or it is damaged."""
        try:
            with path.open("rb") as file:
                data = np.lib.format.read_array(file, allow_pickle=False)
        except (OSError, ValueError, EOFError, MemoryError, OverflowError):
            return None
        if data.shape != (_BUCKETS + 1,) or data.dtype != np.int32:
            return None
        loaded = cls()
        loaded.passages, loaded._counts = int(data[0]), data[1:].astype(np.int32)
        return loaded


def tokens_of(groups: Sequence[TermGroup]) -> list[str]:
    """Every token of the groups, once."""
    return list(dict.fromkeys(t for group in groups for alternative in group.alternatives for t, _ in alternative))


def query_vector(groups: Sequence[TermGroup], frequencies: DocumentFrequencies) -> SparseVector:
    """Sparse query for finding candidates; a token in several places takes its greatest weight."""
    tokens = tokens_of(groups)
    idf = dict(zip(tokens, frequencies.idf(tokens).tolist(), strict=True))
    weights: dict[int, float] = {}
    for group in groups:
        for alternative in group.alternatives:
            for token, share in alternative:
                key, value = term_id(token), group.weight * share * idf[token]
                weights[key] = max(weights.get(key, 0.0), value)
    order = sorted(weights)
    return SparseVector(np.array(order, np.uint32), np.array([weights[key] for key in order], np.float32))


class ScoringBatch:
    """Sparse vectors stacked for exact scoring of many groups at once.

    `kept` says that many queries will be scored: the terms are then put in order once, and looked up in that order.
    """

    def __init__(self, vectors: Sequence[SparseVector], *, kept: bool = False) -> None:
        self._count = len(vectors)
        self._rows: NDArray[np.int64] = np.repeat(np.arange(len(vectors)), [len(v.indices) for v in vectors])
        self._indices = np.concatenate([v.indices for v in vectors]) if vectors else np.zeros(0, np.uint32)
        self._values = np.concatenate([v.values for v in vectors]) if vectors else np.zeros(0, np.float32)
        self._kept = kept
        if kept:
            order = np.argsort(self._indices, kind="stable")
            self._rows, self._indices, self._values = self._rows[order], self._indices[order], self._values[order]

    def weights(self, tokens: Sequence[str]) -> FloatArray:
        """Array of shape (vectors, tokens): each token's saturated frequency in each vector."""
        ids = np.array([term_id(token) for token in tokens], np.uint32)
        found = np.zeros((self._count, len(ids)), np.float32)
        if len(ids) == 0 or len(self._indices) == 0:
            return found
        if self._kept:
            starts = np.searchsorted(self._indices, ids, "left")
            ends = np.searchsorted(self._indices, ids, "right")
            for column in np.flatnonzero(ends > starts).tolist():
                held = slice(int(starts[column]), int(ends[column]))
                found[self._rows[held], column] = self._values[held]
            return found
        order = np.argsort(ids)
        ordered = ids[order]
        at = np.minimum(np.searchsorted(ordered, self._indices), len(ordered) - 1)
        match = ordered[at] == self._indices
        found[self._rows[match], order[at[match]]] = self._values[match]
        return found

    def score(self, groups: Sequence[TermGroup], frequencies: DocumentFrequencies) -> FloatArray:
        """BM25 of each vector: the sum over groups of the best alternative."""
        return np.asarray(self.group_scores(groups, frequencies).sum(axis=1), np.float32)

    def group_scores(self, groups: Sequence[TermGroup], frequencies: DocumentFrequencies) -> FloatArray:
        """Array of shape (vectors, groups)."""
        tokens = tokens_of(groups)
        place = {token: at for at, token in enumerate(tokens)}
        table = self.weights(tokens) * frequencies.idf(tokens)[None, :]
        scores = np.zeros((self._count, len(groups)), np.float32)
        for at, group in enumerate(groups):
            for alternative in group.alternatives:
                columns = [place[token] for token, _ in alternative]
                shares = np.array([share for _, share in alternative], np.float32)
                scores[:, at] = np.maximum(scores[:, at], group.weight * (table[:, columns] @ shares))
        return scores
