"""What a coverage run is asked, what it is computed from, and what comes out for one set of facilities."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geo_registry.reference.models import TravelProfile
from geo_registry.roadgraph import Profile, Snaps, TravelTimes
from geo_registry.territory.models import AgeGroup, Division

from ..models import Kind, Network, Tier
from . import network as networks

GROUPS = tuple(group.value for group in AgeGroup)


@dataclass(frozen=True, kw_only=True)
class CoverageRequest:
    """What is asked: to which network, how people travel, within which limits, on which day, for whom.

    ``kinds`` empty: all of the network, each tier, and every kind that has an open facility.
    ``division`` ``None``: the installation's home, or everybody where there is no home.
    """

    network: Network
    profile: TravelProfile
    thresholds_s: tuple[int, ...]
    day: datetime.date
    kinds: tuple[Kind, ...] = ()
    division: Division | None = None
    winter: bool = False


@dataclass(frozen=True, kw_only=True)
class FacilitySet:
    """One set to reach one of, and the rows of the facility frame that belong to it."""

    tier: Tier | None
    kind: Kind | None
    rows: np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was computed for one set: times along the roads, and beside them in a straight line."""

    by_road: TravelTimes
    straight: TravelTimes


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything one run is computed from."""

    request: CoverageRequest
    division: Division | None
    places: pd.DataFrame
    facilities: pd.DataFrame
    sets: tuple[FacilitySet, ...]
    profile: Profile
    network: networks.Network
    place_snaps: Snaps | None
    facility_snaps: Snaps | None
