"""The relational database: SQLite in WAL mode by default, PostgreSQL by address. It is the source of truth."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib import resources
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DataError, SQLAlchemyError

from lionrock.errors import EndpointError, StorageError, UnstorableError

__all__ = ["HEAD", "Database", "open_database"]

HEAD = "0005"
"""The newest migration; a test compares it with the scripts."""


class Database:
    """An engine with two ways in: `begin` to write, `connect` to read."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self._engine.dialect.name == "sqlite"

    @contextlib.contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A transaction, committed at the end; on SQLite the only writer from its first statement."""
        with self._translated(), self._connected() as connection, connection.begin():
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @contextlib.contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        """A connection for reading."""
        with self._translated(), self._connected() as connection:
            yield connection

    def _connected(self) -> sa.Connection:
        """Raises `EndpointError` when the database is on a server that does not let us in."""
        try:
            return self._engine.connect()
        except sa.exc.OperationalError as error:
            if self.is_sqlite:
                raise
            raise EndpointError(
                f"The database server cannot be reached ({_said(error)}); check LIONROCK_DATABASE_URL and that it runs."
            ) from error

    def migrate(self) -> None:
        """Bring the tables to this program's version. Raises `StorageError` for a database of a newer program."""
        with self._translated(), self._connected() as connection:
            if self._is_current(connection):
                return
        self._upgrade()

    @staticmethod
    def _is_current(connection: sa.Connection) -> bool:
        """Whether the tables are of this version already; a look that spares loading the migration tool."""
        if not sa.inspect(connection).has_table("alembic_version"):
            return False
        return connection.execute(sa.text("select version_num from alembic_version")).scalar() == HEAD

    def _upgrade(self) -> None:
        from alembic import command
        from alembic.config import Config
        from alembic.runtime.migration import MigrationContext
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(resources.files("lionrock.storage") / "migrations"))
        config.set_main_option("path_separator", "os")
        scripts = ScriptDirectory.from_config(config)
        with self._translated(), self._connected() as connection, connection.begin():
            current = MigrationContext.configure(connection).get_current_revision()
            if current == scripts.get_current_head():
                return
            if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
                raise StorageError(
                    "This database was written by a newer Lionrock; install that version, or restore an older backup."
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    @staticmethod
    @contextlib.contextmanager
    def _translated() -> Iterator[None]:
        try:
            yield
        except (DataError, UnicodeEncodeError, OverflowError) as error:
            raise UnstorableError from error
        except SQLAlchemyError as error:
            raise StorageError(
                f"The database could not be used ({_said(error)}); check the disk and the address."
            ) from error


def _said(error: SQLAlchemyError) -> str:
    """The first line of what the driver says."""
    return (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0]


def open_database(url: str) -> Database:
    """Open by SQLAlchemy address, e.g. `sqlite:///path` or `postgresql+psycopg://…`. Nothing is created yet."""
    try:
        engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    except (SQLAlchemyError, ImportError) as error:
        raise StorageError(f"The database address cannot be used ({error}).") from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
    return Database(engine)


def _prepare_sqlite(connection: Any, record: object) -> None:
    # Transactions are begun by hand: the driver's own rules start them too late for a safe read-then-write.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
