"""What a bulletin says in sentences, each made from its values and true for none, one and many of everything.

What was not reported is said to be so, and is never counted as behind, or as nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dashboard.display import Display
from dashboard.exports.model import Bulletin, Coverage, Section
from dashboard.exports.words import counted, row_text
from dashboard.tally import LIGHTS, Tally
from warehouse.measures.status import OFF_TRACK, Status
from warehouse.queries.mart import ProgressRow

TOLD = 5
"""How many rows are told in words; tables have all of them."""
JUDGED = tuple(light for light in LIGHTS if light is not Status.UNREPORTED)


def title(d: Display, b: Bulletin) -> str:
    """The title asked for, or one from the half-year, domain and district."""
    if b.request.title:
        return b.request.title
    where = b.districts[0].name(d.language) if len(b.districts) == 1 else ""
    what = b.domains[0].name(d.language) if len(b.domains) == 1 else d._("民政工作")
    text = d._("关于{where}{period}{what}目标完成情况的通报")
    if d.language == "en":
        where = f"{where}, " if where else ""
    return text.format(where=where, period=d.period(b.period), what=what)


def opening(d: Display, b: Bulletin) -> str:
    """The first sentence."""
    what = b.domains[0].name(d.language) if len(b.domains) == 1 else d._("民政工作")
    text = d._("现将{period}{what}目标完成情况通报如下。").format(period=d.period(b.period), what=what)
    return d.sentences(text, d._("本通报使用演示数据，不是真实情况。") if d.catalog.is_demo else "")


def overall(d: Display, b: Bulletin) -> str:
    """总体情况: targets, what was reported of them, and their lights."""
    _, period = d._, d.period(b.period)
    targeted = b.coverage.districts_targeted
    if not b.tally.targets:
        if not b.tally.monitored:
            return _("{period}没有目标，也没有填报完成值。").format(period=period)
        text = _("{period}没有适用的目标；填报的{n}项完成值只作监测，不作判断。")
        return text.format(period=period, n=f"{b.tally.monitored:,}")
    if targeted == 1:
        mine = next(d_ for d_ in b.districts if any(r.district_key == d_.key and r.target_key for r in b.rows))
        first = _("{period}，{district}共有目标{n}项。").format(
            period=period, district=mine.name(d.language), n=f"{b.tally.targets:,}"
        )
    else:
        first = _("{period}，{districts}个地区共有目标{n}项。").format(
            period=period, districts=targeted, n=f"{b.tally.targets:,}"
        )
    without = b.coverage.districts - targeted
    return d.sentences(
        first,
        lights(d, b.tally),
        _("另有{n}个地区在通报范围内没有本期目标。").format(n=without) if without else "",
        _("另有{n}项完成值没有适用的目标，只作监测。").format(n=f"{b.tally.monitored:,}") if b.tally.monitored else "",
    )


def lights(d: Display, tally: Tally) -> str:
    """How many targets were reported, what their lights are, and how many of the others are overdue."""
    _, missing = d._, tally.count(Status.UNREPORTED)
    if not tally.targets:
        return ""
    if not tally.reported:
        text = _("均未填报，完成情况无法判断。") if tally.targets > 1 else _("尚未填报，完成情况无法判断。")
        return d.sentences(text, overdue_text(d, missing, tally.overdue))
    found, n = [light for light in JUDGED if tally.count(light)], f"{tally.reported:,}"
    if not missing:
        if len(found) > 1:
            return _("已全部填报，其中{lights}。").format(lights=counted(d, tally, JUDGED))
        text = _("已全部填报，均为“{light}”。") if tally.targets > 1 else _("已经填报，为“{light}”。")
        return text.format(light=d.status(found[0]))
    if len(found) == 1:
        text = _("已填报的{n}项为“{light}”。") if tally.reported == 1 else _("已填报的{n}项均为“{light}”。")
        judged = text.format(n=n, light=d.status(found[0]))
    else:
        judged = _("已填报的{n}项中，{lights}。").format(n=n, lights=counted(d, tally, JUDGED))
    silent = _("未填报{n}项，不作判断。").format(n=f"{missing:,}")
    return d.sentences(judged, silent, overdue_text(d, missing, tally.overdue))


def overdue_text(d: Display, missing: int, overdue: int) -> str:
    """How many of the missing ones are overdue; empty where none is."""
    if not overdue:
        return ""
    if overdue == missing:
        return d._("未填报的目标均已逾期。") if missing > 1 else d._("未填报的这项目标已逾期。")
    return d._("未填报的目标中，{n}项已逾期。").format(n=f"{overdue:,}")


def cutoff(d: Display, b: Bulletin) -> str:
    """数据截至, data version, the day of the last file, and how much is covered."""
    _, c = d._, b.coverage
    is_known = any(row.actual_key is not None for row in b.rows)
    until = d.day(b.period.end_on) if is_known else _("尚无完成值")
    parts = [_("数据截至{until}").format(until=until) if is_known else until]
    if b.cutoff.asof is not None:
        parts.append(_("按{day}所知").format(day=d.day(b.cutoff.asof)))
    parts.append(_("数据版本{version}").format(version=b.cutoff.data_version))
    if b.cutoff.loaded_on is not None:
        parts.append(_("最近一批数据于{moment}入库").format(moment=d.moment(b.cutoff.loaded_on)))
    return d.sentences(_("，").join(parts) + _("。"), _covered(d, c))


def _covered(d: Display, c: Coverage) -> str:
    """How many of the districts reported anything, and on how many of the targets."""
    _ = d._
    if c.districts_reported == c.districts:
        of_districts = _("通报范围内{districts}个地区均已填报") if c.districts > 1 else _("通报范围内1个地区，已填报")
    elif c.districts_reported:
        of_districts = _("通报范围内{districts}个地区，{n}个已填报")
    else:
        of_districts = _("通报范围内{districts}个地区均未填报") if c.districts > 1 else _("通报范围内1个地区，未填报")
    of_targets = _("目标{targets}项，已填报{reported}项") if c.expected else _("没有本期目标")
    text = _("；").join((of_districts, of_targets)) + _("。")
    return text.format(
        districts=c.districts, n=c.districts_reported, targets=f"{c.expected:,}", reported=f"{c.reported:,}"
    )


def achieved(d: Display, b: Bulletin) -> list[str]:
    """达标: which, or how many in each district; then what is on its way as planned."""
    _, n = d._, len(b.achieved)
    if not b.tally.reported:
        return [_not_judged(d, b)]
    if not n:
        texts = [_("已填报的目标中，没有已达标的。")]
    elif n <= TOLD:
        texts = [_("已达标{n}项：{rows}。").format(n=n, rows=_told(d, b.achieved))]
    elif len(b.districts) == 1:
        texts = [_("已达标{n}项。").format(n=f"{n:,}")]
    else:
        texts = [_("已达标{n}项，其中{districts}。").format(n=f"{n:,}", districts=_by_district(d, b, b.achieved))]
        if len({row.district_key for row in b.achieved}) == 1:
            name = d.catalog.districts[b.achieved[0].district_key].name(d.language)
            texts = [_("已达标{n}项，均为{district}的目标。").format(n=f"{n:,}", district=name)]
    stretch = sum(row.is_stretch for row in b.achieved)
    if stretch:
        texts.append(_("其中{n}项达到了区间目标的上档。").format(n=f"{stretch:,}"))
    if b.on_track:
        texts.append(_("另有{n}项尚未到期，进度正常。").format(n=f"{len(b.on_track):,}"))
    return [d.sentences(*texts)]


def _not_judged(d: Display, b: Bulletin) -> str:
    if not b.tally.targets:
        return d._("本期没有目标，不作判断。")
    return (
        d._("目标的完成值都没有填报，尚不能判断。")
        if b.tally.targets > 1
        else d._("目标的完成值没有填报，尚不能判断。")
    )


def behind(d: Display, b: Bulletin) -> list[str]:
    """滞后: how many, where, and the worst in words, with gap and pace."""
    _, n = d._, len(b.behind)
    if not b.tally.reported:
        return [_not_judged(d, b)]
    texts = []
    if not n:
        texts.append(_("已填报的目标中，没有略滞后、滞后、未达标或者已突破的。"))
    else:
        lead = _("共{n}项：{lights}。").format(n=f"{n:,}", lights=counted(d, b.tally, OFF_TRACK))
        if n > TOLD and len({row.district_key for row in b.behind}) > 1:
            lead = d.sentences(lead, _("按地区计：{districts}。").format(districts=_by_district(d, b, b.behind)))
        texts.append(lead)
        told = _("具体是：{rows}。") if n <= TOLD else _("较突出的是：{rows}。")
        texts.append(told.format(rows=_told(d, b.behind[:TOLD])))
    if b.in_progress:
        text = _("另有{n}项在推进中：尚未到期，没有达到目标值，也没有序时进度可比，不判断快慢。")
        texts.append(text.format(n=f"{len(b.in_progress):,}"))
    return texts


def _told(d: Display, rows: Iterable[ProgressRow]) -> str:
    return d._("；").join(row_text(d, row) for row in rows)


def _by_district(d: Display, b: Bulletin, rows: Iterable[ProgressRow]) -> str:
    """筠泓区12项、棠岱区9项: the most first."""
    counts = Counter(row.district_key for row in rows)
    order = sorted((x for x in b.districts if x.key in counts), key=lambda x: -counts[x.key])
    one = d._("{district}{n}项")
    return d.join(one.format(district=x.name(d.language), n=f"{counts[x.key]:,}") for x in order)


def section(d: Display, s: Section) -> str:
    """A domain in a sentence or two."""
    _ = d._
    if not s.tally.targets:
        return _("填报完成值{n}项，没有适用的目标，只作监测。").format(n=f"{s.tally.monitored:,}")
    return d.sentences(
        _("共有目标{n}项。").format(n=f"{s.tally.targets:,}"),
        lights(d, s.tally),
        _("另有{n}项完成值没有适用的目标，只作监测。").format(n=f"{s.tally.monitored:,}") if s.tally.monitored else "",
    )
