"""An embedding model behind any OpenAI-compatible server: `POST <base>/embeddings`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lionrock.errors import EndpointError
from lionrock.models.endpoint import Endpoint
from lionrock.records import FloatArray

__all__ = ["OpenAIEmbed"]


class OpenAIEmbed:
    """One embedding model of one server. The connection is opened on first use; calls may come from several threads."""

    def __init__(
        self,
        base_url: str,
        model: str,
        dimension: int,
        *,
        api_key: str = "",
        name: str = "",
        query_prefix: str = "",
        passage_prefix: str = "",
        batch: int = 32,
        timeout_s: float = 120.0,
    ) -> None:
        """`base_url` ends in /v1; `dimension` is the length of the model's vectors.

        `name` is the stable name of the vector space (default: `model`); the prefixes are those that the model was
        trained with. Raises `UsageError` when the address is not one.
        """
        self._endpoint = Endpoint(base_url, api_key=api_key, timeout_s=timeout_s)
        self._model = model
        self._name = name or model
        self._dimension = dimension
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._batch = batch

    @property
    def name(self) -> str:
        """Stable name of the vector space."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return self._dimension

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Shape (len(texts), dimension), rows of length 1 (zero for a blank text). Raises `EndpointError`."""
        return self._embed(texts, self._query_prefix)

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Shape (len(texts), dimension), rows of length 1 (zero for a blank text). Raises `EndpointError`."""
        return self._embed(texts, self._passage_prefix)

    def close(self) -> None:
        """Close the connections."""
        self._endpoint.close()

    def _embed(self, texts: Sequence[str], prefix: str) -> FloatArray:
        out = np.zeros((len(texts), self._dimension), np.float32)
        filled = [at for at, text in enumerate(texts) if text.strip()]
        for start in range(0, len(filled), self._batch):
            batch = filled[start : start + self._batch]
            body = {"model": self._model, "input": [prefix + texts[at] for at in batch], "encoding_format": "float"}
            out[batch] = self._vectors(self._endpoint.post("/embeddings", body), len(batch))
        return out

    def _vectors(self, answer: Any, count: int) -> FloatArray:
        """The vectors of an answer in the order of the texts, made to length 1."""
        vectors = np.full((count, self._dimension), np.nan, np.float32)
        try:
            items = answer["data"]
            for place, item in enumerate(items):
                vectors[int(item.get("index", place))] = np.asarray(item["embedding"], np.float32)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            items = ()
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if len(items) != count or not np.isfinite(lengths).all() or not lengths.all():
            raise EndpointError(
                f"The embeddings server did not answer with {count} vectors of {self._dimension} numbers; check the "
                "model's name and its dimension."
            )
        return np.asarray(vectors / lengths, np.float32)
