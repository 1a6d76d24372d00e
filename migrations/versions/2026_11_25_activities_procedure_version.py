"""activities: the procedure version under which one-stage work stands

Follows 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("activity") as batch:
        batch.add_column(sa.Column("procedure_version_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_activity_procedure_version_id"), "procedure_version", ["procedure_version_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("activity") as batch:
        batch.drop_constraint(op.f("fk_activity_procedure_version_id"), type_="foreignkey")
        batch.drop_column("procedure_version_id")
