"""Every setting, in one frozen record. Only `lionrock.app` and the command line build one; lower layers get plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import platformdirs

from lionrock.errors import UsageError

__all__ = ["ENVIRONMENT_PREFIX", "Settings", "settings_from"]

ENVIRONMENT_PREFIX = "LIONROCK_"


def _setting(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation can be told. Each field is read from `LIONROCK_<NAME>`."""

    home: Path = _setting(
        Path(), "The data folder: database, originals, index. Default: the platform's user data folder."
    )
    models: Path = _setting(
        Path(), "The folder of model files, shared by data folders. Default: the platform's user cache folder."
    )
    database_url: str = _setting("", "A SQLAlchemy address such as postgresql+psycopg://…; empty: SQLite in the home.")
    index_url: str = _setting("", "Address of a Qdrant server; empty: the embedded index in the home.")
    index_api_key: str = _setting("", "API key of the Qdrant server.")
    chat: str = _setting(
        "auto", "The chat model: `auto` (the default model if installed), `none`, or an installed model."
    )
    chat_url: str = _setting(
        "", "Base address of an OpenAI-compatible server, ending in /v1; it is used instead of a local model."
    )
    chat_model: str = _setting("", "The model's name on that server.")
    chat_api_key: str = _setting("", "API key of that server; never logged.")
    embed_url: str = _setting(
        "", "Base address of an OpenAI-compatible embeddings server; it replaces the bundled pair."
    )
    embed_model: str = _setting("", "The embedding model's name on that server.")
    embed_api_key: str = _setting("", "API key of that server; never logged.")
    embed_dimension: int = _setting(0, "Length of that server's vectors.")
    threads: int = _setting(2, "Threads for local models.")
    workers: int = _setting(1, "Files that `serve` takes in side by side, while it answers.")
    host: str = _setting("127.0.0.1", "Address that `serve` listens on.")
    port: int = _setting(8321, "Port that `serve` listens on.")
    path_prefix: str = _setting("", "Path below which a reverse proxy shows the server, such as /lionrock.")
    public_hosts: str = _setting(
        "", "Host names under which people reach the server, separated by commas; loopback names are always accepted."
    )
    trusted_proxies: str = _setting(
        "",
        "Addresses or networks of reverse proxies whose X-Forwarded headers count, separated by commas; empty: none.",
    )
    metrics_from: str = _setting(
        "", "Addresses or networks that may read /metrics besides this machine, separated by commas."
    )
    metrics_token: str = _setting("", "Bearer token with which /metrics may be read from anywhere; never logged.")
    log_format: str = _setting(
        "text", "Form of the log of `serve` on standard error: `text`, or `json`, one object a line."
    )
    log_level: str = _setting(
        "auto", "Least level logged: `debug`, `info`, `warning`, `error`; `auto`: `info` for json, else `warning`."
    )
    telemetry_url: str = _setting(
        "", "Address of an OpenTelemetry collector (OTLP over HTTP) that is told of requests; empty: none is."
    )
    stop_seconds: float = _setting(10.0, "Time in which requests may finish when the server stops.")
    stop_delay_seconds: float = _setting(
        0.0, "Time for which a stopping server still accepts requests, while /readyz says that it is not ready."
    )
    idle_seconds: float = _setting(30.0, "Time after which a client that neither sends nor reads is cut off.")
    min_free_bytes: int = _setting(500_000_000, "Free space on the data folder's disk below which /readyz says no.")
    session_idle_minutes: int = _setting(480, "Minutes without a request after which a sign-in ends.")
    session_hours: int = _setting(168, "Hours after which a sign-in ends in any case.")
    questions_per_minute: int = _setting(30, "Searches and questions of one person in a minute; 0: no limit.")
    sign_ins_per_minute: int = _setting(10, "Sign-ins tried from one address in a minute; 0: no limit.")
    requests_per_minute: int = _setting(600, "Other requests of one person or address in a minute; 0: no limit.")
    department: str = _setting("general", "Department that new documents belong to when none is named.")
    max_file_bytes: int = _setting(200_000_000, "Largest file taken in.")
    parse_seconds: float = _setting(120.0, "Longest time that reading one file may take.")
    parse_memory_bytes: int = _setting(1_000_000_000, "Most memory that reading one file may take.")
    web_pages: int = _setting(2_000, "Most pages of one web source.")
    web_private_hosts: str = _setting(
        "", "Hosts of the inner network that web sources may read, separated by commas; empty: only public addresses."
    )
    max_question_characters: int = _setting(4_000, "Longest question; longer ones are refused.")
    answer_passages: int = _setting(3, "Most passages given to the chat model.")
    answer_tokens: int = _setting(320, "Longest generated answer, in tokens.")
    font: str = _setting(
        "", "A font file with Chinese characters for exported PDF files; empty: one that the machine has."
    )
    running_turns: int = _setting(3, "Answers of conversations that one person may have in the making at a time.")


def settings_from(environment: Mapping[str, str], **overrides: Any) -> Settings:
    """Build the settings from `LIONROCK_*` variables; `overrides` that are not None win.

    Raises `UsageError` when a value is not of its field's kind.
    """
    values: dict[str, Any] = {}
    for item in fields(Settings):
        raw = environment.get(ENVIRONMENT_PREFIX + item.name.upper())
        if overrides.get(item.name) is not None:
            values[item.name] = overrides[item.name]
        elif raw is not None and raw != "":
            values[item.name] = _converted(item.name, raw, item.default)
    values.setdefault("home", platformdirs.user_data_path("lionrock"))
    values.setdefault("models", platformdirs.user_cache_path("lionrock") / "models")
    return Settings(**values)


def _converted(name: str, raw: str, default: object) -> object:
    try:
        if isinstance(default, int):
            return int(raw)
        if isinstance(default, float):
            return float(raw)
    except ValueError:
        raise UsageError(f"{ENVIRONMENT_PREFIX}{name.upper()} must be a number, not {raw!r}.") from None
    return Path(raw) if isinstance(default, Path) else raw
