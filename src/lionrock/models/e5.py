"""multilingual-e5-small as an int8 ONNX encoder: 384 dimensions, 512 tokens (about 690 Chinese characters)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lionrock.errors import ModelMissingError
from lionrock.records import FloatArray

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers

__all__ = ["E5Embedder"]

_MOST_TOKENS = 512
_BATCH_TOKENS = 4096
_PAD = 1


class E5Embedder:
    """Loads on first use. Texts go in in their original script; the model's own prefixes are added here."""

    name = "e5"
    dimension = 384

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        self._folder = folder
        self._threads = threads
        self._lock = threading.Lock()
        self._loaded: tuple[onnxruntime.InferenceSession, tokenizers.Tokenizer] | None = None

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Shape (len(texts), 384)."""
        return self._embed(texts, "query: ")

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Shape (len(texts), 384)."""
        return self._embed(texts, "passage: ")

    def _models(self) -> tuple[onnxruntime.InferenceSession, tokenizers.Tokenizer]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._folder, self._threads)
            return self._loaded

    def _embed(self, texts: Sequence[str], prefix: str) -> FloatArray:
        session, tokenizer = self._models()
        out = np.zeros((len(texts), self.dimension), np.float32)
        filled = [at for at, text in enumerate(texts) if text.strip()]
        encoded = tokenizer.encode_batch([prefix + texts[at] for at in filled])
        ids = [item.ids for item in encoded]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        start = 0
        while start < len(order):
            end = start + 1
            while end < len(order) and (end - start + 1) * len(ids[order[end]]) <= _BATCH_TOKENS:
                end += 1
            batch = order[start:end]
            width = len(ids[batch[-1]])
            tokens = np.full((len(batch), width), _PAD, np.int64)
            mask = np.zeros((len(batch), width), np.int64)
            for row, at in enumerate(batch):
                tokens[row, : len(ids[at])] = ids[at]
                mask[row, : len(ids[at])] = 1
            (vectors,) = session.run(None, {"input_ids": tokens, "attention_mask": mask})
            out[[filled[at] for at in batch]] = vectors
            start = end
        return out


def _load(folder: Path, threads: int) -> tuple[onnxruntime.InferenceSession, tokenizers.Tokenizer]:
    import onnxruntime
    import tokenizers

    if not (folder / "model.onnx").is_file():
        raise ModelMissingError("The embedding model e5-small is not installed; run `lionrock models fetch`.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads would take both cores from everything else while waiting.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(_MOST_TOKENS)
    tokenizer.no_padding()
    return session, tokenizer
