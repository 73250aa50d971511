"""The bulletin from the command line, for whoever may read the database's file anyway."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dashboard.exports.kinds import BULLETIN
from dashboard.exports.model import no_steps
from dashboard.exports.request import request_of
from dashboard.i18n import LANGUAGES
from dashboard.reading import Reader
from dashboard.settings import Settings
from dashboard.state import ViewState
from warehouse.engine import check_schema
from warehouse.errors import DabiaoError
from warehouse.scope import Scope


def write_bulletin(asked: Mapping[str, Any], kind: str, language: str, output: Path) -> int:
    """Write a bulletin of everything; returns its size in bytes. Errors: DabiaoError."""
    request = request_of(asked)
    if kind not in BULLETIN:
        raise DabiaoError("文件种类应为 docx、pptx、xlsx 或 pdf。", "The kind of file is docx, pptx, xlsx or pdf.")
    if language not in LANGUAGES:
        raise DabiaoError("语言应为 zh 或 en。", "The language is zh or en.")
    reader = Reader(Settings.from_environment())
    try:
        check_schema(reader.engine)
        with reader.read(Scope.everything(), ViewState(), language) as reading:
            _check(asked, reading.catalog.district_by_code, reading.catalog.domains)
            _name, content = BULLETIN[kind].make(reading, request.to_json(), no_steps)
    finally:
        reader.engine.dispose()
    try:
        output.write_bytes(content)
    except OSError as error:
        raise DabiaoError(
            f"写不了 {output}：{error.strerror}。", f"{output} cannot be written: {error.strerror}."
        ) from None
    return len(content)


def _check(asked: Mapping[str, Any], districts: Mapping[str, Any], domains: Mapping[str, Any]) -> None:
    """Raise DabiaoError for a code that is none: on the command line it is a slip, and not another's secret."""
    for zh, en, codes, known in (
        ("地区", "district", asked.get("districts"), districts), ("领域", "domain", asked.get("domains"), domains),
    ):  # fmt: skip
        for code in codes or ():
            if code not in known:
                raise DabiaoError(f"没有代码为“{code}”的{zh}。", f"There is no {en} with the code {code!r}.")
