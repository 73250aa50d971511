"""Figures as people write them in a return: ``１,２３４``, ``85％``, ``1.2万元``, ``1200余人``, ``八成``.

What cannot be read exactly is refused with a reason; a blank is a blank and never 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from etl.numerals import NUMERAL, fold, parse_numeral
from warehouse.measures.computed import EXACT

MOST_DIGITS = 30
"""More digits than that are refused: products of two must be exact in the measures' 60."""
_MOST_CHARACTERS = 100

_BLANKS = {
    "",
    *"""
    - -- --- — —— ——— – – ― ―― ─ / // \\ … …… ... 空 空白 (空) 空缺 缺 缺报 未填 未填报 未报 未报送 未上报 未提供
    未统计 尚未统计 暂未统计 待统计 待报 待填 待补 待定 待核实 暂缺 暂无数据 无数据 数据暂缺 不适用 N/A n/a NA null NULL
    """.split(),
}

BEFORE = {
    "约": "~", "大约": "~", "约为": "~", "大概": "~", "约有": "~", "≈": "~", "~": "~", "近": "<", "将近": "<",
    "接近": "<", "不足": "<", "不到": "<", "<": "<", "超": ">", "超过": ">", "逾": ">", ">": ">", ">=": ">=",
    "<=": "<=", "至少": ">=", "不少于": ">=", "不低于": ">=", "不超过": "<=", "不高于": "<=",
}  # fmt: skip
"""约数 words in front of a number, and the qualifier each stands for."""
AFTER = {
    "余": ">", "多": ">", "左右": "~", "上下": "~", "以上": ">=", "及以上": ">=", "以内": "<=", "以下": "<=",
    "及以下": "<=",
}  # fmt: skip
"""约数 words behind it."""
_FILLERS = ("共计", "共有", "总共", "合计", "共", "已完成", "实际完成", "完成", "已达到", "达到", "已达", "达")

MEASURE_WORDS = frozenset(
    """
    个 家 所 处 项 件 例 条 篇 把 张 座 次 轮 元 人 人次 户 户次 户数 对 名 位 场 场次 期 份 套 台 辆 间 栋 幢 支 只
    本 部 组 队 起 宗 单 笔 盏 门 班 倍 天 小时 分钟 公里 千米 公斤 千克 吨 升 亩 米 平方米 平方公里 村 社区 街道 街镇
    镇 乡 县 区 床 点 站 卡 岁 课时 学时 个工作日 工作日 个月 元/人 元/月 元/人/月 元/人·月 元/人、月 元/月/人 元/人/年
    元/年 个/街镇 个/万人 块 面 幅 册 袋 箱 盒 瓶 株 棵 餐 客 岗 趟 批次 人天 员 件次 处次 家次 分
    """.split()
)
"""Measure words (量词) a Chinese numeral, or a unit in brackets, may stand with."""

ARABIC = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
_DIGIT = "[零一二三四五六七八九]"
_UNIT = r"[\u4e00-\u9fffA-Za-z㎡][\u4e00-\u9fffA-Za-z²³]*?(?:[/·、][\u4e00-\u9fffA-Za-z]+?)*?"
_AFTER = "|".join(sorted(AFTER, key=len, reverse=True))
_SHARE = rf"""
    (?P<share>百分之|千分之)(?:(?P<share_arabic>{ARABIC})|(?P<share_whole>{NUMERAL}+)(?:点(?P<share_part>{_DIGIT}+))?)"""
_TENTHS = rf"""
    (?:(?P<tenths_arabic>{ARABIC})|(?P<tenths>[一二两三四五六七八九十])(?:点(?P<tenths_part>{_DIGIT}+))?)成
    (?P<hundredths>[一二三四五六七八九半])?"""
_FIGURES = rf"""
    (?:(?P<arabic>{ARABIC})(?P<small>百(?!分)|千(?![克米瓦卡帕伏赫升]))?
      |(?P<whole>{NUMERAL}+)(?:点(?P<part>{_DIGIT}+))?)
    (?P<more>余|多)?(?P<myriad>万亿|万|亿)?(?P<still_more>余|多)?
    (?P<unit>%|‰|\((?:%|‰|{_UNIT})\)|(?:{_UNIT})??)"""
_NUMBER = re.compile(
    rf"(?P<minus>-)?(?:{_SHARE}|{_TENTHS}|(?P<half>一半|半数)|{_FIGURES})(?P<after>{_AFTER})?", re.VERBOSE
)
_BEFORE = re.compile("|".join(map(re.escape, sorted(BEFORE, key=len, reverse=True))))
_FILLER = re.compile("|".join(sorted(_FILLERS, key=len, reverse=True)))
_NOT_IN_UNIT = re.compile(
    "[余多约近超增减较比内前后并和及与或的每各零一二三四五六七八九]|以上|以下|左右|上下|百分|成[一二三四五六七八九]"
)
_TIME = re.compile("[年月日号时]")
SIZES = {"百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "万亿": 10**12}
"""What a 千 or 万 behind figures multiplies them by."""
_QUALIFIED = {"余": ">", "多": ">", None: None}

ERROR = re.compile(r"#(DIV/0!|N/A|REF!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA|FIELD!)|Err:[0-9]{3}", re.I)
"""What a spreadsheet shows where a formula failed."""
_FORMULA = re.compile(r"[=@]|[+-]+[A-Za-z$(]")
_DATE = re.compile(
    r"[0-9]{4}年.*|[0-9]{4}([-/.])[0-9]{1,2}\1[0-9]{1,2}\D.*|[0-9]{4}([-/.])[0-9]{1,2}\2[0-9]{1,2}|[0-9]{4}[-/][0-9]{1,2}"
    r"|[0-9]{1,2}月([0-9]{1,2}[日号])?[底末前]*|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}|[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?"
)
_VAGUE = re.compile(
    "无|没有|零星|若干|个别|少量|少数|多数|部分|数[十百千万亿]|几|不详|不清|翻.?番|分之|许多|[一二两三四五六七八九]{2}"
)
_TOKEN = re.compile(rf"{ARABIC}")
_ONLY_FIGURES = re.compile(r"[0-9.,:/~—–()+\-eE%至到]+")


class NotAnAmount(ValueError):
    """A figure that cannot be read exactly, with its reason code and the words that stand in the way."""

    def __init__(self, reason_code: str, fragment: str) -> None:
        super().__init__(f"{reason_code}: {fragment}")
        self.reason_code = reason_code
        self.fragment = fragment


@dataclass(frozen=True, slots=True)
class Blank:
    """Nothing reported: an empty cell, or a mark such as — or 未报."""

    text: str


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure, exact. ``1.2万元`` is 1.2 with the unit 万元; ``1.2万`` is 12000 with no unit."""

    value: Decimal
    unit: str | None = None
    """As written (%, 人次, 万元, 元/人/月), not checked; None where none is written."""
    qualifier: str | None = None
    """> >= < <= ~ where the text calls the figure approximate (约数)."""
    magnitude: str | None = None
    """万, 亿, 千 or 百, where it is written and the value already contains it."""

    def without_magnitude(self) -> Amount:
        """The same with a leading 万 or 亿 of the unit multiplied in: 1.2 万户 → 12000 户."""
        found = re.match("(万亿|万|亿)(.+)", self.unit or "")
        if found is None:
            return self
        return replace(self, value=_times(self.value, found[1]), unit=found[2], magnitude=found[1])


def is_blank(text: str) -> bool:
    """Whether a cell says nothing, or only that nothing is reported (未填报)."""
    return fold(text) in _BLANKS


def parse_amount(text: str) -> Amount | Blank:
    """Read a figure as people write it. Errors: NotAnAmount (see the codes in ``etl.reasons``)."""
    if is_blank(text):
        return Blank(text)
    folded = fold(text).removeprefix("'")
    refuse_formula(folded, text)
    if re.fullmatch(rf"[+-]?(?:{ARABIC})", folded):
        value = _decimal(folded.removeprefix("+"), text)
        return Amount(value if value else value.copy_abs())  # -0 is nothing less than 0
    if _DATE.fullmatch(folded):
        raise NotAnAmount("not_a_number", shorten(text))
    rest, qualifiers = folded, []
    if filler := _FILLER.match(rest):
        rest = rest[filler.end() :]
    if before := _BEFORE.match(rest):
        rest = rest[before.end() :]
        qualifiers.append(BEFORE[before[0]])
    try:
        amount = parse_plain(rest)
    except NotAnAmount as error:
        if error.reason_code == "ambiguous_number":
            raise NotAnAmount(error.reason_code, shorten(text)) from None
        raise NotAnAmount(_why_not(folded), shorten(text)) from None
    if amount.qualifier:
        qualifiers.append(amount.qualifier)
    if len(set(qualifiers)) > 1:
        raise NotAnAmount("ambiguous_number", shorten(text))
    return replace(amount, qualifier=qualifiers[0] if qualifiers else None)


def parse_plain(folded: str) -> Amount:
    """Read a number with its unit and the words behind it, of folded text. Errors: NotAnAmount."""
    found = _NUMBER.fullmatch(folded) if len(folded) <= _MOST_CHARACTERS else None
    if found is None:
        raise NotAnAmount("not_a_number", shorten(folded))
    marks = {_QUALIFIED[found["more"]], _QUALIFIED[found["still_more"]], AFTER.get(found["after"])} - {None}
    if len(marks) > 1:
        raise NotAnAmount("ambiguous_number", folded)
    value, unit, magnitude = _value_and_unit(found)
    qualifier = next(iter(marks), None)
    return Amount(-value if found["minus"] else value, unit, qualifier, magnitude)


def refuse_formula(folded: str, text: str) -> None:
    """Refuse what a spreadsheet failed to compute, or never computed. Errors: NotAnAmount."""
    if ERROR.fullmatch(folded):
        raise NotAnAmount("formula_error", shorten(text))
    if _FORMULA.match(folded):
        raise NotAnAmount("formula_not_computed", shorten(text))


def shorten(text: str) -> str:
    """A fragment short enough for a message."""
    return text if len(text) <= 40 else f"{text[:39]}…"


def _value_and_unit(found: re.Match[str]) -> tuple[Decimal, str | None, str | None]:
    text = found[0]
    if found["share"]:
        value = _number(found["share_arabic"], found["share_whole"], found["share_part"], text)
        return value, "%" if found["share"] == "百分之" else "‰", None
    if found["half"]:
        return Decimal(50), "%", None
    if found["tenths"] or found["tenths_arabic"]:
        value = EXACT.multiply(
            _number(found["tenths_arabic"], found["tenths"], found["tenths_part"], text), Decimal(10)
        )
        more = found["hundredths"]
        if value > 100 or (more and (value == 100 or value % 10)):
            raise NotAnAmount("ambiguous_number", text)
        return _tidy(value + (5 if more == "半" else parse_numeral(more) or 0 if more else 0)), "%", None
    value = _number(found["arabic"], found["whole"], found["part"], text)
    unit: str | None = found["unit"].strip("()") or None
    bare = re.sub("^(万亿|万|亿)", "", unit or "")
    if unit and unit not in ("%", "‰") and (_NOT_IN_UNIT.search(unit) or _TIME.match(unit) or len(unit) > 12):
        raise NotAnAmount("not_a_number", text)
    needs_measure = found["whole"] or found["unit"].startswith("(")
    if unit and needs_measure and unit != "%" and bare not in MEASURE_WORDS:
        raise NotAnAmount("ambiguous_number", text)
    if found["small"]:
        value = _times(value, found["small"])
    if not found["myriad"]:
        return _checked(value, text), unit, found["small"]
    if unit is None:
        return _checked(_times(value, found["myriad"]), text), None, found["myriad"]
    if unit in ("%", "‰") or found["unit"].startswith("("):
        raise NotAnAmount("ambiguous_number", text)
    return _checked(value, text), found["myriad"] + unit, None


def _number(arabic: str | None, whole: str | None, part: str | None, text: str) -> Decimal:
    if arabic:
        return _decimal(arabic, text)
    number = parse_numeral(whole or "")
    if number is None:
        raise NotAnAmount("ambiguous_number", text)
    if part is None:
        return Decimal(number)
    return _decimal(f"{number}.{''.join(str(parse_numeral(digit)) for digit in part)}", text)


def _decimal(text: str, whole_text: str) -> Decimal:
    return _checked(Decimal(text.replace(",", "")), whole_text)


def _checked(value: Decimal, text: str) -> Decimal:
    if len(value.as_tuple().digits) > MOST_DIGITS:
        raise NotAnAmount("not_a_number", shorten(text))
    return value


def _times(value: Decimal, size: str) -> Decimal:
    return _tidy(EXACT.multiply(value, Decimal(SIZES[size])))


def _tidy(value: Decimal) -> Decimal:
    """Without the zeros behind the point that multiplying left."""
    whole = EXACT.quantize(value, Decimal(1))
    return whole if whole == value else value.normalize(EXACT)


def _why_not(folded: str) -> str:
    if len(_TOKEN.findall(folded)) > 1:
        return "ambiguous_number" if _ONLY_FIGURES.fullmatch(folded) else "several_numbers"
    if re.fullmatch(r"\(-?[0-9.,%]+\)|[0-9.,eE+\-]*[0-9][0-9.,eE+\-]*%?", folded) or _VAGUE.search(folded):
        return "ambiguous_number"
    return "not_a_number"
