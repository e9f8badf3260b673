"""Spans reach a collector, and hold a request's template, method and status alone."""

from __future__ import annotations

import http.server
import threading

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from lionrock.errors import MissingError
from lionrock.server.telemetry import open_spans


def test_a_request_becomes_a_span() -> None:
    got: list[tuple[str, bytes]] = []

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        spans = open_spans(f"http://127.0.0.1:{server.server_address[1]}/")
        spans.request("GET", "/api/v1/documents/{document_id}", 404, 0.25)
        spans.close()
        server.shutdown()
    [(path, body)] = got
    assert path == "/v1/traces"
    told = ExportTraceServiceRequest.FromString(body)
    [span] = told.resource_spans[0].scope_spans[0].spans
    assert span.name == "GET /api/v1/documents/{document_id}"
    assert {item.key for item in span.attributes} == {
        "http.request.method",
        "http.route",
        "http.response.status_code",
    }
    assert (span.end_time_unix_nano - span.start_time_unix_nano) == 250_000_000


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(MissingError, match=r"lionrock\[telemetry\]"):
        open_spans("http://127.0.0.1:4318")
