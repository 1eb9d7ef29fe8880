"""What can be searched. Apps above register a provider in their ``ready()``; `services.find` asks them all.

registry.register("facility", find)
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.models import User


class What(models.TextChoices):
    """What is found, in the words of whoever looks for it."""

    DIVISION = "division", _("township or county")
    VILLAGE = "village", _("village or community")
    ROAD = "road", _("road")
    NAME = "name", _("other place name")
    FACILITY = "facility", _("facility")
    STORY = "story", _("story of a place")


# What lies somewhere: offices choose a place among these.
PLACES: Final = frozenset(What.values) - {What.STORY.value}


class Fit(enum.IntEnum):
    """How what was typed fits; smaller is better."""

    EXACT = 0
    BEGINS = 1
    WITHIN = 2
    SOUND = 3
    NEAR = 4


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is looked for.

    Parameters
    ----------
    text
        As it was typed.
    user
        Who asks: the own scope is searched besides what is public. ``None``: nothing but what is public.
    near
        Longitude and latitude (EPSG:4490) of where somebody is: of names that fit equally well, the near ones come first.
    paths
        Paths of divisions to stay in, each with what is below it; none is everywhere.
    what
        Nothing else than these.
    limit
        So many at most.
    """

    text: str
    user: User | None = None
    near: tuple[float, float] | None = None
    paths: tuple[str, ...] = ()
    what: frozenset[str] = frozenset(What.values)
    limit: int = 10

    def within(self, paths: tuple[str, ...], text: str) -> Asked:
        """Return the same question of another text in some divisions."""
        return replace(self, paths=paths, text=text)


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Something found.

    Parameters
    ----------
    what, key
        Say which: a `What`, and a facility's number, a place's permanent address, a division's code.
    text
        What it is called today.
    found_as
        The name it was found by, where that is another one (a former name).
    spelling
        Confirmed spelling in Latin letters, or "".
    kind
        Its kind in words.
    where
        In which division, in words.
    url
        Page of it that whoever asked may open.
    fit
        How what was typed fits.
    current
        Whether it is a name in force; a former one, or a facility that is not open, comes later.
    approved
        Whether it is an approved (standard) name.
    lon, lat
        A point of it (EPSG:4490), if known.
    precision
        How the point is known (`LocationMethod`), or "".
    distance_m
        From where somebody is, along the ellipsoid.
    """

    what: What
    key: str
    text: str
    url: str
    fit: Fit
    found_as: str = ""
    spelling: str = ""
    kind: str = ""
    where: str = ""
    current: bool = True
    approved: bool = True
    lon: float | None = None
    lat: float | None = None
    precision: str = ""
    distance_m: float | None = None
    is_demo: bool = field(default=False)

    def order(self) -> tuple[Any, ...]:
        """Return what hits are ordered by: exact before others, in force before former, approved first, near, short."""
        far = self.distance_m if self.distance_m is not None else float("inf")
        return (
            self.fit,
            not self.current,
            not self.approved,
            far,
            len(self.found_as or self.text),
            self.text,
            self.key,
        )


class Stage(enum.Enum):
    """How strictly names are compared: the next stage is asked only where the one before found too little."""

    RIGHT = "right"
    SOUND = "sound"
    NEAR = "near"


Provider = Callable[[Asked, Stage], Sequence[Hit]]

_providers: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """Have something searched.

    Raises
    ------
    ValueError
        If the name is taken by another provider.
    """
    if _providers.get(name, provider) is not provider:
        raise ValueError(f"a provider named {name!r} is registered already")
    _providers[name] = provider


def providers() -> list[Provider]:
    """Return all providers, in the order in which they were registered."""
    return list(_providers.values())
