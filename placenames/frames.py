"""The only crossing between querysets and arrays: roads as lines, with what the planning of signs asks of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from geo_registry.roadgraph import RoadLines
from geo_registry.roadgraph.noding import Crossings
from geo_registry.territory.models import Road, RoadClass

# Without a name these make no junction for a road that they meet.
NO_JUNCTION = frozenset(
    {
        RoadClass.SERVICE, RoadClass.TRACK, RoadClass.CYCLEWAY, RoadClass.FOOTWAY, RoadClass.PATH, RoadClass.STEPS,
    }
)  # fmt: skip
_ONEWAY = {"no": 0, "forward": 1, "backward": -1}


@dataclass(frozen=True)
class SignRoads:
    """Roads as arrays of equal length.

    Attributes
    ----------
    keys
        Primary keys, ascending.
    lines
        Degrees, EPSG:4490, with one-way, bridge, tunnel and layer.
    named, counts
        Whether a road has a name, and whether it makes a junction.
    crossings
        ``keep`` where every line has a vertex wherever it meets another (OpenStreetMap's, and those drawn here).
    """

    keys: NDArray[np.int64]
    geometries: NDArray[np.object_]
    lines: RoadLines
    named: NDArray[np.bool_]
    counts: NDArray[np.bool_]
    crossings: Crossings


def sign_roads(roads: QuerySet[Road]) -> SignRoads:
    """Read roads in two queries."""
    rows = list(
        roads.order_by("pk")
        .annotate(wkb=AsWKB("geometry"))
        .values_list("pk", "wkb", "name", "road_class", "oneway", "bridge", "tunnel", "layer")
    )
    pk, wkb, name, road_class, oneway, bridge, tunnel, layer = zip(*rows, strict=True) if rows else ((),) * 8
    geometries = shapely.from_wkb(np.array([bytes(value) for value in wkb], dtype=object))
    named = np.array([bool(text) for text in name], dtype=np.bool_)
    counts = named | np.array([value not in NO_JUNCTION for value in road_class], dtype=np.bool_)
    noded = Q(source_ref__startswith="way/") | Q(source_ref__startswith="drawn/")
    crossings: Crossings = "join" if roads.exclude(noded).exists() else "keep"
    lines = RoadLines.from_columns(
        geometries, road_class=list(road_class), oneway=[_ONEWAY[value] for value in oneway], bridge=list(bridge),
        tunnel=list(tunnel), layer=list(layer),
    )  # fmt: skip
    return SignRoads(np.array(pk, dtype=np.int64), geometries, lines, named, counts, crossings)
