"""How near single sentences are to a question, by each encoder; sentences met a moment ago are not embedded again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from lionrock.models.ports import Embed
from lionrock.records import FloatArray, Hit, Span

__all__ = ["Nearness", "below_heading"]

_KEPT = 512


def below_heading(hit: Hit, span: Span) -> str:
    """A sentence as it is compared: with the nearest heading above it, which often says what it is about."""
    return f"{(hit.passage.heading or (hit.passage.title,))[-1]}: {span.of(hit.passage.text)}"


class Nearness:
    """Compares with all encoders; may be used from several threads."""

    def __init__(self, embedders: Sequence[Embed]) -> None:
        self._embedders = embedders
        self._vectors: OrderedDict[str, tuple[FloatArray, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, question: str, texts: Sequence[str]) -> FloatArray:
        """Cosines, array of shape (len(texts), number of encoders)."""
        if not texts:
            return np.zeros((0, len(self._embedders)), np.float32)
        rows = self._embedded(list(dict.fromkeys(texts)))
        asked = [embedder.embed_queries([question])[0] for embedder in self._embedders]
        return np.array([[own @ vector for own, vector in zip(rows[t], asked, strict=True)] for t in texts], np.float32)

    def _embedded(self, texts: Sequence[str]) -> dict[str, tuple[FloatArray, ...]]:
        with self._lock:
            rows = {text: self._vectors[text] for text in texts if text in self._vectors}
        new = [text for text in texts if text not in rows]
        if new:
            spaces = [embedder.embed_passages(new) for embedder in self._embedders]
            rows |= {text: tuple(space[at] for space in spaces) for at, text in enumerate(new)}
        with self._lock:
            for text in texts:
                self._vectors[text] = rows[text]
                self._vectors.move_to_end(text)
            while len(self._vectors) > _KEPT:
                self._vectors.popitem(last=False)
        return rows
