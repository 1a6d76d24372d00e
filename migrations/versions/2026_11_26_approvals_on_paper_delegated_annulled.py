"""approvals: on paper, delegated, annulled or disputed, how long they were read

Follows 0011. The partial indexes are made again after the migrations, as they are declared in the model.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "approvals"
down_revision = "departures"
branch_labels = None
depends_on = None

ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PEOPLE = ("delegated_by_id", "entered_by_id", "undone_by_id")
COLUMNS = {
    "read_seconds": sa.Integer(),
    "read_least": sa.Integer(),
    "delegate_reason": sa.String(1000),
    "reminded_at": sa.DateTime(timezone=True),
    "act_type": sa.String(12),
    "act_number": sa.String(100),
    "act_date": sa.Date(),
    "act_file_id": ROW,
    "dispute_until": sa.Date(),
    "undone_at": sa.DateTime(timezone=True),
    "undone_reason": sa.String(2000),
}
INDEXES = {
    "ix_approval_asked_by_id_asked_at": ["asked_by_id", "asked_at"],
    "ix_approval_decided_by_id_decided_at": ["decided_by_id", "decided_at"],
}
ANOTHER = "ck_approval_entered_by_another"


def upgrade() -> None:
    op.execute("DROP INDEX IF EXISTS uq_approval_one_open")
    with op.batch_alter_table("approval") as batch:
        for name, kind in COLUMNS.items():
            batch.add_column(sa.Column(name, kind, nullable=True))
        for name in PEOPLE:
            batch.add_column(sa.Column(name, ROW, nullable=True))
        batch.add_column(sa.Column("together", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("approval") as batch:
        batch.alter_column("together", server_default=None)
        for name in PEOPLE:
            batch.create_foreign_key(op.f(f"fk_approval_{name}"), "person", [name], ["id"])
        batch.create_foreign_key(op.f("fk_approval_act_file_id"), "file", ["act_file_id"], ["id"])
        batch.create_check_constraint(op.f(ANOTHER), "entered_by_id IS NULL OR entered_by_id <> decided_by_id")
    for name, columns in INDEXES.items():
        op.create_index(name, "approval", columns)
    with op.batch_alter_table("approval_seen") as batch:
        batch.add_column(sa.Column("digest", sa.String(64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("approval_seen") as batch:
        batch.drop_column("digest")
    op.execute("DROP INDEX IF EXISTS uq_approval_one_open")
    op.execute("DROP INDEX IF EXISTS ix_approval_quick")
    op.execute("DROP INDEX IF EXISTS ix_approval_to_dispute")
    for name in INDEXES:
        op.drop_index(name, table_name="approval")
    with op.batch_alter_table("approval") as batch:
        batch.drop_constraint(op.f(ANOTHER), type_="check")
        for name in (*PEOPLE, "act_file_id"):
            batch.drop_constraint(op.f(f"fk_approval_{name}"), type_="foreignkey")
        for name in (*COLUMNS, *PEOPLE, "together"):
            batch.drop_column(name)
