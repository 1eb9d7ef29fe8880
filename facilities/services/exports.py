"""Facilities, their dated status, and who fills which post, out again as their files have them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone

from facilities.importers.attributes import ATTRIBUTES
from facilities.importers.facilities import MEASURE_COLUMNS, VACANT_COLUMNS
from facilities.importers.words import LOCATION_METHODS
from facilities.models import (
    Appointment,
    CapacityReading,
    Facility,
    FacilityFunction,
    FacilityOperator,
    FacilityStatus,
    Kind,
)
from geo_registry.geodata.errors import gettext_noop
from geo_registry.imports.kinds.exports import chunks, to_shapely
from geo_registry.imports.registry import ExportRow, ExportScope

from .import_history import NO_FUNCTIONS

_CHUNK = 1_000
_LEVEL_WORDS = {3: "县级", 4: "乡级", 5: "村级"}

ONLY_LATEST = gettext_noop(
    "earlier operators, functions that have ended, earlier readings of capacity, the days of readings that are of different days, "
    "what is noted on how a place is known; "
    "facilities that were merged into others. Status has a file of its own."
)


def export_facilities(scope: ExportScope) -> Iterator[ExportRow]:
    """Yield facilities by their numbers, each with what holds today."""
    rows = Facility.objects.filter(duplicate_of__isnull=True).select_related("kind", "division")
    here = scope.narrow(rows.defer("division__boundary"))
    names = Counter(Kind.objects.values_list("name_zh", flat=True))
    for chunk in chunks(here.order_by("number"), _CHUNK):
        yield from _described(chunk, names)


def _described(facilities: Sequence[Facility], names: Counter[str]) -> Iterator[ExportRow]:
    keys = [facility.pk for facility in facilities]
    today = timezone.localdate()
    statuses = {
        status.facility_id: status
        for status in FacilityStatus.objects.filter(facility__in=keys, valid_from__lte=today).order_by(
            "valid_from", "pk"
        )
    }
    functions: defaultdict[int, list[FacilityFunction]] = defaultdict(list)
    rows = FacilityFunction.objects.filter(facility__in=keys, valid_to__isnull=True).select_related(
        "function", "tier"
    )
    for function in rows.order_by("function__code", "tier__level"):
        functions[function.facility_id].append(function)
    operators = {
        operator.facility_id: operator
        for operator in FacilityOperator.objects.filter(facility__in=keys).order_by(
            F("valid_from").asc(nulls_first=True), "pk"
        )
    }
    readings: defaultdict[int, dict[str, CapacityReading]] = defaultdict(dict)
    for reading in CapacityReading.objects.filter(facility__in=keys).order_by("as_of", "pk"):
        readings[reading.facility_id][reading.measure] = reading
    for facility in facilities:
        values = _plain(facility)
        values["kind"] = facility.kind.name_zh if names[facility.kind.name_zh] == 1 else facility.kind.code
        if (status := statuses.get(facility.pk)) is not None:
            values |= {"status": status.status, "status_from": status.valid_from}
        declared = [_function(facility, function) for function in functions[facility.pk]]
        values["functions"] = declared or list(NO_FUNCTIONS)
        if (operator := operators.get(facility.pk)) is not None:
            values |= {
                "operator": operator.name, "operation_mode": operator.mode, "contract_from": operator.valid_from,
                "contract_to": operator.valid_to,
            }  # fmt: skip
        values |= _capacity(readings[facility.pk])
        yield ExportRow(values, to_shapely(facility.location))


def _plain(facility: Facility) -> dict[str, Any]:
    words = LOCATION_METHODS.get(facility.location_method, ())
    method = facility.location_note if facility.location_note in words else next(iter(words), "")
    values = {column: getattr(facility, attribute) for column, (attribute, _blank) in ATTRIBUTES.items()}
    return values | {
        "number": facility.number, "division_code": facility.division.code, "source_ref": facility.source_ref,
        "location_source": method if facility.location is not None else "",
    }  # fmt: skip


def _function(facility: Facility, function: FacilityFunction) -> str:
    if function.tier_id == facility.kind.tier_id:
        return function.function.name_zh
    return f"{function.function.name_zh}@{_LEVEL_WORDS.get(function.tier.level, function.tier.level)}"


def _capacity(readings: dict[str, CapacityReading]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column, measure in MEASURE_COLUMNS.items():
        reading = readings.get(measure)
        if reading is None or reading.total is None:
            continue
        values[column] = reading.total
        if column in VACANT_COLUMNS:
            values[VACANT_COLUMNS[column]] = reading.vacant
    days = {
        reading.as_of
        for measure, reading in readings.items()
        if measure in MEASURE_COLUMNS.values() and reading.total is not None
    }
    if len(days) == 1:
        values["as_of"] = days.pop()
    return values


def export_statuses(scope: ExportScope) -> Iterator[ExportRow]:
    """Yield every dated status, facility by facility."""
    rows = FacilityStatus.objects.filter(facility__duplicate_of__isnull=True).select_related("facility")
    rows = scope.narrow(rows, "facility__division")
    for row in rows.order_by("facility__number", "valid_from").iterator(chunk_size=_CHUNK):
        yield ExportRow(
            {
                "number": row.facility.number, "status": row.status, "valid_from": row.valid_from, "reason": row.reason,
                "document": row.document,
            }
        )  # fmt: skip


def export_posts(scope: ExportScope) -> Iterator[ExportRow]:
    """Yield who fills which post, those too who did once."""
    rows = Appointment.objects.select_related("post", "division", "facility__division")
    rows = rows.defer("division__boundary", "facility__division__boundary")
    here = scope.narrow(rows.filter(facility__isnull=True), "division") | scope.narrow(
        rows.filter(facility__isnull=False), "facility__division"
    )
    ordered = here.order_by("post__code", "division__code", "facility__number", "valid_from")
    for row in ordered.iterator(chunk_size=_CHUNK):
        place = {"number": row.facility.number} if row.facility is not None else {}
        if row.division is not None:
            place["division_code"] = row.division.code
        yield ExportRow(
            {
                "post": row.post.code, "ask_for": row.ask_for, "office_phone": row.office_phone, "valid_from": row.valid_from,
                "valid_to": row.valid_to, **place,
            }
        )  # fmt: skip
