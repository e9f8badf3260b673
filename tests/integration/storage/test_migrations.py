"""The constant that spares a look at the migration scripts names the newest of them."""

from __future__ import annotations

import uuid
from importlib import resources

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from lionrock.access import LOCAL_OWNER, scope_for
from lionrock.storage import passages
from lionrock.storage.database import HEAD, open_database
from lionrock.storage.tables import metadata


def scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("lionrock.storage") / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def test_head_is_the_newest_script() -> None:
    assert ScriptDirectory.from_config(scripts()).get_current_head() == HEAD


def test_the_scripts_lead_to_the_tables_there_and_back(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    config = scripts()
    for revision in ("head", "base", "head"):
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            getattr(command, "downgrade" if revision == "base" else "upgrade")(config, revision)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_passage_of_the_first_version_has_no_page_breaks(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    config = scripts()
    document, passage = str(uuid.uuid4()), str(uuid.uuid4())
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "insert into documents (id, source, department, classification, media_type, current_version, created_at,"
            f" updated_at) values ('{document}', 's', 'd', 0, 't', 1, '2026-01-01', '2026-01-01')"
        )
        connection.exec_driver_sql(
            "insert into versions (document_id, version, sha256, name, status, created_at)"
            f" values ('{document}', 1, 'x', 'n', 'indexed', '2026-01-01')"
        )
        connection.exec_driver_sql(
            'insert into passages (id, document_id, version, ordinal, start, "end", text, heading, page, language)'
            f" values ('{passage}', '{document}', 1, 0, 0, 3, 'old', '[]', 7, 'en')"
        )
    engine.dispose()
    database = open_database(database_url)
    database.migrate()
    with database.connect() as connection:
        found = passages.passage_by_id(connection, passage, scope_for(LOCAL_OWNER))
    assert (found.text, found.page_breaks, found.page_at(1)) == ("old", (), 7)
    database.close()
