"""What amounts and targets share: widths and spaces folded, and Chinese numerals (中文数字) read exactly."""

from __future__ import annotations

import re

_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {
    ord(odd): plain
    for odd, plain in {
        "﹪": "%", "−": "-", "﹣": "-", "〜": "~", "∼": "~", "〔": "(", "〕": ")", "≧": ">=", "⩾": ">=", "≥": ">=",
        "≦": "<=", "⩽": "<=", "≤": "<=", "≮": ">=", "≯": "<=",
    }.items()
}  # fmt: skip
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟〇", "一二三四五六七八九十百千零")

_DIGITS = "零一二三四五六七八九"
_UNITS = {"千": 1000, "百": 100, "十": 10}
_MYRIADS = {"亿": 10**8, "万": 10**4}

NUMERAL = "[零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]"
"""A character of a Chinese numeral, as a pattern."""
_MOST_CHARACTERS = 40


def fold(text: str) -> str:
    """The text in half-width characters, without spaces.

    Between two digits a space stays: it may part two numbers, and ``85 80`` must not become 8580.
    """
    folded = re.sub(r"\s+", " ", text.translate(_INVISIBLE).translate(_HALF_WIDTH))
    return re.sub(r"(?<![0-9.,]) | (?![0-9.,])", "", folded)


def parse_numeral(text: str) -> int | None:
    """The whole number a well-formed Chinese numeral says (三百二十 → 320), None for any other text.

    What people shorten or blur (三百二, 两三百, 七八十) is no numeral: only what is written as
    ``format_numeral`` would write it, give or take 两 and a 一 before 十, is read.
    """
    if len(text) > _MOST_CHARACTERS or not re.fullmatch(f"{NUMERAL}+", text):
        return None
    plain = text.translate(_FORMAL)
    plain = "二" if plain == "两" else re.sub("两(?=[百千万亿])", "二", plain)
    plain = re.sub("(?<![一二三四五六七八九])十", "一十", plain)
    if "两" in plain:
        return None
    total = section = digit = 0
    for character in plain:
        if character in _DIGITS:
            digit = _DIGITS.index(character)
        elif character in _UNITS:
            section, digit = section + digit * _UNITS[character], 0
        elif character == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        else:
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    number = total + section + digit
    return number if number < 10**16 and format_numeral(number) == plain else None


def format_numeral(number: int) -> str:
    """A whole number from 0 below 10^16 in Chinese numerals, in full: 10 is 一十."""
    if number < 10:
        return _DIGITS[number]
    for character, size in (_MYRIADS | _UNITS).items():
        if number >= size:
            head, rest = divmod(number, size)
            gap = "零" if 0 < rest < size // 10 else ""
            return format_numeral(head) + character + gap + (format_numeral(rest) if rest else "")
    raise AssertionError(number)
