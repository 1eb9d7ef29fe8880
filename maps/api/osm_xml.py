"""Facilities and roads in OpenStreetMap's tags, as XML (API 0.6) that its editors and ``osmium`` read.

What a kind of facility is called there is a row of its own (``Kind.osm_tags``); a road's class is OpenStreetMap's ``highway``
already. Elements have negative numbers, as what is not in OpenStreetMap has. Whether it may be put in there is a question of the
licence, which the file states.

Tags of accessibility follow the OpenStreetMap wiki: Key:wheelchair (``yes`` is a promise for the whole place, not for its door),
Key:toilets:wheelchair, Key:hearing_loop. What has no agreed key is left out: a lift *or* all on one floor is not ``elevator=*``,
and parking is an object of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

import shapely

from geo_registry.imports.services.texts import carried

OSM: Final = "application/vnd.openstreetmap.data+xml"
_DEMO: Final = "示范数据"
_ONEWAY: Final = {"forward": "yes", "backward": "-1"}
_LONGEST: Final = 255


def write_osm(
    collection: str, rows: Iterable[Mapping[str, Any]], target: Path, *, licence: Callable[[], str]
) -> None:
    """Write points as nodes and lines as ways; roads that meet share a node.

    Parameters
    ----------
    rows
        Properties by name, the geometry as ``wkb``. What has no place is left out.
    licence
        Says, once all rows were read, under which licence they are.
    """
    tags_of = _facility_tags if collection.endswith("facilities") else _road_tags
    nodes: dict[tuple[float, float], int] = {}
    ways: list[tuple[list[int], dict[str, str]]] = []
    points: list[tuple[float, float, dict[str, str]]] = []
    is_invented = False
    for row in rows:
        if row["wkb"] is None:
            continue
        is_invented = is_invented or bool(row.get("demo"))
        shape, tags = shapely.from_wkb(row["wkb"]), tags_of(row)
        if shape.geom_type == "Point":
            points.append((round(shape.x, 7), round(shape.y, 7), tags))
        else:
            at = [(round(x, 7), round(y, 7)) for x, y, *_height in shape.coords]
            ways.append(([nodes.setdefault(one, -len(nodes) - 1) for one in at], tags))
    with target.open("w", encoding="utf-8") as stream:
        xml = XMLGenerator(stream, "utf-8")
        xml.startDocument()
        xml.startElement(
            "osm",
            AttributesImpl(
                {
                    "version": "0.6", "generator": "Geo Registry", "license": licence(),
                    # As JOSM reads it: ask before it is sent to OpenStreetMap; what is invented must never go there.
                    "upload": "never" if is_invented else "false",
                }
            ),
        )  # fmt: skip
        for (lon, lat), number in nodes.items():
            _element(xml, "node", {"id": str(number), "lat": f"{lat:.7f}", "lon": f"{lon:.7f}"}, {})
        for number, (lon, lat, tags) in enumerate(points, start=len(nodes) + 1):
            _element(xml, "node", {"id": str(-number), "lat": f"{lat:.7f}", "lon": f"{lon:.7f}"}, tags)
        for number, (refs, tags) in enumerate(ways, start=1):
            _element(xml, "way", {"id": str(-number)}, tags, refs)
        xml.endElement("osm")
        xml.endDocument()


def _element(
    xml: XMLGenerator,
    name: str,
    attributes: dict[str, str],
    tags: Mapping[str, str],
    refs: Iterable[int] = (),
) -> None:
    xml.startElement(name, AttributesImpl(attributes | {"version": "1"}))
    for ref in refs:
        xml.startElement("nd", AttributesImpl({"ref": str(ref)}))
        xml.endElement("nd")
    for key, value in tags.items():
        xml.startElement("tag", AttributesImpl({"k": key, "v": carried(value)[0][:_LONGEST]}))
        xml.endElement("tag")
    xml.endElement(name)
    xml.characters("\n")


def _facility_tags(row: Mapping[str, Any]) -> dict[str, str]:
    tags = {str(key): str(value) for key, value in (row.get("kind__osm_tags") or {}).items()}
    for key, name in {
        "name": "name", "ref": "number", "phone": "phone", "opening_hours": "opening_hours", "addr:full": "address",
        "source": "source",
    }.items():  # fmt: skip
        if value := row.get(name):
            tags[key] = str(value)
    if opened := row.get("opened_on"):
        tags["start_date"] = opened.isoformat()
    tags |= access_tags(row)
    if row.get("in_operation") is False:
        # What is not in use keeps its tags under a prefix that maps do not draw (OSM wiki, "Lifecycle prefix").
        tags = {
            f"disused:{key}" if key in {"amenity", "shop", "office"} else key: value
            for key, value in tags.items()
        }
    return tags | _mark(row)


def access_tags(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags for what makes a place accessible, which promise no more than is known.

    Parameters
    ----------
    row
        ``yes``, ``limited``, ``no`` or nothing by ``step_free_entrance``, ``lift``, ``accessible_toilet``, ``induction_loop``.
    """
    entrance, lift = row.get("step_free_entrance"), row.get("lift")
    toilet = row.get("accessible_toilet")
    tags = {
        # The rooms must be known to be reached as well as the door.
        "wheelchair": "limited" if entrance == "yes" and lift != "yes" else entrance,
        # The key knows yes and no: a toilet that some can use is not promised to all.
        "toilets:wheelchair": toilet if toilet in {"yes", "no"} else None,
        "hearing_loop": row.get("induction_loop"),
    }
    return {key: str(value) for key, value in tags.items() if value}


def _road_tags(row: Mapping[str, Any]) -> dict[str, str]:
    tags = {"highway": str(row["class"])} if row.get("class") else {}
    for key, name in {"name": "name", "ref": "ref", "surface": "surface", "source": "source"}.items():
        if value := row.get(name):
            tags[key] = str(value)
    if row.get("speed_kmh"):
        tags["maxspeed"] = str(row["speed_kmh"])
    if oneway := _ONEWAY.get(str(row.get("oneway") or "")):
        tags["oneway"] = oneway
    for name in ("bridge", "tunnel"):
        if row.get(name):
            tags[name] = "yes"
    return tags | _mark(row)


def _mark(row: Mapping[str, Any]) -> dict[str, str]:
    return {"note": _DEMO} if row.get("demo") else {}
