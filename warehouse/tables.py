"""THE schema. The data dictionary is generated from the comments here.

``dim_`` describe, ``fact_`` count; ``_key`` is a surrogate, ``_code`` natural, ``_on`` a date,
``_at`` a UTC instant, ``_share`` a number from 0 to 1.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.schema import SchemaItem

from warehouse.types import ExactDecimal, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key(name: str) -> Column[Any]:
    return Column(name, Integer, primary_key=True, comment="Surrogate key")


def _code(name: str, comment: str, **options: Any) -> Column[Any]:
    return Column(name, String(64), nullable=options.pop("nullable", False), comment=comment, **options)


def _names(zh: str) -> tuple[Column[Any], Column[Any]]:
    return (
        Column("name_zh", Text, nullable=False, comment=f"{zh}, Chinese"),
        Column("name_en", Text, nullable=False, comment=f"{zh}, English"),
    )


def _link(name: str, target: str, comment: str, **options: Any) -> Column[Any]:
    return Column(
        name, Integer, ForeignKey(target), nullable=options.pop("nullable", False), comment=comment, **options
    )


dim_district = Table(
    "dim_district",
    metadata,
    _key("district_key"),
    _code("district_code", "GB/T 2260 code, six digits (townships nine)", unique=True),
    *_names("Name"),
    Column("level", String(16), nullable=False, comment="province, city, district or township"),
    _code("parent_code", "Code of the district above, empty at the top", nullable=True),
    Column("sort_order", Integer, nullable=False, comment="Order in lists"),
    Column("valid_from", Date, comment="First day the district exists under this code, empty if before records"),
    Column("valid_to", Date, comment="Last day, empty while it exists"),
    CheckConstraint("level in ('province','city','district','township')", name="level"),
    comment="District (地区), grain: one administrative division",
)

dim_domain = Table(
    "dim_domain",
    metadata,
    _code("domain_code", "Natural key", primary_key=True),
    *_names("Name"),
    Column("sort_order", Integer, nullable=False, comment="Order in lists"),
    comment="Domain (业务领域) of civil affairs, grain: one domain",
)

dim_unit = Table(
    "dim_unit",
    metadata,
    _code("unit_code", "Natural key", primary_key=True),
    *_names("Symbol or word as printed behind a value"),
    Column("quantity", String(64), nullable=False, comment="What is measured; only units of one quantity convert"),
    Column("factor", ExactDecimal, nullable=False, comment="Value in the base unit of the quantity (万元: 10000)"),
    Column("is_whole", Boolean, nullable=False, comment="Whether only whole numbers of it exist"),
    comment="Unit (单位), grain: one unit",
)

dim_indicator = Table(
    "dim_indicator",
    metadata,
    _key("indicator_key"),
    _code("indicator_code", "Natural key; versions of a definition share it"),
    *_names("Name"),
    _code("domain_code", "Domain"),
    _code("unit_code", "Unit in which the indicator is compared and shown"),
    Column("measure_type", String(16), nullable=False, comment="flow, stock, ratio, rate_standard or milestone"),
    Column("direction", String(8), nullable=False, comment="Which way is better: higher, lower or none"),
    Column(
        "additivity", String(16), nullable=False, comment="additive, semi_additive (not over periods), ratio or none"
    ),
    Column("definition_zh", Text, nullable=False, comment="What is counted, Chinese"),
    Column("definition_en", Text, nullable=False, comment="What is counted, English"),
    Column("counted_zh", Text, comment="Ratios: what the numerator counts, with its classifier (个站)"),
    Column("counted_en", Text, comment="Ratios: what the numerator counts, English"),
    Column("value_min", ExactDecimal, comment="Smallest value that can be true; lower ones are refused"),
    Column("value_max", ExactDecimal, comment="Largest value that can be true; higher ones are refused"),
    Column("valid_from", Date, comment="First day this definition holds, empty for always"),
    Column("valid_to", Date, comment="Last day this definition holds, empty while it does"),
    UniqueConstraint("indicator_code", "valid_from"),
    CheckConstraint("measure_type in ('flow','stock','ratio','rate_standard','milestone')", name="measure_type"),
    CheckConstraint("direction in ('higher','lower','none')", name="direction"),
    CheckConstraint("additivity in ('additive','semi_additive','ratio','none')", name="additivity"),
    comment="Indicator (指标), grain: one definition of one indicator",
)

dim_breakdown = Table(
    "dim_breakdown",
    metadata,
    _key("breakdown_key"),
    _code("breakdown_code", "Natural key: total, urban, rural, …", unique=True),
    *_names("Name"),
    Column("sort_order", Integer, nullable=False, comment="Order in lists, total first"),
    comment="Breakdown (分组), a conformed dimension shared by all indicators",
)

dim_period = Table(
    "dim_period",
    metadata,
    Column("period_key", Integer, primary_key=True, autoincrement=False, comment="20201 = first half of 2020"),
    _code("period_code", "SDMX code, 2020-S1", unique=True),
    Column("year", Integer, nullable=False, comment="Calendar year"),
    Column("semester", Integer, nullable=False, comment="1 = 上半年, 2 = 下半年"),
    Column("start_on", Date, nullable=False, comment="First day"),
    Column("end_on", Date, nullable=False, comment="Last day"),
    comment="Half-year (半年度)",
)

dim_source = Table(
    "dim_source",
    metadata,
    _key("source_key"),
    _code("source_code", "Natural key", unique=True),
    Column("kind", String(16), nullable=False, comment="document, workbook, csv, manual or demo"),
    Column("title", Text, nullable=False, comment="Title as a reader would cite it"),
    Column("publisher", Text, comment="Who published it"),
    Column("published_on", Date, comment="When, where known"),
    Column("document_no", Text, comment="Document number, where it has one"),
    Column("sha256", String(64), comment="Hash of the original file; the passage is shown from a file with this hash"),
    Column("note", Text, comment="What a reader should know about it"),
    CheckConstraint("kind in ('document','workbook','csv','manual','demo')", name="kind"),
    comment="Source (来源): the document or workbook a figure stands in",
)

dim_rule = Table(
    "dim_rule",
    metadata,
    _key("rule_key"),
    Column(
        "rule_version",
        String(32),
        nullable=False,
        comment="Version of the rules; the mart names the one it was computed by",
    ),
    _code("domain_code", "Domain it is for, empty for all", nullable=True),
    _code("indicator_code", "Indicator it is for, empty for all of the domain", nullable=True),
    Column(
        "amber_share",
        ExactDecimal,
        comment="Pace ratio from which a late target is slipping, not behind; empty: as the less specific rule says",
    ),
    Column("note_zh", Text, comment="Why, Chinese"),
    Column("note_en", Text, comment="Why, English"),
    Column(
        "s1_share",
        ExactDecimal,
        comment="Share of a flow expected by mid-year where neither its target nor its own history says; empty as above",
    ),
    Column(
        "weight",
        ExactDecimal,
        comment="Weight in the score instead of the target's own; empty as above, and in the end the target's own",
    ),
    UniqueConstraint("rule_version", "domain_code", "indicator_code"),
    comment="Thresholds, first-half shares and weights by rule version, the most specific first: indicator, domain, all",
)

rule_change = Table(
    "rule_change",
    metadata,
    Column("rule_version", String(32), primary_key=True, comment="Version that came into force"),
    Column("previous_version", String(32), nullable=False, comment="Version it took the place of"),
    Column("made_by", Text, nullable=False, comment="Who"),
    Column("made_at", UtcDateTime, nullable=False, comment="When"),
    Column("reason", Text, nullable=False, comment="Why"),
    Column("lights_changed", Integer, nullable=False, comment="Lights that changed, as shown before it was confirmed"),
    comment="Rule versions made in the program (规则变更); those of data/reference/rules.csv are not here",
)

load_batch = Table(
    "load_batch",
    metadata,
    _key("batch_key"),
    Column("file_name", Text, nullable=False, comment="File as named by the loader, relative where it can be"),
    Column("sha256", String(64), nullable=False, comment="Hash of the file"),
    Column("loaded_by", Text, nullable=False, comment="Who loaded it"),
    Column("loaded_at", UtcDateTime, nullable=False, comment="When"),
    Column("rows_in", Integer, nullable=False, comment="Rows read: accepted + rejected"),
    Column("rows_accepted", Integer, nullable=False, comment="Rows that stand for facts now known"),
    Column("rows_rejected", Integer, nullable=False, comment="Rows refused, each in quarantine_row"),
    Column("facts_added", Integer, nullable=False, comment="Facts that were new"),
    Column("facts_corrected", Integer, nullable=False, comment="Facts that superseded another version"),
    Column("facts_withdrawn", Integer, nullable=False, comment="Facts this file had brought and no longer has"),
    Column("state", String(16), nullable=False, comment="staged, published or undone"),
    Column("undone_by", Text, comment="Who took it back"),
    Column("undone_at", UtcDateTime, comment="When it was taken back"),
    CheckConstraint("rows_in = rows_accepted + rows_rejected", name="balance"),
    CheckConstraint("state in ('staged','published','undone')", name="state"),
    comment="Load batch (批次): one file, one transaction",
)


upload = Table(
    "upload",
    metadata,
    _key("upload_key"),
    Column("file_name", Text, nullable=False, comment="File as its sender calls it, without folders"),
    Column("sha256", String(64), nullable=False, comment="Hash of the file"),
    Column("content", LargeBinary, nullable=False, comment="The file itself, byte for byte"),
    Column("sender", Text, comment="Whose layouts are remembered for it: a district or an office"),
    Column(
        "answers",
        Text,
        nullable=False,
        comment="JSON: what a person said of the whole file (district, period, unit), and the layouts put right",
    ),
    Column("uploaded_by", Text, nullable=False, comment="Who sent it up"),
    Column("uploaded_at", UtcDateTime, nullable=False, comment="When"),
    _link("batch_key", "load_batch.batch_key", "Batch it was staged as, empty before", nullable=True),
    Column("seal", String(64), comment="Hash of the changes as they were shown when it was staged"),
    Column("staged_by", Text, comment="Who staged it"),
    Column("staged_at", UtcDateTime, comment="When"),
    Column("approved_by", Text, comment="Who approved and published it"),
    Column("approved_at", UtcDateTime, comment="When"),
    Index("ix_upload_batch_key", "batch_key", unique=True),
    comment="Uploaded file (上传的文件) from the first look at it to its batch; kept, so that a figure leads to its cell",
)


def _one_current(table: str, *grain: str) -> Index:
    """At most one version of a fact is believed at a time; the index says so and finds it."""
    current = text("superseded_at IS NULL")
    return Index(f"uq_{table}_current", *grain, unique=True, sqlite_where=current, postgresql_where=current)


def _superseded(table: str) -> Index:
    """What a batch superseded, which is little of what there is."""
    superseded = text("superseded_by IS NOT NULL")
    return Index(f"ix_{table}_superseded_by", "superseded_by", sqlite_where=superseded, postgresql_where=superseded)


def _of_now(name: str, *columns: str) -> Index:
    """An index of the few rows that tell where districts stand now."""
    sqlite, postgresql = text("is_current = 1"), text("is_current")
    return Index(name, "is_current", *columns, sqlite_where=sqlite, postgresql_where=postgresql)


def _fact_columns() -> tuple[Column[Any], ...]:
    return (
        _link("indicator_key", "dim_indicator.indicator_key", "Indicator, in the definition that held"),
        _link("district_key", "dim_district.district_key", "District"),
        _link("breakdown_key", "dim_breakdown.breakdown_key", "Breakdown"),
    )


def _provenance_columns() -> tuple[SchemaItem, ...]:
    return (
        _link("source_key", "dim_source.source_key", "Where it stands"),
        Column("locator", Text, comment="Section path, or sheet!cell"),
        Column("span_start", Integer, comment="First character in the source text, from 0; empty for workbooks"),
        Column("span_end", Integer, comment="Character after the last, half-open"),
        Column("confidence", String(8), nullable=False, comment="How sure the reading is: high, medium or low"),
        Column("note", Text, comment="What is odd about it"),
        _link("batch_key", "load_batch.batch_key", "Batch that loaded it", index=True),
        Column("recorded_at", UtcDateTime, nullable=False, comment="Since when it is known"),
        Column("superseded_at", UtcDateTime, comment="Until when it was believed; empty while it is"),
        _link(
            "superseded_by",
            "load_batch.batch_key",
            "Batch that superseded it; undoing it brings this back",
            nullable=True,
        ),
        CheckConstraint("confidence in ('high','medium','low')", name="confidence"),
    )


fact_target = Table(
    "fact_target",
    metadata,
    _key("target_key"),
    *_fact_columns(),
    _link("due_period_key", "dim_period.period_key", "Half-year by whose end it is due"),
    _link("first_period_key", "dim_period.period_key", "First half-year it applies to"),
    Column("due_on", Date, comment="Due date, where one is given"),
    Column("comparator", String(8), comment=">=, <=, =, range or all (全覆盖), as in the source; empty for milestones"),
    Column("value", ExactDecimal, comment="Target in unit_code; low end of a range; empty for milestones"),
    Column("value_high", ExactDecimal, comment="High end of a range"),
    _code("unit_code", "Unit as in the source"),
    Column("baseline_value", ExactDecimal, comment="Baseline (基期值) in unit_code, where given"),
    _link("baseline_period_key", "dim_period.period_key", "Half-year of the baseline", nullable=True),
    Column("s1_value", ExactDecimal, comment="What the plan itself asks for by mid-year, in unit_code"),
    Column("is_binding", Boolean, nullable=False, comment="约束性 (true) or 预期性"),
    Column("weight", ExactDecimal, nullable=False, comment="Weight in the district's score"),
    *_provenance_columns(),
    CheckConstraint("comparator in ('>=','<=','=','range','all')", name="comparator"),
    _one_current("fact_target", "indicator_key", "district_key", "breakdown_key", "due_period_key"),
    _superseded("fact_target"),
    comment="Target (目标), grain: indicator × district × breakdown × due period × version",
)

fact_actual = Table(
    "fact_actual",
    metadata,
    _key("actual_key"),
    *_fact_columns(),
    _link("period_key", "dim_period.period_key", "Half-year by whose end it was reached"),
    Column("value", ExactDecimal, nullable=False, comment="Value in unit_code; a flow is year-to-date"),
    _code("unit_code", "Unit as in the source"),
    Column("qualifier", String(4), comment="> >= < <= ~ where the source says more than, about, nearly"),
    Column("numerator", ExactDecimal, comment="Ratios: how many"),
    Column("denominator", ExactDecimal, comment="Ratios: of how many"),
    *_provenance_columns(),
    _one_current("fact_actual", "indicator_key", "district_key", "breakdown_key", "period_key"),
    _superseded("fact_actual"),
    comment="Actual (完成值), grain: indicator × district × breakdown × period × version",
)


def _progress_columns() -> tuple[Column[Any], ...]:
    """What was computed, in the mart and in its history alike; values in the indicator's unit."""
    return (
        Column("indicator_key", Integer, nullable=False, comment="Indicator"),
        Column("district_key", Integer, nullable=False, comment="District"),
        Column("breakdown_key", Integer, nullable=False, comment="Breakdown"),
        Column("period_key", Integer, nullable=False, comment="Half-year judged"),
        Column("target_key", Integer, comment="Target judged against, empty where there is only an actual"),
        Column("actual_key", Integer, comment="Actual judged, empty where none is reported"),
        Column("is_primary", Boolean, nullable=False, comment="The target due nearest, the one pages show first"),
        Column(
            "is_current", Boolean, nullable=False, comment="Tells where the district stands at its own latest report"
        ),
        Column("first_period_key", Integer, comment="First half-year of the target"),
        Column("due_period_key", Integer, comment="Half-year the target is due"),
        Column("due_on", Date, comment="Due date, where one is given"),
        Column("comparator", String(8), comment="Comparator of the target"),
        Column("target", ExactDecimal, comment="Target in the indicator's unit"),
        Column("target_high", ExactDecimal, comment="High end of a range"),
        Column("qualifier", String(4), comment="> >= < <= ~ where the source calls the actual approximate"),
        Column("actual", ExactDecimal, comment="What is judged; for a flow over several years the sum of the years"),
        Column("attainment", ExactDecimal, comment="完成率, 1 = all of it; empty if not computable"),
        Column("attainment_reason", String(32), comment="Why there is no attainment"),
        Column("progress_share", ExactDecimal, comment="Progress from baseline, 1 = all the way"),
        Column("expected_share", ExactDecimal, comment="序时进度: share expected by now"),
        Column("share_basis", String(24), comment="What the expected share rests on, or why there is none"),
        Column("pace_ratio", ExactDecimal, comment="Reached ÷ expected"),
        Column("gap", ExactDecimal, comment="Distance to the target, positive when better"),
        Column("status", String(16), nullable=False, comment="亮灯"),
        Column("previous_status", String(16), comment="Light of the same target in the half-year before"),
        Column("since_period_key", Integer, comment="Off track without a break since"),
        Column("is_stretch", Boolean, nullable=False, comment="超额: far end of a range reached"),
        Column("forecast", ExactDecimal, comment="Forecast for the due period"),
        Column("forecast_low", ExactDecimal, comment="Low end of the 80 % interval"),
        Column("forecast_high", ExactDecimal, comment="High end of the 80 % interval"),
        Column("forecast_basis", String(24), comment="What the forecast rests on, or why there is none"),
        Column("interval_basis", String(24), comment="Which history the interval rests on"),
        Column("forecast_support", Integer, nullable=False, comment="Years, districts or periods behind it"),
        Column("weight", ExactDecimal, comment="Weight of the target in the score"),
        Column(
            "confidence", String(8), nullable=False, comment="The lower of actual's and target's: high, medium or low"
        ),
        Column(
            "sort_pace", Float, nullable=False, comment="Pace ratio or attainment as a float, to sort by, never shown"
        ),
        Column("rule_version", String(32), nullable=False, comment="Rules it was judged by"),
        Column("recorded_at", UtcDateTime, nullable=False, comment="Since when it reads like this"),
    )


_LIGHTS = (
    "district_key", "indicator_key", "breakdown_key", "status", "previous_status", "period_key", "first_period_key",
    "due_period_key", "due_on", "actual_key",
)  # fmt: skip
"""What ``queries.lights`` reads, so that the index alone answers it."""

fact_progress = Table(
    "fact_progress",
    metadata,
    _key("progress_key"),
    *_progress_columns(),
    # Each index answers one question: what is behind in a half-year (or now), all its lights, an
    # indicator's page, a district's page, one series.
    Index(
        "ix_fact_progress_behind",
        "period_key",
        "is_primary",
        "status",
        "sort_pace",
        sqlite_where=text("target_key IS NOT NULL"),
        postgresql_where=text("target_key IS NOT NULL"),
    ),
    _of_now("ix_fact_progress_behind_now", "is_primary", "status", "sort_pace"),
    Index("ix_fact_progress_lights", "period_key", "is_primary", *(c for c in _LIGHTS if c != "period_key")),
    _of_now("ix_fact_progress_lights_now", "is_primary", *_LIGHTS),
    Index("ix_fact_progress_indicator", "indicator_key", "period_key"),
    Index("ix_fact_progress_district", "district_key", "period_key"),
    Index("ix_fact_progress_series", "indicator_key", "district_key", "breakdown_key"),
    comment="Mart: indicator × district × breakdown × period × applicable target, recomputed at any time",
)

fact_progress_history = Table(
    "fact_progress_history",
    metadata,
    _key("history_key"),
    *_progress_columns(),
    Column("superseded_at", UtcDateTime, nullable=False, comment="Until when it read like this"),
    Index("ix_fact_progress_history_superseded", "superseded_at"),
    comment="Rows the mart once showed, for views as known at a date (截至)",
)

quarantine_row = Table(
    "quarantine_row",
    metadata,
    _key("quarantine_key"),
    _link("batch_key", "load_batch.batch_key", "Batch that refused it", index=True),
    Column("sheet", Text, comment="Sheet, empty for CSV"),
    Column("row_no", Integer, nullable=False, comment="Row as a spreadsheet counts, the header being 1"),
    Column("column_name", Text, comment="Column, empty where the whole row is meant"),
    Column("value_found", Text, comment="The value as found"),
    Column("reason_code", String(32), nullable=False, comment="Why; docs/refusals.md lists them"),
    Column("raw", Text, nullable=False, comment="The whole row as JSON, so that nothing is lost"),
    Column("cell", String(16), comment="Cell, as C7, where one is meant"),
    Column("detail", Text, comment="JSON: everything found wrong with the row, with what is particular about it"),
    comment="Refused row (拒收行)",
)

blank_reason = Table(
    "blank_reason",
    metadata,
    _key("blank_key"),
    *_fact_columns(),
    _link("period_key", "dim_period.period_key", "Half-year that was not reported"),
    Column("reason", Text, nullable=False, comment="Why, in the words of the return"),
    Column("locator", Text, comment="Sheet!cell it stands in"),
    _link("batch_key", "load_batch.batch_key", "Batch that brought it", index=True),
    Column("recorded_at", UtcDateTime, nullable=False, comment="Since when it is known"),
    Index("ix_blank_reason_grain", "indicator_key", "district_key", "breakdown_key", "period_key"),
    comment="Why a figure was left blank in a return (未报原因); of several the last published one counts",
)

staged_figure = Table(
    "staged_figure",
    metadata,
    _link("batch_key", "load_batch.batch_key", "Batch that waits for approval", primary_key=True),
    _link("indicator_key", "dim_indicator.indicator_key", "Indicator", primary_key=True),
    _link("district_key", "dim_district.district_key", "District", primary_key=True),
    Column("figures", Integer, nullable=False, comment="How many of its targets and actuals would be new or corrected"),
    comment="What a staged batch speaks of (待审核), so that pages can say so; it counts while the batch is staged",
)

warehouse_state = Table(
    "warehouse_state",
    metadata,
    Column("name", String(32), primary_key=True, comment="What"),
    Column("value", Text, nullable=False, comment="Its value"),
    comment="Single values: data_version (caches are keyed by it), published_at, rule_version",
)
