"""Running a command of ``python -m etl`` inside the test's own process."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete

from etl import pipeline
from etl.cli import main
from etl.codebook import Codebook
from etl.reference import read_aliases
from tests.etl.support import INDICATORS
from warehouse import tables as t
from warehouse.catalog import fetch_catalog
from warehouse.engine import open_engine, writing


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command as ``python -m etl`` does, on a database (an engine or an address)."""

    def run_command(database: Engine | str, *arguments: object) -> Said:
        monkeypatch.setenv("DATABASE_URL", str(getattr(database, "url", database)))
        monkeypatch.setattr(sys, "argv", ["etl", *map(str, arguments)])
        capsys.readouterr()
        code: Any = 0
        try:
            main()
        except SystemExit as exit_:
            code = exit_.code or 0
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(code, said.out, said.err)

    return run_command


@pytest.fixture(scope="module")
def small(reference_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The dimensions, but only the few indicators used here, so that many examples are quick."""
    path = tmp_path_factory.mktemp("small") / "dabiao.db"
    shutil.copyfile(reference_file, path)
    engine = open_engine(f"sqlite:///{path}")
    with writing(engine) as connection:
        connection.execute(delete(t.dim_indicator).where(t.dim_indicator.c.indicator_code.not_in(INDICATORS)))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def codebook(reference_file: Path) -> Codebook:
    """The project's dimensions and aliases, without a fact."""
    engine = open_engine(f"sqlite:///{reference_file}")
    with engine.connect() as connection:
        catalog = fetch_catalog(connection)
    engine.dispose()
    return Codebook(catalog, read_aliases(pipeline.DATA))
