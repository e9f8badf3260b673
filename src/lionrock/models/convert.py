"""Turn files as published into what we read: multilingual-e5-small into an int8 ONNX encoder and a tokenizer, CC-CEDICT
into two tables of words.

A change to what a conversion writes needs a new `recipe` in the catalogue, else installed models stay as they are.

The e5 weight file (`E5S1`) is little endian: a header of seven int32 (hidden size, layers, heads, feed-forward size,
vocabulary, positions, token types), epsilon, the quantisation block; the Unigram vocabulary with scores; a
normalisation table; then a directory of tensors (name, type, count, offset, bytes). Matrices are 4-bit blocks of 32
with one float16 scale each, value (q - 8) * scale, low nibbles first half, high nibbles second.

The encoder that is written multiplies bytes. Weights use seven of their eight bits: processors without VNNI add pairs
of byte products in 16 bits and would clip with eight. The same input always gives the same file.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lionrock.errors import FetchError
from lionrock.models.e5 import E5Embedder
from lionrock.models.ports import Embed
from lionrock.records import FloatArray
from lionrock.text.crosslingual import parse_cedict

__all__ = ["CONVERSIONS"]

_BLOCK = 32
_BYTES = 18
_LARGEST = 63
"""Largest weight: 7 bits with their sign."""
_ALIKE = ("The office is closed on public holidays.", "公眾假期辦事處休息。")
_UNLIKE = "量子電腦以疊加態儲存資訊。"
_MARGIN = 0.05
"""How much nearer the translation must be; the exact numbers give 0.10."""


class _Cursor:
    """Reads little-endian values in order."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values


@dataclass(frozen=True, slots=True)
class _Weights:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    epsilon: float
    pieces: list[tuple[str, float]]
    special: tuple[int, int, int, int]
    tensors: Mapping[str, tuple[int, int]]
    data: bytes

    def vector(self, name: str) -> FloatArray:
        offset, size = self.tensors[name]
        return np.frombuffer(self.data, "<f4", size // 4, offset)

    def blocks(self, name: str, width: int) -> tuple[NDArray[np.int8], FloatArray]:
        """(values of shape (rows, width) in -8..7, scales of shape (rows, width / 32))."""
        offset, size = self.tensors[name]
        raw = np.frombuffer(self.data, np.uint8, size, offset).reshape(-1, _BYTES)
        scales = raw[:, :2].copy().view("<f2").astype(np.float32).reshape(-1, width // _BLOCK)
        packed = raw[:, 2:]
        values = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.int8) - 8
        return values.reshape(-1, width), scales

    def matrix(self, name: str, width: int) -> FloatArray:
        values, scales = self.blocks(name, width)
        wide = values.reshape(len(values), -1, _BLOCK).astype(np.float32) * scales[:, :, None]
        return wide.reshape(len(values), width)


def _read(data: bytes) -> _Weights:
    cursor = _Cursor(data)
    if cursor.take("4sI")[0] != b"E5S1":
        raise FetchError("The e5 weight file is not in the known format.")
    hidden, layers, heads, feed_forward, *_ = cursor.take("7i")
    epsilon, _quantisation = cursor.take("fi")
    count, *special = cursor.take("5i")
    (size,) = cursor.take("Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    blob = cursor.array("u1", size).tobytes()
    _entries, table = cursor.take("iI")
    cursor.at += table
    (tensors,) = cursor.take("i")
    directory: dict[str, tuple[int, int]] = {}
    for _ in range(tensors):
        (length,) = cursor.take("H")
        (name,) = cursor.take(f"{length}s")
        _type, _count, offset, nbytes = cursor.take("BIQQ")
        directory[name.decode()] = (offset, nbytes)
    pieces = [
        (blob[offsets[at] : offsets[at + 1]].decode("utf-8", "replace"), float(scores[at])) for at in range(count)
    ]
    bos, eos, pad, unk = special
    return _Weights(hidden, layers, heads, feed_forward, epsilon, pieces, (bos, eos, pad, unk), directory, data)


class _Graph:
    """Collects ONNX nodes and constants; each method returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._as_bytes: dict[str, tuple[str, str, str]] = {}

    def constant(self, name: str, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def __call__(self, operator: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        output = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def as_bytes(self, value: str) -> tuple[str, str, str]:
        """(bytes, scale, zero point) of a value, computed once however often it is used."""
        from onnx import helper

        if value not in self._as_bytes:
            outputs = (f"{value}.bytes", f"{value}.scale", f"{value}.zero")
            self.nodes.append(helper.make_node("DynamicQuantizeLinear", [value], list(outputs)))
            self._as_bytes[value] = outputs
        return self._as_bytes[value]


def _embeddings(g: _Graph, w: _Weights) -> str:
    from onnx import TensorProto

    values, scales = w.blocks("emb.word", w.hidden)
    table, factors = g.constant("words", values), g.constant("word_scales", scales.astype(np.float16))
    split = g.constant("split", np.array([0, 0, w.hidden // _BLOCK, _BLOCK], np.int64))
    whole = g.constant("whole", np.array([0, 0, w.hidden], np.int64))
    last = g.constant("last", np.array([3], np.int64))
    rows = g("Reshape", g("Cast", g("Gather", table, "input_ids"), to=TensorProto.FLOAT), split)
    scale = g("Unsqueeze", g("Cast", g("Gather", factors, "input_ids"), to=TensorProto.FLOAT), last)
    words = g("Reshape", g("Mul", rows, scale), whole)
    positions = w.vector("emb.pos").reshape(-1, w.hidden) + w.vector("emb.type").reshape(-1, w.hidden)[0]
    length = g(
        "Slice",
        g("Shape", "input_ids"),
        g.constant("one", np.array([1], np.int64)),
        g.constant("two", np.array([2], np.int64)),
    )
    places = g(
        "Slice",
        g.constant("places", positions.astype(np.float32)),
        g.constant("zero", np.array([0], np.int64)),
        length,
        "zero",
    )
    return _norm(g, w, g("Add", words, places), "emb.ln")


def _norm(g: _Graph, w: _Weights, value: str, name: str) -> str:
    scale, bias = (g.constant(f"{name}.{part}", w.vector(f"{name}.{part}")) for part in "wb")
    return g("LayerNormalization", value, scale, bias, axis=-1, epsilon=w.epsilon)


def _linear(g: _Graph, w: _Weights, value: str, name: str, width: int) -> str:
    """value @ matrix + bias in whole numbers, one scale for each output."""
    from onnx import TensorProto

    matrix = w.matrix(f"{name}.w", width).T
    scale = (np.abs(matrix).max(axis=0) / _LARGEST).astype(np.float32)
    weights = np.clip(np.rint(matrix / scale), -_LARGEST, _LARGEST).astype(np.int8)
    data, data_scale, data_zero = g.as_bytes(value)
    total = g("MatMulInteger", data, g.constant(f"{name}.w", weights), data_zero, "no_offset")
    factor = g("Mul", data_scale, g.constant(f"{name}.s", scale))
    product = g("Mul", g("Cast", total, to=TensorProto.FLOAT), factor)
    return g("Add", product, g.constant(f"{name}.b", w.vector(f"{name}.b")))


def _layer(g: _Graph, w: _Weights, value: str, layer: int, mask: str) -> str:
    name = f"l{layer}."
    heads = []
    for part, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
        wide = g("Reshape", _linear(g, w, value, name + part, w.hidden), "by_head")
        heads.append(g("Transpose", wide, perm=order))
    weights = g("Softmax", g("Add", g("Mul", g("MatMul", heads[0], heads[1]), "root"), mask), axis=-1)
    mixed = g("Reshape", g("Transpose", g("MatMul", weights, heads[2]), perm=[0, 2, 1, 3]), "whole")
    value = _norm(g, w, g("Add", value, _linear(g, w, mixed, name + "ao", w.hidden)), name + "aln")
    inner = g("Gelu", _linear(g, w, value, name + "fi", w.hidden))
    return _norm(g, w, g("Add", value, _linear(g, w, inner, name + "fo", w.feed_forward)), name + "oln")


def _build(w: _Weights, path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    g = _Graph()
    g.constant("no_offset", np.zeros((), np.int8))
    value = _embeddings(g, w)
    kept = g("Cast", "attention_mask", to=TensorProto.FLOAT)
    g.constant("by_head", np.array([0, 0, w.heads, w.hidden // w.heads], np.int64))
    g.constant("root", np.array(1 / np.sqrt(w.hidden / w.heads), np.float32))
    far, unit = g.constant("far", np.array(-10000.0, np.float32)), g.constant("unit", np.array(1.0, np.float32))
    wide = g("Unsqueeze", kept, g.constant("middle", np.array([1, 2], np.int64)))
    mask = g("Mul", g("Sub", unit, wide), far)
    for layer in range(w.layers):
        value = _layer(g, w, value, layer, mask)
    weight = g("Unsqueeze", kept, "two")
    mean = g(
        "Div",
        g("ReduceSum", g("Mul", value, weight), "one", keepdims=0),
        g("ReduceSum", kept, "one", keepdims=1),
    )
    g.nodes.append(helper.make_node("LpNormalization", [mean], ["embedding"], axis=-1, p=2))
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["B", "S"]) for n in ("input_ids", "attention_mask")]
    output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["B", w.hidden])
    graph = helper.make_graph(g.nodes, "e5", inputs, [output], g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    model.ir_version = 9
    onnx.save(model, str(path))


def _tokenizer(w: _Weights, path: Path) -> None:
    """A SentencePiece model whose ids are those of the encoder.

    The pieces come with the weights; the rules of normalisation are those named `nmt_nfkc`, with which the vocabulary
    was trained, and which the library brings along.
    """
    from sentencepiece import SentencePieceNormalizer
    from sentencepiece import sentencepiece_model_pb2 as untyped

    messages: Any = untyped

    rules = SentencePieceNormalizer(
        rule_name="nmt_nfkc", add_dummy_prefix=True, remove_extra_whitespaces=True, escape_whitespaces=True
    )
    model = messages.ModelProto()
    model.ParseFromString(rules.serialized_model_proto())
    del model.pieces[:]
    kinds = messages.ModelProto.SentencePiece
    bos, eos, pad, unk = w.special
    special = {bos: kinds.CONTROL, eos: kinds.CONTROL, pad: kinds.CONTROL, unk: kinds.UNKNOWN}
    for number, (piece, score) in enumerate(w.pieces):
        kind = kinds.CONTROL if piece == "<mask>" else special.get(number, kinds.NORMAL)
        model.pieces.add(piece=piece, score=score, type=kind)
    trainer = model.trainer_spec
    trainer.model_type = trainer.UNIGRAM
    trainer.vocab_size = len(w.pieces)
    trainer.bos_id, trainer.eos_id, trainer.pad_id, trainer.unk_id = bos, eos, pad, unk
    path.write_bytes(model.SerializeToString(deterministic=True))


def _convert_e5(source: Path, target: Path) -> None:
    weights = _read((source / "e5-small-q4.bin").read_bytes())
    _build(weights, target / "model.onnx")
    _tokenizer(weights, target / "sp.model")
    _try_out(E5Embedder(target, threads=1))


def _try_out(embedder: Embed) -> None:
    """Raise `FetchError` unless an English sentence is nearer to its translation than to an unrelated sentence."""
    vectors = embedder.embed_passages([*_ALIKE, _UNLIKE])
    alike, unlike = float(vectors[0] @ vectors[1]), float(vectors[0] @ vectors[2])
    if not (np.isfinite(vectors).all() and alike > unlike + _MARGIN):
        raise FetchError("The converted e5 model fails its test on this machine; please report the processor it has.")


def _convert_cedict(source: Path, target: Path) -> None:
    """`english.tsv` and `chinese.tsv`: a word, a tab, its ways in the other language joined by `|`."""
    with gzip.open(source / "cedict.txt.gz", "rt", encoding="utf-8") as lines:
        english, chinese = parse_cedict(lines)
    for name, table in (("english", english), ("chinese", chinese)):
        rows = "".join(f"{word}\t{ways}\n" for word, ways in table.items())
        (target / f"{name}.tsv").write_text(rows, encoding="utf-8", newline="\n")


CONVERSIONS: Mapping[str, Callable[[Path, Path], None]] = {"cedict": _convert_cedict, "e5-small": _convert_e5}
"""Model name -> conversion from the folder of checked files to the folder of installed ones."""
