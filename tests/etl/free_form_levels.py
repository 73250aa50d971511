"""Sheets with groups above their headings, sections between rows and figures beside targets, once read wrongly."""

from __future__ import annotations

from tests.etl.free_form_case import Case

LEVELS = {
    "of whom, above an indicator": Case(
        """
钟楼区2020年上半年||||
项目|残疾人|社会救助|其中农村居民|本区
|低保人数|低保户数|特困供养人数|孤儿人数
2020年上半年|100|80|20|3
""",
        facts={
            "actual 320404 dibao_households total 2020-S1": "80 household",
            "actual 320404 orphans total 2020-S1": "3 person",
        },
        refused={"B3": "unknown_breakdown", "D3": "unknown_breakdown"},
    ),
    "the field of an indicator by its own words": Case(
        """
2020年上半年|||||
地区|一、残疾人|（二）儿童工作|老年|养老服务类|农村低保对象
|残疾人补贴领取人数|孤儿人数|尊老金领取人数|养老机构数|低保户数
钟楼区|10|20|30|4|5
""",
        facts={
            "actual 320404 orphans total 2020-S1": "20 person",
            "actual 320404 care_homes total 2020-S1": "4 institution",
            "actual 320404 disability_allowance_persons total 2020-S1": "10 person",
        },
        refused={"D3": "unknown_breakdown", "F3": "unknown_breakdown"},
    ),
    "weights, baselines and mid-year targets as people write them": Case(
        """
钟楼区2025年民政工作目标|||||||
指标|单位|目标值|年中目标|权重|基期值|基期
护理型床位占比|%|≥62%|55%|10%|50%|2020年
低保户数|户|不超过1200|1,250户|15分|1.3千户|2020年底
节地生态安葬率|%|48%以上|—|/|—|—
新增助餐点数|个|10|5人|1|—|—
标准化居家养老服务站覆盖率|%|≥80|0.5|1|—|—
孤儿人数|人|≤30|约10|1|—|—
尊老金领取人数|人|≥100|50|高|—|—
""",
        facts={
            "target 320404 nursing_bed_share total 2025-S2": ">= 62 percent",
            "target 320404 dibao_households total 2025-S2": "<= 1200 household",
            "target 320404 eco_burial_share total 2025-S2": ">= 48 percent",
        },
        refused={
            "D6": "unit_conflict",
            "D7": "ambiguous_share",
            "D8": "not_a_number",
            "E9": "not_a_number",
        },
    ),
    "of whom, above figures of any time": Case(
        """
钟楼区2020年|||
指标|重点对象||工作情况
|目标|完成|上半年完成
低保人数|100|90|50
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "50 person"},
        refused={"B3": "not_a_period", "C3": "not_a_period"},
    ),
    "lines above headings whose first column has none": Case(
        """
附件1|||民统2表
|指标|2020年上半年|2020年下半年
1|低保人数|100|90
""",
        refused={"C3": "missing_value", "D3": "missing_value"},
    ),
    "of whom, between the rows": Case(
        """
钟楼区2020年上半年||
指标|完成值|备注
一、残疾人||
低保人数|100|
（二）儿童||
孤儿人数|3|
三、脱贫户：||
低保户数|80|
四、社会救助||
特困供养人数|20|
填表人：||
临时救助户数|7|
""",
        facts={
            "actual 320404 orphans total 2020-S1": "3 person",
            "actual 320404 tekun_persons total 2020-S1": "20 person",
            "actual 320404 temporary_relief_households total 2020-S1": "7 household",
        },
        refused={"A3": "unknown_breakdown", "A7": "unknown_breakdown"},
        skipped={3: "section", 5: "section", 7: "section", 9: "section", 11: "footnote"},
    ),
    "of whom, between districts": Case(
        """
2020年上半年||
地区|低保人数|残疾人补贴领取人数
残疾人||
钟楼区|100|60
""",
        refused={"A3": "unknown_breakdown"},
        skipped={3: "section"},
    ),
    "in what way, beside an indicator": Case(
        """
钟楼区2020年上半年||
指标|供养方式|完成值
特困供养人数|分散|100
""",
        refused={"B3": "unknown_breakdown"},
    ),
    "groups over headings that begin further left": Case(
        """
2020年上半年||||
|城市||农村|
地区|低保户数|低保人数|低保户数|低保人数
钟楼区|10|20|3|4
""",
        facts={
            "actual 320404 dibao_households urban 2020-S1": "10 household",
            "actual 320404 dibao_persons urban 2020-S1": "20 person",
            "actual 320404 dibao_households rural 2020-S1": "3 household",
            "actual 320404 dibao_persons rural 2020-S1": "4 person",
        },
    ),
    "a group over some headings only": Case(
        """
2020年上半年|||
|城市||
地区|低保户数|低保人数|孤儿人数
钟楼区|10|20|3
""",
        facts={
            "actual 320404 dibao_households urban 2020-S1": "10 household",
            "actual 320404 dibao_persons urban 2020-S1": "20 person",
            "actual 320404 orphans total 2020-S1": "3 person",
        },
        merged=((1, 1, 1, 2),),
    ),
    "halves over target and actual, districts too": Case(
        """
2020年||||
|上半年||下半年|
指标|目标|完成|目标|完成
低保人数|10|20|3|4
""",
        facts={
            "target 320404 dibao_persons total 2020-S1": "= 10 person",
            "actual 320404 dibao_persons total 2020-S1": "20 person",
            "target 320404 dibao_persons total 2020-S2": "= 3 person",
            "actual 320404 dibao_persons total 2020-S2": "4 person",
        },
        stated={"district_code": "320404"},
    ),
    "districts over target and actual": Case(
        """
2020年||||
|钟楼区||金坛区|
指标|目标|完成|目标|完成
低保人数|10|20|3|4
""",
        facts={
            "target 320404 dibao_persons total 2020-S2": "= 10 person",
            "actual 320404 dibao_persons total 2020-S2": "20 person",
            "target 320413 dibao_persons total 2020-S2": "= 3 person",
            "actual 320413 dibao_persons total 2020-S2": "4 person",
        },
        merged=((1, 1, 1, 2), (1, 3, 1, 4)),
    ),
    "a label in both rows of headings, and all and some people": Case(
        """
2020年上半年|||
地区|残疾人||全体
地区|低保户数|低保人数|孤儿人数
钟楼区|10|20|3
""",
        facts={"actual 320404 orphans total 2020-S1": "3 person"},
        refused={"B3": "unknown_breakdown", "C3": "unknown_breakdown"},
    ),
    "a line with two texts above headings": Case(
        """
2020年上半年常州市民政统计|||
|钟楼区民政局||2020年7月5日
指标|目标值|完成值|备注
低保人数|10|20|
""",
        facts={
            "target 320404 dibao_persons total 2020-S2": "= 10 person",
            "actual 320404 dibao_persons total 2020-S1": "20 person",
        },
    ),
    "a city's form, filled in by a district": Case(
        """
2020年上半年常州市民政统计表||
填报单位：钟楼区民政局||填报日期：2020年7月5日
指标|目标值|完成值
低保人数|10|20
""",
        facts={
            "target 320404 dibao_persons total 2020-S2": "= 10 person",
            "actual 320404 dibao_persons total 2020-S1": "20 person",
        },
    ),
    "two districts above a table": Case(
        """
2020年上半年钟楼区民政统计表||
填报单位：金坛区民政局||
指标|目标值|完成值
低保人数|10|20
""",
        refused={"B4": "missing_value", "C4": "missing_value"},
    ),
    "months, halves and quarters in a column of deadlines": Case(
        """
钟楼区2025年度目标任务||||
指标|单位|目标值|完成时限
新增助餐点数|个|10|2025年10月
护理型床位占比|%|62|10月份
孤儿人数|人|≤3|上半年
低保户数|户|≤800|第四季度
助餐点数|个|15|12月底前完成
结婚登记对数|对|≥800|10月前
离婚登记对数|对|≤300|2025.10
养老机构数|家|≥12|长期坚持
""",
        facts={
            "target 320404 meal_points_added total 2025-S2": "= 10 @2025-10-31 item",
            "target 320404 nursing_bed_share total 2025-S2": "= 62 @2025-10-31 percent",
            "target 320404 orphans total 2025-S1": "<= 3 @2025-06-30 person",
            "target 320404 dibao_households total 2025-S2": "<= 800 @2025-12-31 household",
            "target 320404 meal_points total 2025-S2": "= 15 @2025-12-31 item",
        },
        refused={"D8": "not_a_date", "D9": "not_a_date", "D10": "not_a_date"},
    ),
    "of whom, below a title that names the indicator": Case(
        """
2020年上半年低保人数统计|
地区|完成值
钟楼区|100
经济困难老年人|
金坛区|30
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "100 person"},
        refused={"A4": "unknown_breakdown"},
        skipped={4: "section"},
    ),
    "a plan's years, and who looks after the indicators": Case(
        """
钟楼区||||
指标|“十三五”期间||救助科|
|2019年|2020年|2019年上半年|2020年上半年
低保人数|100|90|50|40
""",
        facts={
            "actual 320404 dibao_persons total 2019-S2": "100 person",
            "actual 320404 dibao_persons total 2020-S2": "90 person",
            "actual 320404 dibao_persons total 2019-S1": "50 person",
            "actual 320404 dibao_persons total 2020-S1": "40 person",
        },
    ),
    "a line that says who and when": Case(
        """
民政统计表|||
|钟楼区|2020年上半年|
指标|目标|完成|备注
低保人数|10|9|
""",
        facts={
            "target 320404 dibao_persons total 2020-S2": "= 10 person",
            "actual 320404 dibao_persons total 2020-S1": "9 person",
        },
    ),
    "a title over some of the columns": Case(
        """
|钟楼区2020年民政统计|||
指标|上半年|下半年|备注
低保人数|10|9|
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "10 person",
            "actual 320404 dibao_persons total 2020-S2": "9 person",
        },
        merged=((0, 1, 0, 2),),
    ),
}
