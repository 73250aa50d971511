"""Passwords: what is good enough, and how they are kept.

The rules follow NIST SP 800-63B-4, section 3.1.1: length decides, guessable ones are refused, nothing
has to be changed without cause. ``djbh`` adds what assessments under 等保 2.0 (GB/T 22239-2019,
8.1.4.1) ask for: several kinds of characters, and a new password every 90 days.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from warehouse.errors import DabiaoError

SHORTEST, LONGEST = 15, 256
KINDS_NEEDED = 3
_STRONG_ENOUGH = 3
_JUDGED = 72
"""zxcvbn takes longer for longer ones, and they are strong anyway."""
_WORDS = ("dabiao", "达标", "minzheng", "民政")
"""What everybody here would think of."""
FIRST_PASSWORD_HOURS = 72
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"

_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106 for little memory


class WeakPassword(DabiaoError):
    """A password that is not good enough, with what to do."""


def normalise(password: str) -> str:
    """One spelling of the same characters, whatever keyboard wrote them."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """argon2id, with its own salt."""
    return _hasher.hash(normalise(password))


def verify_password(password: str, stored: str | None) -> bool:
    """Whether it is the password; takes as long where there is none, so that time does not tell who exists."""
    try:
        return _hasher.verify(stored or _nobody(), normalise(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether it was hashed with weaker parameters than are used now."""
    return _hasher.check_needs_rehash(stored)


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe())


def first_password() -> str:
    """A password to be used once: easy to read out and to type."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


def check_password(password: str, about: tuple[str, ...] = (), *, djbh: bool = False) -> None:
    """Raise WeakPassword unless it is good enough; ``about``: names of its owner, which it may not rest on."""
    text = normalise(password)
    if len(text) < SHORTEST:
        raise WeakPassword(
            f"口令至少 {SHORTEST} 个字符。可以用几个不相干的词连成一句。",
            f"A password has at least {SHORTEST} characters. A few unrelated words make a good one.",
        )
    if len(text) > LONGEST:
        raise WeakPassword(f"口令最多 {LONGEST} 个字符。", f"A password has at most {LONGEST} characters.")
    if not text.isprintable():
        raise WeakPassword("口令里有看不见的字符。", "The password contains characters that cannot be seen.")
    if djbh and _kinds(text) < KINDS_NEEDED:
        raise WeakPassword(
            "口令要有大写字母、小写字母、数字、其他字符中的至少三种。",
            "A password has at least three of: capital letters, small letters, digits, other characters.",
        )
    from zxcvbn import zxcvbn  # large, and only needed here

    known = [*filter(None, about), *_WORDS]
    found = zxcvbn(text[:_JUDGED], user_inputs=known)
    if found["score"] < _STRONG_ENOUGH or len(_besides(known, text)) < SHORTEST // 3:
        raise WeakPassword(
            "这个口令太容易猜。请不要用常见口令、姓名、日期、键盘顺序或重复。",
            "This password is too easy to guess. Avoid common passwords, names, dates, keyboard rows and repetition.",
        )


def _besides(known: list[str], text: str) -> set[str]:
    """The characters that are left where names and what stands between them are taken out."""
    rest = text.casefold()
    words = {word for name in known for word in (name, *name.split())}
    for word in sorted(words, key=len, reverse=True):
        if len(word) > 1:
            rest = rest.replace(normalise(word).casefold(), "")
    return set(rest) - set(" -_.")


def _kinds(text: str) -> int:
    kinds = (str.isupper, str.islower, str.isdigit, lambda c: not (c.isupper() or c.islower() or c.isdigit()))
    return sum(any(kind(c) for c in text) for kind in kinds)
