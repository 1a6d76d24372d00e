"""calendars that posts confirm; approval routes from when until when, and by what act

Follows 0011. A route that is there already counts from the day on which the trail saw it named.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from promo.core.db import BigId, UTCDateTime

revision = "0012"
down_revision = "review"
branch_labels = None
depends_on = None

SEEN = {
    "sqlite": "SELECT date(min(at)) FROM audit_event WHERE table_name = 'approval_route' AND row_key = approval_route.id",
    "postgresql": "SELECT CAST(min(at) AS date) FROM audit_event"
    " WHERE table_name = 'approval_route' AND row_key = CAST(approval_route.id AS varchar)",
}


def upgrade() -> None:
    _date_routes()
    _add_calendars()
    with op.batch_alter_table("procedure_run") as batch:
        batch.add_column(sa.Column("due_calendar", sa.String(4), nullable=True))
        batch.add_column(sa.Column("due_from", sa.Date(), nullable=True))


def _date_routes() -> None:
    with op.batch_alter_table("approval_route") as batch:
        batch.drop_constraint("uq_approval_route_post_id_function_pillar", type_="unique")
        batch.add_column(sa.Column("act_number", sa.String(100), nullable=True))
        batch.add_column(sa.Column("valid_from", sa.Date(), nullable=False, server_default="2000-01-01"))
        batch.add_column(sa.Column("valid_to", sa.Date(), nullable=True))
        batch.create_index("ix_approval_route_post_id_function", ["post_id", "function"], unique=False)
    op.execute(f"UPDATE approval_route SET valid_from = coalesce(({SEEN[op.get_bind().dialect.name]}), valid_from)")
    with op.batch_alter_table("approval_route") as batch:
        batch.alter_column("valid_from", server_default=None)


def _add_calendars() -> None:
    op.create_table(
        "calendar_year",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("weekend", sa.String(7), nullable=True),
        sa.Column("confirmed_by_id", BigId, nullable=True),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("reminded_at", UTCDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["person.id"], name=op.f("fk_calendar_year_confirmed_by_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_calendar_year_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_year")),
        sa.UniqueConstraint("post_id", "year", name=op.f("uq_calendar_year_post_id_year")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(4), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("counts_as", sa.String(7), nullable=False),
        sa.Column("name_es", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("source", sa.String(7), nullable=False),
        sa.Column("act_number", sa.String(100), nullable=True),
        sa.CheckConstraint(
            "(scope = 'post') = (post_id IS NOT NULL)", name=op.f("ck_calendar_day_of_a_post_or_a_decree")
        ),
        sa.CheckConstraint(
            "source <> 'decree' OR act_number IS NOT NULL", name=op.f("ck_calendar_day_a_decree_has_a_number")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_calendar_day_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("post_id", "on", name=op.f("uq_calendar_day_post_id_on")),
    )


def downgrade() -> None:
    with op.batch_alter_table("procedure_run") as batch:
        batch.drop_column("due_from")
        batch.drop_column("due_calendar")
    op.drop_table("calendar_day")
    op.drop_table("calendar_year")
    for name in ("uq_approval_route_one_open", "uq_approval_route_one_open_for_all"):
        op.execute(f"DROP INDEX IF EXISTS {name}")
    op.execute("DELETE FROM approval_route WHERE valid_to IS NOT NULL")
    with op.batch_alter_table("approval_route") as batch:
        batch.drop_index("ix_approval_route_post_id_function")
        batch.drop_column("valid_to")
        batch.drop_column("valid_from")
        batch.drop_column("act_number")
        batch.create_unique_constraint("uq_approval_route_post_id_function_pillar", ["post_id", "function", "pillar"])
