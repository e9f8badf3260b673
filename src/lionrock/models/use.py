"""Universal Sentence Encoder multilingual 3 in numpy: 512 dimensions (Yang et al. 2020, arXiv:1907.04307).

The encoder embeds SentencePiece units, runs three residual convolutions over windows of 2, 3 and 5 units, and feeds the
scaled mean of all features through a small residual network. The weight file holds the embedding table as 17 blocks of
bytes, interleaved by unit id, each with its own scale and offset. Chinese must be given in Simplified characters.
"""

from __future__ import annotations

import struct
import threading
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lionrock.errors import ModelMissingError
from lionrock.models.batches import by_length
from lionrock.models.pieces import cut, read_pieces
from lionrock.records import FloatArray

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

__all__ = ["UseEmbedder"]

_BLOCKS = 17
_MOST_TOKENS = 2048
_BATCH_TOKENS = 2048
_BOS, _EOS = 1, 2
_BRANCHES = ((2, 0), (3, 1), (5, 2))
"""Width of each window and how many units of it lie to the left."""


@dataclass(frozen=True, slots=True)
class _Network:
    table: NDArray[np.uint8]
    weights: dict[str, FloatArray]
    tokenizer: SentencePieceProcessor


class UseEmbedder:
    """Loads on first use; may be called from several threads at once.

    `fold` turns a text into the script that the model knows best (Simplified). What follows token 2,048 does not
    count. Raises `ModelMissingError` on first use when `folder` does not hold the model.
    """

    name = "use"
    dimension = 512

    def __init__(self, folder: Path, *, fold: Callable[[str], str]) -> None:
        self._folder = folder
        self._fold = fold
        self._lock = threading.Lock()
        self._network: _Network | None = None

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Shape (len(texts), 512), rows of length 1 (zero for a blank text); the same as for passages."""
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Shape (len(texts), 512), rows of length 1 (zero for a blank text)."""
        network = self._load()
        out = np.zeros((len(texts), self.dimension), np.float32)
        filled = [at for at, text in enumerate(texts) if text.strip()]
        pieces = cut(network.tokenizer, [self._fold(texts[at]) for at in filled], _MOST_TOKENS - 2)
        ids = [[_BOS, *row, _EOS] for row in pieces]
        for batch in by_length([len(row) for row in ids], _BATCH_TOKENS):
            out[[filled[at] for at in batch]] = _forward(network, [ids[at] for at in batch])
        return out

    def _load(self) -> _Network:
        with self._lock:
            if self._network is None:
                self._network = _read(self._folder)
            return self._network


def _read(folder: Path) -> _Network:
    weights_file, pieces_file = folder / "weights.npz", folder / "sp.model"
    if not (weights_file.is_file() and pieces_file.is_file()):
        raise ModelMissingError("The embedding model use-multilingual is not installed; run `lionrock models fetch`.")
    try:
        with weights_file.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            rows, width = archive["q1"].shape
            table = np.empty((rows * _BLOCKS, width), np.uint8)
            for block in range(_BLOCKS):
                table[block::_BLOCKS] = archive[f"q{block + 1}"]
            names = [name for name in archive.files if not (name[0] == "q" and name[1:].isdigit())]
            weights = {name: archive[name].astype(np.float32) for name in names}
        # The three projections share one normalisation, hence one mean and spread over all of them.
        for name in ("proj", "proj_b", "ln_g", "ln_b"):
            joint = [weights.pop(f"{name}{width}") for width, _ in _BRANCHES]
            weights[f"all_{name}"] = np.concatenate(joint, axis=-1)
        return _Network(table, weights, read_pieces(pieces_file))
    except (zipfile.BadZipFile, ValueError, KeyError, IndexError, struct.error) as error:
        raise ModelMissingError(f"{folder} is damaged; delete it and run `lionrock models fetch`.") from error


def _normalised(values: FloatArray, scale: FloatArray, bias: FloatArray, epsilon: float) -> FloatArray:
    centred = values - values.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + epsilon)
    return np.asarray(centred / spread * scale + bias, np.float32)


def _convolved(values: FloatArray, width: int, left: int, matrix: FloatArray, bias: FloatArray) -> FloatArray:
    """Rectified convolution over axis 1 of (batch, units, features), zeros beyond the ends."""
    batch, length, features = values.shape
    padded = np.zeros((batch, length + width - 1, features), np.float32)
    padded[:, left : left + length] = values
    total = np.zeros((batch, length, matrix.shape[1]), np.float32)
    for offset in range(width):
        total += padded[:, offset : offset + length] @ matrix[offset * features : (offset + 1) * features]
    return np.asarray(np.maximum(total + bias, 0), np.float32)


def _forward(network: _Network, batch: Sequence[Sequence[int]]) -> FloatArray:
    w = network.weights
    epsilon = float(w["eps"].ravel()[0]) if w["eps"].size else 1e-6
    lengths = np.array([len(ids) for ids in batch])
    ids = np.zeros((len(batch), int(lengths.max())), np.int64)
    for row, units in enumerate(batch):
        ids[row, : len(units)] = units
    mask = (np.arange(ids.shape[1])[None, :] < lengths[:, None]).astype(np.float32)[:, :, None]
    block = ids % _BLOCKS
    embedded = network.table[ids].astype(np.float32) * w["scale"][block][:, :, None] + w["lo"][block][:, :, None]
    features = [embedded]
    projections = np.asarray(embedded @ w["all_proj"] + w["all_proj_b"], np.float32)
    projected = _normalised(projections, w["all_ln_g"], w["all_ln_b"], epsilon) * mask
    parts = np.split(projected, len(_BRANCHES), axis=2)
    for (width, left), inner in zip(_BRANCHES, parts, strict=True):
        for step in ("1", "2"):
            inner = (_convolved(inner, width, left, w[f"w{step}_{width}"], w[f"b{step}_{width}"]) + inner) * mask
        features.append(inner)
    joined = _normalised(np.concatenate(features, axis=2), w["ln_g"], w["ln_b"], epsilon) * mask
    summed = joined.sum(axis=1) @ w["cnn_W"] + lengths[:, None] * w["cnn_b"]
    mean = summed / np.sqrt(lengths)[:, None]
    first = np.maximum(mean @ w["d0"], 0)
    second = np.maximum(mean @ w["p1"] + first @ w["d1"], 0)
    third = np.maximum(second @ w["d2"], 0)
    vectors = np.tanh(second @ w["p3"] + third @ w["d3"])
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)
