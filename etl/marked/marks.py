"""What is marked where, and what the list on the first sheet says; the same for every way of writing it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from etl.cell_text import MOST_COLUMNS, MOST_ROWS, clean, column_index, row_height, width
from etl.fates import Fate
from etl.findings import Finding
from etl.sheets import Area, Book, Sheet, cell_name

RED, AMBER = "F9C6C4", "FCE7AE"
"""Fills of refusals and cautions: of no palette, so that marks of an earlier round are known again."""
AUTHOR = "达标 Dabiao"
SIGN = "【达标】"
"""Opens our part of a comment, and the list: what stands before it is the person's own."""

MOST_COMMENTS, MOST_LISTED, MOST_LINKS = 2_000, 1_000_000, 60_000
_MOST_IN_COMMENT, _MOST_JOINED = 1_500, 8
_MOST_MERGED = 200_000
"""Cells of merged areas in a sheet; what goes beyond nobody meant."""
_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_BOX, _LINE, _PER_LINE, _TALLEST = 330, 19, 46, 420

Cell = tuple[int, int]
"""Row and column from 0."""


@dataclass(slots=True)
class Mark:
    """A cell with something wrong, or odd, about it."""

    is_refusal: bool
    comment: str | None = None
    """None beyond the first ``MOST_COMMENTS``."""


@dataclass(frozen=True, slots=True)
class Line:
    """A finding as the list shows it."""

    finding: Finding
    outcome: str
    text: str
    cell: Cell | None
    """What it links to."""


@dataclass(frozen=True, slots=True)
class Marks:
    """All there is to be marked and listed, in one language."""

    language: str
    title: str
    summary: str
    notes: tuple[str, ...]
    lines: tuple[Line, ...]
    by_sheet: Mapping[str | None, Mapping[Cell, Mark]] = field(default_factory=dict)

    def say(self, zh: str, en: str) -> str:
        """The words in the reader's language."""
        return en if self.language == "en" else zh

    @property
    def sheet_name(self) -> str:
        """What the list is called, before collisions."""
        return self.say("检查结果", "Check result")

    @property
    def headings(self) -> tuple[tuple[str, int], ...]:
        """Headings of the list, with widths in characters."""
        return (
            (self.say("序号", "No."), 6), (self.say("结果", "Outcome"), 9), (self.say("工作表", "Sheet"), 16),
            (self.say("单元格", "Cell"), 9), (self.say("行", "Row"), 8), (self.say("列名", "Heading"), 20),
            (self.say("填写的内容", "Value found"), 22),
            (self.say("问题和处理办法", "What is wrong, and what to do"), 62),
        )  # fmt: skip

    def rows(self) -> list[list[str | int]]:
        """The list: one row a finding."""
        return [
            [
                number, line.outcome, clean(line.finding.sheet or ""),
                cell_name(*line.cell) if line.cell else "", line.finding.row_no,
                clean(line.finding.column or ""), clean(line.finding.value or ""), line.text,
            ]
            for number, line in enumerate(self.lines, start=1)
        ]  # fmt: skip

    def height(self, values: list[str | int]) -> float:
        """Height of a row of the list in points."""
        return row_height((str(value), wide) for value, (_, wide) in zip(values, self.headings, strict=True))


def collect(book: Book, findings: Sequence[Finding], fates: Sequence[Fate], language: str) -> Marks:
    """Findings by the cell they are marked at: that of a merged area's anchor, else the first filled one of the row."""
    sheets = {sheet.name: sheet for sheet in book.sheets}
    anchors = {name: merged_areas(sheet)[1] for name, sheet in sheets.items()}
    words = ("Refused", "Caution") if language == "en" else ("拒收", "提示")
    lines: list[Line] = []
    joined: dict[tuple[str | None, Cell], list[Line]] = {}
    for finding in findings:
        cell = _place(finding, sheets[finding.sheet]) if finding.sheet in sheets else None
        cell = anchors[finding.sheet].get(cell, cell) if cell is not None else None
        text = clean(finding.text(language), _MOST_IN_COMMENT)
        line = Line(finding, words[0] if finding.is_refusal else words[1], text, cell)
        if len(lines) < MOST_LISTED:
            lines.append(line)
        if cell is not None:
            joined.setdefault((finding.sheet, cell), []).append(line)
    by_sheet: dict[str | None, dict[Cell, Mark]] = {}
    for (name, cell), said in joined.items():
        by_sheet.setdefault(name, {})[cell] = Mark(any(line.finding.is_refusal for line in said))
    first = sorted(joined.items(), key=lambda item: not any(line.finding.is_refusal for line in item[1]))
    for (name, cell), said in first[:MOST_COMMENTS]:
        by_sheet[name][cell].comment = _comment(said, language)
    return Marks(
        language, clean(f"{SIGN}{'Check result: ' if language == 'en' else '检查结果：'}{book.name}", 500),
        _summary(findings, fates, language), _notes(findings, len(joined), language), tuple(lines), by_sheet,
    )  # fmt: skip


def is_result_sheet(sheet: Sheet) -> bool:
    """Whether a sheet is the list of an earlier round, come back with the file: it holds no figures."""
    return sheet.cell(0, 0).startswith((f"{SIGN}检查结果", f"{SIGN}Check result"))


def merged_areas(sheet: Sheet) -> tuple[list[Area], dict[Cell, Cell]]:
    """Areas merged, those that overlap an earlier one left out, and the anchor of each of their cells."""
    areas: list[Area] = []
    anchors: dict[Cell, Cell] = {}
    for area in sheet.merged:
        top, left, bottom, right = area
        size = (bottom - top + 1) * (right - left + 1)
        if size < 2 or size + len(anchors) > _MOST_MERGED or bottom >= MOST_ROWS or right >= MOST_COLUMNS:
            continue
        cells = [(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]
        if anchors.keys().isdisjoint(cells):
            anchors |= dict.fromkeys(cells, (top, left))
            areas.append(area)
    return areas, anchors


def comment_box(text: str) -> tuple[int, int]:
    """Width and height in pixels in which a comment can be read whole."""
    lines = sum(max(1, -(-width(line) // _PER_LINE)) for line in text.split("\n"))
    return _BOX, min(_TALLEST, lines * _LINE + 16)


def _place(finding: Finding, sheet: Sheet) -> Cell | None:
    if found := _CELL.fullmatch(finding.cell or ""):
        row, column = int(found[2]) - 1, column_index(found[1])
        if row < MOST_ROWS and column < MOST_COLUMNS:
            return row, column
    row = finding.row_no - 1
    if not 0 <= row < MOST_ROWS:
        return None
    cells = sheet.rows[row] if row < len(sheet.rows) else []
    column = next((index for index, text in enumerate(cells) if text), 0)
    return row, column if column < MOST_COLUMNS else 0


def _comment(said: Sequence[Line], language: str) -> str:
    """Every finding of a cell, refusals first; the rest of very many is on the list."""
    ordered = sorted(said, key=lambda line: not line.finding.is_refusal)
    texts = [
        (
            f"{line.outcome} ({line.finding.column}): "
            if language == "en"
            else f"{line.outcome}（{line.finding.column}）："
        )
        + line.text
        if line.finding.column
        else line.outcome + (": " if language == "en" else "：") + line.text
        for line in ordered[:_MOST_JOINED]
    ]
    if len(ordered) > _MOST_JOINED:
        rest = len(ordered) - _MOST_JOINED
        texts.append(f"… {rest} more on the first sheet" if language == "en" else f"……另有 {rest} 条，见第一张工作表")
    return clean(SIGN + "\n".join(texts), _MOST_IN_COMMENT)


def _summary(findings: Sequence[Finding], fates: Sequence[Fate], language: str) -> str:
    cautions = sum(not finding.is_refusal for finding in findings)
    if not fates:
        refusals = len(findings) - cautions
        if language == "en":
            return f"Refusals: {refusals}; cautions: {cautions}."
        return f"拒收 {refusals} 条，提示 {cautions} 条。"
    n = Counter(fate.fate for fate in fates)
    accepted = n["new"] + n["changed"] + n["unchanged"]
    if language == "en":
        return (
            f"Figures: {len(fates)}. Accepted: {accepted} (new {n['new']}, changed {n['changed']}, "
            f"unchanged {n['unchanged']}); refused: {n['refused']}; left blank: {n['blank']}; cautions: {cautions}."
        )
    return (
        f"共 {len(fates)} 个数：接受 {accepted} 个（新增 {n['new']}，更正 {n['changed']}，未变 {n['unchanged']}），"
        f"拒收 {n['refused']} 个，空白 {n['blank']} 个；提示 {cautions} 条。"
    )


def _notes(findings: Sequence[Finding], marked: int, language: str) -> tuple[str, ...]:
    pairs = []
    if findings:
        pairs.append(
            (
                "红色的单元格是拒收的，黄色的请核对；原因写在单元格的批注里。改好后可以直接把这个文件再交上来。",
                "Red cells were refused, amber ones want to be looked at; comments say why. Once put right, "
                "this very file can be sent again.",
            )
        )
    else:
        pairs.append(("没有发现问题。", "Nothing was found wrong."))
    if marked > MOST_COMMENTS:
        pairs.append(
            (
                f"批注只写在前 {MOST_COMMENTS:,} 个单元格，其余只有颜色；原因都在下表。",
                f"Only the first {MOST_COMMENTS:,} cells have comments, the others a colour; reasons stand below.",
            )
        )
    if len(findings) > MOST_LISTED:
        pairs.append((f"下表只列前 {MOST_LISTED:,} 条。", f"Only the first {MOST_LISTED:,} findings are listed."))
    return tuple(en if language == "en" else zh for zh, en in pairs)
