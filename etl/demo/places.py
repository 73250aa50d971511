"""A province that does not exist: cities, districts, and what each of them is like."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

PROVINCE_CODE = "990000"
"""GB/T 2260 leaves everything from 99 unused."""
DISTRICTS_A_CITY, MOST_CITIES = 10, 60

# Characters rare in real place names, each with a reading of its own in its list.
_CITY_HEADS = (
    "云 yun|霁 ji|澜 lan|棠 tang|砚 yan|琅 lang|珩 heng|漪 yi|槿 jin|璟 jing|沐 mu|筱 xiao|瀚 han|霖 lin|"
    "黛 dai|暄 xuan|湛 zhan|皓 hao|璨 can|瑜 yu"
)
_CITY_TAILS = "州 zhou|陵 ling|川 chuan"
_HEADS = (
    "岚 lan|砚 yan|瑾 jin|棠 tang|曦 xi|沐 mu|翎 ling|澹 dan|煦 xu|芷 zhi|琼 qiong|珂 ke|筠 yun|荻 di|"
    "蕙 hui|萱 xuan|茗 ming|梓 zi|枫 feng|柘 zhe|桐 tong|楠 nan|榆 yu|桦 hua|樟 zhang|杞 qi|葵 kui|"
    "莲 lian|芦 lu|苇 wei|鸥 ou|鹤 he|麟 lin|霞 xia|虹 hong|霓 ni|霜 shuang|晴 qing|朗 lang|皎 jiao|"
    "璞 pu|瑶 yao|琢 zhuo|碧 bi|绛 jiang|黛 dai|素 su|墨 mo|银 yin|玖 jiu|霁 ji|蔓 man|穗 sui|茸 rong|"
    "馥 fu|璨 can|舒 shu|椿 chun|檀 tan|婵 chan|骊 li|骁 xiao|笙 sheng|琴 qin|瑟 se|釉 you|瓷 ci|弥 mi"
)
_TAILS = (
    "麓 lu|汀 ting|渚 zhu|埠 bu|峤 qiao|畔 pan|屿 yu|坞 wu|岫 xiu|沚 zhi|湄 mei|浔 xun|澍 shu|岑 cen|"
    "峦 luan|岬 jia|垣 yuan|阡 qian|陌 mo|堰 yan|闸 zha|驿 yi|坊 fang|廊 lang|圃 pu|畦 qi|垄 long|"
    "坪 ping|壑 he|谷 gu|涧 jian|泉 quan|潭 tan|泓 hong|漾 yang|涛 tao|澜 lan|洲 zhou|矶 ji|港 gang|"
    "津 jin|渡 du|帆 fan|墩 dun|塔 ta|礁 jiao|湾 wan|荡 dang|溆 xu|浜 bang|汐 xi|岱 dai|砦 zhai|埂 geng|"
    "皋 gao|沱 tuo|堤 di"
)
_SUFFIXES = (("区", "District"), ("区", "District"), ("县", "County"), ("县", "County"), ("市", "City"))


@dataclass(frozen=True, slots=True)
class Place:
    """A row of ``dim_district``."""

    code: str
    zh: str
    en: str
    level: str
    parent_code: str | None

    def row(self) -> dict[str, Any]:
        """The row as it is inserted."""
        return {
            "district_code": self.code, "name_zh": self.zh, "name_en": self.en, "level": self.level,
            "parent_code": self.parent_code, "sort_order": int(self.code), "valid_from": None, "valid_to": None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Temper:
    """What a district is like: its size, how much of it is town, and how its bureau works."""

    scale: float
    """Inhabitants, 1 for 500 000."""
    urban_share: float
    drive: float
    """What it reaches beyond (or short of) what it promises, as a share."""
    has_one_standard: bool
    """城乡同标"""
    raises_in: int
    """The half-year in which standards are raised."""


def province() -> Place:
    """演示省"""
    return Place(PROVINCE_CODE, "演示省", "Demo Province", "province", None)


def cities(districts: int) -> list[Place]:
    """As many cities as so many districts need."""
    count = min(MOST_CITIES, -(-districts // DISTRICTS_A_CITY))
    heads, tails = _readings(_CITY_HEADS), _readings(_CITY_TAILS)
    found = []
    for number in range(count):
        (head, reading), (tail, end) = heads[number % len(heads)], tails[number // len(heads) % len(tails)]
        code = f"99{number + 1:02}00"
        found.append(Place(code, f"{head}{tail}市", f"{reading}{end}".capitalize(), "city", PROVINCE_CODE))
    return found


def districts_of(city: Place, position: int, cities_in_all: int, districts: int) -> list[Place]:
    """The districts of the city at a position; dealt out evenly, so that cities differ by one at most."""
    heads, tails = _readings(_HEADS), _readings(_TAILS)
    found = []
    for order, number in enumerate(range(position, districts, cities_in_all), start=1):
        head, tail = number % len(heads), number // len(heads)
        zh, reading = heads[head]
        end_zh, end = tails[(head * 17 + tail) % len(tails)]
        word, word_en = _SUFFIXES[(order - 1) % len(_SUFFIXES)]
        en = f"{reading}{end}".capitalize() + f" {word_en}"
        found.append(Place(f"{city.code[:4]}{order:02}", f"{zh}{end_zh}{word}", en, "district", city.code))
    return found


def temper(seed: int, code: str) -> Temper:
    """What a district is like, always the same for a seed and code."""
    rng = chance(seed, code)
    return Temper(
        scale=min(max(rng.lognormvariate(0, 0.45), 0.35), 3.0),
        urban_share=rng.uniform(0.25, 0.85),
        drive=rng.gauss(0.03, 0.03),
        has_one_standard=rng.random() < 0.6,
        raises_in=rng.choice((1, 2)),
    )


def chance(seed: int, *codes: str) -> Random:
    """Chance that is always the same for a seed and codes, whatever else is made."""
    return Random("/".join((str(seed), *codes)))


def _readings(text: str) -> list[tuple[str, str]]:
    return [(pair[0], pair[2:]) for pair in text.split("|")]
