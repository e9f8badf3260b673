"""Models that need no files and no network, for tests: they keep to the ports' promises and are the same on each run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

from lionrock.errors import LionrockError
from lionrock.models.ports import Message
from lionrock.records import FloatArray

__all__ = ["FakeEmbed", "Reply", "ScriptedChat"]

Reply: TypeAlias = str | LionrockError | Callable[[Sequence[Message]], str]
"""What a scripted model does: say a text, raise an error, or say what a function makes of the messages."""


class FakeEmbed:
    """Hashes runs of one to three characters into a vector: texts that share words or characters are near each other."""

    def __init__(self, dimension: int = 64, *, name: str = "fake", fold: Callable[[str], str] = str.casefold) -> None:
        """`fold` is applied to each text first; give one that unites scripts to make 學 and 学 the same."""
        self._dimension = dimension
        self._name = name
        self._fold = fold

    @property
    def name(self) -> str:
        """Stable name of the vector space."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return self._dimension

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Shape (len(texts), dimension), rows of length 1 (zero for a blank text)."""
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Shape (len(texts), dimension), rows of length 1 (zero for a blank text)."""
        out = np.zeros((len(texts), self._dimension), np.float32)
        for row, text in enumerate(texts):
            words = " ".join(self._fold(text).split())
            for width in (1, 2, 3):
                for start in range(len(words) - width + 1):
                    place, sign = _hashed(words[start : start + width])
                    out[row, place % self._dimension] += sign * width
            length = float(np.linalg.norm(out[row]))
            if words and length == 0:
                out[row, 0] = length = 1.0
            if length:
                out[row] /= length
        return out


def _hashed(run: str) -> tuple[int, int]:
    digest = hashlib.blake2b(run.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest[:7], "little"), 1 if digest[7] & 1 else -1


class ScriptedChat:
    """Says the given replies one after the other, the last one for ever, a few characters at a time.

    A piece counts as a token. Using it after `close` is an `AssertionError`, as it breaks the port's promise.
    """

    def __init__(self, *replies: Reply, name: str = "scripted", piece: int = 4) -> None:
        if not replies:
            raise ValueError("a scripted model needs at least one reply")
        self._replies = list(replies)
        self._name = name
        self._piece = piece
        self.closed = False
        """Whether `close` was called."""

    @property
    def name(self) -> str:
        """The name shown to users and written in the audit trail."""
        return self._name

    def stream(self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()) -> Iterator[str]:
        """Yield the next reply in pieces, up to `max_tokens` of them or the first of `stop`; or raise its error."""
        assert not self.closed, "a closed model is not used again"
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, LionrockError):
            raise reply
        text = reply if isinstance(reply, str) else reply(messages)
        ends = [at for at in (text.find(mark) for mark in stop) if at >= 0]
        text = text[: min(ends)] if ends else text
        for count, start in enumerate(range(0, len(text), self._piece)):
            if count == max_tokens:
                return
            yield text[start : start + self._piece]

    def close(self) -> None:
        """Note that the model was let go."""
        self.closed = True
