"""events missions

Follows 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from promo.core.db import BigId
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('act_country',
    sa.Column('record_id', BigId, nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.ForeignKeyConstraint(['country'], ['country.code'], name=op.f('fk_act_country_country')),
    sa.ForeignKeyConstraint(['record_id'], ['record.id'], name=op.f('fk_act_country_record_id')),
    sa.PrimaryKeyConstraint('record_id', 'country', name=op.f('pk_act_country'))
    )
    with op.batch_alter_table('act_country', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_act_country_country'), ['country'], unique=False)

    op.create_table('act_participant',
    sa.Column('id', BigId, nullable=False),
    sa.Column('record_id', BigId, nullable=False),
    sa.Column('party_id', BigId, nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('qualified', sa.Boolean(), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=True),
    sa.ForeignKeyConstraint(['party_id'], ['record.id'], name=op.f('fk_act_participant_party_id')),
    sa.ForeignKeyConstraint(['record_id'], ['record.id'], name=op.f('fk_act_participant_record_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_act_participant')),
    sa.UniqueConstraint('record_id', 'party_id', 'role', name=op.f('uq_act_participant_record_id_party_id_role'))
    )
    with op.batch_alter_table('act_participant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_act_participant_party_id'), ['party_id'], unique=False)

    op.create_table('act_post',
    sa.Column('record_id', BigId, nullable=False),
    sa.Column('post_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_act_post_post_id')),
    sa.ForeignKeyConstraint(['record_id'], ['record.id'], name=op.f('fk_act_post_record_id')),
    sa.PrimaryKeyConstraint('record_id', 'post_id', name=op.f('pk_act_post'))
    )
    with op.batch_alter_table('act_post', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_act_post_post_id'), ['post_id'], unique=False)

    op.create_table('act_sector',
    sa.Column('record_id', BigId, nullable=False),
    sa.Column('sector_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['record_id'], ['record.id'], name=op.f('fk_act_sector_record_id')),
    sa.ForeignKeyConstraint(['sector_id'], ['sector.id'], name=op.f('fk_act_sector_sector_id')),
    sa.PrimaryKeyConstraint('record_id', 'sector_id', name=op.f('pk_act_sector'))
    )
    with op.batch_alter_table('act_sector', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_act_sector_sector_id'), ['sector_id'], unique=False)

    op.create_table('event',
    sa.Column('id', BigId, nullable=False),
    sa.Column('executing_entity', sa.String(length=30), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('starts_at', sa.Time(), nullable=True),
    sa.Column('ends_at', sa.Time(), nullable=True),
    sa.Column('timezone', sa.String(length=50), nullable=False),
    sa.Column('venue', sa.String(length=200), nullable=True),
    sa.Column('city', sa.String(length=100), nullable=True),
    sa.Column('objective', sa.String(length=4000), nullable=True),
    sa.Column('capacity', sa.Integer(), nullable=True),
    sa.Column('budget_amount', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('budget_currency', sa.String(length=3), nullable=True),
    sa.Column('budget_usd', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('budget_rate', sa.Numeric(precision=18, scale=8), nullable=True),
    sa.Column('budget_rate_on', sa.Date(), nullable=True),
    sa.Column('budget_rate_source', sa.String(length=100), nullable=True),
    sa.Column('fair_id', sa.Integer(), nullable=True),
    sa.Column('act_type', sa.String(length=30), nullable=False),
    sa.ForeignKeyConstraint(['executing_entity'], ['executing_entity.code'], name=op.f('fk_event_executing_entity')),
    sa.ForeignKeyConstraint(['fair_id'], ['fair.id'], name=op.f('fk_event_fair_id')),
    sa.ForeignKeyConstraint(['id'], ['record.id'], name=op.f('fk_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event'))
    )
    op.create_table('mission',
    sa.Column('id', BigId, nullable=False),
    sa.Column('executing_entity', sa.String(length=30), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('starts_at', sa.Time(), nullable=True),
    sa.Column('ends_at', sa.Time(), nullable=True),
    sa.Column('timezone', sa.String(length=50), nullable=False),
    sa.Column('venue', sa.String(length=200), nullable=True),
    sa.Column('city', sa.String(length=100), nullable=True),
    sa.Column('objective', sa.String(length=4000), nullable=True),
    sa.Column('capacity', sa.Integer(), nullable=True),
    sa.Column('budget_amount', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('budget_currency', sa.String(length=3), nullable=True),
    sa.Column('budget_usd', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('budget_rate', sa.Numeric(precision=18, scale=8), nullable=True),
    sa.Column('budget_rate_on', sa.Date(), nullable=True),
    sa.Column('budget_rate_source', sa.String(length=100), nullable=True),
    sa.Column('fair_id', sa.Integer(), nullable=True),
    sa.Column('act_type', sa.String(length=30), nullable=False),
    sa.ForeignKeyConstraint(['executing_entity'], ['executing_entity.code'], name=op.f('fk_mission_executing_entity')),
    sa.ForeignKeyConstraint(['fair_id'], ['fair.id'], name=op.f('fk_mission_fair_id')),
    sa.ForeignKeyConstraint(['id'], ['record.id'], name=op.f('fk_mission_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mission'))
    )
    op.create_table('act_participant_file',
    sa.Column('participant_id', BigId, nullable=False),
    sa.Column('file_id', BigId, nullable=False),
    sa.Column('record_id', BigId, nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['file.id'], name=op.f('fk_act_participant_file_file_id')),
    sa.ForeignKeyConstraint(['participant_id'], ['act_participant.id'], name=op.f('fk_act_participant_file_participant_id')),
    sa.ForeignKeyConstraint(['record_id'], ['record.id'], name=op.f('fk_act_participant_file_record_id')),
    sa.PrimaryKeyConstraint('participant_id', 'file_id', name=op.f('pk_act_participant_file'))
    )
    with op.batch_alter_table('act_participant_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_act_participant_file_file_id'), ['file_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_act_participant_file_record_id'), ['record_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('act_participant_file', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_act_participant_file_record_id'))
        batch_op.drop_index(batch_op.f('ix_act_participant_file_file_id'))

    op.drop_table('act_participant_file')
    op.drop_table('mission')
    op.drop_table('event')
    with op.batch_alter_table('act_sector', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_act_sector_sector_id'))

    op.drop_table('act_sector')
    with op.batch_alter_table('act_post', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_act_post_post_id'))

    op.drop_table('act_post')
    with op.batch_alter_table('act_participant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_act_participant_party_id'))

    op.drop_table('act_participant')
    with op.batch_alter_table('act_country', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_act_country_country'))

    op.drop_table('act_country')
