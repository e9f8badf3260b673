"""The log of `serve`: what happened to each request, as text or as one JSON object a line, on standard error.

Never in it: questions, text of documents, names of files, secrets. So a request is known by its route's template and an id, and
of an error the types and the places in the program are logged, not what it says, which may quote what was being worked on.
"""

from __future__ import annotations

import contextvars
import json
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lionrock.errors import UsageError
from lionrock.server.proxy import request_id_of

__all__ = ["Requests", "Seen", "install_logs", "template_of"]

_log = logging.getLogger(__name__)
_LEVELS = ("debug", "info", "warning", "error")
_FIELDS = ("request_id", "method", "route", "status", "ms", "person")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_current: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")

Seen = Callable[[str, str, int, float], None]
"""Told of each request when it has ended: method, template of its route, status, seconds."""


class _Form(logging.Formatter):
    """Text, without what exceptions say."""

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Types and places of an exception and of those that led to it."""
        return "\n".join(_places(ei[1]))

    def format(self, record: logging.LogRecord) -> str:
        """One record; control characters cannot make it look like two."""
        request = getattr(record, "request_id", "") or _current.get()
        line = f"{record.levelname} {_one_line(record.getMessage())}"
        told = [f"{name}={value}" for name in _FIELDS[1:] if (value := getattr(record, name, None)) not in (None, "")]
        line = " ".join([line, *told, *([f"request_id={request}"] if request else [])])
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class _Json(_Form):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        made: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := _current.get():
            made["request_id"] = request
        made |= {name: value for name in _FIELDS if (value := getattr(record, name, None)) not in (None, "")}
        if record.exc_info and record.exc_info[1] is not None:
            made["error"] = _places(record.exc_info[1])
        return json.dumps(made, ensure_ascii=False, default=str)


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _places(error: BaseException | None) -> list[str]:
    told = []
    while error is not None:
        told.append(f"{type(error).__module__}.{type(error).__qualname__}")
        told += [f"  {f.filename}:{f.lineno} in {f.name}" for f in traceback.extract_tb(error.__traceback__)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return told


def install_logs(form: str, level: str, *, verbose: bool = False) -> None:
    """Send every log line of the process to standard error. Raises `UsageError` for a form or level that is none.

    Libraries are heard from `warning` on only: what they tell of at lower levels is what we do not log.
    """
    if form not in ("text", "json"):
        raise UsageError(f"LIONROCK_LOG_FORMAT is `text` or `json`, not {form!r}.")
    if level == "auto":
        level = "info" if form == "json" or verbose else "warning"
    if level not in _LEVELS:
        raise UsageError(f"LIONROCK_LOG_LEVEL is `auto` or one of {', '.join(_LEVELS)}, not {level!r}.")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Form())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    logging.getLogger("lionrock").setLevel(level.upper())
    logging.captureWarnings(True)
    threading.excepthook = _thread_died
    sys.excepthook = _program_died


def _thread_died(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None and not isinstance(told.exc_value, SystemExit):
        info = (told.exc_type, told.exc_value, told.exc_traceback)
        _log.error("a thread ended by a fault of the program", exc_info=info)


def _program_died(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    _log.critical("the program ended by a fault of its own", exc_info=(kind, error, trace))


def template_of(scope: Scope) -> str:
    """The template of a request's route, `/api/v1/documents/{document_id}`; never the path that was asked for."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    if path:
        return str(path)
    return "unmatched" if route is None else "/static"


class Requests:
    """ASGI middleware: the request's id in the answer and in the log, its time, and an answer when the program fails."""

    def __init__(self, app: ASGIApp, *, seen: Sequence[Seen]) -> None:
        self._app = app
        self._seen = seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; log when it has ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        token = _current.set(request_id)
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:  # noqa: BLE001  the edge of a request: an unknown fault costs this request only
            _log.exception("a request met a fault of the program", extra=_about(scope))
            if not status:
                said = "Something went wrong here; the log of the server says what."
                body = {"error": {"type": "LionrockError", "message": said}}
                await JSONResponse(body, status_code=500)(scope, receive, send_with_id)
            # An answer that was begun stays without its end, and the server closes the connection.
        finally:
            # Without a status the client went away before there was one.
            self._ended(scope, status or 499, time.perf_counter() - started)
            _current.reset(token)

    def _ended(self, scope: Scope, status: int, seconds: float) -> None:
        about = _about(scope)
        for seen in self._seen:
            seen(about["method"], about["route"], status, seconds)
        level: Literal[10, 20] = (
            logging.DEBUG if about["route"] in ("/healthz", "/readyz", "/metrics") else logging.INFO
        )
        _log.log(level, "request", extra={**about, "status": status, "ms": round(seconds * 1000, 1)})


def _about(scope: Scope) -> dict[str, Any]:
    person = scope.get("state", {}).get("person")
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    about = {"method": method, "route": template_of(scope)}
    return about | ({"person": str(getattr(person, "id", person))} if person is not None else {})
