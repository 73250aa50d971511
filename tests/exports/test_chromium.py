"""Printing by a browser, here a script: what is said without one, and that nothing of it is left behind."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from dashboard.exports.chromium import BrowserMissing, PrintingFailed, find_chromium, html_to_pdf
from dashboard.exports.model import Cancelled

PAGE = "<!DOCTYPE html><html><head></head><body>通报</body></html>"
PRINT = 'for a in "$@"; do case "$a" in --print-to-pdf=*) printf %%PDF-1 > "${a#--print-to-pdf=}";; esac; done'


def script(folder: Path, body: str) -> str:
    path = folder / "browser"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_without_a_browser_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(BrowserMissing, match="请安装 chromium") as caught:
        find_chromium({"PATH": str(tmp_path)})
    assert "print to PDF" in caught.value.en
    with pytest.raises(BrowserMissing):
        find_chromium({"PATH": os.environ["PATH"], "DABIAO_CHROMIUM": "/no/such/browser"})
    assert find_chromium({"PATH": str(tmp_path), "DABIAO_CHROMIUM": script(tmp_path, "")}) == str(tmp_path / "browser")


def test_it_prints_a_page_that_lets_nothing_in(tmp_path: Path) -> None:
    keep = f'eval last=\\${{$#}}; cp "${{last#file://}}" {tmp_path}/seen.html; echo "$@" > {tmp_path}/flags; {PRINT}'
    assert html_to_pdf(PAGE, browser=script(tmp_path, keep)) == b"%PDF-1"
    assert "default-src 'none'" in (tmp_path / "seen.html").read_text("utf-8")
    flags = (tmp_path / "flags").read_text()
    assert "--proxy-server=127.0.0.1:1" in flags and "NOTFOUND" in flags
    folder = flags.partition("--user-data-dir=")[2].partition("/profile")[0]
    assert folder and not Path(folder).exists(), "nothing is left behind"


def test_a_browser_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(PrintingFailed, match="no display"):
        html_to_pdf(PAGE, browser=script(tmp_path, "echo no display >&2; exit 1"))


FORK = "sleep 60 & echo $! > {folder}/child; wait"


def test_one_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    with pytest.raises(PrintingFailed, match=r"> 1 s"):
        html_to_pdf(PAGE, seconds=1, browser=script(tmp_path, FORK.format(folder=tmp_path)))
    _check_gone(int((tmp_path / "child").read_text()))


def test_one_that_nobody_waits_for_is_ended_with_its_children(tmp_path: Path) -> None:
    def step(_done: int, _all: int) -> None:
        if (tmp_path / "child").is_file() and (tmp_path / "child").read_text():
            raise Cancelled

    with pytest.raises(Cancelled):
        html_to_pdf(PAGE, step=step, browser=script(tmp_path, FORK.format(folder=tmp_path)))
    _check_gone(int((tmp_path / "child").read_text()))


def _check_gone(pid: int) -> None:
    deadline = time.monotonic() + 5
    while is_alive(pid):
        assert time.monotonic() < deadline
