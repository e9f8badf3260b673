"""Embeddings behind a server: prefixes, batches, troubles that pass and troubles that do not."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from lionrock.errors import EndpointError, UsageError
from lionrock.models.openai_embed import OpenAIEmbed


def vectors(answer: Any, *rows: Any) -> Any:
    return answer(json.dumps({"data": [{"embedding": row} for row in rows]}).encode())


@pytest.fixture
def embed(stub: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("lionrock.models.endpoint._pause", lambda seconds: None)
    made = OpenAIEmbed(
        f"{stub.address}/v1/", "m", 2, api_key="k3y", batch=2, query_prefix="q: ", passage_prefix="p: ", timeout_s=5
    )
    yield made
    made.close()


def test_texts_go_in_batches_with_their_prefix_and_key(stub: Any, answer: Any, embed: OpenAIEmbed) -> None:
    stub.on("/v1/embeddings", vectors(answer, [3, 4], [0, 2]), vectors(answer, [1, 0]))
    np.testing.assert_allclose(embed.embed_passages(["a", "", "b", "c"]), [[0.6, 0.8], [0, 0], [0, 1], [1, 0]])
    assert [request.json["input"] for request in stub.requests] == [["p: a", "p: b"], ["p: c"]]
    assert stub.requests[0].headers["authorization"] == "Bearer k3y"
    embed.embed_queries(["d"])
    assert stub.requests[-1].json["input"] == ["q: d"]
    assert embed.name == "m"


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'{"data": []}',
        b'{"data": [{"embedding": [1, 2, 3]}]}',
        b'{"data": [{"embedding": [0, 0]}]}',
        b'{"data": [{"embedding": ["x", 1]}]}',
        b'{"data": [{"index": 7, "embedding": [1, 2]}]}',
        b'{"data": [{"embedding": [NaN, 1]}]}',
        b'{"data": [3]}',
    ],
)
def test_anything_but_the_vectors_asked_for_is_refused(stub: Any, answer: Any, embed: OpenAIEmbed, body: bytes) -> None:
    stub.on("/v1/embeddings", answer(body))
    with pytest.raises(EndpointError, match="1 vectors of 2 numbers"):
        embed.embed_queries(["a"])


def test_passing_troubles_are_tried_again(stub: Any, answer: Any, embed: OpenAIEmbed) -> None:
    busy = answer(status=429, headers={"retry-after": "1"})
    stub.on("/v1/embeddings", busy, answer(status=503), vectors(answer, [1, 0]))
    np.testing.assert_allclose(embed.embed_queries(["a"]), [[1, 0]])
    stub.on("/v1/embeddings", answer(status=503))
    with pytest.raises(EndpointError, match="cannot answer just now"):
        embed.embed_queries(["a"])


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, b'{"error": {"message": "bad key k3y here"}}', "refused the API key"),
        (404, b'{"error": "no such model"}', "no such model"),
        (400, b"<html>", "did not accept"),
        (400, b'{"error": {"message": "exceeds the context"}}', "too long for the model"),
        (200, b"<html>", "not JSON"),
    ],
)
def test_refusals_are_said_without_the_key(
    stub: Any, answer: Any, embed: OpenAIEmbed, status: int, body: bytes, said: str
) -> None:
    stub.on("/v1/embeddings", answer(body, status))
    with pytest.raises(EndpointError, match=said) as caught:
        embed.embed_queries(["a"])
    assert "k3y" not in caught.value.message


def test_a_redirect_is_not_followed(stub: Any, answer: Any, embed: OpenAIEmbed) -> None:
    stub.on("/v1/embeddings", answer(status=307, headers={"location": f"{stub.address}/elsewhere"}))
    with pytest.raises(EndpointError, match="307"):
        embed.embed_queries(["a"])
    assert not stub.to("/elsewhere")


def test_no_server_is_said(dead_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lionrock.models.endpoint._pause", lambda seconds: None)
    embed = OpenAIEmbed(f"{dead_address}/v1", "m", 2)
    with pytest.raises(EndpointError, match="No server answers"):
        embed.embed_queries(["a"])
    embed.close()


@pytest.mark.parametrize("address", ["", "host/v1", "ftp://host", "http://", "http://me:secret@host/v1"])
def test_what_is_no_address_is_a_wrong_call(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        OpenAIEmbed(address, "m", 2)
    assert "secret" not in caught.value.message
