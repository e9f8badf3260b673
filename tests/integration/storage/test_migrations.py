"""The constant that spares a look at the migration scripts names the newest of them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from importlib import resources

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from lionrock.access import LOCAL_OWNER, scope_for
from lionrock.storage import conversations, documents, passages, turns
from lionrock.storage.database import HEAD, open_database
from lionrock.storage.tables import metadata

DAY = datetime(2026, 1, 1, tzinfo=UTC)


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


def test_documents_of_the_first_version_and_later_conversations_come_through(database_url: str) -> None:
    """From the first tables to those with conversations, and from these to the newest; then nothing more happens."""
    engine = sa.create_engine(database_url)
    config = scripts()
    document, passage = str(uuid.uuid4()), str(uuid.uuid4())
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        values: list[tuple[str, dict[str, object]]] = [
            ("documents", {"id": document, "source": "a.md", "department": "parks", "classification": 1,
                           "media_type": "text/plain", "current_version": 1, "created_at": DAY, "updated_at": DAY}),
            ("versions", {"document_id": document, "version": 1, "sha256": "x", "name": "a.md", "status": "indexed",
                          "title": "長椅 Benches", "language": "zh-Hant", "text": "長椅 𠮷", "passage_count": 1,
                          "created_at": DAY}),
            ("passages", {"id": passage, "document_id": document, "version": 1, "ordinal": 0, "start": 0, "end": 4,
                          "text": "長椅 𠮷", "heading": ["長椅"], "language": "zh-Hant"}),
            ("vectors", {"passage_id": passage, "space": "lexical", "data": b"\x00\x01"}),
        ]  # fmt: skip
        for name, row in values:
            table = metadata.tables[name]
            columns = [sa.Column(key, table.c[key].type) for key in row]
            connection.execute(sa.Table(name, sa.MetaData(), *columns).insert().values(**row))
        command.upgrade(config, "0004")
    with engine.begin() as connection:
        made = conversations.create_conversation(connection, LOCAL_OWNER, department="parks", title="T", folder="F")
        asked = turns.NewTurn(str(uuid.uuid4()), "長椅？", None, {}, "server")
        turn = turns.add_turn(connection, made, 0, asked, "T")
        basis = [turns.Basis(document, "parks", 1)]
        turns.finish_turn(connection, turn.id, turns.Ended("done", answer={"answer": "𠮷"}, basis=basis))
    engine.dispose()
    database = open_database(database_url)
    scope = scope_for(LOCAL_OWNER)
    for _ in range(2):
        database.migrate()
        with database.connect() as connection:
            found = documents.get_document(connection, document, scope)
            assert (found.title, found.status, found.classification) == ("長椅 Benches", "indexed", 1)
            assert documents.document_text(connection, document, scope) == "長椅 𠮷"
            assert passages.load_vectors(connection, [passage])[passage] == {"lexical": b"\x00\x01"}
            kept = conversations.owned_conversation(connection, made, LOCAL_OWNER)
            assert (kept.title, kept.folder, kept.revision, kept.turns) == ("T", "F", 1, 1)
            [read] = turns.turns_of(connection, made, scope)
            assert (read.question, read.answer, read.deleted) == ("長椅？", {"answer": "𠮷"}, frozenset())
    database.close()
