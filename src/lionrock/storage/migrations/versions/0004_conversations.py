"""Conversations, their turns with the documents that each rests on, and prompts that are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "conversations",
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
    )
    op.create_index("ix_conversations_owner", "conversations", ["owner", "updated_at"])
    op.create_index("ix_conversations_shared", "conversations", ["department", "shared"])
    _turns()
    op.create_table(
        "prompts",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("department", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_prompts_owner", "prompts", ["owner"])
    op.create_index("ix_prompts_shared", "prompts", ["department", "shared"])


def _turns() -> None:
    op.create_table(
        "turns",
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
    )
    op.create_index("ix_turns_conversation", "turns", ["conversation_id", "ordinal"])
    op.create_index("ix_turns_status", "turns", ["status"])
    op.create_table(
        "turn_documents",
        sa.Column("turn_id", sa.String(36), sa.ForeignKey("turns.id"), primary_key=True),
        sa.Column("document_id", sa.String(36), primary_key=True),
        sa.Column("department", sa.String(100), nullable=False),
        sa.Column("classification", sa.SmallInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("prompts", "turn_documents", "turns", "conversations"):
        op.drop_table(table)
