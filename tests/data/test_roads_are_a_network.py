"""Roads that can be walked: noded, joined, with bridges where they cross without meeting."""

from __future__ import annotations

import itertools
from collections import Counter

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

METRES = "EPSG:4544"
MOTORWAY = "高速"


@pytest.fixture(scope="module")
def metric(roads):
    return roads.to_crs(METRES)


def _vertices(line):
    return set(line.coords)


def _ends(line):
    return {line.coords[0], line.coords[-1]}


def test_there_are_some_thousand_stretches_of_every_class(roads):
    assert 3000 <= len(roads) <= 6000
    classes = Counter(roads["class"])
    assert {"高速", "国道", "省道", "县道", "乡道", "村道", "街道", "巷", "机耕路", "小路", "步行街"} == set(
        classes
    )
    assert roads["road_id"].is_unique


def test_roads_meet_only_in_shared_end_points_or_pass_on_different_layers(roads):
    lines = roads.geometry.to_numpy()
    layers = roads["layer"].to_numpy()
    left, right = shapely.STRtree(lines).query(lines, predicate="intersects")
    faults = []
    for a, b in zip(left, right, strict=True):
        if a >= b or layers[a] != layers[b]:
            continue
        meeting = shapely.intersection(lines[a], lines[b])
        points = {point.coords[0] for point in shapely.get_parts(meeting) if point.geom_type == "Point"}
        if len(points) != shapely.get_num_geometries(meeting) or not points <= (
            _ends(lines[a]) & _ends(lines[b])
        ):
            faults.append((roads["road_id"][a], roads["road_id"][b]))
    assert faults == []


def test_no_road_crosses_itself_or_has_no_length(roads, metric):
    assert roads.geometry.is_simple.all()
    assert (metric.length > 1).all()


def test_a_motorway_is_joined_to_other_roads_by_its_ramps_alone(roads):
    ramp = roads["name"] == "示范互通匝道"
    motorway = (roads["class"] == MOTORWAY) & ~ramp
    on_motorway = set().union(*(_vertices(line) for line in roads.geometry[motorway]))
    on_others = set().union(*(_vertices(line) for line in roads.geometry[~motorway & ~ramp]))
    assert on_motorway & on_others == set()
    ends_of_ramps = set().union(*(_ends(line) for line in roads.geometry[ramp]))
    assert ramp.sum() >= 8
    assert len(ends_of_ramps & on_others) == ramp.sum()
    assert len(ends_of_ramps & on_motorway) == ramp.sum()


def test_roads_go_over_the_motorway_by_bridges(roads):
    bridges = roads[roads["bridge"] == "是"]
    motorways = roads[(roads["class"] == MOTORWAY) & (roads["layer"] == 0)]
    over = gpd.sjoin(bridges, motorways[["geometry"]], predicate="intersects")
    assert over.index.nunique() >= 8
    assert (bridges["layer"] == 1).all()


def _components(roads):
    walkable = roads[roads["class"] != MOTORWAY]
    ids: dict[tuple[float, float], int] = {}
    pairs = []
    for line in walkable.geometry:
        nodes = [ids.setdefault(vertex, len(ids)) for vertex in line.coords]
        pairs.extend(itertools.pairwise(nodes))
    starts, ends = np.array(pairs).T
    graph = coo_matrix((np.ones(len(starts)), (starts, ends)), shape=(len(ids), len(ids)))
    _count, labels = connected_components(graph, directed=False)
    return labels


def test_all_roads_hang_together_but_three_lanes_in_the_desert(roads):
    sizes = sorted(Counter(_components(roads).tolist()).values(), reverse=True)
    assert len(sizes) == 4
    assert sizes[1:] == [4, 4, 4]


def test_people_live_by_the_road_but_for_two_hamlets(population, metric):
    places = population.to_crs(METRES)
    _index, metres = metric.sindex.nearest(places.geometry, return_all=False, return_distance=True)
    far = population.loc[metres > 200, "编号"]
    assert sorted(far) == ["640181104201-07", "640181201205-07"]
    assert metres[metres > 200].min() > 1000


def test_one_way_streets_run_both_with_and_against_the_drawing(roads):
    assert set(roads["oneway"]) == {"否", "是", "反向"}
    one_way = roads[roads["oneway"] != "否"]
    assert 20 <= len(one_way) <= 200
    assert one_way["name"].notna().all()


def test_names_for_the_checks_are_there(roads):
    named = set(roads["name"].dropna())
    assert {"兴业路", "星业路", "长兴路", "常兴路", "重兴路", "永宁路", "永灵路", "兴业一巷"} <= named


def test_route_numbers_say_that_they_are_invented(roads):
    assert roads["ref"].dropna().str.contains("示").all()


def test_the_network_is_as_long_as_a_countys(roads):
    total_km = Geod(ellps="GRS80").geometry_length(shapely.MultiLineString(roads.geometry.to_list())) / 1000
    assert 1200 < total_km < 4000
