"""A file in the background, in a real browser: choose, watch, take along; and think better of it."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.browser.conftest import Serve, Server, Visit
from warehouse.engine import ROOT

HANGS = "#!/bin/sh\nexec sleep 600\n"
"""A browser that prints nothing: what is made with it takes as long as nobody cancels it."""


@pytest.fixture(scope="module")
def working(serve: Serve, demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a program in the background, whose PDFs take for ever."""
    folder = tmp_path_factory.mktemp("exports")
    browser = folder / "browser"
    browser.write_text(HANGS)
    browser.chmod(0o700)
    server = serve(demo_file, DABIAO_PUBLIC="*", DABIAO_EXPORTS=str(folder / "files"))
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DABIAO_", "DATABASE_"))}
    environment |= {
        "DATABASE_URL": f"sqlite:///{server.database}", "DABIAO_PUBLIC": "*", "DABIAO_EXPORTS": str(folder / "files"),
        "DABIAO_CHROMIUM": str(browser),
    }  # fmt: skip
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "dashboard", "work"]
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    yield server
    worker.send_signal(signal.SIGINT)
    try:
        worker.wait(30)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


def test_choose_watch_and_take_along(visit: Visit, working: Server) -> None:
    visitor = visit(working)
    page = visitor.page
    page.goto(f"{visitor.url}/bulletin?period=2025-S2")
    page.get_by_role("button", name="Excel").click()
    page.wait_for_url("**/exports/*")
    link = page.get_by_role("link", name="下载", exact=True)
    link.wait_for(timeout=60_000)
    assert link.evaluate("(e) => e === document.activeElement"), "one key takes it along"
    assert page.locator(".file-name").inner_text() == "关于2025年下半年民政工作目标完成情况的通报.xlsx"
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    content = Path(coming.value.path()).read_bytes()
    assert "完成情况" in openpyxl.load_workbook(io.BytesIO(content), read_only=True).sheetnames
    page.goto(f"{visitor.url}/exports")
    assert page.locator("tbody tr").count() == 1


@pytest.mark.parametrize("has_script", [True, False])
def test_watch_and_cancel(visit: Visit, working: Server, has_script: bool) -> None:
    """With the script of the page, and without any."""
    visitor = visit(working, java_script_enabled=has_script)
    page = visitor.page
    page.goto(f"{visitor.url}/download/page.pdf?path=/districts")
    bar = page.locator("progress")
    page.locator("#how-far", has_text="第 2 步，共 2 步").wait_for(timeout=60_000)
    assert bar.get_attribute("max") == "2" or bar.evaluate("(e) => e.max") == 2
    page.get_by_role("button", name="取消").press("Enter")
    page.get_by_text("已取消").wait_for(timeout=30_000)
    assert page.locator("progress").count() == 0
    assert page.get_by_role("button", name="重新生成").is_visible()


def test_every_page_leads_to_its_own_file(visit: Visit, working: Server) -> None:
    visitor = visit(working)
    visitor.open("/districts/990101?period=2025-S1")
    link = visitor.page.locator("a.page-pdf")
    link.hover()
    href = link.get_attribute("href") or ""
    assert href.startswith("/download/page.pdf?path=%2Fdistricts%2F990101") and "period=2025-S1" in href
    visitor.follow("/methodology")
    link.focus()
    assert (link.get_attribute("href") or "").startswith("/download/page.pdf?path=%2Fmethodology")
