"""outcomes

Follows 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from promo.core.db import BigId
revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('outcome',
    sa.Column('id', BigId, nullable=False),
    sa.Column('outcome_type', sa.String(length=20), nullable=False),
    sa.Column('grade', sa.String(length=20), nullable=False),
    sa.Column('main_act_id', BigId, nullable=False),
    sa.Column('organisation_id', BigId, nullable=True),
    sa.Column('counterpart_id', BigId, nullable=True),
    sa.Column('sector_id', sa.Integer(), nullable=True),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('amount', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=True),
    sa.Column('usd', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('rate', sa.Numeric(precision=18, scale=8), nullable=True),
    sa.Column('rate_on', sa.Date(), nullable=True),
    sa.Column('rate_source', sa.String(length=100), nullable=True),
    sa.Column('note', sa.String(length=4000), nullable=True),
    sa.ForeignKeyConstraint(['counterpart_id'], ['record.id'], name=op.f('fk_outcome_counterpart_id')),
    sa.ForeignKeyConstraint(['id'], ['record.id'], name=op.f('fk_outcome_id')),
    sa.ForeignKeyConstraint(['main_act_id'], ['record.id'], name=op.f('fk_outcome_main_act_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['record.id'], name=op.f('fk_outcome_organisation_id')),
    sa.ForeignKeyConstraint(['sector_id'], ['sector.id'], name=op.f('fk_outcome_sector_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outcome'))
    )
    with op.batch_alter_table('outcome', schema=None) as batch_op:
        batch_op.create_index('ix_outcome_counterpart_id', ['counterpart_id'], unique=False)
        batch_op.create_index('ix_outcome_main_act_id', ['main_act_id'], unique=False)
        batch_op.create_index('ix_outcome_organisation_id', ['organisation_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('outcome', schema=None) as batch_op:
        batch_op.drop_index('ix_outcome_organisation_id')
        batch_op.drop_index('ix_outcome_main_act_id')
        batch_op.drop_index('ix_outcome_counterpart_id')

    op.drop_table('outcome')
