"""trail

Follows 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from promo.core.db import BigId
from promo.core.db import UTCDateTime
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_block',
    sa.Column('number', BigId, autoincrement=False, nullable=False),
    sa.Column('first', BigId, nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('last_event_id', BigId, nullable=False),
    sa.Column('ids', sa.LargeBinary(), nullable=False),
    sa.Column('hashes', sa.LargeBinary(), nullable=False),
    sa.Column('peaks', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_audit_block'))
    )
    op.create_table('audit_checkpoint',
    sa.Column('number', BigId, autoincrement=False, nullable=False),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.Column('size', BigId, nullable=False),
    sa.Column('last_event_id', BigId, nullable=False),
    sa.Column('root', sa.LargeBinary(length=32), nullable=False),
    sa.Column('previous', sa.LargeBinary(length=32), nullable=False),
    sa.Column('public_key', sa.LargeBinary(length=32), nullable=False),
    sa.Column('signature', sa.LargeBinary(length=64), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_audit_checkpoint'))
    )
    op.create_table('audit_event',
    sa.Column('id', BigId, nullable=False),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.Column('actor_id', BigId, nullable=True),
    sa.Column('on_behalf_of_id', BigId, nullable=True),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('record_id', BigId, nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=True),
    sa.Column('reference', sa.String(length=40), nullable=True),
    sa.Column('table_name', sa.String(length=60), nullable=True),
    sa.Column('row_key', sa.String(length=100), nullable=True),
    sa.Column('request_id', sa.String(length=64), nullable=True),
    sa.Column('device', sa.String(length=200), nullable=True),
    sa.Column('procedure_version_id', BigId, nullable=True),
    sa.Column('parts', sa.Integer(), nullable=False),
    sa.Column('mac', sa.LargeBinary(length=32), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_event')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.create_index('ix_audit_event_record_id_id', ['record_id', 'id'], unique=False)

    op.create_table('audit_value',
    sa.Column('event_id', BigId, autoincrement=False, nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('part', sa.String(length=60), nullable=True),
    sa.Column('row_key', sa.String(length=100), nullable=True),
    sa.Column('field', sa.String(length=60), nullable=False),
    sa.Column('old', sa.Text(), nullable=True),
    sa.Column('new', sa.Text(), nullable=True),
    sa.Column('salt', sa.LargeBinary(length=16), nullable=True),
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('erased_by', BigId, nullable=True),
    sa.PrimaryKeyConstraint('event_id', 'position', name=op.f('pk_audit_value')),
    sqlite_with_rowid=False
    )


def downgrade() -> None:
    op.drop_table('audit_value')
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_event_record_id_id')

    op.drop_table('audit_event')
    op.drop_table('audit_checkpoint')
    op.drop_table('audit_block')
