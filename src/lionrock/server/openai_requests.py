"""What OpenAI clients send: bodies of `/v1` with what is taken of them, and what is refused in words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, field_validator
from pydantic_core import PydanticCustomError

__all__ = [
    "MOST_CHARACTERS",
    "MOST_OF_ONE",
    "MOST_TEXTS",
    "ChatRequest",
    "EmbeddingsRequest",
    "StreamOptions",
    "Turn",
    "tokens",
]

MOST_TEXTS = 2_048
MOST_CHARACTERS = 400_000
"""Of all texts of one call together; `docs/doors.md` says so."""
MOST_OF_ONE = 32_768


def tokens(text: str) -> int:
    """An estimate of the tokens of a text: a quarter of its UTF-8 bytes, rounded up."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // 4)


def _refuse(sentence: str) -> PydanticCustomError:
    # Doubled, as pydantic takes braces for places of a template.
    return PydanticCustomError("unsupported_parameter", sentence.replace("{", "{{").replace("}", "}}"))


def _text_of(content: Any) -> Any:
    """The text of a message's content; parts of text are put together."""
    if content is None:
        return ""
    if not isinstance(content, list):
        return content
    texts = []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        text = part.get("text") if isinstance(part, dict) else None
        if kind != "text" or not isinstance(text, str):
            raise _refuse(
                "Only parts of text are read here; add images, sound and files to the documents instead, and ask about them."
            )
        texts.append(text)
    return "\n".join(texts)


class Turn(BaseModel):
    """One message of a conversation."""

    role: Literal["system", "developer", "user", "assistant"] = Field(description="Who says it.")
    content: Annotated[str, BeforeValidator(_text_of, json_schema_input_type=str | list[dict[str, Any]] | None)] = (
        Field("", description="A text, or a list of parts {type: text, text}.")
    )

    @field_validator("role", mode="before")
    @classmethod
    def _no_tools(cls, role: Any) -> Any:
        if role in ("tool", "function"):
            raise _refuse("Results of tools are not read here; ask a question in words.")
        return role


class StreamOptions(BaseModel):
    """How a stream is told."""

    include_usage: bool = Field(False, description="Add a chunk with the usage.")


class ChatRequest(BaseModel):
    """A conversation; its last message of the user is the question. Parameters that are not named have no effect."""

    model: str = Field(description="`lionrock`, or `lionrock-extractive` for answers that only quote.")
    messages: list[Turn] = Field(min_length=1, description="The conversation, oldest first.")
    stream: bool | None = Field(None, description="Answer with server-sent events.")
    stream_options: StreamOptions | None = Field(None, description="How a stream is told.")
    n: int | None = Field(None, description="Only 1: there is one answer to a question.")
    tools: list[Any] | None = Field(None, description="Only an empty list.")
    functions: list[Any] | None = Field(None, description="Only an empty list.")
    logprobs: bool | None = Field(None, description="Only false.")
    top_logprobs: int | None = Field(None, description="Only 0.")
    response_format: dict[str, Any] | None = Field(None, description="Only {type: text}.")
    modalities: list[str] | None = Field(None, description="Only [text].")
    audio: dict[str, Any] | None = Field(None, description="Only null.")
    web_search_options: dict[str, Any] | None = Field(None, description="Only null.")

    @field_validator("n")
    @classmethod
    def _one(cls, value: int | None) -> int | None:
        if value not in (None, 1):
            raise _refuse("There is one answer to a question; leave n out or make it 1.")
        return value

    @field_validator("tools", "functions")
    @classmethod
    def _none_called(cls, value: list[Any] | None) -> list[Any] | None:
        if value:
            raise _refuse("Lionrock calls no tools: it answers from the documents; leave tools out.")
        return value

    @field_validator("logprobs", "top_logprobs")
    @classmethod
    def _no_chances(cls, value: int | None) -> int | None:
        if value:
            raise _refuse(
                "There are no probabilities of tokens; the field lionrock says how each sentence was checked."
            )
        return value

    @field_validator("response_format")
    @classmethod
    def _words(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None and value.get("type") != "text":
            raise _refuse("Answers are text; leave response_format out. The field lionrock has the answer as JSON.")
        return value

    @field_validator("modalities")
    @classmethod
    def _only_text(cls, value: list[str] | None) -> list[str] | None:
        if value is not None and value != ["text"]:
            raise _refuse("Answers are text; leave modalities out.")
        return value

    @field_validator("audio", "web_search_options")
    @classmethod
    def _absent(cls, value: dict[str, Any] | None) -> None:
        if value is not None:
            raise _refuse("Lionrock answers in text, from the documents alone; leave this out.")


def _texts_of(value: Any) -> Any:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list):
        return texts
    if any(not isinstance(text, str) for text in texts):
        raise _refuse("Send texts: numbers of tokens mean something else to each model.")
    return texts


class EmbeddingsRequest(BaseModel):
    """Texts to turn into vectors."""

    model: str = Field(description="Name of an embedding model; `/v1/models` lists them.")
    input: Annotated[list[str], BeforeValidator(_texts_of, json_schema_input_type=str | list[str])] = Field(
        description="A text or a list of texts."
    )
    encoding_format: Literal["float", "base64"] | None = Field(None, description="`base64`: float32, little-endian.")
    dimensions: int | None = Field(None, description="Only the model's own.")
    input_type: Literal["query", "passage"] | None = Field(None, description="What the texts are; default: passages.")

    @field_validator("input")
    @classmethod
    def _bounded(cls, texts: list[str]) -> list[str]:
        if not texts or not all(text.strip() for text in texts):
            raise _refuse("There is an empty text; leave it out.")
        if len(texts) > MOST_TEXTS:
            raise _refuse(f"At most {MOST_TEXTS:,} texts are taken in one call; send the rest in another.")
        if any(len(text) > MOST_OF_ONE for text in texts):
            raise _refuse(f"A text may have at most {MOST_OF_ONE:,} characters; cut it into pieces.")
        if sum(map(len, texts)) > MOST_CHARACTERS:
            raise _refuse(f"At most {MOST_CHARACTERS:,} characters are taken in one call; send the rest in another.")
        if any("\ud800" <= char <= "\udfff" for text in texts for char in text):
            raise _refuse("A text holds half a character (a lone surrogate); send it as valid Unicode.")
        return texts
