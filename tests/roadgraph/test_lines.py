"""Lines of ways: they take what the matrix counts, to the millisecond, and go along the roads."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_registry.roadgraph import snap_places, times_within, way_lines
from geo_registry.roadgraph.plane import segment_lengths_m

from .conftest import line, lonlat_of_metres
from .test_against_naive import CORNERS, SPOTS, STREETS
from .test_graph import graph_of


def length_m(lonlat):
    return float(segment_lengths_m(lonlat[:-1], lonlat[1:]).sum())


def test_a_way_turns_where_the_road_does(walk):
    graph = graph_of([line((0, 0), (100, 0), (100, 100)), line((100, 100), (300, 100))], walk)
    places = snap_places(graph, lonlat_of_metres([(50, 0), (250, 100)]), walk)
    (way,) = way_lines(graph, places.take(np.array([0])), places.take(np.array([1])))
    expected = lonlat_of_metres([(50, 0), (100, 0), (100, 100), (250, 100)])
    assert way.lonlat == pytest.approx(expected, abs=1e-7)
    assert way.time_ms == pytest.approx(300_000, abs=300)


def test_a_way_on_one_street_never_leaves_it(walk):
    graph = graph_of([line((0, 0), (100, 0), (100, 100))], walk)
    places = snap_places(graph, lonlat_of_metres([(20, 0), (100, 80)]), walk)
    there, back = way_lines(graph, places, places.take(np.array([1, 0])))
    assert there.lonlat == pytest.approx(lonlat_of_metres([(20, 0), (100, 0), (100, 80)]), abs=1e-7)
    assert back.lonlat == pytest.approx(there.lonlat[::-1], abs=1e-8)


def test_a_one_way_street_is_gone_round(drive):
    ring = [
        line((0, 0), (100, 0)),
        line((100, 0), (100, 100)),
        line((100, 100), (0, 100)),
        line((0, 100), (0, 0)),
    ]
    graph = graph_of(ring, drive, road_class=["residential"] * 4, oneway=[1] * 4)
    places = snap_places(graph, lonlat_of_metres([(20, 0), (80, 0)]), drive)
    there, back = way_lines(graph, places, places.take(np.array([1, 0])))
    assert length_m(there.lonlat) == pytest.approx(60, abs=0.1)
    assert length_m(back.lonlat) == pytest.approx(340, abs=0.1)
    assert len(back.lonlat) == 6


def test_where_there_is_no_way_there_is_no_line(walk):
    graph = graph_of([line((0, 0), (100, 0)), line((0, 5000), (100, 5000))], walk)
    places = snap_places(graph, lonlat_of_metres([(50, 0), (50, 5000), (50, 90_000)]), walk)
    ways = way_lines(graph, places.take(np.array([0, 0])), places.take(np.array([1, 2])))
    assert [(way.time_ms, len(way.lonlat)) for way in ways] == [(-1, 0), (-1, 0)]


@settings(max_examples=60)
@given(streets=STREETS, spots=SPOTS, on_foot=st.booleans())
def test_a_line_takes_the_time_of_the_matrix(walk, drive, streets, spots, on_foot):
    profile = walk if on_foot else drive
    graph = graph_of(
        [line(CORNERS[a], CORNERS[b]) for a, b, _, _ in streets],
        profile,
        crossings="keep",
        road_class=[road_class for *_, road_class in streets],
        oneway=[oneway for _, _, oneway, _ in streets],
    )
    places = snap_places(graph, lonlat_of_metres(spots), profile)
    matrix = times_within(graph, places, places, limit_s=10**6, direction="from-facility")
    table = np.full((len(places), len(places)), -1)
    table[matrix.facility, matrix.place] = matrix.time_ms
    origins, targets = (
        each.ravel() for each in np.meshgrid(range(len(places)), range(len(places)), indexing="ij")
    )
    ways = way_lines(graph, places.take(origins), places.take(targets))
    assert [way.time_ms for way in ways] == table.ravel().tolist()
    for way, origin, target in zip(ways, origins, targets, strict=True):
        if way.time_ms >= 0:
            assert way.lonlat[[0, -1]] == pytest.approx(places.lonlat[[origin, target]], abs=1e-8)
