"""versions in review: comments, acknowledgements, rehearsals, moves to another version; files of no record

Follows 0011. The partial unique index is made again after the migrations, as it is declared in the model.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from promo.core.db import BigId, Json, UTCDateTime

revision = "review"
down_revision = "approvals"
branch_labels = None
depends_on = None


def _person(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, BigId, nullable=nullable)


def _to(table: str, column: str, other: str, **options: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.{'code' if other == 'function' else 'id'}"],
                                   name=op.f(f"fk_{table}_{column}"), **options)


def upgrade() -> None:
    op.execute("DROP INDEX IF EXISTS uq_procedure_version_one_effective")
    with op.batch_alter_table("file") as batch:
        batch.alter_column("record_id", existing_type=BigId, nullable=True)
    with op.batch_alter_table("procedure") as batch:
        batch.add_column(_person("owner_id", nullable=True))
        batch.add_column(sa.Column("review_on", sa.Date()))
        batch.create_foreign_key(op.f("fk_procedure_owner_id"), "person", ["owner_id"], ["id"])
    with op.batch_alter_table("procedure_version") as batch:
        batch.add_column(sa.Column("substance", sa.Boolean()))
        batch.add_column(sa.Column("submitted_at", UTCDateTime()))
        batch.add_column(sa.Column("returned_why", sa.String(2000)))
        batch.add_column(sa.Column("in_force_at", UTCDateTime()))
        batch.create_foreign_key(op.f("fk_procedure_version_act_file_id"), "file", ["act_file_id"], ["id"])
    with op.batch_alter_table("procedure_transition") as batch:
        batch.add_column(sa.Column("to_version_id", sa.Integer()))
        batch.create_foreign_key(
            op.f("fk_procedure_transition_to_version_id"), "procedure_version", ["to_version_id"], ["id"]
        )
    _about_versions()
    _about_records()


def _about_versions() -> None:
    version = _to("procedure_acknowledgement", "version_id", "procedure_version")
    op.create_table(
        "procedure_acknowledgement",
        sa.Column("id", BigId, nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        _person("person_id"),
        sa.Column("at", UTCDateTime(), nullable=False),
        version,
        _to("procedure_acknowledgement", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_acknowledgement")),
        sa.UniqueConstraint(
            "version_id", "person_id", name=op.f("uq_procedure_acknowledgement_version_id_person_id")
        ),
    )
    op.create_index("ix_procedure_acknowledgement_person_id", "procedure_acknowledgement", ["person_id"])
    op.create_table(
        "procedure_vacancy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("function", sa.String(30), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        _person("by_id"),
        sa.Column("at", UTCDateTime(), nullable=False),
        _to("procedure_vacancy", "version_id", "procedure_version"),
        _to("procedure_vacancy", "post_id", "post"),
        _to("procedure_vacancy", "function", "function"),
        _to("procedure_vacancy", "by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_vacancy")),
        sa.UniqueConstraint(
            "version_id", "post_id", "function", name=op.f("uq_procedure_vacancy_version_id_post_id_function")
        ),
    )
    op.create_table(
        "procedure_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        _person("by_id"),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("note", sa.String(2000), nullable=False),
        sa.Column("was_due_on", sa.Date()),
        sa.Column("next_on", sa.Date(), nullable=False),
        _to("procedure_review", "version_id", "procedure_version"),
        _to("procedure_review", "by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_review")),
    )
    op.create_index("ix_procedure_review_version_id", "procedure_review", ["version_id"])
    op.create_table(
        "procedure_comment",
        sa.Column("id", BigId, nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(30), nullable=False),
        sa.Column("text", sa.String(4000), nullable=False),
        _person("by_id"),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("answer", sa.String(4000)),
        _person("answered_by_id", nullable=True),
        sa.Column("answered_at", UTCDateTime()),
        _person("resolved_by_id", nullable=True),
        sa.Column("resolved_at", UTCDateTime()),
        _to("procedure_comment", "version_id", "procedure_version"),
        _to("procedure_comment", "by_id", "person"),
        _to("procedure_comment", "answered_by_id", "person"),
        _to("procedure_comment", "resolved_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_comment")),
    )
    op.create_index("ix_procedure_comment_version_id_id", "procedure_comment", ["version_id", "id"])
    op.create_table(
        "procedure_rehearsal",
        sa.Column("id", BigId, nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        _person("person_id"),
        sa.Column("job_id", BigId, nullable=True),
        sa.Column("result", Json),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime()),
        _to("procedure_rehearsal", "version_id", "procedure_version"),
        _to("procedure_rehearsal", "person_id", "person"),
        _to("procedure_rehearsal", "job_id", "job", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_rehearsal")),
    )
    op.create_index("ix_procedure_rehearsal_job_id", "procedure_rehearsal", ["job_id"])
    op.create_index("ix_procedure_rehearsal_version_id_id", "procedure_rehearsal", ["version_id", "id"])


def _about_records() -> None:
    op.create_table(
        "procedure_move",
        sa.Column("id", BigId, nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("from_version_id", sa.Integer(), nullable=False),
        sa.Column("to_version_id", sa.Integer(), nullable=False),
        sa.Column("from_stage", sa.String(30), nullable=False),
        sa.Column("to_stage", sa.String(30), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("missing", Json, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        _person("asked_by_id"),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("decided_at", UTCDateTime()),
        sa.Column("transition_id", BigId, nullable=True),
        _to("procedure_move", "record_id", "record"),
        _to("procedure_move", "run_id", "procedure_run"),
        _to("procedure_move", "from_version_id", "procedure_version"),
        _to("procedure_move", "to_version_id", "procedure_version"),
        _to("procedure_move", "asked_by_id", "person"),
        _to("procedure_move", "transition_id", "procedure_transition"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_move")),
    )
    op.create_index("ix_procedure_move_record_id", "procedure_move", ["record_id"])


def downgrade() -> None:
    op.execute("DROP INDEX IF EXISTS uq_procedure_version_one_effective")
    for table in ("move", "rehearsal", "comment", "review", "vacancy", "acknowledgement"):
        op.drop_table(f"procedure_{table}")
    with op.batch_alter_table("procedure_transition") as batch:
        batch.drop_constraint(op.f("fk_procedure_transition_to_version_id"), type_="foreignkey")
        batch.drop_column("to_version_id")
    with op.batch_alter_table("procedure_version") as batch:
        batch.drop_constraint(op.f("fk_procedure_version_act_file_id"), type_="foreignkey")
        for column in ("in_force_at", "returned_why", "submitted_at", "substance"):
            batch.drop_column(column)
    with op.batch_alter_table("procedure") as batch:
        batch.drop_constraint(op.f("fk_procedure_owner_id"), type_="foreignkey")
        for column in ("review_on", "owner_id"):
            batch.drop_column(column)
    op.execute("DELETE FROM file WHERE record_id IS NULL")
    with op.batch_alter_table("file") as batch:
        batch.alter_column("record_id", existing_type=BigId, nullable=False)
