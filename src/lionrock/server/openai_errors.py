"""Errors of `/v1` as OpenAI clients know them: `{"error": {"message", "type", "param", "code"}}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["for_openai", "openai_error", "param_and_code"]

_KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


def for_openai(path: str) -> bool:
    """Whether a path is one that OpenAI clients call."""
    return path == "/v1" or path.startswith("/v1/")


def openai_error(
    message: str, status: int, *, kind: str = "", param: str | None = None, code: str | None = None
) -> tuple[dict[str, Any], int]:
    """The body and the status; `kind` is the error's name in the house. A wrong call is 400 there, not 422."""
    told = _KINDS.get(status) or ("invalid_request_error" if status < 500 else "server_error")
    if kind == "NotFoundError":
        param, code = "model", "model_not_found"
    error = {"message": message, "type": told, "param": param, "code": code}
    return {"error": error}, 400 if status == 422 else status


def param_and_code(errors: Sequence[Mapping[str, Any]]) -> tuple[str | None, str | None]:
    """Of a body that was wrong: the parameter that is meant, and `unsupported_parameter` if it is not taken here."""
    if not errors:
        return None, None
    place = [str(part) for part in errors[0]["loc"][1:]]
    code = errors[0]["type"] if errors[0]["type"] == "unsupported_parameter" else None
    return ".".join(place) or None, code
