"""How somebody travels: a profile, checked when it is made.

Nothing here is a default speed. The values are dated, cited rows that an administrator edits; a profile is
one such set of rows, frozen for a run.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from .errors import ProfileError, gettext_noop


class Mode(StrEnum):
    """Whose access rules and whose tags a profile follows."""

    FOOT = "foot"
    BICYCLE = "bicycle"
    CAR = "car"


NOT_BUILT = frozenset({"construction", "proposed", "planned", "abandoned", "razed", "disused"})
_MOTORWAYS = frozenset({"motorway", "motorway_link", "raceway"})
CLOSED_CLASSES: Mapping[Mode, frozenset[str]] = MappingProxyType(
    {
        Mode.FOOT: NOT_BUILT | _MOTORWAYS,
        Mode.BICYCLE: NOT_BUILT | _MOTORWAYS | {"steps", "footway", "corridor", "pedestrian"},
        Mode.CAR: NOT_BUILT
        | {"raceway", "footway", "path", "pedestrian", "steps", "cycleway", "bridleway", "corridor"},
    }
)
"""Road classes closed to a mode unless a road's own tag opens it (OpenStreetMap's access defaults)."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One way of travelling.

    Attributes
    ----------
    code
        Its key, for example ``walk``.
    mode
        Whose access rules hold.
    speed_m_s
        Speed on every open road whose class is not in the table below. None: such roads are closed.
    speed_by_class_m_s
        Speed by road class, in metres a second.
    off_road_speed_m_s
        Speed between a place and the road it is snapped to.
    snap_limit_m
        A place farther than this from every open road is *unknown*.
    respects_oneway
        Whether one-way streets bind.
    detour_factor
        Road distance over straight-line distance, at least 1; used only where no road is.
    straight_line_speed_m_s
        Speed for the straight-line alternative; ``speed_m_s`` if None.
    winter_factor
        What :meth:`in_winter` multiplies every speed by, above 0 and at most 1.
    closed_classes
        Road classes closed to this profile; None takes the mode's own (:data:`CLOSED_CLASSES`).

    Raises
    ------
    ProfileError
        Naming the profile, the field and the value.
    """

    code: str
    mode: Mode
    off_road_speed_m_s: float
    snap_limit_m: float
    respects_oneway: bool
    detour_factor: float
    speed_m_s: float | None = None
    speed_by_class_m_s: Mapping[str, float] = field(default_factory=dict)
    straight_line_speed_m_s: float | None = None
    winter_factor: float = 1.0
    closed_classes: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if not self.code.strip():
            raise ProfileError(gettext_noop("A travel profile needs a code."))
        try:
            object.__setattr__(self, "mode", Mode(self.mode))
        except ValueError as error:
            raise ProfileError(
                gettext_noop("Profile “{code}”: the mode “{mode}” is none of foot, bicycle, car."),
                code=self.code,
                mode=self.mode,
            ) from error
        object.__setattr__(self, "speed_by_class_m_s", MappingProxyType(dict(self.speed_by_class_m_s)))
        if self.closed_classes is None:
            object.__setattr__(self, "closed_classes", CLOSED_CLASSES[self.mode])
        self._check_speeds()
        self._check_range("snap_limit_m", self.snap_limit_m, minimum=0.0)
        self._check_range("detour_factor", self.detour_factor, minimum=1.0)
        self._check_range("winter_factor", self.winter_factor, maximum=1.0, positive=True)

    def _check_speeds(self) -> None:
        if self.speed_m_s is None and not self.speed_by_class_m_s:
            raise ProfileError(
                gettext_noop("Profile “{code}” has neither a speed nor a speed for any road class."),
                code=self.code,
            )
        self._check_range("off_road_speed_m_s", self.off_road_speed_m_s, positive=True)
        for name in ("speed_m_s", "straight_line_speed_m_s"):
            value = getattr(self, name)
            if value is not None:
                self._check_range(name, value, positive=True)
        for road_class, speed in self.speed_by_class_m_s.items():
            self._check_range(f"speed_by_class_m_s[{road_class}]", speed, positive=True)

    def _check_range(
        self,
        name: str,
        value: float,
        *,
        minimum: float = 0.0,
        maximum: float = math.inf,
        positive: bool = False,
    ) -> None:
        if math.isfinite(value) and minimum <= value <= maximum and not (positive and value <= 0):
            return
        if positive and maximum == math.inf:
            template = gettext_noop("Profile “{code}”: {field} must be greater than 0; it is {value}.")
        elif positive:
            template = gettext_noop(
                "Profile “{code}”: {field} must be above 0 and at most {maximum}; it is {value}."
            )
        else:
            template = gettext_noop("Profile “{code}”: {field} must be at least {minimum}; it is {value}.")
        raise ProfileError(
            template, code=self.code, field=name, value=value, minimum=minimum, maximum=maximum
        )

    def in_winter(self) -> Profile:
        """Return the same profile with every speed multiplied by the winter factor."""
        factor = self.winter_factor
        return replace(
            self,
            code=f"{self.code}@winter",
            speed_m_s=None if self.speed_m_s is None else self.speed_m_s * factor,
            speed_by_class_m_s={name: speed * factor for name, speed in self.speed_by_class_m_s.items()},
            off_road_speed_m_s=self.off_road_speed_m_s * factor,
            straight_line_speed_m_s=None
            if self.straight_line_speed_m_s is None
            else self.straight_line_speed_m_s * factor,
            winter_factor=1.0,
        )

    def speed_in_a_straight_line_m_s(self) -> float:
        """Speed for the straight-line alternative.

        Raises
        ------
        ProfileError
            If the profile knows speeds by road class only.
        """
        speed = self.straight_line_speed_m_s or self.speed_m_s
        if speed is None:
            raise ProfileError(
                gettext_noop("Profile “{code}” has no speed for a straight line."), code=self.code
            )
        return speed

    def canonical(self) -> str:
        """Return all fields as one JSON text with sorted keys: what a cache key is made of."""
        return json.dumps(
            {
                "code": self.code,
                "mode": self.mode.value,
                "speed_m_s": self.speed_m_s,
                "speed_by_class_m_s": dict(self.speed_by_class_m_s),
                "off_road_speed_m_s": self.off_road_speed_m_s,
                "snap_limit_m": self.snap_limit_m,
                "respects_oneway": self.respects_oneway,
                "detour_factor": self.detour_factor,
                "straight_line_speed_m_s": self.straight_line_speed_m_s,
                "winter_factor": self.winter_factor,
                "closed_classes": sorted(self.closed_classes or ()),
            },
            sort_keys=True,
            ensure_ascii=False,
        )
