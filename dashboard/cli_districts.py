"""``python -m dashboard boundaries`` and ``digest``: what the owner's boundaries join, and the mails of the week."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from dashboard.access.roles import Grant, Role
from dashboard.digest import mail_html, mail_text, make_digest
from dashboard.figures.boundaries import Boundaries, check_boundaries
from dashboard.i18n import LANGUAGES
from dashboard.reading import Reader
from dashboard.settings import Settings
from dashboard.state import parse_state
from warehouse.catalog import Catalog, District
from warehouse.console import out, print_json, print_table, say
from warehouse.engine import check_schema
from warehouse.errors import DabiaoError

Json = Annotated[bool, typer.Option("--json", help="输出一个 JSON 文档 / print one JSON document")]


def boundaries_command(
    folder: Annotated[Path | None, typer.Argument(help="边界文件夹 / folder of boundaries")] = None,
    as_json: Json = False,
) -> None:
    """检查地区边界（GeoJSON）/ check the boundaries of districts: what is joined by code, and what is not"""
    with _reader() as reader:
        where = folder or reader.settings.boundaries_folder
        found, catalog = check_boundaries(where), reader.catalog()
    if found is None:
        raise DabiaoError(
            f"{where} 里没有边界文件（*.geojson 或 *.json）。",
            f"There are no boundaries (*.geojson, *.json) in {where}.",
        )
    document = joined(found, catalog)
    if as_json:
        print_json(document)
        return
    n, unknown, without = (len(document[name]) for name in ("joined", "unknown", "without"))
    out.print(
        say(
            f"{'、'.join(found.files)}：{n} 个地区有边界，{without} 个没有；{unknown} 个代码不认识，"
            f"{len(found.skipped)} 个要素没有六位代码。名称一律不用来对应。",
            f"{', '.join(found.files)}: {n} district(s) joined, {without} without a shape; {unknown} unknown code(s), "
            f"{len(found.skipped)} feature(s) without a code of six digits. Names are never used to join.",
        ),
        highlight=False,
    )
    rows: list[dict[str, Any]] = []
    columns = ("state", "district_code", "name_zh", "file", "feature")
    empty = dict.fromkeys(columns)
    for state in ("joined", "without", "unknown", "skipped"):
        rows += [empty | {"state": state} | item for item in document[state]]
    print_table(rows, columns)


def joined(found: Boundaries, catalog: Catalog) -> dict[str, Any]:
    """Districts with a shape and without one, codes nobody knows, and features without a code."""
    known = catalog.district_by_code

    def named(district: District) -> dict[str, Any]:
        return {"district_code": district.code, "name_zh": district.name_zh}

    return {
        "files": list(found.files),
        "joined": [named(x) for x in catalog.districts.values() if x.code in found.codes],
        "without": [named(x) for x in catalog.districts.values() if x.code not in found.codes],
        "unknown": [{"district_code": code} for code in sorted(found.codes - known.keys())],
        "skipped": [{"file": x.file, "feature": x.feature, "district_code": x.code} for x in found.skipped],
    }


def digest_command(
    target: Annotated[Path, typer.Option("--output", "-o", help="文件（一个地区）或文件夹 / file or folder")],
    district: Annotated[
        list[str] | None, typer.Option(help="地区代码，可多次；不写为全部有数据的地区 / code; all with data without it")
    ] = None,
    since: Annotated[str | None, typer.Option(help="从这一天之后算起，默认 7 天前 / what came after a day")] = None,
    language: Annotated[str, typer.Option("--lang", help="zh 或 en / zh or en")] = LANGUAGES[0],
    as_json: Json = False,
) -> None:
    """生成周报邮件正文（HTML 和纯文本），不发送 / make the mails of the week, HTML and plain text; nothing is sent"""
    if language not in LANGUAGES:
        raise DabiaoError("--lang 是 zh 或 en。", "--lang is zh or en.")
    with _reader() as reader:
        day, base = _day(since, reader.settings.today()), reader.settings.url
        codes = _codes(reader, district)
        is_file = target.suffix.lower() in (".html", ".htm")
        if is_file and len(codes) != 1:
            raise DabiaoError(
                "多个地区请给一个文件夹，而不是一个文件。", "For several districts name a folder, not a file."
            )
        written = []
        for code in codes:
            path = target if is_file else target / f"{code}-{reader.settings.today().isoformat()}.html"
            written.append({"district_code": code, **_write(reader, code, day, language, base, path)})
    if as_json:
        print_json({"digests": written, "base": base})
        return
    print_table(written, ("district_code", "html", "text", "bytes"))
    if base is None:
        out.print(say("没有设定 DABIAO_URL，邮件里没有链接。", "DABIAO_URL is not set: the mails have no links."))


def _write(
    reader: Reader, code: str, since: date | None, language: str, base: str | None, path: Path
) -> dict[str, Any]:
    """One mail and its plain text, as the readers of that district may see it."""
    scope = Grant(Role.VIEWER, frozenset((code,))).scope(reader.catalog())
    state = parse_state(f"/districts/{code}", "")
    with reader.read(scope, state, language, names_people=False) as reading:
        place = reading.catalog.district_by_code[code]
        digest = make_digest(reading, place, since)
        html, text = mail_html(reading, digest, base), mail_text(reading, digest, base)
    plain = path.with_suffix(".txt")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(html, encoding="utf-8")
        plain.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DabiaoError(
            f"无法写入 {path}：{error.strerror}。", f"{path} cannot be written: {error.strerror}."
        ) from None
    return {"html": str(path), "text": str(plain), "bytes": len(html.encode())}


def _codes(reader: Reader, given: list[str] | None) -> list[str]:
    """The districts asked for, else all with data. Errors: DabiaoError for one there is not."""
    catalog = reader.catalog()
    for code in given or ():
        if code not in catalog.district_by_code:
            raise DabiaoError(f"没有这个地区：{code}。", f"There is no district {code}.")
    if given:
        return list(dict.fromkeys(given))
    everything = Grant(Role.ADMINISTRATOR).scope(catalog)
    with reader.read(everything, parse_state("/", ""), LANGUAGES[0]) as reading:
        present = [catalog.districts[key] for key in reading.latest_reports]
    return [x.code for x in sorted(present, key=lambda x: x.sort_order)]


def _day(text: str | None, today: date) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DabiaoError(
            f"看不懂的日期：{text}。请写成 2026-06-30。", f"Not a day: {text}. Write 2026-06-30."
        ) from None
    if day > today:
        raise DabiaoError(f"{text} 还没有到。", f"{text} is still to come.")
    return day


@contextmanager
def _reader() -> Iterator[Reader]:
    reader = Reader(Settings.from_environment())
    try:
        check_schema(reader.engine)
        yield reader
    finally:
        reader.engine.dispose()
