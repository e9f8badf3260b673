"""The tables. Their history is in `migrations/`; a test compares the two."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = [
    "api_keys",
    "bands",
    "batches",
    "collections",
    "conversations",
    "documents",
    "findings",
    "jobs",
    "meta",
    "metadata",
    "passages",
    "people",
    "policies",
    "prompts",
    "sessions",
    "source_items",
    "sources",
    "turn_documents",
    "turns",
    "vectors",
    "versions",
]

metadata = sa.MetaData()

collections = sa.Table(
    "collections",
    metadata,
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

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("department", sa.String(100), nullable=False),
    sa.Column("classification", sa.SmallInteger, nullable=False),
    sa.Column("media_type", sa.String(100), nullable=False),
    sa.Column("current_version", sa.Integer),
    sa.Column("superseded_by", sa.String(36)),
    sa.Column("deleted_at", sa.DateTime(timezone=True)),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("collection_id", sa.String(36)),
    sa.Column("parent_id", sa.String(36)),
    sa.Column("owner", sa.String(200)),
    sa.Column("retain_until", sa.String(10)),
    sa.Column("tags", sa.JSON(none_as_null=True)),
    sa.Column("source_url", sa.Text),
    sa.Column("licence", sa.Text),
    sa.Index("ix_documents_source", "department", "source"),
    sa.Index("ix_documents_collection", "collection_id"),
    sa.Index("ix_documents_parent", "parent_id"),
    sa.Index("ix_documents_retain", "retain_until"),
)

versions = sa.Table(
    "versions",
    metadata,
    sa.Column("document_id", sa.String(36), sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("title", sa.Text),
    sa.Column("language", sa.String(8)),
    sa.Column("pages", sa.Integer),
    sa.Column("encoding", sa.String(40)),
    sa.Column("encoding_asked", sa.String(40)),
    sa.Column("classification", sa.SmallInteger),
    sa.Column("released_at", sa.DateTime(timezone=True)),
    sa.Column("released_by", sa.String(200)),
    sa.Column("inside_given", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("signature", sa.LargeBinary),
    sa.Column("version_date", sa.String(10)),
    sa.Column("pair_key", sa.Text),
    sa.Column("text", sa.Text),
    sa.Column("passage_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_versions_status", "status"),
    sa.Index("ix_versions_pair", "pair_key"),
)

passages = sa.Table(
    "passages",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("document_id", sa.String(36), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("heading", sa.JSON, nullable=False),
    sa.Column("page", sa.Integer),
    sa.Column("anchor", sa.Text),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("status", sa.String(12)),
    sa.Column("status_reason", sa.Text),
    sa.Column("version_date", sa.String(10)),
    sa.Column("page_breaks", sa.JSON(none_as_null=True)),
    sa.ForeignKeyConstraint(["document_id", "version"], ["versions.document_id", "versions.version"]),
    sa.Index("ix_passages_version", "document_id", "version", "ordinal"),
    sa.Index("ix_passages_anchor", "anchor"),
)

vectors = sa.Table(
    "vectors",
    metadata,
    sa.Column("passage_id", sa.String(36), sa.ForeignKey("passages.id"), primary_key=True),
    sa.Column("space", sa.String(64), primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

findings = sa.Table(
    "findings",
    metadata,
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
    sa.Index("ix_findings_kind", "kind"),
)

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("cancelled", sa.Boolean, nullable=False, server_default=sa.false()),
)

jobs = sa.Table(
    "jobs",
    metadata,
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
    sa.Index("ix_jobs_state", "state", "position", "id"),
    sa.Index("ix_jobs_batch", "batch_id", "state"),
    sa.Index("ix_jobs_document", "document_id", "version"),
)

bands = sa.Table(
    "bands",
    metadata,
    sa.Column("document_id", sa.String(36), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("band", sa.BigInteger, nullable=False),
    sa.ForeignKeyConstraint(["document_id", "version"], ["versions.document_id", "versions.version"]),
    sa.Index("ix_bands_band", "band"),
)

policies = sa.Table(
    "policies",
    metadata,
    sa.Column("department", sa.String(100), primary_key=True),
    sa.Column("personal_data", sa.String(8), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
)

sources = sa.Table(
    "sources",
    metadata,
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

source_items = sa.Table(
    "source_items",
    metadata,
    sa.Column("source_id", sa.String(36), sa.ForeignKey("sources.id"), primary_key=True),
    # Of the address, which may be longer than what a database puts into an index.
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

people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    # The name as it is compared: compatibility forms and case aside.
    sa.Column("name_key", sa.String(400), nullable=False),
    sa.Column("display_name", sa.String(200), nullable=False),
    sa.Column("password", sa.String(200), nullable=False),
    sa.Column("departments", sa.JSON, nullable=False),
    sa.Column("clearance", sa.SmallInteger, nullable=False),
    sa.Column("is_owner", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("language", sa.String(8)),
    sa.Column("failed", sa.Integer, nullable=False, server_default="0"),
    sa.Column("locked_until", sa.DateTime(timezone=True)),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.UniqueConstraint("name_key", name="uq_people_name"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    # SHA-256 of the token; the token itself is kept nowhere.
    sa.Column("token", sa.String(64), nullable=False),
    sa.Column("person_id", sa.String(36), sa.ForeignKey("people.id"), nullable=False),
    sa.Column("device", sa.String(200), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.UniqueConstraint("token", name="uq_sessions_token"),
    sa.Index("ix_sessions_person", "person_id"),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    # SHA-256 of the key; the key itself is kept nowhere.
    sa.Column("token", sa.String(64), nullable=False),
    sa.Column("person_id", sa.String(36), sa.ForeignKey("people.id"), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    # Null: all that the person is a member of.
    sa.Column("departments", sa.JSON(none_as_null=True)),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True)),
    sa.Column("used_at", sa.DateTime(timezone=True)),
    sa.Column("revoked_at", sa.DateTime(timezone=True)),
    sa.UniqueConstraint("token", name="uq_api_keys_token"),
    sa.Index("ix_api_keys_person", "person_id"),
)

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("department", sa.String(100), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("title_folded", sa.Text, nullable=False),
    sa.Column("folder", sa.String(100), nullable=False),
    sa.Column("shared", sa.Boolean, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_conversations_owner", "owner", "updated_at"),
    sa.Index("ix_conversations_shared", "department", "shared"),
)

prompts = sa.Table(
    "prompts",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("department", sa.String(100), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("shared", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_prompts_owner", "owner"),
    sa.Index("ix_prompts_shared", "department", "shared"),
)

turns = sa.Table(
    "turns",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("question_folded", sa.Text, nullable=False),
    sa.Column("rewritten", sa.Text),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("evidence", sa.JSON(none_as_null=True)),
    sa.Column("answer", sa.JSON(none_as_null=True)),
    sa.Column("answer_folded", sa.Text, nullable=False),
    sa.Column("status", sa.String(8), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("fault", sa.String(60)),
    sa.Column("last_event", sa.Integer),
    sa.Column("server", sa.String(36), nullable=False),
    sa.Column("replaced", sa.Boolean, nullable=False),
    sa.Column("rating", sa.SmallInteger),
    sa.Column("rating_reasons", sa.JSON(none_as_null=True)),
    sa.Column("rating_note", sa.Text),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("finished_at", sa.DateTime(timezone=True)),
    sa.Index("ix_turns_conversation", "conversation_id", "ordinal"),
    sa.Index("ix_turns_status", "status"),
)

turn_documents = sa.Table(
    "turn_documents",
    metadata,
    sa.Column("turn_id", sa.String(36), sa.ForeignKey("turns.id"), primary_key=True),
    sa.Column("document_id", sa.String(36), primary_key=True),
    sa.Column("department", sa.String(100), nullable=False),
    sa.Column("classification", sa.SmallInteger, nullable=False),
)
