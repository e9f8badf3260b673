"""Bodies of OpenAI clients: what is taken and what is refused, with which parameter."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from lionrock.server.openai_requests import MOST_CHARACTERS, MOST_OF_ONE, ChatRequest, EmbeddingsRequest, tokens

ASKED = {"role": "user", "content": "Fee?"}


def chat(**more: Any) -> ChatRequest:
    return ChatRequest.model_validate({"model": "lionrock", "messages": [ASKED], **more})


@pytest.mark.parametrize(
    ("text", "number"),
    [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("泊車費", 3), ("\ud800", 1)],
)
def test_tokens_are_a_quarter_of_the_bytes(text: str, number: int) -> None:
    assert tokens(text) == number


@pytest.mark.parametrize(
    "more",
    [
        {"n": 1},
        {"n": None, "tools": None, "functions": [], "logprobs": False, "top_logprobs": 0},
        {"tools": [], "tool_choice": "none"},
        {"response_format": {"type": "text"}, "modalities": ["text"], "audio": None},
        {"temperature": 2, "max_tokens": 5, "seed": 1, "stop": ["x"], "user": "u", "nobody_knows_this": {}},
    ],
)
def test_what_has_no_effect_is_taken(more: dict[str, Any]) -> None:
    assert chat(**more).messages[0].content == "Fee?"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 2),
        ("n", 0),
        ("tools", [{"type": "function"}]),
        ("functions", [{"name": "f"}]),
        ("logprobs", True),
        ("top_logprobs", 3),
        ("response_format", {"type": "json_object"}),
        ("modalities", ["text", "audio"]),
        ("audio", {"voice": "v"}),
        ("web_search_options", {}),
        ("messages", [{"role": "tool", "content": "42", "tool_call_id": "1"}]),
        ("messages", [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}]),
        ("messages", [{"role": "user", "content": ["text"]}]),
        ("messages", [{"role": "user", "content": [{"type": "text"}]}]),
    ],
)
def test_what_is_not_done_here_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        chat(**{name: value})
    [error] = caught.value.errors()
    assert (error["type"], error["loc"][0]) == ("unsupported_parameter", name)


def test_parts_of_text_are_put_together() -> None:
    parts = [{"type": "text", "text": "Staff {0} fee"}, {"type": "text", "text": "an hour?"}]
    said = chat(messages=[{"role": "user", "content": parts}, {"role": "assistant", "content": None}])
    assert [turn.content for turn in said.messages] == ["Staff {0} fee\nan hour?", ""]


def embed(texts: Any) -> list[str]:
    return EmbeddingsRequest.model_validate({"model": "m", "input": texts}).input


def test_texts_for_vectors() -> None:
    assert embed("one") == ["one"]
    assert embed(["one", "two"]) == ["one", "two"]
    assert embed("x" * MOST_OF_ONE) == ["x" * MOST_OF_ONE]


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        ("", "empty"),
        ([], "empty"),
        (["a", " "], "empty"),
        ([1, 2, 3], "tokens"),
        ([[1, 2], [3]], "tokens"),
        (["a", 1], "tokens"),
        (["a"] * 2_049, "2,048"),
        ("x" * (MOST_OF_ONE + 1), "32,768"),
        (["x" * MOST_OF_ONE] * (MOST_CHARACTERS // MOST_OF_ONE + 1), "400,000"),
        ("half \udfff", "surrogate"),
    ],
)
def test_texts_that_are_refused_say_why(texts: Any, word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        embed(texts)
