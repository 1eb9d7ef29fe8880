from __future__ import annotations

import os
from pathlib import Path

import osmium
import pytest

from geo_registry.geodata.errors import UnreadableFile
from geo_registry.geodata.geometry import length_m
from geo_registry.geodata.readers import open_source
from geo_registry.geodata.readers.osm import (
    ROAD_COLUMNS,
    access_of,
    oneway_of,
    road_values,
    speed_kmh,
    width_m,
)
from geo_registry.geodata.readers.osm_columns import osm_road_columns
from geo_registry.roadgraph import RoadLines

SHARED = Path(os.environ.get("GEO_REGISTRY_SHARED", Path(__file__).parents[3] / "shared"))


def extract(path: Path, ways: list[dict[str, str]]) -> Path:
    writer = osmium.SimpleWriter(str(path))
    for n in range(1, 4):
        writer.add_node(osmium.osm.mutable.Node(id=n, location=(106.3 + n / 100, 38.1), version=1))
    for n, tags in enumerate(ways, start=10):
        nodes = [1, 99, 2, 3, 98] if tags.pop("incomplete", None) else [1, 2, 3]
        writer.add_way(osmium.osm.mutable.Way(id=n, nodes=nodes, tags=tags, version=1))
    writer.close()
    return path


def read(path: Path):
    with open_source(path) as source:
        return source, list(source.rows())


def test_roads_come_with_the_columns_of_the_roads_import(tmp_path):
    path = extract(
        tmp_path / "a.osm.pbf",
        [
            {"building": "yes"},
            {
                "highway": "primary_link",
                "name": "人民街",
                "ref": "G307",
                "maxspeed": "60",
                "oneway": "-1",
                "bridge": "viaduct",
                "layer": "1",
                "width": "7.5 m",
                "surface": "asphalt",
                "motor_vehicle": "private",
                "foot": "designated",
            },
            {"highway": "footway"},
            {"highway": "construction"},
            {"highway": "pedestrian", "area": "yes"},
        ],
    )
    source, rows = read(path)
    assert (source.format, source.declared_crs, source.columns) == ("osm-pbf", "EPSG:4326", ROAD_COLUMNS)
    assert [row.number for row in rows] == [1, 2]
    assert rows[0].values == {
        "source_ref": "way/11",
        "name": "人民街",
        "ref": "G307",
        "road_class": "primary",
        "speed_kmh": 60,
        "oneway": "reverse",
        "bridge": True,
        "tunnel": False,
        "layer": 1,
        "width_m": 7.5,
        "surface": "asphalt",
        "foot": True,
        "bicycle": None,
        "motor": False,
    }
    assert rows[1].values["road_class"] == "footway"
    assert rows[0].geometry.wkt == "LINESTRING (106.31 38.1, 106.32 38.1, 106.33 38.1)"


def test_a_road_with_points_outside_of_the_extract_is_cut_there_and_never_bridged(tmp_path):
    source, rows = read(extract(tmp_path / "a.osm.pbf", [{"highway": "track", "incomplete": "1"}]))
    assert rows[0].geometry.wkt == "LINESTRING (106.32 38.1, 106.33 38.1)"
    assert source.issues[0].message.params["count"] == 1


@pytest.mark.parametrize(
    ("text", "speed"),
    [
        ("50", 50),
        ("50 km/h", 50),
        ("30 mph", 48.3),
        ("60;40", 40),
        ("none", None),
        ("CN:urban", None),
        (None, None),
        ("0", None),
    ],
)
def test_speeds(text, speed):
    assert speed_kmh(text) == speed


@pytest.mark.parametrize(
    ("text", "width"), [("3.5", 3.5), ("3,5 m", 3.5), ("7", 7), ("12'", None), (None, None)]
)
def test_widths(text, width):
    assert width_m(text) == width


@pytest.mark.parametrize(
    ("tags", "oneway"),
    [
        ({"oneway": "yes"}, "yes"),
        ({"oneway": "-1"}, "reverse"),
        ({"oneway": "no", "highway": "motorway"}, "no"),
        ({"highway": "motorway"}, "yes"),
        ({"junction": "roundabout"}, "yes"),
        ({"oneway": "alternating"}, None),
        ({}, None),
    ],
)
def test_one_way_streets(tags, oneway):
    assert oneway_of(tags) == oneway


@pytest.mark.parametrize(
    ("tags", "motor"),
    [
        ({"access": "no", "motor_vehicle": "yes"}, True),
        ({"vehicle": "no"}, False),
        ({"access": "destination"}, True),
        ({"motorcar": "private", "access": "yes"}, False),
        ({"access": "unknown"}, None),
        ({}, None),
    ],
)
def test_the_most_particular_access_tag_wins(tags, motor):
    assert access_of(tags, "motorcar", "motor_vehicle", "vehicle", "access") is motor


def test_what_is_no_road_is_none():
    assert road_values(1, {"highway": "proposed"}) is None
    assert road_values(1, {"waterway": "river"}) is None


def test_an_extract_without_roads_is_called_so(tmp_path):
    with pytest.raises(UnreadableFile, match="no roads"):
        open_source(extract(tmp_path / "a.osm.pbf", [{"building": "yes"}]))


@pytest.mark.parametrize("keep", [40, 0.5, 0.9])
def test_a_cut_extract_is_called_damaged(tmp_path, keep):
    path = extract(tmp_path / "a.osm.pbf", [{"highway": "track", "name": f"{n}"} for n in range(2000)])
    content = path.read_bytes()
    path.write_bytes(content[: keep if keep > 1 else int(len(content) * keep)])
    with pytest.raises(UnreadableFile, match="damaged"), open_source(path) as source:
        list(source.rows())


def test_a_real_city_is_read():
    path = SHARED / "data" / "porto_alegre" / "poa_osm.pbf"
    if not path.exists():
        pytest.skip(f"no extract at {path}; set GEO_REGISTRY_SHARED")
    source, rows = read(path)
    assert len(rows) == 15_668
    assert rows[0].values["name"] == "Avenida Bento Gonçalves"
    import numpy as np

    total_km = length_m(np.array([row.geometry for row in rows], dtype=object)).sum() / 1000
    assert 1000 < total_km < 3000
    assert not source.issues


def test_columns_at_once_say_what_the_rows_say(tmp_path):
    ways = [
        {"highway": "primary_link", "maxspeed": "36", "oneway": "-1", "bridge": "viaduct", "layer": "1"},
        {"highway": "residential", "motor_vehicle": "private", "foot": "designated", "incomplete": "x"},
        {"highway": "footway", "tunnel": "yes"},
        {"highway": "construction"},
        {"highway": "pedestrian", "area": "yes"},
    ]
    path = extract(tmp_path / "a.osm.pbf", ways)
    _source, rows = read(path)
    columns = osm_road_columns(path)
    roads = RoadLines.from_columns(**columns)
    assert [line.wkt for line in roads.lines] == [row.geometry.wkt for row in rows]
    assert roads.road_class.tolist() == [row.values["road_class"] for row in rows]
    assert roads.oneway.tolist() == [-1, 0, 0]
    assert roads.bridge.tolist() == [row.values["bridge"] for row in rows]
    assert roads.tunnel.tolist() == [row.values["tunnel"] for row in rows]
    assert roads.layer.tolist() == [row.values["layer"] or 0 for row in rows]
    assert roads.speed_limit_m_s[0] == pytest.approx(10)
    assert (roads.foot.tolist(), roads.motor.tolist()) == ([-1, 1, -1], [-1, 0, -1])


def test_columns_of_an_extract_without_roads_are_refused(tmp_path):
    with pytest.raises(UnreadableFile):
        osm_road_columns(extract(tmp_path / "a.osm.pbf", [{"building": "yes"}]))
