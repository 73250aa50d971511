"""The audit of the lock files: real pip-audit, judged against advisories made up here."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from tools import advisories

Event = dict[str, str]

HASH = "--hash=sha256:" + "0" * 64


def advisory(*ranges: list[Event], versions: tuple[str, ...] = (), id: str = "PYSEC-2026-1") -> advisories.Advisory:
    """An advisory as the snapshot holds it."""
    return {"id": id, "aliases": ["CVE-2026-1"], "summary": "It bites.", "ranges": [*ranges], "versions": [*versions]}


def since(version: str, **end: str) -> list[Event]:
    """A range from a version on, to an end if it has one."""
    return [{"introduced": version}, *({kind: at} for kind, at in end.items())]


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock file of two packages, one of them in a version for each of two platforms."""
    path = tmp_path / "made.lock"
    path.write_text(
        f"# made\nAlpha[extra]==1.5 ; python_full_version < '3.12' \\\n    {HASH} \\\n    {HASH}\n"
        f"    # via beta\nalpha==2.0 ; python_full_version >= '3.12' \\\n    {HASH}\nbeta==1.0 \\\n    {HASH}\n"
    )
    return path


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """A place for a snapshot."""
    return tmp_path / "advisories.json"


def know(snapshot: Path, **packages: list[advisories.Advisory]) -> None:
    """Write a snapshot."""
    held = {"source": "made up", "commit": "0" * 40, "date": "2026-11-01", "packages": packages}
    snapshot.write_text(json.dumps(held))


def check(lock: Path, snapshot: Path) -> int:
    """The exit code of the command."""
    return advisories.main(["--snapshot", str(snapshot), "--lock", str(lock), "check"])


@pytest.mark.parametrize(
    ("events", "inside", "outside"),
    [
        (since("0"), "0.dev1 0 1 99", ""),
        (since("0", fixed="2.10"), "0 2.9 2.10rc1", "2.10 2.10.post1 3"),
        (since("1.5"), "1.5 1.5.0 2", "1.4 1.5rc1"),
        (since("1.5", fixed="2"), "1.5 1.9", "1.4 2 2.0"),
        (since("1.5", last_affected="2"), "1.5 1.9 2.0", "1.4 2.0.1"),
        (since("1", fixed="1.5") + since("2", fixed="2.2"), "1 1.4 2 2.1", "0.9 1.5 1.9 2.2"),
        (since("2", fixed="2.2") + since("1", fixed="1.5"), "1 1.4 2 2.1", "0.9 1.5 1.9 2.2"),
        (since("0", fixed="1") + since("1", last_affected="3"), "0 0.9 1 3", "3.1"),
        (list(reversed(since("1", fixed="1.5"))), "1 1.4", "0.9 1.5"),
    ],
)
def test_a_range_holds_what_its_events_say(events: list[Event], inside: str, outside: str) -> None:
    for text in inside.split():
        assert advisories.in_range(Version(text), events), text
    for text in outside.split():
        assert not advisories.in_range(Version(text), events), text


def test_an_event_of_an_unknown_kind_is_not_passed_over() -> None:
    with pytest.raises(advisories.AuditError, match="limit"):
        advisories.in_range(Version("1"), since("0", limit="2"))


@pytest.mark.parametrize(
    ("version", "affected"), [("1.0", True), ("1", True), ("1.1", False), ("3.1", True), ("4", False)]
)
def test_a_version_is_affected_if_it_is_listed_or_in_any_range(version: str, affected: bool) -> None:
    bites = advisory(since("2", fixed="2.1"), since("3", fixed="4"), versions=("1.0",))
    assert advisories.affects(bites, Version(version)) is affected


def test_every_pin_of_a_lock_is_read_whatever_its_platform(lock: Path) -> None:
    assert advisories.read_pins([lock, lock]) == [
        ("alpha", Version("1.5")),
        ("alpha", Version("2.0")),
        ("beta", Version("1.0")),
    ]


@pytest.mark.parametrize("line", ["alpha>=1", "alpha", "-r other.lock", "alpha @ file:///alpha.whl", "-e ."])
def test_a_line_that_pins_nothing_fails_the_audit(
    line: str, lock: Path, snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    know(snapshot, alpha=[], beta=[])
    lock.write_text(f"{line}\n")
    assert check(lock, snapshot) == 1
    assert line in capsys.readouterr().err


def test_the_locks_of_the_project_can_be_read() -> None:
    run, test = ({name for name, _ in advisories.read_pins([lock])} for lock in advisories.LOCKS)
    assert {"dash", "sqlalchemy"} <= run < test
    assert "pip-audit" in test


def test_clean_locks_pass_and_the_date_of_the_data_is_printed(
    lock: Path, snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    know(snapshot, alpha=[advisory(since("0", fixed="1.5"))], beta=[])
    assert check(lock, snapshot) == 0, capsys.readouterr().err
    assert capsys.readouterr().out == (
        "依赖审计通过：3 个包，公告数据截至 2026-11-01"
        " / dependencies audited: 3 packages, advisories as of 2026-11-01\n"
    )


def test_a_vulnerable_pin_fails_though_it_is_meant_for_another_platform(
    lock: Path, snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    know(
        snapshot,
        alpha=[advisory(since("1", fixed="1.6")), advisory(since("1.9", fixed="2.1"), id="PYSEC-2026-2")],
        beta=[],
    )
    assert check(lock, snapshot) == 1
    error = capsys.readouterr().err
    assert "advisories as of 2026-11-01" in error
    assert "alpha 1.5: PYSEC-2026-1 CVE-2026-1 (fixed in 1.6): It bites." in error
    assert "alpha 2.0: PYSEC-2026-2 CVE-2026-1 (fixed in 2.1): It bites." in error


def test_a_package_the_snapshot_does_not_hold_fails(
    lock: Path, snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    know(snapshot, alpha=[])
    assert check(lock, snapshot) == 1
    assert "not in the snapshot: beta\n" in (error := capsys.readouterr().err)
    assert "make advisories" in error


def test_without_a_snapshot_the_audit_fails(lock: Path, snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(lock, snapshot) == 1
    assert "make advisories" in capsys.readouterr().err


def test_pip_audit_gives_no_verdict_where_the_service_knows_nothing() -> None:
    with advisories.serve({}) as url, pytest.raises(advisories.AuditError, match="gave no verdict"):
        advisories.run_pip_audit(url, [("alpha", Version("1"))])


def test_a_package_that_pip_audit_leaves_out_fails(
    lock: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    know(snapshot, alpha=[], beta=[])
    monkeypatch.setattr(advisories, "run_pip_audit", lambda url, pins: [{"name": "alpha", "skip_reason": "unknown"}])
    assert check(lock, snapshot) == 1
    assert "did not audit every package" in capsys.readouterr().err


def test_the_service_says_not_found_of_what_it_does_not_know() -> None:
    question = json.dumps({"package": {"name": "alpha", "ecosystem": "PyPI"}, "version": "1"}).encode()
    with advisories.serve({}) as url, pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url, question)
    refused.value.close()
    assert refused.value.code == 404


RECORD = """
id: PYSEC-2026-1
details: |
  It bites,
  and it barks.
aliases: [CVE-2026-2, CVE-2026-1]
affected:
- package: {name: Alpha, ecosystem: PyPI}
  ranges:
  - {type: GIT, repo: somewhere, events: [{introduced: "0"}, {fixed: abc}]}
  - {type: ECOSYSTEM, events: [{introduced: 2.1}, {fixed: 2.10}]}
  versions: [2.1, 2.9, 0.5, not a version]
- package: {name: alpha, ecosystem: npm}
  versions: [9]
- package: {name: elsewhere, ecosystem: PyPI}
  versions: [1]
"""


def test_the_snapshot_holds_what_a_clone_says_of_the_locked_packages(
    lock: Path, snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = tmp_path / "clone"
    folder = clone / "vulns" / "alpha"
    folder.mkdir(parents=True)
    (folder / "PYSEC-2026-1.yaml").write_text(RECORD)
    (folder / "PYSEC-2026-9.yaml").write_text(f"{RECORD}withdrawn: 2026-02-01T00:00:00Z\n")
    made: dict[str, Any] = {"check": True, "capture_output": True, "text": True, "cwd": clone}
    person = ["-c", "user.name=Someone", "-c", "user.email=someone@example.org", "-c", "commit.gpgsign=false"]
    day = os.environ | {"GIT_COMMITTER_DATE": "2026-03-04T05:06:07Z"}
    subprocess.run(["git", "init", "-q"], **made)
    subprocess.run(["git", "add", "."], **made)
    subprocess.run(["git", *person, "commit", "-qm", "made"], env=day, **made)

    assert advisories.main(["--snapshot", str(snapshot), "--lock", str(lock), "update", str(clone)]) == 0
    assert "2 packages, 1 advisories, as of 2026-03-04" in capsys.readouterr().out
    held = json.loads(snapshot.read_text())
    assert held["source"] == "pypa/advisory-database"
    assert held["date"] == "2026-03-04"
    assert held["commit"] == subprocess.run(["git", "rev-parse", "HEAD"], **made).stdout.strip()
    assert held["packages"] == {
        "alpha": [
            {
                "id": "PYSEC-2026-1",
                "aliases": ["CVE-2026-1", "CVE-2026-2"],
                "summary": "It bites, and it barks.",
                "ranges": [[{"introduced": "2.1"}, {"fixed": "2.10"}]],
                "versions": ["0.5"],
            }
        ],
        "beta": [],
    }
