"""rollups

Follows 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from promo.core.db import BigId, UTCDateTime
revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('rollup',
    sa.Column('id', BigId, nullable=False),
    sa.Column('name', sa.String(length=30), nullable=False),
    sa.Column('month', sa.Integer(), nullable=False),
    sa.Column('post_id', sa.Integer(), nullable=False),
    sa.Column('pillar', sa.String(length=20), nullable=True),
    sa.Column('country', sa.String(length=2), nullable=True),
    sa.Column('visibility', sa.String(length=10), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('cents', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rollup'))
    )
    with op.batch_alter_table('rollup', schema=None) as batch_op:
        batch_op.create_index('ix_rollup_name_month', ['name', 'month'], unique=False)

    op.create_table('rollup_made',
    sa.Column('name', sa.String(length=30), nullable=False),
    sa.Column('declared', sa.String(length=500), nullable=False),
    sa.Column('made_at', UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_rollup_made'))
    )
    op.create_table('rollup_mark',
    sa.Column('id', BigId, nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('month', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rollup_mark'))
    )


def downgrade() -> None:
    op.drop_table('rollup_mark')
    op.drop_table('rollup_made')
    with op.batch_alter_table('rollup', schema=None) as batch_op:
        batch_op.drop_index('ix_rollup_name_month')

    op.drop_table('rollup')
