"""Numbers for Prometheus. Labels are templates of routes, methods, states and modes only: no paths, names, ids or words."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lionrock.answer.pipeline import AnswerEvent, Event, EvidenceEvent, TokenEvent
from lionrock.app import App
from lionrock.errors import LionrockError
from lionrock.records import Answer

__all__ = ["Metrics"]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0)
_SPEEDS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
_KEPT_SECONDS = 5.0


class Metrics:
    """The numbers of one server; it watches requests, searches and answers."""

    def __init__(self, app: App) -> None:
        registry = self._registry = CollectorRegistry()
        self._requests = Histogram(
            "lionrock_http_request_seconds",
            "Time to the end of the answer.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._busy = Gauge("lionrock_answers_running", "Answers that are being made.", registry=registry)
        self._retrieval = _histogram("retrieval_seconds", "Time of a search.", registry)
        self._evidence = _histogram("first_evidence_seconds", "Time from a question to its evidence.", registry)
        self._token = _histogram("first_token_seconds", "Time from a question to a model's first words.", registry)
        self._speed = Histogram(
            "lionrock_tokens_per_second", "Pieces of a reply a second.", buckets=_SPEEDS, registry=registry
        )
        self._answers = Counter(
            "lionrock_answers", "Answers by how they were made.", ("mode", "abstained"), registry=registry
        )
        self._verdicts = Counter(
            "lionrock_verdicts", "Sentences of answers by verdict.", ("verdict",), registry=registry
        )
        self._broken = Counter("lionrock_answers_broken_off", "Answers that did not come to an end.", registry=registry)
        ProcessCollector(registry=registry)
        registry.register(_Stored(app))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request has ended."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def searched(self, took_ms: float) -> None:
        """A search has ended."""
        self._retrieval.observe(took_ms / 1000)

    def answering(self, events: Iterator[Event]) -> Iterator[Event]:
        """The same events, measured."""
        started = time.perf_counter()
        first = last = 0.0
        tokens, whole = 0, False
        self._busy.inc()
        try:
            for event in events:
                now = time.perf_counter()
                if isinstance(event, EvidenceEvent):
                    self._evidence.observe(now - started)
                    self._retrieval.observe(event.took_ms / 1000)
                elif isinstance(event, TokenEvent):
                    tokens, first, last = tokens + 1, first or now, now
                elif isinstance(event, AnswerEvent):
                    whole = True
                    self._answer(event.answer)
                yield event
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()
            self._busy.dec()
            if first:
                self._token.observe(first - started)
            if tokens > 1 and last > first:
                self._speed.observe((tokens - 1) / (last - first))
            if not whole:
                self._broken.inc()

    def _answer(self, answer: Answer) -> None:
        self._answers.labels(answer.mode, str(answer.abstained).lower()).inc()
        for sentence in answer.sentences:
            self._verdicts.labels(sentence.verdict).inc()

    def text(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self._registry)


def _histogram(name: str, text: str, registry: CollectorRegistry) -> Histogram:
    return Histogram(f"lionrock_{name}", text, buckets=_SECONDS, registry=registry)


class _Stored(Collector):
    """What the database says, asked when somebody reads, and at most every few seconds."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._read: list[Metric] = []

    def describe(self) -> list[Metric]:
        """Nothing: else registering would ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Queue and documents."""
        with self._lock:
            if time.monotonic() - self._read_at > _KEPT_SECONDS:
                self._read = self._ask()
                self._read_at = time.monotonic()
            yield from self._read

    def _ask(self) -> list[Metric]:
        up = GaugeMetricFamily("lionrock_database_up", "Whether the database answers.")
        try:
            held = self._app.health.held()
        except LionrockError:
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        jobs = GaugeMetricFamily("lionrock_jobs", "Files in the queue by state.", labels=["state"])
        for state, number in held.jobs.items():
            jobs.add_metric([state], number)
        documents = GaugeMetricFamily(
            "lionrock_documents", "Documents by the status of what search shows.", labels=["status"]
        )
        for status, number in held.documents.items():
            documents.add_metric([status], number)
        oldest = GaugeMetricFamily("lionrock_oldest_job_seconds", "How long the oldest open job has waited.")
        oldest.add_metric([], held.oldest_seconds)
        return [up, jobs, documents, oldest]
