"""Required sites minus what stands there, for a road, a division or everything, and what the rest costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import Polygon
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import limit, scope_path
from geo_registry.territory.models import Division, Installation, Level, Road
from geo_registry.territory.services.locating import divisions_at
from placenames.frames import SignRoads, sign_roads
from placenames.models import Name, Place, PlaceKind, Sign
from placenames.signage import (
    Bill,
    Comparison,
    RoadPlan,
    Rules,
    Site,
    SiteKind,
    Standing,
    bill,
    compare,
    plan_signs,
    village_entries,
)

from . import settings

_AROUND_DEG = 0.01
"""About a kilometre of other roads around those that are planned: junctions, stubs and second carriageways lie within."""
_NEAREST_ROADS = 8


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What is planned: one place, what lies in a division, or, with neither, everything."""

    place: Place | None = None
    division: Division | None = None


@dataclass(frozen=True, kw_only=True)
class Required:
    """A site that must have a sign.

    Attributes
    ----------
    place, name
        What it names, and the name in force.
    site
        Where, from geometry.
    division
        The lowest division that it lies in, if the ground knows one.
    pole
        Number of its pole within the plan: plates of several roads share one.
    sign
        The sign that serves it, or shows another name there.
    """

    place: Place
    name: Name
    site: Site
    division: Division | None
    pole: int
    sign: Sign | None = None

    @property
    def faces(self) -> int:
        """Faces on one post."""
        return max(self.site.faces // self.site.posts, 1)

    @property
    def sort(self) -> str:
        """The sort of sign."""
        return Sign.Sort.VILLAGE if self.site.kind is SiteKind.VILLAGE else Sign.Sort.ROAD


@dataclass(frozen=True, kw_only=True)
class SignPlan:
    """What is required, and what came of it.

    Attributes
    ----------
    required
        All sites.
    served, under_way
        Those where a sign with the current name stands; those where one is planned or ordered.
    missing, wrong_name
        Those without any (once for each post), and those whose sign shows another name.
    surplus
        Signs that serve no site.
    bill
        What missing and wrong-name signs cost.
    odd
        Roads whose drawing should be looked at, each with why.
    lines
        What was planned, as it is drawn: degrees, EPSG:4490.
    """

    rules: Rules
    required: Sequence[Required] = ()
    served: Sequence[Required] = ()
    under_way: Sequence[Required] = ()
    missing: Sequence[Required] = ()
    wrong_name: Sequence[Required] = ()
    surplus: Sequence[Sign] = ()
    bill: Bill = field(default_factory=lambda: Bill(lines=()))
    odd: Sequence[tuple[Place, str]] = ()
    lines: Sequence[shapely.Geometry] = ()
    roads: int = 0
    villages: int = 0

    @property
    def signs_required(self) -> int:
        """How many signs that is: a site with two posts needs two. They stand, are under way, are missing or show another name."""
        return sum(row.site.posts for row in self.required)


@dataclass
class _Drawn:
    """A place with the name in force and the plan of its lines."""

    place: Place
    name: Name
    sites: Sequence[Site]
    poles: Sequence[int]
    lines: Sequence[shapely.Geometry] = ()


def plan(*, scope: Scope, user: User | None = None, tick: Callable[[int], None] | None = None) -> SignPlan:
    """Plan the signs of a scope; a person's plan has no site outside of the person's area.

    Roads are planned whole, and what lies in the scope is taken of them: a border is no end of a road.

    Parameters
    ----------
    scope
        What is planned.
    user
        Whose area bounds it; ``None`` for a command.
    tick
        Called with the number of roads done.

    Raises
    ------
    ReferenceMissing
        If a distance has no reference value.
    """
    rules = settings.rules()
    places = list(road_places(scope, user))
    own = _roads_of(places)
    roads = sign_roads(_around(own, scope))
    drawn, odd = _plan_roads(places, own, roads, rules, tick)
    plates = _plan_villages(_villages(scope, user), roads, rules)
    every = [*drawn, *plates]
    inside = _inside(scope, user)
    signs = list(
        Sign.objects.kept()
        .filter(site__place__in=[row.place.pk for row in every], site__retired_on__isnull=True)
        # Where the new one is under way, the old one that still stands is no surplus.
        .exclude(pk__in=Sign.objects.kept().filter(replaces__isnull=False).order_by().values("replaces"))
        .select_related("site__place", "site__division", "name")
        .order_by("pk")
    )
    return _compared(every, signs, rules, inside, odd, roads=len(drawn), villages=len(plates))


def _named(places: QuerySet[Place]) -> QuerySet[Place]:
    names = Name.objects.filter(
        status__in=[Name.Status.STANDARD, Name.Status.RECORDED], valid_to__isnull=True
    )
    return places.select_related("kind", "division", "named_division", "source").prefetch_related(
        Prefetch("names", queryset=names.prefetch_related("spellings"))
    )


def road_places(scope: Scope, user: User | None) -> QuerySet[Place]:
    """Return the roads of a scope that are drawn: a person's are those that run through the area, whatever their own division."""
    rows = Place.objects.filter(kind__ground=PlaceKind.Ground.ROAD, roads__isnull=False)
    if scope.place is not None:
        rows = rows.filter(pk=scope.place.pk)
    if scope.division is not None:
        rows = rows.filter(roads__in=_roads_in(scope.division))
    path = scope_path(user) if user is not None else ""
    home = Installation.home()
    if path is None:
        return rows.none()
    if path and not (home is not None and home.path.startswith(path)):
        # What runs through one's area belongs to it as far as it lies there, whatever the road's own division.
        area = Division.objects.filter(path=path, valid_to__isnull=True).first()
        rows = rows.filter(roads__in=_roads_in(area)) if area else rows.none()
    return _named(rows.order_by("pk").distinct())


def _roads_in(division: Division) -> QuerySet[Road]:
    lies = Q(division__path__startswith=division.path)
    if division.boundary is not None:
        lies |= Q(geometry__intersects=division.boundary)
    return Road.objects.filter(lies)


def _villages(scope: Scope, user: User | None) -> list[Place]:
    if scope.place is not None and scope.place.named_division_id is None:
        return []
    rows = Place.objects.filter(named_division__level=Level.VILLAGE, named_division__valid_to__isnull=True)
    if scope.place is not None:
        rows = rows.filter(pk=scope.place.pk)
    if scope.division is not None:
        rows = rows.filter(named_division__path__startswith=scope.division.path)
    if user is not None:
        inside = limit(Division.objects.filter(level=Level.VILLAGE), user)
        rows = rows.filter(named_division__in=inside.order_by().values("pk"))
    return list(_named(rows.order_by("pk")))


def _roads_of(places: Sequence[Place]) -> dict[int, list[int]]:
    links = Place.roads.through.objects.filter(place__in=[place.pk for place in places]).order_by("pk")
    found: dict[int, list[int]] = {}
    for place_id, road_id in links.values_list("place_id", "road_id"):
        found.setdefault(place_id, []).append(road_id)
    return found


def _around(own: dict[int, list[int]], scope: Scope) -> QuerySet[Road]:
    """Return the roads that matter: all, or those about the ones that are planned."""
    if scope.place is None and scope.division is None:
        return Road.objects.all()
    keys = {road for roads in own.values() for road in roads}
    boxes = [
        geometry.extent for geometry in Road.objects.filter(pk__in=keys).values_list("geometry", flat=True)
    ]
    for division in (scope.division, scope.place.named_division if scope.place else None):
        shape = (division.boundary or division.point) if division is not None else None
        if shape is not None:
            boxes.append(shape.extent)
    if not boxes:
        return Road.objects.none()
    west, south, east, north = (
        np.array(boxes)[:, 0],
        np.array(boxes)[:, 1],
        np.array(boxes)[:, 2],
        np.array(boxes)[:, 3],
    )
    box = Polygon.from_bbox(
        (
            west.min() - _AROUND_DEG,
            south.min() - _AROUND_DEG,
            east.max() + _AROUND_DEG,
            north.max() + _AROUND_DEG,
        )
    )
    box.srid = 4490
    return Road.objects.filter(geometry__bboverlaps=box)


def _plan_roads(
    places: Sequence[Place], own: dict[int, list[int]], roads: SignRoads, rules: Rules, tick: Any
) -> tuple[list[_Drawn], list[tuple[Place, str]]]:
    row_of = {int(key): row for row, key in enumerate(roads.keys)}
    named = [(place, name) for place in places if (name := place.current_name()) is not None]
    rows = [[row_of[key] for key in own.get(place.pk, ()) if key in row_of] for place, _name in named]
    planned = plan_signs(
        roads.lines, rows, counts=roads.counts, rules=rules, crossings=roads.crossings, tick=tick
    )
    drawn, odd, first = [], [], 0
    for (place, name), road, of_road in zip(named, planned.roads, rows, strict=True):
        poles = planned.poles[first : first + len(road.sites)]
        first += len(road.sites)
        lines = [roads.geometries[row] for row in of_road]
        drawn.append(_Drawn(place, name, road.sites, poles, lines))
        if why := _oddities(road):
            odd.append((place, why))
    return drawn, odd


def _oddities(road: RoadPlan) -> str:
    said = []
    if not road.parts:
        said.append(_("no line on the map"))
    if road.parts > 1:
        said.append(_("in %(count)d parts") % {"count": road.parts})
    if road.loop:
        said.append(_("a ring"))
    if road.dual:
        said.append(_("two carriageways"))
    return _(", ").join(said)


def _plan_villages(places: Sequence[Place], roads: SignRoads, rules: Rules) -> list[_Drawn]:
    if not places or not len(roads.keys):
        return []
    tree = shapely.STRtree(roads.geometries)
    drawn = []
    for i, place in enumerate(places):
        name, division = place.current_name(), place.named_division
        if name is None or division is None:
            continue
        outline = shapely.from_wkb(bytes(division.boundary.wkb)) if division.boundary is not None else None
        point = division.point or place.geometry
        centre = (point.x, point.y) if point is not None and point.geom_type == "Point" else None
        near = _near(tree, roads, outline, centre)
        sites = village_entries(
            outline, centre,
            [roads.geometries[row] for row in near if roads.named[row]],
            [roads.geometries[row] for row in near if roads.counts[row] and not roads.named[row]],
            rules,
        )  # fmt: skip
        # Plates of villages have poles of their own, numbered apart from those of roads.
        drawn.append(_Drawn(place, name, sites, [-(i * 1000 + k) - 1 for k in range(len(sites))]))
    return drawn


def _near(tree: Any, roads: SignRoads, outline: Any, centre: Any) -> list[int]:
    """Return rows of roads that meet a boundary, or else the nearest few to a point."""
    if outline is not None:
        found = tree.query(shapely.boundary(outline), predicate="intersects").tolist()
        if found:
            return sorted(found)
    if centre is None:
        return []
    here = shapely.Point(centre)
    close = tree.query(here.buffer(_AROUND_DEG)).tolist()
    return sorted(close, key=lambda row: float(shapely.distance(roads.geometries[row], here)))[
        :_NEAREST_ROADS
    ]


def _inside(scope: Scope, user: User | None) -> list[str]:
    """Return the paths that a site's division must begin with: all of them."""
    paths = [scope.division.path] if scope.division is not None else []
    if user is not None and (path := scope_path(user)):
        paths.append(path)
    return paths


def _divisions(every: Sequence[_Drawn]) -> list[Division | None]:
    """Return the lowest division of each site; where no outline covers it, that of its place."""
    points = [(site.lon, site.lat) for row in every for site in row.sites]
    found = divisions_at(points)
    divisions = Division.objects.defer("boundary").in_bulk({pk for pk in found if pk is not None})
    fallback = [row.place.named_division or row.place.division for row in every for _site in row.sites]
    own = [row.place.named_division for row in every for _site in row.sites]
    # A village's plate is the village's, though it stands on the border.
    return [
        village or divisions.get(lowest or -1) or other
        for village, lowest, other in zip(own, found, fallback, strict=True)
    ]


def _compared(
    every: Sequence[_Drawn],
    signs: Sequence[Sign],
    rules: Rules,
    inside: Sequence[str],
    odd: Any,
    **counts: int,
) -> SignPlan:
    divisions = _divisions(every)
    required = [
        Required(place=row.place, name=row.name, site=site, division=division, pole=pole)
        for (row, site, pole), division in zip(
            ((row, site, pole) for row in every for site, pole in zip(row.sites, row.poles, strict=True)),
            divisions, strict=True,
        )
    ]  # fmt: skip
    current = {row.place.pk: row.name for row in every}
    standing = [
        Standing(
            owner=sign.site.place_id, lon=sign.site.point.x, lat=sign.site.point.y,
            current=sign.text == current[sign.site.place_id].text,
        )
        for sign in signs
    ]  # fmt: skip
    found = compare([(row.place.pk, row.site) for row in required], standing, match_m=rules.match_m)
    lines = [line for row in every for line in row.lines]
    return _told(required, signs, found, rules, inside, odd, lines, counts)


def _told(
    required: Sequence[Required], signs: Sequence[Sign], found: Comparison, rules: Rules, inside: Sequence[str],
    odd: Any, lines: Sequence[shapely.Geometry], counts: dict[str, int],
) -> SignPlan:  # fmt: skip
    def lies(division: Division | None) -> bool:
        return all(division is not None and division.path.startswith(path) for path in inside)

    def with_sign(pairs: Iterable[tuple[int, int]]) -> list[Required]:
        rows = [(required[at], signs[i]) for at, i in pairs]
        return [
            Required(place=r.place, name=r.name, site=r.site, division=r.division, pole=r.pole, sign=sign)
            for r, sign in rows
            if lies(r.division)
        ]

    served = with_sign(found.served)
    wrong = with_sign(found.wrong_name)
    missing = [required[at] for at in found.missing if lies(required[at].division)]
    there = {required[at].pole for at, _i in (*found.served, *found.wrong_name)}
    return SignPlan(
        rules=rules,
        required=[row for row in required if lies(row.division)],
        served=[row for row in served if row.sign is not None and row.sign.stands],
        under_way=[row for row in served if row.sign is not None and not row.sign.stands],
        missing=missing,
        wrong_name=wrong,
        surplus=[signs[i] for i in found.surplus if lies(signs[i].site.division)],
        bill=bill(_items(missing, wrong, there), settings.prices()),
        odd=odd, lines=lines, roads=counts["roads"], villages=counts["villages"],
    )  # fmt: skip


def _items(missing: Sequence[Required], wrong: Sequence[Required], with_pole: set[int]) -> Iterable[str]:
    """Yield plates for all of them, and a pole for each that has none yet: plates of roads that meet share one."""
    for row in (*missing, *wrong):
        if row.sort == Sign.Sort.VILLAGE:
            yield "village-plate"
            continue
        yield from ["plate-double"] * (row.faces // 2) + ["plate-single"] * (row.faces % 2)
    new: dict[int, int] = {}
    for row in missing:
        if row.pole not in with_pole:
            new[row.pole] = max(new.get(row.pole, 0), row.site.posts)
    for posts in new.values():
        yield from ["pole"] * posts
