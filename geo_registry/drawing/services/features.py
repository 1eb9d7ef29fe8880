"""What is in view, as the editor's map and list show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.gis.geos import Polygon as GeosPolygon
from django.db.models import Model
from django.utils.translation import gettext as _

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.territory.models import Division
from geo_registry.territory.models.divisions import SRID
from geo_registry.territory.services import divisions_at

from ..geometries import to_geojson, to_shape
from ..registry import Layer
from .changes import DrawingError
from .preparing import attributes_of
from .versions import versions_of

# What a browser draws and a person oversees; beyond it one looks closer.
MAX_FEATURES = 600
MAX_POINTS = 150_000
Bbox = tuple[float, float, float, float]


def read_bbox(text: str) -> Bbox:
    """Read west,south,east,north.

    Raises
    ------
    DrawingError
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west, south, east, north = 1.0, 0.0, 0.0, 0.0
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise DrawingError(_("The part of the map to show is not given as west,south,east,north in degrees."))
    return west, south, east, north


def features_in(layer: Layer, bbox: Bbox, *, user: User) -> dict[str, Any]:
    """Return the rows of a layer in a part of the map, as a GeoJSON collection.

    ``truncated`` says that there are more than are shown; then those that are shown are the first by number, and whoever draws
    looks closer. What lies outside of the person's scope is there to be drawn up to, and marked as not to be changed.
    """
    box = GeosPolygon.from_bbox(bbox)
    box.srid = SRID
    rows = list(
        layer.rows().filter(**{f"{layer.geometry}__bboverlaps": box}).order_by("pk")[: MAX_FEATURES + 1]
    )
    truncated = len(rows) > MAX_FEATURES
    kept, points = [], 0
    for row in rows[:MAX_FEATURES]:
        points += getattr(row, layer.geometry).num_coords
        if points > MAX_POINTS:
            truncated = True
            break
        kept.append(row)
    visible = _visible(layer.model, kept, user)
    shown = [row for row in kept if row.pk in visible]
    return {
        "type": "FeatureCollection",
        "features": _features(layer, shown, user),
        "truncated": truncated,
    }


def one_feature(layer: Layer, pk: int, *, user: User) -> dict[str, Any] | None:
    """Return one row with everything that is shown of it; ``None`` where it is not there or not to be seen."""
    rows = list(layer.rows().filter(pk=pk))
    if not rows or rows[0].pk not in _visible(layer.model, rows, user):
        return None
    found = _features(layer, rows, user)[0]
    found["properties"]["facts"] = dict(layer.facts(rows[0]))
    found["properties"]["more"] = layer.more_url(rows[0]) if layer.more_url is not None else None
    return found


def without_geometry(layer: Layer, *, user: User, limit: int = 500) -> list[Mapping[str, Any]]:
    """Return rows of the person's scope that nobody has drawn yet: their key and name."""
    rows = policy.limit(layer.rows().filter(**{f"{layer.geometry}__isnull": True}), user)
    return [{"id": row.pk, "title": layer.title(row)} for row in rows[:limit]]


def where_is(lon: float, lat: float) -> list[str]:
    """Return the names of the divisions that hold a point, from the home down."""
    pk = divisions_at([(lon, lat)])[0]
    if pk is None:
        return []
    division = Division.objects.only("path").get(pk=pk)
    codes = division.ancestor_codes()
    rows = (
        Division.objects.filter(code__in=codes, valid_to__isnull=True)
        .order_by("level")
        .values_list("name", flat=True)
    )
    return list(rows)


def _visible(model: type[Model], rows: Sequence[Any], user: User) -> set[int]:
    """What lies in the person's scope, and what everybody may see."""
    pks = [row.pk for row in rows]
    manager = model._default_manager
    scoped = set(policy.limit(manager.filter(pk__in=pks), user).values_list("pk", flat=True))
    public = getattr(manager, "public", None)
    return scoped | (set(public().filter(pk__in=pks).values_list("pk", flat=True)) if public else set())


def _features(layer: Layer, rows: Sequence[Any], user: User) -> list[dict[str, Any]]:
    pks = [row.pk for row in rows]
    own = set(
        policy.limit(layer.model._default_manager.filter(pk__in=pks), user).values_list("pk", flat=True)
    )
    versions = versions_of(layer.model, pks)
    found = []
    for row in rows:
        stored = getattr(row, layer.geometry)
        found.append(
            {
                "type": "Feature",
                "id": row.pk,
                "geometry": to_geojson(to_shape(stored)) if stored is not None else None,
                "properties": {
                    "title": layer.title(row),
                    "version": versions[row.pk],
                    "editable": row.pk in own,
                    "attributes": attributes_of(layer, row) if row.pk in own else {},
                    "level": getattr(row, "level", None),
                    "bridge": bool(getattr(row, "bridge", False)),
                },
            }
        )
    return found
