"""HTML → PDF through a headless Chromium on this machine, without network, within a time limit."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from dashboard.exports.pdf_text import with_characters
from warehouse.errors import DabiaoError

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "headless_shell")
SETTING = "DABIAO_CHROMIUM"
SECONDS = 120
_POLL = 0.1
_FLAGS = (
    "--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--metrics-recording-only", "--disable-domain-reliability", "--disable-client-side-phishing-detection",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:1",
    "--proxy-bypass-list=<-loopback>", "--no-pdf-header-footer", "--run-all-compositor-stages-before-draw",
)  # fmt: skip
"""No name resolution, and whatever it might still fetch goes to a proxy that is not there."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"


class BrowserMissing(DabiaoError):
    """There is no browser to print with."""

    def __init__(self) -> None:
        super().__init__(
            "本机没有 Chromium，做不了 PDF。请安装 chromium（或用 DABIAO_CHROMIUM 指明其路径），"
            "也可以打开页面，用浏览器的“打印 → 另存为 PDF”，内容相同。",
            "There is no Chromium on this machine, so no PDF can be made. Install chromium (or name its path in "
            "DABIAO_CHROMIUM), or open the page and use the browser's own print to PDF, which gives the same.",
        )


class PrintingFailed(DabiaoError):
    """The browser did not make a PDF."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"PDF 没有做成：{detail}。请重试；仍不行时，用浏览器的“打印 → 另存为 PDF”。",
            f"The PDF was not made: {detail}. Try again; failing that, use the browser's own print to PDF.",
        )


def find_chromium(environment: Mapping[str, str] = os.environ) -> str:
    """The browser named in DABIAO_CHROMIUM, else the first found on PATH. Errors: BrowserMissing."""
    named = environment.get(SETTING, "").strip()
    for name in (named,) if named else NAMES:
        found = shutil.which(name, path=environment.get("PATH"))
        if found:
            return found
    raise BrowserMissing


def html_to_pdf(
    html: str,
    *,
    script: str = "",
    step: Callable[[int, int], None] | None = None,
    seconds: float = SECONDS,
    browser: str | None = None,
) -> bytes:
    """A self-contained HTML document as a PDF; ``@page`` in it sets paper and page numbers.

    ``script`` runs at the end of the document, and no other one does. ``step`` is told every moment that it is
    still going on; what it raises ends the browser.
    Errors: BrowserMissing, PrintingFailed.
    """
    program = browser or find_chromium()
    with tempfile.TemporaryDirectory(prefix="dabiao-pdf-", ignore_cleanup_errors=True) as folder:
        page, pdf = Path(folder) / "page.html", Path(folder) / "page.pdf"
        page.write_text(_guarded(html, script), encoding="utf-8")
        command = [
            program, *_FLAGS, *_sandbox(), f"--user-data-dir={folder}/profile", f"--print-to-pdf={pdf}", page.as_uri(),
        ]  # fmt: skip
        with (Path(folder) / "log").open("w+b") as log:
            _run(command, folder, log, step, seconds)
            if not pdf.is_file() or not pdf.stat().st_size:
                log.seek(0)
                last = log.read().decode("utf-8", "replace").strip().splitlines()[-1:]
                raise PrintingFailed(last[0][:200] if last else "Chromium")
        return with_characters(pdf.read_bytes())


def _guarded(html: str, script: str) -> str:
    """With a policy that lets nothing in from elsewhere, and runs no script but this one."""
    head, found, rest = html.partition("<head>")
    body, end, after = rest.rpartition("</body>")
    if not found or not end or "</script" in script.casefold():
        raise ValueError("the document has no <head> or <body>, or the script would end early")
    policy, run = _POLICY, ""
    if script:
        policy += f"; script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
        run = f"<script>{script}</script>"
    return f'{head}{found}<meta http-equiv="Content-Security-Policy" content="{policy}">{body}{run}{end}{after}'


def _sandbox() -> tuple[str, ...]:
    """Chromium's own sandbox refuses to run for root, as services in containers do."""
    return ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()


def _run(command: list[str], folder: str, log: object, step: Callable[[int, int], None] | None, seconds: float) -> None:
    """Wait for the browser; with it goes its whole process group, whatever happens."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    process = subprocess.Popen(  # noqa: S603 (a fixed command, no shell)
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,  # type: ignore[call-overload]
        start_new_session=True, env={**environment, "HOME": folder},
    )  # fmt: skip
    end = time.monotonic() + seconds
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_POLL)
                return
            if step is not None:
                step(0, 1)
            if time.monotonic() > end:
                raise PrintingFailed(f"> {seconds:g} s")
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
