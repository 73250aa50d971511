"""``python -m dashboard serve``: the web server for production use."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from warehouse.engine import ROOT

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def about() -> None:
    """达标的网页服务 / the web server of Dabiao"""


@app.command()
def serve(
    bind: Annotated[str | None, typer.Option(help="地址和端口 / address and port")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="进程数 / processes")] = None,
) -> None:
    """启动网页服务（gunicorn）/ serve with gunicorn"""
    given = {"DABIAO_BIND": bind, "DABIAO_WORKERS": None if workers is None else str(workers)}
    os.environ.update({name: value for name, value in given.items() if value is not None})
    os.chdir(ROOT)
    command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "app:server"]
    sys.stderr.write(f"达标 / Dabiao: http://{os.environ.get('DABIAO_BIND', '127.0.0.1:8050')}\n")
    os.execv(sys.executable, command)  # noqa: S606 (a fixed command, no shell)


if __name__ == "__main__":
    app()
