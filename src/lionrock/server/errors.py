"""The tree of errors as HTTP answers: `{"error": {"type", "message"}}` with the class's own status."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from lionrock.errors import LionrockError

__all__ = ["install_error_handlers"]

_log = logging.getLogger(__name__)


def _body(kind: str, message: str, status: int) -> JSONResponse:
    return JSONResponse({"error": {"type": kind, "message": message}}, status_code=status)


def _known(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, LionrockError)
    return _body(type(error).__name__, error.message, error.http_status)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    said = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors())
    return _body("UsageError", f"The request was wrong. {said}", 422)


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _body("HTTPError", str(error.detail), error.status_code)


def _unknown(request: Request, error: Exception) -> JSONResponse:
    _log.error("unexpected error at %s", request.url.path, exc_info=error)
    return _body("LionrockError", "Something went wrong here; the log of the server says what.", 500)


def install_error_handlers(api: FastAPI) -> None:
    """Answer every error as JSON; unknown ones are logged and told without details."""
    api.add_exception_handler(LionrockError, _known)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(Exception, _unknown)
