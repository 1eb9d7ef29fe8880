"""Roads out of an OpenStreetMap extract (``.osm.pbf``): a row for each road, with the roads import's columns.

What OpenStreetMap says in many tags is brought to few columns; what it does not say stays None, and the
import decides by road class. The meaning of tags follows the OpenStreetMap wiki: Key:highway, Key:oneway,
Key:access, Key:maxspeed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import osmium
import shapely

from ..errors import LimitExceeded, Message, UnreadableFile, gettext_noop
from .base import DEFAULT_CHUNK, Limits, Row, Source, Value

ROAD_COLUMNS = (
    "source_ref",
    "name",
    "ref",
    "road_class",
    "speed_kmh",
    "oneway",
    "bridge",
    "tunnel",
    "layer",
    "width_m",
    "surface",
    "foot",
    "bicycle",
    "motor",
)

# Values of highway=* that no one can travel along, or that are no way but an area, a plan or a trace.
NO_ROADS = {
    "proposed",
    "construction",
    "abandoned",
    "razed",
    "disused",
    "planned",
    "platform",
    "raceway",
    "bus_stop",
    "elevator",
    "corridor",
    "rest_area",
    "services",
    "no",
}
CLASS_OF = {
    "motorway_link": "motorway",
    "trunk_link": "trunk",
    "primary_link": "primary",
    "secondary_link": "secondary",
    "tertiary_link": "tertiary",
    "road": "unclassified",
    "bridleway": "path",
    "busway": "service",
    "bus_guideway": "service",
    "escape": "service",
}
_YES = {"yes", "permissive", "designated", "official", "public"}
_NO = {
    "no",
    "private",
    "agricultural",
    "forestry",
    "delivery",
    "customers",
    "military",
    "use_sidepath",
    "permit",
}
_ONEWAY = {
    "yes": "yes",
    "true": "yes",
    "1": "yes",
    "-1": "reverse",
    "reverse": "reverse",
    "no": "no",
    "false": "no",
    "0": "no",
}
_SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?")
_METRES = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:m|metres?)?")
_KMH_PER = {"mph": 1.609344, "knots": 1.852}
_MIN_POINTS = 2

DAMAGED = gettext_noop("The OpenStreetMap extract “{file}” is damaged or cut off. Download it once more.")
NO_WAYS = gettext_noop(
    "There are no roads in the OpenStreetMap extract “{file}”. Check that it is the right area."
)
_TOO_MANY = gettext_noop(
    "“{file}” has more than the {limit} roads that are read at once. Cut out a smaller area."
)
_INCOMPLETE = gettext_noop("{count} roads reach beyond the extract; the parts without points were left out.")


def speed_kmh(text: str | None) -> float | int | None:
    """Read a ``maxspeed`` tag.

    Parameters
    ----------
    text : str or None
        ``50``, ``30 mph``, ``50;70`` (the lower counts), ``none``, ``CN:urban``.

    Returns
    -------
    float or int or None
        Kilometres per hour; None where the tag gives no number.
    """
    speeds = [
        float(found[1]) * _KMH_PER.get(found[2] or "", 1.0)
        for part in (text or "").lower().split(";")
        if (found := _SPEED.fullmatch(part.strip()))
    ]
    if not speeds or min(speeds) <= 0:
        return None
    return _whole(min(speeds))


def width_m(text: str | None) -> float | int | None:
    """Read a ``width`` tag in metres (``3.5``, ``3,5 m``); None where it gives no number."""
    found = _METRES.fullmatch((text or "").strip().lower())
    return _whole(float(found[1].replace(",", "."))) if found else None


def _whole(value: float) -> float | int:
    rounded = round(value, 1)
    return int(rounded) if rounded.is_integer() else rounded


def oneway_of(tags: Mapping[str, str]) -> str | None:
    """Return ``yes``, ``no`` or ``reverse`` for motor traffic; None where nothing is said."""
    said = _ONEWAY.get(tags.get("oneway", "").lower())
    if said is not None:
        return said
    if tags.get("junction") in {"roundabout", "circular"} or tags.get("highway") == "motorway":
        return "yes"
    return None


def access_of(tags: Mapping[str, str], *keys: str) -> bool | None:
    """Say whether a kind of traffic is let in: the most particular tag that speaks wins.

    Parameters
    ----------
    tags : Mapping
        The way's tags.
    *keys : str
        From the most particular to the most general, e.g. ``motorcar``, ``motor_vehicle``, ``vehicle``,
        ``access``.

    Returns
    -------
    bool or None
        None where nothing is said (``destination`` lets in).
    """
    for key in keys:
        value = tags.get(key, "").lower()
        if value in _NO:
            return False
        if value in _YES or value in {"destination", "dismount"}:
            return True
    return None


def is_set(tags: Mapping[str, str], key: str) -> bool:
    """Say whether a tag such as ``bridge`` says yes, in whatever words."""
    return tags.get(key, "no").lower() not in {"no", "0", "false"}


def layer_of(text: str | None) -> int | None:
    """Read a ``layer`` tag; None where it gives no number."""
    found = re.fullmatch(r"\s*(-?\d{1,2})\s*", text or "")
    return int(found[1]) if found else None


def road_values(way_id: int, tags: Mapping[str, str]) -> dict[str, Value] | None:
    """Bring a way's tags to the columns of the roads import.

    Parameters
    ----------
    way_id : int
        OpenStreetMap's id.
    tags : Mapping
        The way's tags.

    Returns
    -------
    dict or None
        Keys as in `ROAD_COLUMNS`; None if the way is no road.
    """
    highway = tags.get("highway")
    if not highway or highway in NO_ROADS or tags.get("area") == "yes":
        return None
    return {
        "source_ref": f"way/{way_id}",
        "name": tags.get("name") or tags.get("name:zh"),
        "ref": tags.get("ref"),
        "road_class": CLASS_OF.get(highway, highway),
        "speed_kmh": speed_kmh(tags.get("maxspeed")),
        "oneway": oneway_of(tags),
        "bridge": is_set(tags, "bridge"),
        "tunnel": is_set(tags, "tunnel"),
        "layer": layer_of(tags.get("layer")),
        "width_m": width_m(tags.get("width")),
        "surface": tags.get("surface"),
        "foot": access_of(tags, "foot", "access"),
        "bicycle": access_of(tags, "bicycle", "vehicle", "access"),
        "motor": access_of(tags, "motorcar", "motor_vehicle", "vehicle", "access"),
    }


class OsmSource(Source):
    """The roads of an OpenStreetMap extract."""

    format = "osm-pbf"
    encoding = "utf-8"
    declared_crs = "EPSG:4326"
    geometry_type = "LineString"
    columns = ROAD_COLUMNS
    layers = ("roads",)
    layer = "roads"

    def rows(self, chunk: int = DEFAULT_CHUNK) -> Iterator[Row]:  # noqa: ARG002 - osmium streams by itself
        """Yield the roads in file order (see `Source.rows`)."""
        number = incomplete = 0
        try:
            for way in self._ways():
                values = road_values(way.id, {tag.k: tag.v for tag in way.tags})
                if values is None:
                    continue
                points = longest_run(way.nodes)
                incomplete += len(points) < len(way.nodes)
                if len(points) < _MIN_POINTS:
                    continue
                number += 1
                if number > self.limits.max_rows:
                    params = {"file": self.name, "limit": self.limits.max_rows}
                    raise LimitExceeded(Message(_TOO_MANY, params), file=self.name)
                yield Row(number, values, shapely.LineString(points))
        except (RuntimeError, osmium.InvalidLocationError) as error:
            raise UnreadableFile(Message(DAMAGED, {"file": self.name}), file=self.name) from error
        if not number:
            raise UnreadableFile(Message(NO_WAYS, {"file": self.name}), file=self.name)
        if incomplete:
            self.warn(Message(_INCOMPLETE, {"count": incomplete}))

    def _ways(self) -> Iterator[osmium.osm.Way]:
        processor = (
            osmium.FileProcessor(str(self.path), osmium.osm.NODE | osmium.osm.WAY)
            .with_locations("flex_mem")
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
            .with_filter(osmium.filter.KeyFilter("highway"))
        )
        for item in processor:
            if isinstance(item, osmium.osm.Way):
                yield item


def longest_run(nodes: Iterable[osmium.osm.NodeRef]) -> list[tuple[float, float]]:
    """Return the longest stretch of points that the extract holds: a gap must not be bridged by a straight line."""
    best: list[tuple[float, float]] = []
    run: list[tuple[float, float]] = []
    for node in nodes:
        if not node.location.valid():
            run = []
            continue
        run.append((node.lon, node.lat))
        if len(run) > len(best):
            best = run
    return best


def open_osm(path: Path, *, limits: Limits) -> OsmSource:
    """Open an OpenStreetMap extract (see `open_source`); its first road is read to see that it can be.

    Raises
    ------
    UnreadableFile
    """
    source = OsmSource(path, limits=limits)
    next(source.rows())
    return source
