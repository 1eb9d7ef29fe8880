"""What is dated about facilities, from files: status, functions, operator, capacity."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import F

from facilities.importers.facilities import MEASURE_COLUMNS, VACANT_COLUMNS
from facilities.models import (
    CapacityReading,
    Facility,
    FacilityFunction,
    FacilityOperator,
    FacilityStatus,
    Measure,
    Status,
)
from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.imports.services.copying import create
from geo_registry.imports.services.run import Change, ImportRun
from geo_registry.imports.services.upsert import update

from .import_catalogue import Catalogue

_SINCE_TODAY = gettext_noop("The row does not say since when; the status was taken to hold from {day}.")
_MORE_VACANT = gettext_noop("{column} is {vacant}, more than the {total} that there are.")
_CONTRACT = gettext_noop("The contract would end before it begins; its dates were left as they were.")

# What a file says of a facility that declares none; an empty cell says nothing.
NO_FUNCTIONS = ("无",)


def forget_invented(facility_ids: Sequence[int]) -> None:
    """Delete what is dated about demo facilities that are real from now on."""
    if facility_ids:
        for model in (FacilityStatus, FacilityFunction, FacilityOperator, CapacityReading):
            model._default_manager.filter(facility__in=facility_ids).delete()


class Statuses:
    """Dated status of some facilities.

    Parameters
    ----------
    run : ImportRun
    facility_ids : sequence of int
        Those that exist already.
    """

    def __init__(self, run: ImportRun, facility_ids: Sequence[int]) -> None:
        self.run = run
        self._dated: defaultdict[int, dict[datetime.date, FacilityStatus]] = defaultdict(dict)
        for status in FacilityStatus.objects.filter(facility__in=facility_ids) if facility_ids else ():
            self._dated[status.facility_id][status.valid_from] = status

    def on(self, facility_id: int, day: datetime.date) -> str | None:
        """Return the status that holds on a day."""
        days = [begin for begin in self._dated[facility_id] if begin <= day]
        return self._dated[facility_id][max(days)].status if days else None

    def now(self, facility_id: int) -> str | None:
        """Return the status that holds today."""
        return self.on(facility_id, self.run.today)

    def write(self, changes: Sequence[Change]) -> None:
        """Write the statuses of rows that are new or differ; a status that holds already is not begun again."""
        fresh: list[FacilityStatus] = []
        changed: list[FacilityStatus] = []
        for change in changes:
            status = change.record.values.get("status")
            if status is None:
                continue
            pk = change.instance.pk
            day = change.record.values.get("status_from")
            if day is None:
                day = self._first_day(change, status)
                if self.on(pk, day) == status:
                    continue
            self._put(change, pk, day, status, fresh, changed)
        create(FacilityStatus, fresh)
        if changed:
            update(FacilityStatus, changed, ["status"])

    def _put(
        self,
        change: Change,
        pk: int,
        day: datetime.date,
        status: str,
        fresh: list[FacilityStatus],
        changed: list[FacilityStatus],
    ) -> None:
        old = self._dated[pk].get(day)
        if old is not None and old.status == status:
            return
        name = f"statuses/{day.isoformat()}"
        change.after[name] = status
        if old is None:
            self._dated[pk][day] = FacilityStatus(
                facility_id=pk, status=status, valid_from=day, source_id=self.run.source.pk
            )
            fresh.append(self._dated[pk][day])
        else:
            change.before[name], old.status = old.status, status
            changed.append(old)

    def _first_day(self, change: Change, status: str) -> datetime.date:
        """Return from when a status holds whose row does not say it."""
        values = change.record.values
        if change.created and status == Status.OPEN and "opened_on" in values:
            opened: datetime.date = values["opened_on"]
            return opened
        day: datetime.date = values.get("as_of") or self.run.source.dated or self.run.today
        if self.on(change.instance.pk, day) != status:
            message = Message(_SINCE_TODAY, {"day": day.isoformat()})
            change.record.note(message, column=self.run.header("status_from"))
        return day


def declare_functions(run: ImportRun, changes: Sequence[Change], catalogue: Catalogue) -> None:
    """Write the functions that rows declare: new ones begin, those no longer named at the kind's own tier end.

    A new facility whose row names none is given the usual ones of its kind.
    """
    old = [
        change.instance.pk for change in changes if not change.created and "functions" in change.record.values
    ]
    open_rows: defaultdict[int, dict[tuple[int, int], FacilityFunction]] = defaultdict(dict)
    for row in FacilityFunction.objects.filter(facility__in=old, valid_to__isnull=True) if old else ():
        open_rows[row.facility_id][row.function_id, row.tier_id] = row
    fresh: list[FacilityFunction] = []
    ended: list[FacilityFunction] = []
    gone: list[int] = []
    for change in changes:
        facility, record = change.instance, change.record
        assert isinstance(facility, Facility)  # noqa: S101 - for the type checker: only facilities are written
        kind = catalogue.kind_by_pk(facility.kind_id)
        words = record.values.get("functions")
        if words is not None:
            none = tuple(words) == NO_FUNCTIONS
            wanted = set() if none else catalogue.declared(record, kind, words, run.header("functions"))
        elif change.created:
            wanted = catalogue.usual(kind)
        else:
            continue
        day = None if change.created else record.values.get("as_of") or run.today
        there = open_rows[facility.pk]
        for function_id, tier_id in sorted(wanted - there.keys()):
            change.after[f"functions/{function_id}/{tier_id}"] = True
            fresh.append(
                FacilityFunction(
                    facility_id=facility.pk, function_id=function_id, tier_id=tier_id, valid_from=day
                )
            )
        for pair in sorted(there.keys() - wanted):
            row = there[pair]
            if pair[1] != kind.tier_id:
                continue
            (
                change.before[f"functions/{pair[0]}/{pair[1]}"],
                change.after[f"functions/{pair[0]}/{pair[1]}"],
            ) = True, False
            if day is None or (row.valid_from is not None and row.valid_from >= day):
                gone.append(row.pk)
            else:
                row.valid_to = day
                ended.append(row)
    create(FacilityFunction, fresh)
    if ended:
        update(FacilityFunction, ended, ["valid_to"])
    if gone:
        FacilityFunction.objects.filter(pk__in=gone).delete()


class Operators:
    """Who runs the facilities of some rows, and on what terms.

    Parameters
    ----------
    run : ImportRun
    changes : sequence of Change
    """

    COLUMNS = {
        "operator": "name",
        "operation_mode": "mode",
        "contract_from": "valid_from",
        "contract_to": "valid_to",
    }

    def __init__(self, run: ImportRun, changes: Sequence[Change]) -> None:
        self.run = run
        self.changes = [c for c in changes if any(column in c.record.values for column in self.COLUMNS)]
        self._latest: dict[int, FacilityOperator] = {}
        self.fresh: list[FacilityOperator] = []
        self.changed: list[FacilityOperator] = []
        old = [change.instance.pk for change in self.changes if not change.created]
        rows = FacilityOperator.objects.filter(facility__in=old).order_by(
            F("valid_from").asc(nulls_first=True), "pk"
        )
        for row in rows if old else ():
            self._latest[row.facility_id] = row

    def write(self) -> None:
        """Write operators that are new, and what changed of the present ones; another name is another operator."""
        for change in self.changes:
            values = change.record.values
            said = {
                attribute: values[column] for column, attribute in self.COLUMNS.items() if column in values
            }
            present = self._latest.get(change.instance.pk)
            if present is None:
                self._begin(change, said)
            elif said.get("name", present.name) != present.name and present.name:
                self._succeed(change, present, said)
            else:
                self._amend(change, present, said)
        create(FacilityOperator, self.fresh)
        if self.changed:
            update(FacilityOperator, self.changed, ["name", "mode", "valid_from", "valid_to"])

    def _begin(self, change: Change, said: dict[str, object]) -> None:
        row = FacilityOperator(facility_id=change.instance.pk, **said)
        change.after[f"operators/{_iso(row.valid_from)}"] = row.name or row.mode
        self.fresh.append(row)

    def _succeed(self, change: Change, present: FacilityOperator, said: dict[str, object]) -> None:
        day = change.record.values.get("contract_from") or change.record.values.get("as_of") or self.run.today
        is_later = present.valid_from is None or present.valid_from < day
        if is_later and (present.valid_to is None or present.valid_to > day):
            present.valid_to = day
            self.changed.append(present)
        change.before[f"operators/{_iso(day)}"] = present.name
        self._begin(change, {"mode": present.mode} | said | {"valid_from": day})

    def _amend(self, change: Change, present: FacilityOperator, said: dict[str, object]) -> None:
        differing = {name: value for name, value in said.items() if getattr(present, name) != value}
        if not differing:
            return
        begin = differing.get("valid_from", present.valid_from)
        end = differing.get("valid_to", present.valid_to)
        if isinstance(begin, datetime.date) and isinstance(end, datetime.date) and end <= begin:
            change.record.warn(Message(_CONTRACT), column=self.run.header("contract_to"))
            return
        for name, value in differing.items():
            key = f"operators/{_iso(present.valid_from)}/{name}"
            change.before[key], change.after[key] = _plain(getattr(present, name)), _plain(value)
        for name, value in differing.items():
            setattr(present, name, value)
        self.changed.append(present)


class Readings:
    """Capacity of some facilities, dated.

    Parameters
    ----------
    run : ImportRun
    facility_ids : sequence of int
        Those that exist already.
    records : sequence of Record
    """

    def __init__(self, run: ImportRun, facility_ids: Sequence[int], records: Iterable[Record]) -> None:
        self.run = run
        self._at: dict[tuple[int, str, datetime.date], CapacityReading] = {}
        self._latest: dict[tuple[int, str], CapacityReading] = {}
        if not facility_ids:
            return
        rows = CapacityReading.objects.filter(facility__in=facility_ids)
        for row in rows.order_by("facility_id", "measure", "-as_of").distinct("facility_id", "measure"):
            self._latest[row.facility_id, row.measure] = row
        days = {record.values["as_of"] for record in records if "as_of" in record.values}
        for row in rows.filter(as_of__in=days) if days else ():
            self._at[row.facility_id, row.measure, row.as_of] = row

    def check(self, record: Record, existing: Facility | None) -> None:
        """Refuse a row that has more beds vacant than the register knows; rows that say both were looked at before."""
        vacant = record.values.get("beds_vacant")
        latest = self._latest.get((existing.pk, Measure.BEDS)) if existing is not None else None
        if vacant is None or "beds_total" in record.values or latest is None or latest.total is None:
            return
        if vacant <= latest.total:
            return
        column = self.run.header("beds_vacant")
        params = {"column": column, "vacant": vacant, "total": latest.total}
        record.refuse(Message(_MORE_VACANT, params), column=column, value=vacant)

    def knows(self, facility_id: int, column: str) -> bool:
        """Tell whether a figure of a column is there."""
        latest = self._latest.get((facility_id, MEASURE_COLUMNS[column]))
        return latest is not None and latest.total is not None

    def write(self, changes: Sequence[Change]) -> None:
        """Write readings that are new or differ. A row without a date repeats the latest one, or is of today."""
        fresh: list[CapacityReading] = []
        changed: list[CapacityReading] = []
        for change in changes:
            for measure, total, vacant in self._said(change):
                self._put(change, measure, total, vacant, fresh, changed)
        create(CapacityReading, fresh)
        if changed:
            update(CapacityReading, changed, ["total", "vacant"])

    def _said(self, change: Change) -> Iterable[tuple[str, int, int | None]]:
        values = change.record.values
        for column, measure in MEASURE_COLUMNS.items():
            vacant = values.get(VACANT_COLUMNS.get(column, ""))
            total = values.get(column)
            if (
                total is None
                and vacant is not None
                and (latest := self._latest.get((change.instance.pk, measure)))
            ):
                total = latest.total
            if total is not None:
                yield measure, total, vacant

    def _put(
        self,
        change: Change,
        measure: str,
        total: int,
        vacant: int | None,
        fresh: list[CapacityReading],
        changed: list[CapacityReading],
    ) -> None:
        pk, day = change.instance.pk, change.record.values.get("as_of")
        old = self._at.get((pk, measure, day)) if day is not None else self._latest.get((pk, measure))
        if old is not None and old.total == total and vacant in {None, old.vacant}:
            return
        if day is None:
            day = self.run.today if old is None else max(self.run.today, old.as_of)
        name = f"readings/{measure}/{day.isoformat()}"
        said = {"total": total} | ({"vacant": vacant} if vacant is not None else {})
        change.after[name] = said
        if old is None or old.as_of != day:
            row = CapacityReading(
                facility_id=pk, measure=measure, as_of=day, source_id=self.run.source.pk, **said
            )
            self._at[pk, measure, day] = self._latest[pk, measure] = row
            fresh.append(row)
            return
        change.before[name] = {"total": old.total, "vacant": old.vacant}
        old.total = total
        if vacant is not None:
            old.vacant = vacant
        elif old.vacant is not None and old.vacant > total:
            old.vacant = None
        changed.append(old)


def _iso(day: datetime.date | None) -> str:
    return day.isoformat() if day is not None else ""


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime.date) else value
