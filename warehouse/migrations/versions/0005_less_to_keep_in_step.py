"""Indexes of what is superseded and of what has a target hold nothing else: less to write with every batch"""

import sqlalchemy as sa
from alembic import op


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

INDEXES = {
    'fact_actual': ('ix_fact_actual_superseded_by', ['superseded_by'], 'superseded_by IS NOT NULL'),
    'fact_target': ('ix_fact_target_superseded_by', ['superseded_by'], 'superseded_by IS NOT NULL'),
    'fact_progress': ('ix_fact_progress_behind', ['period_key', 'is_primary', 'status', 'sort_pace'], 'target_key IS NOT NULL'),
}


def upgrade() -> None:
    for table, (name, columns, where) in INDEXES.items():
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for table, (name, columns, _) in INDEXES.items():
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, unique=False)
