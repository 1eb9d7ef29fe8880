"""What a map shows, as its version keeps it: which layers, which part of the county, what of a coverage run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from geo_registry.territory.models import Level

Extent = tuple[float, float, float, float]

# What of the base map can be left out, by the tiles' own layer names.
BASE: Final[Mapping[str, tuple[tuple[str, ...], Promise]]] = {
    "roads": (("roads",), _("Roads")),
    "built": (("built",), _("Built-up areas")),
    "names": (("names",), _("Names of townships and villages")),
    "places": (("places",), _("Other place names")),
}
LEVELS: Final = (Level.TOWNSHIP, Level.VILLAGE)
LAYERS: Final = ("facilities", "coverage", "divisions", "places")
LAYER_WORDS: Final[Mapping[str, Promise]] = {
    "facilities": _("Facilities"),
    "coverage": _("Who is in reach"),
    "divisions": _("Boundaries"),
    "places": _("Place names"),
}


@dataclass(frozen=True, kw_only=True)
class CoveragePart:
    """What of a run is shown: its set's key, the limit in seconds, the group, and whether villages are coloured by their time."""

    set_key: str
    limit_s: int
    group: str
    with_villages: bool = False

    def parameters(self) -> dict[str, str]:
        """Return the choice as the run's pages read it."""
        return {"set": self.set_key, "limit": str(self.limit_s), "group": self.group}


@dataclass(frozen=True, kw_only=True)
class Composition:
    """Which layers there are. ``extent`` is west, south, east, north in degrees of EPSG:4490; ``None``: the whole home."""

    kinds: Sequence[str] = ()
    coverage: CoveragePart | None = None
    levels: Sequence[int] = ()
    place_kinds: Sequence[str] = ()
    base: Sequence[str] = field(default_factory=lambda: tuple(BASE))
    extent: Extent | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing but the base map would be seen."""
        return not (self.kinds or self.coverage or self.levels or self.place_kinds)

    @property
    def layers(self) -> list[str]:
        """The layers that there are, from below."""
        there = {
            "coverage": self.coverage is not None,
            "divisions": bool(self.levels),
            "places": bool(self.place_kinds),
            "facilities": bool(self.kinds),
        }
        return [name for name in ("coverage", "divisions", "places", "facilities") if there[name]]

    def as_json(self) -> dict[str, Any]:
        """Return it as a version keeps it."""
        coverage = self.coverage
        return {
            "facilities": list(self.kinds),
            "coverage": coverage
            and {
                "set": coverage.set_key,
                "limit": coverage.limit_s,
                "group": coverage.group,
                "villages": coverage.with_villages,
            },
            "divisions": list(self.levels),
            "places": list(self.place_kinds),
            "base": list(self.base),
            "extent": list(self.extent) if self.extent else None,
        }


def read(kept: Mapping[str, Any]) -> Composition:
    """Read a composition as a version keeps it; what an earlier release kept differently is left out, not guessed."""
    coverage = kept.get("coverage")
    return Composition(
        kinds=_texts(kept.get("facilities")),
        coverage=CoveragePart(
            set_key=str(coverage.get("set", "any")),
            limit_s=int(coverage.get("limit", 0)),
            group=str(coverage.get("group", "")),
            with_villages=bool(coverage.get("villages")),
        )
        if isinstance(coverage, Mapping)
        else None,
        levels=tuple(int(level) for level in kept.get("divisions") or ()),
        place_kinds=_texts(kept.get("places")),
        base=tuple(name for name in _texts(kept.get("base", list(BASE))) if name in BASE),
        extent=extent_of(kept.get("extent")),
    )


def extent_of(value: Any) -> Extent | None:
    """Return four numbers as an extent, or ``None`` where they are none: west of east, south of north, on the earth."""
    try:
        west, south, east, north = (float(one) for one in value)
    except (TypeError, ValueError):
        return None
    if not all(map(math.isfinite, (west, south, east, north))):
        return None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        return None
    return (round(west, 5), round(south, 5), round(east, 5), round(north, 5))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()


@dataclass(frozen=True, kw_only=True)
class StoryStep:
    """One step of a story: a title and a text, the part of the map that it is about, the layers that it shows, a picture."""

    title: str
    text: str = ""
    extent: Extent | None = None
    layers: Sequence[str] = ()
    picture: str = ""
    picture_words: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as a version keeps it."""
        return {
            "title": self.title,
            "text": self.text,
            "extent": list(self.extent) if self.extent else None,
            "layers": list(self.layers),
            "picture": self.picture,
            "picture_words": self.picture_words,
        }


def read_story(kept: Any) -> list[StoryStep]:
    """Read the steps of a story as a version keeps them."""
    return [
        StoryStep(
            title=str(step.get("title", "")),
            text=str(step.get("text", "")),
            extent=extent_of(step.get("extent")),
            layers=tuple(name for name in _texts(step.get("layers")) if name in LAYERS),
            picture=str(step.get("picture", "")),
            picture_words=str(step.get("picture_words", "")),
        )
        for step in kept or ()
        if isinstance(step, Mapping)
    ]
