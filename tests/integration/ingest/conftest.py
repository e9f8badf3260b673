"""An office with documents about piers, for the tests of the life of documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lionrock.app import App, Upload
from lionrock.ingest.sandbox import ReaderPool
from lionrock.records import Attachment, Block, ParsedDocument, Scope
from lionrock.storage import passages


class Office:
    """An App and what the tests do with it."""

    def __init__(self, app: App) -> None:
        self.app = app

    def add(self, name: str, text: str, **where: Any) -> Any:
        """Take a file in; the result of the file itself."""
        return next(iter(list(self.app.ingest([Upload(name, name, data=text.encode())], **where))))

    def note(self, name: str, number: int = 1, **where: Any) -> str:
        """A document about a pier; returns its id."""
        result = self.add(name, f"# Pier {name}\n\nThe pier {name} closes at {number} o'clock.\n", **where)
        assert result.status == "indexed", result
        return str(result.document_id)

    def seen(self, scope: Scope) -> set[str]:
        """Ids of the documents that a search shows to somebody."""
        return {hit.passage.document_id for hit in self.app.search("pier closes", scope, limit=50).hits}

    def in_step(self) -> None:
        """The index holds what it should, and the statistics count it."""
        with self.app._database.connect() as connection:
            wanted = passages.all_current_ids(connection)
        assert self.app.index().ids() == wanted
        assert self.app._statistics.passages == len(wanted)


@pytest.fixture
def open_office(make_app: Callable[..., App]) -> Callable[..., Office]:
    """Opens one with the arguments of `make_app`."""
    return lambda *arguments, **settings: Office(make_app(*arguments, **settings))


@pytest.fixture
def office(open_office: Callable[..., Office], database_url: str) -> Office:
    """One on each kind of database."""
    return open_office(database_url)


@pytest.fixture
def boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files named .box hold others, as JSON: name to text."""
    real = ReaderPool.read

    def read(self: ReaderPool, data: bytes, name: str, *rest: Any, **more: Any) -> ParsedDocument:
        if not name.endswith(".box"):
            return real(self, data, name, *rest, **more)
        text = f"The pier box {name} closes at 5 o'clock."
        held = tuple(Attachment(key, value.encode()) for key, value in json.loads(data).items())
        return ParsedDocument(text, (Block("paragraph", 0, len(text)),), attachments=held)

    monkeypatch.setattr(ReaderPool, "read", read)
