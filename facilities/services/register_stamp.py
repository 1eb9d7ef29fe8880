"""A stamp of everything that coverage, siting and scenarios are computed from: equal stamps, equal register.

It is the number of the last history event of each table. History is written by triggers, so nothing changes past it: no import,
no update of many rows, no raw statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.db.models import Model

from geo_registry.accounts.stamps import Stamp, history_stamp, newest_events
from geo_registry.reference.models import RoadSpeed, TravelProfile
from geo_registry.territory.models import (
    BuiltUpArea,
    DenominatorFlag,
    Division,
    PopulatedPlace,
    PopulationCount,
    Road,
)

from ..models import (
    CapacityReading,
    Facility,
    FacilityFunction,
    FacilityKind,
    FacilityStatus,
    KindFunction,
)

INPUTS: Final[Mapping[str, Sequence[type[Model]]]] = {
    "facilities": (
        Facility,
        FacilityStatus,
        FacilityKind,
        FacilityFunction,
        CapacityReading,
        KindFunction,
    ),
    "people": (PopulatedPlace, PopulationCount, BuiltUpArea),
    "roads": (Road,),
    "divisions": (Division, DenominatorFlag),
    "speeds": (TravelProfile, RoadSpeed),
}


_MODELS: Final = tuple(model for several in INPUTS.values() for model in several)


def register_stamp() -> dict[str, list[int]]:
    """Return the last event's number of each table, by what the tables hold: to be saved with an answer, and compared later."""
    numbers = iter(newest_events(_MODELS))
    return {name: [next(numbers) for _model in several] for name, several in INPUTS.items()}


def kept_stamp() -> Stamp:
    """Return a stamp of the same tables for what is kept in the process; it also knows of transactions that are still writing."""
    return history_stamp(_MODELS)
