"""An answer in the making: its events, kept in memory so that whoever comes late or comes back hears all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lionrock.contract_chat import Told
from lionrock.records import Hit, Scope

__all__ = ["Run"]

_MOST_TOKENS = 4_000
_MOST_CHARACTERS = 200_000
"""Of a model's draft, so much is told; its sentences and the answer always are."""


class Run:
    """Written by the thread that answers, and by whoever ends it; read by any number of followers."""

    def __init__(self, turn_id: str, conversation_id: str, owner: str, question: str, scope: Scope) -> None:
        self.turn_id = turn_id
        self.conversation_id = conversation_id
        self.owner = owner
        self.question = question
        self.scope = scope
        self.hits: Sequence[Hit] = ()
        """What was found, for whoever writes the end down."""
        self.evidence: Mapping[str, Any] | None = None
        self.ending = threading.RLock()
        """Held while the end is written down, so that nothing is told meanwhile; followers never wait for it."""
        self.thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._events: list[Told] = []
        self._tokens = 0
        self._characters = 0
        self._closed = False
        self._watchers: list[Callable[[], None]] = []

    @property
    def closed(self) -> bool:
        """Whether the last event was told."""
        return self._closed

    @property
    def count(self) -> int:
        """How many events were told."""
        return len(self._events)

    def tell(self, name: str, data: Mapping[str, Any]) -> None:
        """Add an event, unless the last one was told."""
        self._add(name, data, is_last=False)

    def close(self, name: str, data: Mapping[str, Any]) -> None:
        """Add the last event."""
        self._add(name, data, is_last=True)

    def _add(self, name: str, data: Mapping[str, Any], *, is_last: bool) -> None:
        with self.ending:
            if self._closed or (name == "token" and self._is_full(str(data["text"]))):
                return
            with self._lock:
                self._events.append(Told(len(self._events) + 1, name, data))
                self._closed = is_last
                watchers = list(self._watchers)
            for wake in watchers:
                wake()

    def since(self, after: int) -> tuple[Sequence[Told], bool]:
        """The events behind number `after`, and whether the last one is among them or before."""
        with self._lock:
            return self._events[max(after, 0) :], self._closed

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake`, from any thread, whenever there is more; returns what ends that."""
        with self._lock:
            self._watchers.append(wake)

        def unwatch() -> None:
            with self._lock:
                self._watchers.remove(wake)

        return unwatch

    def _is_full(self, text: str) -> bool:
        self._tokens += 1
        self._characters += len(text)
        return self._tokens > _MOST_TOKENS or self._characters > _MOST_CHARACTERS
