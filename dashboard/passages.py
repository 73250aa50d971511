"""The passage a figure was read from, where the owner keeps the original file.

Originals lie under data/var/sources/ under any name; they are recognised by their hash, so that an
edited copy is never quoted.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from warehouse.queries.lineage import Fact

CONTEXT = 60
"""Characters shown before and after the number."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Text before the number, the number, and text after."""

    before: str
    marked: str
    after: str


def find_passage(folder: Path, fact: Fact, context: int = CONTEXT) -> Passage | None:
    """The passage of a fact with so many characters around it; None without the original, or without a span."""
    if fact.span_start is None or fact.span_end is None or not fact.source.sha256:
        return None
    text = _original(folder, fact.source.sha256, _listing(folder))
    start, end = fact.span_start, fact.span_end
    if text is None or not 0 <= start < end <= len(text):
        return None
    return Passage(
        before=_plain(text[max(0, start - context) : start]),
        marked=_plain(text[start:end]),
        after=_plain(text[end : end + context]),
    )


def _plain(text: str) -> str:
    return text.replace("\n", "")


def _listing(folder: Path) -> tuple[tuple[str, int], ...]:
    """What lies there now, so that a new file is noticed."""
    if not folder.is_dir():
        return ()
    files = (path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=64)
def _original(folder: Path, sha256: str, listing: tuple[tuple[str, int], ...]) -> str | None:
    """The text of the file with that hash; None where it is not here, not readable, or not text."""
    for name, _changed in listing:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            content = (folder / name).read_bytes()
            if hashlib.sha256(content).hexdigest() == sha256:
                return content.decode("utf-8")
    return None
