"""What a model must do for us. Adapters live one a file beside this; `fakes.py` holds the ones that tests use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from lionrock.records import FloatArray

__all__ = ["Chat", "Embed", "Message"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation with a chat model."""

    role: Literal["system", "user", "assistant"]
    content: str


class Embed(Protocol):
    """Turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """Stable name of the vector space; vectors of different names are never compared."""

    @property
    def dimension(self) -> int:
        """Length of each vector."""

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Return an array of shape (len(texts), dimension), rows of length 1 (all zero for a text with no content)."""

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Return an array of shape (len(texts), dimension), rows of length 1 (all zero for a text with no content)."""


class Chat(Protocol):
    """A language model that answers a list of messages."""

    @property
    def name(self) -> str:
        """The name shown to users and written in the audit trail."""

    def stream(self, messages: Sequence[Message], *, max_tokens: int, stop: Sequence[str] = ()) -> Iterator[str]:
        """Yield pieces of the reply as they come, greedily decoded (temperature 0).

        Closing the iterator stops the generation. Raises `EndpointError` when the model cannot be reached.
        """

    def close(self) -> None:
        """Free what the model holds; a closed model is not used again."""
