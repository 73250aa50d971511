"""Takes the pictures of the README from the real pages: ``python -m tools.screenshots``."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
WHY = "320404.care_station_coverage.urban.2020-S1.2020-S2"
SHOTS = (
    ("overview", "/", DESK),
    ("indicator", "/indicators/care_station_coverage?breakdown=urban", DESK),
    ("district", "/districts/320404?peers=320413,371324", DESK),
    ("why", f"/?why={WHY}", DESK),
    ("phone", "/", PHONE),
    ("bulletin", "/bulletin", DESK),
)


def main() -> None:
    """Load data/ into a temporary database, serve it, and photograph the pages."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
        probe.close()
        environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder}/pictures.db", "DABIAO_BIND": address}
        for step in ("upgrade", "load"):
            subprocess.run([sys.executable, "-m", "etl", step], env=environment, check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen([sys.executable, "-m", "dashboard", "serve", "--trial"], env=environment, cwd=ROOT)
        try:
            _wait(f"http://{address}/healthz")
            _photograph(f"http://{address}")
        finally:
            server.terminate()
            server.wait()


def _wait(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not answer")


def _photograph(base: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for name, path, size in SHOTS:
            context = browser.new_context(
                viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce"
            )
            page = context.new_page()
            page.goto(base + path)
            page.locator("main h1:visible").first.wait_for()
            page.wait_for_load_state("networkidle")
            page.locator("[data-dash-is-loading=true]").wait_for(state="detached")
            page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
