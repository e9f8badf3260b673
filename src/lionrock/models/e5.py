"""multilingual-e5-small as an int8 ONNX encoder: 384 dimensions, 512 tokens (about 690 Chinese characters)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lionrock.errors import ModelMissingError
from lionrock.models.batches import by_length
from lionrock.models.pieces import cut, read_pieces
from lionrock.records import FloatArray

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

__all__ = ["E5Embedder"]

_MOST_TOKENS = 512
_BATCH_TOKENS = 2048
_BOS, _PAD, _EOS = 0, 1, 2


class E5Embedder:
    """Loads on first use; may be called from several threads at once.

    Texts go in in their original script; the model's own prefixes are added here. What follows token 512 does not
    count. Raises `ModelMissingError` on first use when `folder` does not hold the model.
    """

    name = "e5"
    dimension = 384

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        self._folder = folder
        self._threads = threads
        self._lock = threading.Lock()
        self._loaded: tuple[Any, SentencePieceProcessor] | None = None

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Shape (len(texts), 384), rows of length 1 (zero for a blank text)."""
        return self._embed(texts, "query: ")

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Shape (len(texts), 384), rows of length 1 (zero for a blank text)."""
        return self._embed(texts, "passage: ")

    def _models(self) -> tuple[Any, SentencePieceProcessor]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._folder)
            return self._loaded

    def _embed(self, texts: Sequence[str], prefix: str) -> FloatArray:
        session, tokenizer = self._models()
        out = np.zeros((len(texts), self.dimension), np.float32)
        filled = [at for at, text in enumerate(texts) if text.strip()]
        pieces = cut(tokenizer, [prefix + texts[at] for at in filled], _MOST_TOKENS - 2)
        ids = [[_BOS, *row, _EOS] for row in pieces]
        batches = list(by_length([len(row) for row in ids], _BATCH_TOKENS))

        def run(batch: Sequence[int]) -> None:
            shape = (len(batch), len(ids[batch[-1]]))
            tokens, mask = np.full(shape, _PAD, np.int64), np.zeros(shape, np.int64)
            for row, at in enumerate(batch):
                tokens[row, : len(ids[at])] = ids[at]
                mask[row, : len(ids[at])] = 1
            (vectors,) = session.run(None, {"input_ids": tokens, "attention_mask": mask})
            out[[filled[at] for at in batch]] = vectors

        # A question is one batch and takes one thread: searches run side by side already, and a second thread in each
        # gave nothing alone and took a fifth more processor time with eight askers.
        if len(batches) < 2 or self._threads < 2:
            for batch in batches:
                run(batch)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(run, batches))
        return out


def _load(folder: Path) -> tuple[Any, SentencePieceProcessor]:
    import onnxruntime  # type: ignore[import-untyped]
    from onnxruntime.capi.onnxruntime_pybind11_state import (  # type: ignore[import-untyped]
        Fail,
        InvalidGraph,
        InvalidProtobuf,
    )

    model, vocabulary = folder / "model.onnx", folder / "sp.model"
    if not (model.is_file() and vocabulary.is_file()):
        raise ModelMissingError("The embedding model e5-small is not installed; run `lionrock models fetch`.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except (Fail, InvalidGraph, InvalidProtobuf) as error:
        raise ModelMissingError(f"{model} is damaged; delete its folder and run `lionrock models fetch`.") from error
    return session, read_pieces(vocabulary)
