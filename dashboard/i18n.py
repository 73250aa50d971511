"""Two languages. Texts stand in Chinese in the code; ``locale/en.po`` has the English.

``_("来源|list")``: what follows the bar tells apart two meanings of one Chinese text and is never shown.
"{n} target(s)" in the English takes its plural from the number before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

LANGUAGES = ("zh", "en")
HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}

Translate = Callable[[str], str]
"""Chinese text → text in the reader's language; placeholders in braces stay."""

_COUNTED = re.compile(r"(\{(\w+)\}[^{}]*?)\(s\)")


class _Counted(str):
    """An English text with "(s)" after what it counts."""

    def format(self, *args: Any, **values: Any) -> str:
        """As usual, with the plural that fits the number."""
        text = _COUNTED.sub(lambda found: found[1] + ("" if str(values[found[2]]) == "1" else "s"), self)
        return text.format(*args, **values)


@cache
def translator(language: str) -> Translate:
    """The translation into ``zh`` or ``en``. A text without translation stays Chinese."""
    if language != "en":
        return _as_it_is
    with (Path(__file__).parent / "locale" / "en.po").open("rb") as file:
        known = {str(m.id): str(m.string) for m in read_po(file, locale="en") if m.id and m.string}
    english = {text: _Counted(word) if "(s)" in word else word for text, word in known.items()}
    return lambda text: english.get(text) or _as_it_is(text)


def _as_it_is(text: str) -> str:
    return text.partition("|")[0]
