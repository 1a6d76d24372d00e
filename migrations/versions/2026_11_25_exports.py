"""exports

Follows 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from promo.core.db import BigId, Json, UTCDateTime
revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('export',
    sa.Column('id', BigId, nullable=False),
    sa.Column('person_id', BigId, nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('args', Json, nullable=False),
    sa.Column('format', sa.String(length=10), nullable=False),
    sa.Column('title', sa.String(length=300), nullable=False),
    sa.Column('words', Json, nullable=False),
    sa.Column('job_id', BigId, nullable=True),
    sa.Column('stored', sa.String(length=100), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=True),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('notes', Json, nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('finished_at', UTCDateTime(), nullable=True),
    sa.Column('expires', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_export_job_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_export_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export')),
    sa.UniqueConstraint('stored', name=op.f('uq_export_stored'))
    )
    with op.batch_alter_table('export', schema=None) as batch_op:
        batch_op.create_index('ix_export_expires', ['expires'], unique=False)
        batch_op.create_index('ix_export_job_id', ['job_id'], unique=False)
        batch_op.create_index('ix_export_person_id_id', ['person_id', 'id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('export', schema=None) as batch_op:
        batch_op.drop_index('ix_export_person_id_id')
        batch_op.drop_index('ix_export_job_id')
        batch_op.drop_index('ix_export_expires')

    op.drop_table('export')
