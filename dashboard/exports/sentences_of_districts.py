"""The same of districts, and of what was decided: ranks, who did not report, action items, changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from dashboard.display import Display
from dashboard.exports.model import Bulletin, Standing
from dashboard.exports.sentences import TOLD, overdue_text
from dashboard.exports.words import item_place, plain
from warehouse.catalog import District
from warehouse.measures.status import Status
from warehouse.queries.actions import ItemState
from warehouse.queries.changes import Move

MOVES = (Move.WORSE, Move.BETTER, Move.REPORTED, Move.UNREPORTED, Move.TARGET, Move.SAME)


def ranking(d: Display, b: Bulletin) -> list[str]:
    """排名: first and last by score, ties together; who is not ranked, and why."""
    _ = d._
    ranked = [s for s in b.standings if s.rank is not None]
    texts = []
    if ranked:
        groups = [list(group) for _rank, group in groupby(ranked, key=lambda s: s.rank)]
        if len(groups) == 1:
            text = _("{n}个地区考核得分相同，均为{score}，并列第1。")
            texts.append(text.format(n=len(ranked), score=_score(d, ranked[0])))
        elif len(groups) <= TOLD:
            texts.append(_("按考核得分，{places}。").format(places=_places(d, groups)))
        else:
            text = _("{n}个地区按考核得分排名，居前的是：{first}；居后的是：{last}。")
            texts.append(text.format(n=len(ranked), first=_places(d, groups[:3]), last=_places(d, groups[-1:])))
    elif len(b.districts) == 1:
        texts.append(_single(d, b.standings[0]))
    else:
        some = [s for s in b.standings if s.score.reported]
        if some:
            texts.append(
                _("只有{district}填报了目标的完成值，不排名。").format(district=some[0].district.name(d.language))
            )
        elif b.tally.targets:
            texts.append(_("没有地区填报目标的完成值，不排名。"))
        else:
            texts.append(_("本期没有目标，不排名。"))
    if ranked:
        unranked = [s for s in b.standings if s.rank is None]
        silent = [s.district for s in unranked if s.score.targets and not s.score.reported]
        without = [s.district for s in unranked if not s.score.targets]
        if silent:
            texts.append(_("{districts}没有填报目标的完成值，不参加排名。").format(districts=_names(d, silent)))
        if without:
            texts.append(_("{districts}在通报范围内没有本期目标，不参加排名。").format(districts=_names(d, without)))
    rule = _(
        "考核得分按权重计算，完成率高于100%的按100%计，没有完成率的按是否达标计；"
        "同一指标有几个目标的逐一计分，未填报的目标计0分并单独列出。"
    )
    return [d.sentences(*texts), rule] if ranked or any(s.score.reported for s in b.standings) else texts


def _single(d: Display, standing: Standing) -> str:
    name = standing.district.name(d.language)
    if not standing.score.targets:
        return d._("{district}在通报范围内没有本期目标，没有考核得分。").format(district=name)
    if not standing.score.reported:
        return d._("{district}没有填报目标的完成值，不计考核得分。").format(district=name)
    text = d._("{district}考核得分{score}（目标{targets}项，已填报{reported}项）。只有一个地区，不排名。")
    s = standing.score
    return text.format(district=name, score=_score(d, standing), targets=s.targets, reported=s.reported)


def _places(d: Display, groups: Sequence[Sequence[Standing]]) -> str:
    """甲区第1（96.35%），乙区、丙区并列第2（90.00%）."""
    texts = []
    for group in groups:
        place = d._("并列第{n}") if group[0].is_tied else d._("第{n}")
        names = d.join(s.district.name(d.language) for s in group)
        gap = "" if d.language == "zh" else " "
        score = d._("，").join(filter(None, (_score(d, group[0]), _left_out(d, group))))
        texts.append(f"{names}{gap}{place.format(n=group[0].rank)}{d.brackets(score)}")
    return d._("，").join(texts)


def _left_out(d: Display, group: Sequence[Standing]) -> str:
    """How much a single district reported, where that was not everything."""
    s = group[0].score
    if len(group) > 1 or s.reported == s.targets:
        return ""
    return d._("{targets}项目标填报{reported}项").format(targets=s.targets, reported=s.reported)


def _score(d: Display, standing: Standing) -> str:
    return plain(d.share(standing.value, "no_weight"))


def _names(d: Display, districts: Sequence[District]) -> str:
    return d.join(district.name(d.language) for district in districts)


def unreported(d: Display, b: Bulletin) -> list[str]:
    """未填报: districts that reported nothing, those that left something out, and what is overdue."""
    _, missing = d._, b.tally.count(Status.UNREPORTED)
    if not b.tally.targets:
        return [_("本期没有应填报的目标。")]
    if not missing:
        return [_("应填报的{n}项目标已全部填报。").format(n=f"{b.tally.targets:,}")]
    wholly = [s for s in b.unreported if s.is_wholly]
    partly = sorted((s for s in b.unreported if not s.is_wholly), key=lambda s: -len(s.rows))
    texts = []
    if wholly:
        count = sum(len(s.rows) for s in wholly)
        text = _("{districts}没有填报本通报所列的任何指标，涉及目标{n}项。")
        if len(wholly) > 1:
            text = _("{districts}等{k}个地区没有填报本通报所列的任何指标，共涉及目标{n}项。")
        texts.append(text.format(districts=_names(d, [s.district for s in wholly]), k=len(wholly), n=f"{count:,}"))
    if partly and len(b.districts) == 1:
        texts.append(_("{district}有{n}项目标没有填报。").format(
            district=_names(d, [s.district for s in partly]), n=f"{len(partly[0].rows):,}"
        ))  # fmt: skip
    elif partly:
        one = _("{district}{n}项")
        named = d.join(one.format(district=s.district.name(d.language), n=f"{len(s.rows):,}") for s in partly)
        texts.append(_("已经填报、但有目标漏报的有{k}个地区：{districts}。").format(k=len(partly), districts=named))
    texts.append(overdue_text(d, missing, b.tally.overdue))
    texts.append(_("未填报的目标不作达标或者滞后判断。"))
    return [d.sentences(*texts)]


def items(d: Display, b: Bulletin) -> list[str]:
    """督办事项: the open ones, those overdue by how many days; nothing for whom they are not for."""
    _, n = d._, len(b.items)
    if not b.tells_items:
        return []
    if not n:
        return [_("目前没有未办结的督办事项。")]
    overdue = [item for item in b.items if item.is_overdue(b.today)]
    states = [
        (_("延期{n}项"), sum(item.state is ItemState.EXTENDED for item in b.items)),
        (_("退回{n}项"), sum(item.state is ItemState.RETURNED for item in b.items)),
        (_("已反馈待核{n}项"), sum(item.awaits_check for item in b.items)),
    ]
    named = d.join(text.format(n=count) for text, count in states if count)
    lead = _("未办结的督办事项共{n}项。").format(n=n)
    if named:
        lead = _("未办结的督办事项共{n}项，其中{states}。").format(n=n, states=named)
    if not overdue:
        return [d.sentences(lead, _("均未到办结期限。") if n > 1 else _("尚未到办结期限。"))]
    one = _("{office}负责的“{what}”（{district}{series}）应于{day}办结，已逾期{days}天")
    told = []
    for item in sorted(overdue, key=lambda item: item.due_on)[:TOLD]:
        district, series = item_place(d, item)
        told.append(one.format(
            office=item.office, what=item.what.rstrip("。. "), district=district, series=series,
            day=d.day(item.due_on), days=(b.today - item.due_on).days,
        ))  # fmt: skip
    text = _("已逾期{n}项：{items}。") if len(overdue) <= TOLD else _("已逾期{n}项，逾期最久的是：{items}。")
    return [lead, text.format(n=len(overdue), items=_("；").join(told))]


def changes(d: Display, b: Bulletin) -> list[str]:
    """与某日相比: how many rows read otherwise, and what became of their lights."""
    if b.changes is None or b.request.since is None:
        return []
    _, day = d._, d.day(b.request.since)
    if not b.changes:
        return [_("与{day}所知相比，本期的完成值、目标和亮灯都没有变化。").format(day=day)]
    words = {
        Move.WORSE: _("变差{n}项"), Move.BETTER: _("变好{n}项"), Move.REPORTED: _("新填报{n}项"),
        Move.UNREPORTED: _("不再填报{n}项"), Move.TARGET: _("目标增减{n}项"),
        Move.SAME: _("亮灯未变、数值或者目标有变{n}项"),
    }  # fmt: skip
    counts = Counter(change.move for change in b.changes)
    named = d.join(words[move].format(n=f"{counts[move]:,}") for move in MOVES if counts[move])
    text = _("与{day}所知相比，本期有{n}项不同：{moves}。")
    return [text.format(day=day, n=f"{len(b.changes):,}", moves=named)]
