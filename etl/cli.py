"""The commands of ``python -m etl``. Each prints for people, and with --json one document for programs.

Exit code 0: all good; 1: some rows refused; 2: nothing done. A message, never a traceback.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer
from sqlalchemy.exc import DBAPIError

from etl import cli_files, pipeline
from etl.cli_base import Csv, Json, connected, database, half_year, plain
from etl.cli_chase import chase_command
from etl.printing import progress_bar
from warehouse.catalog import fetch_catalog
from warehouse.console import complain, out, print_json, print_rows, print_table, say
from warehouse.errors import DabiaoError, DatabaseUnreachable
from warehouse.queries import batches, completeness, facts
from warehouse.queries.rules import fetch_rule_versions
from warehouse.scope import Scope

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(cli_files.app)

app.command("chase")(chase_command)

_PROGRESS_SHOWN = (
    "district_code", "indicator_code", "indicator_zh", "breakdown_code", "period_code", "due_period_code",
    "comparator", "target", "actual", "unit_code", "status",
)  # fmt: skip
_BATCH_COLUMNS = ("key", "file_name", "state", "rows_in", "rows_accepted", "rows_rejected", "loaded_at")
_RULE_COLUMNS = ("domain_code", "indicator_code", "amber_share", "s1_share", "weight", "note_zh", "note_en")
_VERSION_COLUMNS = ("version", "is_in_force", "made_by", "made_at", "reason", "lights_changed")
_COMPLETENESS_COLUMNS = ("district_code", "district_zh", "period_code", "expected", "reported", "untargeted")


def main() -> None:
    """Run a command; every foreseeable failure becomes a message and exit code 2."""
    try:
        app()
    except DabiaoError as error:
        complain(error)
    except DBAPIError as error:
        complain(DatabaseUnreachable(str(error.orig)))


@app.command("upgrade")
def upgrade_command(as_json: Json = False) -> None:
    """把数据库升级到最新结构 / bring the database to the newest schema"""
    from warehouse.migrate import upgrade  # the other commands do not wait for Alembic

    with database() as engine:
        revision = upgrade(engine)
    print_json({"schema": revision}) if as_json else out.print(say(f"数据库结构：{revision}", f"Schema: {revision}"))


@app.command("rebuild")
def rebuild_command(as_json: Json = False) -> None:
    """重算全部亮灯 / recompute the whole mart"""
    with database() as engine, progress_bar(not as_json) as bar:
        changed = pipeline.rebuild(engine, progress=bar("fact_progress") if bar else None)
    print_json({"rows_changed": changed}) if as_json else out.print(
        say(f"改变 {changed} 行", f"{changed} rows changed")
    )


@app.command("facts")
def facts_command(as_csv: Csv = False, as_json: Json = False) -> None:
    """列出全部现行事实 / every current fact, tidy"""
    with connected() as connection:
        rows = facts.fetch_facts(Scope.everything(), connection, fetch_catalog(connection))
        print_rows(rows, facts.FACT_COLUMNS, as_csv, as_json, facts.FACT_COLUMNS[:11])


@app.command("progress")
def progress_command(
    as_csv: Csv = False,
    as_json: Json = False,
    period: Annotated[str | None, typer.Option(help="半年度，如 2020-S1 / half-year")] = None,
) -> None:
    """列出亮灯结果 / the mart, tidy, with status"""
    only = None if period is None else half_year(period)
    with connected() as connection:
        rows = facts.fetch_progress(Scope.everything(), connection, fetch_catalog(connection), only)
        print_rows(rows, facts.PROGRESS_COLUMNS, as_csv, as_json, _PROGRESS_SHOWN)


@app.command("demo")
def demo_command(
    districts: Annotated[int, typer.Option(min=1, max=3000)] = 16,
    indicators: Annotated[int, typer.Option(min=1, max=400)] = 40,
    years: Annotated[int, typer.Option(min=1, max=30)] = 6,
    seed: int = 1,
    as_json: Json = False,
) -> None:
    """生成演示数据 / load a synthetic data set, every row marked as demo"""
    from etl.demo import load_demo  # heavy and rarely needed
    from warehouse.migrate import upgrade

    with database() as engine, progress_bar(not as_json) as bar:
        upgrade(engine)
        counts = load_demo(engine, districts, indicators, years, seed, progress=bar)
    if as_json:
        print_json(counts)
    else:
        out.print(say("演示数据已就绪：", "Demo data ready: ") + ", ".join(f"{k} {v:,}" for k, v in counts.items()))


@app.command("status")
def status_command(as_json: Json = False) -> None:
    """数据库现状 / schema, batches, row counts, completeness"""
    with connected() as connection:
        scope, catalog = Scope.everything(), fetch_catalog(connection)
        document: dict[str, Any] = {
            "database": connection.engine.url.render_as_string(hide_password=True),
            "schema": connection.exec_driver_sql("select version_num from alembic_version").scalar_one(),
            "state": batches.fetch_state(connection),
            "rows": batches.count_rows(connection),
            "batches": [plain(b) for b in batches.fetch_batches(scope, connection, catalog)],
            "completeness": [
                {
                    "district_code": c.district.code, "district_zh": c.district.name_zh,
                    "period_code": c.period.code, "expected": c.expected, "reported": c.reported,
                    "untargeted": c.untargeted,
                }
                for c in completeness.fetch_completeness(scope, connection, catalog)
            ],
        }  # fmt: skip
    if as_json:
        print_json(document)
        return
    out.print(say("数据库", "Database"), document["database"], "·", say("结构", "schema"), document["schema"])
    out.print(", ".join(f"{name} {count:,}" for name, count in document["rows"].items()))
    print_table(document["batches"], _BATCH_COLUMNS)
    print_table(document["completeness"], _COMPLETENESS_COLUMNS)


@app.command("rules")
def rules_command(as_json: Json = False) -> None:
    """现行规则与历次版本 / rules in force, and every version with who, when and why"""
    with connected() as connection:
        versions = [
            plain(version) | {"lines": [plain(line) for line in version.lines]}
            for version in fetch_rule_versions(connection)
        ]
    document = {"in_force": versions[0]["version"] if versions else None, "versions": versions}
    if as_json:
        print_json(document)
        return
    out.print(say("现行规则", "Rules in force"), document["in_force"] or say("（无）", "(none)"))
    print_table([line for version in versions[:1] for line in version["lines"]], _RULE_COLUMNS)
    print_table(versions, _VERSION_COLUMNS)
