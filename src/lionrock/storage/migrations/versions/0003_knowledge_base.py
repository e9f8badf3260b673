"""Collections, findings, policies, sources, and the life of a document: owner, retention, tags, parent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_DOCUMENT_COLUMNS = ("collection_id", "parent_id", "owner", "retain_until", "tags", "source_url", "licence")
_VERSION_COLUMNS = ("encoding_asked", "classification", "released_at", "released_by", "inside_given", "signature")


def upgrade() -> None:
    """Add the tables and columns."""
    _collections()
    _columns()
    _findings()
    _sources()
    _work()


def _collections() -> None:
    op.create_table(
        "collections",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("department", sa.String(100), nullable=False),
        sa.Column("classification", sa.SmallInteger, nullable=False),
        sa.Column("owner", sa.String(200)),
        sa.Column("retain_until", sa.String(10)),
        sa.Column("tags", sa.JSON(none_as_null=True)),
        sa.Column("source_url", sa.Text),
        sa.Column("licence", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("department", "name", name="uq_collections_name"),
    )


def _columns() -> None:
    op.add_column("documents", sa.Column("collection_id", sa.String(36)))
    op.add_column("documents", sa.Column("parent_id", sa.String(36)))
    op.add_column("documents", sa.Column("owner", sa.String(200)))
    op.add_column("documents", sa.Column("retain_until", sa.String(10)))
    op.add_column("documents", sa.Column("tags", sa.JSON(none_as_null=True)))
    op.add_column("documents", sa.Column("source_url", sa.Text))
    op.add_column("documents", sa.Column("licence", sa.Text))
    op.create_index("ix_documents_collection", "documents", ["collection_id"])
    op.create_index("ix_documents_parent", "documents", ["parent_id"])
    op.create_index("ix_documents_retain", "documents", ["retain_until"])
    op.add_column("versions", sa.Column("encoding_asked", sa.String(40)))
    op.add_column("versions", sa.Column("classification", sa.SmallInteger))
    op.add_column("versions", sa.Column("released_at", sa.DateTime(timezone=True)))
    op.add_column("versions", sa.Column("released_by", sa.String(200)))
    op.add_column("versions", sa.Column("inside_given", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("versions", sa.Column("signature", sa.LargeBinary))


def _findings() -> None:
    op.create_table(
        "findings",
        sa.Column("document_id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("start", sa.Integer),
        sa.Column("end", sa.Integer),
        sa.Column("excerpt", sa.Text, nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["document_id", "version"], ["versions.document_id", "versions.version"]),
    )
    op.create_index("ix_findings_kind", "findings", ["kind"])


def _sources() -> None:
    op.create_table(
        "policies",
        sa.Column("department", sa.String(100), primary_key=True),
        sa.Column("personal_data", sa.String(8), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("department", sa.String(100), nullable=False),
        sa.Column("classification", sa.SmallInteger, nullable=False),
        sa.Column("collection_id", sa.String(36)),
        sa.Column("every_seconds", sa.Integer, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("last_run_at", sa.DateTime(timezone=True)),
        sa.Column("last_result", sa.Text),
        sa.Column("options", sa.JSON(none_as_null=True)),
        sa.Column("state", sa.JSON(none_as_null=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "source_items",
        sa.Column("source_id", sa.String(36), sa.ForeignKey("sources.id"), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("document_id", sa.String(36)),
        sa.Column("sha256", sa.String(64)),
        sa.Column("size", sa.BigInteger),
        sa.Column("mtime_ns", sa.BigInteger),
        sa.Column("device", sa.BigInteger),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
    )


def _work() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("cancelled", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("batch_id", sa.String(36), sa.ForeignKey("batches.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("document_id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("not_before", sa.Float, nullable=False, server_default="0"),
        sa.Column("leased_until", sa.Float, nullable=False, server_default="0"),
        sa.Column("worker", sa.String(64)),
        sa.Column("detail", sa.Text),
        sa.Column("outcome", sa.JSON(none_as_null=True)),
    )
    op.create_index("ix_jobs_state", "jobs", ["state", "position", "id"])
    op.create_index("ix_jobs_batch", "jobs", ["batch_id", "state"])
    op.create_index("ix_jobs_document", "jobs", ["document_id", "version"])
    op.create_table(
        "bands",
        sa.Column("document_id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("band", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["document_id", "version"], ["versions.document_id", "versions.version"]),
    )
    op.create_index("ix_bands_band", "bands", ["band"])


def downgrade() -> None:
    """Drop them."""
    for table in ("bands", "jobs", "batches", "source_items", "sources", "policies", "findings", "collections"):
        op.drop_table(table)
    for index in ("ix_documents_collection", "ix_documents_parent", "ix_documents_retain"):
        op.drop_index(index, "documents")
    for column in _DOCUMENT_COLUMNS:
        op.drop_column("documents", column)
    for column in _VERSION_COLUMNS:
        op.drop_column("versions", column)
