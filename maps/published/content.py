"""The data of a composed map: read from what is public today, or kept as they were and shown as far as they still are public.

What a map shows it takes from the same querysets as every other public page. A frozen map keeps a copy of the day it was handed in
for review, so that what was reviewed is what is published; but a facility, place or run that has meanwhile been taken from the
public is taken out of the copy as well, whenever it is shown.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from django.contrib.gis.db.models.functions import PointOnSurface
from django.db.models import F, Func, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils import timezone

from facilities.models import CoverageRun, Facility
from facilities.services import public
from geo_registry.territory.geography import home_extent
from geo_registry.territory.models import Division, Level
from placenames.models import PlaceKind
from placenames.services.public import named_places

from ..models import MapVersion
from ..services.public_coverage import has_secret_part
from .composition import Composition, Extent, read
from .coverage import NotShown, choice_of, coverage_content

Content = dict[str, Any]

# Boundaries are drawn no finer than this: about ten metres.
_BOUNDARY_TOLERANCE_DEG: Final = 0.0001
_BOUNDARY_DECIMALS: Final = 5
# More names than this nobody reads on one map, and no telephone loads.
MOST_PLACES: Final = 2000
_GENERATION: Final = 1


class _Outline(Func):
    """A boundary as GeoJSON text, thinned for maps of a county."""

    function = "ST_AsGeoJSON"
    template = (
        f"ST_AsGeoJSON(ST_SimplifyPreserveTopology(%(expressions)s, {_BOUNDARY_TOLERANCE_DEG}), "
        f"{_BOUNDARY_DECIMALS}, 0)"
    )
    output_field = TextField()


def content_of(composition: Composition, *, run: CoverageRun | None) -> Content:
    """Read what a map shows from what is public today. The number of queries does not grow with the rows."""
    day = timezone.localdate()
    problem = ""
    coverage = None
    if composition.coverage is not None and run is not None:
        try:
            coverage = coverage_content(run, composition.coverage)
        except NotShown as error:
            problem = error.code
    content: Content = {
        "day": day.isoformat(),
        "facilities": _facilities(composition, day),
        "divisions": _divisions(composition, with_coverage=coverage is not None),
        "coverage": coverage,
        "coverage_problem": problem,
        "places": _places(composition),
    }
    content["demo"] = _has_demo(content, run)
    return content


def shown(version: MapVersion) -> Content:
    """Return what a version shows now: its copy as far as it is still public, or the data of today."""
    if version.content is None:
        return content_of(read(version.composition), run=version.run)
    return _still_public(version)


def digest_of(content: Content) -> str:
    """Return a digest of what is shown, without the day it was read on."""
    facts = {key: value for key, value in content.items() if key != "day"} | {"generation": _GENERATION}
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:40]


def extent(composition: Composition) -> Extent | None:
    """Return what part is shown: the one chosen, else the home; ``None`` before there is one."""
    if composition.extent is not None:
        return composition.extent
    bounds = home_extent()
    if bounds is None:
        return None
    (south, west), (north, east) = bounds
    return (west, south, east, north)


def _still_public(version: MapVersion) -> Content:
    content: Content = dict(version.content or {})
    numbers = [row["number"] for row in content.get("facilities", [])]
    phones = dict(Facility.objects.public().filter(number__in=numbers).values_list("number", "public_phone"))
    content["facilities"] = [
        # A number that was taken back may be somebody's own.
        row | {"phone": row["phone"] if row["phone"] == phones[row["number"]] else ""}
        for row in content.get("facilities", [])
        if row["number"] in phones
    ]
    ids = [row["id"] for row in content.get("places", [])]
    named = set(named_places().filter(short_id__in=ids).values_list("short_id", flat=True))
    content["places"] = [row for row in content.get("places", []) if row["id"] in named]
    part = read(version.composition).coverage
    if content.get("coverage") and (
        version.run is None or part is None or has_secret_part(choice_of(version.run, part))
    ):
        content["coverage"], content["coverage_problem"] = None, "secret"
    return content


def _facilities(composition: Composition, day: datetime.date) -> list[dict[str, Any]]:
    if not composition.kinds:
        return []
    rows = (
        Facility.objects.public()
        .open_on(day)
        .filter(kind__code__in=composition.kinds)
        .select_related("kind__tier", "division__parent", "source")
        .only(*public.PUBLIC_FIELDS, "division__parent__name", "division__parent__level")
        .order_by("division__path", "kind__position", "name", "pk")
    )
    return [_facility(row) for row in rows]


def _facility(row: Facility) -> dict[str, Any]:
    parent = row.division.parent
    return {
        "number": row.number,
        "name": row.name,
        "kind": row.kind.code,
        "division": row.division.name,
        "township": parent.name if parent is not None and parent.level == Level.TOWNSHIP else "",
        "address": row.address,
        "phone": row.public_phone,
        "lon": round(row.location.x, 6) if row.location else None,
        "lat": round(row.location.y, 6) if row.location else None,
        "demo": row.is_demo,
    }


def _divisions(composition: Composition, *, with_coverage: bool) -> list[dict[str, Any]]:
    """Return outlines of the home and of the levels chosen; where coverage is shown those of its divisions are needed, too."""
    levels = {Level.COUNTY, *composition.levels} if composition.levels or with_coverage else set()
    if with_coverage:
        levels.add(Level.TOWNSHIP)
    rows = (
        Division.objects.public()
        .filter(level__in=levels, boundary__isnull=False)
        .annotate(
            outline=_Outline("boundary"),
            at=_text_of(PointOnSurface("boundary")),
            is_invented=Coalesce(F("source__is_demo"), Value(value=False)),
        )
        .order_by("level", "code")
        .values("code", "name", "level", "outline", "at", "is_invented")
    )
    found = []
    for row in rows:
        lon, lat = _lonlat(row["at"])
        found.append(
            {
                "code": row["code"],
                "name": row["name"],
                "level": int(row["level"]),
                "lon": lon,
                "lat": lat,
                "outline": json.loads(row["outline"]),
                "demo": row["is_invented"],
            }
        )
    return found


def _places(composition: Composition) -> list[dict[str, Any]]:
    if not composition.place_kinds:
        return []
    rows = (
        named_places()
        .filter(kind__code__in=composition.place_kinds, geometry__isnull=False)
        .select_related("kind", "division", "source")
        .annotate(at=_text_of(PointOnSurface("geometry")))
        .order_by("kind__position", "division__path", "name_text", "pk")[:MOST_PLACES]
    )
    found = []
    for row in rows:
        lon, lat = _lonlat(row.at)  # type: ignore[attr-defined] # both are annotations
        found.append(
            {
                "id": row.short_id,
                "name": row.name_text,  # type: ignore[attr-defined]
                "kind": row.kind.code,
                "division": row.division.name if row.division else "",
                "lon": lon,
                "lat": lat,
                "demo": row.is_demo,
            }
        )
    return found


def _text_of(point: Combinable) -> Func:
    return Func(point, function="ST_AsText", output_field=TextField())


def _lonlat(text: str) -> tuple[float, float]:
    """Return longitude and latitude of a point that PostGIS wrote, to about a metre."""
    lon, lat = text.removeprefix("POINT(").removesuffix(")").split()
    return round(float(lon), 5), round(float(lat), 5)


def _has_demo(content: Mapping[str, Any], run: CoverageRun | None) -> bool:
    rows = [*content["facilities"], *content["divisions"], *content["places"]]
    return any(row["demo"] for row in rows) or bool(content["coverage"] and run and run.has_demo_data)


def kinds_on_offer() -> list[tuple[str, str]]:
    """Return the kinds of which there is a public facility in operation: code and name."""
    return [(kind.code, kind.name) for kind in public.on_offer(day=timezone.localdate()).kinds]


def place_kinds_on_offer() -> list[tuple[str, str]]:
    """Return the kinds of public place that go by a name: code and name."""
    used = named_places().filter(geometry__isnull=False).order_by().values("kind_id").distinct()
    return [(kind.code, kind.name) for kind in PlaceKind.objects.filter(pk__in=used)]
