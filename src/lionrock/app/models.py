"""Which models the settings name: the embedding models, and the chat models by name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from lionrock.errors import ModelMissingError, UsageError
from lionrock.models.e5 import E5Embedder
from lionrock.models.ports import Chat, Embed
from lionrock.models.registry import CATALOGUE, find_model
from lionrock.models.use import UseEmbedder
from lionrock.settings import Settings
from lionrock.text.fold import to_simplified

__all__ = ["Chats", "embedders_of", "named"]

_INSTALLED_AS = {"e5": "e5-small", "use": "use-multilingual"}
"""Vector space -> the name under which its model is installed."""


def embedders_of(settings: Settings) -> Sequence[Embed]:
    """The bundled pair, or one server's model in its place. Raises `UsageError` when that is named by half."""
    if settings.embed_url:
        if not settings.embed_model or settings.embed_dimension <= 0:
            raise UsageError(
                "An embeddings server needs its model and the length of its vectors: set LIONROCK_EMBED_MODEL and "
                "LIONROCK_EMBED_DIMENSION."
            )
        from lionrock.models.openai_embed import OpenAIEmbed

        return (
            OpenAIEmbed(
                settings.embed_url, settings.embed_model, settings.embed_dimension, api_key=settings.embed_api_key
            ),
        )
    return (
        E5Embedder(settings.models / "e5-small", threads=settings.threads),
        UseEmbedder(settings.models / "use-multilingual", fold=to_simplified),
    )


def named(embedders: Sequence[Embed]) -> Mapping[str, Embed]:
    """Embedding models by the names under which they are installed."""
    return {_INSTALLED_AS.get(embedder.name, embedder.name): embedder for embedder in embedders}


class Chats:
    """The chat models of this installation by name, each made once.

    None or `auto`: the server if one is set, else the default local model if it is installed; `none`: none.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: dict[str, Chat] = {}
        self._lock = threading.Lock()

    def __call__(self, name: str | None) -> Chat | None:
        """Raises `NotFoundError` or `UsageError` for a name that is none, `ModelMissingError` when not installed."""
        settings = self._settings
        wanted = settings.chat if name in (None, "", "auto") else str(name)
        with self._lock:
            if wanted == "none":
                return None
            if settings.chat_url and wanted in ("auto", settings.chat_model):
                return self._keep("server", self._server)
            return self._local(wanted)

    def _keep(self, name: str, make: Callable[[], Chat]) -> Chat:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def _server(self) -> Chat:
        from lionrock.models.openai_chat import OpenAIChat

        settings = self._settings
        return OpenAIChat(settings.chat_url, settings.chat_model or "default", api_key=settings.chat_api_key)

    def _local(self, wanted: str) -> Chat | None:
        # Imported here, as the clients take a fifth of a second to load and most commands need none.
        from lionrock.models.fetch import installed
        from lionrock.models.llamacpp import LlamaCppChat

        default = next(spec.name for spec in CATALOGUE if spec.kind == "chat" and spec.default)
        spec = find_model(default if wanted == "auto" else wanted)
        folder, threads = self._settings.models, self._settings.threads
        if spec.kind != "chat":
            raise UsageError(f"{spec.name} is not a chat model; `lionrock models list` says which are.")
        if not installed(spec, folder):
            if wanted == "auto":
                return None
            raise ModelMissingError(
                f"The chat model {spec.name} is not installed; run `lionrock models fetch {spec.name}`."
            )
        return self._keep(spec.name, lambda: LlamaCppChat(folder / spec.name, name=spec.name, threads=threads))

    def close(self) -> None:
        """Stop them all."""
        with self._lock:
            for chat in self._made.values():
                chat.close()
            self._made.clear()
