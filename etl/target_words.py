"""The words of targets as bureaus write them, by what they do. The grammar over them is ``etl.target_text``."""

from __future__ import annotations

import re
from collections.abc import Iterable

NO_LESS, NO_MORE = ">=", "<="


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COMPARATORS = {
    **dict.fromkeys(
        _words(
            """
            >= => 不低于 不少于 不小于 不得低于 不得少于 不得小于 不能低于 不能少于 不应低于 不应少于 至少 最低
            最少 起码 大于等于 大于或等于 高于等于 多于等于 高于或等于 多于或等于 达到或超过 达到及超过
            """
        ),
        NO_LESS,
    ),
    **dict.fromkeys(
        _words(
            """
            <= =< 不超过 不超 不高于 不大于 不多于 不得超过 不得高于 不得大于 不得多于 不能超过 不应超过 不突破
            不得突破 至多 最多 最高 小于等于 小于或等于 低于等于 少于等于 低于或等于 少于或等于
            """
        ),
        NO_MORE,
    ),
    **dict.fromkeys(_words("= 等于"), "="),
}
"""In front of a number. They mean what they say: 以下 after one of them that says >= contradicts it."""

STRICT = _words("> < 大于 超过 高于 多于 超出 突破 超 逾 小于 低于 少于 不足 不到 不满")
"""Strict comparisons, which the schema does not have."""

APPROXIMATE = _words("约 大约 大概 左右 近 将近 接近 ≈ 基本达到 基本")
"""About so many: no target can be judged by it."""

SUFFIXES = {
    **dict.fromkeys(
        _words(
            """
            以上 及以上 或以上 (含)以上 以上(含) (含)及以上 含以上 之上 或更多 以上(含本数)
            """
        ),
        NO_LESS,
    ),
    **dict.fromkeys(
        _words(
            """
            以内 之内 以下 及以下 或以下 (含)以下 以下(含) (含)以内 以内(含) 内 及以内 以下(含本数) 以内(含本数)
            """
        ),
        NO_MORE,
    ),
}
"""Behind a number; 以上, 以下 and 以内 include it, as in Chinese law."""

CONTROL = _words("严格控制在 严控在 控制在 压降在 限制在 控制到 压缩在")
"""They want 以内 or 以下 behind the number, or a range."""

INTENT: dict[str, bool | None] = {
    **dict.fromkeys(_words("力争 争取 努力 尽力 尽量 力求 争创 全力争取"), False),
    **dict.fromkeys(_words("确保 必须 务必 保证 务求 须 必需"), True),
    **dict.fromkeys(_words("计划 预计 拟 预期 打算 应 应当 需 要 将 原则上"), None),
}
"""How firmly it is meant: binding, not binding, not said."""

LABELS = {"约束性": True, "预期性": False, "约束": True, "预期": False}
"""The kinds of indicator a plan names in brackets; they go before the wording."""

LEVELS = _words(
    """
    达到 达 已达到 实现 为 是 保持 保持在 维持 维持在 稳定在 提高到 提高至 提升到 提升至 增加到 增加至 增长到
    增长至 增至 上升到 上升至 扩大到 扩大至 下降到 下降至 降到 降至 降低到 降低至 减少到 减少至 减至 压减到
    压减至 压缩到 压缩至 调整到 调整至 均达到 均达 在 压降到 压降至 介于
    """
)
"""The number behind them is the level to be reached."""

MEASURES = _words(
    """
    覆盖率 覆盖面 完成率 达标率 合格率 满意率 满意度 办结率 办理率 处置率 发放率 入库率 建成率 签约率 参与率
    占比 比例 比率 比重 占比例 到位率 落实率 兑现率 知晓率 规范率 抽查率 公开率 核对率 复核率 准确率 及时率
    入住率 供养率 持证率 巡访率 响应率 回访率 整改率 检查率 普及率 安葬率 火化率 登记率 年检率 目标值 目标 任务
    任务数 目标任务 年度目标 年度任务 指标值 总数 总量 数量 人数 总人数 共 共计 累计 合计 总计 均 都 全面 进一步
    持续 稳步 逐步 按期 按时 如期 及时 一次性 全年 年度
    """
)
"""Words that name what is counted in general, or colour it, and change no number."""

COUNTING = _words(
    """
    新增 新建 增加 增设 增配 新设 新设立 新建成 新建设 新成立 新招 新招聘 新培育 建设 改建 改造 扩建 新改建
    新改扩建 改扩建 新(改)建 新(改、扩)建 新(改扩)建 (改)建 (改扩)建 提升改造 改造提升 提档升级 升级改造 翻建
    维修 修缮 打造 创建 建立 设立 成立 培育 培养 孵化 发展 开展 举办 组织 组织开展 召开 培训 引进 引入 配备 配置
    设置 设 设有 有 拥有 建有 配有 招聘 招募 登记 注册 检查 抽查 走访 救助 资助 慰问 发放 提供 服务 覆盖 惠及
    受益 安排 投入 投资 筹集 募集 争取资金 评选 评定 认定 推出 推广 安装 购置 采购 购买 办理 受理 办结 实施 落实
    规范 撤并 关停 取缔 整治 迁移 巡查 宣传 发布 报送 编制 制定 签订
    """
)
"""Verbs of counting: the number behind them is a count of its own, not a change against an earlier one."""

DONE = _words(
    """
    完成 建成 建成投用 建成并投用 建成并投入使用 建成启用 建成运营 启动 启动建设 启动实施 出台 投用 投入使用
    投入运营 投入运行 投运 开工 开工建设 竣工 竣工验收 完工 封顶 主体封顶 验收 通过验收 挂牌 揭牌 成立 设立 组建
    建立 印发 下发 制定 制定出台 制定印发 编制 发布 上线 上线运行 试运行 正式运行 运行 运营 启用 实施 全面实施
    落实 落实到位 到位 交付 交付使用 开业 开放 备案 报送 上报 签约 立项 办结 达标 创成 创建成功 落地
    """
)
"""Verbs that are done or not: alone, or with a date, they are a milestone (里程碑)."""

STAGES = _words(
    """
    任务 工作 建设 施工 整改 选址 招标 招投标 审批 立项 规划 设计 装修 主体工程 主体结构 主体建设 编制 申报 评估
    组建 搬迁 验收 建设任务 年度任务 改造 征地 备案 备案手续 手续 方案 签约 项目 登记 检查 培训 并 和 、 及 且
    内容 目标任务 全部任务
    """
)
"""What, beside the verb, a milestone may name without saying anything an indicator does not."""

EVERYTHING = _words("全覆盖 全面覆盖 全部覆盖 全域覆盖 全部 全体")
"""全覆盖: a hundred percent."""

PLACES = _words(
    """
    街镇 镇街 街道 乡镇 镇 乡 乡镇(街道) 镇(街道) 街道(乡镇) 街道(镇) 街道办 社区 村 行政村 村(社区) 社区(村)
    村社区 村居 村(居) 居委会 村委会 居村 居村委 区县 县区 县(市、区) 县市区 区 县 市 网格 机构 养老机构 家庭 户
    人 站点 站 小区 片区 万人 千人 百人 千名老人 千名老年人 百名老年人 百名老人 万名老年人 千名户籍老人
    万名常住人口 万常住人口 万户籍人口 百户 千户 年 月 季度 季 周 半年 天 日 次 所 家 个
    """
)
"""What a target may be 每 (per)."""

NEVER = re.compile(
    "(?:零|0起?)(?:发生|感染|事故|投诉|死亡|上访|差错|失误|违规|伤亡|遗漏|积压|案件|事件)+"
    "|(?:坚决)?不(?:得|再)?(?:发生|出现)(?:一起)?(?:重大|较大|特大|责任|安全|群体性|食品|消防|冲击|社会|道德|底线|事故|事件|问题|及以上)*"
)
"""None may happen: at most 0."""

RELATIVE = re.compile(
    "同比|环比|百分点|上年|去年|往年|前年|上一?年度|同期|基期|平均|年均|翻.{0,3}番|倍增"
    "|[比较](?:年初|计划|全[国省市区县]|[省市]|基数|历史|上[期月季]|现有|目前|20[0-9]{2}|19[0-9]{2})|相比|相较|高出|持平"
    "|(?:增长|递增|上升|下降|降低|减少|压减|缩减|削减|压降|下浮|上浮|增速|增幅|降幅|减幅|提高|提升)(?![到至]|改造)"
    "|(?:增加|新增|再增)(?=[^0-9]{0,3}[0-9.]+[%成])|翻倍|水平|超额"
)
"""Measured against something the text does not say in figures."""

UNMEASURABLE = re.compile(
    "稳步|逐[年步月]|进一步|明显|显著|大幅|持续|有效|切实|不断|位居|前列|领先|一流|应.尽.|加强|加大|加快|完善|强化|优化|推进|推动|深化"
    "|做好|做到|名列|走在|要求|充分|积极|健全|改善|增强|巩固|提质|扎实|全力|规范|创新|探索|良好|优秀|满意"
    "|第[一二三四五六七八九十0-9]+名"
)
VAGUE = re.compile(
    "若干|一批|部分|数[十百千万]|几|多个|大多数|少量|零星|[一二两三四五六七八九]{2}[十百千万个家]|分之|半"
)


def alternatives(words: Iterable[str]) -> str:
    """A pattern of words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word)))
