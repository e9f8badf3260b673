"""Where pages turn inside a passage. Passages stored before have none: their page is that of their first block."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column."""
    op.add_column("passages", sa.Column("page_breaks", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("passages", "page_breaks")
