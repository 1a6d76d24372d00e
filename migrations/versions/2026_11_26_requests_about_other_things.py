"""approvals: requests about something else than a step

Follows 0008. The partial unique index is made again after the migrations, as it is declared in the model.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP INDEX IF EXISTS uq_approval_one_open")
    with op.batch_alter_table("approval") as batch:
        batch.add_column(sa.Column("subject", sa.String(12), nullable=False, server_default="step"))
        batch.add_column(
            sa.Column(
                "subject_id",
                sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                nullable=False,
                server_default="0",
            )
        )
        batch.alter_column("requirement", existing_type=sa.String(80), type_=sa.String(120), existing_nullable=False)
    with op.batch_alter_table("approval") as batch:
        batch.alter_column("subject", server_default=None)
        batch.alter_column("subject_id", server_default=None)


def downgrade() -> None:
    op.execute("DROP INDEX IF EXISTS uq_approval_one_open")
    with op.batch_alter_table("approval") as batch:
        batch.drop_column("subject_id")
        batch.drop_column("subject")
        batch.alter_column("requirement", existing_type=sa.String(120), type_=sa.String(80), existing_nullable=False)
