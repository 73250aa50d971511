"""What the rooms keep: meetings and what was decided there, screens, and files being made. In the same metadata.

A decision hangs on a number, not on a row of the mart: rows come and go with every publication.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from warehouse.access_tables import metadata as metadata
from warehouse.types import UtcDateTime

meeting = Table(
    "meeting",
    metadata,
    Column("meeting_key", Integer, primary_key=True, comment="Surrogate key"),
    Column("held_on", Date, nullable=False, index=True, comment="Day it is or was held"),
    Column("title", Text, nullable=False, comment="What it is called"),
    Column("created_by", Text, nullable=False, comment="Who entered it"),
    Column("created_at", UtcDateTime, nullable=False, comment="When"),
    comment="Meeting (会议) at which figures are looked at and decisions taken",
)

meeting_note = Table(
    "meeting_note",
    metadata,
    Column("note_key", Integer, primary_key=True, comment="Surrogate key"),
    Column("meeting_key", Integer, ForeignKey("meeting.meeting_key"), nullable=False, comment="Meeting"),
    Column("topic", String(200), nullable=False, comment="Topic of the agenda it is for, as its link names it"),
    Column("body", Text, nullable=False, comment="Speaker's note"),
    Column("written_by", Text, nullable=False, comment="Who wrote it last"),
    Column("written_at", UtcDateTime, nullable=False, comment="When"),
    UniqueConstraint("meeting_key", "topic"),
    comment="Speaker's note (讲稿) for one topic of a meeting",
)

action_item = Table(
    "action_item",
    metadata,
    Column("item_key", Integer, primary_key=True, comment="Surrogate key"),
    Column("meeting_key", Integer, ForeignKey("meeting.meeting_key"), index=True, comment="Meeting that decided it, empty outside of one"),
    Column("indicator_key", Integer, ForeignKey("dim_indicator.indicator_key"), nullable=False, comment="Indicator of the number it hangs on"),
    Column("district_key", Integer, ForeignKey("dim_district.district_key"), nullable=False, comment="District of the number"),
    Column("breakdown_key", Integer, ForeignKey("dim_breakdown.breakdown_key"), nullable=False, comment="Breakdown of the number"),
    Column("period_key", Integer, ForeignKey("dim_period.period_key"), nullable=False, comment="Half-year of the number"),
    Column("due_period_key", Integer, ForeignKey("dim_period.period_key"), comment="Half-year the target of the number is due, empty without a target"),
    Column("what", Text, nullable=False, comment="What is to be done"),
    Column("office", Text, nullable=False, comment="Office responsible (责任单位)"),
    Column("due_on", Date, nullable=False, comment="Day it is to be done by, as decided; extensions stand in its events"),
    Column("created_by", Text, nullable=False, comment="Who entered it"),
    Column("created_at", UtcDateTime, nullable=False, comment="When it was decided"),
    Index("ix_action_item_district_key", "district_key", "indicator_key"),
    comment="Action item (督办事项): a decision that hangs on a number; its state is that of its last event",
)  # fmt: skip

action_event = Table(
    "action_event",
    metadata,
    Column("event_key", Integer, primary_key=True, comment="Surrogate key"),
    Column("item_key", Integer, ForeignKey("action_item.item_key"), nullable=False, index=True, comment="Action item"),
    Column("kind", String(16), nullable=False, comment="opened, reported (反馈), extended (延期), returned (退回), done (办结) or withdrawn (撤销)"),
    Column("note", Text, nullable=False, comment="Reason or report; empty where none is needed"),
    Column("due_on", Date, comment="New day it is to be done by, of an extension"),
    Column("written_by", Text, nullable=False, comment="Who"),
    Column("written_at", UtcDateTime, nullable=False, comment="When"),
    CheckConstraint("kind in ('opened','reported','extended','returned','done','withdrawn')", name="kind"),
    CheckConstraint("(kind = 'extended') = (due_on is not null)", name="due_on"),
    comment="What became of an action item, append-only",
)  # fmt: skip

screen = Table(
    "screen",
    metadata,
    Column("screen_key", Integer, primary_key=True, comment="Surrogate key"),
    Column("name", String(64), nullable=False, unique=True, comment="Name in its address: letters, digits and hyphens"),
    Column("title", Text, nullable=False, comment="What people call it"),
    Column("definition", Text, nullable=False, comment="JSON: size, viewing distance, theme, tiles, playlist"),
    Column("changed_by", Text, nullable=False, comment="Who changed it last"),
    Column("changed_at", UtcDateTime, nullable=False, comment="When"),
    comment="Screen (大屏) of a command center: what it shows, and for how long",
)

export_job = Table(
    "export_job",
    metadata,
    Column("job_key", Integer, primary_key=True, comment="Surrogate key"),
    Column("kind", String(32), nullable=False, comment="Which file is made"),
    Column("request", Text, nullable=False, comment="JSON: what it is made of, in which language, and what its reader may see"),
    Column("requested_by", Text, nullable=False, index=True, comment="Whose it is; nobody else gets it"),
    Column("requested_at", UtcDateTime, nullable=False, comment="When"),
    Column("state", String(16), nullable=False, comment="waiting, running, done, failed or cancelled"),
    Column("steps_done", Integer, nullable=False, comment="Steps done"),
    Column("steps", Integer, nullable=False, comment="Steps in all, 0 while that is not known"),
    Column("message", Text, nullable=False, comment="JSON: what went wrong, in both languages; empty otherwise"),
    Column("file_name", Text, comment="Name the file is saved under, once it is done"),
    Column("changed_at", UtcDateTime, nullable=False, comment="Last sign of life"),
    CheckConstraint("state in ('waiting','running','done','failed','cancelled')", name="state"),
    Index("ix_export_job_open", "state", sqlite_where=text("state in ('waiting','running')"), postgresql_where=text("state in ('waiting','running')")),
    comment="File being made in the background (导出任务); the file itself lies in a folder of its own",
)  # fmt: skip
