"""A stamp of everything that coverage, siting and scenarios are computed from: equal stamps, equal register.

It is the number of the last history event of each table. History is written by triggers, so nothing changes past it: no import,
no update of many rows, no raw statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Model

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


def register_stamp() -> dict[str, list[int]]:
    """Return the last event's number of each table, by what the tables hold. A small query a table, answered by the primary key."""
    return {name: [_last_event(model) for model in models] for name, models in INPUTS.items()}


def _last_event(model: type[Model]) -> int:
    # The events of inserts, updates and deletes share one table.
    events: Any = model.pgh_event_models["insert"]._default_manager  # type: ignore[attr-defined]
    return events.order_by("-pgh_id").values_list("pgh_id", flat=True).first() or 0
