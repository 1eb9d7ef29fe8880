"""Files of facilities, and of their status, into the register."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from facilities.importers import FACILITIES, FACILITY_STATUS
from facilities.importers.attributes import ATTRIBUTES
from facilities.importers.facilities import CAPACITY_OF_FUNCTION
from facilities.importers.words import (
    CLIENTS,
    LOCATION_METHODS,
    MEDICAL_SERVICES,
    OPERATION_MODES,
    OWNERSHIPS,
    PROVISIONS,
    REGISTRATIONS,
    STATUSES,
    TENURES,
)
from facilities.models import (
    CapacityReading,
    CoveragePlace,
    CoverageReach,
    CoverageRun,
    CoverageShare,
    Facility,
    FacilityKeys,
    FacilityStatus,
    Kind,
    Proposal,
    Round,
    Status,
)
from facilities.models.facility import ACCESSIBILITY
from geo_registry.accounts.policy import Action
from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.values import fold
from geo_registry.imports.registry import (
    Holding,
    register_derived,
    register_holding,
    register_kind,
    register_movable,
)
from geo_registry.imports.registry import Kind as FileKind
from geo_registry.imports.services.divisions import DivisionFinder, at_least_as_near
from geo_registry.imports.services.matching import Known, Matcher, Near, point_of
from geo_registry.imports.services.placing import place_missing
from geo_registry.imports.services.rows import blanked
from geo_registry.imports.services.run import Change, ImportRun
from geo_registry.imports.services.upsert import Wanted, is_same, is_there, to_geos, write
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division

from .exports import ONLY_LATEST, export_facilities, export_statuses
from .import_catalogue import Catalogue
from .import_history import Operators, Readings, Statuses, declare_functions, forget_invented
from .import_words import register_words_of_changes
from .kinds import take_kinds_as_said
from .merging import resolve
from .register_demo import proposals_of_the_demo

_NO_SUCH_KIND = gettext_noop(
    "“{value}” is no kind of facility here. Use one of the kinds in the catalogue, or have it added there."
)
_NO_DIVISION = gettext_noop(
    "The row names no division, and its point lies in none that is known. A facility needs one."
)
_NO_LOCATION = gettext_noop("The facility has no co-ordinates, so it is on no map and counts for nobody.")
_NO_CAPACITY = gettext_noop(
    "The facility is in operation, but nobody says how many it can serve: {columns} is empty."
)
_NO_SUCH_FACILITY = gettext_noop("No facility has the number {number}. Import the facility first.")
_MERGED = gettext_noop("{number} was merged into {kept}; the row was taken as that facility's.")
_TWIN = gettext_noop("{number} was merged into {kept}, which this file holds as well; this row was left out.")
_CLOSED_FIRST = gettext_noop("The facility is said to have ended on {ended}, before it opened on {opened}.")

_BLANKS = {attribute: blank for column, (attribute, blank) in ATTRIBUTES.items() if column != "name"} | {
    "location": None,
    "location_method": "",
    "location_note": "",
}
# Attributes that an empty cell may blank: neither the name, nor what a reviewer decided.
_BLANKED = {column: pair for column, pair in ATTRIBUTES.items() if column not in {"name", "published"}}
_METHODS = {word: method for method, words in LOCATION_METHODS.items() for word in (method, *words)}


class FacilityImporter:
    """Takes facilities in, with what is dated about them: status, functions, operator, capacity."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.divisions = DivisionFinder(run)
        self.catalogue = Catalogue()
        self.matcher = Matcher(run, Facility, lambda near: known_facilities(run, near))
        self._claimed: set[int] = set()

    def take(self, records: Sequence[Record]) -> list[Record]:
        """Write all records; none waits."""
        numbers = [record.values["number"] for record in records]
        there = _standing(numbers)
        self._leave_out_twins(records, there)
        there |= self._decided(records, there)
        kept = [facility.pk for facility in there.values() if not self.run.takes_over(facility)]
        readings, statuses = Readings(self.run, kept, records), Statuses(self.run, kept)
        wanted = self._wanted(records, there, readings)
        forget_invented([item.existing.pk for item in wanted if self.run.takes_over(item.existing)])
        changes = write(Facility, wanted)
        take_kinds_as_said(item.existing.pk for item in wanted if item.existing is not None)
        statuses.write(changes)
        declare_functions(self.run, changes, self.catalogue)
        Operators(self.run, changes).write()
        readings.write(changes)
        self._remark(changes, readings, statuses)
        self.run.remember(changes)
        return []

    def _leave_out_twins(self, records: Sequence[Record], there: dict[str, Facility]) -> None:
        """Say which rows bear the number of a record that was merged into another; of two rows of one facility one is left out."""
        taken = {
            record.values["number"]
            for record in records
            if _is_itself(there.get(record.values["number"]), record)
        }
        for record in records:
            number = record.values["number"]
            facility = there.get(number)
            if facility is None or facility.number == number:
                continue
            params = {"number": number, "kept": facility.number}
            if facility.number in taken:
                record.refuse(Message(_TWIN, params), column=self.run.header("number"), value=number)
            else:
                taken.add(facility.number)
                record.note(Message(_MERGED, params), column=self.run.header("number"), value=number)

    def give_up(self, records: Sequence[Record]) -> None:
        """Nothing ever waits."""

    def finish(self) -> None:
        """Say once what would otherwise be said for each row."""
        self.run.issues.extend(self.catalogue.remarks)

    def _decided(self, records: Sequence[Record], there: dict[str, Facility]) -> dict[str, Facility]:
        """Return, by the rows' own numbers, the facilities that a person said some rows are about."""
        self._claimed |= {facility.pk for facility in there.values()}
        chosen = {
            record.values["number"]: (record, pk)
            for record in records
            if record.values["number"] not in there and (pk := self.run.decided(record)) is not None
        }
        rows = Facility.objects.filter(pk__in=[pk for _record, pk in chosen.values()])
        found = {f.pk: f for f in rows.select_related("source", "division").defer("division__boundary")}
        decided: dict[str, Facility] = {}
        for number, (record, pk) in chosen.items():
            if pk in found and pk not in self._claimed:
                decided[number] = found[pk]
                self._claimed.add(pk)
            else:
                self.matcher.refuse_gone(record)
        return decided

    def _wanted(
        self, records: Sequence[Record], there: dict[str, Facility], readings: Readings
    ) -> list[Wanted]:
        points = to_geos([record.point for record in records])
        new = [record.values["number"] not in there for record in records]
        locate = [
            (facility := there.get(record.values["number"])) is None
            or (point is not None and facility.location is not None and not is_same(facility.location, point))
            for record, point in zip(records, points, strict=True)
        ]
        found = self.divisions.find(records, locate=locate)
        self.divisions.find_by_text(
            records,
            found,
            [self._texts(record) if fresh else () for record, fresh in zip(records, new, strict=True)],
        )
        found = [
            at_least_as_near(record, division, known.division if known is not None else None)
            for record, division in zip(records, found, strict=True)
            for known in (there.get(record.values["number"]),)
        ]
        rough = self._rough(records, found, there, points)
        wanted: list[Wanted] = []
        fresh: list[tuple[Record, str, str]] = []
        for record, division, point in zip(records, found, points, strict=True):
            existing = there.get(record.values["number"])
            kind = self._kind(record)
            readings.check(record, existing)
            if existing is not None:
                self.run.whereabouts.compare(record, existing.location, existing.location_method)
            if self._is_refused(record, existing, division):
                continue
            values = self.run.provenance(record, existing, blanks=_BLANKS)
            if values is None or kind is None:
                continue
            values |= {
                a: record.values[column]
                for column, (a, _blank) in ATTRIBUTES.items()
                if column in record.values
            }
            self.run.leave_publishing(record, existing, values)
            values |= blanked(record, _BLANKED) if existing is not None else {}
            # A facility's number is permanent, also where a file calls it by another one.
            values["number"] = existing.number if existing is not None else record.values["number"]
            values |= (
                {"kind_id": kind.pk} | self._location(record, point, existing) | rough.get(record.number, {})
            )
            if division is not None:
                values["division_id"] = division.pk
            if existing is None:
                fresh.append((record, record.values["name"], division.path if division is not None else ""))
            wanted.append(Wanted(record, values, existing))
        self.matcher.propose(fresh, taken=self._claimed)
        return wanted

    @staticmethod
    def _texts(record: Record) -> list[tuple[str, str]]:
        """Return what of a row may say where it lies."""
        return [(name, record.values[name]) for name in ("address", "name") if record.values.get(name)]

    def _rough(
        self,
        records: Sequence[Record],
        divisions: Sequence[Division | None],
        there: dict[str, Facility],
        points: Sequence[Any],
    ) -> dict[int, dict[str, Any]]:
        """Return by row where facilities lie roughly that no file has placed.

        One that is there already is placed only if the row brings an address: empty cells say nothing.
        """
        rows = []
        for record, division, point in zip(records, divisions, points, strict=True):
            existing = there.get(record.values["number"])
            address = record.values.get("address") or (existing.address if existing is not None else "")
            if point is not None or record.refused:
                continue
            if existing is not None and (existing.location is not None or address == existing.address):
                continue
            rows.append((record, division or (existing.division if existing is not None else None), address))
        found = place_missing(self.run, rows)
        return {
            record.number: {
                "location": place["point"],
                "location_method": place["method"],
                "location_note": place["note"],
            }
            for (record, _division, _address), place in zip(rows, found, strict=True)
            if place
        }

    def _kind(self, record: Record) -> Kind | None:
        kind = self.catalogue.kind(record.values["kind"])
        if kind is None:
            message = Message(_NO_SUCH_KIND, {"value": record.values["kind"]})
            record.refuse(message, column=self.run.header("kind"), value=record.values["kind"])
        return kind

    def _is_refused(self, record: Record, existing: Facility | None, division: Division | None) -> bool:
        if record.refused:
            return True
        if division is None and existing is None:
            record.refuse(Message(_NO_DIVISION), column=self.run.header("division_code"))
            return True
        there_now = existing.division if existing is not None else None
        return not self.run.may_touch(record, division, there_now)

    def _location(self, record: Record, point: Any, existing: Facility | None) -> dict[str, Any]:
        """Return where a row's point lies and how it is known; one that is there already stays known as it is, if not told else."""
        if point is None:
            return {}
        said = record.values.get("location_source", "")
        told = _METHODS.get(fold(said)) or _METHODS.get(said)
        if existing is not None and is_there(self.run, existing, existing.location, point):
            differs = told is not None and told != existing.location_method
            return {"location_method": told, "location_note": said} if differs else {}
        method = told or self.run.point_method()
        return {"location": point, "location_method": method, "location_note": said}

    def _remark(self, changes: Sequence[Change], readings: Readings, statuses: Statuses) -> None:
        """Warn of what is missing: nobody can use a facility whose place or capacity is unknown."""
        for change in changes:
            facility, record = change.instance, change.record
            assert isinstance(facility, Facility)  # noqa: S101 - for the type checker: only facilities are written
            if facility.location is None:
                record.warn(Message(_NO_LOCATION), column=self.run.header("lon"))
            if statuses.now(facility.pk) != Status.OPEN:
                continue
            needed = {
                column
                for function, column in CAPACITY_OF_FUNCTION.items()
                if function in self.catalogue.functions_of(record, facility.kind_id)
                and not readings.knows(facility.pk, column)
            }
            if needed:
                shown = "、".join(self.run.header(column) for column in sorted(needed))
                record.warn(Message(_NO_CAPACITY, {"columns": shown}), column=self.run.header(min(needed)))


def _standing(numbers: Iterable[str]) -> dict[str, Facility]:
    """Return facilities by the numbers that files call them, also by those of records that were merged into them."""
    rows = Facility.objects.filter(number__in=numbers).select_related("source", "division")
    found = {facility.number: facility for facility in rows.defer("division__boundary")}
    for number, facility in list(found.items()):
        if facility.duplicate_of_id is not None and (kept := resolve(number)) is not None:
            found[number] = found.get(kept.number) or kept
    return found


def _is_itself(facility: Facility | None, record: Record) -> bool:
    return facility is not None and facility.number == record.values["number"]


class StatusImporter:
    """Takes the dated status of facilities in: one row is one change."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run

    def take(self, records: Sequence[Record]) -> list[Record]:
        """Write all records; none waits."""
        numbers = {record.values["number"] for record in records}
        facilities = _standing(numbers)
        dated = FacilityStatus.objects.filter(facility__in=facilities.values()).select_related("source")
        there = {(status.facility_id, status.valid_from): status for status in dated}
        wanted = []
        for record in records:
            facility = facilities.get(record.values["number"])
            if facility is None:
                message = Message(_NO_SUCH_FACILITY, {"number": record.values["number"]})
                record.refuse(message, column=self.run.header("number"), value=record.values["number"])
            elif self._is_possible(record, facility):
                existing = there.get((facility.pk, record.values["valid_from"]))
                wanted.append(Wanted(record, self._values(record, facility, existing), existing))
        self.run.remember(write(FacilityStatus, wanted))
        return []

    def _is_possible(self, record: Record, facility: Facility) -> bool:
        begins, opened = record.values["valid_from"], facility.opened_on
        if opened and begins < opened and record.values["status"] in {Status.CLOSED, Status.MERGED}:
            params = {"ended": begins.isoformat(), "opened": opened.isoformat()}
            record.refuse(Message(_CLOSED_FIRST, params), column=self.run.header("valid_from"), value=begins)
        elif self.run.provenance(record, facility) is not None:
            self.run.may_touch(record, facility.division, column="number")
        return not record.refused

    def _values(self, record: Record, facility: Facility, existing: FacilityStatus | None) -> dict[str, Any]:
        names = ("status", "valid_from", "reason", "document")
        values = {name: record.values[name] for name in names if name in record.values}
        was_demo = existing is not None and existing.source is not None and existing.source.is_demo
        if existing is None or (was_demo and not self.run.source.is_demo):
            values["source_id"] = self.run.source.pk
        return values | {"facility_id": facility.pk}

    def give_up(self, records: Sequence[Record]) -> None:
        """Nothing ever waits."""

    def finish(self) -> None:
        """Nothing is left to do."""


def _empty_rounds(sources: Sequence[Source]) -> QuerySet[Any]:
    """Return the rounds in which nothing is left that was asked about, once the demo county has gone."""
    if not any(source.is_demo for source in sources):
        return Round.objects.none()
    return Round.objects.filter(confirmations__isnull=True)


def _demo_proposals(sources: Sequence[Source]) -> QuerySet[Any]:
    """Return what demo accounts have proposed and is no facility yet, once the demo county goes."""
    demo = any(source.is_demo for source in sources)
    return proposals_of_the_demo() if demo else Proposal.objects.none()


def register() -> None:
    """Make this app's kinds of file known, and what of its rows goes when a source goes."""
    register_kind(
        FileKind(
            declaration=FACILITIES,
            label=_("facilities"),
            importer=FacilityImporter,
            action=Action.EDIT_FACILITIES,
            at_once=Action.EDIT_FACILITIES_AT_ONCE,
            words={
                "status": STATUSES,
                "ownership": OWNERSHIPS,
                "registration": REGISTRATIONS,
                "clients": CLIENTS,
                "medical_service": MEDICAL_SERVICES,
                "operation_mode": OPERATION_MODES,
                "tenure": TENURES,
                **dict.fromkeys(ACCESSIBILITY, PROVISIONS),
            },
            catalogue={"kind": _kind_names},
            example={
                "number": "{home}001-001",
                "name": "某某社区老年助餐点",
                "kind": "老年助餐点",
                "division_code": "{home}001001",
                "address": "某某路1号",
                "status": "运营",
                "meals_capacity": 30,
            },
            export=export_facilities,
            not_exported=ONLY_LATEST,
        )
    )
    register_kind(
        FileKind(
            declaration=FACILITY_STATUS,
            label=_("status of facilities"),
            importer=StatusImporter,
            action=Action.EDIT_FACILITIES,
            at_once=Action.EDIT_FACILITIES_AT_ONCE,
            words={"status": STATUSES},
            example={
                "number": "{home}001-001",
                "status": "暂停",
                "valid_from": "2024-12-31",
                "reason": "装修",
            },
            export=export_statuses,
        )
    )
    register_movable(Facility, point="location", method="location_method", note="location_note")
    register_derived(FacilityKeys)
    register_words_of_changes()
    for holding in (
        Holding(order=10, label=_("coverage runs"), rows=runs_with),
        Holding(
            order=15, label=_("dated status"), rows=lambda s: FacilityStatus.objects.filter(source__in=s)
        ),
        Holding(
            order=16,
            label=_("capacity readings"),
            rows=lambda s: CapacityReading.objects.filter(source__in=s),
        ),
        Holding(order=20, label=_("facilities"), rows=lambda s: Facility.objects.filter(source__in=s)),
        Holding(order=21, label=_("confirmation rounds"), rows=_empty_rounds),
        Holding(order=22, label=_("proposals"), rows=_demo_proposals),
    ):
        register_holding(holding)


def _kind_names() -> list[str]:
    return list(Kind.objects.order_by("position", "code").values_list("name_zh", flat=True))


def known_facilities(run: ImportRun, near: Near) -> Iterable[Known]:
    """Yield the facilities near some rows that a person may keep, as far as a row can be compared with them."""
    rows = Facility.objects.at_home().select_related("division").defer("division__boundary")
    rows = near.narrow(rows, point="location")
    if run.scope is not None:
        rows = rows.within(run.scope)
    for facility in rows.order_by("pk").iterator(chunk_size=2_000):
        yield Known(
            pk=facility.pk,
            name=facility.name,
            number=facility.number,
            path=facility.division.path,
            where=facility.division.name,
            point=point_of(facility.location),
            method=facility.location_method,
        )


def runs_with(sources: Sequence[Source]) -> QuerySet[Any]:
    """Return the coverage runs that counted people, reached facilities, or summed up divisions of some sources."""
    run = OuterRef("pk")
    touched: Any = (
        Q(division__source__in=sources)
        | Exists(CoveragePlace.objects.filter(run=run, place__source__in=sources))
        | Exists(CoverageReach.objects.filter(set__run=run, facility__source__in=sources))
        | Exists(CoverageShare.objects.filter(set__run=run, division__source__in=sources))
    )
    if any(source.is_demo for source in sources):
        touched |= Q(has_demo_data=True)
    return CoverageRun.objects.filter(touched)
