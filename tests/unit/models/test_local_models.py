"""Local models without their weights: missing and damaged files, conversions of made-up files, batches, fakes."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.errors import EndpointError, FetchError, ModelMissingError
from lionrock.models.batches import by_length
from lionrock.models.convert import CONVERSIONS
from lionrock.models.dictionary import load_dictionary
from lionrock.models.e5 import E5Embedder
from lionrock.models.fakes import FakeEmbed, ScriptedChat
from lionrock.models.ports import Embed, Message
from lionrock.models.use import UseEmbedder
from lionrock.text.fold import fold_text
from lionrock.text.tokens import stem

MAKERS: list[tuple[Callable[[Path], Embed], tuple[str, ...]]] = [
    (lambda folder: E5Embedder(folder), ("model.onnx", "sp.model")),
    (lambda folder: UseEmbedder(folder, fold=str), ("weights.npz", "sp.model")),
]


@pytest.mark.parametrize(("make", "files"), MAKERS)
def test_a_missing_model_is_said_on_first_use(
    make: Callable[[Path], Embed], files: tuple[str, ...], tmp_path: Path
) -> None:
    model = make(tmp_path)
    assert model.dimension in (384, 512)
    with pytest.raises(ModelMissingError, match="lionrock models fetch"):
        model.embed_queries(["a"])
    (tmp_path / files[0]).write_bytes(b"x")
    with pytest.raises(ModelMissingError, match="not installed"):
        model.embed_queries(["a"])


@pytest.mark.parametrize(("make", "files"), MAKERS)
def test_a_damaged_model_is_said(make: Callable[[Path], Embed], files: tuple[str, ...], tmp_path: Path) -> None:
    for name in files:
        (tmp_path / name).write_bytes(b"PK\x03\x04 damaged")
    with pytest.raises(ModelMissingError, match="damaged"):
        make(tmp_path).embed_passages(["a"])


def test_another_format_of_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "e5-small-q4.bin").write_bytes(b"E5S9" + bytes(100))
    with pytest.raises(FetchError, match="format"):
        CONVERSIONS["e5-small"](tmp_path, tmp_path)


def test_the_dictionary_is_converted_and_read_again(tmp_path: Path) -> None:
    lines = "# CC-CEDICT\n年假 年假 [nian2 jia4] /annual leave/\n僱員 雇员 [gu4 yuan2] /employee/\n"
    with gzip.open(tmp_path / "cedict.txt.gz", "wt", encoding="utf-8") as file:
        file.write(lines)
    CONVERSIONS["cedict"](tmp_path, tmp_path)
    assert fold_text("僱員") in (tmp_path / "chinese.tsv").read_text(encoding="utf-8")
    assert fold_text("僱員") in load_dictionary(tmp_path).english_ways(stem("employee"))
    assert stem("employee") in load_dictionary(tmp_path).chinese_ways(fold_text("僱員"))
    assert load_dictionary(tmp_path / "nowhere")


@given(st.lists(st.integers(1, 600), max_size=50), st.integers(1, 3000))
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = list(by_length(lengths, budget))
    assert sorted(at for batch in batches for at in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or max(lengths[at] for at in batch) * len(batch) <= budget
        assert lengths[batch[-1]] == max(lengths[at] for at in batch)


def test_a_fake_embedding_can_unite_scripts() -> None:
    plain, united = FakeEmbed(128), FakeEmbed(128, name="united", fold=fold_text)
    assert united.name == "united"
    a, b = united.embed_passages(["學習條例", "学习条例"])
    np.testing.assert_allclose(a, b)
    c, d = plain.embed_passages(["學習條例", "学习条例"])
    assert c @ d < 0.99


def test_a_scripted_chat_follows_its_script() -> None:
    chat = ScriptedChat("one", EndpointError("down"), lambda messages: messages[-1].content.upper(), name="s", piece=2)
    ask = [Message("user", "last")]
    assert chat.name == "s"
    assert list(chat.stream(ask, max_tokens=9)) == ["on", "e"]
    with pytest.raises(EndpointError, match="down"):
        list(chat.stream(ask, max_tokens=9))
    assert "".join(chat.stream(ask, max_tokens=9)) == "LAST"
    assert "".join(chat.stream(ask, max_tokens=1)) == "LA"
    assert "".join(chat.stream(ask, max_tokens=9, stop=["S", "T"])) == "LA"
    chat.close()
    assert chat.closed
    with pytest.raises(AssertionError):
        list(chat.stream(ask, max_tokens=9))
    with pytest.raises(ValueError, match="at least one"):
        ScriptedChat()
