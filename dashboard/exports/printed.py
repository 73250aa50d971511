"""The bulletin as a PDF: the outline as HTML for paper, printed by a browser."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from dashboard.components.render import render
from dashboard.exports.chromium import html_to_pdf
from dashboard.exports.model import Bulletin, Step
from dashboard.exports.outline import make_outline
from dashboard.exports.words import SHAPES
from dashboard.i18n import HTML_LANGUAGE
from dashboard.reading import Reading


def make_pdf(bulletin: Bulletin, reading: Reading, step: Step) -> bytes:
    """The bulletin as PDF. Errors: DabiaoError without a browser; whatever ``step`` raises."""
    return html_to_pdf(print_html(bulletin, reading), step=step)


def print_html(bulletin: Bulletin, reading: Reading) -> str:
    """The bulletin as one HTML file that needs nothing else."""
    d = reading.display
    outline = make_outline(bulletin, reading)
    return render(
        "bulletin_print.html", d, o=outline, shapes=SHAPES, css=_style_sheet(), language=HTML_LANGUAGE[d.language]
    )


@cache
def _style_sheet() -> str:
    return Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
