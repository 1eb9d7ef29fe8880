"""The area within which a name must be the only one: by geometry where the law speaks of a built-up area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import shapely
from django.contrib.gis.geos import Polygon

from geo_registry.territory.models import BuiltUpArea, Division, Installation, Level
from geo_registry.territory.models.divisions import UrbanRural
from placenames.models.rules import ScopeChoice
from placenames.naming.checks import Scope, ScopeKind

from .subject import Subject, ancestor


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


def area_of(subject: Subject, shape: shapely.Geometry | None) -> Area:
    """Return the scope of a subject."""
    county = ancestor(subject.division, Level.COUNTY) or Installation.home()
    match subject.scope:
        case ScopeChoice.BUILT_UP:
            return _built_up(subject, shape, county)
        case ScopeChoice.COUNTY:
            return _of_division(ScopeKind.COUNTY, county)
        case ScopeChoice.PROVINCE:
            return _of_division(ScopeKind.PROVINCE, ancestor(subject.division, Level.PROVINCE))
        case ScopeChoice.NATION:
            return Area(scope=Scope(kind=ScopeKind.NATION, known=False), around=county)
    label = county.name if county else ""
    return Area(scope=Scope(kind=ScopeKind.NONE, label=label, lawful=False), around=county)


def _of_division(kind: ScopeKind, division: Division | None) -> Area:
    """The names of the whole division are known here if the home is it, or above it."""
    home = Installation.home()
    if division is None:
        return Area(scope=Scope(kind=kind, known=False), around=home)
    known = home is not None and division.path.startswith(home.path)
    return Area(scope=Scope(kind=kind, label=division.name, known=known), around=division, path=division.path)


def _built_up(subject: Subject, shape: shapely.Geometry | None, county: Division | None) -> Area:
    rural = subject.division is not None and subject.division.urban_rural == UrbanRural.RURAL
    outside = Scope(kind=ScopeKind.COUNTY, label=county.name if county else "", lawful=False)
    if shape is not None:
        rows = BuiltUpArea.objects.filter(geometry__bboverlaps=_box(shape))
        covering = [(row.name, shapely.from_wkb(bytes(row.geometry.wkb))) for row in rows]
        covering = [(name, area) for name, area in covering if shapely.intersects(area, shape)]
        if covering:
            label = "、".join(name for name, _area in covering)
            scope = Scope(kind=ScopeKind.BUILT_UP, label=label)
            return Area(scope=scope, around=county, outlines=[area for _name, area in covering])
        if rural or _drawn_nearby(subject.division):
            return Area(scope=outside, around=county, path=county.path if county else "")
    elif rural:
        return Area(scope=outside, around=county, path=county.path if county else "")
    return Area(scope=Scope(kind=ScopeKind.BUILT_UP, known=False), around=county)


def _drawn_nearby(division: Division | None) -> bool:
    """Whether the built-up area of the township has been drawn: then what lies outside it is known to."""
    township = ancestor(division, Level.TOWNSHIP)
    if township is None:
        return False
    drawn = BuiltUpArea.objects.filter(division__path__startswith=township.path).exists()
    outline = Division.objects.filter(pk=township.pk).values_list("boundary", flat=True).first()
    return drawn or (
        outline is not None and BuiltUpArea.objects.filter(geometry__intersects=outline).exists()
    )


def _box(shape: shapely.Geometry) -> Polygon:
    west, south, east, north = (float(value) for value in shapely.total_bounds(shape))
    box = Polygon.from_bbox((west, south, east, north))
    box.srid = 4490
    return box
