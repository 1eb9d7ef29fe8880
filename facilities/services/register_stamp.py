"""A stamp of everything that coverage, siting and scenarios are computed from: equal stamps, equal register.

It is the number of the last history event of each table. History is written by triggers, so nothing changes past it: no import,
no update of many rows, no raw statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.db import connection
from django.db.models import Model

from geo_registry.accounts.history import newest_events_sql
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
    """Return the last event's number of each table, by what the tables hold. One query, answered by the primary keys."""
    models = [model for several in INPUTS.values() for model in several]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {newest_events_sql(models)}")
        numbers = iter(cursor.fetchone() or ())
    return {name: [int(next(numbers)) for _model in several] for name, several in INPUTS.items()}
