"""Built-up areas."""

from __future__ import annotations

from collections.abc import Sequence

import shapely

from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.territory.models import BuiltUpArea

from ..services.divisions import DivisionFinder
from ..services.rows import blanked
from ..services.run import ImportRun
from ..services.upsert import Wanted, is_same, to_geos, write

OUTLINE_STAYS = gettext_noop(
    "The outline was drawn by hand here and stays as it is; the other columns were taken over. To take the file's outline, empty "
    "“how the line is known” of the record first."
)
_BLANKS = {"division_id": None, "as_of": None}


class BuiltUpAreaImporter:
    """Takes outlines of built-up areas in."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.divisions = DivisionFinder(run)

    def take(self, records: Sequence[Record]) -> list[Record]:
        """Write all records; none waits."""
        codes = [record.values["code"] for record in records]
        there = {
            area.code: area
            for area in BuiltUpArea.objects.filter(code__in=codes).select_related("source", "division")
        }
        for record in records:
            if record.geometry is not None and "division_code" not in record.values:
                record.point = shapely.point_on_surface(record.geometry)
        outlines = to_geos([record.geometry for record in records])
        wanted = []
        for record, division, outline in zip(records, self.divisions.find(records), outlines, strict=True):
            existing = there.get(record.values["code"])
            there_now = existing.division if existing is not None else None
            if record.refused or not self.run.may_touch(record, division, there_now):
                continue
            values = self.run.provenance(record, existing, blanks=_BLANKS)
            if values is None:
                continue
            names = ("code", "name", "as_of", "restricted")
            values |= {name: record.values[name] for name in names if name in record.values}
            if existing is None or not existing.is_by_hand:
                values |= {"geometry": outline}
            elif not is_same(existing.geometry, outline):
                record.warn(Message(OUTLINE_STAYS))
            values |= blanked(record, {"as_of": ("as_of", None)}) if existing is not None else {}
            if division is not None:
                values["division_id"] = division.pk
            wanted.append(Wanted(record, values, existing))
        self.run.remember(write(BuiltUpArea, wanted))
        return []

    def give_up(self, records: Sequence[Record]) -> None:
        """Nothing ever waits."""

    def finish(self) -> None:
        """Nothing is left to do."""
