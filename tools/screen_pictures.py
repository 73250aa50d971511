"""Takes the reviewed pictures of docs/screens from a synthetic province: ``python -m tools.screen_pictures``.

One view of each kind at four sizes, drawn as a wall draws them, scaled down and kept to a few colours.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import islice
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from dashboard.index import MARKS
from dashboard.reading import Reader
from dashboard.screens.definition import Definition, Entry, Kind
from dashboard.screens.drawing import draw
from dashboard.screens.views import sheets
from dashboard.settings import Settings
from dashboard.state import ViewState
from etl.demo import load_demo
from warehouse.engine import ROOT, open_engine
from warehouse.migrate import upgrade
from warehouse.scope import Scope

PICTURES = ROOT / "docs" / "screens"
DAY = date(2026, 2, 1)
WIDTH, COLOURS = 600, 40
SIZES = (
    Definition(),
    Definition(width=3840, height=2160, diagonal=Decimal(86), distance=Decimal(6), theme="light"),
    Definition(width=7680, height=2160, diagonal=Decimal(220), distance=Decimal(8), columns=4, rows=2, bezel=12),
    Definition(width=1080, height=1920, diagonal=Decimal(43), distance=Decimal(3)),
)


def main() -> None:
    """Draw every kind of view at every size, and photograph it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        url = f"sqlite:///{folder}/pictures.db"
        engine = open_engine(url)
        upgrade(engine)
        load_demo(engine, 17, 14, 3, 7)
        engine.dispose()
        reader = Reader(Settings(database_url=url, today=lambda: DAY))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for definition in SIZES:
            page = browser.new_page(viewport={"width": definition.width, "height": definition.height})
            for kind, svg in _views(reader, definition):
                file = Path(folder) / "view.html"
                file.write_text(_document(definition, svg), encoding="utf-8")
                page.goto(file.as_uri())
                page.evaluate("document.fonts.ready")
                _keep(page.screenshot(), PICTURES / f"{definition.width}x{definition.height}-{kind}.png")
            page.close()
        browser.close()
        reader.engine.dispose()


def _views(reader: Reader, definition: Definition) -> Iterator[tuple[Kind, str]]:
    with reader.read(Scope.everything(), ViewState(), definition.language) as reading:
        for kind in Kind:
            for _name, sheet in islice(sheets(reading, Entry(kind)), 1):  # no map without boundaries
                yield kind, draw(sheet, definition)[0]


def _document(definition: Definition, svg: str) -> str:
    assets = ROOT / "assets"
    sheets_ = "".join(
        f'<link rel="stylesheet" href="{(assets / name).as_uri()}">' for name in ("00_tokens.css", "rooms/screen.css")
    )
    marks = "".join(f'<symbol id="mark-{name}" viewBox="0 0 16 16">{path}</symbol>' for name, path in MARKS.items())
    return (
        f'<!DOCTYPE html><meta charset="utf-8">{sheets_}<body class="screen {definition.theme}">'
        f'<svg width="0" height="0" class="marks">{marks}</svg><figure class="view">{svg}</figure>'
    )


def _keep(shot: bytes, path: Path) -> None:
    image = Image.open(BytesIO(shot)).convert("RGB")
    width = {True: WIDTH * 2 // 3, False: WIDTH}[image.width < image.height] if image.width < 7000 else WIDTH * 2 - 120
    small = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    small.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
