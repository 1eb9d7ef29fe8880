"""The dated rows that events stand on, and the rules of events: of one facility or of many, read at once.

So a check has the same words for one facility and for two thousand, and costs the same few statements; a table that no check asks
for is not read.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Any, Final, TypeVar

from django.utils import timezone

from geo_registry.reference.models import ReferenceValue

from ..models import (
    Facility,
    FacilityFunction,
    FacilityKind,
    FacilityOperator,
    FacilityStatus,
    Function,
    Kind,
    StatusRule,
)
from .facts import Rules

# Without a row of the reference nothing bounds a day to come but the calendar.
_UNBOUNDED_YEARS: Final = 100
RowT = TypeVar("RowT", FacilityStatus, FacilityOperator, FacilityFunction, FacilityKind)


class Lives:
    """Dated rows of some facilities. What is written after a table was read is not in it: make another.

    Parameters
    ----------
    facilities
        Facilities that the caller has locked, if it is going to write.
    """

    def __init__(self, facilities: Iterable[Facility]) -> None:
        self._pks = [facility.pk for facility in facilities]

    def _by_facility(self, rows: Iterable[RowT]) -> dict[int, list[RowT]]:
        found: dict[int, list[RowT]] = {pk: [] for pk in self._pks}
        for row in rows:
            found[row.facility_id].append(row)
        return found

    @cached_property
    def statuses(self) -> dict[int, list[FacilityStatus]]:
        """Statuses by facility, oldest first."""
        rows = FacilityStatus.objects.filter(facility__in=self._pks)
        return self._by_facility(rows.order_by("valid_from"))

    @cached_property
    def operators(self) -> dict[int, list[FacilityOperator]]:
        """Operators by facility."""
        return self._by_facility(FacilityOperator.objects.filter(facility__in=self._pks).order_by("pk"))

    @cached_property
    def functions(self) -> dict[int, list[FacilityFunction]]:
        """Declared functions by facility."""
        return self._by_facility(FacilityFunction.objects.filter(facility__in=self._pks).order_by("pk"))

    @cached_property
    def kinds(self) -> dict[int, list[FacilityKind]]:
        """Kinds in the course of time by facility, the one that holds last first."""
        return self._by_facility(FacilityKind.objects.filter(facility__in=self._pks).newest_first())

    @cached_property
    def status_rules(self) -> dict[tuple[str, str], StatusRule]:
        """The ways on from one status to the next."""
        return {(rule.before, rule.after): rule for rule in StatusRule.objects.all()}

    @cached_property
    def rules(self) -> Rules:
        """Which facts and events need the county's approval."""
        return Rules.read()

    @cached_property
    def years_ahead(self) -> int:
        """How many years ahead a day may lie."""
        row = ReferenceValue.objects.effective("facility-planned-ahead-years", on=timezone.localdate())
        return int(row.value) if row else _UNBOUNDED_YEARS

    @cached_property
    def every_kind(self) -> dict[int, Kind]:
        """All kinds by key."""
        return Kind.objects.in_bulk()

    @cached_property
    def every_function(self) -> set[int]:
        """The keys of all functions."""
        return set(Function.objects.values_list("pk", flat=True))

    def status_until(self, facility: Facility, day: datetime.date) -> FacilityStatus | None:
        """Return the status that a facility has on a day."""
        return next((row for row in reversed(self.statuses[facility.pk]) if row.valid_from <= day), None)

    def kind_on(self, facility: Facility, day: datetime.date, *, without: Collection[int] = ()) -> int:
        """Return the key of the kind that a facility has on a day, some of its dated rows left out."""
        for row in self.kinds[facility.pk]:
            if row.pk not in without and (row.valid_from is None or row.valid_from <= day):
                return row.kind_id
        return facility.kind_id

    def tier_on(self, facility: Facility, day: datetime.date) -> int:
        """Return the key of the tier that a facility belongs to on a day."""
        return self.every_kind[self.kind_on(facility, day)].tier_id


def holding(rows: Sequence[Any], day: datetime.date) -> list[Any]:
    """Return those of some dated rows that hold on a day: from the first day (inclusive) to the last (exclusive)."""
    return [
        row
        for row in rows
        if (row.valid_from is None or row.valid_from <= day) and (row.valid_to is None or row.valid_to > day)
    ]
