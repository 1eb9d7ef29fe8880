"""A stamp of everything that coverage, siting and scenarios are computed from: equal stamps, equal register.

It is the number of the last history event of each table. History is written by triggers, so nothing changes past it: no import,
no update of many rows, no raw statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.db import connection
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
    """Return the last event's number of each table, by what the tables hold. One query, answered by the primary keys."""
    tables = [events_table(model) for models in INPUTS.values() for model in models]
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + ", ".join(f"(SELECT coalesce(max(pgh_id), 0) FROM {quote(one)})" for one in tables)  # noqa: S608
        )
        numbers = iter(cursor.fetchone() or ())
    return {name: [int(next(numbers)) for _model in models] for name, models in INPUTS.items()}


def events_table(model: type[Model]) -> str:
    """Return the table that the history of a model's rows is in."""
    # The events of inserts, updates and deletes share one table.
    events: type[Model] = model.pgh_event_models["insert"]  # type: ignore[attr-defined]
    return events._meta.db_table
