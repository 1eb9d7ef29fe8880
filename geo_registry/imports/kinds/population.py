"""Population: places that people are counted at, and the counts of a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import shapely

from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.territory.models import Division, LocationMethod, PopulatedPlace, PopulationCount

from ..declarations.population import GROUPS
from ..services.copying import create
from ..services.divisions import DivisionFinder, at_least_as_near
from ..services.matching import Known, Matcher, Near, point_of
from ..services.rows import blanked
from ..services.run import Change, ImportRun
from ..services.upsert import Wanted, is_same, is_there, to_geos, update, write

_BLANKS = {"name": "", "division_id": None, "area": None}

_NOWHERE = gettext_noop(
    "The row has no co-ordinates, and no point is known of its division; it cannot be put on the map."
)
_BY_DIVISION = gettext_noop("The row has no co-ordinates; it was put at the point of {division}.")

CountKey = tuple[int, str, datetime.date]


class PopulationImporter:
    """Takes places and counts in. A place without co-ordinates lies at its division's point."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.divisions = DivisionFinder(run)
        self.matcher = Matcher(run, PopulatedPlace, lambda near: known_places(run, near), only_same=True)
        self._claimed: set[int] = set()
        self._taken_over: list[int] = []

    def take(self, records: Sequence[Record]) -> list[Record]:
        """Write all records; none waits."""
        codes = [record.values["code"] for record in records]
        rows = PopulatedPlace.objects.filter(code__in=codes).select_related("source", "division")
        there = {place.code: place for place in rows.defer("division__boundary")}
        self._claimed |= {place.pk for place in there.values()}
        there |= self._decided(records, there)
        for record in records:
            if record.point is None and record.geometry is not None:
                record.point = shapely.point_on_surface(record.geometry)
        points, areas = to_geos([r.point for r in records]), to_geos([r.geometry for r in records])
        locate = [
            (place := there.get(record.values["code"])) is None
            or place.division_id is None
            or (point is not None and not is_same(place.point, point))
            for record, point in zip(records, points, strict=True)
        ]
        found = self.divisions.find(records, locate=locate)
        wanted = []
        fresh: list[tuple[Record, str, str]] = []
        for record, division, point, area in zip(records, found, points, areas, strict=True):
            existing = there.get(record.values["code"])
            if existing is not None:
                self.run.whereabouts.compare(record, existing.point, existing.point_method)
            values = self._values(record, existing, division)
            if values is None:
                continue
            held = existing.point if existing is not None else None
            if point is not None and not is_there(self.run, existing, held, point):
                method = self.run.point_method() if area is None else LocationMethod.ESTIMATED
                values |= {"point": point, "point_method": method}
            if area is not None:
                values["area"] = area
            # A place keeps its code, also where a file calls it by another one.
            values["code"] = existing.code if existing is not None else record.values["code"]
            if existing is not None or self._has_point(record, values, division):
                wanted.append(Wanted(record, values, existing))
                if existing is None and record.values.get("name"):
                    path = division.path if division is not None else ""
                    fresh.append((record, record.values["name"], path))
        self.matcher.propose(fresh, taken=self._claimed)
        changes = write(PopulatedPlace, wanted)
        self._count(changes)
        self.run.remember(changes)
        return []

    def _decided(
        self, records: Sequence[Record], there: dict[str, PopulatedPlace]
    ) -> dict[str, PopulatedPlace]:
        """Return by code the places that a person said rows are about."""
        chosen = {
            record.values["code"]: (record, pk)
            for record in records
            if record.values["code"] not in there and (pk := self.run.decided(record)) is not None
        }
        keys = [pk for _record, pk in chosen.values()]
        rows = PopulatedPlace.objects.filter(pk__in=keys).select_related("source", "division") if keys else ()
        found = {place.pk: place for place in rows}
        decided: dict[str, PopulatedPlace] = {}
        for code, (record, pk) in chosen.items():
            if pk in found and pk not in self._claimed:
                decided[code] = found[pk]
                self._claimed.add(pk)
            else:
                self.matcher.refuse_gone(record)
        return decided

    def _values(
        self, record: Record, existing: PopulatedPlace | None, division: Division | None
    ) -> dict[str, Any] | None:
        there_now = existing.division if existing is not None else None
        division = at_least_as_near(record, division, there_now)
        if record.refused or not self.run.may_touch(record, division, there_now):
            return None
        values = self.run.provenance(record, existing, blanks=_BLANKS)
        if values is None:
            return None
        if existing is not None and self.run.takes_over(existing):
            self._taken_over.append(existing.pk)
        values |= {name: record.values[name] for name in ("code", "name", "kind") if name in record.values}
        values |= blanked(record, {"name": ("name", "")}) if existing is not None else {}
        if division is not None:
            values["division_id"] = division.pk
        return values

    def _has_point(self, record: Record, values: dict[str, Any], division: Division | None) -> bool:
        """Put a new place at its division's point if it has none; refuse it if there is none either."""
        if "point" in values:
            return True
        if division is None or division.point is None:
            record.refuse(Message(_NOWHERE))
            return False
        values |= {"point": division.point, "point_method": LocationMethod.DIVISION}
        record.note(Message(_BY_DIVISION, {"division": division.name}))
        return True

    def _count(self, changes: Sequence[Change]) -> None:
        """Write the counts that are new or differ, and note them with their places."""
        if self._taken_over:  # invented counts of a place that is real from now on
            PopulationCount.objects.filter(place__in=self._taken_over).delete()
            self._taken_over = []
        days = {change.record.values["as_of"] for change in changes}
        old = [change.instance.pk for change in changes if not change.created]
        rows = PopulationCount.objects.filter(place__in=old, as_of__in=days) if old else []
        there: dict[CountKey, PopulationCount] = {(row.place_id, row.group, row.as_of): row for row in rows}
        fresh, changed = [], []
        for change in changes:
            day = change.record.values["as_of"]
            for group in GROUPS:
                people = change.record.values.get(group)
                if people is None:
                    continue
                count = there.get((change.instance.pk, group, day))
                if count is not None and count.people == people:
                    continue
                name = f"counts/{group}/{day.isoformat()}"
                change.after[name] = people
                if count is None:
                    fresh.append(
                        PopulationCount(place_id=change.instance.pk, group=group, as_of=day, people=people)
                    )
                else:
                    change.before[name], count.people = count.people, people
                    changed.append(count)
        create(PopulationCount, fresh)
        if changed:
            update(PopulationCount, changed, ["people"])

    def give_up(self, records: Sequence[Record]) -> None:
        """Nothing ever waits."""

    def finish(self) -> None:
        """Nothing is left to do."""


def known_places(run: ImportRun, near: Near) -> Iterable[Known]:
    """Yield the places near some rows that a person may keep, as far as a row can be compared with them."""
    rows = (
        PopulatedPlace.objects.exclude(name="").select_related("division").defer("division__boundary", "area")
    )
    rows = near.narrow(rows, point="point")
    scope = run.scope or run.home
    if scope is not None:
        rows = rows.filter(division__path__startswith=scope.path)
    for place in rows.order_by("pk").iterator(chunk_size=2_000):
        division = place.division
        yield Known(
            pk=place.pk,
            name=place.name,
            number=place.code,
            path=division.path if division is not None else "",
            where=division.name if division is not None else "",
            point=point_of(place.point),
            method=place.point_method,
        )
