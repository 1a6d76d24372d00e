"""drafts of procedures: their editions, what was changed in each

Follows 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("procedure_version") as batch:
        batch.add_column(sa.Column("edition", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("procedure_version") as batch:
        batch.alter_column("edition", server_default=None)
    op.create_table(
        "draft_edit",
        sa.Column("id", BIG, nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(30), nullable=False),
        sa.Column("subject", JSON, nullable=False),
        sa.Column("place", JSON, nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.Column("by_id", BIG, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["procedure_version.id"], name="fk_draft_edit_version_id"),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_draft_edit_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_draft_edit"),
        sa.UniqueConstraint("version_id", "edition", name="uq_draft_edit_version_id_edition"),
    )


def downgrade() -> None:
    op.drop_table("draft_edit")
    with op.batch_alter_table("procedure_version") as batch:
        batch.drop_column("edition")
