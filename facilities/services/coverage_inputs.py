"""What a coverage run is asked, what it is computed from, and what comes out for one set of facilities."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from geo_registry.reference.models import TravelProfile
from geo_registry.roadgraph import EdgeIndex, Profile, Snaps, TravelTimes
from geo_registry.roadgraph.ways import Direction
from geo_registry.territory.models import AgeGroup, Division
from geo_registry.territory.services import network as networks

from ..analysis.accessibility import Measure as AccessMeasure
from ..models import Function, Kind, Measure, Network, Tier
from ..models.coverage import set_key

GROUPS = tuple(group.value for group in AgeGroup)
NOWHERE = 0
"""People and places that lie in no known division are added up here; it is stored as no division at all."""


@dataclass(frozen=True, kw_only=True)
class AccessChoice:
    """How accessibility is measured: by which formula, with which weights, of what."""

    measure: AccessMeasure
    decay: str
    supply: Measure


@dataclass(frozen=True, kw_only=True)
class CoverageRequest:
    """What is asked: to which network, how people travel, within which limits, on which day, for whom.

    ``kinds`` empty: all of the network, each tier, and every kind that has an open facility; ``functions`` adds a set for each.
    ``division`` ``None``: the installation's home, or everybody where there is no home.
    ``delivery``: the service travels to the person, not the person to the service.
    ``spread``: totals counted for a whole division are spread over where it lives.
    ``group``: who looks for a place and is counted by division's own or neighbour's; ``None``: whom the network serves.
    """

    network: Network
    profile: TravelProfile
    thresholds_s: tuple[int, ...]
    day: datetime.date
    kinds: tuple[Kind, ...] = ()
    functions: tuple[Function, ...] = ()
    division: Division | None = None
    winter: bool = False
    delivery: bool = False
    leave_out_failing: bool = False
    spread: bool = True
    group: AgeGroup | None = None
    capacity: Measure | None = None
    access: AccessChoice | None = None

    @property
    def counted_group(self) -> AgeGroup:
        """Who looks for a place."""
        return self.group or AgeGroup(self.network.serves)

    @property
    def direction(self) -> Direction:
        """Who travels."""
        return "from-facility" if self.delivery else "to-facility"


@dataclass(frozen=True, kw_only=True)
class FacilitySet:
    """One set to reach one of, and the rows of the facility frame that belong to it."""

    tier: Tier | None
    kind: Kind | None
    rows: np.ndarray[Any, np.dtype[np.int64]]
    function: Function | None = None

    @property
    def key(self) -> str:
        """The set's key, as `set_key` says it."""
        return set_key(tier=self.tier, kind=self.kind, function=self.function)

    @property
    def unit_tier(self) -> Tier | None:
        """The tier whose divisions ought to have one each."""
        return self.kind.tier if self.kind is not None else self.tier


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was computed for one set: times of the places along the roads, beside them in a straight line.

    ``of_points`` are the times of the points that people were spread over, ``of_villages`` those of each village's single point.
    """

    by_road: TravelTimes
    straight: TravelTimes
    of_points: TravelTimes
    of_villages: TravelTimes


@dataclass(frozen=True, kw_only=True)
class Where:
    """Where people are.

    Attributes
    ----------
    points
        One row a point: ``lon``, ``lat``, ``division_id`` (0: none known), ``row`` of its place, a column a group.
    villages
        The same people with one point a village.
    spread
        How each place that stands for a whole division was spread: method by code of the place.
    """

    points: pd.DataFrame
    villages: pd.DataFrame
    spread: dict[str, str]

    @property
    def is_spread(self) -> bool:
        """Whether any place became several points."""
        return bool(self.spread)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything one run is computed from."""

    request: CoverageRequest
    division: Division | None
    places: pd.DataFrame
    where: Where
    facilities: pd.DataFrame
    sets: tuple[FacilitySet, ...]
    profile: Profile
    network: networks.Network
    index: EdgeIndex | None
    place_snaps: Snaps | None
    point_snaps: Snaps | None
    village_snaps: Snaps | None
    facility_snaps: Snaps | None
    failing: tuple[str, ...] = ()
    radius_m: float | None = None
    """How far the service travels to the person, metres; ``None``: no bound, or people travel."""
    register: Mapping[str, Sequence[int]] = field(default_factory=dict)


def lonlat(frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Degrees of a frame's rows, shape (n, 2)."""
    return frame[["lon", "lat"]].to_numpy(dtype=np.float64)
