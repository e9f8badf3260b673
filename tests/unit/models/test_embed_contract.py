"""What every embedding model must do, fake or real, local or behind a server."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pytest

from lionrock.models.e5 import E5Embedder
from lionrock.models.fakes import FakeEmbed
from lionrock.models.fetch import installed
from lionrock.models.openai_embed import OpenAIEmbed
from lionrock.models.ports import Embed
from lionrock.models.registry import find_model
from lionrock.models.use import UseEmbedder
from lionrock.text.fold import to_simplified

TEXTS = [
    "Staff may carry over five days of annual leave to the next year.",
    "Annual leave that is not taken: at most five days go over to the next year.",
    "The water tank on the roof is cleaned in March.",
    "",
    "x",
]


def _folder(name: str) -> Path:
    home = Path(os.environ.get("LIONROCK_MODELS") or platformdirs.user_cache_path("lionrock") / "models")
    if not installed(find_model(name), home):
        pytest.skip(f"{name} is not installed in {home}; run `lionrock models fetch {name}`")
    return home / name


def _behind_a_server(stub: Any, answer: Any) -> Embed:
    inner = FakeEmbed(48)

    def embeddings(request: Any) -> Any:
        vectors = inner.embed_passages(request.json["input"]) * 3
        data = [{"index": at, "embedding": row.tolist()} for at, row in enumerate(vectors)]
        return answer(json.dumps({"data": data[::-1]}).encode(), headers={"content-type": "application/json"})

    stub.on("/v1/embeddings", embeddings)
    return OpenAIEmbed(f"{stub.address}/v1", "m", 48, batch=2)


MAKERS: dict[str, Callable[[Any, Any], Embed]] = {
    "fake": lambda stub, answer: FakeEmbed(),
    "openai": _behind_a_server,
    "e5": lambda stub, answer: E5Embedder(_folder("e5-small"), threads=1),
    "use": lambda stub, answer: UseEmbedder(_folder("use-multilingual"), fold=to_simplified),
}


@pytest.fixture(
    params=["fake", "openai", *(pytest.param(name, marks=pytest.mark.weights) for name in ("e5", "use"))],
)
def embed(request: pytest.FixtureRequest, stub: Any, answer: Any) -> Any:
    made = MAKERS[request.param](stub, answer)
    yield made
    if isinstance(made, OpenAIEmbed):
        made.close()


def test_the_contract_of_embedding(embed: Embed) -> None:
    """One test with many questions, as loading a real model takes seconds."""
    assert embed.name
    for method in (embed.embed_queries, embed.embed_passages):
        vectors = method(TEXTS)
        assert vectors.shape == (len(TEXTS), embed.dimension)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 0, 1], atol=1e-4)
        assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
        assert method([]).shape == (0, embed.dimension)
        assert not method([" \n\t", "", "\u3000"]).any()
        np.testing.assert_array_equal(method([TEXTS[0]]), method([TEXTS[0]]))
        # The same text has the same place, whatever it is sent with.
        assert float(method([TEXTS[0]])[0] @ vectors[0]) > 0.99
        long = method(["年假可轉撥至下一年。" * 2000])
        assert np.isfinite(long).all()
        odd = method(["😀", "\x00", "𠮷\U000e0100", "a" * 5000])
        assert np.isfinite(odd).all()
    with ThreadPoolExecutor(4) as pool:
        same = list(pool.map(lambda _: embed.embed_queries(TEXTS), range(8)))
    assert all(np.array_equal(same[0], other) for other in same)
