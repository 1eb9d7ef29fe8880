"""Roads: one row of the file may be several stretches; lengths on the ellipsoid."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry

from geo_registry.geodata.declarations import Record
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.geometry import length_m
from geo_registry.geodata.records import RowIssue, Severity
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division, Road, RoadClass
from geo_registry.territory.services import divisions_at

from ..services.copy_queue import ahead_of_copies
from ..services.rows import blanked
from ..services.run import ImportRun
from ..services.upsert import Wanted, Written, is_same, write, written_down

_COLUMNS = (
    "name", "ref", "road_class", "speed_kmh", "oneway", "bridge", "tunnel", "layer", "width_m", "surface", "foot", "bicycle",
    "motor", "restricted",
)  # fmt: skip
_BLANKED: dict[str, tuple[str, Any]] = {
    "name": ("name", ""), "ref": ("ref", ""), "speed_kmh": ("speed_kmh", None), "width_m": ("width_m", None),
    "surface": ("surface", ""), "foot": ("foot", None), "bicycle": ("bicycle", None), "motor": ("motor", None),
}  # fmt: skip

SHOWN_SOURCES = 5
# Between the number of a row and that of one of its lines.
_PART = "#"

_DRAWN_STAYS = gettext_noop(
    "The line of this road was drawn by hand here and stays as it is; the other columns were taken over. To take the file's line, "
    "empty “how the line is known” of the road first."
)
_OTHER_SOURCES = gettext_noop(
    "The roads of this file were added under the source {source}; there are roads of other sources already: {others}. "
    "If the file is a newer one of theirs, choose that source instead (“Source of the rows”), or each road is there twice."
)
_OTHER_SOURCES_AT_CONSOLE = gettext_noop(
    "The roads of this file were added under the source {source}; there are roads of other sources already: {others}. "
    "If the file is a newer one of theirs, choose that source instead (--source), or each road is there twice."
)


@dataclass(slots=True)
class _Stretch:
    """One line of one row."""

    record: Record
    ref: str
    line: Any
    written: Written
    existing: Road | None = None
    moved: bool = True

    def lies_as(self, road: Road) -> bool:
        """Whether a road that is there has this line."""
        return is_same(road.geometry, GEOSGeometry(self.written))

    @property
    def geometry(self) -> Written | GEOSGeometry:
        """The line, as a new road or one that is compared takes it: most are new, and need not be read again."""
        return self.written if self.existing is None else GEOSGeometry(self.written)


class RoadImporter:
    """Takes roads in. A road is known by its number at its source; without one, by its line."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self._divisions: dict[int, Division] = {}

    def take(self, records: Sequence[Record]) -> list[Record]:
        """Write all records; none waits."""
        stretches = _stretches(records)
        refs = [stretch.ref for stretch in stretches]
        # Each number is there once in a file (others are doubles), unless a row has several lines, which are numbered on.
        alone = not any(_PART in ref for ref in refs)
        with ahead_of_copies() if alone else nullcontext():
            own = Road.objects.filter(source=self.run.source, source_ref__in=refs)
            there = {road.source_ref: road for road in own}
        for stretch in stretches:
            stretch.existing = there.get(stretch.ref)
            stretch.moved = stretch.existing is None or not stretch.lies_as(stretch.existing)
            if stretch.moved and stretch.existing is not None and stretch.existing.is_by_hand:
                stretch.moved = False
                stretch.record.warn(Message(_DRAWN_STAYS))
        placed = self._placed([stretch for stretch in stretches if stretch.moved])
        wanted = []
        for stretch in stretches:
            record, existing = stretch.record, stretch.existing
            new = placed.get(stretch.ref, {})
            if record.refused or not self._may_touch(
                record, new.get("division_id"), existing.division_id if existing else None
            ):
                continue
            values = {name: record.values[name] for name in _COLUMNS if name in record.values}
            values |= {"source_id": self.run.source.pk, "source_ref": stretch.ref} | placed.get(
                stretch.ref, {}
            )
            values |= blanked(record, _BLANKED) if existing is not None else {}
            if existing is None:
                values.setdefault("road_class", RoadClass.UNCLASSIFIED)
            wanted.append(Wanted(record, values, existing))
        self.run.remember(write(Road, wanted))
        return []

    def _placed(self, stretches: Sequence[_Stretch]) -> dict[str, dict[str, Any]]:
        """Return line, length and division of roads that are new or lie elsewhere; a road lies where its middle does."""
        if not stretches:
            return {}
        lines = np.array([stretch.line for stretch in stretches], dtype=object)
        lengths = length_m(lines)
        middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
        points = list(zip(shapely.get_x(middles).tolist(), shapely.get_y(middles).tolist(), strict=True))
        with ahead_of_copies():
            keys = divisions_at(points)
        return {
            stretch.ref: {
                "geometry": stretch.geometry,
                "length_m": round(float(length), 3),
                "division_id": key,
            }
            for stretch, length, key in zip(stretches, lengths, keys, strict=True)
        }

    def _may_touch(self, record: Record, *division_ids: int | None) -> bool:
        """Roads lead out of the county: only people with a scope of their own are held to it."""
        if self.run.user is None:
            return True
        wanted = {pk for pk in division_ids if pk is not None}
        if missing := wanted - self._divisions.keys():
            self._divisions |= Division.objects.defer("boundary").in_bulk(missing)
        return self.run.may_touch(record, *(self._divisions[pk] for pk in wanted))

    def give_up(self, records: Sequence[Record]) -> None:
        """Nothing ever waits."""

    def finish(self) -> None:
        """Warn of a network that may be there twice: a newer file of another name is another source."""
        if not self.run.created[Road]:
            return
        others = Source.objects.filter(pk__in=Road.objects.exclude(source=self.run.source).values("source"))
        codes = list(others.order_by("code").values_list("code", flat=True)[:SHOWN_SOURCES])
        if codes:
            template = _OTHER_SOURCES if self.run.user is not None else _OTHER_SOURCES_AT_CONSOLE
            message = Message(template, {"source": self.run.source.code, "others": "、".join(codes)})
            self.run.issues.append(RowIssue(None, None, Severity.WARNING, message))


def _stretches(records: Sequence[Record]) -> list[_Stretch]:
    """Return one stretch for each line; those of a row with several are numbered after its number."""
    shapes = np.array([record.geometry for record in records], dtype=object)
    lines, numbers = shapely.get_parts(shapes, return_index=True)
    counts = np.bincount(numbers, minlength=len(shapes)).tolist()
    refs: list[tuple[Record, str]] = []
    for record, count in zip(records, counts, strict=True):
        ref = record.values["source_ref"]
        refs += [(record, ref if count == 1 else f"{ref}{_PART}{place}") for place in range(1, count + 1)]
    return [
        _Stretch(record, ref, line, written)
        for (record, ref), line, written in zip(refs, lines, written_down(lines), strict=True)
        if written is not None
    ]
