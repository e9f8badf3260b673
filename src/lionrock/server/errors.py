"""The tree of errors as HTTP answers: `{"error": {"type", "message"}}` with the class's own status.

Below `/v1` they have the form and the status that OpenAI clients know.
"""

from __future__ import annotations

import logging
import math
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from lionrock.errors import LionrockError, TooManyError
from lionrock.server.openai_errors import for_openai, openai_error, param_and_code

__all__ = ["ERRORS", "ErrorBody", "Fault", "install_error_handlers", "told"]

_log = logging.getLogger(__name__)


class Fault(BaseModel):
    """What went wrong and what to do next."""

    type: str = Field(description="Name of the error.")
    message: str = Field(description="A sentence for the user.")


class ErrorBody(BaseModel):
    """The body of every answer that is an error."""

    error: Fault


ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorBody, "description": "The call was wrong, or there is no such thing for who asks."},
    "5XX": {"model": ErrorBody, "description": "Something here does not work or is missing."},
}
"""The answers that every route may give besides its own."""


def told(
    path: str, kind: str, message: str, status: int, *, param: str | None = None, code: str | None = None
) -> JSONResponse:
    """An error as the callers of `path` expect it. What they sent may be quoted in it, and need not be valid Unicode."""
    message = message.encode("utf-8", "replace").decode("utf-8")
    body: dict[str, Any] = {"error": {"type": kind, "message": message}}
    if for_openai(path):
        body, status = openai_error(message, status, kind=kind, param=param, code=code)
    return JSONResponse(body, status_code=status)


def _path(request: Request) -> str:
    """The path below the place that the server is mounted at."""
    root = str(request.scope.get("root_path") or "")
    return request.url.path.removeprefix(root)


def _known(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, LionrockError)
    response = told(_path(request), type(error).__name__, error.message, error.http_status)
    if isinstance(error, TooManyError):
        response.headers["retry-after"] = str(math.ceil(error.seconds))
    return response


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    said = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors())
    param, code = param_and_code(error.errors())
    return told(_path(request), "UsageError", f"The request was wrong. {said}", 422, param=param, code=code)


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    response = told(_path(request), "HTTPError", str(error.detail), error.status_code)
    # Such as the verbs that are allowed, or how to sign in.
    response.headers.update(error.headers or {})
    return response


def _unknown(request: Request, error: Exception) -> JSONResponse:
    _log.error("unexpected error at %s", request.url.path, exc_info=error)
    return told(_path(request), "LionrockError", "Something went wrong here; the log of the server says what.", 500)


def install_error_handlers(api: FastAPI) -> None:
    """Answer every error as JSON; unknown ones are logged and told without details."""
    api.add_exception_handler(LionrockError, _known)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(Exception, _unknown)
