"""audits: samples and their case files, guests and what they may read, registers outside Promo

Follows 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from promo.core.db import BigId, Json, UTCDateTime

revision = "audits"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_register",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clause", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=500), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_register")),
    )
    with op.batch_alter_table("audit_register") as batch:
        batch.create_index("ix_audit_register_clause", ["clause"], unique=False)
    op.create_table(
        "audit_sample",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=60), nullable=False),
        sa.Column("strata", sa.String(length=10), nullable=True),
        sa.Column("filters", Json, nullable=False),
        sa.Column("words", Json, nullable=False),
        sa.Column("population", sa.LargeBinary(), nullable=False),
        sa.Column("population_size", sa.Integer(), nullable=False),
        sa.Column("population_digest", sa.String(length=64), nullable=False),
        sa.Column("shares", Json, nullable=False),
        sa.Column("checkpoint", BigId, nullable=False),
        sa.Column("fixed_at", UTCDateTime(), nullable=False),
        sa.Column("drawn_by_id", BigId, nullable=True),
        sa.Column("drawn_at", UTCDateTime(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["drawn_by_id"], ["person.id"], name=op.f("fk_audit_sample_drawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_sample")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_audit_sample_idempotency_key")),
    )
    op.create_table(
        "audit_guest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("scope", sa.String(length=1000), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.Column("personal_reason", sa.String(length=1000), nullable=True),
        sa.Column("invited_by_id", BigId, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["invited_by_id"], ["person.id"], name=op.f("fk_audit_guest_invited_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_audit_guest_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_guest")),
        sa.UniqueConstraint("person_id", name=op.f("uq_audit_guest_person_id")),
    )
    op.create_table(
        "audit_pick",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("stratum", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("added_by_id", BigId, nullable=True),
        sa.Column("looked_at", UTCDateTime(), nullable=True),
        sa.Column("looked_by_id", BigId, nullable=True),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_audit_pick_added_by_id")),
        sa.ForeignKeyConstraint(["looked_by_id"], ["person.id"], name=op.f("fk_audit_pick_looked_by_id")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_audit_pick_record_id")),
        sa.ForeignKeyConstraint(["sample_id"], ["audit_sample.id"], name=op.f("fk_audit_pick_sample_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_pick")),
        sa.UniqueConstraint("sample_id", "record_id", name=op.f("uq_audit_pick_sample_id_record_id")),
    )
    with op.batch_alter_table("audit_pick") as batch:
        batch.create_index("ix_audit_pick_record_id", ["record_id"], unique=False)
    op.create_table(
        "audit_guest_sample",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guest_id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["guest_id"], ["audit_guest.id"], name=op.f("fk_audit_guest_sample_guest_id")),
        sa.ForeignKeyConstraint(["sample_id"], ["audit_sample.id"], name=op.f("fk_audit_guest_sample_sample_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_guest_sample")),
        sa.UniqueConstraint("guest_id", "sample_id", name=op.f("uq_audit_guest_sample_guest_id_sample_id")),
    )
    with op.batch_alter_table("audit_guest_sample") as batch:
        batch.create_index("ix_audit_guest_sample_sample_id", ["sample_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("audit_guest_sample") as batch:
        batch.drop_index("ix_audit_guest_sample_sample_id")
    op.drop_table("audit_guest_sample")
    with op.batch_alter_table("audit_pick") as batch:
        batch.drop_index("ix_audit_pick_record_id")
    op.drop_table("audit_pick")
    op.drop_table("audit_guest")
    op.drop_table("audit_sample")
    with op.batch_alter_table("audit_register") as batch:
        batch.drop_index("ix_audit_register_clause")
    op.drop_table("audit_register")
