"""trail: read by person, action, kind and period

Follows 0005.
"""

from __future__ import annotations

from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

INDEXES = {'at': ['at', 'id'], 'actor_id_at': ['actor_id', 'at', 'id'], 'action_at': ['action', 'at', 'id'], 'kind_at': ['kind', 'at', 'id']}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(f'ix_audit_event_{name}_id', 'audit_event', columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(f'ix_audit_event_{name}_id', table_name='audit_event')
