"""Sheets that once were read wrongly, or refused without need, each with what has to become of every figure in it."""

from __future__ import annotations

from tests.etl.free_form_case import Case

FOUND = {
    "a former figure and the change beside this one": Case(
        """
钟楼区2020年上半年|||||
指标名称|计量单位|本期|上年同期|增减|增减率(%)
低保人数|人|1377|1400|-23|-1.6
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "1377 person"},
    ),
    "the change beside two years": Case(
        """
钟楼区||||
指标名称|计量单位|2020年|2019年|增减|增减%
低保人数|人|1377|1400|-23|-1.6
""",
        facts={
            "actual 320404 dibao_persons total 2020-S2": "1377 person",
            "actual 320404 dibao_persons total 2019-S2": "1400 person",
        },
    ),
    "columns that only compare": Case(
        """
钟楼区2020年上半年||||||||||
指标|年度目标|上半年完成|完成年度目标%|占年度任务比重|与目标差距|距目标差|全市排名|较去年同期增长%|增速|上年末数|2019年同期
适老化改造户数|600|350|58.3|58.3|-250|250|3|12|5|500|300
""",
        facts={
            "target 320404 home_adaptations total 2020-S2": "= 600 household",
            "actual 320404 home_adaptations total 2020-S1": "350 household",
        },
    ),
    "men and women below an indicator": Case(
        """
2020年上半年|||
地区|低保人数||
|合计|男|女
钟楼区|100|60|40
金坛区|200|100|100
""",
        refused={"C3": "unknown_breakdown", "D3": "unknown_breakdown"},
        merged=((1, 1, 1, 3),),
    ),
    "one part below an indicator": Case(
        """
2020年上半年||
地区|低保人数|
|总数|残疾人
钟楼区|100|60
""",
        refused={"C3": "unknown_breakdown"},
        merged=((1, 1, 1, 2),),
    ),
    "a street in a district": Case(
        """
2020年上半年|||
地区|街道|低保人数|低保户数
钟楼区|北港街道|60|40
""",
        refused={"B3": "part_of_district"},
    ),
    "homes in a district": Case(
        """
2020年上半年|||
序号|地区|机构名称|护理型床位数
1|钟楼区|怡康护理院|60
2|金坛区|金东敬老院|60
""",
        refused={"C3": "part_of_district", "C4": "part_of_district"},
    ),
    "a column of sexes": Case(
        """
2020年上半年|||
地区|指标|性别|完成值
钟楼区|低保人数|男|60
""",
        refused={"C3": "unknown_breakdown"},
    ),
    "a target for half a year": Case(
        """
钟楼区2020年||||
指标|半年目标|全年目标|半年完成
适老化改造户数|300|600|350
""",
        facts={
            "target 320404 home_adaptations total 2020-S1": "= 300 household",
            "target 320404 home_adaptations total 2020-S2": "= 600 household",
            "actual 320404 home_adaptations total 2020-S1": "350 household",
        },
    ),
    "a second table of other indicators": Case(
        """
2020年上半年||
地区|低保人数|低保户数
钟楼区|100|60
金坛区|200|80
|
地区|临时救助人次|适老化改造户数
钟楼区|11|12
金坛区|21|22
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "100 person",
            "actual 320404 dibao_households total 2020-S1": "60 household",
            "actual 320413 dibao_persons total 2020-S1": "200 person",
            "actual 320413 dibao_households total 2020-S1": "80 household",
        },
        refused={"6": "second_table", "7": "second_table", "8": "second_table"},
    ),
    "a second table right below a heading": Case(
        """
2020年上半年||
地区|低保人数|低保户数
钟楼区|100|60
2020年下半年||
县区|临时救助人次|适老化改造户数
金坛区|21|22
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "100 person",
            "actual 320404 dibao_households total 2020-S1": "60 household",
        },
        refused={"5": "second_table", "6": "second_table"},
    ),
    "a second table of other years": Case(
        """
钟楼区||
指标|2020年|2019年
低保人数|100|60
指标|2018年|2017年
低保人数|21|22
""",
        facts={
            "actual 320404 dibao_persons total 2020-S2": "100 person",
            "actual 320404 dibao_persons total 2019-S2": "60 person",
        },
        refused={"4": "second_table", "5": "second_table"},
    ),
    "a second table of other districts": Case(
        """
2020年||
指标|钟楼区|金坛区
低保人数|100|60
指标|普陀区|兰陵县
低保人数|21|22
""",
        facts={
            "actual 320404 dibao_persons total 2020-S2": "100 person",
            "actual 320413 dibao_persons total 2020-S2": "60 person",
        },
        refused={"4": "second_table", "5": "second_table"},
    ),
    "two lists side by side, other words above": Case(
        """
钟楼区2020年上半年||||
指标|完成值||指标名称|完成数
低保人数|100||低保户数|60
临时救助人次|30||适老化改造户数|40
""",
        refused={"3": "side_by_side", "4": "side_by_side"},
    ),
    "two units above the table": Case(
        """
钟楼区2020年上半年救助情况||
|单位：人、万元|
指标|完成值|备注
低保人数|100|
低保金累计发放额|200.5|
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "100 person",
            "actual 320404 dibao_paid total 2020-S1": "200.5 cny_10k",
        },
    ),
    "two units above a table of indicators": Case(
        """
2020年上半年||
|单位：万人、亿元|
地区|低保人数|低保金累计发放额
钟楼区|1.2|0.5
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "1.2 person_10k",
            "actual 320404 dibao_paid total 2020-S1": "0.5 cny_100m",
        },
    ),
    "of whom, an indicator or a part nobody knows": Case(
        """
钟楼区2020年上半年|||
指标|单位|完成值|备注
养老机构数|家|10|
护理型床位数|张|100|
其中：新增护理型床位数|张|20|
低保人数|人|1000|
其中：女性|人|400|
残疾人|人|100|
其中：城市|人|600|
农村|人|400|
""",
        facts={
            "actual 320404 care_homes total 2020-S1": "10 institution",
            "actual 320404 nursing_beds total 2020-S1": "100 bed",
            "actual 320404 nursing_beds_added total 2020-S1": "20 bed",
            "actual 320404 dibao_persons total 2020-S1": "1000 person",
        },
        refused={
            "A7": "unknown_indicator",
            "A8": "unknown_indicator",
            "A9": "unknown_indicator",
            "A10": "unknown_indicator",
        },
    ),
    "marks of footnotes behind names": Case(
        """
钟楼区2020年上半年||
指标①|单位|完成值[2]
低保人数①|人|1000
低保户数[1]|户|600
临时救助人次（注2）|人次|300
适老化改造户数*|户|12
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "1000 person",
            "actual 320404 dibao_households total 2020-S1": "600 household",
            "actual 320404 temporary_relief_cases total 2020-S1": "300 person_time",
            "actual 320404 home_adaptations total 2020-S1": "12 household",
        },
    ),
    "a baseline with its year in the heading": Case(
        """
钟楼区|||
指标|2019年基数|2020年目标|2020年上半年完成
护理型床位占比（%）|60|62|61
""",
        facts={
            "target 320404 nursing_bed_share total 2020-S2": "= 62 percent",
            "actual 320404 nursing_bed_share total 2020-S1": "61 percent",
        },
    ),
    "a baseline without its time": Case(
        """
钟楼区2020年上半年|||
指标|基数|目标|完成
护理型床位占比（%）|60|62|61
""",
        facts={
            "target 320404 nursing_bed_share total 2020-S2": "= 62 percent",
            "actual 320404 nursing_bed_share total 2020-S1": "61 percent",
        },
    ),
    "lower headings of any words": Case(
        """
2020年上半年||||
地区|低保人数||护理型床位占比|
|数量|比上年增长%|比例（%）|提高百分点
钟楼区|100|5.2|61|3
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "100 person"},
        refused={"D3": "unknown_breakdown"},
        merged=((1, 1, 1, 2), (1, 3, 1, 4)),
    ),
    "a lower heading that only repeats": Case(
        """
2020年上半年|||
地区|低保人数|低保人数|低保户数
|累计数|当月新增|户数
钟楼区|100|5|61
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "100 person",
            "actual 320404 dibao_households total 2020-S1": "61 household",
        },
        merged=((1, 1, 1, 2),),
    ),
    "a story beside the figures": Case(
        """
钟楼区2020年上半年||||
序号|工作任务|目标值|完成值|完成情况
1|低保人数|100|90|截至6月底，全区低保90人，完成90%。
2|低保户数|60|55|完成55户
""",
        facts={
            "target 320404 dibao_persons total 2020-S2": "= 100 person",
            "target 320404 dibao_households total 2020-S2": "= 60 household",
            "actual 320404 dibao_persons total 2020-S1": "90 person",
            "actual 320404 dibao_households total 2020-S1": "55 household",
        },
    ),
    "bare years in a report on a first half": Case(
        """
钟楼区2021年上半年民政工作情况|||
指标|单位|2020年|2021年
低保人数|人|100|90
""",
        facts={"actual 320404 dibao_persons total 2021-S1": "90 person"},
        refused={"C2": "not_a_period"},
    ),
    "of whom, in headings": Case(
        """
2020年上半年||||
地区|低保人数|其中：城市|其中：农村|其中：女性
钟楼区|100|60|40|50
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "100 person",
            "actual 320404 dibao_persons urban 2020-S1": "60 person",
            "actual 320404 dibao_persons rural 2020-S1": "40 person",
        },
        refused={"E2": "unknown_breakdown"},
    ),
    "of whom, above headings": Case(
        """
2020年上半年|||
地区|低保人数|其中|
||城市|女性
钟楼区|100|60|50
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "100 person",
            "actual 320404 dibao_persons urban 2020-S1": "60 person",
        },
        refused={"D3": "unknown_breakdown"},
        merged=((1, 2, 1, 3), (1, 0, 2, 0), (1, 1, 2, 1)),
    ),
    "a half-year below nine months as headings between rows": Case(
        """
钟楼区2020年||
指标|单位|累计完成
1-6月||
临时救助人次|人次|300
1-9月||
临时救助人次|人次|450
1-12月||
临时救助人次|人次|600
""",
        facts={
            "actual 320404 temporary_relief_cases total 2020-S1": "300 person_time",
            "actual 320404 temporary_relief_cases total 2020-S2": "600 person_time",
        },
        refused={"A5": "not_a_period"},
    ),
    "a column of years in a report on a first half": Case(
        """
2020年上半年|||
地区|年份|指标|完成
钟楼区|2020|低保人数|100
钟楼区|2019|低保人数|90
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "100 person"},
        refused={"B4": "not_a_period"},
    ),
    "the year's target in such a report": Case(
        """
钟楼区2020年上半年||||
年份|指标|单位|目标|完成
2020|低保人数|人|100|60
""",
        facts={
            "target 320404 dibao_persons total 2020-S2": "= 100 person",
            "actual 320404 dibao_persons total 2020-S1": "60 person",
        },
    ),
    "money in 万": Case(
        """
钟楼区2020年上半年||
指标|目标|完成
低保金累计发放额|300万元|200万
临时救助金额|100万元|0.5亿
电费补贴发放额|100|80
""",
        facts={
            "target 320404 dibao_paid total 2020-S2": "= 300 cny_10k",
            "target 320404 temporary_relief_paid total 2020-S2": "= 100 cny_10k",
            "actual 320404 dibao_paid total 2020-S1": "2000000 cny",
            "actual 320404 temporary_relief_paid total 2020-S1": "50000000 cny",
        },
        refused={"B5": "unit_not_said", "C5": "unit_not_said"},
    ),
    "of whom, beside figures": Case(
        """
钟楼区2020年上半年|||
指标|完成值|其中：城市|其中：女性
低保人数|100|60|40
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "100 person",
            "actual 320404 dibao_persons urban 2020-S1": "60 person",
        },
        refused={"D2": "unknown_breakdown"},
    ),
    "a city's title over a district's sheet": Case(
        """
常州市2020年上半年民政统计||
指标|单位|完成
低保人数|人|100
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "100 person"},
        sheet="钟楼区",
    ),
    "a file's half-year of another year than the title's": Case(
        """
钟楼区2019年民政统计||
指标|单位|完成
低保人数|人|100
""",
        refused={"C3": "not_a_period"},
        file="2020年上半年.xlsx",
    ),
    "a file's half-year that is not the title's": Case(
        """
钟楼区2019年上半年民政统计||
指标|单位|完成
低保人数|人|100
""",
        refused={"C3": "not_a_period"},
        file="2020年上半年.xlsx",
    ),
    "a file sent in the next year": Case(
        """
钟楼区2019年上半年民政统计||
指标|单位|完成
低保人数|人|100
""",
        facts={"actual 320404 dibao_persons total 2019-S1": "100 person"},
        file="2020年报送.xlsx",
    ),
    "a sheet's half-year of another year than the title's": Case(
        """
钟楼区2019年民政统计||
指标|单位|完成
低保人数|人|100
""",
        refused={"C3": "not_a_period"},
        sheet="2020年上半年",
    ),
    "two districts in names": Case(
        """
指标|单位|完成
低保人数|人|100
""",
        refused={"C2": "missing_value"},
        file="金坛区2020年上半年.xlsx",
        sheet="钟楼区",
    ),
    "指标值 in statistics": Case(
        """
钟楼区2020年上半年民政统计表||
指标名称|指标值|单位
低保人数|100|人
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "100 person"},
    ),
    "counts in a list of targets": Case(
        """
钟楼区2020年民政工作目标任务分解表|||
项目|单位|数量|完成时限
适老化改造户数|户|600|12月底
新增养老床位数|张|300|10月底前
""",
        facts={
            "target 320404 home_adaptations total 2020-S2": "= 600 @2020-12-31 household",
            "target 320404 care_beds_added total 2020-S2": "= 300 @2020-10-31 bed",
        },
    ),
    "a count beside a target": Case(
        """
钟楼区2020年上半年目标完成情况||
项目|目标|数量
适老化改造户数|600|300
""",
        facts={
            "target 320404 home_adaptations total 2020-S2": "= 600 household",
            "actual 320404 home_adaptations total 2020-S1": "300 household",
        },
    ),
    "a plan of years and the year it starts from": Case(
        """
钟楼区“十四五”民政事业发展规划主要指标||||
指标|单位|2020年|2025年|属性
护理型床位占比|%|50|65|约束性
社会组织孵化中心覆盖率|%|60|100|预期性
""",
        facts={
            "target 320404 nursing_bed_share total 2025-S2": "= 65 percent",
            "target 320404 incubator_coverage total 2025-S2": "= 100 percent",
        },
        refused={"C2": "not_a_period"},
    ),
    "this period's figure beside the total": Case(
        """
钟楼区2020年下半年|||
指标|单位|本期完成|本年累计
临时救助人次|人次|300|700
低保人数|人|100|100
""",
        facts={
            "actual 320404 temporary_relief_cases total 2020-S2": "700 person_time",
            "actual 320404 dibao_persons total 2020-S2": "100 person",
        },
    ),
    "what there was, came, went and is": Case(
        """
钟楼区2020年上半年||||
指标|期初数|本期增加|本期减少|期末数
低保人数|100|20|10|110
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "110 person"},
    ),
    "numbered districts": Case(
        """
2020年上半年||
地区|低保人数|低保户数
1.钟楼区|100|60
（二）金坛区|200|80
3、普陀区*|300|90
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "100 person",
            "actual 320404 dibao_households total 2020-S1": "60 household",
            "actual 320413 dibao_persons total 2020-S1": "200 person",
            "actual 320413 dibao_households total 2020-S1": "80 household",
            "actual 310107 dibao_persons total 2020-S1": "300 person",
            "actual 310107 dibao_households total 2020-S1": "90 household",
        },
    ),
    "numbers of columns": Case(
        """
2020年上半年||
地区|低保人数|低保户数
甲|1|2
钟楼区|100|60
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "100 person",
            "actual 320404 dibao_households total 2020-S1": "60 household",
        },
    ),
    "numbers of columns beside units": Case(
        """
钟楼区2020年上半年|||
指标|单位|目标|完成
栏次|甲|1|2
低保人数|人|100|60
""",
        facts={
            "target 320404 dibao_persons total 2020-S2": "= 100 person",
            "actual 320404 dibao_persons total 2020-S1": "60 person",
        },
    ),
    "a dash for a unit": Case(
        """
钟楼区2020年上半年|||
指标|单位|目标|完成
养老服务发展文件出台|—|12月底前出台|已出台
低保人数|/|100|60
护理型床位占比||62|61
""",
        facts={
            "target 320404 elderly_policy_issued total 2020-S2": "@2020-12-31 done",
            "target 320404 dibao_persons total 2020-S2": "= 100 person",
            "target 320404 nursing_bed_share total 2020-S2": "= 62 percent",
            "actual 320404 elderly_policy_issued total 2020-S1": "1 done",
            "actual 320404 dibao_persons total 2020-S1": "60 person",
            "actual 320404 nursing_bed_share total 2020-S1": "61 percent",
        },
    ),
    "standards a year": Case(
        """
钟楼区2020年上半年|||
指标|单位|目标|完成
低保标准|元/年|8880|8880
特困供养基本生活标准|元/人·月|1000|1000元/月
孤儿基本生活费标准|元/月·人|1000|1000
养老机构数|所|10|9所
""",
        facts={
            "target 320404 dibao_standard total 2020-S2": "= 8880 cny_person_year",
            "target 320404 tekun_standard total 2020-S2": "= 1000 cny_person_month",
            "target 320404 orphan_standard total 2020-S2": "= 1000 cny_person_month",
            "target 320404 care_homes total 2020-S2": "= 10 institution",
            "actual 320404 dibao_standard total 2020-S1": "8880 cny_person_year",
            "actual 320404 tekun_standard total 2020-S1": "1000 cny_person_month",
            "actual 320404 orphan_standard total 2020-S1": "1000 cny_person_month",
            "actual 320404 care_homes total 2020-S1": "9 institution",
        },
    ),
    "town and country over households and persons": Case(
        """
2020年上半年救助情况|||||
地区|城市低保||农村低保||临时救助
|户数|人数|户数|人数|人次
钟楼区|1|2|3|4|5
""",
        facts={
            "actual 320404 dibao_households urban 2020-S1": "1 household",
            "actual 320404 dibao_persons urban 2020-S1": "2 person",
            "actual 320404 dibao_households rural 2020-S1": "3 household",
            "actual 320404 dibao_persons rural 2020-S1": "4 person",
            "actual 320404 temporary_relief_cases total 2020-S1": "5 person_time",
        },
        merged=((1, 1, 1, 2), (1, 3, 1, 4)),
    ),
    "names of indicators on two levels": Case(
        """
2020年上半年救助情况||||
地区|低保||临时救助|
|户数|人数|人次|金额（万元）
钟楼区|1|2|3|4
""",
        facts={
            "actual 320404 dibao_households total 2020-S1": "1 household",
            "actual 320404 dibao_persons total 2020-S1": "2 person",
            "actual 320404 temporary_relief_cases total 2020-S1": "3 person_time",
            "actual 320404 temporary_relief_paid total 2020-S1": "4 cny_10k",
        },
        merged=((1, 1, 1, 2), (1, 3, 1, 4)),
    ),
    "indicators of the second level": Case(
        """
钟楼区2020年上半年|||
一级指标|二级指标|目标值|完成值
社会救助|低保人数|100|90
""",
        facts={
            "target 320404 dibao_persons total 2020-S2": "= 100 person",
            "actual 320404 dibao_persons total 2020-S1": "90 person",
        },
    ),
    "a column of groups of persons": Case(
        """
2020年上半年|||
地区|对象|低保人数|低保户数
钟楼区|重残|10|9
""",
        refused={"B3": "unknown_breakdown"},
    ),
    "halves without their year in rows": Case(
        """
钟楼区2020年||
指标|时间|完成
低保人数|6月30日|100
低保户数|上半年|60
临时救助人次|全年|600
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "100 person",
            "actual 320404 dibao_households total 2020-S1": "60 household",
            "actual 320404 temporary_relief_cases total 2020-S2": "600 person_time",
        },
    ),
    "this year beside the last": Case(
        """
钟楼区2020年上半年|||
指标|本年|上年|增长%
低保人数|100|95|5
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "100 person"},
    ),
    "units behind names": Case(
        """
2020年上半年|||
区县|低保人数/人|低保户数，户|临时救助金额:万元
钟楼区|100|60|12.5
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "100 person",
            "actual 320404 dibao_households total 2020-S1": "60 household",
            "actual 320404 temporary_relief_paid total 2020-S1": "12.5 cny_10k",
        },
    ),
    "an indicator in the title, with a count below": Case(
        """
2020年上半年低保人数统计表（单位：人）||
地区|人数|备注
钟楼区|100|
金坛区|200|
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "100 person",
            "actual 320413 dibao_persons total 2020-S1": "200 person",
        },
    ),
    "two indicators in the title": Case(
        """
2020年上半年低保人数、低保户数统计表||
地区|数量|备注
钟楼区|100|
""",
        refused={"B3": "missing_value"},
    ),
    "an indicator for a sheet's name": Case(
        """
2020年上半年||
地区|完成|备注
钟楼区|100|
金坛区|200|
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "100 person",
            "actual 320413 dibao_persons total 2020-S1": "200 person",
        },
        sheet="低保人数",
    ),
    "nothing, in many forms": Case(
        """
钟楼区2020年上半年||
指标|单位|完成
低保人数|人|-0
低保户数|户|0.0
临时救助人次|人次|00
护理型床位占比|%|0.0
特困供养人数|人|0人
孤儿人数|人|零
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "0 person",
            "actual 320404 dibao_households total 2020-S1": "0.0 household",
            "actual 320404 temporary_relief_cases total 2020-S1": "0 person_time",
            "actual 320404 nursing_bed_share total 2020-S1": "0.0 percent",
            "actual 320404 tekun_persons total 2020-S1": "0 person",
            "actual 320404 orphans total 2020-S1": "0 person",
        },
    ),
    "fractions, and one above 1 beside them": Case(
        """
2020年上半年||
地区|护理型床位占比（%）|助餐服务覆盖率
钟楼区|0.62|1
金坛区|0.735|0.9
普陀区|1.2|0.88
""",
        refused={
            "B3": "ambiguous_share",
            "C3": "ambiguous_share",
            "B4": "ambiguous_share",
            "C4": "ambiguous_share",
            "B5": "ambiguous_share",
            "C5": "ambiguous_share",
        },
    ),
    "a section's unit holds for its own rows": Case(
        """
2020年上半年||
指标|单位|完成
钟楼区（单位：万元）||
低保金累计发放额||12.5
金坛区||
低保金累计发放额||13.5
""",
        facts={"actual 320404 dibao_paid total 2020-S1": "12.5 cny_10k"},
        refused={"B6": "unit_not_said"},
    ),
    "the second half's plan beside the first half": Case(
        """
钟楼区2020年上半年完成情况及下半年计划||||
指标|上半年完成|下半年计划|全年目标|备注
低保人数|100|50|150|
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "100 person"},
        refused={"C3": "conflicting_rows", "D3": "conflicting_rows"},
    ),
    "streets under a heading for both": Case(
        """
钟楼区2020年上半年||
乡镇（街道）|低保人数|低保户数
北港街道|60|40
邹区镇|10|20
全区|70|60
""",
        refused={"A3": "unknown_district", "A4": "unknown_district", "A5": "unknown_district"},
    ),
    "one street under a heading of several words": Case(
        """
钟楼区2020年上半年||
所在街道（乡镇）|低保人数|牵头机构
北港街道|60|救助科
""",
        refused={"3": "no_headings"},
    ),
    "who is in charge": Case(
        """
钟楼区2020年上半年|||
指标|完成|牵头机构|负责人员姓名
低保人数|60|救助中心|张三
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "60 person"},
    ),
    "what is expected by the year's end": Case(
        """
钟楼区2020年上半年||||
指标|单位|上半年完成|全年预计完成|全年预计
低保人数|人|60|70|80
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "60 person"},
    ),
    "targets by quarter": Case(
        """
钟楼区2020年目标|||||
指标|一季度目标|上半年目标|前三季度目标|全年目标|单位
适老化改造户数|100|250|400|600|户
""",
        facts={
            "target 320404 home_adaptations total 2020-S1": "= 250 household",
            "target 320404 home_adaptations total 2020-S2": "= 600 household",
        },
    ),
    "a sheet for half a year": Case(
        """
钟楼区2020年||
指标|单位|完成
低保人数|人|60
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "60 person"},
        sheet="半年报",
    ),
    "a sheet for the year": Case(
        """
钟楼区2020年||
指标|单位|完成
低保人数|人|60
""",
        facts={"actual 320404 dibao_persons total 2020-S2": "60 person"},
        sheet="年报",
    ),
    "a sheet for a quarter": Case(
        """
钟楼区2020年||
指标|单位|完成
低保人数|人|60
""",
        refused={"C3": "not_a_period"},
        sheet="一季度",
    ),
    "a unit in the heading and another in the row": Case(
        """
钟楼区2020年上半年|||
指标|单位|完成（万元）|备注
低保金累计发放额|元|200|
临时救助金额|万元|100|
""",
        facts={"actual 320404 temporary_relief_paid total 2020-S1": "100 cny_10k"},
        refused={"B3": "unit_conflict"},
    ),
    "a breakdown in the heading and another in the row": Case(
        """
2020年上半年||||
地区|指标|分类|城市|农村
钟楼区|低保人数|农村|60|40
""",
        facts={"actual 320404 dibao_persons rural 2020-S1": "40 person"},
        refused={"C3": "unknown_breakdown"},
    ),
    "town in the title": Case(
        """
钟楼区2020年上半年城市低保情况统计表||
指标|单位|完成
低保人数|人|60
低保户数|户|40
""",
        facts={
            "actual 320404 dibao_persons urban 2020-S1": "60 person",
            "actual 320404 dibao_households urban 2020-S1": "40 household",
        },
    ),
    "country for a sheet's name": Case(
        """
2020年上半年||
地区|低保人数|低保户数
钟楼区|60|40
""",
        facts={
            "actual 320404 dibao_persons rural 2020-S1": "60 person",
            "actual 320404 dibao_households rural 2020-S1": "40 household",
        },
        sheet="农村",
    ),
    "town and country in the title": Case(
        """
钟楼区2020年上半年城乡低保情况统计表（城市、农村）||
指标|单位|完成
低保人数|人|60
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "60 person"},
    ),
    "what is added, above indicators": Case(
        """
2020年上半年||||
地区|新增||退出|
|低保户数|低保人数|低保户数|低保人数
钟楼区|1|2|3|4
""",
        refused={"4": "no_headings"},
        merged=((1, 1, 1, 2), (1, 3, 1, 4)),
    ),
    "what is added, beside what is": Case(
        """
2020年上半年||||
地区|期末数||新增|
|低保户数|低保人数|低保户数|低保人数
钟楼区|1|2|3|4
""",
        facts={
            "actual 320404 dibao_households total 2020-S1": "1 household",
            "actual 320404 dibao_persons total 2020-S1": "2 person",
        },
        merged=((1, 1, 1, 2), (1, 3, 1, 4)),
    ),
    "country in the title, of no relief": Case(
        """
钟楼区2020年上半年农村留守儿童关爱情况||
指标|单位|完成
儿童主任人数|人|60
""",
        facts={"actual 320404 child_directors total 2020-S1": "60 person"},
    ),
    "town and country before names": Case(
        """
钟楼区2020年上半年||
指标|单位|完成
农村低保人数|人|60
城市低保户数|户|30
城镇低保人数（人）||90
""",
        facts={
            "actual 320404 dibao_persons rural 2020-S1": "60 person",
            "actual 320404 dibao_households urban 2020-S1": "30 household",
            "actual 320404 dibao_persons urban 2020-S1": "90 person",
        },
    ),
    "a unit in the corner of the title": Case(
        """
钟楼区2020年上半年|||单位：人
指标|本期|上年同期|增减%
低保人数|60|50|20
低保户数|40|30|33
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "60 person"},
        refused={"B4": "unit_mismatch"},
    ),
    "three units in the corner": Case(
        """
钟楼区2020年上半年|||单位：人、户、万元
指标|本期|上年同期|增减%
低保人数|60|50|20
低保户数|40|30|33
低保金累计发放额|12.5|10|25
护理型床位占比|61|50|5
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "60 person",
            "actual 320404 dibao_households total 2020-S1": "40 household",
            "actual 320404 dibao_paid total 2020-S1": "12.5 cny_10k",
            "actual 320404 nursing_bed_share total 2020-S1": "61 percent",
        },
    ),
    "shares in many forms": Case(
        """
钟楼区2020年上半年||
指标|单位|完成
护理型床位占比（%）|%|0.85%
助餐服务覆盖率（％）||85％
社工站乡镇街道覆盖率||百分之八十五
基层儿童工作队伍覆盖率||八成五
兜底保障目标人群覆盖率|‰|850
兜底对象一户一档完成率||850‰
兜底对象帮扶政策落实率||全覆盖
""",
        facts={
            "actual 320404 nursing_bed_share total 2020-S1": "0.85 percent",
            "actual 320404 meal_coverage total 2020-S1": "85 percent",
            "actual 320404 social_work_station_coverage total 2020-S1": "85 percent",
            "actual 320404 child_team_coverage total 2020-S1": "85 percent",
            "actual 320404 safety_net_coverage total 2020-S1": "850 per_mille",
            "actual 320404 safety_net_files total 2020-S1": "850 per_mille",
        },
        refused={"C9": "not_a_number"},
    ),
    "a column of kinds": Case(
        """
钟楼区2020年|||
指标|项目|上半年|全年
低保人数|目标|50|100
低保人数|实际|45|90
""",
        facts={
            "target 320404 dibao_persons total 2020-S1": "= 50 person",
            "target 320404 dibao_persons total 2020-S2": "= 100 person",
            "actual 320404 dibao_persons total 2020-S1": "45 person",
            "actual 320404 dibao_persons total 2020-S2": "90 person",
        },
    ),
    "a column of kinds with a word that is none": Case(
        """
2020年|||||
地区|指标|指标类型|上半年|全年
钟楼区|低保人数|年度目标|50|100
|低保人数|实际完成|45|90
金坛区|低保人数|目标值|70|
|低保人数|完成情况|60|
普陀区|低保人数|差额|60|
""",
        facts={
            "target 320404 dibao_persons total 2020-S1": "= 50 person",
            "target 320404 dibao_persons total 2020-S2": "= 100 person",
            "target 320413 dibao_persons total 2020-S1": "= 70 person",
            "actual 320404 dibao_persons total 2020-S1": "45 person",
            "actual 320404 dibao_persons total 2020-S2": "90 person",
            "actual 320413 dibao_persons total 2020-S1": "60 person",
        },
        refused={"C7": "not_a_kind"},
        blanks=("E5", "E6"),
        merged=((2, 0, 3, 0), (4, 0, 5, 0)),
    ),
    "kinds over indicators, in a report on a first half": Case(
        """
2020年上半年|||
地区|类别|低保人数|低保户数
钟楼区|目标|50|100
钟楼区|完成|45|90
""",
        facts={
            "target 320404 dibao_persons total 2020-S2": "= 50 person",
            "target 320404 dibao_households total 2020-S2": "= 100 household",
            "actual 320404 dibao_persons total 2020-S1": "45 person",
            "actual 320404 dibao_households total 2020-S1": "90 household",
        },
    ),
    "figures with words": Case(
        """
钟楼区2020年上半年||
指标|单位|完成
低保人数|人|60（不含外来）
低保户数|户|约40户
临时救助人次|人次|300+
特困供养人数|人|>20
孤儿人数|人|5～6
儿童主任人数|人|10人/年
""",
        facts={
            "actual 320404 dibao_households total 2020-S1": "40 household",
            "actual 320404 tekun_persons total 2020-S1": "20 person",
        },
        refused={"C3": "ambiguous_number", "C5": "ambiguous_number", "C7": "ambiguous_number", "C8": "unknown_unit"},
    ),
    "a sum with a part not reported": Case(
        """
2020年上半年||
地区|低保人数|低保户数
钟楼区|60|40
金坛区|未报|20
合计|60|60
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "60 person",
            "actual 320404 dibao_households total 2020-S1": "40 household",
            "actual 320413 dibao_households total 2020-S1": "20 household",
        },
        blanks=("B4",),
    ),
    "numbers of lines": Case(
        """
钟楼区2020年上半年|||
项目|行次|城市|农村
低保人数|1|60|40
低保户数|2|30|20
""",
        facts={
            "actual 320404 dibao_persons urban 2020-S1": "60 person",
            "actual 320404 dibao_persons rural 2020-S1": "40 person",
            "actual 320404 dibao_households urban 2020-S1": "30 household",
            "actual 320404 dibao_households rural 2020-S1": "20 household",
        },
    ),
    "a weight for each indicator": Case(
        """
2020年各区目标|||||
地区|护理型床位占比||适老化改造户数||备注
|目标|权重|目标|权重|
钟楼区|不低于62%|10|600户|5|
""",
        facts={
            "target 320404 nursing_bed_share total 2020-S2": ">= 62 percent",
            "target 320404 home_adaptations total 2020-S2": "= 600 household",
        },
    ),
    "days below what is done": Case(
        """
钟楼区|||
指标|完成||
|截至2020年6月30日|截至2020年12月31日|
低保人数|60|70|
""",
        facts={
            "actual 320404 dibao_persons total 2020-S1": "60 person",
            "actual 320404 dibao_persons total 2020-S2": "70 person",
        },
        merged=((1, 1, 1, 2),),
    ),
    "a sheet for one indicator, years down": Case(
        """
钟楼区|||
年度|目标|完成|单位
2019|100|90|人
2020|110|95|人
""",
        facts={
            "target 320404 dibao_persons total 2019-S2": "= 100 person",
            "target 320404 dibao_persons total 2020-S2": "= 110 person",
            "actual 320404 dibao_persons total 2019-S2": "90 person",
            "actual 320404 dibao_persons total 2020-S2": "95 person",
        },
        sheet="低保人数",
    ),
    "the second half beside the whole year": Case(
        """
指标|上半年|下半年|全年
临时救助人次|60|70|130
""",
        facts={"actual 320404 temporary_relief_cases total 2020-S1": "60 person_time"},
        refused={"C2": "conflicting_rows", "D2": "conflicting_rows"},
        file="钟楼区.xlsx",
        sheet="2020",
    ),
    "stories about children, and a sheet's name that ends like a part": Case(
        """
钟楼区2020年上半年|||
指标|完成|儿童之家建设情况|智慧养老中心工作
低保人数|60|建设有力|好
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "60 person"},
        sheet="文明城市",
    ),
    "a file with the day it was made": Case(
        """
钟楼区2020年上半年||
指标|单位|完成
低保人数|人|60
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "60 person"},
        file="统计表20201231.xlsx",
    ),
    "a file made in the middle of the next year": Case(
        """
钟楼区2019年||
指标|单位|完成
低保人数|人|60
""",
        facts={"actual 320404 dibao_persons total 2019-S2": "60 person"},
        file="统计表20200630.xlsx",
    ),
    "what is done twice a year": Case(
        """
钟楼区2020年老年人半年体检情况||
指标|单位|完成
低保人数|人|60
""",
        facts={"actual 320404 dibao_persons total 2020-S2": "60 person"},
    ),
    "a sum of persons and households above another district": Case(
        """
2020年上半年|||
指标|单位|目标|完成
钟楼区|||
低保人数|人|100|60
低保户数|户|50|30
小计||150|90
金坛区|||
低保人数|人|100|40
""",
        facts={
            "target 320404 dibao_persons total 2020-S2": "= 100 person",
            "target 320404 dibao_households total 2020-S2": "= 50 household",
            "target 320413 dibao_persons total 2020-S2": "= 100 person",
            "actual 320404 dibao_persons total 2020-S1": "60 person",
            "actual 320404 dibao_households total 2020-S1": "30 household",
            "actual 320413 dibao_persons total 2020-S1": "40 person",
        },
    ),
    "a column of kinds of targets": Case(
        """
钟楼区2020年目标|||
指标|类型|目标|备注
护理型床位占比|约束性|62%|
低保人数|预期性|100|
""",
        facts={
            "target 320404 nursing_bed_share total 2020-S2": "= 62 percent",
            "target 320404 dibao_persons total 2020-S2": "= 100 person",
        },
    ),
    "units behind names in rows": Case(
        """
钟楼区2020年上半年||
指标|目标|完成
低保人数，人|100|60
低保户数/户|50|30
""",
        facts={
            "target 320404 dibao_persons total 2020-S2": "= 100 person",
            "target 320404 dibao_households total 2020-S2": "= 50 household",
            "actual 320404 dibao_persons total 2020-S1": "60 person",
            "actual 320404 dibao_households total 2020-S1": "30 household",
        },
    ),
    "sums of parts one below the other": Case(
        """
2020年上半年||
地区|指标|完成
钟楼区|低保人数|60
金坛区|低保人数|40
小计||101
钟楼区|低保户数|30
金坛区|低保户数|20
小计||50
""",
        facts={
            "actual 320404 dibao_households total 2020-S1": "30 household",
            "actual 320413 dibao_households total 2020-S1": "20 household",
        },
        refused={"C3": "sum_mismatch", "C4": "sum_mismatch"},
    ),
    "a sum above its parts": Case(
        """
2020年上半年||
地区|低保人数|低保户数
合计|101|50
钟楼区|60|30
金坛区|40|20
""",
        facts={
            "actual 320404 dibao_households total 2020-S1": "30 household",
            "actual 320413 dibao_households total 2020-S1": "20 household",
        },
        refused={"B4": "sum_mismatch", "B5": "sum_mismatch"},
    ),
    "a month beside the year so far": Case(
        """
钟楼区2020年6月||||
指标|单位|本月数|累计数|上年同期累计
临时救助人次|人次|10|60|50
""",
        facts={"actual 320404 temporary_relief_cases total 2020-S1": "60 person_time"},
    ),
    "what is expected below the whole year": Case(
        """
钟楼区2020年|||||
指标|上半年|||全年|
|目标|完成|进度|目标|预计完成
临时救助人次|300|320|107%|600|610
""",
        facts={
            "target 320404 temporary_relief_cases total 2020-S1": "= 300 person_time",
            "target 320404 temporary_relief_cases total 2020-S2": "= 600 person_time",
            "actual 320404 temporary_relief_cases total 2020-S1": "320 person_time",
        },
        merged=((1, 1, 1, 3), (1, 4, 1, 5)),
    ),
    "an office within the district": Case(
        """
2020年上半年|||||
地区|填报单位|指标|单位|完成|联系人
钟楼区|养老服务科|低保人数|人|60|张三
""",
        facts={"actual 320404 dibao_persons total 2020-S1": "60 person"},
    ),
}
