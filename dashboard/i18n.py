"""Two languages. Texts stand in Chinese in the code; ``locale/en.po`` has the English."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("zh", "en")
HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}

Translate = Callable[[str], str]
"""Chinese text → text in the reader's language; placeholders in braces stay."""


@cache
def translator(language: str) -> Translate:
    """The translation into ``zh`` or ``en``. A text without translation stays Chinese."""
    if language != "en":
        return _as_it_is
    with (Path(__file__).parent / "locale" / "en.po").open("rb") as file:
        english = {str(m.id): str(m.string) for m in read_po(file, locale="en") if m.id and m.string}
    return lambda text: english.get(text, text)


def _as_it_is(text: str) -> str:
    return text
