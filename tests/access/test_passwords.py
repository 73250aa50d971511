"""Passwords: length decides, what is easy to guess is refused, and how they are kept."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.access import passwords
from dashboard.access.passwords import (
    LONGEST,
    SHORTEST,
    WeakPassword,
    check_password,
    first_password,
    hash_password,
    needs_rehash,
    verify_password,
)

OWNER = ("liming", "李明 Li Ming")

GOOD = (
    "correct horse battery staple", "purple-llama-coffee-tuesday", "Xk9#mQ2$vL7@pR4!", "7fd2a09c41be88e3d6",
    "秋天的河马在图书馆里数星星真奇怪", "我家楼下的猫每天七点准时晒太阳", "昨夜雨疏风骤浓睡不消残酒试问卷帘人",
    "爷爷 养了 三只 会 下棋 的 鹦鹉 呢", "naïve façade über Ærøskøbing", "🦊🌵🚲🍉🎻🧭🪁🦉🥝🛶🧩🎈🐙🪐🧶",
    "x7" * 2 + " marmalade teapot",
)  # fmt: skip

BAD = {
    "": "15", "short": "15", "a" * 14: "15", "秋天的河马在图书馆里数星": "15",
    "x" * 257: "256", "correct horse " * 30: "256",
    "a" * 15: "猜", "a" * 256: "猜", "ab" * 8: "猜", "abababababababababab": "猜", "啊" * 20: "猜",
    "一二一二一二一二一二一二一二一二": "猜",
    "123456789012345": "猜", "1234567890123456789012345": "猜", "passwordpassword": "猜", "Password123456!": "猜",
    "qwertyuiopasdfgh": "猜", "qwertyuiop[]asdfghjkl": "猜", "1qaz2wsx3edc4rfv": "猜", "zxcvbnmasdfghjkl": "猜",
    "abcdefghijklmnop": "猜", "iloveyouiloveyou": "猜", "20260101202601": "15", "2026-01-01 2026": "猜",
    "19491001194910011949": "猜",
    "limingliminglimi": "猜", "Li Ming Li Ming1": "猜", "李明李明李明李明李明李明李明李明": "猜",
    "dabiaodabiaodabiao": "猜", "达标达标达标达标达标达标达标达标": "猜", "民政民政民政民政民政民政民政民政": "猜",
    "minzheng minzheng": "猜", "admin admin admin": "猜", "p@ssw0rdp@ssw0rd": "猜",
    "ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ": "猜",
    "letmein letmein letmein": "猜", "correct horse battery\x00staple": "看不见",
    "correct horse battery\nstaple": "看不见",
    "correct\u200bhorse battery staple": "看不见", "correct horse\u202ebattery staple": "看不见",
}  # fmt: skip


@pytest.mark.parametrize("password", GOOD)
def test_a_good_password_is_taken(password: str) -> None:
    check_password(password, OWNER)
    assert verify_password(password, hash_password(password))


@pytest.mark.parametrize(("password", "word"), BAD.items(), ids=range(len(BAD)))
def test_a_poor_password_is_refused_with_what_to_do(password: str, word: str) -> None:
    with pytest.raises(WeakPassword) as found:
        check_password(password, OWNER)
    assert word in found.value.zh
    assert found.value.en.isascii() and (not password or password not in found.value.en + found.value.zh)


@pytest.mark.parametrize(
    ("password", "is_enough"),
    [
        ("correct horse battery staple", False), ("correct horse battery stap1e", True),
        ("Correct horse battery staple", True),
        ("correcthorsebatterystaple", False), ("correcthorsebattery1staple", False),
        ("CORRECThorsebattery1staple", True),
        ("秋天的河马在图书馆里数星星真奇怪", False), ("秋天的河马在图书馆里数星星真奇怪A1", True),
        ("秋天的河马 a 在图书馆里数 7 颗星", True),
        ("Xk9#mQ2$vL7@pR4!", True), ("aaaaaaaaaaaaA1!a", False),
    ],
)  # fmt: skip
def test_the_rules_of_djbh_ask_for_three_kinds_of_characters_too(password: str, is_enough: bool) -> None:
    if is_enough:
        check_password(password, OWNER, djbh=True)
        return
    with pytest.raises(WeakPassword):
        check_password(password, OWNER, djbh=True)


def test_the_limits_are_counted_in_characters_after_normalising() -> None:
    check_password("ｃｏｒｒｅｃｔ horse tree")
    with pytest.raises(WeakPassword, match="至少 15"):
        check_password("e\u0301" * 14)  # 28 code points, 14 characters
    with pytest.raises(WeakPassword, match="最多 256"):
        check_password("\ufdfa" * 15)  # one of these is eighteen characters
    assert (SHORTEST, LONGEST) == (15, 256)
    long = "purple llama " + "".join(chr(0x4E00 + 37 * i) for i in range(LONGEST - 13))
    check_password(long)
    with pytest.raises(WeakPassword, match="最多 256"):
        check_password(f"{long}x")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("caf\u00e9 horse battery staple", "cafe\u0301 horse battery staple"),
        ("ﬁne horse battery staple", "fine horse battery staple"),
        ("Ｃｏｒｒｅｃｔ　horse battery", "Correct horse battery"),
        ("①②③ horse battery staple", "123 horse battery staple"),
        ("\uac00\uac01 horse battery staple", "\u1100\u1161\u1100\u1161\u11a8 horse battery staple"),
    ],
)  # fmt: skip
def test_the_same_characters_are_the_same_password_whatever_keyboard_wrote_them(one: str, other: str) -> None:
    assert one != other
    assert verify_password(other, hash_password(one)) and verify_password(one, hash_password(other))


@settings(max_examples=40)
@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_only_the_password_is_the_password(password: str, other: str) -> None:
    stored = hash_password(password)
    assert stored.startswith("$argon2id$") and password not in stored.split("$")
    assert verify_password(password, stored)
    is_same = passwords.normalise(other) == passwords.normalise(password)
    assert verify_password(other, stored) is is_same
    assert hash_password(password) != stored, "each has its own salt"


@pytest.mark.parametrize(
    "stored", [None, "", "x", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv", "plain text password"]
)
def test_no_hash_is_matched_by_nothing(stored: str | None) -> None:
    for password in ("", "plain text password", "x", "\x00", "long" * 1000):
        assert not verify_password(password, stored)


def test_where_there_is_no_account_as_much_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            asked.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Counting(time_cost=1, memory_cost=8, parallelism=1))
    verify_password("x", hash_password("y"))
    verify_password("x", None)
    assert len(asked) == 2
    assert asked[0].split("$")[:4] == asked[1].split("$")[:4], "the same parameters"


def test_a_hash_of_weaker_parameters_is_known_for_one() -> None:
    weaker = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash("x")
    assert needs_rehash(weaker)
    assert not needs_rehash(hash_password("x"))


def test_what_is_really_used_is_as_strong_as_rfc_9106_asks() -> None:
    real = PasswordHasher()
    assert (real.type.name, real.time_cost >= 3, real.memory_cost >= 65536, real.salt_len >= 16) == (
        "ID",
        True,
        True,
        True,
    )


def test_first_passwords_are_all_different_and_would_pass_the_rules() -> None:
    found = {first_password() for _ in range(2000)}
    assert len(found) == 2000
    for password in list(found)[:50]:
        check_password(password)
        groups = password.split("-")
        assert [len(group) for group in groups] == [5, 5, 5, 5]
        assert set(password) <= set("abcdefghjkmnpqrstuvwxyz23456789-"), "nothing that reads like something else"
    every = "".join(found)
    assert all(every.count(c) > 200 for c in "abcdefghjkmnpqrstuvwxyz23456789")
