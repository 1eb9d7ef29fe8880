"""How many people of what age live at every hamlet and estate: exact to the census in total, invented in detail."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from .base import COUNTY_RESIDENTS, SHARE_60, apportion
from .settle import Home

# Invented shares of people of 60 and over by township, before they are scaled to the region's share.
OLD_SHARE = {
    "640181001": 0.117, "640181100": 0.132, "640181101": 0.158, "640181102": 0.168, "640181103": 0.082, "640181104": 0.196,
    "640181105": 0.172, "640181200": 0.187, "640181201": 0.151, "640181400": 0.201,
}  # fmt: skip
CHILD_SHARE = 0.193
SHARE_65_OF_60, SHARE_80_OF_60, SHARE_SPECIAL_OF_60 = 0.70, 0.115, 0.05


@dataclass(frozen=True)
class Count:
    """People at one place on the census day."""

    residents: int
    age60: int
    age65: int
    age80: int
    children: int
    households: int
    special_elders: int


def count_people(homes: Sequence[Home], totals: dict[str, int], rng: random.Random) -> list[Count]:
    """Return counts in the order of ``homes``; residents and people of 60 and over add up exactly."""
    residents = [0] * len(homes)
    for unit, total in sorted(totals.items()):
        own = [i for i, home in enumerate(homes) if home.unit.code == unit]
        for i, part in zip(own, apportion(total, [homes[i].weight for i in own]), strict=True):
            residents[i] = part
    old_weights = [
        people * OLD_SHARE[home.unit.town] * rng.uniform(0.8, 1.25)
        for people, home in zip(residents, homes, strict=True)
    ]
    age60 = apportion(round(COUNTY_RESIDENTS * SHARE_60), old_weights)
    return [_count(people, old, home, rng) for people, old, home in zip(residents, age60, homes, strict=True)]


def _count(residents: int, age60: int, home: Home, rng: random.Random) -> Count:
    age65 = min(age60, round(age60 * SHARE_65_OF_60 * rng.uniform(0.93, 1.07)))
    age80 = min(age65, round(age60 * SHARE_80_OF_60 * rng.uniform(0.6, 1.4)))
    youth = 1.1 if home.unit.town in ("640181001", "640181103") else 0.95
    children = min(residents - age60, round(residents * CHILD_SHARE * youth * rng.uniform(0.85, 1.15)))
    households = max(1, round(residents / rng.uniform(2.5, 3.2)))
    return Count(
        residents,
        age60,
        age65,
        age80,
        children,
        households,
        round(age60 * SHARE_SPECIAL_OF_60 * rng.uniform(0.3, 1.7)),
    )
