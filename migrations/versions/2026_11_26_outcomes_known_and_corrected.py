"""outcomes: since when one is known, and which one a counter-entry corrects

Outcomes that are there already keep their grade; each gets its run when it is saved next.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "outcomes_known"
down_revision = "audits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outcome") as batch:
        batch.add_column(sa.Column("known_on", sa.Date(), nullable=True))
        batch.add_column(
            sa.Column("corrects_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch.create_foreign_key(op.f("fk_outcome_corrects_id"), "record", ["corrects_id"], ["id"])
        batch.create_index("ix_outcome_corrects_id", ["corrects_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("outcome") as batch:
        batch.drop_index("ix_outcome_corrects_id")
        batch.drop_constraint(op.f("fk_outcome_corrects_id"), type_="foreignkey")
        batch.drop_column("corrects_id")
        batch.drop_column("known_on")
