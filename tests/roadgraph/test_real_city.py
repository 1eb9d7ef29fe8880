"""A real city end to end: OpenStreetMap ways to a walking graph to times. Skips without the reference data."""

import numpy as np
import osmium
import pandas as pd
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo_registry.roadgraph import EdgeIndex, RoadLines, TravelState, build_graph, times_to_nearest

from .conftest import profile

TRI_STATE = {"yes": 1, "designated": 1, "permissive": 1, "no": 0, "private": 0}


@pytest.fixture(scope="module")
def city(shared):
    pbf, cells = shared / "data/porto_alegre/poa_osm.pbf", shared / "data/porto_alegre/poa_hexgrid.csv"
    if not (pbf.is_file() and cells.is_file()):
        pytest.skip("the Porto Alegre extract is not there")
    points, owner, tags = [], [], []
    for way in (
        osmium.FileProcessor(str(pbf)).with_locations().with_filter(osmium.filter.KeyFilter("highway"))
    ):
        if way.is_way() and len(way.nodes) > 1:
            points += [(node.lon, node.lat) for node in way.nodes]
            owner += [len(tags)] * len(way.nodes)
            tags.append((way.tags["highway"], way.tags.get("foot"), way.tags.get("oneway")))
    roads = RoadLines.from_columns(
        shapely.linestrings(points, indices=owner),
        road_class=[road_class for road_class, _, _ in tags],
        foot=[TRI_STATE.get(foot, -1) for _, foot, _ in tags],
        oneway=[{"yes": 1, "-1": -1}.get(oneway, 0) for *_, oneway in tags],
    )
    return roads, pd.read_csv(cells)


@pytest.fixture(scope="module")
def graph(city):
    return build_graph(city[0], profile(speed_m_s=0.8), crossings="keep", tolerance_m=0)


def test_every_metre_of_open_road_is_in_the_graph(city, graph):
    roads, _ = city
    closed_m = sum(graph.closed_length_m_by_class.values())
    whole = build_graph(
        roads, profile(closed_classes=frozenset(), speed_m_s=0.8), crossings="keep", tolerance_m=0
    )
    assert whole.edge_length_m.sum() <= graph.edge_length_m.sum() + closed_m + 1e-3
    assert graph.edge_count > 20_000
    assert closed_m > 0


def test_islands_are_those_that_scipy_finds(graph):
    arcs = graph.forward
    heads = np.ascontiguousarray(arcs.heads)
    matrix = csr_array((np.ones(len(heads)), heads, arcs.indptr), shape=(graph.node_count,) * 2)
    assert connected_components(matrix, directed=False)[0] == len(graph.report().islands) + 1


def test_both_engines_agree_on_a_real_city(city, graph):
    _, cells = city
    walk = profile(speed_m_s=0.8, snap_limit_m=500.0)
    index = EdgeIndex(graph)
    places = index.snap(cells[["lon", "lat"]], walk)
    facilities = index.snap(cells.loc[cells["healthcare"] > 0, ["lon", "lat"]], walk)
    answers = [times_to_nearest(graph, facilities, places, engine=engine) for engine in ("numba", "scipy")]
    assert np.array_equal(answers[0].time_ms, answers[1].time_ms)
    assert np.array_equal(answers[0].facility, answers[1].facility)
    reached = answers[0].state == TravelState.REACHED
    people = cells["population"].to_numpy()
    assert people[reached].sum() / people.sum() > 0.95
    within = [people[reached & (answers[0].time_ms <= 60_000 * minutes)].sum() for minutes in (5, 10, 15)]
    assert 0 < within[0] < within[1] < within[2] < people.sum()
