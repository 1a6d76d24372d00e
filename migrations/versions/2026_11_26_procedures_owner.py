"""procedures: owner, next review; versions: of substance or not

Follows 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("procedure") as batch:
        batch.add_column(sa.Column("owner_id", BIG, nullable=True))
        batch.add_column(sa.Column("review_on", sa.Date(), nullable=True))
        batch.create_foreign_key("fk_procedure_owner_id", "person", ["owner_id"], ["id"])
    with op.batch_alter_table("procedure_version") as batch:
        batch.add_column(sa.Column("substance", sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("procedure_version") as batch:
        batch.drop_column("substance")
    with op.batch_alter_table("procedure") as batch:
        batch.drop_constraint("fk_procedure_owner_id", type_="foreignkey")
        batch.drop_column("review_on")
        batch.drop_column("owner_id")
