"""The benchmark runs, and compares apps that show the same facts. What it measures is not judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.apps import APPS
from bench.data import VIEWS
from warehouse.engine import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bench")]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Everything a quick run measured, without a browser."""
    folder = tmp_path_factory.mktemp("bench")
    command = [sys.executable, "-m", "bench", "--quick", "--no-browser"]
    options = ["--districts", "18", "--indicators", "8", "--folder", str(folder), "--json", str(folder / "found.json")]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(Path(folder / "found.json").read_text())


@pytest.mark.parametrize("view", VIEWS)
def test_every_app_answers_with_the_same_key_numbers(found: dict[str, Any], view: str) -> None:
    numbers = {answer["app"]: answer["numbers"] for answer in found["answers"] if answer["view"] == view}
    assert numbers.keys() == {app.name for app in APPS}
    first = next(iter(numbers.values()))
    assert first["targets" if "targets" in first else "ranked"] > 0, "an empty answer compares nothing"
    assert all(other == first for other in numbers.values()), numbers


def test_the_map_has_a_cell_for_every_district_and_indicator(found: dict[str, Any]) -> None:
    cells = {answer["numbers"]["cells"] for answer in found["answers"] if answer["view"] == "overview"}
    assert cells == {18 * 8}


def test_every_app_is_measured_in_every_view(found: dict[str, Any]) -> None:
    measured = {(speed["app"], speed["view"]) for speed in found["speeds"]}
    assert measured == {(app.name, view) for app in APPS for view in VIEWS}
    assert all(speed[part]["requests"] > 0 for speed in found["speeds"] for part in ("alone", "many"))
    assert {footprint["app"] for footprint in found["footprints"]} == {app.name for app in APPS}
    assert all(footprint["pss"] > 0 for footprint in found["footprints"])
