"""Validate: cells of text → values, column by column; rows that cannot be read are refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from etl.columns import KIND_WORDS, KINDS, Column, canonical_headers
from etl.extract import ROW_NO, RawFile, RawTable
from etl.findings import Finding
from warehouse.errors import FileError

SHEET, RAW = " sheet", " raw"


@dataclass(frozen=True, slots=True)
class Validated:
    """Rows of one kind with parsed values (None where a cell is empty), the refused ones, and
    headers that mean nothing here."""

    kind: str
    frame: pd.DataFrame
    refusals: tuple[Finding, ...]
    ignored: tuple[str, ...]


class _Bad(str):
    """A cell that could not be read; the text is the reason code."""


def validate_file(file: RawFile) -> list[Validated]:
    """Every table of a file, one result per kind, all sheets together.

    Both kinds are always there: that a file no longer has any target is known from the empty one.
    Errors: FileError where columns are missing.
    """
    parts = [result for table in file.tables for result in validate_table(file, table)]
    return [_together(kind, [part for part in parts if part.kind == kind]) for kind in KINDS]


def validate_table(file: RawFile, table: RawTable) -> list[Validated]:
    """Split a table by kind and parse its cells.

    A ``kind`` column says target or actual for each row; without it, a table with a comparator is
    a list of targets, one without is a list of actuals.
    """
    frame = table.frame.copy()
    frame[SHEET] = table.sheet
    frame[RAW] = _raw_json(table.frame)
    kind_header = next((h for h in ("kind", "种类") if h in frame.columns), None)
    if kind_header is None:
        target = {"comparator", "比较符"} & set(frame.columns)
        return [_parse(file, frame, "target" if target else "actual")]
    kinds = frame.pop(kind_header).map(lambda word: KIND_WORDS.get(word.strip().lower()))
    parts = [_parse(file, frame[kinds == kind], kind) for kind in KINDS if (kinds == kind).any()]
    used = {header for part in parts for header in frame.columns if header not in part.ignored}
    parts = [replace(part, ignored=tuple(h for h in part.ignored if h not in used)) for part in parts]
    unknown = frame[kinds.isna()]
    texts = table.frame.loc[unknown.index, kind_header]
    refusals = [
        Finding(row[SHEET], int(row[ROW_NO]), kind_header, text, "not_a_kind", row[RAW])
        for (_, row), text in zip(unknown.iterrows(), texts, strict=True)
    ]
    return [*parts, Validated("target", pd.DataFrame(), tuple(refusals), ())]


def _together(kind: str, parts: Sequence[Validated]) -> Validated:
    frames = [part.frame for part in parts if len(part.frame)]
    return Validated(
        kind,
        pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(),
        tuple(refusal for part in parts for refusal in part.refusals),
        tuple(dict.fromkeys(header for part in parts for header in part.ignored)),
    )


def _parse(file: RawFile, frame: pd.DataFrame, kind: str) -> Validated:
    columns = KINDS[kind]
    names = canonical_headers([str(c) for c in frame.columns], columns)
    missing = [c.name for c in columns if c.required and c.name not in names.values()]
    if missing:
        zh = "、".join(c.zh for c in columns if c.name in missing)
        raise FileError(
            f"{file.path.name} 缺少必需的列：{zh}（{', '.join(missing)}）。列说明见 docs/data-format.md。",
            f"{file.path.name} lacks the columns {', '.join(missing)}; docs/data-format.md describes them.",
        )
    headers = {name: header for header, name in names.items()}
    parsed = pd.DataFrame({ROW_NO: frame[ROW_NO], SHEET: frame[SHEET], RAW: frame[RAW]}, dtype=object)
    problems: dict[int, Finding] = {}
    for column in columns:
        header = headers.get(column.name)
        texts = frame[header] if header else pd.Series("", index=frame.index, dtype=object)
        values = _parse_column(column, texts)
        for index in values.index[values.map(lambda v: isinstance(v, _Bad))]:
            if index not in problems:
                problems[index] = Finding(
                    frame.at[index, SHEET],
                    int(frame.at[index, ROW_NO]),
                    header or column.name,
                    texts.at[index],
                    str(values.at[index]),
                    frame.at[index, RAW],
                )
        parsed[column.name] = values
    good = parsed.drop(index=list(problems))
    known = {ROW_NO, SHEET, RAW, *names}
    ignored = tuple(str(c) for c in frame.columns if c not in known)
    return Validated(kind, good, tuple(problems.values()), ignored)


def _parse_column(column: Column, texts: pd.Series[Any]) -> pd.Series[Any]:
    """Each distinct text is parsed once."""

    def parse(text: str) -> Any:
        if text == "":
            return _Bad("missing_value") if column.required else column.default
        try:
            return column.parse(text)
        except ValueError:
            return _Bad(column.reason)

    results = {text: parse(text) for text in texts.unique()}
    return pd.Series([results[text] for text in texts], index=texts.index, dtype=object)


def _raw_json(frame: pd.DataFrame) -> list[str]:
    plain = frame.drop(columns=ROW_NO)
    return [json.dumps(row, ensure_ascii=False) for row in plain.to_dict("records")]
