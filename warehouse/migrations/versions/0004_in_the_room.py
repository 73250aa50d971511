"""Meetings, decisions, screens, and files made in the background"""

import sqlalchemy as sa
from alembic import op

import warehouse.types


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('export_job',
    sa.Column('job_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('kind', sa.String(length=32), nullable=False, comment='Which file is made'),
    sa.Column('request', sa.Text(), nullable=False, comment='JSON: what it is made of, in which language, and what its reader may see'),
    sa.Column('requested_by', sa.Text(), nullable=False, comment='Whose it is; nobody else gets it'),
    sa.Column('requested_at', warehouse.types.UtcDateTime(), nullable=False, comment='When'),
    sa.Column('state', sa.String(length=16), nullable=False, comment='waiting, running, done, failed or cancelled'),
    sa.Column('steps_done', sa.Integer(), nullable=False, comment='Steps done'),
    sa.Column('steps', sa.Integer(), nullable=False, comment='Steps in all, 0 while that is not known'),
    sa.Column('message', sa.Text(), nullable=False, comment='JSON: what went wrong, in both languages; empty otherwise'),
    sa.Column('file_name', sa.Text(), nullable=True, comment='Name the file is saved under, once it is done'),
    sa.Column('changed_at', warehouse.types.UtcDateTime(), nullable=False, comment='Last sign of life'),
    sa.CheckConstraint("state in ('waiting','running','done','failed','cancelled')", name=op.f('ck_export_job_state')),
    sa.PrimaryKeyConstraint('job_key', name=op.f('pk_export_job')),
    comment='File being made in the background (导出任务); the file itself lies in a folder of its own'
    )
    with op.batch_alter_table('export_job', schema=None) as batch_op:
        batch_op.create_index('ix_export_job_open', ['state'], unique=False, sqlite_where=sa.text("state in ('waiting','running')"), postgresql_where=sa.text("state in ('waiting','running')"))
        batch_op.create_index(batch_op.f('ix_export_job_requested_by'), ['requested_by'], unique=False)

    op.create_table('meeting',
    sa.Column('meeting_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('held_on', sa.Date(), nullable=False, comment='Day it is or was held'),
    sa.Column('title', sa.Text(), nullable=False, comment='What it is called'),
    sa.Column('created_by', sa.Text(), nullable=False, comment='Who entered it'),
    sa.Column('created_at', warehouse.types.UtcDateTime(), nullable=False, comment='When'),
    sa.PrimaryKeyConstraint('meeting_key', name=op.f('pk_meeting')),
    comment='Meeting (会议) at which figures are looked at and decisions taken'
    )
    with op.batch_alter_table('meeting', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_meeting_held_on'), ['held_on'], unique=False)

    op.create_table('screen',
    sa.Column('screen_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('name', sa.String(length=64), nullable=False, comment='Name in its address: letters, digits and hyphens'),
    sa.Column('title', sa.Text(), nullable=False, comment='What people call it'),
    sa.Column('definition', sa.Text(), nullable=False, comment='JSON: size, viewing distance, theme, tiles, playlist'),
    sa.Column('changed_by', sa.Text(), nullable=False, comment='Who changed it last'),
    sa.Column('changed_at', warehouse.types.UtcDateTime(), nullable=False, comment='When'),
    sa.PrimaryKeyConstraint('screen_key', name=op.f('pk_screen')),
    sa.UniqueConstraint('name', name=op.f('uq_screen_name')),
    comment='Screen (大屏) of a command center: what it shows, and for how long'
    )
    op.create_table('action_item',
    sa.Column('item_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('meeting_key', sa.Integer(), nullable=True, comment='Meeting that decided it, empty outside of one'),
    sa.Column('indicator_key', sa.Integer(), nullable=False, comment='Indicator of the number it hangs on'),
    sa.Column('district_key', sa.Integer(), nullable=False, comment='District of the number'),
    sa.Column('breakdown_key', sa.Integer(), nullable=False, comment='Breakdown of the number'),
    sa.Column('period_key', sa.Integer(), nullable=False, comment='Half-year of the number'),
    sa.Column('due_period_key', sa.Integer(), nullable=True, comment='Half-year the target of the number is due, empty without a target'),
    sa.Column('what', sa.Text(), nullable=False, comment='What is to be done'),
    sa.Column('office', sa.Text(), nullable=False, comment='Office responsible (责任单位)'),
    sa.Column('due_on', sa.Date(), nullable=False, comment='Day it is to be done by, as decided; extensions stand in its events'),
    sa.Column('created_by', sa.Text(), nullable=False, comment='Who entered it'),
    sa.Column('created_at', warehouse.types.UtcDateTime(), nullable=False, comment='When it was decided'),
    sa.ForeignKeyConstraint(['breakdown_key'], ['dim_breakdown.breakdown_key'], name=op.f('fk_action_item_breakdown_key')),
    sa.ForeignKeyConstraint(['district_key'], ['dim_district.district_key'], name=op.f('fk_action_item_district_key')),
    sa.ForeignKeyConstraint(['due_period_key'], ['dim_period.period_key'], name=op.f('fk_action_item_due_period_key')),
    sa.ForeignKeyConstraint(['indicator_key'], ['dim_indicator.indicator_key'], name=op.f('fk_action_item_indicator_key')),
    sa.ForeignKeyConstraint(['meeting_key'], ['meeting.meeting_key'], name=op.f('fk_action_item_meeting_key')),
    sa.ForeignKeyConstraint(['period_key'], ['dim_period.period_key'], name=op.f('fk_action_item_period_key')),
    sa.PrimaryKeyConstraint('item_key', name=op.f('pk_action_item')),
    comment='Action item (督办事项): a decision that hangs on a number; its state is that of its last event'
    )
    with op.batch_alter_table('action_item', schema=None) as batch_op:
        batch_op.create_index('ix_action_item_district_key', ['district_key', 'indicator_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_action_item_meeting_key'), ['meeting_key'], unique=False)

    op.create_table('meeting_note',
    sa.Column('note_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('meeting_key', sa.Integer(), nullable=False, comment='Meeting'),
    sa.Column('topic', sa.String(length=200), nullable=False, comment='Topic of the agenda it is for, as its link names it'),
    sa.Column('body', sa.Text(), nullable=False, comment="Speaker's note"),
    sa.Column('written_by', sa.Text(), nullable=False, comment='Who wrote it last'),
    sa.Column('written_at', warehouse.types.UtcDateTime(), nullable=False, comment='When'),
    sa.ForeignKeyConstraint(['meeting_key'], ['meeting.meeting_key'], name=op.f('fk_meeting_note_meeting_key')),
    sa.PrimaryKeyConstraint('note_key', name=op.f('pk_meeting_note')),
    sa.UniqueConstraint('meeting_key', 'topic', name=op.f('uq_meeting_note_meeting_key_topic')),
    comment="Speaker's note (讲稿) for one topic of a meeting"
    )
    op.create_table('action_event',
    sa.Column('event_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('item_key', sa.Integer(), nullable=False, comment='Action item'),
    sa.Column('kind', sa.String(length=16), nullable=False, comment='opened, reported (反馈), extended (延期), returned (退回), done (办结) or withdrawn (撤销)'),
    sa.Column('note', sa.Text(), nullable=False, comment='Reason or report; empty where none is needed'),
    sa.Column('due_on', sa.Date(), nullable=True, comment='New day it is to be done by, of an extension'),
    sa.Column('written_by', sa.Text(), nullable=False, comment='Who'),
    sa.Column('written_at', warehouse.types.UtcDateTime(), nullable=False, comment='When'),
    sa.CheckConstraint("(kind = 'extended') = (due_on is not null)", name=op.f('ck_action_event_due_on')),
    sa.CheckConstraint("kind in ('opened','reported','extended','returned','done','withdrawn')", name=op.f('ck_action_event_kind')),
    sa.ForeignKeyConstraint(['item_key'], ['action_item.item_key'], name=op.f('fk_action_event_item_key')),
    sa.PrimaryKeyConstraint('event_key', name=op.f('pk_action_event')),
    comment='What became of an action item, append-only'
    )
    with op.batch_alter_table('action_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_action_event_item_key'), ['item_key'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('action_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_action_event_item_key'))

    op.drop_table('action_event')
    op.drop_table('meeting_note')
    with op.batch_alter_table('action_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_action_item_meeting_key'))
        batch_op.drop_index('ix_action_item_district_key')

    op.drop_table('action_item')
    op.drop_table('screen')
    with op.batch_alter_table('meeting', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_meeting_held_on'))

    op.drop_table('meeting')
    with op.batch_alter_table('export_job', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_export_job_requested_by'))
        batch_op.drop_index('ix_export_job_open', sqlite_where=sa.text("state in ('waiting','running')"), postgresql_where=sa.text("state in ('waiting','running')"))

    op.drop_table('export_job')
