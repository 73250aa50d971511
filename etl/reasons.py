"""Why a row is refused, or wants to be looked at. docs/refusals.md is generated from this table; a test has one bad file each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code with what the reader should do, in both languages."""

    code: str
    zh: str
    en: str
    is_caution: bool = False
    """Only to be looked at: the row is accepted all the same."""


_TABLE = (
    ("missing_value", "必填列为空，请填写。", "A required column is empty; fill it in."),
    (
        "not_a_number",
        "不是数字，或超过 30 位。请只写数字，单位写在单位列。",
        "Not a number, or over 30 digits. Write digits only; the unit has its own column.",
    ),
    (
        "not_a_period",
        "看不懂的半年度，或不在 2000 至 2060 年之间。请写成 2020-S1、2020年上半年 或 2020年。",
        "Not a half-year, or not between 2000 and 2060. Write 2020-S1, 2020H1 or 2020.",
    ),
    ("not_a_date", "看不懂的日期。请写成 2020-06-30。", "Not a date. Write 2020-06-30."),
    (
        "not_a_comparator",
        "比较符只能是 >=、<=、=、range、all 之一。",
        "The comparator must be one of >=, <=, =, range, all.",
    ),
    (
        "not_a_choice",
        "不在允许的取值之内，请对照列说明。",
        "Not one of the allowed values; see the description of the column.",
    ),
    ("not_a_kind", "种类只能是 target（目标）或 actual（完成值）。", "The kind must be target or actual."),
    ("bad_span", "字符区间不完整或颠倒，起点应小于终点。", "The character span is incomplete or reversed."),
    (
        "unknown_district",
        "没有这个地区代码或名称；同名的地区请写代码。",
        "No such district code or name; where several share the name, write the code.",
    ),
    (
        "unknown_indicator",
        "没有这个指标代码或名称；同名的指标请写代码。",
        "No such indicator code or name; where several share the name, write the code.",
    ),
    (
        "part_of_district",
        "这一行是街道、机构或个人的数，不是整个地区的数，没有采用。请报送地区的合计数。",
        "The row is of a street, an institution or a person, not of the whole district. Report the district's figure.",
    ),
    (
        "unknown_breakdown",
        "没有这个分组：这些数只是其中一部分，不能当作整个地区的数。请报送总计，或写已有的分组（如城市、农村）；只是归类的，请在上传页“某一列专属的”里清空它的分组。",
        "No such breakdown: the figures are of a part, not of the whole district. Report the total, or name a breakdown there is (urban, rural); where it only groups columns, clear it on the upload page, under 'of a single column'.",
    ),
    ("unknown_unit", "没有这个单位。", "No such unit."),
    (
        "unknown_source",
        "没有这个来源代码，请先登记到 sources.csv。",
        "No such source; register it in sources.csv first.",
    ),
    (
        "unit_mismatch",
        "单位与指标不是同一种量，无法换算。",
        "The unit measures something else than the indicator; it cannot be converted.",
    ),
    (
        "out_of_range",
        "数值超出该指标可能的范围，请检查小数点和单位。",
        "The value lies outside what is possible for the indicator; check the decimal point and the unit.",
    ),
    (
        "range_incomplete",
        "区间目标要有下限和上限，且下限不大于上限。",
        "A range needs a low and a high value, low not above high.",
    ),
    ("high_without_range", "只有区间目标（range）才填上限。", "Only a range target has a high value."),
    (
        "all_needs_full_share",
        "全覆盖（all）只用于以 % 计的指标，目标值为 100。",
        "all is for indicators in percent, with the value 100.",
    ),
    (
        "comparator_conflict",
        "比较符与指标方向相反：越低越好的指标不能用 >=，越高越好的不能用 <=。",
        "The comparator contradicts the indicator's direction.",
    ),
    (
        "milestone_value",
        "里程碑的目标值留空或写 1，完成值写 1（已完成）或 0（未完成）。",
        "A milestone's target is empty or 1, its actual 1 (done) or 0 (not done).",
    ),
    ("first_after_due", "起始半年度晚于截止半年度。", "The first half-year lies after the due one."),
    ("due_on_outside_period", "截止日期不在截止半年度之内。", "The due date lies outside the due half-year."),
    (
        "baseline_incomplete",
        "基期值和基期要同时填写，且基期早于截止半年度。",
        "A baseline needs both value and half-year, before the due one.",
    ),
    ("not_positive_weight", "权重应大于 0。", "The weight must be above 0."),
    (
        "bad_parts",
        "分子和分母要同时填写，分母大于 0；只有比率才填。",
        "Numerator and denominator go together, the denominator above 0, and only for ratios.",
    ),
    ("no_definition_then", "该指标在这个时期没有有效的定义。", "The indicator has no valid definition at that time."),
    (
        "duplicate_row",
        "与本文件中前面的一行说的是同一件事，数也相同，只取前面一行。",
        "The same fact, with the same figure, stands in an earlier row of this file; that one is taken.",
    ),
    (
        "conflicting_rows",
        "同一个地区、指标和半年度在本文件中出现了不同的数，都没有采用。请核实后只留一个。",
        "This file says different things of the same fact; none of them is taken. Keep the one that is right.",
    ),
    (
        "code_name_disagree",
        "代码和名称说的不是同一个。请核对后改成一致。",
        "Code and name mean two different things. Make them agree.",
    ),
    (
        "merged_value",
        "这个数写在合并单元格里，看不出属于哪一行哪一列。请取消合并，分别填写。",
        "The figure stands in merged cells; whose it is cannot be told. Unmerge them and fill in each.",
    ),
    (
        "ambiguous_share",
        "单位是 %，写的数不大于 1：看不出是 85% 还是 0.85%。请写成 85 或 85%（确是百分之零点几的写 0.85%），或对整个文件说明一次。",
        "The unit is % and the figure is not above 1: is 0.85 meant as 85 % or as 0.85 %? Write 85 or 85 % (or 0.85 % where that is meant), or say it once for the file.",
    ),
    (
        "unit_conflict",
        "数后面、标题或单位列写的单位互相不一致。请改成一致。",
        "The figure, its heading and the unit column name different units. Make them agree.",
    ),
    (
        "unit_not_said",
        "没有写单位，看不出是元还是万元、按月还是按年。请在表头、单位列或数后写明，或对整个文件说明一次。",
        "No unit is given; yuan or 10,000 yuan, a month or a year cannot be told. Write it in the heading, the unit column or behind the figure, or say it once for the file.",
    ),
    (
        "fractional_count",
        "这个指标只能是整数，请检查小数点和单位。",
        "Only whole numbers of it exist; check the decimal point and the unit.",
    ),
    (
        "future_actual",
        "这个半年度还没有结束，不会有完成值。请检查半年度；如果是计划，请作为目标报送。",
        "That half-year is not over, so nothing can have been reached by its end. Check the half-year; send plans as targets.",
    ),
    (
        "ambiguous_number",
        "这里写的不是一个确切的数。请只写一个数；没有发生写 0，没有填报留空。",
        "That is no exact figure. Write one number; 0 where nothing happened, nothing where nothing is reported.",
    ),
    ("several_numbers", "一个单元格里有几个数。请只留一个。", "There are several numbers in one cell. Keep one."),
    (
        "formula_error",
        "公式出错，没有结果。请改正公式，或直接写数。",
        "The formula failed. Mend it, or write the number itself.",
    ),
    (
        "formula_not_computed",
        "这是没有计算过的公式，文件里没有它的结果。请用表格软件打开、保存后再交，或直接写数。",
        "A formula nobody has computed: its result is not in the file. Open and save the file in a spreadsheet, or write the number itself.",
    ),
    (
        "not_a_target",
        "看不懂的目标。请写成 ≥80%、不超过5%、3~5个、全覆盖 或 10月底前完成 这样的形式。",
        "Not a target that can be read. Write it like ≥80%, 不超过5%, 3~5个, 全覆盖 or 10月底前完成.",
    ),
    (
        "ambiguous_target",
        "这个目标有不止一种读法。请写成 ≥80%、≤5% 或 3~5个 这样的形式。",
        "The target can be read in more than one way. Write it like ≥80%, ≤5% or 3~5个.",
    ),
    (
        "several_targets",
        "一个单元格里有几个目标。请分行填写。",
        "There are several targets in one cell. Give each a row.",
    ),
    (
        "strict_comparator",
        "“超过、大于、低于”不含本数，目标要写明含本数的界限。请写成 ≥ 或 ≤（“以上、以下”含本数）。",
        "A target needs a bound that is itself enough. Write ≥ or ≤ instead of more than or less than.",
    ),
    (
        "relative_target",
        "目标写的是比以前增减多少，没有写要达到的数。请写出要达到的数。",
        "The target says how much more or less than before, not what is to be reached. Write what is to be reached.",
    ),
    (
        "not_measurable",
        "这个目标没有可以衡量的数或日期。请写出数或完成日期。",
        "The target has neither a number nor a date to be measured by. Write one.",
    ),
    (
        "increment_of_level",
        "这个指标是期末达到的水平，目标写的却是新增多少。请写期末要达到的数，或改报“新增”的指标。",
        "The indicator is a level, the target an increase. Write the level to be reached, or target the indicator that counts what is added.",
    ),
    (
        "date_without_year",
        "日期没有写年份，也看不出是哪一年。请写成 2020年10月31日 这样的形式。",
        "The date names no year, and none can be told. Write it like 2020-10-31.",
    ),
    (
        "not_in_scope",
        "不在您可以填报的地区或领域之内。",
        "It lies outside the districts or domains you may report for.",
    ),
    (
        "sum_mismatch",
        "合计与各项之和不相等，有关的数都没有采用。请核对后重新报送。",
        "The sum differs from its parts; none of the figures concerned is taken. Check them and send them again.",
    ),
    (
        "parts_mismatch",
        "比率与分子除以分母不相等。请核对。",
        "The share is not its numerator divided by its denominator. Check them.",
    ),
    (
        "second_table",
        "同一张工作表里又出现了另一个表头，从这里起没有读取。请把第二个表移到另一张工作表。",
        "Another table begins in the same sheet; from here on nothing was read. Move it to a sheet of its own.",
    ),
    (
        "side_by_side",
        "同一张工作表里并排有两个表，看不出数属于哪一边，没有读取。请各放一张工作表。",
        "Two tables stand side by side in the sheet, and whose the figures are cannot be told; it was not read. Give each a sheet of its own.",
    ),
    (
        "no_headings",
        "这张工作表看不出表头，没有读取。请在数据上面写明列名（地区、指标、半年度、目标值或完成值）。",
        "The sheet has no headings that can be recognised; it was not read. Name the columns above the data (地区, 指标, 半年度, 目标值 or 完成值).",
    ),
    (
        "too_many_cells",
        "这一行的单元格比表头多。请检查是否有未加引号的逗号。",
        "The row has more cells than the headings; put texts with commas in quotation marks.",
    ),
)

_CAUTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "far_from_history",
        "与以往相差很大，请核对是否写错了单位或小数点；无误可以不改。",
        "It is far from what was reported before; check the unit and the decimal point. If it is right, leave it.",
    ),
    (
        "falls_within_year",
        "累计数比同年上半年还小，请核对填的是不是年初以来的累计；无误可以不改。",
        "A cumulative figure is smaller than at mid-year; check that it counts from January. If it is right, leave it.",
    ),
)

REASONS = {code: Reason(code, zh, en) for code, zh, en in _TABLE} | {
    code: Reason(code, zh, en, is_caution=True) for code, zh, en in _CAUTIONS
}
