"""Known vulnerabilities in the lock files, from a dated snapshot: nothing is asked over the network.

``python -m tools.advisories update CLONE`` reads a clone of pypa/advisory-database and writes the snapshot,
``python -m tools.advisories check`` lets pip-audit judge every pin of the lock files against it. pip-audit asks
an OSV service; here that is a stub on the loopback that answers from the snapshot.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-test.lock"]
SNAPSHOT = ROOT / "data" / "var" / "advisories.json"
SOURCE = "pypa/advisory-database"

_PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(\[[^]]*])?==(?P<version>[^\s;\\]+)\s*(;[^\\]*)?\\?$")

# Every value stays text: an unquoted 2.10 is a version, not 2.1.
_TextLoader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

Pin = tuple[str, Version]
Advisory = dict[str, Any]


class AuditError(Exception):
    """The audit could not be made, or found something: a message in both languages."""


def read_pins(locks: Iterable[Path]) -> list[Pin]:
    """Every name and version the lock files hold, whatever platform they are meant for."""
    pins = set()
    for lock in locks:
        for line in lock.read_text(encoding="utf-8").splitlines():
            if not line.strip() or line.lstrip().startswith(("#", "--hash=")):
                continue
            if not (pin := _PIN.match(line)):
                raise AuditError(f"{lock.name} 中这一行不是固定版本 / not a pinned version: {line}")
            pins.add((canonicalize_name(pin["name"]), Version(pin["version"])))
    return sorted(pins)


def in_range(version: Version, events: list[dict[str, str]]) -> bool:
    """Whether a version lies in an OSV range: the last event at or below it decides."""
    affected = False
    for kind, at in sorted(((k, v) for e in events for k, v in e.items()), key=_event_order):
        if kind == "introduced":
            affected = affected or at == "0" or version >= Version(at)
        elif kind == "fixed":
            affected = affected and version < Version(at)
        elif kind == "last_affected":
            affected = affected and version <= Version(at)
        else:
            raise AuditError(f"公告中有未知的事件 / an event of an unknown kind: {kind}")
    return affected


def _event_order(event: tuple[str, str]) -> tuple[bool, Version, bool]:
    """By version; 0 is before all of them, and at one version an end comes before a new beginning."""
    kind, at = event
    return at != "0", Version(at), kind == "introduced"


def affects(advisory: Advisory, version: Version) -> bool:
    """Whether a version is listed, or lies in one of the ranges."""
    return version in map(Version, advisory["versions"]) or any(in_range(version, r) for r in advisory["ranges"])


def read_advisories(record: dict[str, Any]) -> Iterator[tuple[str, Advisory]]:
    """What an OSV record says of each PyPI package; listed versions only where no range holds them."""
    for name in {canonicalize_name(a["package"]["name"]) for a in _on_pypi(record)}:
        affected = [a for a in _on_pypi(record) if canonicalize_name(a["package"]["name"]) == name]
        ranges = [r["events"] for a in affected for r in a.get("ranges", []) if r["type"] == "ECOSYSTEM"]
        listed = {v for a in affected for text in a.get("versions", []) if (v := _version(text))}
        yield (
            name,
            {
                "id": record["id"],
                "aliases": sorted(record.get("aliases", [])),
                "summary": textwrap.shorten(record.get("summary") or record.get("details", ""), 160),
                "ranges": ranges,
                "versions": [str(v) for v in sorted(listed) if not any(in_range(v, events) for events in ranges)],
            },
        )


def _on_pypi(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The packages of a record that are on PyPI."""
    return [a for a in record.get("affected", []) if a["package"]["ecosystem"] == "PyPI"]


def _version(text: str) -> Version | None:
    """A version, None where no pin could ever name it."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def update(clone: Path, locks: Iterable[Path], snapshot: Path) -> str:
    """Write the snapshot for the packages of the lock files; those without an advisory have an empty list."""
    commit, date = _git(clone, "log", "-1", "--format=%H %cs").decode().split()
    packages: dict[str, list[Advisory]] = {name: [] for name, _ in read_pins(locks)}
    with tarfile.open(fileobj=io.BytesIO(_git(clone, "archive", "--format=tar", commit, "vulns"))) as tar:
        for member in tar:
            if not member.name.endswith((".yaml", ".yml")) or not (file := tar.extractfile(member)):
                continue
            record = yaml.load(file, _TextLoader)
            if record.get("withdrawn"):
                continue
            for name, advisory in read_advisories(record):
                if name in packages:
                    packages[name].append(advisory)
    for advisories in packages.values():
        advisories.sort(key=lambda advisory: advisory["id"])
    written = {"source": SOURCE, "commit": commit, "date": date, "packages": packages}
    snapshot.parent.mkdir(parents=True, exist_ok=True)
    snapshot.write_text(json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    held, found = len(packages), sum(map(len, packages.values()))
    return f"{held} 个包，{found} 条公告，截至 {date} / {held} packages, {found} advisories, as of {date}"


def _git(clone: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(clone), *arguments], check=True, stdout=subprocess.PIPE).stdout


def check(locks: Iterable[Path], snapshot: Path) -> str:
    """Let pip-audit judge every pin; a finding, a package left out and a package unknown are all errors."""
    if not snapshot.is_file():
        raise AuditError(f"没有公告快照 / there is no snapshot of advisories: {snapshot.name}{_RENEW}")
    known = json.loads(snapshot.read_text(encoding="utf-8"))
    pins = read_pins(locks)
    if unknown := sorted({name for name, _ in pins} - known["packages"].keys()):
        raise AuditError(f"快照中没有这些包 / not in the snapshot: {', '.join(unknown)}{_RENEW}")
    with serve(known["packages"]) as url:
        judged = [package for pins_once in _rounds(pins) for package in run_pip_audit(url, pins_once)]
    found = [f"{p['name']} {p['version']}: {_finding(v)}" for p in judged for v in p.get("vulns", [])]
    if found:
        raise AuditError("\n".join([f"已知漏洞 / known vulnerabilities, {_as_of(known)}:", *found]))
    if sorted((canonicalize_name(p["name"]), Version(p.get("version", "0"))) for p in judged) != pins:
        raise AuditError(f"pip-audit 没有审计所有的包 / did not audit every package: {len(judged)} ≠ {len(pins)}")
    return (
        f"依赖审计通过：{len(pins)} 个包，公告数据截至 {known['date']}"
        f" / dependencies audited: {len(pins)} packages, {_as_of(known)}"
    )


_RENEW = "\n先更新 / renew it first: make advisories CLONE=…/advisory-database"


def _as_of(known: dict[str, Any]) -> str:
    return f"advisories as of {known['date']}"


def _finding(vuln: dict[str, Any]) -> str:
    fixed = f" (fixed in {', '.join(vuln['fix_versions'])})" if vuln["fix_versions"] else ""
    return f"{' '.join([vuln['id'], *vuln['aliases']])}{fixed}: {vuln['description']}"


def _rounds(pins: list[Pin]) -> list[list[Pin]]:
    """The pins in lists that name no package twice, as pip-audit wants them; a lock may hold one per platform."""
    rounds: list[dict[str, Version]] = []
    for name, version in pins:
        free = next((r for r in rounds if name not in r), None)
        if free is None:
            rounds.append(free := {})
        free[name] = version
    return [list(r.items()) for r in rounds]


def run_pip_audit(url: str, pins: list[Pin]) -> list[dict[str, Any]]:
    """What pip-audit says of each pin; whatever keeps it from a verdict is an error."""
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "pins.txt"
        requirements.write_text("".join(f"{name}=={version}\n" for name, version in pins), encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--strict", "--no-deps", "--disable-pip", "--format", "json"]
        command += ["--vulnerability-service", "osv", "--osv-url", url, "--progress-spinner", "off"]
        command += ["--cache-dir", folder, "--requirement", str(requirements)]
        done = subprocess.run(command, env=os.environ | {"NO_PROXY": "*"}, capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)["dependencies"]
    except ValueError:
        raise AuditError(f"pip-audit 没有结果 / gave no verdict:\n{done.stderr.strip()}") from None


@contextmanager
def serve(packages: dict[str, list[Advisory]]) -> Iterator[str]:
    """An OSV service on a free port of the loopback, for as long as it is needed: its address."""

    class Answer(BaseHTTPRequestHandler):
        """Answers POST /v1/query; 404 for a package the snapshot does not hold."""

        def do_POST(self) -> None:
            """Answer one question: the advisories that affect a version of a package."""
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name, version = query["package"]["name"], Version(query["version"])
            if name not in packages:
                self.send_error(404, f"{name} is not in the snapshot")
                return
            answer = {"vulns": [_as_osv(name, a) for a in packages[name] if affects(a, version)]}
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the verdict is what counts."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()


def _as_osv(name: str, advisory: Advisory) -> dict[str, Any]:
    """An advisory as pip-audit reads it: it takes the fixed versions from the first range only."""
    events = [event for events in advisory["ranges"] for event in events]
    affected = {
        "package": {"name": name, "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {key: advisory[key] for key in ("id", "aliases", "summary")} | {"affected": [affected]}


def main(arguments: list[str] | None = None) -> int:
    """Carry out one of the two commands."""
    parser = argparse.ArgumentParser(prog="python -m tools.advisories")
    parser.add_argument("--snapshot", type=Path, default=SNAPSHOT)
    parser.add_argument("--lock", type=Path, action="append", dest="locks", help="default: both lock files")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check")
    commands.add_parser("update").add_argument("clone", type=Path)
    given = parser.parse_args(arguments)
    locks = given.locks or LOCKS
    try:
        print(update(given.clone, locks, given.snapshot) if given.command == "update" else check(locks, given.snapshot))
    except AuditError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
