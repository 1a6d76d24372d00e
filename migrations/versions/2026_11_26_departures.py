"""Exceptions, urgencies, nonconforming outputs, and the numbers by which the ministry works.

Follows 0011. The partial unique indexes are made after the migrations, as they are declared in the models.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from promo.core.db import BigId, Json, UTCDateTime
revision = 'departures'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('setting',
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.Column('least', sa.Integer(), nullable=False),
    sa.Column('most', sa.Integer(), nullable=False),
    sa.Column('name_es', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_setting'))
    )
    op.create_table('exception_proposal',
    sa.Column('id', BigId, nullable=False),
    sa.Column('procedure_id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('stage', sa.String(length=30), nullable=False),
    sa.Column('item', sa.String(length=120), nullable=False),
    sa.Column('since', UTCDateTime(), nullable=False),
    sa.Column('made_at', UTCDateTime(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=2000), nullable=True),
    sa.Column('draft_id', sa.Integer(), nullable=True),
    sa.Column('decided_by_id', BigId, nullable=True),
    sa.Column('decided_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['decided_by_id'], ['person.id'], name=op.f('fk_exception_proposal_decided_by_id')),
    sa.ForeignKeyConstraint(['draft_id'], ['procedure_version.id'], name=op.f('fk_exception_proposal_draft_id')),
    sa.ForeignKeyConstraint(['procedure_id'], ['procedure.id'], name=op.f('fk_exception_proposal_procedure_id')),
    sa.ForeignKeyConstraint(['version_id'], ['procedure_version.id'], name=op.f('fk_exception_proposal_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exception_proposal'))
    )
    with op.batch_alter_table('exception_proposal', schema=None) as batch_op:
        batch_op.create_index('ix_exception_proposal_procedure_id', ['procedure_id'], unique=False)

    op.create_table('nonconformity',
    sa.Column('id', BigId, nullable=False),
    sa.Column('reference', sa.String(length=40), nullable=True),
    sa.Column('record_id', BigId, nullable=False),
    sa.Column('run_id', BigId, nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('post_id', sa.Integer(), nullable=False),
    sa.Column('stage', sa.String(length=30), nullable=False),
    sa.Column('origin', sa.String(length=20), nullable=False),
    sa.Column('item', sa.String(length=120), nullable=True),
    sa.Column('details', Json, nullable=False),
    sa.Column('description', sa.String(length=2000), nullable=True),
    sa.Column('found_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('proposed_by_id', BigId, nullable=True),
    sa.Column('proposed_at', UTCDateTime(), nullable=False),
    sa.Column('judged_by_id', BigId, nullable=True),
    sa.Column('judged_at', UTCDateTime(), nullable=True),
    sa.Column('dismissal', sa.String(length=2000), nullable=True),
    sa.Column('containment', sa.String(length=2000), nullable=True),
    sa.Column('contained_by_id', BigId, nullable=True),
    sa.Column('contained_at', UTCDateTime(), nullable=True),
    sa.Column('cause', sa.String(length=2000), nullable=True),
    sa.Column('decision', sa.String(length=10), nullable=True),
    sa.Column('decision_text', sa.String(length=2000), nullable=True),
    sa.Column('responsible_id', BigId, nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('decided_by_id', BigId, nullable=True),
    sa.Column('decided_at', UTCDateTime(), nullable=True),
    sa.Column('effectiveness', sa.String(length=2000), nullable=True),
    sa.Column('closed_by_id', BigId, nullable=True),
    sa.Column('closed_at', UTCDateTime(), nullable=True),
    sa.CheckConstraint('closed_by_id IS NULL OR decided_by_id IS NULL OR closed_by_id <> decided_by_id', name=op.f('ck_nonconformity_four_eyes')),
    sa.ForeignKeyConstraint(['closed_by_id'], ['person.id'], name=op.f('fk_nonconformity_closed_by_id')),
    sa.ForeignKeyConstraint(['contained_by_id'], ['person.id'], name=op.f('fk_nonconformity_contained_by_id')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['person.id'], name=op.f('fk_nonconformity_decided_by_id')),
    sa.ForeignKeyConstraint(['judged_by_id'], ['person.id'], name=op.f('fk_nonconformity_judged_by_id')),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_nonconformity_post_id')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['person.id'], name=op.f('fk_nonconformity_proposed_by_id')),
    sa.ForeignKeyConstraint(['record_id'], ['record.id'], name=op.f('fk_nonconformity_record_id')),
    sa.ForeignKeyConstraint(['responsible_id'], ['person.id'], name=op.f('fk_nonconformity_responsible_id')),
    sa.ForeignKeyConstraint(['run_id'], ['procedure_run.id'], name=op.f('fk_nonconformity_run_id')),
    sa.ForeignKeyConstraint(['version_id'], ['procedure_version.id'], name=op.f('fk_nonconformity_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_nonconformity')),
    sa.UniqueConstraint('reference', name=op.f('uq_nonconformity_reference'))
    )
    with op.batch_alter_table('nonconformity', schema=None) as batch_op:
        batch_op.create_index('ix_nonconformity_found_on_id', ['found_on', 'id'], unique=False)
        batch_op.create_index('ix_nonconformity_post_id_state', ['post_id', 'state'], unique=False)
        batch_op.create_index('ix_nonconformity_record_id', ['record_id'], unique=False)
        batch_op.create_index('ix_nonconformity_state_id', ['state', 'id'], unique=False)

    op.create_table('procedure_exception',
    sa.Column('id', BigId, nullable=False),
    sa.Column('run_id', BigId, nullable=False),
    sa.Column('record_id', BigId, nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('stage', sa.String(length=30), nullable=False),
    sa.Column('item', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.String(length=2000), nullable=False),
    sa.Column('instead', sa.String(length=2000), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('asked_by_id', BigId, nullable=False),
    sa.Column('asked_at', UTCDateTime(), nullable=False),
    sa.Column('ended_by_id', BigId, nullable=True),
    sa.Column('ended_at', UTCDateTime(), nullable=True),
    sa.Column('end_reason', sa.String(length=2000), nullable=True),
    sa.Column('told_at', UTCDateTime(), nullable=True),
    sa.Column('approval_id', BigId, nullable=True),
    sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_procedure_exception_approval_id')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['person.id'], name=op.f('fk_procedure_exception_asked_by_id')),
    sa.ForeignKeyConstraint(['ended_by_id'], ['person.id'], name=op.f('fk_procedure_exception_ended_by_id')),
    sa.ForeignKeyConstraint(['record_id'], ['record.id'], name=op.f('fk_procedure_exception_record_id')),
    sa.ForeignKeyConstraint(['run_id'], ['procedure_run.id'], name=op.f('fk_procedure_exception_run_id')),
    sa.ForeignKeyConstraint(['version_id'], ['procedure_version.id'], name=op.f('fk_procedure_exception_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_procedure_exception'))
    )
    with op.batch_alter_table('procedure_exception', schema=None) as batch_op:
        batch_op.create_index('ix_procedure_exception_asked_at_id', ['asked_at', 'id'], unique=False)
        batch_op.create_index('ix_procedure_exception_record_id', ['record_id'], unique=False)
        batch_op.create_index('ix_procedure_exception_run_id', ['run_id'], unique=False)
        batch_op.create_index('ix_procedure_exception_until_on', ['until_on'], unique=False)

    op.create_table('procedure_urgency',
    sa.Column('id', BigId, nullable=False),
    sa.Column('run_id', BigId, nullable=False),
    sa.Column('record_id', BigId, nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('from_stage', sa.String(length=30), nullable=False),
    sa.Column('to_stage', sa.String(length=30), nullable=False),
    sa.Column('reason', sa.String(length=2000), nullable=False),
    sa.Column('items', Json, nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('declared_by_id', BigId, nullable=False),
    sa.Column('declared_as', sa.String(length=60), nullable=False),
    sa.Column('declared_at', UTCDateTime(), nullable=False),
    sa.Column('by_author', sa.Boolean(), nullable=False),
    sa.Column('closed_at', UTCDateTime(), nullable=True),
    sa.Column('told_at', UTCDateTime(), nullable=True),
    sa.Column('approval_id', BigId, nullable=True),
    sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_procedure_urgency_approval_id')),
    sa.ForeignKeyConstraint(['declared_by_id'], ['person.id'], name=op.f('fk_procedure_urgency_declared_by_id')),
    sa.ForeignKeyConstraint(['record_id'], ['record.id'], name=op.f('fk_procedure_urgency_record_id')),
    sa.ForeignKeyConstraint(['run_id'], ['procedure_run.id'], name=op.f('fk_procedure_urgency_run_id')),
    sa.ForeignKeyConstraint(['version_id'], ['procedure_version.id'], name=op.f('fk_procedure_urgency_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_procedure_urgency'))
    )
    with op.batch_alter_table('procedure_urgency', schema=None) as batch_op:
        batch_op.create_index('ix_procedure_urgency_declared_at_id', ['declared_at', 'id'], unique=False)
        batch_op.create_index('ix_procedure_urgency_due_on', ['due_on'], unique=False)
        batch_op.create_index('ix_procedure_urgency_record_id', ['record_id'], unique=False)
        batch_op.create_index('ix_procedure_urgency_run_id', ['run_id'], unique=False)


def downgrade() -> None:
    op.drop_table('procedure_urgency')
    op.drop_table('procedure_exception')
    op.drop_table('nonconformity')
    op.drop_table('exception_proposal')
    op.drop_table('setting')
