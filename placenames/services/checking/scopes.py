"""The area within which a name must be the only one: by geometry where the law speaks of a built-up area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import shapely
from django.contrib.gis.geos import Polygon
from django.db.models import Exists, OuterRef

from geo_registry.territory.models import BuiltUpArea, Division, Installation, Level
from geo_registry.territory.models.divisions import UrbanRural
from placenames.models.rules import ScopeChoice
from placenames.naming.checks import Scope, ScopeKind

from .subject import Subject


@dataclass(frozen=True, kw_only=True)
class Area:
    """A scope with what decides whether another name lies in it.

    Parameters
    ----------
    scope
        As the checks take it.
    around
        The division within which candidates are looked for at all.
    path
        The beginning of the paths of divisions in the scope, where divisions decide.
    outlines
        Built-up areas that cover the place, where geometry decides.
    """

    scope: Scope
    around: Division | None
    path: str | None = None
    outlines: Sequence[shapely.Geometry] = field(default_factory=tuple)

    def holds(self, path: str, shape: shapely.Geometry | None) -> bool | None:
        """Say whether another name lies in the scope; ``None`` where that is not known."""
        if not self.scope.known:
            return None
        if self.outlines:
            return None if shape is None else any(shapely.intersects(area, shape) for area in self.outlines)
        return self.path is not None and path.startswith(self.path)


class Scopes:
    """The scopes of some subjects: divisions above them, built-up areas about them, each asked for once.

    Parameters
    ----------
    subjects
        What is checked.
    shapes
        Where each is, in degrees (EPSG:4490).
    """

    def __init__(self, subjects: Sequence[Subject], shapes: Sequence[shapely.Geometry | None]) -> None:
        self._subjects = subjects
        self._shapes = shapes
        self._home = Installation.home()

    def ancestor(self, division: Division | None, level: Level) -> Division | None:
        """Return the division of a level that this one belongs to, or is."""
        if division is None or division.level < level:
            return None
        if division.level == level:
            return division
        above = (self._above.get(code) for code in division.ancestor_codes())
        return next((found for found in above if found is not None and found.level == level), None)

    def county(self, division: Division | None) -> Division | None:
        """Return the county that a division belongs to, or is."""
        return self.ancestor(division, Level.COUNTY)

    def of(self, subject: Subject, shape: shapely.Geometry | None) -> Area:
        """Return the scope of one of the subjects."""
        county = self.county(subject.division) or self._home
        match subject.scope:
            case ScopeChoice.BUILT_UP:
                return self._built_up(subject, shape, county)
            case ScopeChoice.COUNTY:
                return self._of_division(ScopeKind.COUNTY, county)
            case ScopeChoice.PROVINCE:
                return self._of_division(ScopeKind.PROVINCE, self.ancestor(subject.division, Level.PROVINCE))
            case ScopeChoice.NATION:
                return Area(scope=Scope(kind=ScopeKind.NATION, known=False), around=county)
        label = county.name if county else ""
        return Area(scope=Scope(kind=ScopeKind.NONE, label=label, lawful=False), around=county)

    @cached_property
    def _above(self) -> dict[str, Division]:
        """Divisions in force above those of the subjects, by code."""
        own = {
            subject.division.pk: subject.division
            for subject in self._subjects
            if subject.division is not None
        }
        codes = {code for division in own.values() for code in division.ancestor_codes()}
        rows = (
            Division.objects.filter(code__in=codes, valid_to__isnull=True)
            if codes
            else Division.objects.none()
        )
        return {division.code: division for division in rows.defer("boundary")}

    def _of_division(self, kind: ScopeKind, division: Division | None) -> Area:
        """The names of the whole division are known here if the home is it, or above it."""
        home = self._home
        if division is None:
            return Area(scope=Scope(kind=kind, known=False), around=home)
        known = home is not None and division.path.startswith(home.path)
        return Area(
            scope=Scope(kind=kind, label=division.name, known=known), around=division, path=division.path
        )

    # -- built-up areas ------------------------------------------------------------------------

    def _built_up(self, subject: Subject, shape: shapely.Geometry | None, county: Division | None) -> Area:
        rural = subject.division is not None and subject.division.urban_rural == UrbanRural.RURAL
        outside = Scope(kind=ScopeKind.COUNTY, label=county.name if county else "", lawful=False)
        if shape is not None:
            names, tree = self._outlines
            covering = [
                (names[i], tree.geometries[i]) for i in sorted(tree.query(shape, predicate="intersects"))
            ]
            if covering:
                label = "、".join(name for name, _area in covering)
                scope = Scope(kind=ScopeKind.BUILT_UP, label=label)
                return Area(scope=scope, around=county, outlines=[area for _name, area in covering])
            if rural or self._drawn_nearby(subject.division):
                return Area(scope=outside, around=county, path=county.path if county else "")
        elif rural:
            return Area(scope=outside, around=county, path=county.path if county else "")
        return Area(scope=Scope(kind=ScopeKind.BUILT_UP, known=False), around=county)

    @cached_property
    def _outlines(self) -> tuple[list[str], shapely.STRtree]:
        """Built-up areas about the subjects: their names and, in the same order, a tree of their outlines."""
        shapes = [
            shape
            for subject, shape in zip(self._subjects, self._shapes, strict=True)
            if shape is not None and subject.scope == ScopeChoice.BUILT_UP
        ]
        rows = list(BuiltUpArea.objects.filter(geometry__bboverlaps=box_about(shapes)).order_by("pk"))
        outlines = [shapely.from_wkb(bytes(row.geometry.wkb)) for row in rows]
        return [row.name for row in rows], shapely.STRtree(outlines)

    def _drawn_nearby(self, division: Division | None) -> bool:
        """Whether the built-up area of the township has been drawn: then what lies outside it is known to."""
        township = self.ancestor(division, Level.TOWNSHIP)
        return township is not None and township.pk in self._drawn

    @cached_property
    def _drawn(self) -> frozenset[int]:
        """Townships of the subjects whose built-up area has been drawn."""
        found = {
            township.pk: township
            for subject in self._subjects
            if subject.scope == ScopeChoice.BUILT_UP
            and (township := self.ancestor(subject.division, Level.TOWNSHIP)) is not None
        }
        paths = list(BuiltUpArea.objects.exclude(division=None).values_list("division__path", flat=True))
        drawn = {pk for pk, row in found.items() if any(path.startswith(row.path) for path in paths)}
        inside = BuiltUpArea.objects.filter(geometry__intersects=OuterRef("boundary"))
        rest = Division.objects.filter(pk__in=found.keys() - drawn).filter(Exists(inside))
        return frozenset(drawn | set(rest.values_list("pk", flat=True)))


def box_about(shapes: Sequence[shapely.Geometry]) -> Polygon:
    """Return the box about all of some shapes, in EPSG:4490."""
    west, south, east, north = (
        float(value) for value in shapely.total_bounds(np.asarray(shapes, dtype=object))
    )
    box = Polygon.from_bbox((west, south, east, north))
    box.srid = 4490
    return box
