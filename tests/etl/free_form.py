"""Sheets as bureaus make them, each with what has to become of every figure in it."""

from __future__ import annotations

from tests.etl.free_form_case import Case

A = "actual {} {} {} {}".format

CASES = {
    "a list with title rows, footnotes, a sum and separators": Case(
        """
钟楼区民政局2020年上半年民政工作完成情况表||||
填报单位：钟楼区民政局||||单位：见表
序号|指标名称|计量单位|年度目标|上半年完成
一、养老服务||||
1|护理型床位占比|%|≥62%|73.5
2|标准化居家养老服务站覆盖率|%|80％以上|85.25%
3|适老化改造户数|户|600|350
||||
二、社会救助||||
4|临时救助人次|人次|力争1200人次以上|1,034
注：数据截至2020年6月30日。||||
填表人：张三|||审核人：李四|
""",
        {
            "target 320404 nursing_bed_share total 2020-S2": ">= 62 percent",
            "actual 320404 nursing_bed_share total 2020-S1": "73.5 percent",
            "target 320404 care_station_coverage total 2020-S2": ">= 80 percent",
            "actual 320404 care_station_coverage total 2020-S1": "85.25 percent",
            "target 320404 home_adaptations total 2020-S2": "= 600 household",
            "actual 320404 home_adaptations total 2020-S1": "350 household",
            "target 320404 temporary_relief_cases total 2020-S2": ">= 1200 person_time",
            "actual 320404 temporary_relief_cases total 2020-S1": "1034 person_time",
        },
        skipped={4: "separator", 9: "separator", 11: "footnote", 12: "footnote"},
    ),
    "districts as headings between rows, whatever the title says": Case(
        """
普陀区2020年上半年完成情况|||
指标名称|目标值|完成值|
低保户数|2000户|1250户|
一、钟楼区|||
临时救助人次|1200人次|630人次|
长风街道|||
低保人数|2000|1250|
二、社区治理|||
特困供养人数|20|12|
金坛区、钟楼区|||
低保人数|2000|1250|
""",
        {
            "target 310107 dibao_households total 2020-S2": "= 2000 household",
            "actual 310107 dibao_households total 2020-S1": "1250 household",
            "target 320404 temporary_relief_cases total 2020-S2": "= 1200 person_time",
            "actual 320404 temporary_relief_cases total 2020-S1": "630 person_time",
        },
        refused={"A6": "unknown_district", "A10": "unknown_district"},
        skipped={4: "section", 6: "section", 8: "separator", 10: "section"},
    ),
    "half-years as headings between rows": Case(
        """
普陀区2020年|||
指标名称|单位|目标值|完成值
上半年|||
低保户数|户|2000|1250
下半年|||
低保户数|户|2000|1300
2021年上半年|||
低保户数|户|2000|1400
一季度|||
低保户数|户|2000|1500
""",
        {
            "target 310107 dibao_households total 2020-S2": "= 2000 household",
            "actual 310107 dibao_households total 2020-S1": "1250 household",
            "actual 310107 dibao_households total 2020-S2": "1300 household",
            "target 310107 dibao_households total 2021-S2": "= 2000 household",
            "actual 310107 dibao_households total 2021-S1": "1400 household",
        },
        refused={"C6": "duplicate_row", "A9": "not_a_period"},
        skipped={3: "section", 5: "section", 7: "section", 9: "section"},
    ),
    "units and breakdowns as headings between rows": Case(
        """
普陀区2020年上半年完成情况（单位：万元）||
指标名称|完成值|
临时救助金额|630|
单位：元||
低保金累计发放额|12500000|
""",
        {
            "actual 310107 temporary_relief_paid total 2020-S1": "630 cny_10k",
            "actual 310107 dibao_paid total 2020-S1": "12500000 cny",
        },
        skipped={4: "section"},
    ),
    "breakdowns as headings between indicators": Case(
        """
普陀区2020年上半年完成情况|
指标名称|完成值
一、城市|
低保人数|630
二、农村|
低保人数|1250
合计|1880
""",
        {
            "actual 310107 dibao_persons urban 2020-S1": "630 person",
            "actual 310107 dibao_persons rural 2020-S1": "1250 person",
        },
        skipped={3: "section", 5: "section", 7: "subtotal"},
    ),
    "indicators as headings between districts": Case(
        """
2020年上半年||
地区|年度目标|完成
低保人数（人）||
普陀区|1200|630
钟楼区|1000|500
临时救助人次||
普陀区|1200|630
好人好事数||
普陀区|7|7
""",
        {
            "target 310107 dibao_persons total 2020-S2": "= 1200 person",
            "target 320404 dibao_persons total 2020-S2": "= 1000 person",
            "actual 310107 dibao_persons total 2020-S1": "630 person",
            "actual 320404 dibao_persons total 2020-S1": "500 person",
            "target 310107 temporary_relief_cases total 2020-S2": "= 1200 person_time",
            "actual 310107 temporary_relief_cases total 2020-S1": "630 person_time",
        },
        refused={"A8": "unknown_indicator"},
        skipped={3: "section", 6: "section", 8: "section"},
    ),
    "a district with one column beside others with two": Case(
        """
2020年上半年各区县目标完成情况|||||
指标|普陀区||钟楼区||金坛区
|目标|完成|目标|完成|完成
临时救助人次（人次）|600|300|500|——|200
""",
        {
            "target 310107 temporary_relief_cases total 2020-S2": "= 600 person_time",
            "target 320404 temporary_relief_cases total 2020-S2": "= 500 person_time",
            "actual 310107 temporary_relief_cases total 2020-S1": "300 person_time",
            "actual 320413 temporary_relief_cases total 2020-S1": "200 person_time",
        },
        blanks=("E4",),
        merged=((1, 1, 1, 2), (1, 3, 1, 4)),
    ),
    "months and quarters beside half-years": Case(
        """
普陀区2020年|||||||
指标|1月|5月|6月|2020年6月|二季度|上半年|2020H2
临时救助人次|1|5|6|7|11|21|40
""",
        {
            "actual 310107 temporary_relief_cases total 2020-S1": "21 person_time",
            "actual 310107 temporary_relief_cases total 2020-S2": "40 person_time",
        },
    ),
    "quarters in a column of half-years": Case(
        """
普陀区||
指标|时间|完成值
低保人数|2020年一季度|1200
低保人数|2020年二季度|1300
低保人数|2020年上半年|1400
低保人数|2020年12月|1500
""",
        {"actual 310107 dibao_persons total 2020-S1": "1400 person"},
        refused={"B3": "not_a_period", "B4": "not_a_period", "B6": "not_a_period"},
    ),
    "a report on a year that was filled in before its end": Case(
        """
普陀区民政局2020年重点工作完成情况表||
填报日期：2020年7月10日||
指标|目标|完成
低保人数|1200|1100
""",
        refused={"B3": "not_a_period", "C4": "not_a_period"},
    ),
    "milestones said in the words of headings": Case(
        """
普陀区2020年上半年|||
指标|目标|完成情况
养老服务发展文件出台|完成|已完成
▲区居家养老服务中心投用|10月底前完成|正在推进
低保人数|1200|已完成
临时救助人次|1200|完成630人次
特困供养人数|100|全部完成
""",
        {
            "target 310107 elderly_policy_issued total 2020-S2": "done",
            "actual 310107 elderly_policy_issued total 2020-S1": "1 done",
            "target 310107 care_guidance_centre_open total 2020-S2": "@2020-10-31 done",
            "actual 310107 care_guidance_centre_open total 2020-S1": "0 done",
            "target 310107 dibao_persons total 2020-S2": "= 1200 person",
            "target 310107 temporary_relief_cases total 2020-S2": "= 1200 person_time",
            "actual 310107 temporary_relief_cases total 2020-S1": "630 person_time",
            "target 310107 tekun_persons total 2020-S2": "= 100 person",
        },
        refused={"C5": "not_a_number", "C7": "not_a_number"},
    ),
    "目标任务 over the names of indicators, due in words": Case(
        """
普陀区2020年民政工作目标任务分解表||||
序号|目标任务|目标值|责任科室|完成时限
1|护理型床位占比|达到62%|养老科|2020年12月底
2|临时救助人次|不少于1200人次|救助科|全年
3|新增养老床位数|3-5张|养老科|6月底前
""",
        {
            "target 310107 nursing_bed_share total 2020-S2": "= 62 @2020-12-31 percent",
            "target 310107 temporary_relief_cases total 2020-S2": ">= 1200 @2020-12-31 person_time",
            "target 310107 care_beds_added total 2020-S1": "range 3–5 @2020-06-30 bed",
        },
    ),
    "breakdowns across, with their total": Case(
        """
2020年上半年|||||
地区|低保人数||低保户数||
|城市|农村|城市|农村|合计
普陀区|100|200|50|80|130
""",
        {
            "actual 310107 dibao_persons urban 2020-S1": "100 person",
            "actual 310107 dibao_persons rural 2020-S1": "200 person",
            "actual 310107 dibao_households urban 2020-S1": "50 household",
            "actual 310107 dibao_households rural 2020-S1": "80 household",
            "actual 310107 dibao_households total 2020-S1": "130 household",
        },
    ),
    "万人次 and ‰": Case(
        """
普陀区2020年上半年||
指标|单位|完成
临时救助人次|万人次|0.063
护理型床位占比|‰|735
""",
        {
            "actual 310107 temporary_relief_cases total 2020-S1": "0.063 person_time_10k",
            "actual 310107 nursing_bed_share total 2020-S1": "735 per_mille",
        },
    ),
    "two-level headings, districts down, half-years across": Case(
        """
各区县护理型床位占比（%）||||
地区|2020年||2021年|
|上半年|下半年|上半年|下半年
钟楼区|60|61.5|62|63
金坛区|50.5|—|52|53%
合计|||
""",
        {
            f"actual {d} nursing_bed_share total {p}": f"{v} percent"
            for d, p, v in (
                ("320404", "2020-S1", "60"),
                ("320404", "2020-S2", "61.5"),
                ("320404", "2021-S1", "62"),
                ("320404", "2021-S2", "63"),
                ("320413", "2020-S1", "50.5"),
                ("320413", "2021-S1", "52"),
                ("320413", "2021-S2", "53"),
            )
        },
        blanks=("C5",),
        skipped={6: "subtotal"},
        stated={"indicator_code": "nursing_bed_share"},
    ),
    "districts across, indicators down, a misspelt district": Case(
        """
指标|单位|钟楼区|金坛区|冷水潍区|合计
适老化改造户数|户|10|20|30|60
低保人数|人|1377|2000||3377
""",
        {
            "actual 320404 home_adaptations total 2020-S2": "10 household",
            "actual 320413 home_adaptations total 2020-S2": "20 household",
            "actual 320404 dibao_persons total 2020-S2": "1377 person",
            "actual 320413 dibao_persons total 2020-S2": "2000 person",
        },
        {"E1": "unknown_district"},
        blanks=("E3",),
        stated={"period_code": "2020"},
    ),
    "indicators across, districts down, a sum that adds up": Case(
        """
2020年下半年|||
地区|适老化改造户数（户）|低保金累计发放额（万元）|护理型床位占比
钟楼区|10|114.4907|62%
金坛区|20|85.5093|70%
合计|30|200|
""",
        {
            "actual 320404 home_adaptations total 2020-S2": "10 household",
            "actual 320413 home_adaptations total 2020-S2": "20 household",
            "actual 320404 dibao_paid total 2020-S2": "114.4907 cny_10k",
            "actual 320413 dibao_paid total 2020-S2": "85.5093 cny_10k",
            "actual 320404 nursing_bed_share total 2020-S2": "62 percent",
            "actual 320413 nursing_bed_share total 2020-S2": "70 percent",
        },
        skipped={5: "subtotal"},
    ),
    "a sum that does not add up takes its parts with it": Case(
        """
2020年下半年||
地区|适老化改造户数（户）|低保人数（人）
钟楼区|10|100
金坛区|20|200
合计|31|300
""",
        {
            "actual 320404 dibao_persons total 2020-S2": "100 person",
            "actual 320413 dibao_persons total 2020-S2": "200 person",
        },
        {"B3": "sum_mismatch", "B4": "sum_mismatch"},
        skipped={5: "subtotal"},
    ),
    "单位 means district; no unit for money is asked for": Case(
        """
单位|考核指标|任务数|完成值|时间
钟楼区|低保金累计发放额|1000|500|2020年上半年
金坛区|低保金累计发放额|1000万元|500万元|2020年上半年
""",
        {
            "target 320413 dibao_paid total 2020-S1": "= 1000 cny_10k",
            "actual 320413 dibao_paid total 2020-S1": "500 cny_10k",
        },
        {"C2": "unit_not_said", "D2": "unit_not_said"},
    ),
    "shares as fractions are asked for, and believed once said": Case(
        """
地区|指标|期间|完成值
钟楼区|护理型床位占比|2020H1|0.735
金坛区|护理型床位占比|2020H1|73.5
普陀区|护理型床位占比|2020H1|0.5%
""",
        {
            "actual 320413 nursing_bed_share total 2020-S1": "73.5 percent",
            "actual 310107 nursing_bed_share total 2020-S1": "0.5 percent",
        },
        {"D2": "ambiguous_share"},
    ),
    "conflicting rows are both refused, identical ones are not": Case(
        """
地区|指标|期间|完成值
钟楼区|低保人数|2020上|1377
钟楼区|低保人数|2020年1-6月|1,377人
金坛区|低保人数|2020上|1
金坛区|低保人数|2020上|2
""",
        {"actual 320404 dibao_persons total 2020-S1": "1377 person"},
        {"D3": "duplicate_row", "D4": "conflicting_rows", "D5": "conflicting_rows"},
    ),
    "code and name that disagree, and all errors of a row at once": Case(
        """
地区代码|地区名称|指标名称|半年度|完成值|单位
320404|金坛区|低保人数|2020-S1|5|人
320404|钟楼区|低保人数|2020-S1|5|人
320499|不存在区|低宝人数|2020-S3|#DIV/0!|吨
""",
        {"actual 320404 dibao_persons total 2020-S1": "5 person"},
        {
            "A2": "code_name_disagree",
            "A4": "unknown_district",
            "C4": "unknown_indicator",
            "D4": "not_a_period",
            "E4": "formula_error",
            "F4": "unknown_unit",
        },
    ),
    "其中 parts an indicator; total against town and country": Case(
        """
2020年上半年钟楼区救助情况||
项目|单位|完成数
低保人数|人|30
其中：城市|人|10
其中：农村|人|20
低保户数|户|30
其中：城市|户|10
其中：农村|户|19
""",
        {
            "actual 320404 dibao_persons total 2020-S1": "30 person",
            "actual 320404 dibao_persons urban 2020-S1": "10 person",
            "actual 320404 dibao_persons rural 2020-S1": "20 person",
        },
        {"C6": "sum_mismatch", "C7": "sum_mismatch", "C8": "sum_mismatch"},
    ),
    "targets of many kinds": Case(
        """
钟楼区2020年民政工作目标任务||||
考核指标|目标任务|完成时限|备注|计量单位
护理型床位占比|不低于62%||约束性|%
社区居家养老|3~5个|||个
养老机构数|3-5家|||家
新增护理型床位数|新增600张||力争|张
无证养老机构数|控制在5家以内|||家
助餐服务覆盖率|全覆盖|||%
上门服务老年人占比|八成|||%
区福利中心投用|10月底前完成|||
年度适老化改造结束|完成|2020年12月20日||
适老化改造户数|稳步提升|||户
提升改造养老服务站数|比上年增长10%|||个
""",
        {
            "target 320404 nursing_bed_share total 2020-S2": ">= 62 percent",
            "target 320404 care_homes total 2020-S2": "range 3–5 institution",
            "target 320404 nursing_beds_added total 2020-S2": "= 600 bed",
            "target 320404 care_homes_unlicensed total 2020-S2": "<= 5 institution",
            "target 320404 meal_coverage total 2020-S2": "all 100 percent",
            "target 320404 home_visit_share total 2020-S2": "= 80 percent",
            "target 320404 welfare_centre_open total 2020-S2": "@2020-10-31 done",
            "target 320404 home_adaptations_finished total 2020-S2": "@2020-12-20 done",
        },
        {"A4": "unknown_indicator", "B12": "relative_target", "B13": "relative_target"},
    ),
    "a sheet named by its district, a half-year by the file": Case(
        """
指标|完成值
低保人数|1377
""",
        {"actual 320413 dibao_persons total 2021-S1": "1377 person"},
        sheet="金坛区",
        file="2021年上半年报表.xls",
    ),
    "nothing says which district: every figure is refused until somebody does": Case(
        """
指标|2020年上半年
低保人数|1377
低保户数|900
""",
        {},
        {"B2": "missing_value", "B3": "missing_value"},
    ),
    "values in merged cells belong to nobody": Case(
        """
地区|指标|半年度|完成值
钟楼区|低保人数|2020-S1|30
金坛区|低保人数|2020-S1|
普陀区|低保人数|2020-S1|7
""",
        {"actual 310107 dibao_persons total 2020-S1": "7 person"},
        {"D2": "merged_value", "D3": "merged_value"},
        merged=((1, 3, 2, 3),),
    ),
    "a merged district reaches down": Case(
        """
地区|指标|半年度|完成值
钟楼区|低保人数|2020-S1|30
|低保户数|2020-S1|20
普陀区|低保人数|2020-S1|7
""",
        {
            "actual 320404 dibao_persons total 2020-S1": "30 person",
            "actual 320404 dibao_households total 2020-S1": "20 household",
            "actual 310107 dibao_persons total 2020-S1": "7 person",
        },
        merged=((1, 0, 2, 0),),
    ),
    "a blank district is not that of the row above": Case(
        """
地区|指标|半年度|完成值
钟楼区|低保人数|2020-S1|30
|低保户数|2020-S1|20
""",
        {"actual 320404 dibao_persons total 2020-S1": "30 person"},
        {"A3": "missing_value"},
    ),
    "万 and 亿, full width, spaces, negative and broken counts, the future": Case(
        """
地区|指标|半年度|完成值|单位
钟 楼 区|低保人数|２０２０年上半年|１.２万|人
钟楼区|低保金累计发放额|2020-S1|1.5亿元|
钟楼区|低保户数|2020-S1|-3|户
金坛区|低保户数|2020-S1|3.5|户
金坛区|护理型床位占比|2020-S1|120|%
金坛区|低保人数|2035-S1|5|人
金坛区|低保金累计发放额|2020-S1|120元|万元
""",
        {
            "actual 320404 dibao_persons total 2020-S1": "12000 person",
            "actual 320404 dibao_paid total 2020-S1": "1.5 cny_100m",
        },
        {
            "D4": "out_of_range",
            "D5": "fractional_count",
            "D6": "out_of_range",
            "C7": "future_actual",
            "D8": "unit_conflict",
        },
    ),
    "a second table below is said, not mixed in": Case(
        """
地区|指标|半年度|完成值
钟楼区|低保人数|2020-S1|30
项目|单位|任务数|备注
低保户数|户|20|
""",
        {"actual 320404 dibao_persons total 2020-S1": "30 person"},
        {"3": "second_table", "4": "second_table"},
    ),
    "notes below a table, and an indicator that begins like one": Case(
        """
指标|2020年上半年|备注
注册志愿者数|若干|
低保人数|5|
注1 某某||
填表人：张三|审核人：李四|
（注：口径调整）||
""",
        {"actual 320404 dibao_persons total 2020-S1": "5 person"},
        {"A2": "unknown_indicator", "B2": "ambiguous_number"},
        skipped={4: "footnote", 5: "footnote", 6: "footnote"},
        stated={"district_code": "320404"},
    ),
    "a city and its districts side by side must belong together": Case(
        """
地市|区县|指标|2020年上半年
常州市|钟楼区|低保人数|10
常州市|冷水滩区|低保人数|12
""",
        {"actual 320404 dibao_persons total 2020-S1": "10 person"},
        {"A3": "code_name_disagree"},
    ),
    "a row of units below the headings, full names, numbered indicators, former figures": Case(
        """
2020年上半年|||||
地区|1.低保人数|（二）低保金累计发放额|护理型床位占比|上年同期
|人|万元|%|
江苏省常州市钟楼区|10|20|30%|9
金坛区民政局|11|21|31|8
""",
        {
            "actual 320404 dibao_persons total 2020-S1": "10 person",
            "actual 320404 dibao_paid total 2020-S1": "20 cny_10k",
            "actual 320404 nursing_bed_share total 2020-S1": "30 percent",
            "actual 320413 dibao_persons total 2020-S1": "11 person",
            "actual 320413 dibao_paid total 2020-S1": "21 cny_10k",
            "actual 320413 nursing_bed_share total 2020-S1": "31 percent",
        },
    ),
    "a title that names another Putuo names no district of ours": Case(
        """
舟山市普陀区2020年上半年情况|
指标|完成值
低保人数|10
""",
        {},
        {"B3": "missing_value"},
    ),
}
