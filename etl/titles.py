"""Titles: what the lines above a table, the sheet's name and the file's say together of all its figures."""

from __future__ import annotations

import re
from collections.abc import Sequence

from etl.codebook import Codebook, plain
from etl.times import contradicts, title_time
from etl.vocabulary import UNCLEAR, read_title

_TIMES = ("period_code", "year")
_NAMES_HALF = re.compile(r"半年|全年|年度|[hs][12]|\d月?[-—–~至到]\d+月")
"""A half-year by name, and not by the day a file was made: 报表20200630."""


def read_titles(above: Sequence[str], sheet: str, file: str, book: Codebook) -> dict[str, str]:
    """What is said above the table, by the sheet's name, and where these are silent by the file's (without its end)."""
    found = read_title(list(above), book)
    names = [read_title([name], book) for name in (sheet, file)]
    named = [book.districts_in(text) for text in (*above, sheet, file)]
    district = _district([code for codes in named if len(codes) == 1 for code in codes], book)
    for key, value in (item for name in names for item in name.items()):
        if found.setdefault(key, value) != value and key in ("indicator_code", "breakdown_code"):
            found[key] = ""  # two of them: neither
    found["district_code"] = district
    found = {key: value for key, value in found.items() if key not in (*_TIMES, UNCLEAR)} | _time(above, sheet, file)
    return {key: value for key, value in found.items() if value}


def _district(named: Sequence[str], book: Codebook) -> str:
    """The one of a district and those above it that is named; "" where two are named."""
    catalog = book.catalog
    chains = [{code, *(x.code for x in catalog.ancestors(catalog.district_by_code[code]))} for code in named]
    lowest = [code for code, chain in zip(named, chains, strict=True) if chain.issuperset(named)]
    return lowest[0] if lowest else ""


def _time(above: Sequence[str], sheet: str, file: str) -> dict[str, str]:
    """``period_code`` or ``year``: a text that names no half-year where title, sheet's and file's name contradict."""
    said = title_time(above)
    if said and contradicts(sheet, said):
        return {"period_code": f"{said.get('period_code') or said.get('year', '')} ≠ {sheet}"}
    in_title = said.get("period_code")
    if "period_code" not in said:  # the half of that year
        said = title_time([*above, sheet]) or said
    period, year = said.get("period_code"), said.get("year")
    filed = title_time([file]).get("period_code") if _NAMES_HALF.search(plain(file)) else None
    if filed is not None and (in_title not in (None, filed) or (period is None and year not in (None, filed[:4]))):
        return {"period_code": f"{period or year} ≠ {file}"}
    if period is None:
        whole = title_time([*above, sheet, file]) or said
        is_of_year = year is None or whole.get("period_code", year)[:4] == year
        said = whole if is_of_year else said  # a file of June 2020 on the year 2019
    # a quarter is nobody's half-year, nor is its figure the year's
    unclear = said.pop(UNCLEAR, None)
    return said if unclear is None or "period_code" in said else {"period_code": unclear}
