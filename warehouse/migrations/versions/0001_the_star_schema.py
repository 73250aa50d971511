"""The star schema"""

import sqlalchemy as sa
from alembic import op

import warehouse.types


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table('dim_breakdown',
    sa.Column('breakdown_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('breakdown_code', sa.String(length=64), nullable=False, comment='Natural key: total, urban, rural, …'),
    sa.Column('name_zh', sa.Text(), nullable=False, comment='Name, Chinese'),
    sa.Column('name_en', sa.Text(), nullable=False, comment='Name, English'),
    sa.Column('sort_order', sa.Integer(), nullable=False, comment='Order in lists, total first'),
    sa.PrimaryKeyConstraint('breakdown_key', name=op.f('pk_dim_breakdown')),
    sa.UniqueConstraint('breakdown_code', name=op.f('uq_dim_breakdown_breakdown_code')),
    comment='Breakdown (分组), a conformed dimension shared by all indicators'
    )
    op.create_table('dim_district',
    sa.Column('district_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('district_code', sa.String(length=64), nullable=False, comment='GB/T 2260 code, six digits (townships nine)'),
    sa.Column('name_zh', sa.Text(), nullable=False, comment='Name, Chinese'),
    sa.Column('name_en', sa.Text(), nullable=False, comment='Name, English'),
    sa.Column('level', sa.String(length=16), nullable=False, comment='province, city, district or township'),
    sa.Column('parent_code', sa.String(length=64), nullable=True, comment='Code of the district above, empty at the top'),
    sa.Column('sort_order', sa.Integer(), nullable=False, comment='Order in lists'),
    sa.Column('valid_from', sa.Date(), nullable=True, comment='First day the district exists under this code, empty if before records'),
    sa.Column('valid_to', sa.Date(), nullable=True, comment='Last day, empty while it exists'),
    sa.CheckConstraint("level in ('province','city','district','township')", name=op.f('ck_dim_district_level')),
    sa.PrimaryKeyConstraint('district_key', name=op.f('pk_dim_district')),
    sa.UniqueConstraint('district_code', name=op.f('uq_dim_district_district_code')),
    comment='District (地区), grain: one administrative division'
    )
    op.create_table('dim_domain',
    sa.Column('domain_code', sa.String(length=64), nullable=False, comment='Natural key'),
    sa.Column('name_zh', sa.Text(), nullable=False, comment='Name, Chinese'),
    sa.Column('name_en', sa.Text(), nullable=False, comment='Name, English'),
    sa.Column('sort_order', sa.Integer(), nullable=False, comment='Order in lists'),
    sa.PrimaryKeyConstraint('domain_code', name=op.f('pk_dim_domain')),
    comment='Domain (业务领域) of civil affairs, grain: one domain'
    )
    op.create_table('dim_indicator',
    sa.Column('indicator_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('indicator_code', sa.String(length=64), nullable=False, comment='Natural key; versions of a definition share it'),
    sa.Column('name_zh', sa.Text(), nullable=False, comment='Name, Chinese'),
    sa.Column('name_en', sa.Text(), nullable=False, comment='Name, English'),
    sa.Column('domain_code', sa.String(length=64), nullable=False, comment='Domain'),
    sa.Column('unit_code', sa.String(length=64), nullable=False, comment='Unit in which the indicator is compared and shown'),
    sa.Column('measure_type', sa.String(length=16), nullable=False, comment='flow, stock, ratio, rate_standard or milestone'),
    sa.Column('direction', sa.String(length=8), nullable=False, comment='Which way is better: higher, lower or none'),
    sa.Column('additivity', sa.String(length=16), nullable=False, comment='additive, semi_additive (not over periods), ratio or none'),
    sa.Column('definition_zh', sa.Text(), nullable=False, comment='What is counted, Chinese'),
    sa.Column('definition_en', sa.Text(), nullable=False, comment='What is counted, English'),
    sa.Column('counted_zh', sa.Text(), nullable=True, comment='Ratios: what the numerator counts, with its classifier (个站)'),
    sa.Column('counted_en', sa.Text(), nullable=True, comment='Ratios: what the numerator counts, English'),
    sa.Column('value_min', warehouse.types.ExactDecimal(), nullable=True, comment='Smallest value that can be true; lower ones are refused'),
    sa.Column('value_max', warehouse.types.ExactDecimal(), nullable=True, comment='Largest value that can be true; higher ones are refused'),
    sa.Column('valid_from', sa.Date(), nullable=True, comment='First day this definition holds, empty for always'),
    sa.Column('valid_to', sa.Date(), nullable=True, comment='Last day this definition holds, empty while it does'),
    sa.CheckConstraint("additivity in ('additive','semi_additive','ratio','none')", name=op.f('ck_dim_indicator_additivity')),
    sa.CheckConstraint("direction in ('higher','lower','none')", name=op.f('ck_dim_indicator_direction')),
    sa.CheckConstraint("measure_type in ('flow','stock','ratio','rate_standard','milestone')", name=op.f('ck_dim_indicator_measure_type')),
    sa.PrimaryKeyConstraint('indicator_key', name=op.f('pk_dim_indicator')),
    sa.UniqueConstraint('indicator_code', 'valid_from', name=op.f('uq_dim_indicator_indicator_code_valid_from')),
    comment='Indicator (指标), grain: one definition of one indicator'
    )
    op.create_table('dim_period',
    sa.Column('period_key', sa.Integer(), autoincrement=False, nullable=False, comment='20201 = first half of 2020'),
    sa.Column('period_code', sa.String(length=64), nullable=False, comment='SDMX code, 2020-S1'),
    sa.Column('year', sa.Integer(), nullable=False, comment='Calendar year'),
    sa.Column('semester', sa.Integer(), nullable=False, comment='1 = 上半年, 2 = 下半年'),
    sa.Column('start_on', sa.Date(), nullable=False, comment='First day'),
    sa.Column('end_on', sa.Date(), nullable=False, comment='Last day'),
    sa.PrimaryKeyConstraint('period_key', name=op.f('pk_dim_period')),
    sa.UniqueConstraint('period_code', name=op.f('uq_dim_period_period_code')),
    comment='Half-year (半年度)'
    )
    op.create_table('dim_rule',
    sa.Column('rule_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('rule_version', sa.String(length=32), nullable=False, comment='Version of the rules; the mart names the one it was computed by'),
    sa.Column('domain_code', sa.String(length=64), nullable=True, comment='Domain it is for, empty for all'),
    sa.Column('indicator_code', sa.String(length=64), nullable=True, comment='Indicator it is for, empty for all of the domain'),
    sa.Column('amber_share', warehouse.types.ExactDecimal(), nullable=False, comment='Pace ratio from which a late target is slipping, not behind'),
    sa.Column('note_zh', sa.Text(), nullable=True, comment='Why, Chinese'),
    sa.Column('note_en', sa.Text(), nullable=True, comment='Why, English'),
    sa.PrimaryKeyConstraint('rule_key', name=op.f('pk_dim_rule')),
    sa.UniqueConstraint('rule_version', 'domain_code', 'indicator_code', name=op.f('uq_dim_rule_rule_version_domain_code_indicator_code')),
    comment='Thresholds by rule version, the most specific first: indicator, domain, all'
    )
    op.create_table('dim_source',
    sa.Column('source_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('source_code', sa.String(length=64), nullable=False, comment='Natural key'),
    sa.Column('kind', sa.String(length=16), nullable=False, comment='document, workbook, csv, manual or demo'),
    sa.Column('title', sa.Text(), nullable=False, comment='Title as a reader would cite it'),
    sa.Column('publisher', sa.Text(), nullable=True, comment='Who published it'),
    sa.Column('published_on', sa.Date(), nullable=True, comment='When, where known'),
    sa.Column('document_no', sa.Text(), nullable=True, comment='Document number, where it has one'),
    sa.Column('sha256', sa.String(length=64), nullable=True, comment='Hash of the original file; the passage is shown from a file with this hash'),
    sa.Column('note', sa.Text(), nullable=True, comment='What a reader should know about it'),
    sa.CheckConstraint("kind in ('document','workbook','csv','manual','demo')", name=op.f('ck_dim_source_kind')),
    sa.PrimaryKeyConstraint('source_key', name=op.f('pk_dim_source')),
    sa.UniqueConstraint('source_code', name=op.f('uq_dim_source_source_code')),
    comment='Source (来源): the document or workbook a figure stands in'
    )
    op.create_table('dim_unit',
    sa.Column('unit_code', sa.String(length=64), nullable=False, comment='Natural key'),
    sa.Column('name_zh', sa.Text(), nullable=False, comment='Symbol or word as printed behind a value, Chinese'),
    sa.Column('name_en', sa.Text(), nullable=False, comment='Symbol or word as printed behind a value, English'),
    sa.Column('quantity', sa.String(length=64), nullable=False, comment='What is measured; only units of one quantity convert'),
    sa.Column('factor', warehouse.types.ExactDecimal(), nullable=False, comment='Value in the base unit of the quantity (万元: 10000)'),
    sa.Column('is_whole', sa.Boolean(), nullable=False, comment='Whether only whole numbers of it exist'),
    sa.PrimaryKeyConstraint('unit_code', name=op.f('pk_dim_unit')),
    comment='Unit (单位), grain: one unit'
    )
    op.create_table('fact_progress',
    sa.Column('progress_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('indicator_key', sa.Integer(), nullable=False, comment='Indicator'),
    sa.Column('district_key', sa.Integer(), nullable=False, comment='District'),
    sa.Column('breakdown_key', sa.Integer(), nullable=False, comment='Breakdown'),
    sa.Column('period_key', sa.Integer(), nullable=False, comment='Half-year judged'),
    sa.Column('target_key', sa.Integer(), nullable=True, comment='Target judged against, empty where there is only an actual'),
    sa.Column('actual_key', sa.Integer(), nullable=True, comment='Actual judged, empty where none is reported'),
    sa.Column('is_primary', sa.Boolean(), nullable=False, comment='The target due nearest, the one pages show first'),
    sa.Column('is_current', sa.Boolean(), nullable=False, comment='Tells where the district stands at its own latest report'),
    sa.Column('first_period_key', sa.Integer(), nullable=True, comment='First half-year of the target'),
    sa.Column('due_period_key', sa.Integer(), nullable=True, comment='Half-year the target is due'),
    sa.Column('due_on', sa.Date(), nullable=True, comment='Due date, where one is given'),
    sa.Column('comparator', sa.String(length=8), nullable=True, comment='Comparator of the target'),
    sa.Column('target', warehouse.types.ExactDecimal(), nullable=True, comment="Target in the indicator's unit"),
    sa.Column('target_high', warehouse.types.ExactDecimal(), nullable=True, comment='High end of a range'),
    sa.Column('qualifier', sa.String(length=4), nullable=True, comment='> >= < <= ~ where the source calls the actual approximate'),
    sa.Column('actual', warehouse.types.ExactDecimal(), nullable=True, comment='What is judged; for a flow over several years the sum of the years'),
    sa.Column('attainment', warehouse.types.ExactDecimal(), nullable=True, comment='完成率, 1 = all of it; empty if not computable'),
    sa.Column('attainment_reason', sa.String(length=32), nullable=True, comment='Why there is no attainment'),
    sa.Column('progress_share', warehouse.types.ExactDecimal(), nullable=True, comment='Progress from baseline, 1 = all the way'),
    sa.Column('expected_share', warehouse.types.ExactDecimal(), nullable=True, comment='序时进度: share expected by now'),
    sa.Column('share_basis', sa.String(length=24), nullable=True, comment='What the expected share rests on, or why there is none'),
    sa.Column('pace_ratio', warehouse.types.ExactDecimal(), nullable=True, comment='Reached ÷ expected'),
    sa.Column('gap', warehouse.types.ExactDecimal(), nullable=True, comment='Distance to the target, positive when better'),
    sa.Column('status', sa.String(length=16), nullable=False, comment='亮灯'),
    sa.Column('previous_status', sa.String(length=16), nullable=True, comment='Light of the same target in the half-year before'),
    sa.Column('since_period_key', sa.Integer(), nullable=True, comment='Off track without a break since'),
    sa.Column('is_stretch', sa.Boolean(), nullable=False, comment='超额: far end of a range reached'),
    sa.Column('forecast', warehouse.types.ExactDecimal(), nullable=True, comment='Forecast for the due period'),
    sa.Column('forecast_low', warehouse.types.ExactDecimal(), nullable=True, comment='Low end of the 80 % interval'),
    sa.Column('forecast_high', warehouse.types.ExactDecimal(), nullable=True, comment='High end of the 80 % interval'),
    sa.Column('forecast_basis', sa.String(length=24), nullable=True, comment='What the forecast rests on, or why there is none'),
    sa.Column('interval_basis', sa.String(length=24), nullable=True, comment='Which history the interval rests on'),
    sa.Column('forecast_support', sa.Integer(), nullable=False, comment='Years, districts or periods behind it'),
    sa.Column('weight', warehouse.types.ExactDecimal(), nullable=True, comment='Weight of the target in the score'),
    sa.Column('confidence', sa.String(length=8), nullable=False, comment="The lower of actual's and target's: high, medium or low"),
    sa.Column('sort_pace', sa.Float(), nullable=False, comment='Pace ratio or attainment as a float, to sort by, never shown'),
    sa.Column('rule_version', sa.String(length=32), nullable=False, comment='Rules it was judged by'),
    sa.Column('recorded_at', warehouse.types.UtcDateTime(), nullable=False, comment='Since when it reads like this'),
    sa.PrimaryKeyConstraint('progress_key', name=op.f('pk_fact_progress')),
    comment='Mart: indicator × district × breakdown × period × applicable target, recomputed at any time'
    )
    with op.batch_alter_table('fact_progress', schema=None) as batch_op:
        batch_op.create_index('ix_fact_progress_behind', ['period_key', 'is_primary', 'status', 'sort_pace'], unique=False)
        batch_op.create_index('ix_fact_progress_behind_now', ['is_current', 'is_primary', 'status', 'sort_pace'], unique=False)
        batch_op.create_index('ix_fact_progress_district', ['district_key', 'period_key'], unique=False)
        batch_op.create_index('ix_fact_progress_indicator', ['indicator_key', 'period_key'], unique=False)
        batch_op.create_index('ix_fact_progress_lights', ['period_key', 'is_primary', 'district_key', 'indicator_key', 'breakdown_key', 'status', 'previous_status', 'first_period_key', 'due_period_key', 'due_on', 'actual_key'], unique=False)
        batch_op.create_index('ix_fact_progress_lights_now', ['is_current', 'is_primary', 'district_key', 'indicator_key', 'breakdown_key', 'status', 'previous_status', 'period_key', 'first_period_key', 'due_period_key', 'due_on', 'actual_key'], unique=False)
        batch_op.create_index('ix_fact_progress_series', ['indicator_key', 'district_key', 'breakdown_key'], unique=False)

    op.create_table('fact_progress_history',
    sa.Column('history_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('indicator_key', sa.Integer(), nullable=False, comment='Indicator'),
    sa.Column('district_key', sa.Integer(), nullable=False, comment='District'),
    sa.Column('breakdown_key', sa.Integer(), nullable=False, comment='Breakdown'),
    sa.Column('period_key', sa.Integer(), nullable=False, comment='Half-year judged'),
    sa.Column('target_key', sa.Integer(), nullable=True, comment='Target judged against, empty where there is only an actual'),
    sa.Column('actual_key', sa.Integer(), nullable=True, comment='Actual judged, empty where none is reported'),
    sa.Column('is_primary', sa.Boolean(), nullable=False, comment='The target due nearest, the one pages show first'),
    sa.Column('is_current', sa.Boolean(), nullable=False, comment='Tells where the district stands at its own latest report'),
    sa.Column('first_period_key', sa.Integer(), nullable=True, comment='First half-year of the target'),
    sa.Column('due_period_key', sa.Integer(), nullable=True, comment='Half-year the target is due'),
    sa.Column('due_on', sa.Date(), nullable=True, comment='Due date, where one is given'),
    sa.Column('comparator', sa.String(length=8), nullable=True, comment='Comparator of the target'),
    sa.Column('target', warehouse.types.ExactDecimal(), nullable=True, comment="Target in the indicator's unit"),
    sa.Column('target_high', warehouse.types.ExactDecimal(), nullable=True, comment='High end of a range'),
    sa.Column('qualifier', sa.String(length=4), nullable=True, comment='> >= < <= ~ where the source calls the actual approximate'),
    sa.Column('actual', warehouse.types.ExactDecimal(), nullable=True, comment='What is judged; for a flow over several years the sum of the years'),
    sa.Column('attainment', warehouse.types.ExactDecimal(), nullable=True, comment='完成率, 1 = all of it; empty if not computable'),
    sa.Column('attainment_reason', sa.String(length=32), nullable=True, comment='Why there is no attainment'),
    sa.Column('progress_share', warehouse.types.ExactDecimal(), nullable=True, comment='Progress from baseline, 1 = all the way'),
    sa.Column('expected_share', warehouse.types.ExactDecimal(), nullable=True, comment='序时进度: share expected by now'),
    sa.Column('share_basis', sa.String(length=24), nullable=True, comment='What the expected share rests on, or why there is none'),
    sa.Column('pace_ratio', warehouse.types.ExactDecimal(), nullable=True, comment='Reached ÷ expected'),
    sa.Column('gap', warehouse.types.ExactDecimal(), nullable=True, comment='Distance to the target, positive when better'),
    sa.Column('status', sa.String(length=16), nullable=False, comment='亮灯'),
    sa.Column('previous_status', sa.String(length=16), nullable=True, comment='Light of the same target in the half-year before'),
    sa.Column('since_period_key', sa.Integer(), nullable=True, comment='Off track without a break since'),
    sa.Column('is_stretch', sa.Boolean(), nullable=False, comment='超额: far end of a range reached'),
    sa.Column('forecast', warehouse.types.ExactDecimal(), nullable=True, comment='Forecast for the due period'),
    sa.Column('forecast_low', warehouse.types.ExactDecimal(), nullable=True, comment='Low end of the 80 % interval'),
    sa.Column('forecast_high', warehouse.types.ExactDecimal(), nullable=True, comment='High end of the 80 % interval'),
    sa.Column('forecast_basis', sa.String(length=24), nullable=True, comment='What the forecast rests on, or why there is none'),
    sa.Column('interval_basis', sa.String(length=24), nullable=True, comment='Which history the interval rests on'),
    sa.Column('forecast_support', sa.Integer(), nullable=False, comment='Years, districts or periods behind it'),
    sa.Column('weight', warehouse.types.ExactDecimal(), nullable=True, comment='Weight of the target in the score'),
    sa.Column('confidence', sa.String(length=8), nullable=False, comment="The lower of actual's and target's: high, medium or low"),
    sa.Column('sort_pace', sa.Float(), nullable=False, comment='Pace ratio or attainment as a float, to sort by, never shown'),
    sa.Column('rule_version', sa.String(length=32), nullable=False, comment='Rules it was judged by'),
    sa.Column('recorded_at', warehouse.types.UtcDateTime(), nullable=False, comment='Since when it reads like this'),
    sa.Column('superseded_at', warehouse.types.UtcDateTime(), nullable=False, comment='Until when it read like this'),
    sa.PrimaryKeyConstraint('history_key', name=op.f('pk_fact_progress_history')),
    comment='Rows the mart once showed, for views as known at a date (截至)'
    )
    with op.batch_alter_table('fact_progress_history', schema=None) as batch_op:
        batch_op.create_index('ix_fact_progress_history_superseded', ['superseded_at'], unique=False)

    op.create_table('load_batch',
    sa.Column('batch_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('file_name', sa.Text(), nullable=False, comment='File as named by the loader, relative where it can be'),
    sa.Column('sha256', sa.String(length=64), nullable=False, comment='Hash of the file'),
    sa.Column('loaded_by', sa.Text(), nullable=False, comment='Who loaded it'),
    sa.Column('loaded_at', warehouse.types.UtcDateTime(), nullable=False, comment='When'),
    sa.Column('rows_in', sa.Integer(), nullable=False, comment='Rows read: accepted + rejected'),
    sa.Column('rows_accepted', sa.Integer(), nullable=False, comment='Rows that stand for facts now known'),
    sa.Column('rows_rejected', sa.Integer(), nullable=False, comment='Rows refused, each in quarantine_row'),
    sa.Column('facts_added', sa.Integer(), nullable=False, comment='Facts that were new'),
    sa.Column('facts_corrected', sa.Integer(), nullable=False, comment='Facts that superseded another version'),
    sa.Column('facts_withdrawn', sa.Integer(), nullable=False, comment='Facts this file had brought and no longer has'),
    sa.Column('state', sa.String(length=16), nullable=False, comment='staged, published or undone'),
    sa.Column('undone_by', sa.Text(), nullable=True, comment='Who took it back'),
    sa.Column('undone_at', warehouse.types.UtcDateTime(), nullable=True, comment='When it was taken back'),
    sa.CheckConstraint("state in ('staged','published','undone')", name=op.f('ck_load_batch_state')),
    sa.CheckConstraint('rows_in = rows_accepted + rows_rejected', name=op.f('ck_load_batch_balance')),
    sa.PrimaryKeyConstraint('batch_key', name=op.f('pk_load_batch')),
    comment='Load batch (批次): one file, one transaction'
    )
    op.create_table('warehouse_state',
    sa.Column('name', sa.String(length=32), nullable=False, comment='What'),
    sa.Column('value', sa.Text(), nullable=False, comment='Its value'),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_warehouse_state')),
    comment='Single values: data_version (caches are keyed by it), published_at, rule_version'
    )
    op.create_table('fact_actual',
    sa.Column('actual_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('indicator_key', sa.Integer(), nullable=False, comment='Indicator, in the definition that held'),
    sa.Column('district_key', sa.Integer(), nullable=False, comment='District'),
    sa.Column('breakdown_key', sa.Integer(), nullable=False, comment='Breakdown'),
    sa.Column('period_key', sa.Integer(), nullable=False, comment='Half-year by whose end it was reached'),
    sa.Column('value', warehouse.types.ExactDecimal(), nullable=False, comment='Value in unit_code; a flow is year-to-date'),
    sa.Column('unit_code', sa.String(length=64), nullable=False, comment='Unit as in the source'),
    sa.Column('qualifier', sa.String(length=4), nullable=True, comment='> >= < <= ~ where the source says more than, about, nearly'),
    sa.Column('numerator', warehouse.types.ExactDecimal(), nullable=True, comment='Ratios: how many'),
    sa.Column('denominator', warehouse.types.ExactDecimal(), nullable=True, comment='Ratios: of how many'),
    sa.Column('source_key', sa.Integer(), nullable=False, comment='Where it stands'),
    sa.Column('locator', sa.Text(), nullable=True, comment='Section path, or sheet!cell'),
    sa.Column('span_start', sa.Integer(), nullable=True, comment='First character in the source text, from 0; empty for workbooks'),
    sa.Column('span_end', sa.Integer(), nullable=True, comment='Character after the last, half-open'),
    sa.Column('confidence', sa.String(length=8), nullable=False, comment='How sure the reading is: high, medium or low'),
    sa.Column('note', sa.Text(), nullable=True, comment='What is odd about it'),
    sa.Column('batch_key', sa.Integer(), nullable=False, comment='Batch that loaded it'),
    sa.Column('recorded_at', warehouse.types.UtcDateTime(), nullable=False, comment='Since when it is known'),
    sa.Column('superseded_at', warehouse.types.UtcDateTime(), nullable=True, comment='Until when it was believed; empty while it is'),
    sa.Column('superseded_by', sa.Integer(), nullable=True, comment='Batch that superseded it; undoing it brings this back'),
    sa.CheckConstraint("confidence in ('high','medium','low')", name=op.f('ck_fact_actual_confidence')),
    sa.ForeignKeyConstraint(['batch_key'], ['load_batch.batch_key'], name=op.f('fk_fact_actual_batch_key')),
    sa.ForeignKeyConstraint(['breakdown_key'], ['dim_breakdown.breakdown_key'], name=op.f('fk_fact_actual_breakdown_key')),
    sa.ForeignKeyConstraint(['district_key'], ['dim_district.district_key'], name=op.f('fk_fact_actual_district_key')),
    sa.ForeignKeyConstraint(['indicator_key'], ['dim_indicator.indicator_key'], name=op.f('fk_fact_actual_indicator_key')),
    sa.ForeignKeyConstraint(['period_key'], ['dim_period.period_key'], name=op.f('fk_fact_actual_period_key')),
    sa.ForeignKeyConstraint(['source_key'], ['dim_source.source_key'], name=op.f('fk_fact_actual_source_key')),
    sa.ForeignKeyConstraint(['superseded_by'], ['load_batch.batch_key'], name=op.f('fk_fact_actual_superseded_by')),
    sa.PrimaryKeyConstraint('actual_key', name=op.f('pk_fact_actual')),
    comment='Actual (完成值), grain: indicator × district × breakdown × period × version'
    )
    with op.batch_alter_table('fact_actual', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_fact_actual_batch_key'), ['batch_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_fact_actual_superseded_by'), ['superseded_by'], unique=False)
        batch_op.create_index('uq_fact_actual_current', ['indicator_key', 'district_key', 'breakdown_key', 'period_key'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))

    op.create_table('fact_target',
    sa.Column('target_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('indicator_key', sa.Integer(), nullable=False, comment='Indicator, in the definition that held'),
    sa.Column('district_key', sa.Integer(), nullable=False, comment='District'),
    sa.Column('breakdown_key', sa.Integer(), nullable=False, comment='Breakdown'),
    sa.Column('due_period_key', sa.Integer(), nullable=False, comment='Half-year by whose end it is due'),
    sa.Column('first_period_key', sa.Integer(), nullable=False, comment='First half-year it applies to'),
    sa.Column('due_on', sa.Date(), nullable=True, comment='Due date, where one is given'),
    sa.Column('comparator', sa.String(length=8), nullable=True, comment='>=, <=, =, range or all (全覆盖), as in the source; empty for milestones'),
    sa.Column('value', warehouse.types.ExactDecimal(), nullable=True, comment='Target in unit_code; low end of a range; empty for milestones'),
    sa.Column('value_high', warehouse.types.ExactDecimal(), nullable=True, comment='High end of a range'),
    sa.Column('unit_code', sa.String(length=64), nullable=False, comment='Unit as in the source'),
    sa.Column('baseline_value', warehouse.types.ExactDecimal(), nullable=True, comment='Baseline (基期值) in unit_code, where given'),
    sa.Column('baseline_period_key', sa.Integer(), nullable=True, comment='Half-year of the baseline'),
    sa.Column('s1_value', warehouse.types.ExactDecimal(), nullable=True, comment='What the plan itself asks for by mid-year, in unit_code'),
    sa.Column('is_binding', sa.Boolean(), nullable=False, comment='约束性 (true) or 预期性'),
    sa.Column('weight', warehouse.types.ExactDecimal(), nullable=False, comment="Weight in the district's score"),
    sa.Column('source_key', sa.Integer(), nullable=False, comment='Where it stands'),
    sa.Column('locator', sa.Text(), nullable=True, comment='Section path, or sheet!cell'),
    sa.Column('span_start', sa.Integer(), nullable=True, comment='First character in the source text, from 0; empty for workbooks'),
    sa.Column('span_end', sa.Integer(), nullable=True, comment='Character after the last, half-open'),
    sa.Column('confidence', sa.String(length=8), nullable=False, comment='How sure the reading is: high, medium or low'),
    sa.Column('note', sa.Text(), nullable=True, comment='What is odd about it'),
    sa.Column('batch_key', sa.Integer(), nullable=False, comment='Batch that loaded it'),
    sa.Column('recorded_at', warehouse.types.UtcDateTime(), nullable=False, comment='Since when it is known'),
    sa.Column('superseded_at', warehouse.types.UtcDateTime(), nullable=True, comment='Until when it was believed; empty while it is'),
    sa.Column('superseded_by', sa.Integer(), nullable=True, comment='Batch that superseded it; undoing it brings this back'),
    sa.CheckConstraint("comparator in ('>=','<=','=','range','all')", name=op.f('ck_fact_target_comparator')),
    sa.CheckConstraint("confidence in ('high','medium','low')", name=op.f('ck_fact_target_confidence')),
    sa.ForeignKeyConstraint(['baseline_period_key'], ['dim_period.period_key'], name=op.f('fk_fact_target_baseline_period_key')),
    sa.ForeignKeyConstraint(['batch_key'], ['load_batch.batch_key'], name=op.f('fk_fact_target_batch_key')),
    sa.ForeignKeyConstraint(['breakdown_key'], ['dim_breakdown.breakdown_key'], name=op.f('fk_fact_target_breakdown_key')),
    sa.ForeignKeyConstraint(['district_key'], ['dim_district.district_key'], name=op.f('fk_fact_target_district_key')),
    sa.ForeignKeyConstraint(['due_period_key'], ['dim_period.period_key'], name=op.f('fk_fact_target_due_period_key')),
    sa.ForeignKeyConstraint(['first_period_key'], ['dim_period.period_key'], name=op.f('fk_fact_target_first_period_key')),
    sa.ForeignKeyConstraint(['indicator_key'], ['dim_indicator.indicator_key'], name=op.f('fk_fact_target_indicator_key')),
    sa.ForeignKeyConstraint(['source_key'], ['dim_source.source_key'], name=op.f('fk_fact_target_source_key')),
    sa.ForeignKeyConstraint(['superseded_by'], ['load_batch.batch_key'], name=op.f('fk_fact_target_superseded_by')),
    sa.PrimaryKeyConstraint('target_key', name=op.f('pk_fact_target')),
    comment='Target (目标), grain: indicator × district × breakdown × due period × version'
    )
    with op.batch_alter_table('fact_target', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_fact_target_batch_key'), ['batch_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_fact_target_superseded_by'), ['superseded_by'], unique=False)
        batch_op.create_index('uq_fact_target_current', ['indicator_key', 'district_key', 'breakdown_key', 'due_period_key'], unique=True, sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))

    op.create_table('quarantine_row',
    sa.Column('quarantine_key', sa.Integer(), nullable=False, comment='Surrogate key'),
    sa.Column('batch_key', sa.Integer(), nullable=False, comment='Batch that refused it'),
    sa.Column('sheet', sa.Text(), nullable=True, comment='Sheet, empty for CSV'),
    sa.Column('row_no', sa.Integer(), nullable=False, comment='Row as a spreadsheet counts, the header being 1'),
    sa.Column('column_name', sa.Text(), nullable=True, comment='Column, empty where the whole row is meant'),
    sa.Column('value_found', sa.Text(), nullable=True, comment='The value as found'),
    sa.Column('reason_code', sa.String(length=32), nullable=False, comment='Why; docs/refusals.md lists them'),
    sa.Column('raw', sa.Text(), nullable=False, comment='The whole row as JSON, so that nothing is lost'),
    sa.ForeignKeyConstraint(['batch_key'], ['load_batch.batch_key'], name=op.f('fk_quarantine_row_batch_key')),
    sa.PrimaryKeyConstraint('quarantine_key', name=op.f('pk_quarantine_row')),
    comment='Refused row (拒收行)'
    )
    with op.batch_alter_table('quarantine_row', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_quarantine_row_batch_key'), ['batch_key'], unique=False)




def downgrade() -> None:

    with op.batch_alter_table('quarantine_row', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_quarantine_row_batch_key'))

    op.drop_table('quarantine_row')
    with op.batch_alter_table('fact_target', schema=None) as batch_op:
        batch_op.drop_index('uq_fact_target_current', sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_fact_target_superseded_by'))
        batch_op.drop_index(batch_op.f('ix_fact_target_batch_key'))

    op.drop_table('fact_target')
    with op.batch_alter_table('fact_actual', schema=None) as batch_op:
        batch_op.drop_index('uq_fact_actual_current', sqlite_where=sa.text('superseded_at IS NULL'), postgresql_where=sa.text('superseded_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_fact_actual_superseded_by'))
        batch_op.drop_index(batch_op.f('ix_fact_actual_batch_key'))

    op.drop_table('fact_actual')
    op.drop_table('warehouse_state')
    op.drop_table('load_batch')
    with op.batch_alter_table('fact_progress_history', schema=None) as batch_op:
        batch_op.drop_index('ix_fact_progress_history_superseded')

    op.drop_table('fact_progress_history')
    with op.batch_alter_table('fact_progress', schema=None) as batch_op:
        batch_op.drop_index('ix_fact_progress_series')
        batch_op.drop_index('ix_fact_progress_lights_now')
        batch_op.drop_index('ix_fact_progress_lights')
        batch_op.drop_index('ix_fact_progress_indicator')
        batch_op.drop_index('ix_fact_progress_district')
        batch_op.drop_index('ix_fact_progress_behind_now')
        batch_op.drop_index('ix_fact_progress_behind')

    op.drop_table('fact_progress')
    op.drop_table('dim_unit')
    op.drop_table('dim_source')
    op.drop_table('dim_rule')
    op.drop_table('dim_period')
    op.drop_table('dim_indicator')
    op.drop_table('dim_domain')
    op.drop_table('dim_district')
    op.drop_table('dim_breakdown')

