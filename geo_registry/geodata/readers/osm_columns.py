"""An OpenStreetMap extract as columns at once: for whoever builds a road graph without a registry.

The import reads the same extract row by row, in a process with limits (:mod:`.osm`); here everything is held in memory, which is
several times faster. Tags are read by the same functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import shapely

from ..errors import Message, UnreadableFile
from .osm import (
    CLASS_OF,
    DAMAGED,
    NO_ROADS,
    NO_WAYS,
    access_of,
    is_set,
    layer_of,
    longest_run,
    oneway_of,
    speed_kmh,
)

_ONEWAY = {None: 0, "no": 0, "yes": 1, "reverse": -1}
_SAID = {None: -1, False: 0, True: 1}
_KMH_TO_M_S = 1 / 3.6
_TAGS = (
    "oneway", "junction", "bridge", "tunnel", "layer", "maxspeed", "foot", "bicycle", "motorcar", "motor_vehicle",
    "vehicle", "access", "area",
)  # fmt: skip


def osm_road_columns(path: Path) -> dict[str, Any]:
    """Read the roads of an extract as the columns of :meth:`geo_registry.roadgraph.RoadLines.from_columns`.

    Parameters
    ----------
    path
        An ``.osm.pbf`` (or any file that osmium reads).

    Returns
    -------
    dict
        ``geometries`` (shapely LineStrings, WGS 84, longitude first) and one column for each attribute. Points that the extract
        does not hold are left out; the longest stretch without a gap counts.

    Raises
    ------
    UnreadableFile
        If the file is damaged or holds no road.

    Examples
    --------
    ``RoadLines.from_columns(**osm_road_columns(Path("city.osm.pbf")))``, then ``build_graph`` with ``crossings="keep"``: in
    OpenStreetMap roads meet where they share a point.
    """
    lines: list[bytes | str] = []
    rows: list[tuple[Any, ...]] = []
    factory = osmium.geom.WKBFactory()
    try:
        for way in _ways(path):
            tags = way.tags
            highway = tags["highway"]
            said = {key: value for key in _TAGS if (value := tags.get(key)) is not None}
            if highway in NO_ROADS or said.get("area") == "yes":
                continue
            line = _line(factory, way)
            if line is None:
                continue
            lines.append(line)
            said["highway"] = highway
            rows.append(_row(said))
    except RuntimeError as error:
        raise UnreadableFile(Message(DAMAGED, {"file": path.name}), file=path.name) from error
    if not rows:
        raise UnreadableFile(Message(NO_WAYS, {"file": path.name}), file=path.name)
    names = (
        "road_class",
        "oneway",
        "bridge",
        "tunnel",
        "layer",
        "speed_limit_m_s",
        "foot",
        "bicycle",
        "motor",
    )
    columns: dict[str, Any] = dict(zip(names, map(np.asarray, zip(*rows, strict=True)), strict=True))
    return {"geometries": shapely.from_wkb(lines)} | columns


def _ways(path: Path) -> Iterator[Any]:
    processor = (
        osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
        .with_locations("flex_mem")
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        .with_filter(osmium.filter.KeyFilter("highway"))
    )
    yield from processor


def _line(factory: Any, way: Any) -> bytes | str | None:
    """Return the way as WKB; ``None`` for one with fewer than two points."""
    try:
        return str(factory.create_linestring(way))
    except osmium.InvalidLocationError:
        points = longest_run(way.nodes)
        return shapely.LineString(points).wkb if len(points) > 1 else None
    except RuntimeError as error:
        if "points" in str(error) or "geometry" in str(error):
            return None
        raise


def _row(tags: dict[str, str]) -> tuple[Any, ...]:
    limit = speed_kmh(tags.get("maxspeed")) if "maxspeed" in tags else None
    return (
        CLASS_OF.get(tags["highway"], tags["highway"]),
        _ONEWAY[oneway_of(tags)],
        is_set(tags, "bridge"),
        is_set(tags, "tunnel"),
        layer_of(tags.get("layer")) or 0,
        np.nan if limit is None else limit * _KMH_TO_M_S,
        _SAID[access_of(tags, "foot", "access")],
        _SAID[access_of(tags, "bicycle", "vehicle", "access")],
        _SAID[access_of(tags, "motorcar", "motor_vehicle", "vehicle", "access")],
    )
