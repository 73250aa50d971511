"""Running a command of ``python -m etl`` inside the test's own process."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine

from etl.cli import main


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
