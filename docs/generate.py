"""Writes the documents that are made from code and data: ``python -m docs.generate [--check]``.

data-dictionary.md from ``warehouse.tables``, data-format.md from prose/, ``etl.columns`` and ``etl.vocabulary``,
refusals.md from ``etl.reasons``, methodology.md from ``warehouse.methodology``, data-notes.md from data/.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from etl.columns import ACTUAL_COLUMNS, TARGET_COLUMNS
from etl.layout import ACTUAL, IGNORED, SUBTOTAL, TARGET
from etl.reasons import REASONS
from etl.target_examples import EXAMPLES, REFUSED, YEAR
from etl.vocabulary import AMBIGUOUS, WORDS
from warehouse.methodology import RULES, read_cases
from warehouse.room_tables import metadata

DOCS = Path(__file__).parent
DATA = DOCS.parent / "data"


def table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    headings = list(headings)
    lines = ["| " + " | ".join(headings) + " |", "|" + " --- |" * len(headings)]
    lines += [
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows
    ]
    return "\n".join(lines)


def data_dictionary() -> str:
    """Tables and columns with their comments."""
    parts = [
        "# Data dictionary\n\nGenerated from `tables.py`, `access_tables.py` and `room_tables.py` in `warehouse/`; "
        "`make docs` writes it anew."
    ]
    for item in metadata.sorted_tables:
        rows = [(f"`{c.name}`", str(c.type), "" if c.nullable else "not null", c.comment or "") for c in item.columns]
        parts.append(f"## {item.name}\n\n{item.comment}\n\n{table(('column', 'type', '', 'meaning'), rows)}")
    return "\n\n".join(parts)


def data_format() -> str:
    """What a file may look like, and the documented columns."""
    prose = (DOCS / "prose" / "data-format.md").read_text(encoding="utf-8")
    parts = [prose.strip().replace("{headings}", headings())]
    for title, columns in (("目标 · Targets", TARGET_COLUMNS), ("完成值 · Actuals", ACTUAL_COLUMNS)):
        rows = [
            (
                f"`{c.name}`", "、".join((c.zh, *(a for a in c.aliases if not a.isascii()))),
                "必填 required" if c.required else "", c.about_zh, c.about_en,
            )
            for c in columns
        ]  # fmt: skip
        parts.append(f"## {title}\n\n{table(('column', '中文列名', '', '说明', 'meaning'), rows)}")
        if columns is TARGET_COLUMNS:
            parts.append(target_texts())
    return "\n\n".join(parts)


_SHOWN_USES = (
    ("district_code", "地区", "district"), ("indicator_code", "指标", "indicator"),
    ("period_code", "半年度", "half-year"), ("breakdown_code", "分组", "breakdown"),
    ("unit_code", "单位", "unit"), (TARGET, "目标", "target"),
    (ACTUAL, "完成值", "actual"), ("due_text", "截止日期", "due date"), ("blank_reason", "未报原因", "why it is blank"),
    ("note", "备注", "note"), (SUBTOTAL, "合计，核对用", "a sum, checked"), (IGNORED, "不使用", "not used"),
)  # fmt: skip


def headings() -> str:
    """The words of headings, from the vocabulary they are read by."""
    rows = [
        (f"{zh} · {en}", "、".join(word for word, use in WORDS.items() if use == wanted and not word.isascii()))
        for wanted, zh, en in _SHOWN_USES
    ]
    ambiguous = "、".join(word for word in AMBIGUOUS if word)
    return (
        "认得的列标题（不计空格和全半角；前后可以有年份、半年度和括号里的单位） · headings that are understood "
        "(spaces and width of characters do not count; a year, a half-year or a unit in brackets may stand with them):"
        "\n\n"
        + table(("用途 use", "列标题 headings"), rows)
        + f"\n\n{ambiguous}：看下面的内容是什么 · what stands below decides."
    )


def target_texts() -> str:
    """Targets as people write them, from the examples the grammar is tested with."""
    heads = ("写法 as written", "比较符 comparator", "值 value", "上限 high", "单位 unit", "截止日期 due")
    return (
        "### 目标的写法 · Targets as people write them\n\n"
        "目标可以照计划里的写法填在一格里，读成比较符、值、上限、单位和日期，原文保留。"
        "“以上、以内、以下”含本数；“达到”记 `=`（越高越好的指标，等于或超过即达标）。"
        f"没有年份的日期按该行的年份（下表按 {YEAR} 年）。只要有一个字读不懂，就不收，并说明原因。\n\n"
        "A target may stand in one cell in the words of the plan; it is read as comparator, value, high value, unit "
        "and date, and the words are kept. 以上, 以内 and 以下 include the number; 达到 is `=` (where higher is "
        f"better, at least that). A date without a year is of the row's own ({YEAR} below). "
        "What is not understood to the last character is refused, with the reason.\n\n"
        + table(heads, EXAMPLES)
        + "\n\n不收的写法 · refused, with the reason code (refusals.md says what to write instead):\n\n"
        + table(("写法 as written", "原因 reason"), ((text, f"`{code}`") for text, code in REFUSED))
    )


def refusals() -> str:
    """Reason codes."""
    rows = [(f"`{r.code}`", "提醒 caution" if r.is_caution else "拒收 refused", r.zh, r.en) for r in REASONS.values()]
    return (
        "# 拒收原因和提醒 · Why rows are refused, and cautions\n\n"
        "读入的数 = 接受 + 拒收；被拒收的连同原文和发现的全部问题保存在 `quarantine_row`。提醒不拒收，只请核对。"
        "留空的完成值既不是接受也不是拒收。\n\n"
        "Figures in = accepted + refused; a refused one is kept, as found and with all that is wrong with it, in "
        "`quarantine_row`. A caution refuses nothing and only wants to be looked at. Actuals left blank are neither "
        "accepted nor refused.\n\n" + table(("code", "", "原因与办法", "reason and remedy"), rows)
    )


def methodology() -> str:
    """The rules with their cases."""
    parts = [
        "# 口径 · Methodology\n\nGenerated from the cases the rules are tested with (`warehouse/measures/cases`). "
        "`—code` stands for: not computable, with the reason."
    ]
    for rule in RULES:
        cases = read_cases(rule)
        names = [n for n in cases[0] if n not in ("case", "en") and any(case[n] for case in cases)]
        rows = [[case[name] for name in names] for case in cases]
        head = ["算例" if name == "zh" else f"`{name}`" for name in names]
        parts.append(
            f"## {rule.title_zh} · {rule.title_en}\n\n{rule.formula_zh}\n\n{rule.formula_en}\n\n{table(head, rows)}"
        )
    return "\n\n".join(parts)


def data_notes() -> str:
    """Everything odd about the data: each fact with a note or less than high confidence."""
    indicators = {row["indicator_code"]: row["name_zh"] for row in _rows("reference/indicators.csv")}
    parts = [
        "# 数据说明 · Data notes\n\n"
        "五份文件逐句读成事实；读数有疑的不做静默修正：能站得住的照原文入库，疑点写在备注，置信度降低。"
        "下表是全部有备注或置信度不高的事实，由 data/ 生成。字符区间按原文字符计，半开区间。\n\n"
        "Read sentence by sentence; nothing is repaired silently. What is defensible is loaded as printed, what is odd "
        "stands in a note, and the confidence is lowered. All of it is listed here, made from data/.\n\n"
        "读法上的几条约定 · conventions of the reading:\n\n"
        "- 年内目标从当年上半年起算，全年数记在下半年；没有数字的承诺是里程碑，原文有日期的写明截止日期。\n"
        "- “全覆盖”“均达到”等文字记 100%；“余、多、以上、近”记约数符号，数值照原文。\n"
        "- 同一数字说两遍只记一次；同样大小而人群不同的是不同指标。\n"
        "- 文号、口号、热线、届次、序号、日期和名称里的数字不是指标。"
    ]
    for source in _rows("sources.csv"):
        rows = []
        for kind, folder in (("目标", "targets"), ("完成值", "actuals")):
            path = DATA / folder / f"{source['source_code']}.csv"
            for row in _rows(path.relative_to(DATA)) if path.is_file() else ():
                if row["note"] or row["confidence"] != "high":
                    rows.append(
                        (
                            kind, indicators[row["indicator_code"]], row["breakdown_code"], row["period_code"],
                            row["value"] or "—", row["unit_code"], row["locator"],
                            f"{row['span_start']}–{row['span_end']}", row["confidence"], row["note"],
                        )
                    )  # fmt: skip
        heads = ("", "指标", "分组", "半年度", "数值", "单位", "定位", "字符", "置信度", "说明")
        parts.append(f"## {source['title']}（{source['publisher']}）\n\n{source['note']}\n\n{table(heads, rows)}")
    return "\n\n".join(parts)


def _rows(name: str | Path) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


DOCUMENTS: dict[str, Callable[[], str]] = {
    "data-dictionary.md": data_dictionary,
    "data-format.md": data_format,
    "refusals.md": refusals,
    "methodology.md": methodology,
    "data-notes.md": data_notes,
}


def main() -> int:
    """Write the documents, or with --check say which are out of step."""
    stale = []
    for name, make in DOCUMENTS.items():
        path, text = DOCS / name, make() + "\n"
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        print("out of step, run make docs:", ", ".join(stale), file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
