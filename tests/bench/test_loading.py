"""The comparison with pandas runs, and both load every row. What it measures is not judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.loading import DABIAO, PANDAS
from warehouse.engine import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bench")]


def test_both_load_every_row(tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    command = [sys.executable, "-m", "bench.loading", "--rows", "300", "--rounds", "2", "--json", str(found)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    runs = json.loads(found.read_text())
    assert [run["loader"] for run in runs] == [PANDAS, DABIAO, DABIAO, PANDAS]
    assert {run["rows"] for run in runs} == {300}
    assert all(run["seconds"] > 0 and run["peak_mib"] > 0 for run in runs)
    assert "× pandas" in done.stdout
