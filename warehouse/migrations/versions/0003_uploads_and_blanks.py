"""Uploaded files from the first look to their batch; reasons for blanks; cell and details of refused rows"""

import sqlalchemy as sa
from alembic import op

import warehouse.types


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

NOW = {
    'ix_fact_progress_behind_now': ['is_current', 'is_primary', 'status', 'sort_pace'],
    'ix_fact_progress_lights_now': ['is_current', 'is_primary', 'district_key', 'indicator_key', 'breakdown_key', 'status', 'previous_status', 'period_key', 'first_period_key', 'due_period_key', 'due_on', 'actual_key'],
}
"""Indexes that held every row of the mart, and hold those of now only."""


def upgrade() -> None:
    op.create_table('blank_reason',
    sa.Column('blank_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('indicator_key', sa.Integer(), nullable=False, comment='Indicator, in the definition that held'),
    sa.Column('district_key', sa.Integer(), nullable=False, comment='District'),
    sa.Column('breakdown_key', sa.Integer(), nullable=False, comment='Breakdown'),
    sa.Column('period_key', sa.Integer(), nullable=False, comment='Half-year that was not reported'),
    sa.Column('reason', sa.Text(), nullable=False, comment='Why, in the words of the return'),
    sa.Column('locator', sa.Text(), nullable=True, comment='Sheet!cell it stands in'),
    sa.Column('batch_key', sa.Integer(), nullable=False, comment='Batch that brought it'),
    sa.Column('recorded_at', warehouse.types.UtcDateTime(), nullable=False, comment='Since when it is known'),
    sa.ForeignKeyConstraint(['batch_key'], ['load_batch.batch_key'], name=op.f('fk_blank_reason_batch_key')),
    sa.ForeignKeyConstraint(['breakdown_key'], ['dim_breakdown.breakdown_key'], name=op.f('fk_blank_reason_breakdown_key')),
    sa.ForeignKeyConstraint(['district_key'], ['dim_district.district_key'], name=op.f('fk_blank_reason_district_key')),
    sa.ForeignKeyConstraint(['indicator_key'], ['dim_indicator.indicator_key'], name=op.f('fk_blank_reason_indicator_key')),
    sa.ForeignKeyConstraint(['period_key'], ['dim_period.period_key'], name=op.f('fk_blank_reason_period_key')),
    sa.PrimaryKeyConstraint('blank_key', name=op.f('pk_blank_reason')),
    comment='Why a figure was left blank in a return (未报原因); of several the last published one counts'
    )
    op.create_index(op.f('ix_blank_reason_batch_key'), 'blank_reason', ['batch_key'], unique=False)
    op.create_index('ix_blank_reason_grain', 'blank_reason', ['indicator_key', 'district_key', 'breakdown_key', 'period_key'], unique=False)
    op.create_table('upload',
    sa.Column('upload_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('file_name', sa.Text(), nullable=False, comment='File as its sender calls it, without folders'),
    sa.Column('sha256', sa.String(length=64), nullable=False, comment='Hash of the file'),
    sa.Column('content', sa.LargeBinary(), nullable=False, comment='The file itself, byte for byte'),
    sa.Column('sender', sa.Text(), nullable=True, comment='Whose layouts are remembered for it: a district or an office'),
    sa.Column('answers', sa.Text(), nullable=False, comment='JSON: what a person said of the whole file (district, period, unit), and the layouts put right'),
    sa.Column('uploaded_by', sa.Text(), nullable=False, comment='Who sent it up'),
    sa.Column('uploaded_at', warehouse.types.UtcDateTime(), nullable=False, comment='When'),
    sa.Column('batch_key', sa.Integer(), nullable=True, comment='Batch it was staged as, empty before'),
    sa.Column('seal', sa.String(length=64), nullable=True, comment='Hash of the changes as they were shown when it was staged'),
    sa.Column('staged_by', sa.Text(), nullable=True, comment='Who staged it'),
    sa.Column('staged_at', warehouse.types.UtcDateTime(), nullable=True, comment='When'),
    sa.Column('approved_by', sa.Text(), nullable=True, comment='Who approved and published it'),
    sa.Column('approved_at', warehouse.types.UtcDateTime(), nullable=True, comment='When'),
    sa.ForeignKeyConstraint(['batch_key'], ['load_batch.batch_key'], name=op.f('fk_upload_batch_key')),
    sa.PrimaryKeyConstraint('upload_key', name=op.f('pk_upload')),
    comment='Uploaded file (上传的文件) from the first look at it to its batch; kept, so that a figure leads to its cell'
    )
    op.create_table('staged_figure',
    sa.Column('batch_key', sa.Integer(), nullable=False, comment='Batch that waits for approval'),
    sa.Column('indicator_key', sa.Integer(), nullable=False, comment='Indicator'),
    sa.Column('district_key', sa.Integer(), nullable=False, comment='District'),
    sa.Column('figures', sa.Integer(), nullable=False, comment='How many of its targets and actuals would be new or corrected'),
    sa.ForeignKeyConstraint(['batch_key'], ['load_batch.batch_key'], name=op.f('fk_staged_figure_batch_key')),
    sa.ForeignKeyConstraint(['district_key'], ['dim_district.district_key'], name=op.f('fk_staged_figure_district_key')),
    sa.ForeignKeyConstraint(['indicator_key'], ['dim_indicator.indicator_key'], name=op.f('fk_staged_figure_indicator_key')),
    sa.PrimaryKeyConstraint('batch_key', 'indicator_key', 'district_key', name=op.f('pk_staged_figure')),
    comment='What a staged batch speaks of (待审核), so that pages can say so; it counts while the batch is staged'
    )
    op.create_index('ix_upload_batch_key', 'upload', ['batch_key'], unique=True)
    op.add_column('quarantine_row', sa.Column('cell', sa.String(length=16), nullable=True, comment='Cell, as C7, where one is meant'))
    op.add_column('quarantine_row', sa.Column('detail', sa.Text(), nullable=True, comment='JSON: everything found wrong with the row, with what is particular about it'))
    for name, columns in NOW.items():
        op.drop_index(name, table_name='fact_progress')
        op.create_index(name, 'fact_progress', columns, unique=False, sqlite_where=sa.text('is_current = 1'), postgresql_where=sa.text('is_current'))


def downgrade() -> None:
    for name, columns in NOW.items():
        op.drop_index(name, table_name='fact_progress')
        op.create_index(name, 'fact_progress', columns, unique=False)
    op.drop_column('quarantine_row', 'detail')
    op.drop_column('quarantine_row', 'cell')
    op.drop_table('staged_figure')
    op.drop_index('ix_upload_batch_key', table_name='upload')
    op.drop_table('upload')
    op.drop_index('ix_blank_reason_grain', table_name='blank_reason')
    op.drop_index(op.f('ix_blank_reason_batch_key'), table_name='blank_reason')
    op.drop_table('blank_reason')
