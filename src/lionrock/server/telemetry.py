"""Spans of requests for an OpenTelemetry collector; only where one is configured and `lionrock[telemetry]` is installed.

A span carries what a line of the log does: method, template of the route, status and time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from lionrock import __version__
from lionrock.errors import MissingError

__all__ = ["Spans", "open_spans"]


class Spans:
    """Told of requests when they have ended; sends them in batches in the background."""

    def __init__(self, span: Callable[[str, str, int, int, int], None], close: Callable[[], None]) -> None:
        self._span = span
        self.close = close

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request has ended."""
        now = time.time_ns()
        self._span(method, route, status, now - int(seconds * 1e9), now)


def open_spans(url: str) -> Spans:
    """Spans for the collector at `url`. Raises `MissingError` when the library is not installed."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace import SpanKind
    except ImportError:
        raise MissingError(
            "LIONROCK_TELEMETRY_URL needs a library that is not installed; run `pip install 'lionrock[telemetry]'`."
        ) from None
    resource = Resource({"service.name": "lionrock", "service.version": __version__})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{url.rstrip('/')}/v1/traces")))
    tracer = provider.get_tracer("lionrock")

    def span(method: str, route: str, status: int, begun: int, ended: int) -> None:
        attributes: dict[str, Any] = {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
        }
        made = tracer.start_span(f"{method} {route}", kind=SpanKind.SERVER, start_time=begun, attributes=attributes)
        made.end(ended)

    return Spans(span, provider.shutdown)
