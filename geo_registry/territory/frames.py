"""Roads as arrays: the only crossing between them and the road graph."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.db.models import QuerySet

from geo_registry.roadgraph.roads import RoadLines

from .models import Road

_ONEWAY: dict[object, int] = {"no": 0, "forward": 1, "backward": -1}  # the values of Road.Oneway
_KMH_TO_M_S = 1 / 3.6
_ROADS_AT_ONCE = 50_000
_UNSAID = {None: -1, False: 0, True: 1}


def road_lines(roads: QuerySet[Road] | None = None) -> tuple[RoadLines, np.ndarray]:
    """Read roads as lines with the attributes that routing needs.

    Returns
    -------
    tuple
        The lines in the order of their primary keys, and those keys.
    """
    rows = (
        (Road.objects.all() if roads is None else roads)
        .order_by("pk")
        .annotate(wkb=AsWKB("geometry"))
        .values_list(
            "pk",
            "wkb",
            "road_class",
            "oneway",
            "bridge",
            "tunnel",
            "layer",
            "speed_kmh",
            "foot",
            "bicycle",
            "motor",
        )
        .iterator(chunk_size=10_000)
    )
    # Some at a time: a million roads as rows of Python values would take several times what their arrays take.
    parts = [_road_arrays([])]
    while some := list(islice(rows, _ROADS_AT_ONCE)):
        parts.append(_road_arrays(some))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    pk = columns.pop("pk")
    return RoadLines.from_columns(columns.pop("geometries"), **columns), pk


def _road_arrays(rows: Sequence[tuple[Any, ...]]) -> dict[str, np.ndarray]:
    """Turn some rows into one array a column; texts that are equal are one object."""
    pk, wkb, road_class, oneway, bridge, tunnel, layer, speed_kmh, foot, bicycle, motor = (
        zip(*rows, strict=True) if rows else ((),) * 11
    )
    return {
        "pk": np.array(pk, dtype=np.int64),
        "geometries": shapely.from_wkb(np.array([bytes(value) for value in wkb], dtype=object)),
        "road_class": np.array([sys.intern(value) for value in road_class], dtype=object),
        "oneway": np.array([_ONEWAY[value] for value in oneway], dtype=np.int8),
        "bridge": np.array(bridge, dtype=np.bool_),
        "tunnel": np.array(tunnel, dtype=np.bool_),
        "layer": np.array(layer, dtype=np.int16),
        "speed_limit_m_s": np.array(
            [np.nan if value is None else value * _KMH_TO_M_S for value in speed_kmh], dtype=np.float64
        ),
        **{
            name: np.array([_UNSAID[value] for value in values], dtype=np.int8)
            for name, values in (("foot", foot), ("bicycle", bicycle), ("motor", motor))
        },
    }
