"""Targets as people write them: ``≥80%``, ``力争1200人次以上``, ``3~5个``, ``全覆盖``, ``10月底前完成``.

The grammar, over text folded to half width and without spaces:

    target  = [words] [每 place] [words] [comparator] number [suffix] [words]      with a date anywhere
            | [words] number 至 number [words]
            | [words] 全覆盖 | 零发生 | 不发生
            | [date] done-word                                                        (a milestone)

The words stand in ``etl.target_words``, numbers and units in ``etl.amount``, dates in ``etl.target_dates``, and
examples of everything in ``etl.target_examples``. Whatever is left unread is refused, never left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from etl import target_words as w
from etl.amount import ARABIC, MEASURE_WORDS, Amount, NotAnAmount, is_blank, parse_plain, refuse_formula, shorten
from etl.numerals import fold
from etl.ranges import parse_range
from etl.target_dates import Due, NotADate, find_due

_MOST_CHARACTERS = 200
_MARKS = ",，、;；。:!！ "
_PAIRS = {"“": "”", "‘": "’", '"': '"', "'": "'", "「": "」", "『": "』", "《": "》", "【": "】", "[": "]", "(": ")"}

_NAME = "\ue000"
"""Stands for the name of the row's own indicator while a text is read."""
_LABEL = re.compile(r"[(\[【](约束性?|预期性?)(?:指标|目标|任务)?[)\]】]|(约束性|预期性)(?:指标|目标|任务)?")
_HEAD = re.compile(
    w.alternatives(
        (*w.COMPARATORS, *w.STRICT, *w.APPROXIMATE, *w.CONTROL, *w.INTENT, *w.LEVELS, *w.MEASURES, *w.COUNTING, *w.DONE,
         *w.STAGES, *w.EVERYTHING, _NAME)
    )
)  # fmt: skip
_PER = re.compile(rf"[每各]一?个?({w.alternatives(w.PLACES)})")
_PLACE = re.compile(rf"(?:各|每个?)?(?:{w.alternatives(w.PLACES)})(?=(?:实现)?(?:{w.alternatives(w.EVERYTHING)}))")
_BEHIND = w.alternatives((*w.DONE, *w.EVERYTHING, "覆盖", "目标", "任务", _NAME))
_TAIL = re.compile(rf"(?:[并和及且]?({_BEHIND})|\(({_BEHIND})\))$")
_SUFFIX = re.compile(rf"(?:{w.alternatives(w.SUFFIXES)})$")
_BETWEEN = re.compile("(?:之间|区间)$")
_COUNTED = re.compile(rf"(?:{ARABIC})|百分之|[一二三四五六七八九]成")
_ONLY_FIGURES = re.compile(r"[0-9.,:/+\-eE%~ ]+")
_FORMULA = re.compile(r"@|=.*[A-Za-z+*^$!(]|[+-]+[A-Za-z$(]")
_MONTH_OF_YEAR = re.compile(r"(?:19|20)[0-9]{2}\.(?:0?[1-9]|1[0-2])")
_DURATIONS = ("个月", "天", "小时", "分钟", "工作日", "个工作日", "周")


class NotATarget(ValueError):
    """A target that cannot be read exactly, with its reason code and the words that stand in the way."""

    def __init__(self, reason_code: str, fragment: str) -> None:
        super().__init__(f"{reason_code}: {fragment}")
        self.reason_code = reason_code
        self.fragment = shorten(fragment.replace(_NAME, "…"))


@dataclass(frozen=True, slots=True)
class TargetText:
    """A target as read. A milestone (里程碑) has neither comparator nor value."""

    original: str
    comparator: str | None = None
    """>= <= = range or all, as in ``measures.target.Comparator``."""
    value: Decimal | None = None
    value_high: Decimal | None = None
    unit: str | None = None
    """As written, with what it is per: 个/街镇. None where none is written."""
    due_on: date | None = None
    per: str | None = None
    """What the number is for each of: 街镇, 社区, 人/月."""
    is_binding: bool | None = None
    """约束性 or 预期性; None where the text does not say."""
    words: tuple[str, ...] = ()
    """Words that were understood and change no number (力争, 新增), in their order."""


@dataclass(slots=True)
class _Heard:
    """What the words around a number say."""

    words: list[str]
    comparators: set[str]
    per: str | None = None
    is_all: bool = False
    is_controlled: bool = False


def parse_target(text: str, year: int | None = None, names: Iterable[str] = ()) -> TargetText:
    """Read a target as people write it.

    ``year`` is that of a date without one (10月底前); ``names`` are those of the row's own indicator, which
    the text may repeat once (新增养老床位600张). Errors: NotATarget for what is not read to the last character.
    """
    if is_blank(text):
        raise NotATarget("missing_value", text)
    folded = fold(text).removeprefix("'")
    if len(folded) > _MOST_CHARACTERS:
        raise NotATarget("not_a_target", text)
    if re.fullmatch(rf"\((?:{ARABIC})\)", folded):
        raise NotATarget("ambiguous_target", text)
    try:
        if not re.match("=[^=]", folded) or _FORMULA.match(folded):
            refuse_formula(folded, text)
        folded = _unwrap(folded)
        rest, name = _without_name(folded, names)
        rest, label = _take_label(rest)
        if found := w.RELATIVE.search(rest):
            raise NotATarget("relative_target", found[0])
        if "不含" in rest:
            raise NotATarget("strict_comparator", rest)
        due = find_due(rest, year)
    except (NotAnAmount, NotADate) as error:
        raise NotATarget(error.reason_code, error.fragment) from None
    heard = _Heard([], set())
    rest = _hear_ahead(_without_date(rest, due), heard)
    try:
        read = _read(_unwrap(rest) if heard.is_all else rest, heard, due)
    except NotAnAmount as error:
        if error.reason_code == "not_a_number":
            raise _unread(rest, folded) from None
        reason = "ambiguous_target" if error.reason_code == "ambiguous_number" else error.reason_code
        raise NotATarget(reason, rest) from None
    words = tuple(name if word == _NAME else word for word in heard.words)
    binding = {w.INTENT[word] for word in heard.words if w.INTENT.get(word) is not None}
    if label is None and len(binding) > 1:
        raise NotATarget("ambiguous_target", folded)
    return replace(
        read,
        original=text,
        due_on=due.on if due else None,
        is_binding=label if label is not None else next(iter(binding), None),
        words=words,
    )


def _read(rest: str, heard: _Heard, due: Due | None) -> TargetText:
    """What is said, without what holds for every target. Errors: NotATarget, NotAnAmount for an unread rest."""
    if not rest:
        return _without_number(heard, due)
    if w.NEVER.fullmatch(rest) and not heard.comparators and not heard.is_all and heard.per is None:
        return TargetText("", "<=", Decimal(0))
    body, is_between = _hear_behind(rest, heard)
    low, high = _ends(body)
    if any(end.qualifier or end.value.is_signed() for end in (low, high or low)):
        raise NotATarget("ambiguous_target", body)
    if (is_between and high is None) or _MONTH_OF_YEAR.fullmatch(body):
        raise NotATarget("ambiguous_target", rest)
    unit = _unit(low, heard, rest)
    if heard.is_all:
        if low.value != 100 or unit != "%" or high or heard.comparators:
            raise NotATarget("ambiguous_target", rest)
        return TargetText("", "all", Decimal(100), unit="%")
    comparator = _comparator(heard, is_range=high is not None)
    if comparator is None:
        raise NotATarget("ambiguous_target", rest)
    return TargetText("", comparator, low.value, high.value if high else None, unit, per=heard.per)


def _without_number(heard: _Heard, due: Due | None) -> TargetText:
    if heard.comparators or heard.is_controlled or heard.per:
        raise NotATarget("not_a_target", "".join(heard.words))
    if heard.is_all:
        return TargetText("", "all", Decimal(100), unit="%")
    if any(word in w.DONE for word in heard.words):
        return TargetText("")
    if due and all(word in w.INTENT for word in heard.words):
        if due.is_deadline:
            return TargetText("")
        raise NotATarget("ambiguous_target", due.on.isoformat())
    raise NotATarget("not_measurable" if heard.words else "not_a_target", "".join(heard.words))


def _unwrap(text: str) -> str:
    """Without quotes and brackets around the whole, and without the full stop."""
    text = text.strip(_MARKS)
    while len(text) > 1 and _PAIRS.get(text[0]) == text[-1] and not {text[0], text[-1]} & set(text[1:-1]):
        text = text[1:-1].strip(_MARKS)
    return text


def _without_name(text: str, names: Iterable[str]) -> tuple[str, str]:
    """The text with a sign for the longest of the names in it, with or without its 数, and that name."""
    if _NAME in text:
        raise NotATarget("not_a_target", text)
    known = {shorter for name in names if (full := fold(name)) for shorter in (full, full.removesuffix("数"))}
    name = next((name for name in sorted(known, key=lambda name: (-len(name), name)) if name and name in text), "")
    return (text.replace(name, _NAME, 1), name) if name else (text, "")


def _take_label(text: str) -> tuple[str, bool | None]:
    labels = {w.LABELS[found[1] or found[2]] for found in _LABEL.finditer(text)}
    if len(labels) > 1:
        raise NotATarget("ambiguous_target", text)
    return _LABEL.sub(",", text).strip(_MARKS), next(iter(labels), None)


def _without_date(text: str, due: Due | None) -> str:
    if due is None:
        return text
    joined = f"{due.before.strip(_MARKS)},{due.after.strip(_MARKS)}"
    return re.sub(rf"\(,?((?:{w.alternatives(w.DONE)})?),?\)", r",\1", joined).strip(_MARKS)


def _hear_ahead(rest: str, heard: _Heard) -> str:
    """Take the known words in front, and return what follows them."""
    while rest := rest.lstrip(_MARKS):
        if place := _PLACE.match(rest):
            heard.words.append(place[0])
            rest = rest[place.end() :]
        elif per := _PER.match(rest):
            heard.per = per[1] if heard.per is None else f"{heard.per}/{per[1]}"
            rest = rest[per.end() :]
        elif word := _HEAD.match(rest):
            _hear(word[0], heard)
            rest = rest[word.end() :]
        else:
            break
    return rest


def _hear(word: str, heard: _Heard) -> None:
    if word in w.STRICT:
        raise NotATarget("strict_comparator", word)
    if word in w.APPROXIMATE:
        raise NotATarget("ambiguous_target", word)
    if word in w.COMPARATORS:
        heard.comparators.add(w.COMPARATORS[word])
    elif word in w.CONTROL:
        heard.is_controlled = True
    elif word in w.EVERYTHING:
        heard.is_all = True
    else:
        heard.words.append(word)


def _hear_behind(rest: str, heard: _Heard) -> tuple[str, bool]:
    """Take the known words behind a number; what is left, and whether 之间 was among them."""
    is_between = False
    tail: list[str] = []
    while found := _TAIL.search(rest):
        rest = rest[: found.start()].rstrip(_MARKS)
        word = found[1] or found[2]
        if word in w.EVERYTHING:
            heard.is_all = True
        else:
            tail.insert(0, word)
    heard.words += tail
    if heard.comparators & {">=", "<="}:
        rest = rest.removesuffix("(含)")
    if found := _SUFFIX.search(rest):
        rest = rest[: found.start()]
        heard.comparators.add(w.SUFFIXES[found[0]])
    elif found := _BETWEEN.search(rest):
        rest, is_between = rest[: found.start()], True
    return rest, is_between


def _ends(body: str) -> tuple[Amount, Amount | None]:
    """The number, or both ends of a range. Errors: NotAnAmount."""
    try:
        return parse_plain(body), None
    except NotAnAmount:
        return parse_range(body)


def _unit(number: Amount, heard: _Heard, rest: str) -> str | None:
    unit = number.unit
    bare = re.sub("^(?:万亿|万|亿)", "", unit or "")
    if bare not in MEASURE_WORDS and len(re.split("[/·、]", bare)[0]) > 2:
        raise NotATarget("not_a_target", bare)
    if bare in _DURATIONS and any(word in w.DONE for word in heard.words):
        raise NotATarget("not_a_target", rest)
    if heard.per is None:
        return unit
    if unit is None or unit in ("%", "‰"):
        raise NotATarget("ambiguous_target", rest)
    return f"{unit}/{heard.per}"


def _comparator(heard: _Heard, *, is_range: bool) -> str | None:
    """The comparison all the words together say; None where they contradict each other, or say too little."""
    if is_range:
        return None if heard.comparators else "range"
    if heard.is_controlled and "<=" not in heard.comparators:
        return None
    return next(iter(heard.comparators or {"="})) if len(heard.comparators) < 2 else None


def _unread(rest: str, folded: str) -> NotATarget:
    """Why nothing came of it."""
    numbers = len(_COUNTED.findall(rest))
    is_open = re.search("±|[0-9][/:][0-9]", rest) or (numbers and _ONLY_FIGURES.fullmatch(rest))
    if is_open or (numbers < 2 and w.VAGUE.search(rest)):
        return NotATarget("ambiguous_target", rest)
    if numbers > 1:
        return NotATarget("several_targets", rest)
    if numbers == 0 and w.UNMEASURABLE.search(folded):
        return NotATarget("not_measurable", folded)
    return NotATarget("not_a_target", rest)
