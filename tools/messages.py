"""Texts of the interface: which lack an English version, which are no longer used.

``python -m tools.messages`` prints both; exit code 1 if there are any. ``--update`` adds the missing
ones to dashboard/locale/en.po with an empty translation and drops the unused ones.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

DASHBOARD = Path(__file__).resolve().parent.parent / "dashboard"
CATALOG = DASHBOARD / "locale" / "en.po"
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]


def used_texts() -> dict[str, list[tuple[str, int]]]:
    """Every text the code and the templates translate, with where it stands."""
    found: dict[str, list[tuple[str, int]]] = {}
    for name, line, text, *_ in extract_from_dir(DASHBOARD, _METHODS, keywords={"_": None, "N_": None}):
        found.setdefault(str(text), []).append((name, line))
    return found


def read_catalog() -> Catalog:
    """The English catalogue; empty where there is none yet."""
    if not CATALOG.is_file():
        return Catalog(locale="en")
    with CATALOG.open("rb") as file:
        return read_po(file, locale="en")


def main() -> int:
    """Compare, and with --update write."""
    used, catalog = used_texts(), read_catalog()
    known = {str(m.id): str(m.string) for m in catalog if m.id}
    missing = sorted(text for text in used if not known.get(text))
    unused = sorted(set(known) - set(used))
    if "--update" in sys.argv:
        fresh = Catalog(locale="en", project="Dabiao", fuzzy=False)
        for text in sorted(used):
            fresh.add(text, known.get(text, ""))
        CATALOG.parent.mkdir(exist_ok=True)
        with CATALOG.open("wb") as file:
            write_po(file, fresh, width=0, omit_header=True)
    for title, texts in (("missing", missing), ("unused", unused)):
        for text in texts:
            print(f"{title}: {text!r} {used.get(text, '')}")
    return 1 if missing or unused else 0


if __name__ == "__main__":
    sys.exit(main())
