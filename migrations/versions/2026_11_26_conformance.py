"""conformance: what was counted, and second looks

Follows 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from promo.core.db import BigId, UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    with op.batch_alter_table("procedure_transition") as batch:
        batch.add_column(sa.Column("late", sa.Boolean(), nullable=True))
    move = sa.table(
        "procedure_transition", sa.column("late", sa.Boolean), sa.column("at", sa.DateTime), sa.column("due_on", sa.Date)
    )
    late = sa.cast(move.c.at, sa.Date) > move.c.due_on if not sqlite() else sa.func.date(move.c.at) > move.c.due_on
    op.execute(move.update().where(move.c.due_on.is_not(None)).values(late=late))
    op.create_table(
        "conformance_count",
        sa.Column("id", BigId, nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("visibility", sa.String(10), nullable=False),
        sa.Column("what", sa.String(12), nullable=False),
        sa.Column("stage", sa.String(30), nullable=False),
        sa.Column("detail", sa.String(120), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("waited", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["procedure_version.id"], name=op.f("fk_conformance_count_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conformance_count")),
    )
    op.create_index(
        "ix_conformance_count_version_id_post_id_month", "conformance_count", ["version_id", "post_id", "month"]
    )
    op.create_index(
        "ix_conformance_count_version_id_what_month", "conformance_count", ["version_id", "what", "month"]
    )
    op.create_index("ix_conformance_count_month", "conformance_count", ["month"])
    op.create_table(
        "conformance_month",
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("counted_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_conformance_month")),
    )
    op.create_table(
        "second_look",
        sa.Column("id", BigId, nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("transition_id", BigId, nullable=False),
        sa.Column("item", sa.String(120), nullable=False),
        sa.Column("verdict", sa.String(15), nullable=False),
        sa.Column("note", sa.String(2000), nullable=True),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_second_look_by_id")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_second_look_record_id")),
        sa.ForeignKeyConstraint(
            ["transition_id"], ["procedure_transition.id"], name=op.f("fk_second_look_transition_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_look")),
        sa.UniqueConstraint("transition_id", "item", name=op.f("uq_second_look_transition_id_item")),
    )
    op.create_index("ix_second_look_record_id", "second_look", ["record_id"])


def downgrade() -> None:
    op.drop_table("second_look")
    op.drop_table("conformance_month")
    op.drop_table("conformance_count")
    with op.batch_alter_table("procedure_transition") as batch:
        batch.drop_column("late")
